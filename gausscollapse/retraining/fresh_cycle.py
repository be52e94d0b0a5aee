"""Cycles of fresh fractions: the mean drift of a run that repeats one."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array, as_number, as_vector


@checked
def schedule_drift(fresh: ArrayLike, *, correlation: float = 0.0) -> Array:
    """Return ``D_1..D_N`` over J of a run from the data, for any fresh fractions.

    Parameters
    ----------
    fresh : array_like, shape (N,)
        Fresh fractions of the generations, in [0, 1].
    correlation : float
        c in [-1, 1]: two innovations n generations apart have the inner product ``J c^n``.

    Returns
    -------
    ndarray, shape (N,)
        Dimensionless.

    Raises
    ------
    InvalidArgumentError
        If a fraction or the correlation is out of range.

    Notes
    -----
    ``D' = (1 - a)^2 D + 2 (1 - a) X + J`` with ``X' = c ((1 - a) X + J)``, the inner product of the model with the
    innovation to come: all that the past says of it is c times the last one. Source: *own*.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> gc.retraining.schedule_drift([0.5, 0, 0.5]).tolist()
    [1.0, 2.0, 1.5]
    """
    shares, c = _asked(fresh, correlation)
    return _drifts(shares, c, 0.0, 0.0)


@checked
def cycle_drift(fresh: ArrayLike, *, correlation: float = 0.0) -> float:
    """Return the mean drift over J of a run that repeats a cycle of fresh fractions for ever.

    Parameters
    ----------
    fresh : array_like, shape (k,)
        Fresh fractions of one cycle, in [0, 1], not all 0.
    correlation : float
        As in `schedule_drift`.

    Returns
    -------
    float
        Dimensionless; every model of the cycle counts once.

    Raises
    ------
    InvalidArgumentError
        If a fraction or the correlation is out of range, or there is no fresh data.

    Notes
    -----
    The recursion of `schedule_drift` from its periodic state. One refresh of a share a every k generations gives
    ``(1 + (k-1)(1-a)^2)/(a (2-a)) + (k-1)/2`` for orthogonal innovations. Source: *own*.

    Examples
    --------
    A refresh by 0.58 every hundredth generation, and the same data spread evenly:

    >>> import gausscollapse as gc
    >>> refreshed = gc.retraining.cycle_drift([0] * 99 + [0.58])
    >>> round(refreshed / gc.retraining.cycle_drift([0.0058]), 3)
    0.832
    """
    shares, c = _asked(fresh, correlation)
    if not np.any(shares > 0.0):
        raise InvalidArgumentError(
            "fresh", fresh, "has no fresh data: the drift has no limit", "one fraction above 0"
        )
    keep = 1.0 - shares
    kept, cross = 1.0, 0.0
    for k in keep:
        kept, cross = c * k * kept, c * (k * cross + 1.0)
    # kept < 1: some share is positive.
    cross = cross / (1.0 - kept)
    left, drift, inner = 1.0, 0.0, cross
    for k in keep:
        left, drift, inner = k * k * left, k * k * drift + 2.0 * k * inner + 1.0, c * (k * inner + 1.0)
    # 1 - prod (1 - a)^2 without cancellation.
    gone = -np.expm1(2.0 * np.sum(np.log1p(-shares))) if np.all(shares < 1.0) else 1.0
    return float(np.mean(_drifts(shares, c, drift / gone, cross)))


def _asked(fresh: ArrayLike, correlation: float) -> tuple[Array, float]:
    shares = as_vector("fresh", fresh)
    if not np.all((shares >= 0.0) & (shares <= 1.0)):
        raise InvalidArgumentError("fresh", fresh, "is outside [0, 1]", "numbers in [0, 1]")
    return shares, as_number("correlation", correlation, at_least=-1.0, at_most=1.0)


def _drifts(shares: Array, c: float, drift: float, cross: float) -> Array:
    """Return the drifts after each generation, from a drift and its inner product with the next innovation."""
    found = np.empty(shares.size)
    for n, k in enumerate((1.0 - shares).tolist()):
        drift, cross = k * k * drift + 2.0 * k * cross + 1.0, c * (k * cross + 1.0)
        found[n] = drift
    return found

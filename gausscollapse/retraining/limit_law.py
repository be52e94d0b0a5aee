"""Retraining with a perfect score and early stopping: the limit law and its Hermite multipliers.

Source: the limit paper (arXiv 2606.13796).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError
from gausscollapse.core.validation import Array, as_number, as_size
from gausscollapse.laws.diffusion import marginal
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture, Law

MOST_AGES = 100_000
MOST_DEGREE = 150


@checked
def early_stopping_limit(data: Law, *, fresh: float, time: float, tail: float = 1e-16) -> Law:
    """Return the law that retraining with early stopping converges to, ``sum_k a (1-a)^(k-1) OU_{k t0}(p)``.

    Parameters
    ----------
    data : Gaussian or GaussianMixture
        p.
    fresh : float
        a, the fresh fraction in [0, 1]. At 0 with ``time > 0`` the limit is N(0, I), at 1 it is ``OU_t0(p)``.
    time : float
        t0 >= 0, the forward time at which sampling stops. At 0 the limit is p.
    tail : float
        Mass of the ages that are left out: the last age kept carries it, so the law returned is within `tail` of
        the limit in total variation.

    Returns
    -------
    Gaussian or GaussianMixture
        The limit law; a mixture has one copy of the data's components for every age k = 1, 2, ...

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range, or so many ages are needed that the law could not be handled (100 000).

    Notes
    -----
    The convergence is geometric, with rate at most ``1 - a``. Source: the limit paper.

    Examples
    --------
    With ``exp(-t0/2) = 1/2`` and half of the data fresh the mean keeps ``sum_k (1/2)^k (1/2)^k = 1/3`` of itself:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> limit = gc.retraining.early_stopping_limit(gc.Gaussian(1, 1), fresh=0.5, time=2 * np.log(2))
    >>> limit.mean.round(10)
    array([0.33333333])
    """
    fraction = as_number("fresh", fresh, at_least=0.0, at_most=1.0)
    stop = as_number("time", time, at_least=0.0)
    left = as_number("tail", tail, above=0.0, below=1.0)
    if stop == 0.0:
        return data
    if fraction == 0.0:
        return Gaussian(np.zeros(data.dim), np.eye(data.dim))
    if fraction == 1.0:
        return marginal(data, stop)
    ages = max(1.0, math.log(left) / math.log1p(-fraction))
    if ages > MOST_AGES:
        raise InvalidArgumentError(
            "fresh",
            fresh,
            f"needs {ages:.3g} ages to reach tail = {left:g}",
            "a larger fresh fraction or a larger tail",
        )
    count = math.ceil(ages)
    weights = fraction * (1.0 - fraction) ** np.arange(count)
    weights[-1] += (1.0 - fraction) ** count
    # The marginals at the times k t0, all at once; axis 0 is the age, axis 1 the component.
    times = stop * np.arange(1.0, count + 1.0)
    keep, noise = np.exp(-0.5 * times), -np.expm1(-times)
    moved = keep[:, None, None] * data.means
    spread = (keep**2)[:, None, None, None] * data.covs + noise[:, None, None, None] * np.eye(data.dim)
    return GaussianMixture(
        np.outer(weights, data.weights).ravel(),
        moved.reshape(-1, data.dim),
        spread.reshape(-1, data.dim, data.dim),
    )


def hermite_multiplier(degree: int, *, fresh: float, time: float) -> float:
    """Return ``a g/(1 - (1 - a) g)`` with ``g = exp(-k t0/2)``: what the limit keeps of a coefficient of degree k.

    Retraining with early stopping is a low-pass filter on Hermite coefficients, with contraction ``(1 - a) g`` a
    generation.

    Parameters
    ----------
    degree : int
        k from 0 to 2^53, the total degree.
    fresh : float
        a, the fresh fraction in [0, 1].
    time : float
        t0 >= 0.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range.

    Notes
    -----
    At ``a = 0`` and ``g = 1`` the limit keeps everything: 1. Source: the limit paper.

    Examples
    --------
    The mean is the coefficient of degree 1. With ``g = 1/2`` and ``a = 1/2`` a third of it is left, and less of
    what is finer:

    >>> import math
    >>> import gausscollapse as gc
    >>> time = 2 * math.log(2)
    >>> [round(gc.retraining.hermite_multiplier(k, fresh=0.5, time=time), 6) for k in (0, 1, 2)]
    [1.0, 0.333333, 0.142857]
    """
    order = as_size("degree", degree, each=1.0, unit="degrees", most=2**53)
    fraction = as_number("fresh", fresh, at_least=0.0, at_most=1.0)
    stop = as_number("time", time, at_least=0.0)
    if order == 0 or stop == 0.0:
        return 1.0
    decay = math.exp(-0.5 * order * stop)
    # 1 - (1 - a) g = (1 - g) + a g keeps its accuracy for small times.
    return fraction * decay / (-math.expm1(-0.5 * order * stop) + fraction * decay)


@checked
def hermite_coefficient(law: Law, index: int | Sequence[int]) -> float:
    """Return the Hermite coefficient ``E prod_i He_{k_i}(X_i) / sqrt(k_i!)`` of `law` relative to N(0, I).

    Parameters
    ----------
    law : Gaussian or GaussianMixture
        Law of X on R^d.
    index : int or sequence of int, length d
        Degrees k_i from 0 to 150; an integer is accepted for d = 1.

    Returns
    -------
    float
        Dimensionless, for a law in units of N(0, I).

    Raises
    ------
    DimensionMismatchError
        If the index does not have one degree a coordinate.

    Notes
    -----
    For N(m, S): ``E He_{k + e_i} = m_i E He_k + sum_j (S - I)_ij k_j E He_{k - e_j}`` (Stein's identity).
    Source: *own*.

    Examples
    --------
    For N(m, 1) it is ``m^k/sqrt(k!)``; for N(0, S) and one degree in each of two coordinates the covariance:

    >>> import gausscollapse as gc
    >>> coefficient = gc.retraining.hermite_coefficient
    >>> round(coefficient(gc.Gaussian(2, 1), 3), 10) == round(2**3 / 6**0.5, 10)
    True
    >>> coefficient(gc.Gaussian([0, 0], [[1, 0.3], [0.3, 1]]), (1, 1))
    0.3
    """
    degrees = (index,) if isinstance(index, int | np.integer) else _sequence(index)
    if len(degrees) != law.dim:
        raise DimensionMismatchError(
            "index", index, f"has {len(degrees)} degrees", f"{law.dim} degrees, one a coordinate"
        )
    multi = tuple(as_size("index", degree, each=1.0, unit="nested steps", most=MOST_DEGREE) for degree in degrees)
    norm = math.prod(math.sqrt(math.factorial(degree)) for degree in multi)
    return math.fsum(law.weights * _expected_hermite(law.means, law.covs - np.eye(law.dim), multi)) / norm


def _expected_hermite(means: Array, excess: Array, multi: tuple[int, ...]) -> Array:
    """Return ``E prod He_{k_i}(X_i)`` under every ``N(m, I + X)``, shape (K,)."""
    known = {(0,) * len(multi): np.ones(len(means))}

    def value(k: tuple[int, ...]) -> Array:
        if k not in known:
            i = next(axis for axis, degree in enumerate(k) if degree > 0)
            lower = _less(k, i)
            total = means[:, i] * value(lower)
            for j, degree in enumerate(lower):
                if degree > 0:
                    total = total + excess[:, i, j] * degree * value(_less(lower, j))
            known[k] = total
        return known[k]

    return value(multi)


def _sequence(index: object) -> tuple[object, ...]:
    if isinstance(index, np.ndarray) and index.ndim == 1:
        return tuple(index)
    if isinstance(index, Sequence) and not isinstance(index, str | bytes | bytearray):
        return tuple(index)
    raise InvalidArgumentError("index", index, "is not a sequence of degrees", "one integer a coordinate")


def _less(k: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return (*k[:axis], k[axis] - 1, *k[axis + 1 :])

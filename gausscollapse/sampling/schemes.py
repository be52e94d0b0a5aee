"""Schemes: how one step of a sampler replaces the reverse process, as coefficients of state, score and noise.

Between two times of the grid the drift ``y/2 + s(y, t)`` is replaced by one that is solved exactly. With the linear
part B it is ``(1/2 - B) y + s(y_k, t_k) + B y_k``; the martingale scheme has ``y/2 + exp(-(t_k - t)/2) s(y_k, t_k)``.
Every step is ``Y' = a Y + c (score + error)(Y, t_k) + sqrt(v) xi``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.excess import exponential_excess
from gausscollapse.core.presentation import Presented
from gausscollapse.core.validation import Array, as_choice, as_number, as_size, as_vector
from gausscollapse.process.process import MOST_STOCHASTICITY

EULER, EXPONENTIAL, MARTINGALE, RELATIVE, ANCESTRAL = SCHEMES = (
    "euler-maruyama", "exponential", "martingale", "relative", "ancestral",
)  # fmt: skip
LINEAR = {EULER: 0.5, EXPONENTIAL: 0.0, RELATIVE: 1.0}
WORDS = {
    EULER: "Euler-Maruyama",
    EXPONENTIAL: "exponential integrator",
    MARTINGALE: "martingale scheme",
    RELATIVE: "relative score frozen",
    ANCESTRAL: "ancestral sampling",
}
MOST_LINEAR = 100.0


@dataclass(frozen=True, eq=False, repr=False)
class Steps(Presented):
    """The steps of a sampler: ``Y' = state Y + score (s + e)(Y, t_k) + sqrt(variance) xi``, one a row.

    Parameters
    ----------
    times : ndarray, shape (n + 1,)
        The grid, decreasing, in the package's clock.
    state, score, variance : ndarray, shape (n, 1) or (n, d)
        Coefficients, for all coordinates or one each.
    weight : ndarray, shape (n, 1) or (n, d)
        ``score^2/variance``, the step length that the energy carries: h for Euler-Maruyama.
    excess, excess_size : ndarray, shape (n, 1) or (n, d)
        ``state - exp(h/2)``, by which the ideal mean is missed, and the size of what is subtracted in it.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> steps = gc.sampling.scheme_steps([1.0, 0.5, 0.0], "euler-maruyama")
    >>> print(steps.state.ravel(), steps.score.ravel(), steps.variance.ravel())
    [1.25 1.25] [0.5 0.5] [0.5 0.5]
    """

    times: Array
    state: Array
    score: Array
    variance: Array
    weight: Array
    excess: Array
    excess_size: Array

    @property
    def uniform(self) -> bool:
        """Whether all coordinates have the same coefficients."""
        return bool(self.state.shape[1] == 1)


def _growth(rate: Array, h: Array) -> Array:
    """Return ``(exp(rate h) - 1)/rate``, h where the rate is 0."""
    flat = rate == 0.0
    return np.asarray(np.where(flat, h, np.expm1(rate * h) / np.where(flat, 1.0, rate)))


def linear_part(scheme: str | ArrayLike) -> Array | None:
    """Return the linear part B of a scheme, shape (1,) or (d,); None for a scheme that has none.

    Raises
    ------
    InvalidArgumentError, UnknownNameError
        If the scheme is not known.
    """
    if isinstance(scheme, str):
        as_choice("scheme", scheme, SCHEMES)
        return np.array([LINEAR[scheme]]) if scheme in LINEAR else None
    numbers = as_vector("scheme", scheme)
    for number in numbers:
        as_number("scheme", float(number), at_least=-MOST_LINEAR, at_most=MOST_LINEAR)
    return numbers


def scheme_is(scheme: str | ArrayLike, name: str) -> bool:
    """Return whether a scheme is the named one; an array is none."""
    return isinstance(scheme, str) and scheme == name


def scheme_name(scheme: str | ArrayLike) -> str:
    """Return the words for a scheme in a result's method."""
    return WORDS[scheme] if isinstance(scheme, str) else "linear part given"


@checked
def scheme_steps(
    times: ArrayLike, scheme: str | ArrayLike = EULER, *, stochasticity: float = 1.0, dim: int | None = None
) -> Steps:
    """Return the coefficients of a scheme on a grid.

    Parameters
    ----------
    times : array_like, shape (n + 1,)
        Decreasing, >= 0.
    scheme : {"euler-maruyama", "exponential", "martingale", "relative", "ancestral"} or float or array_like (d,)
        What is frozen between two times: the drift, the score (DDIM's and DEIS's way), the score times
        ``exp(-(t_k - t)/2)`` (the mean of DDPM's step, and Euler-Maruyama of a variance exploding process), the score
        relative to N(0, I); ``"ancestral"`` is DDPM's step with the variance of its posterior, which needs a stop
        > 0. Or the linear part B, one number or one for each coordinate, from -100 to 100: 1/2 is Euler-Maruyama, 0
        the exponential integrator, 1 the relative score.
    stochasticity : float
        lam, from 0 to 100: the score is multiplied by ``(1 + lam^2)/2``, with it the B of "relative", and the
        variance by ``lam^2``.
    dim : int, optional
        Dimension d, at most a million, where B must fit it.

    Returns
    -------
    Steps
        Coefficients of every step.

    Raises
    ------
    InvalidArgumentError, UnknownNameError
        If the times do not decrease, or the scheme is not known or does not fit.

    Notes
    -----
    With ``c = 1/2 - B`` and ``f(x) = (exp(x h) - 1)/x``: ``state = exp(c h) + B f(c)``, ``score = f(c)``,
    ``variance = f(2c)``. Martingale: ``exp(h/2)``, ``2 sinh(h/2)``, ``exp(h) - 1``: state and score give the mean of
    the exact reverse step by Tweedie's formula. Source: DDPM arXiv 2006.11239; the linear part is *own*.

    Examples
    --------
    One step of DDPM with beta = 0.1 is ``(x + beta s)/sqrt(1 - beta)``:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> h = -np.log(0.9)
    >>> steps = gc.sampling.scheme_steps([1.0 + h, 1.0], "martingale")
    >>> print(steps.score[0] / steps.state[0], steps.state[0] ** -2)
    [0.1] [0.9]
    """
    grid = as_vector("times", times)
    if grid.size < 2 or np.any(np.diff(grid) >= 0.0) or grid[-1] < 0.0:
        raise InvalidArgumentError("times", times, "do not decrease to a time >= 0", "at least two decreasing times")
    width = None if dim is None else as_size("dim", dim, at_least=1, each=1.0, unit="coordinates", most=1e6)
    lam = as_number("stochasticity", stochasticity, at_least=0.0, at_most=MOST_STOCHASTICITY)
    share, part, h = 0.5 * (1.0 + lam**2), linear_part(scheme), -np.diff(grid)[:, None]
    if part is None:
        state, score, unit = np.exp(0.5 * h), 2.0 * np.sinh(0.5 * h), np.expm1(h)
        factor, excess, sizes = lam**2 * np.ones_like(h), np.zeros_like(h), np.zeros_like(h)
        if scheme_is(scheme, ANCESTRAL):
            if grid[-1] == 0.0 or lam != 1.0:
                raise InvalidArgumentError(
                    "scheme", scheme, "has the variance of a posterior", "a stop > 0, and stochasticity = 1"
                )
            factor = np.exp(-h) * (np.expm1(-grid[1:]) / np.expm1(-grid[:-1]))[:, None]
            unit, factor = unit * factor, np.ones_like(h)
    else:
        if width is not None and part.size not in (1, width):
            raise InvalidArgumentError("scheme", scheme, f"has {part.size} numbers", f"one number, or {width}")
        part = share * part if scheme_is(scheme, RELATIVE) else part
        rate = 0.5 - part
        score, unit = _growth(rate, h), _growth(2.0 * rate, h)
        state = np.where(rate == 0.0, 1.0 + 0.5 * h, np.exp(rate * h) + part * score)
        with np.errstate(divide="ignore", invalid="ignore"):
            first = np.where(rate == 0.0, 0.0, exponential_excess(rate * h) / np.where(rate == 0.0, 1.0, 2.0 * rate))
        second = exponential_excess(0.5 * h) + np.zeros_like(first)
        factor, excess, sizes = lam**2 * np.ones_like(h), first - second, np.abs(first) + second
    # score^2/variance is h to the last bit for Euler-Maruyama.
    weight = np.where(score == h, h, score**2 / unit)
    return Steps(grid, state, share * score, factor * unit, weight, excess, sizes)

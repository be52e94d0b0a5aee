"""The error budget of a sampler: where KL of the data from its endpoint comes from.

With X the forward process and P^ the sampler's path law between the grid's times, Girsanov's theorem gives
``KL(q_t0 || p^) <= KL(q_T || start) + (1/2) sum_k int E|drift difference|^2 dt``. The difference splits exactly,
since ``exp(-t/2) grad log q_t(X_t)`` is a martingale in reverse time (frontier C4, C5; theorems `discretisation` and
`budget`, *own*): all integrals over a step are closed but that of the Fisher information, which is an entropy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.excess import exponential_excess
from gausscollapse.core.presentation import Presented
from gausscollapse.core.validation import Array, as_size
from gausscollapse.divergences.divergence import kl
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.process.process import ReverseProcess
from gausscollapse.process.setting import require_reverse_equation
from gausscollapse.sampling._forward_moments import UNIT, ForwardMoments, forward_moments
from gausscollapse.sampling.sampler_grids import sampler_grid
from gausscollapse.sampling.schemes import ANCESTRAL, EULER, linear_part, scheme_is

MOST_STEPS = 10**6


@dataclass(frozen=True, eq=False, repr=False)
class Budget(Presented):
    """Three parts of a sampler's error, in nats.

    Parameters
    ----------
    start : Enclosure
        ``KL(q_T || start)``: that noising stops at a finite horizon.
    discretisation : Enclosure
        Half the mean square that the exact score's drift is missed by, over all steps.
    score : Enclosure
        What the score error adds. Of the martingale scheme it is half an energy; of others it holds the product of
        error and discretisation as well, and may be negative.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> process = gc.ReverseProcess(
    ...     gc.Gaussian(0.7, 0.25), gc.OrnsteinUhlenbeck(4.0, 0.02), gc.AffineError(0.0, 0.1), "standard-normal"
    ... )
    >>> parts = gc.error_budget(process, 100)
    >>> print(f"{parts.start:.4f} + {parts.discretisation:.4f} + {parts.score:.4f} = {parts.total:.4f}")
    0.0045 + 0.0365 + 0.0193 = 0.0604
    >>> bool(gc.kl(process.ideal_endpoint(), gc.discrete_law(process, 100).endpoint) <= parts.total)
    True
    """

    start: Enclosure
    discretisation: Enclosure
    score: Enclosure

    @property
    def total(self) -> Enclosure:
        """The sum: a bound of KL of the data, noised up to the stop, from the sampler's endpoint."""
        return self.start + self.discretisation + self.score


def _enclosed(terms: Array, moments: ForwardMoments, *, more: float, least: float | None) -> Enclosure:
    """Return half the sum of terms, with its error: from the relative error of each, and `more`."""
    value = 0.5 * float(np.sum(terms))
    error = 0.5 * float(np.sum(np.abs(terms))) * (moments.loss + UNIT * terms.size) + 0.5 * more
    closed = moments.method == "closed form"
    found = Enclosure(value, value - error, value + error, moments.method, "closed-form" if closed else "numeric")
    return found if least is None else found.clipped(at_least=least)


def discretisation_terms(moments: ForwardMoments, h: Array, part: Array | None) -> Array:
    """Return the terms whose half sum is the discretisation's part; `part` is B, None for the martingale scheme."""
    before, size = moments.fisher[:-1], h[:, None]
    if part is None:
        return np.concatenate([moments.path[:, None], np.expm1(-size) * before], axis=1)
    excess = moments.square[:-1] - 1.0
    frozen = (size + 4.0 * np.expm1(-0.5 * size)) * before
    moved = np.expm1(size) - 4.0 * np.expm1(0.5 * size) + size
    still = 4.0 * exponential_excess(-0.5 * size)
    cosine = exponential_excess(0.5 * size) + exponential_excess(-0.5 * size)
    sine = exponential_excess(0.5 * size) - exponential_excess(-0.5 * size)
    # int 2 (cosh(u/2) - 1) du = 4 sinh(h/2) - 2 h = 2 sine; int 2 sinh(u/2) du = 4 (cosh(h/2) - 1) = 2 cosine
    wide = part * np.ones_like(excess)
    columns = (
        frozen, wide**2 * moved * excess, wide**2 * still, 4.0 * wide * sine, -4.0 * wide * cosine * before
    )  # fmt: skip
    return np.concatenate([moments.path[:, None], *(column * np.ones_like(wide) for column in columns)], axis=1)


def score_terms(moments: ForwardMoments, h: Array, part: Array | None) -> Array:
    """Return the terms whose half sum is the score error's part."""
    size = h[:, None]
    if part is None:
        return np.asarray(-np.expm1(-size) * moments.error_square)
    rising, falling = exponential_excess(0.5 * size), exponential_excess(-0.5 * size)
    on_score = 2.0 * (2.0 * falling - 2.0 * part * (rising + falling)) * moments.error_score
    return np.concatenate([size * moments.error_square, on_score, -4.0 * part * rising * moments.error_state], axis=1)


@checked
def error_budget(
    process: ReverseProcess, steps: int, *, grid: str | ArrayLike = "uniform", scheme: str | ArrayLike = EULER
) -> Budget:
    """Return the error budget of a sampler: start, discretisation and score, whose sum bounds KL.

    Parameters
    ----------
    process : ReverseProcess
        Gaussian data with an affine error, or any data and error on the line.
    steps : int
        Number of steps, from 1 to 10^6.
    grid : {"uniform", "log-snr", "quadratic", "logarithmic", "optimal"} or array_like
        Time grid, as in `sampler_grid`.
    scheme : str, float or array_like (d,)
        As in `scheme_steps`, but for ancestral sampling, whose path law has another noise: its KL is infinite.

    Returns
    -------
    Budget
        In nats, of ``KL(q_t0 || p^)``.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range, or the scheme is ancestral sampling.
    NotSupportedError
        If the data are a mixture in more than one dimension, or the error is not affine there.

    Notes
    -----
    With ``u = t_k - t`` and ``r = exp(-u/2)`` the martingale scheme costs ``(1/2) sum (1 - exp(-h)) E|e_k|^2`` and
    ``h(q_T) - h(q_t0) + d (T - t0)/2 - (1/2) sum (1 - exp(-h)) J(t_k)``, h( ) the differential entropy and J the
    Fisher information. Others by Pythagoras ``E|f(X_k) - s_t|^2 = E|f(X_k) - r s_k|^2 + J(t) - r^2 J(t_k)``, s the
    score. Source: *own*.

    Examples
    --------
    Frozen score and frozen drift, hundred steps for a narrow Gaussian:

    >>> import gausscollapse as gc
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 0.25), gc.OrnsteinUhlenbeck(4.0, 0.02), gc.AffineError(0, 0))
    >>> for scheme in ("exponential", "euler-maruyama", "relative"):
    ...     print(scheme, round(float(gc.error_budget(process, 100, scheme=scheme).total), 4))
    exponential 0.0786
    euler-maruyama 0.0365
    relative 0.0141
    """
    as_size("steps", steps, at_least=1, each=1.0, unit="steps", most=MOST_STEPS)
    if scheme_is(scheme, ANCESTRAL):
        raise InvalidArgumentError(
            "scheme", scheme, "has another noise than the reverse process: KL of the path laws is infinite",
            "another scheme",
        )  # fmt: skip
    require_reverse_equation(process, "the budget is known")
    part, times = linear_part(scheme), sampler_grid(process, steps, grid, scheme=scheme)
    if part is not None and part.size not in (1, process.dim):
        raise InvalidArgumentError("scheme", scheme, f"has {part.size} numbers", f"one number, or {process.dim}")
    moments = forward_moments(process, times)
    h = -np.diff(times)
    linear = 0.0 if part is None else float(np.max(np.abs(part)))
    lost = float(np.sum(4.0 * h * (1.0 + linear) * np.exp(0.5 * h) * moments.error_loss))
    first = Enclosure.exact(0.0)
    if not process.matched:
        standard = Gaussian(np.zeros(process.dim), np.eye(process.dim))
        first = kl(process.diffusion.marginal(process.data, float(times[0])), standard)
    return Budget(
        first,
        _enclosed(discretisation_terms(moments, h, part), moments, more=moments.path_error, least=0.0),
        _enclosed(score_terms(moments, h, part), moments, more=lost, least=0.0 if part is None else None),
    )

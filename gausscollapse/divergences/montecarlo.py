r"""Monte Carlo estimates of divergences in any dimension, with a confidence interval; the guarantee is *statistical*.

Importance sampling from the carrier c of `_carrier`: ``int f = E_c[f/c]`` with f >= 0. Where c is ``p/2 + q/2`` the
weight f/c is bounded for total variation, Hellinger and powers below 1, and has every moment for KL, Jeffreys and
Fisher divergences; for powers above 1 it is bounded where each component of p has a component of q that dominates it.
With mean m and second moment s of n weights the standard error is ``sqrt((s - m^2)/n)``, the interval
``m +- z`` standard errors (central limit theorem), and the effective sample size ``n m^2/s``.
"""

from __future__ import annotations

import math
import statistics
import warnings
from dataclasses import dataclass

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array, as_choice, as_count, as_key, as_number
from gausscollapse.divergences import _carrier, finiteness
from gausscollapse.divergences._exact import parameters
from gausscollapse.divergences._integral import KINDS, Integral
from gausscollapse.divergences._loglaw import LogLaw
from gausscollapse.laws.mixture import Law

DEFAULT_SEED = 20260216
DEFAULT_DRAWS = 1 << 18
DEFAULT_CONFIDENCE = 0.999
LARGEST_DRAWS = 1 << 26
PROPOSALS = ("carrier", "p")
FEWEST_EFFECTIVE = 200.0
LARGEST_SHARE = 0.01


class UnreliableEstimateWarning(UserWarning):
    """A Monte Carlo interval that cannot be trusted: infinite variance, or a few draws that carry the answer."""


@dataclass(frozen=True)
class MonteCarloEstimate:
    """An importance sampling estimate of an integral.

    Parameters
    ----------
    enclosure : Enclosure
        Estimate and confidence interval.
    standard_error : float
        Standard error of the estimate.
    effective_sample_size : float
        ``n m^2/s`` for mean m and second moment s of the weights.
    largest_share : float
        Share of the largest weight in their sum.
    draws : int
        Number n of draws.
    """

    enclosure: Enclosure
    standard_error: float
    effective_sample_size: float
    largest_share: float
    draws: int


def _arrays(law: Law, origin: Array) -> tuple[Array, Array, Array]:
    weights, means, covs = parameters(law)
    table = LogLaw(weights, means - origin, covs)
    return tuple(np.ascontiguousarray(x) for x in (table.means, table.factors, table.heights))  # type: ignore[return-value]


def estimate(
    integral: Integral,
    p: Law,
    q: Law,
    *,
    rng: int | np.random.Generator | None = None,
    draws: int = DEFAULT_DRAWS,
    standard_error: float | None = None,
    confidence: float = DEFAULT_CONFIDENCE,
    proposal: str = "carrier",
    shift: float = 0.0,
) -> MonteCarloEstimate:
    """Return an importance sampling estimate of ``exp(-shift)`` times an integral, which must be finite.

    Parameters
    ----------
    integral : Integral
        What to integrate.
    p, q : Gaussian or GaussianMixture
        Laws of the same dimension.
    rng : int or numpy.random.Generator, optional
        Seed, or a generator of which one 64-bit key is drawn; by default the fixed seed 20260216. The answer does not
        depend on the number of threads.
    draws : int
        Number of draws, rounded up to whole blocks of 2048; the first batch where `standard_error` is given.
    standard_error : float, optional
        Goes on until the standard error is at most this, up to 2^26 draws.
    confidence : float
        Probability of the interval, in (0, 1).
    proposal : {"carrier", "p"}
        What is drawn from; ``"p"`` is plain Monte Carlo.
    shift : float
        Natural logarithm of a scale that keeps the answer within floats.

    Warns
    -----
    UnreliableEstimateWarning
        If the weights are not known to have a finite variance, if a few draws carry the answer, or if the
        requested standard error was not reached.
    """
    from gausscollapse.divergences import _kernels

    as_choice("proposal", proposal, PROPOSALS)
    as_count("draws", draws, at_least=1)
    level = as_number("confidence", confidence, above=0.0, below=1.0)
    goal = None if standard_error is None else as_number("standard_error", standard_error, above=0.0)
    key = np.uint64(as_key("rng", DEFAULT_SEED if rng is None else rng))
    origin = np.asarray(p.mean)
    first, second = _arrays(p, origin), _arrays(q, origin)
    cover = _carrier.carrier(integral, p, q)
    if proposal == "p":
        weights, means, covs = parameters(p)
        cover = _carrier.Carrier(np.asarray(weights), means, covs, cover.log_bound, cover.bounded)
    table = LogLaw(cover.weights, cover.means - origin, cover.covs)
    reuse = proposal == "carrier" and len(cover.weights) == len(first[0]) + len(second[0])
    _warn_of_variance(integral, p, q, proposal, cover.bounded)
    cdf = np.cumsum(cover.weights) / np.sum(cover.weights)
    rows = np.zeros((0, 3))
    blocks = -(-draws // _kernels.BLOCK)
    while True:
        fresh = np.zeros((blocks, 3))
        _kernels.sample_blocks(
            key,
            len(rows),
            KINDS.index(integral.kind),
            float(integral.order),
            float(shift),
            cdf,
            np.ascontiguousarray(table.means),
            np.ascontiguousarray(table.factors),
            table.heights,
            first,
            second,
            reuse,
            fresh,
        )
        rows = np.concatenate([rows, fresh])
        n = len(rows) * _kernels.BLOCK
        mean, square = float(rows[:, 0].sum()) / n, float(rows[:, 1].sum()) / n
        error = math.sqrt(max(square - mean * mean, 0.0) / (n - 1))
        if goal is None or error <= goal or n >= LARGEST_DRAWS:
            break
        wanted = 1.05 * n * (error / goal) ** 2 if math.isfinite(error) else LARGEST_DRAWS
        blocks = max(1, min(int(min(wanted, LARGEST_DRAWS)) - n, 7 * n) // _kernels.BLOCK)
    largest = float(rows[:, 2].max())
    effective = n * mean * mean / square if 0.0 < square < math.inf else 0.0
    share = largest / (mean * n) if 0.0 < mean < math.inf else 1.0
    _warn_of_draws(effective, share, goal is not None and error > goal)
    return MonteCarloEstimate(
        _interval(integral, mean, error, level, n, effective, shift), error, effective, share, n
    )


def _interval(
    integral: Integral, mean: float, error: float, level: float, n: int, effective: float, shift: float
) -> Enclosure:
    method = (
        f"importance sampling, {n} draws, standard error {error:.3g}, effective sample size {effective:.4g}, "
        f"{100.0 * level:g} % interval"
    )
    most = integral.unit if shift == 0.0 else math.inf
    if not (math.isfinite(mean) and math.isfinite(error)):
        return Enclosure(math.inf, 0.0, math.inf, method + ", overflow", "statistical")
    if mean == 0.0:
        return Enclosure(0.0, 0.0, most, method + ", no draw met the integrand", "statistical")
    half = statistics.NormalDist().inv_cdf(0.5 + 0.5 * level) * error
    value = min(mean, most)
    return Enclosure(value, max(0.0, min(mean - half, value)), min(most, mean + half), method, "statistical")


def _warn_of_variance(integral: Integral, p: Law, q: Law, proposal: str, bounded: bool) -> None:
    if proposal == "carrier":
        if not bounded:
            _warn("no component of q dominates each component of p: the weights may have infinite variance")
        return
    # f holds a multiple of q, so its square over p holds q^2/p; a power of order a leaves order 2a - 1
    checks = [("q^2/p", finiteness.decide(q, p, order=2.0))] if integral.kind not in ("fisher", "power") else []
    if integral.kind in ("gap", "power") and integral.order > 1.0:
        checks.append(("p^(2a-1) q^(2-2a)", finiteness.decide(p, q, order=2.0 * integral.order - 1.0)))
    for name, answer in checks:
        if not answer.finite:
            _warn(f"draws from p have weights of infinite variance: int {name} is {answer.state}, {answer.reason}")
            return


def _warn_of_draws(effective: float, share: float, short: bool) -> None:
    if effective < FEWEST_EFFECTIVE or share > LARGEST_SHARE:
        _warn(
            f"the tail dominates: effective sample size {effective:.3g}, largest draw {100.0 * share:.3g} % of the "
            "sum; the interval may be too narrow"
        )
    if short:
        _warn(f"the requested standard error was not reached with {LARGEST_DRAWS} draws")


def _warn(message: str) -> None:
    warnings.warn(f"monte-carlo: {message}", UnreliableEstimateWarning, stacklevel=4)

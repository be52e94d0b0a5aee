r"""Monte Carlo estimates of divergences in any dimension, with a confidence interval; the guarantee is *statistical*.

Importance sampling from the carrier c of `_carrier`: ``int f = E_c[f/c]`` with f >= 0. Where c is ``p/2 + q/2`` the
weight f/c is bounded for total variation, Hellinger and powers below 1, and has every moment for KL, Jeffreys and
Fisher divergences; for powers above 1 it is bounded where each component of p has a component of q that dominates it.
With mean m and second moment s of n weights the standard error is ``sqrt((s - m^2)/n)``, the interval
``m +- z`` standard errors (central limit theorem), and the effective sample size ``n m^2/s``. Where the variance is
not known to be finite, or a few draws carry the mean, the draws do not tell the standard error: the interval then has
the proven lower end of `core.mean_bounds.lower_mean` for means of blocks, and no upper end but the integral's own.
"""

from __future__ import annotations

import math
import statistics
import warnings
from dataclasses import dataclass

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.mean_bounds import lower_mean
from gausscollapse.core.validation import Array, as_key, as_number, as_size
from gausscollapse.divergences import _carrier
from gausscollapse.divergences._integral import KINDS, Integral
from gausscollapse.divergences._loglaw import LogLaw
from gausscollapse.laws.mixture import Law

DEFAULT_SEED = 20260216
DEFAULT_DRAWS = 1 << 18
DEFAULT_CONFIDENCE = 0.999
LARGEST_DRAWS = 1 << 26
FEWEST_EFFECTIVE = 200.0
LARGEST_SHARE = 0.01


class UnreliableEstimateWarning(UserWarning):
    """A Monte Carlo interval that cannot be trusted: infinite variance, or a few draws that carry the answer.

    Examples
    --------
    A test or a notebook that wants no such answer turns the warning into an error:

    >>> import warnings
    >>> import gausscollapse as gc
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", gc.divergences.UnreliableEstimateWarning)
    ...     answer = gc.kl(gc.Gaussian(0, 1), gc.Gaussian(1, 1))
    """


@dataclass(frozen=True)
class MonteCarloEstimate:
    """An importance sampling estimate of an integral.

    Parameters
    ----------
    enclosure : Enclosure
        Estimate and confidence interval; one-sided where the standard error cannot be trusted.
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


class _Sampler:
    """Blocks of draws for one integral: the carrier and both laws as the kernel takes them, at one origin."""

    def __init__(self, integral: Integral, p: Law, q: Law, *, key: int, shift: float) -> None:
        from gausscollapse.divergences import _kernels

        cover = _carrier.carrier(integral, p, q)
        origin = p.mean
        first, second, table = (_arrays(law, origin) for law in (p, q, cover))
        self.bounded = cover.bounded
        self.block = _kernels.BLOCK
        self._sample = _kernels.sample_blocks
        self._integral, self._shift = integral, float(shift)
        self._key = np.uint64(key)
        self._carrier = (np.cumsum(cover.weights) / np.sum(cover.weights), *table)
        self._laws = first, second
        self._reuse = len(cover.weights) == len(first[0]) + len(second[0])

    def rows(self, start: int, count: int) -> Array:
        """Return sum, sum of squares and maximum of the weights of blocks from `start` on, shape (count, 3)."""
        rows = np.zeros((count, 3))
        kind, order = KINDS.index(self._integral.kind), float(self._integral.order)
        self._sample(self._key, start, kind, order, self._shift, *self._carrier, *self._laws, self._reuse, rows)
        return rows


def _arrays(law: Law | _carrier.Carrier, origin: Array) -> tuple[Array, Array, Array]:
    """Return means, Cholesky factors and heights of a law relative to `origin`."""
    table = LogLaw(law.weights, law.means - origin, law.covs)
    means, factors = np.ascontiguousarray(table.means), np.ascontiguousarray(table.factors)
    return means, factors, np.ascontiguousarray(table.heights)


@dataclass(frozen=True)
class _Moments:
    """Mean, second moment and greatest of n weights."""

    n: int
    mean: float
    square: float
    largest: float

    @classmethod
    def of(cls, rows: Array, block: int) -> _Moments:
        """Return the moments of blocks of weights."""
        n = len(rows) * block
        return cls(n, float(rows[:, 0].sum()) / n, float(rows[:, 1].sum()) / n, float(rows[:, 2].max()))

    @property
    def standard_error(self) -> float:
        """Standard error of the mean."""
        return math.sqrt(max(self.square - self.mean * self.mean, 0.0) / (self.n - 1))

    @property
    def effective(self) -> float:
        """Effective sample size."""
        return self.n * self.mean * self.mean / self.square if 0.0 < self.square < math.inf else 0.0

    @property
    def largest_share(self) -> float:
        """Share of the largest weight in their sum."""
        return self.largest / (self.mean * self.n) if 0.0 < self.mean < math.inf else 1.0

    @property
    def tail_dominates(self) -> bool:
        """Whether a few draws carry the mean."""
        return self.effective < FEWEST_EFFECTIVE or self.largest_share > LARGEST_SHARE

    def blocks_missing(self, goal: float, block: int) -> int:
        """Return how many more blocks should bring the standard error to `goal`, at most seven times those there."""
        error = self.standard_error
        wanted = 1.05 * self.n * (error / goal) ** 2 if math.isfinite(error) else LARGEST_DRAWS
        return max(1, min(int(min(wanted, LARGEST_DRAWS)) - self.n, 7 * self.n) // block)


def estimate(
    integral: Integral,
    p: Law,
    q: Law,
    *,
    rng: int | np.random.Generator | None = None,
    draws: int = DEFAULT_DRAWS,
    standard_error: float | None = None,
    confidence: float = DEFAULT_CONFIDENCE,
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
    shift : float
        Natural logarithm of a scale that keeps the answer within floats.

    Warns
    -----
    UnreliableEstimateWarning
        If the weights are not known to have a finite variance or a few draws carry the answer, where the interval
        is one-sided; or if the requested standard error was not reached.
    """
    as_size("draws", draws, at_least=1, each=64.0)
    level = as_number("confidence", confidence, above=0.0, below=1.0)
    goal = None if standard_error is None else as_number("standard_error", standard_error, above=0.0)
    sampler = _Sampler(integral, p, q, key=as_key("rng", DEFAULT_SEED if rng is None else rng), shift=shift)
    rows = sampler.rows(0, -(-draws // sampler.block))
    moments = _Moments.of(rows, sampler.block)
    while goal is not None and moments.standard_error > goal and moments.n < LARGEST_DRAWS:
        fresh = sampler.rows(len(rows), moments.blocks_missing(goal, sampler.block))
        rows = np.concatenate([rows, fresh])
        moments = _Moments.of(rows, sampler.block)
    error = moments.standard_error
    _warn_where_unreliable(sampler.bounded, moments, goal is not None and error > goal)
    proven = None
    if not sampler.bounded or moments.tail_dominates:
        proven = lower_mean(rows[:, 0] / sampler.block, miss=1.0 - level)
    interval = _interval(integral, moments, level, shift, proven)
    return MonteCarloEstimate(interval, error, moments.effective, moments.largest_share, moments.n)


def _interval(integral: Integral, moments: _Moments, level: float, shift: float, proven: float | None) -> Enclosure:
    """Return the interval; one-sided where there is a proven lower end: there the standard error is not known."""
    mean, error = moments.mean, moments.standard_error
    method = (
        f"importance sampling, {moments.n} draws, standard error {error:.3g}, effective sample size "
        f"{moments.effective:.4g}, {100.0 * level:g} % interval"
    )
    most = integral.unit if shift == 0.0 else math.inf
    if not (math.isfinite(mean) and math.isfinite(error)):
        return Enclosure(math.inf, 0.0, math.inf, method + ", overflow", "statistical")
    if mean == 0.0:
        return Enclosure(0.0, 0.0, most, method + ", no draw met the integrand", "statistical")
    if proven is not None:
        value = min(mean, most)
        return Enclosure(value, min(proven, value), most, method + ", lower end alone", "statistical")
    half = statistics.NormalDist().inv_cdf(0.5 + 0.5 * level) * error
    value = min(mean, most)
    return Enclosure(value, max(0.0, min(mean - half, value)), min(most, mean + half), method, "statistical")


def _warn_where_unreliable(bounded: bool, moments: _Moments, short: bool) -> None:
    if not bounded:
        _warn("no component of q dominates each component of p: the weights may have infinite variance")
    if moments.tail_dominates:
        effective, share = moments.effective, moments.largest_share
        _warn(
            f"the tail dominates: effective sample size {effective:.3g}, largest draw {100.0 * share:.3g} % of the "
            "sum; the interval has a lower end alone"
        )
    if short:
        _warn(f"the requested standard error was not reached with {LARGEST_DRAWS} draws")


def _warn(message: str) -> None:
    warnings.warn(f"monte-carlo: {message}", UnreliableEstimateWarning, stacklevel=4)

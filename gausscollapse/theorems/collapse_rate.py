"""How fast a Gaussian dies that is refitted to its own samples: the typical one about twice as fast as the mean."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import Comparison, at_least, at_most, equal, theorem
from gausscollapse.checking.sides import around, rounded
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.theorems.instances.refit_statistics import RefitStatistics


@theorem(
    "collapse-rate",
    kind="two-sided",
    source="own; that it collapses: Shumailov et al. 2024, Alemohammad et al. 2023",
    chapter="refits",
    controls={"twice": 0.0, "spread": 0.9},
    latex=r"\frac{1}{N}\log\det S_N\to\sum_{j=1}^d\psi\big(\frac{n-j}{2}\big)+d\log\frac{2}{n},\qquad"
    r"-\sum_{j=1}^d\Big(\frac{1+j}{n-j}+\frac{1}{3(n-j)^2}\Big)\le\frac{1}{N}\mathbb E\log\frac{\det S_N}{\det S_0}"
    r"\le-\sum_{j=1}^d\Big(\frac{1}{n-j}+\frac{j}{n}\Big)",
)
def collapse_rate(s: RefitStatistics, twice: float = 1.0, spread: float = 1.0) -> Iterator[Comparison]:
    """A typical refitted Gaussian dies twice as fast as the mean.

    Without fresh data, and a Gaussian fitted by maximum likelihood to n samples of the last one, log det S falls by
    sums of independent variables: its mean is N times the rate sum psi((n - j)/2) + d log(2/n), its variance N sum
    psi'((n - j)/2), and log det S_N/N tends to the rate almost surely. The rate is about -d (d + 3)/(2 n), in one
    dimension -2/n, where the mean of S falls by d/n; with the divisor n - 1 the mean of S stays and the rate is still
    negative. To leave out the first term of each factor is to give the typical Gaussian the mean's rate.
    """
    m = np.where(s.freedoms > 0.0, s.freedoms, np.inf)
    j = np.where(s.freedoms > 0.0, np.arange(1.0, m.shape[1] + 1.0), 0.0)
    n = s.samples[:, None]
    rate, deviation = _psi(s, m)
    yield equal("mean of log det: digamma", s.mean_log, rate, scale=np.maximum(np.abs(rate.value), 1e-12))
    yield equal("its variance: trigamma", s.variance_log, rounded(spread, power=2.0) * deviation)
    count = 20.0
    above = rounded(np.sum(twice / m + j / n, axis=1), power=count)
    below = rounded(np.sum((twice + j) / m + 1.0 / (3.0 * m**2), axis=1), power=count)
    fall = -s.mean_log
    yield at_least("fall of log det >= sum (1/(n - j) + j/n)", fall, above)
    yield at_most("fall of log det <= sum ((1 + j)/(n - j) + 1/(3 (n - j)^2))", fall, below)
    yield equal("mean of S: (1 - 1/n) S", s.mean_variance, rounded(1.0 - 1.0 / s.samples))
    held = _logarithm(s.samples / (s.samples - 1.0), s.dim)
    last = np.where(j > 0.0, (j - 1.0) / (n - 1.0), 0.0)
    still = rounded(np.sum(twice / m + last, axis=1), power=count)
    yield at_least("divisor n - 1: it still falls", fall - held, still)


def _psi(s: RefitStatistics, m: Array) -> tuple[Enclosure, Enclosure]:
    """Return the sums of digamma less logarithm and of trigamma, each good to some units of its terms."""
    from scipy.special import digamma, polygamma

    some = np.isfinite(m)
    half = np.where(some, 0.5 * m, 1.0)
    logs = np.log(0.5 * s.samples)[:, None]
    terms = np.where(some, digamma(half) - logs, 0.0)
    sizes = np.where(some, np.abs(digamma(half)) + np.abs(logs) + 1.0, 0.0)
    spreads = np.where(some, polygamma(1, half), 0.0)
    error = 32.0 * EPS * np.sum(sizes, axis=1)
    deviation = np.sum(spreads, axis=1)
    return around(np.sum(terms, axis=1), error, "digamma"), around(deviation, 64.0 * EPS * deviation, "trigamma")


def _logarithm(ratio: Array, times: Array) -> Enclosure:
    found = times * np.log(ratio)
    return around(found, 8.0 * EPS * (found + times), "logarithm")

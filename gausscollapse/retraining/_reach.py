"""Whether ``int a^2 / p`` is finite for a Gaussian a over a mixture p, and how far it reaches.

d = 1: far out p is its widest component, with the outermost mean among equals. Floats are rational numbers, so that
this is decided without rounding for a law as it is stored. A law that came out of rounded channels is known up to
bounds of its mean and variance: it is decided where all such laws agree, and otherwise left open.

d > 1: it is finite where one component of p alone gives a finite integral, infinite where a projection on a line is
infinite (data processing), and otherwise left open.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.divergences.finiteness import FINITE, INFINITE, UNDECIDED, Finiteness
from gausscollapse.laws.mixture import Law

BOUNDARY = 256.0 * EPS
EXACT_DIMENSION = 12


@dataclass(frozen=True)
class Reach(Finiteness):
    """Finiteness, and in d = 1 the bulk of the integrand: [low, high], centre +- 13 scales, and its finest scale."""

    low: float = 0.0
    high: float = 0.0
    scale: float = 1.0


@dataclass(frozen=True)
class Line:
    """A Gaussian a on the line with bounds of the errors of its moments, and the mixture p.

    Parameters
    ----------
    mean, variance : float or Fraction
        a.
    mean_error, variance_error : float
        Bounds of their errors.
    means, variances : ndarray, shape (K,)
        p, exact; floats or fractions.
    """

    mean: float | Fraction
    variance: float | Fraction
    mean_error: float
    variance_error: float
    means: Array
    variances: Array

    def reach(self) -> Reach:
        """Return the `Reach` of ``a^2/p``."""
        spread = Fraction(np.max(self.variances))
        widest = self.means[self.variances == np.max(self.variances)]
        variance, error = Fraction(self.variance), Fraction(self.variance_error)
        low, high = variance - error, variance + error
        shown = f"V_a = {float(self.variance):.17g}, widest data variance {float(spread):.17g}"
        if low > 2 * spread:
            return Reach(INFINITE, f"2/V_a - 1/V_p is negative ({shown})")
        outer = Fraction(np.min(widest)), Fraction(np.max(widest))
        # At the boundary a^2/p tends to exp(slope x): it must rise on the left and fall on the right.
        mean = Fraction(self.mean)
        slopes = [2 * mean / variance - edge / spread for edge in outer]
        if high >= 2 * spread:
            if error or self.mean_error:
                return Reach(UNDECIDED, f"2/V_a - 1/V_p is 0 within the rounding of the channels ({shown})")
            if not slopes[0] > 0 > slopes[1]:
                return Reach(INFINITE, f"2/V_a - 1/V_p = 0 ({shown}) at an outermost mean")
            return self._exponential(float(min(abs(slope) for slope in slopes)))
        precision = 2 / high - 1 / spread
        return self._gaussian([float(slope / precision) for slope in slopes], float(precision))

    def _exponential(self, slope: float) -> Reach:
        length = 1.0 / slope
        scale = min(length, math.sqrt(self.variance))
        reason = "the linear term falls in both tails"
        return Reach(FINITE, reason, float(self.mean) - 60.0 * length, float(self.mean) + 60.0 * length, scale)

    def _gaussian(self, centres: list[float], precision: float) -> Reach:
        width = 13.0 / math.sqrt(precision)
        near = 13.0 * math.sqrt(self.variance)
        return Reach(
            FINITE,
            "the data's widest component has more than half of the variance",
            min(min(centres) - width, float(self.mean) - near),
            max(max(centres) + width, float(self.mean) + near),
            min(1.0 / math.sqrt(precision), math.sqrt(self.variance)),
        )


def reach(mean: Array, cov: Array, mean_error: Array, cov_error: Array, data: Law) -> Reach:
    """Return the `Reach` of ``a^2/p`` in any dimension; `low`, `high` and `scale` are meaningful in d = 1 only.

    Errors are bounds in the Loewner order, as in `Components`.
    """
    means, covs = data.means, data.covs
    if mean.size == 1:
        moved = math.sqrt(float(mean_error[0, 0]))
        return Line(
            float(mean[0]), float(cov[0, 0]), moved, float(cov_error[0, 0]), means[:, 0], covs[:, 0, 0]
        ).reach()  # fmt: skip
    from scipy.linalg import eigh, eigvalsh

    directions = []
    for other in covs:
        ratios, vectors = eigh(cov, other)
        loose = float(np.linalg.norm(cov_error, 2) + BOUNDARY * np.linalg.norm(cov, 2)) / float(eigvalsh(other)[0])
        if ratios[-1] < 2.0 * (1.0 - BOUNDARY * cov.shape[0]) - loose:
            return Reach(FINITE, "one component of the data alone makes it finite")
        directions.append(vectors)
    for vector in np.concatenate(directions, axis=1).T:
        line = _projected(vector, mean, cov, mean_error, cov_error, data).reach()
        if line.infinite:
            return Reach(INFINITE, f"projected on a line, {line.reason}")
    return Reach(UNDECIDED, "no component of the data decides whether the integral is finite")


def _projected(vector: Array, mean: Array, cov: Array, mean_error: Array, cov_error: Array, data: Law) -> Line:
    """Return the laws of ``u . x``: exact where a is and the dimension is small, else up to rounding."""
    if len(vector) <= EXACT_DIMENSION and not np.any(mean_error) and not np.any(cov_error):
        u = np.array([Fraction(x) for x in vector.tolist()], dtype=object)
        means = np.array([_exact(part) @ u for part in data.means])
        spreads = np.array([u @ _exact(part) @ u for part in data.covs])
        return Line(_exact(mean) @ u, u @ _exact(cov) @ u, 0.0, 0.0, means, spreads)
    u = vector / np.linalg.norm(vector)
    rounding = BOUNDARY * float(np.linalg.norm(cov, 2) + np.max(np.linalg.norm(data.covs, 2, axis=(1, 2))))
    error = 3.0 * (float(u @ cov_error @ u) + rounding)
    spreads = np.einsum("i,kij,j->k", u, data.covs, u)
    # Only what is negative beyond rounding is told: the means, which count at the boundary, are not needed.
    return Line(0.0, float(u @ cov @ u), 1.0, error, np.zeros(len(spreads)), spreads)


def _exact(array: Array) -> np.ndarray:
    return np.array([Fraction(x) for x in array.ravel().tolist()], dtype=object).reshape(array.shape)

"""The 2-Wasserstein distance of mixtures on the line, between proven bounds: squares of differences of quantiles.

``W2^2 = int_0^1 (F^{-1} - G^{-1})^2``. Both quantile functions increase, so that between two levels their difference
lies between those of opposite ends. Beyond the last levels, of mass e at the quantiles a and b, the integral is at
most ``3 E (X - a)^2 + 3 E (Y - b)^2 + 3 e (a - b)^2`` over those tails, closed for Gaussians.
Source: Vallender 1974; the bounds: *own*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array
from gausscollapse.laws.mixture import Law

LEVELS, REACH, HALVINGS, GRID = 400, 6.5, 16, 1000
# What a distribution function is off by at most.
SLACK = 1e-13
METHOD = "quantiles between bounds"


@dataclass(frozen=True, eq=False)
class _Line:
    """A mixture on the line: weights, means and deviations, shape (K,) each."""

    weights: Array
    means: Array
    deviations: Array

    @classmethod
    def of(cls, law: Law) -> _Line:
        return cls(law.weights / math.fsum(law.weights), law.means[:, 0], np.sqrt(law.covs[:, 0, 0]))

    def below(self, x: Array) -> Array:
        """Return ``P(X < x)``, shape (k,)."""
        return np.asarray(ndtr((x[:, None] - self.means) / self.deviations) @ self.weights)

    def quantiles(self, levels: Array) -> tuple[Array, Array]:
        """Return bounds of the quantiles at increasing levels in (0, 1) by bisection, shape (k,) each."""
        ends = float(np.min(self.means - 12.0 * self.deviations)), float(np.max(self.means + 12.0 * self.deviations))
        grid = np.linspace(*ends, GRID)
        known = self.below(grid)
        # F increases, and so do its values up to their rounding.
        first = np.searchsorted(np.maximum.accumulate(known), levels - SLACK) - 1
        last = np.searchsorted(np.minimum.accumulate(known[::-1])[::-1], levels + SLACK, side="right")
        low, high = grid[np.maximum(first, 0)], grid[np.minimum(last, GRID - 1)]
        for _ in range(HALVINGS):
            # Not the middle: a law's own middle is a quantile, which rounding cannot place.
            between = low + 0.47 * (high - low)
            value = self.below(between)
            low, high = (
                np.where(value < levels - SLACK, between, low),
                np.where(value > levels + SLACK, between, high),
            )
        return low, high

    def beyond(self, end: float, side: float) -> float:
        """Return ``E (X - c)^2`` over what lies beyond c on one side."""
        z = side * (end - self.means) / self.deviations
        # With Z beyond z: E (Z - z)^2 = (1 + z^2) Phi(-z) - z phi(z).
        parts = (1.0 + z * z) * ndtr(-z) - z * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
        return float(self.weights @ (self.deviations**2 * np.maximum(parts, 0.0)))


def line_wasserstein2(p: Law, q: Law, *, levels: int = LEVELS) -> Enclosure:
    """Return the 2-Wasserstein distance of two laws on the line, a length.

    Parameters
    ----------
    p, q : Gaussian or GaussianMixture
        Laws in d = 1.
    levels : int
        How many quantiles are compared; the interval narrows like one over it.
    """
    first, second = _Line.of(p), _Line.of(q)
    at = ndtr(np.linspace(-REACH, REACH, levels))
    (x_low, x_high), (y_low, y_high) = first.quantiles(at), second.quantiles(at)
    mass = np.diff(at)
    above, below = x_high[1:] - y_low[:-1], x_low[:-1] - y_high[1:]
    most = np.maximum(np.abs(above), np.abs(below)) ** 2
    least = np.where(below > 0.0, below, np.where(above < 0.0, -above, 0.0)) ** 2
    tails = 0.0
    for place, side in ((0, -1.0), (-1, 1.0)):
        inner = (x_low, y_low) if side > 0.0 else (x_high, y_high)
        apart = max(abs(x_high[place] - y_low[place]), abs(y_high[place] - x_low[place]))
        tails += 3.0 * (first.beyond(float(inner[0][place]), side) + second.beyond(float(inner[1][place]), side))
        tails += 3.0 * (float(at[0]) + 2.0 * SLACK) * apart**2
    low, high = float(mass @ least) * (1.0 - 1e-12), float(mass @ most) * (1.0 + 1e-12) + tails
    # The trapezoidal middle of both.
    value = min(max(float(mass @ (0.5 * (x_low[1:] + x_low[:-1]) - 0.5 * (y_low[1:] + y_low[:-1])) ** 2), low), high)
    return Enclosure(value, low, high, METHOD, "numeric").sqrt()

"""Whether ``int a^2 / p`` is finite for a Gaussian a over a mixture p within rounding, and how far it reaches.

d = 1: far out p is its widest component, with the outermost mean among equals, so the answer is exact. d > 1: it is
finite where one component of p alone gives a finite integral, infinite where a projection on a line is infinite
(data processing), and otherwise left open.

`divergences.finiteness.decide` answers the same for stored laws, exactly. Here a comes out of many rounded channels:
what is at the boundary within rounding is infinite, for a quadrature could not tell it from a finite value either.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from gausscollapse.core.validation import Array
from gausscollapse.divergences.finiteness import FINITE, INFINITE, UNDECIDED, Finiteness
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining.ratio_kernels import EPS

BOUNDARY = 256.0 * EPS


@dataclass(frozen=True)
class Reach(Finiteness):
    """Finiteness, and in d = 1 the bulk of the integrand: [low, high], centre +- 13 scales, and its finest scale."""

    low: float = 0.0
    high: float = 0.0
    scale: float = 1.0


def reach_on_line(mean: float, variance: float, means: Array, variances: Array) -> Reach:
    """Return the `Reach` of ``a^2/p`` for ``a = N(mean, variance)`` and a mixture p on the line."""
    widest = variances >= np.max(variances) * (1.0 - BOUNDARY)
    spread = float(np.max(variances))
    precision = 2.0 / variance - 1.0 / spread
    if precision < -BOUNDARY * (2.0 / variance + 1.0 / spread):
        return Reach(
            INFINITE,
            f"2/V_a - 1/V_p = {precision:.3g} is negative (V_a = {variance:.6g}, widest data variance {spread:.6g})",
        )
    outer = np.array([np.min(means[widest]), np.max(means[widest])])
    slopes = 2.0 * mean / variance - outer / spread
    if precision <= BOUNDARY * (2.0 / variance + 1.0 / spread):
        # a^2/p tends to exp(slope x): it must rise on the left and fall on the right.
        size = BOUNDARY * (abs(mean) / variance + np.max(np.abs(outer)) / spread)
        if not (slopes[0] > size and slopes[1] < -size):
            return Reach(
                INFINITE,
                f"2/V_a - 1/V_p = 0 to rounding (V_a = {variance:.6g} is twice the data's) at an outermost mean",
            )
        length = 1.0 / float(np.min(np.abs(slopes)))
        scale = min(length, math.sqrt(variance))
        return Reach(FINITE, "the linear term falls in both tails", mean - 60.0 * length, mean + 60.0 * length, scale)
    centres = slopes / precision
    width = 13.0 / math.sqrt(precision)
    near = 13.0 * math.sqrt(variance)
    return Reach(
        FINITE,
        "the data's widest component has more than half of the variance",
        min(float(np.min(centres)) - width, mean - near),
        max(float(np.max(centres)) + width, mean + near),
        min(1.0 / math.sqrt(precision), math.sqrt(variance)),
    )


def reach(mean: Array, cov: Array, data: Law) -> Reach:
    """Return the `Reach` of ``a^2/p`` in any dimension; `low`, `high` and `scale` are meaningful in d = 1 only."""
    means, covs = data.means, data.covs
    if mean.size == 1:
        return reach_on_line(float(mean[0]), float(cov[0, 0]), means[:, 0], covs[:, 0, 0])
    directions = []
    for other in covs:
        ratios, vectors = eigh(cov, other)
        if ratios[-1] < 2.0 * (1.0 - BOUNDARY * cov.shape[0]):
            return Reach(FINITE, "one component of the data alone makes it finite")
        directions.append(vectors)
    for vector in np.concatenate(directions, axis=1).T:
        direction = vector / np.linalg.norm(vector)
        line = reach_on_line(
            float(direction @ mean),
            float(direction @ cov @ direction),
            means @ direction,
            np.einsum("i,kij,j->k", direction, covs, direction),
        )
        if line.infinite:
            return Reach(INFINITE, f"projected on a line, {line.reason}")
    return Reach(UNDECIDED, "no component of the data decides whether the integral is finite")

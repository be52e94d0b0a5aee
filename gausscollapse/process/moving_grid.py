"""Cells on the line that move and stretch with the data, finer where it is narrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array
from gausscollapse.laws.mixture import Law
from gausscollapse.process.process import ReverseProcess

REACH = 9.0


class Components(NamedTuple):
    """Weights, means and standard deviations of a mixture on the line, shape (K,)."""

    weights: Array
    means: Array
    deviations: Array


def components_at(data: Law, t: float) -> Components:
    """Return those of q_t: ``a m_k`` and ``sqrt(a^2 v_k + 1 - a^2)`` with ``a = exp(-t/2)``."""
    square = np.exp(-t)
    variances = square * data.covs[:, 0, 0] - np.expm1(-t)
    return Components(data.weights, np.sqrt(square) * data.means[:, 0], np.sqrt(variances))


def log_density(parts: Components, x: Array) -> tuple[Array, Array]:
    """Return log-density and score of a mixture at points (n,)."""
    z = (x[:, None] - parts.means) / parts.deviations
    logs = np.log(parts.weights / parts.deviations) - 0.5 * (z**2 + np.log(2.0 * np.pi))
    top = np.max(logs, axis=1, keepdims=True)
    shares = np.exp(logs - top)
    total = np.sum(shares, axis=1)
    return top[:, 0] + np.log(total), -np.sum(shares * z / parts.deviations, axis=1) / total


@dataclass(frozen=True, eq=False)
class Grid:
    """A grid of cells that is a smooth image of a uniform one.

    Parameters
    ----------
    centres, volumes : ndarray, shape (n,)
        Cells.
    edges, gaps : ndarray, shape (n - 1,)
        Inner edges, and the distances of the centres beside them.
    """

    centres: Array
    volumes: Array
    edges: Array
    gaps: Array


class MovingGrid:
    """Cells at every time: a smooth image of a uniform grid.

    Parameters
    ----------
    process : ReverseProcess
        A process on the line.
    stretch : float
        Factor of the distance from the components' means at which the grid ends.
    """

    def __init__(self, process: ReverseProcess, stretch: float) -> None:
        self.process, self.reach = process, stretch * REACH
        self.end = self._interval(process.diffusion.stop)
        _, self.means, deviations = components_at(process.data, process.diffusion.stop)
        self.scales = 4.0 * deviations
        # The uniform part has as many cells as the parts about the components.
        self.uniform = np.pi * self.means.size / (self.end[1] - self.end[0])

    def _interval(self, t: float) -> tuple[float, float]:
        """Return the ends of the grid: smooth extremes of ``m_k -+ reach s_k``."""
        _, means, deviations = components_at(self.process.data, t)
        if not self.process.matched:
            means, deviations = np.append(means, 0.0), np.append(deviations, 1.0)
        low, high = means - self.reach * deviations, means + self.reach * deviations
        span, farthest = float(np.max(high) - np.min(low)), float(np.max(np.abs([low, high])))
        if not np.isfinite(span) or np.spacing(farthest) > 0.25 * float(np.min(deviations)):
            reason = f"has components that floats do not resolve where they are, up to {farthest:.3g}"
            raise InvalidArgumentError("data", self.process.data, reason, "means within 1e14 standard deviations")
        sharpness = 20.0 / span
        return (
            float(-np.logaddexp.reduce(-sharpness * low)) / sharpness,
            float(np.logaddexp.reduce(sharpness * high)) / sharpness,
        )

    def _forward(self, x: Array) -> tuple[Array, Array]:
        """Return the unnormalised coordinate and its derivative."""
        z = (x[:, None] - self.means) / self.scales
        value = self.uniform * x + np.sum(np.arctan(z), axis=1)
        return value, self.uniform + np.sum(1.0 / (self.scales * (1.0 + z**2)), axis=1)

    def points(self, share: Array) -> Array:
        """Return the final points of coordinates in [0, 1], scaled to [0, 1], by bisection and Newton's method."""
        ends = self._forward(np.array(self.end))[0]
        wanted = ends[0] + share * (ends[1] - ends[0])
        low, high = np.full(share.size, self.end[0]), np.full(share.size, self.end[1])
        for _ in range(40):
            middle = 0.5 * (low + high)
            above = self._forward(middle)[0] > wanted
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        x = 0.5 * (low + high)
        for _ in range(3):
            value, slope = self._forward(x)
            x = x - (value - wanted) / slope
        return np.asarray((x - self.end[0]) / (self.end[1] - self.end[0]))

    def at(self, points: Array, t: float) -> Grid:
        """Return the grid at a time from centres and edges in turn, scaled to [0, 1]."""
        low, high = self._interval(t)
        x = low + (high - low) * points
        centres, edges = x[1::2], x[::2]
        return Grid(centres, np.diff(edges), edges[1:-1], np.diff(centres))

"""Total variation and 1-Wasserstein norms of signed sums of Gaussians on the line: exact where a sign is known.

On a cell where g keeps its sign ``int |g|`` is the difference of an antiderivative: of the density
``f = sum u N(m, s^2)`` that is the distribution function ``F = sum u Phi(z)``, of F it is ``sum u s (z Phi(z) +
phi(z))``, ``z = (x - m)/s``. A sign is known where ``|g| > |g'| h/2 + c h^2/8`` at the middle of a cell of width h,
c a bound of ``|g''|`` on it. Other cells are halved; what is left lies between ``|int g|`` and
``h |g| + |g'| h^2/4 + c h^3/24``. Source: *own*.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.laws.mixture import Law

REACH, POINTS = 10.0, 21
TOLERANCE = 1e-12
MOST_CELLS, MOST_LEVELS = 40_000, 60
ROOT_TWO_PI = math.sqrt(2.0 * math.pi)
METHOD = "antiderivative between sign changes"


@dataclass(frozen=True, eq=False)
class SignedLine:
    """A signed sum of Gaussians on the line whose weights sum to zero.

    Parameters
    ----------
    weights, means, deviations : ndarray, shape (n,)
        u, m and s > 0.
    tolerance : float
        Width of an interval relative to its value that is aimed at.
    """

    weights: Array
    means: Array
    deviations: Array
    tolerance: float = TOLERANCE

    @classmethod
    def difference(cls, p: Law, q: Law, *, tolerance: float = TOLERANCE) -> SignedLine:
        """Return ``p - q``, equal components put together, seen from a component's mean."""
        found: dict[tuple[float, float], list[float]] = {}
        for law, sign in ((p, 1.0), (q, -1.0)):
            total = math.fsum(law.weights)
            parts = zip(law.weights.tolist(), law.means[:, 0].tolist(), law.covs[:, 0, 0].tolist(), strict=True)
            for weight, mean, variance in parts:
                found.setdefault((mean, variance), []).append(sign * weight / total)
        kept = [(math.fsum(u), m - float(p.means[0, 0]), math.sqrt(v)) for (m, v), u in found.items()]
        rows = np.array([row for row in kept if row[0] != 0.0]).reshape(-1, 3)
        weights, means, deviations = np.ascontiguousarray(rows.T)
        return cls(weights, means, deviations, tolerance)

    def _z(self, x: Array) -> Array:
        return np.asarray((x[:, None] - self.means) / self.deviations)

    def density(self, x: Array) -> Array:
        """Return f, shape (k,)."""
        return np.asarray(_phi(self._z(x)) @ (self.weights / self.deviations))

    def slope(self, x: Array) -> Array:
        """Return f', shape (k,)."""
        z = self._z(x)
        return np.asarray((z * _phi(z)) @ (-self.weights / self.deviations**2))

    def distribution(self, x: Array) -> Array:
        """Return F, shape (k,); beyond the middle from the right, where ``sum u = 0`` says the same."""
        side = np.where(x < self._middle, 1.0, -1.0)
        return side * np.asarray(ndtr(side[:, None] * self._z(x)) @ self.weights)

    @cached_property
    def _middle(self) -> float:
        return float(np.average(self.means, weights=np.abs(self.weights)))

    def area(self, x: Array) -> Array:
        """Return the antiderivative of F, shape (k,)."""
        z = self._z(x)
        return np.asarray((z * ndtr(z) + _phi(z)) @ (self.weights * self.deviations))

    @cached_property
    def _edges(self) -> Array:
        steps = np.linspace(-REACH, REACH, POINTS)
        points = np.unique((self.means[:, None] + self.deviations[:, None] * steps).ravel())
        # More components need no more cells than the narrowest deviation asks for.
        least = 0.25 * float(np.min(self.deviations))
        if points.size > 256:
            kept = np.floor((points - points[0]) / least)
            points = points[np.unique(kept, return_index=True)[1]]
        return points

    @property
    def _rounding(self) -> float:
        """What one value of F is off by: each term by its own rounding and that of its argument."""
        far = float(np.max(np.abs(self._edges)) + np.max(np.abs(self.means)))
        relative = 2.0 * EPS * (8.0 + self.weights.size + far / float(np.min(self.deviations)))
        return relative * float(np.sum(np.abs(self.weights)))

    def _nearest(self, low: Array, high: Array) -> Array:
        """Return the least ``|z|`` on each cell."""
        return np.maximum(0.0, np.maximum(self._z(low), -self._z(high)))

    def _far(self, x: Array) -> Array:
        return np.asarray((np.abs(x)[:, None] + np.abs(self.means)) / self.deviations)

    def _density_on(self, low: Array, middle: Array, high: Array) -> _OnCells:
        size, z, a = np.abs(self.weights), self._z(middle), self._nearest(low, high)
        phi = _phi(z)
        # |z^2 - 1| exp(-z^2/2) is at most 1, beyond 1 at most 2 exp(-3/2), and falls beyond the root of 3.
        most = np.where(a < 1.0, 1.0, np.where(a * a < 3.0, 0.4463, (a * a - 1.0) * np.exp(-0.5 * a * a)))
        terms = phi * (self.weights.size + 8.0 + 2.0 * np.abs(z) * self._far(middle))
        return _OnCells(
            phi @ (self.weights / self.deviations),
            (z * phi) @ (-self.weights / self.deviations**2),
            most @ (size / self.deviations**3) / ROOT_TWO_PI,
            2.0 * EPS * terms @ (size / self.deviations),
        )

    def _distribution_on(self, low: Array, middle: Array, high: Array) -> _OnCells:
        size, z, a = np.abs(self.weights), self._z(middle), np.maximum(self._nearest(low, high), 1.0)
        side = np.where(middle < self._middle, 1.0, -1.0)
        phi, beyond = _phi(z), ndtr(side[:, None] * z)
        terms = beyond * (self.weights.size + 8.0) + 2.0 * phi * self._far(middle)
        return _OnCells(
            side * (beyond @ self.weights),
            phi @ (self.weights / self.deviations),
            (a * np.exp(-0.5 * a * a)) @ (size / self.deviations**2) / ROOT_TWO_PI,
            # The weights add up to 0 up to their rounding.
            2.0 * EPS * terms @ size + abs(math.fsum(self.weights)),
        )

    def total_variation(self) -> Enclosure:
        """Return ``int |f|/2``."""
        if not self.weights.size:
            return Enclosure.exact(0.0, METHOD)
        size = np.abs(self.weights)
        found = _Cells(self._density_on, self.distribution, self.tolerance).integral(
            self._edges, lost=self._rounding, tails=2.0 * float(np.sum(size)) * float(ndtr(-REACH))
        )
        return found * 0.5

    def wasserstein1(self) -> Enclosure:
        """Return ``int |F|``."""
        if not self.weights.size:
            return Enclosure.exact(0.0, METHOD)
        size = np.abs(self.weights) * self.deviations
        far = float(np.max(np.abs(self._edges)) + np.max(np.abs(self.means)) + np.max(self.deviations))
        # A value of the antiderivative, whose slope is at most 1, and the arguments that it takes.
        lost = 2.0 * EPS * (self.weights.size + 16.0) * far * float(np.sum(np.abs(self.weights)))
        tail = float(_phi(np.array([REACH]))[0])
        return _Cells(self._distribution_on, self.area, self.tolerance).integral(
            self._edges, lost=lost, tails=2.0 * float(np.sum(size)) * tail
        )


def _phi(z: Array) -> Array:
    with np.errstate(under="ignore", over="ignore"):
        return np.asarray(np.exp(-0.5 * z * z) / ROOT_TWO_PI)


class _OnCells(NamedTuple):
    """g and its slope at the middles of cells, a bound of ``|g''|`` on each, and what g is off by; shape (k,)."""

    value: Array
    slope: Array
    bend: Array
    doubt: Array


@dataclass(frozen=True, eq=False)
class _Cells:
    """What is known of g on cells (low, middle, high), and its antiderivative."""

    on: Callable[[Array, Array, Array], _OnCells]
    primitive: Callable[[Array], Array]
    tolerance: float

    def integral(self, edges: Array, *, lost: float, tails: float) -> Enclosure:
        """Return ``int |g|``, the antiderivative being known up to `lost`, with `tails` left outside."""
        low, high = edges[:-1], edges[1:]
        known: list[Array] = []
        unknown: list[Array] = []
        total = beyond = 0.0
        for _ in range(MOST_LEVELS):
            middle, width = 0.5 * (low + high), high - low
            g, slope, bend, doubt = self.on(low, middle, high)
            tilt, unsure = np.abs(slope), 2.0 * doubt
            sure = np.abs(g) > 0.5 * tilt * width + 0.125 * bend * width**2 + unsure
            known.append(np.array([low[sure], high[sure], np.sign(g[sure])]))
            total += float(np.sum(np.abs(g[sure]) * width[sure]))
            left = ~sure
            most = width[left] * (np.abs(g[left]) + unsure[left] + 0.25 * tilt[left] * width[left])
            with np.errstate(over="ignore"):
                most += bend[left] * width[left] ** 3 / 24.0
            low, high, middle = low[left], high[left], middle[left]
            # Where rounding hides g, or cells are plenty or narrow enough, no halving helps.
            crowded = sum(part.shape[1] for part in known) + 2 * low.size > MOST_CELLS
            last = crowded or float(np.sum(most)) <= self.tolerance * total
            hidden = np.full(low.size, last) | (most <= 4.0 * unsure[left] * (high - low))
            unknown.append(np.array([low[hidden], high[hidden]]))
            beyond += float(np.sum(most[hidden]))
            low, high, middle = low[~hidden], high[~hidden], middle[~hidden]
            if not low.size:
                break
            low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
        else:
            unknown.append(np.array([low, high]))
            beyond += float(np.sum(most))
        return self._total(np.concatenate(known, axis=1), np.concatenate(unknown, axis=1), beyond, lost, tails)

    def _total(self, known: Array, unknown: Array, most: float, lost: float, tails: float) -> Enclosure:
        """Return the sum over cells of known sign, put together where they touch, and bounds over the others."""
        start, end, sign = known[:, np.argsort(known[0])]
        joins = (start[1:] == end[:-1]) & (sign[1:] == sign[:-1])
        first, last = start[np.append(True, ~joins)[: start.size]], end[np.append(~joins, True)[: end.size]]
        parts = np.abs(self.primitive(last) - self.primitive(first))
        rest = np.abs(self.primitive(unknown[1]) - self.primitive(unknown[0]))
        sure, error = math.fsum(parts), 2.0 * lost * parts.size + 4.0 * EPS * math.fsum(parts)
        least = math.fsum(np.maximum(rest - 2.0 * lost, 0.0))
        low, high = max(sure + least - error, 0.0), sure + error + most * (1.0 + 1e-9) + tails
        if math.isnan(low) or math.isnan(high):
            raise NotSupportedError("p, q: means or deviations are at the end of floats; accepted: smaller ones")
        return Enclosure(min(max(sure + least, low), high), low, high, METHOD, "closed-form")

r"""Certified Wasserstein distances on the line.

``W1 = int |F - G|`` as total variation is computed, from proved signs of the difference of the distribution functions
and its integral ``int Phi((x - m)/s) dx = (x - m) Phi + s phi``.

``W2^2 = int_0^1 (F^{-1} - G^{-1})^2``. The levels F(x_i) cut [0, 1] into cells. The means a and b of both quantile
functions over a cell are closed forms, and so are their variances: the integral is at least that of ``(a - b)^2``
(Jensen), and at most so much and both variances, as two increasing functions have a covariance of at least 0. A level
u lies between ``G(y^-)`` and ``G(y^+)``, with y between: ``int_0^u G^{-1}`` is ``E Y 1(Y < y) + (u - G(y)) z`` for
some z in [y^-, y^+]. Points are guessed in floats; no guess enters the proof. The bounds are *own*.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray
from scipy.special import ndtr

from gausscollapse.divergences._exact import LineLaw
from gausscollapse.divergences._integral import Integral
from gausscollapse.divergences.certified.balls import ball
from gausscollapse.divergences.certified.tails import RightTail
from gausscollapse.divergences.certified.variation import ORDER, Difference, finest_deviation, size_ball

# Quantiles compared, in deviations from the middle; room about a guess; working precision.
LEVELS, REACH, NEAR, BITS = 112, 6.5, 1e-9, 80
HALVINGS, WIDENINGS = 44, 24
Floats = NDArray[np.float64]


class _Tail(RightTail):
    """The tail of ``int |F - G|``."""

    def bound(self, place: float) -> Any:
        """Return an upper bound of the tail beyond `place`, a ball."""
        return self.first_moment(place)


class _Cumulative:
    """``F - G`` and its integral, on balls."""

    def __init__(self, p: LineLaw, q: LineLaw) -> None:
        self._density = Difference(p, q)
        self._parts = [(2 * half, mean, variance.sqrt()) for _, half, mean, variance in self._density.terms]

    def on(self, low: Any, high: Any) -> Any:
        """Return a ball that holds F - G on [low, high], by Taylor's formula about the middle."""
        centre = ((low + high) / 2).mid()
        offset = arb(0, 1) * (high - low) / 2
        slopes = self._density.series(centre)
        slopes[ORDER] = self._density.series(centre + offset)[ORDER]
        value = arb(0)
        for k in range(ORDER, -1, -1):
            value = value * offset + slopes[k] / (k + 1)
        return value * offset + self._at(centre)

    def _at(self, x: Any) -> Any:
        total = arb(0)
        for weight, mean, deviation in self._parts:
            u = (x - mean) / deviation
            # Both kinds of terms sum to the same: from the side where neither is near 1.
            total += weight * (_below(u) if x < 0 else -_below(-u))
        return total

    def integral(self, low: Any, high: Any) -> Any:
        """Return ``int_low^high (F - G)``."""
        return self._primitive(high) - self._primitive(low)

    def _primitive(self, x: Any) -> Any:
        total = arb(0)
        for weight, mean, deviation in self._parts:
            u = (x - mean) / deviation
            total += weight * deviation * (u * _below(u) + (-u * u / 2).exp() / (2 * arb.pi()).sqrt())
        return total


def _below(u: Any) -> Any:
    """Return the normal distribution function."""
    return (-u / arb(2).sqrt()).erfc() / 2


def wasserstein1_ball(p: LineLaw, q: LineLaw, *, digits: int, guess: float) -> Any:
    """Return a ball that holds ``W1(p, q)`` of two different laws, aiming at `digits` relative decimal digits.

    Parameters
    ----------
    p, q : LineLaw
        Laws with exact parameters.
    digits : int
        Relative digits wanted.
    guess : float
        Rough size of the answer; a bad one costs time or digits and never correctness.
    """
    integral = Integral("variation")
    tails = _Tail(integral, p, q), _Tail(integral, p.reflected(), q.reflected())
    return size_ball(
        lambda: _Cumulative(p, q), tails, share=1.0, finest=finest_deviation(p, q), digits=digits, guess=guess
    )


class _Quantiles:
    """A law's distribution function in floats and in balls."""

    def __init__(self, law: LineLaw) -> None:
        rows = [(float(w), float(m), math.sqrt(v)) for w, m, v in law.components]
        self._floats = np.array(rows).T
        self._balls = [(ball(w), ball(m), ball(v).sqrt()) for w, m, v in law.components]

    def guessed(self, levels: Floats) -> Floats:
        """Return about the quantiles at these levels, increasing, by bisection in floats."""
        weights, means, deviations = self._floats

        def below(x: Floats) -> Floats:
            return np.asarray(ndtr((x[:, None] - means) / deviations) @ weights)

        low = np.full(levels.size, float(np.min(means - 14.0 * deviations)))
        high = np.full(levels.size, float(np.max(means + 14.0 * deviations)))
        for _ in range(HALVINGS):
            between = 0.5 * (low + high)
            value = below(between)
            low, high = np.where(value < levels, between, low), np.where(value < levels, high, between)
        return np.asarray(np.maximum.accumulate(0.5 * (low + high)))

    def below(self, x: float) -> Any:
        """Return ``F(x)`` as a ball."""
        return sum((w * _below((arb(x) - m) / s) for w, m, s in self._balls), arb(0))

    def partial_mean(self, x: float) -> Any:
        """Return ``E X 1(X < x)`` as a ball."""
        total = arb(0)
        for weight, mean, deviation in self._balls:
            u = (arb(x) - mean) / deviation
            total += weight * (mean * _below(u) - deviation * (-u * u / 2).exp() / (2 * arb.pi()).sqrt())
        return total

    @property
    def moments(self) -> tuple[Any, Any]:
        """E X and E X^2."""
        first = sum((w * m for w, m, _ in self._balls), arb(0))
        return first, sum((w * (m * m + s * s) for w, m, s in self._balls), arb(0))


def wasserstein2_ball(p: LineLaw, q: LineLaw, *, levels: int = LEVELS) -> Any:
    """Return a ball that holds ``W2(p, q)^2``, of a width in proportion to one over the square of `levels`.

    Parameters
    ----------
    p, q : LineLaw
        Laws with exact parameters.
    levels : int
        How many quantiles are compared.
    """
    old, ctx.prec = ctx.prec, BITS
    try:
        first, second = _Quantiles(p), _Quantiles(q)
        x = sorted({float(point) for point in first.guessed(ndtr(np.linspace(-REACH, REACH, levels)))})
        below = [first.below(point) for point in x]
        y = _at_levels(second, below)
        ends = [arb(0), *below, arb(1)]
        means = [arb(0), *(first.partial_mean(point) for point in x), first.moments[0]]
        others = [arb(0), *map(partial(_up_to_level, second), below, y), second.moments[0]]
        least, spread = arb(0), first.moments[1] + second.moments[1]
        for cell in zip(*(pairwise(part) for part in (ends, means, others)), strict=True):
            mass, mean, other = (b - a for a, b in cell)
            least += (mean - other) ** 2 / mass
            spread -= (mean * mean + other * other) / mass
        return least.lower().max(arb(0)).union((least + spread).upper())
    finally:
        ctx.prec = old


def _at_levels(law: _Quantiles, levels: Sequence[Any]) -> list[float]:
    return [float(point) for point in law.guessed(np.array([float(level) for level in levels]))]


def _up_to_level(law: _Quantiles, level: Any, guess: float) -> Any:
    """Return ``int_0^u G^{-1}`` of a level u, with a float near its quantile."""
    room = NEAR * (1.0 + abs(guess))
    for _ in range(WIDENINGS):
        low, high = guess - room, guess + room
        if law.below(low) <= level <= law.below(high):
            return law.partial_mean(guess) + (level - law.below(guess)) * arb(low).union(arb(high))
        room *= 8.0
    return arb.nan()

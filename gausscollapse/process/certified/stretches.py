"""The fields of a process as series of floats, stretch by stretch, and what the drift does to differences there.

On a stretch ``v = c (1 + ratio x)`` with x from 0 to 1; the formula is that of `fields`, with the realizable part
``c (S^{-1} - V^{-1}) = c v^2 S^{-1} (V - S)/v^2 V^{-1}`` in a form without cancellation. How long a stretch is and
how many coefficients are kept is a choice that enters no proof: what is left out is measured.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from flint import arb

from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.process.certified.balls import Ball
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.series import UP, Number, Series, inverse, rounding, sizes, up
from gausscollapse.process.certified.sweep import PrecisionError

# Length of a stretch over the distance to the nearest singularity, and coefficients: 0.5^52 is a float's rounding.
REACH, COUNT = 0.5, 54
# Largest exponent of a solution's growth on a stretch, on a circle about its start.
GROWTH = 8.0
MOST_STRETCHES = 600
# Shortest stretch, as a ratio: about a pole of a solution nothing is gained by cutting.
SHORTEST = 1e-4
LARGEST_EXPONENT = 100.0
# Pieces of a stretch on which the drift is bounded.
PIECES = 16


@dataclass(frozen=True)
class Motion:
    """What a drift does to a difference on a stretch.

    Parameters
    ----------
    once : float
        Bound of the factor by which a solution of ``z' = F z`` grows over the whole stretch.
    peak : float
        The same over any part of it that ends where the stretch does, or anywhere in it; at least 1.
    """

    once: float
    peak: float


@dataclass(frozen=True, eq=False)
class Constants:
    """The matrices of `Coefficients` near floats; the names are those of `Field`.

    Parameters
    ----------
    one, change : Series
        The identity, and D with ``S = I + v^2 D``.
    constant, linear : Series
        M and N of the error.
    response, share : Series or None, Number
        R without the realizable part, and c.
    target, apart, gap : Series or None
        ``(V - I)/v^2``, ``(V - S)/v^2`` and G; None where c is 0.
    still, pull : Series
        The ideal drift: ``J/2`` and ``-k J``.
    """

    one: Series
    change: Series
    constant: Series
    linear: Series
    response: Series | None
    share: Number
    target: Series | None
    apart: Series
    gap: Series
    still: Series
    pull: Series

    @classmethod
    def of(cls, coefficients: Coefficients) -> Constants:
        """Round the coefficients of a process."""
        error, target = coefficients.error, coefficients.target_change
        responds = any(not entry.is_zero() for entry in coefficients.response.entries())
        return cls(
            Series(np.eye(coefficients.dim + 1)[None], 0.0),
            Series.near(coefficients.change),
            Series.near(error.constant),
            Series.near(error.linear),
            Series.near(coefficients.response) if responds else None,
            Number.near(coefficients.share),
            None if target is None else Series.near(target),
            Series.near(coefficients.apart),
            Series.near(coefficients.gap),
            Series.near(coefficients.ideal.constant),
            Series.near(coefficients.ideal.response),
        )

    def poles(self) -> Array:
        """Return about where covariances are singular: ``1 + v^2 y = 0`` for an eigenvalue y of a change."""
        changes = [part.parts[0, :-1, :-1] for part in (self.change, self.target) if part is not None]
        eigenvalues = np.concatenate([np.linalg.eigvalsh(part) for part in changes]).astype(np.complex128)
        with np.errstate(divide="ignore", invalid="ignore"):
            poles = 1.0 / np.sqrt(-eigenvalues)
        return np.asarray(poles[np.isfinite(poles)])

    def speed(self, v: float) -> float:
        """Return about the norm of the learned drift at v, at least a half."""
        one, square = self.one.parts[0], v * v
        inverted = np.linalg.inv(one + square * self.change.parts[0])
        drift = self.still.parts[0] + self.constant.parts[0] + v * self.linear.parts[0]
        drift = drift + (self.pull.parts[0] + (0.0 if self.response is None else self.response.parts[0])) @ inverted
        if self.target is not None:
            there = np.linalg.inv(one + square * self.target.parts[0])
            near = inverted @ (square * self.apart.parts[0]) @ there - there @ (v * self.gap.parts[0])
            drift = drift + self.share.value * near
        return max(0.5, float(np.linalg.norm(drift, 2)))


class Stretch:
    """One stretch.

    Parameters
    ----------
    coefficients : Coefficients
        Of the process.
    constants : Constants
        The same near floats.
    v, span : arb
        The centre c and how far v moves, backwards in time where it is negative.
    """

    def __init__(self, coefficients: Coefficients, constants: Constants, v: Ball, span: Ball) -> None:
        self.coefficients, self.constants = coefficients, constants
        self._v, self._span = v, span
        ratio = span / v
        self.ratio = Number.near(ratio)
        self.time = up(float(abs(2 * ratio.log1p()).upper()))
        # The rate of change in x, over (1 + ratio x).
        self.speed = Number.near(2 * ratio)

    @property
    def halves(self) -> tuple[Stretch, Stretch]:
        """The stretch as two."""
        middle_of_it = arb(float(self._v + self._span / 2))
        first = middle_of_it - self._v
        return (
            Stretch(self.coefficients, self.constants, self._v, first),
            Stretch(self.coefficients, self.constants, middle_of_it, self._span - first),
        )

    @cached_property
    def square(self) -> Series:
        """``v^2`` as a matrix with one entry."""
        v, span = self._v, self._span
        return _numbers(v * v, 2 * v * span, span * span)

    def _covariance(self, change: Series) -> Series:
        return self.constants.one + self.square.weighing(change)

    @cached_property
    def covariance(self) -> Series:
        """S, its last entry 1."""
        return self._covariance(self.constants.change)

    @cached_property
    def inverse(self) -> Series:
        """``S^{-1}``."""
        return inverse(self.covariance, COUNT)

    @cached_property
    def error(self) -> Series:
        """C, the error as it enters the drift."""
        parts, line = self.constants, _numbers(self._v, self._span)
        found = parts.constant + line.weighing(parts.linear)
        if parts.response is not None:
            found = found + parts.response.times(self.inverse, COUNT)
        if parts.target is not None:
            target = inverse(self._covariance(parts.target), COUNT)
            block = self.inverse.times(self.square.weighing(parts.apart)).times(target, COUNT)
            column = target.times(line.weighing(parts.gap)).scaled(Number(-1.0, 0.0))
            found = found + (block + column).scaled(parts.share).cut(COUNT)
        return found

    @cached_property
    def ideal(self) -> Series:
        """The ideal drift ``J/2 - k J S^{-1}``."""
        return self.constants.still + self.constants.pull.times(self.inverse)

    @cached_property
    def learned(self) -> Series:
        """The learned drift."""
        return self.ideal + self.error

    @cached_property
    def forced(self) -> Series:
        """``C S``."""
        return self.error.times(self.covariance, COUNT)

    @cached_property
    def pace(self) -> Series:
        """``ds/dx = 2 ratio/(1 + ratio x)``, a function with one entry."""
        ratio = self.ratio.value
        parts = 2.0 * ratio * np.cumprod(np.concatenate([[1.0], np.full(COUNT - 1, -ratio)]))
        size = abs(ratio) + self.ratio.off
        # The geometric series' rest, the powers' rounding, and ratio's own distance.
        rest = size**COUNT + (2 * COUNT * EPS + COUNT * self.ratio.off / size) / (1.0 - size)
        return Series(parts[:, None, None], up(2.0 * size * rest / (1.0 - size) * UP))

    def integral(self, rate: Series) -> Series:
        """Return the integral over the stretch, in time, of a function with one entry."""
        return rate.times(self.pace, COUNT).integral()

    @cached_property
    def ideal_motion(self) -> Motion:
        """What the ideal drift does to differences, forward in the process's own time."""
        return self.motion(self.ideal)

    @cached_property
    def learned_motion(self) -> Motion:
        """What the learned drift does to differences."""
        return self.motion(self.learned)

    def motion(self, drift: Series) -> Motion:
        """Return what a drift's (d, d) block does to differences: growth by its logarithmic norm, piece by piece."""
        dim = self.coefficients.dim
        rates = largest_rates(Series(drift.parts[:, :dim, :dim], drift.off))
        ratio = self.ratio.value
        edges = np.linspace(0.0, 1.0, PIECES + 1)
        logs = np.abs(np.diff(2.0 * np.log1p(ratio * edges)))
        loose = 1e-12 * logs + 16.0 * self.ratio.off + 1e-15
        # The integral of the rate, and that of its positive part.
        spare = float(np.sum(np.abs(rates) * (loose + 1e-12 * logs)))
        total = float(np.sum(rates * logs)) + spare
        positive = float(np.sum(np.maximum(rates, 0.0) * logs)) + spare
        if not positive < LARGEST_EXPONENT:
            raise PrecisionError("differences grew beyond all bounds")
        return Motion(up(math.exp(total)), up(math.exp(positive)))


def largest_rates(drift: Series) -> Array:
    """Return bounds of the logarithmic norm of a function on each of the pieces of [0, 1].

    With a nearly orthogonal Q, ``||Q^T Q - I|| <= e``, the largest eigenvalue of A is that of ``Q^T A Q`` times a
    number from 1/(1 + e) to 1/(1 - e) (Ostrowski), and that one is at most the largest diagonal entry and the rest's
    norm.
    """
    width = 1.0 / PIECES
    values, off = drift.at(np.asarray((np.arange(PIECES) + 0.5) * width, dtype=np.float64))
    slope = float(np.sum(drift.sizes * np.arange(len(drift.parts))))
    matrices = 0.5 * (values + values.transpose(0, 2, 1))
    basis = np.linalg.eigh(matrices)[1]
    count = basis.shape[1]
    turned = basis.transpose(0, 2, 1) @ matrices @ basis
    diagonal = np.einsum("kii->ki", turned).copy()
    np.einsum("kii->ki", turned)[...] = 0.0
    unit = basis.transpose(0, 2, 1) @ basis - np.eye(count)
    loose = sizes(unit) + rounding(2 * count) * 2.0 * count
    if not np.all(loose < 0.1):
        raise PrecisionError("eigenvectors of the drift")
    largest = diagonal.max(axis=1) + sizes(turned) + rounding(2 * count) * 2.0 * count * sizes(matrices)
    largest = np.where(largest > 0.0, largest / (1.0 - loose), largest / (1.0 + loose))
    spare = (off + drift.off + 0.5 * width * slope) * UP
    return np.asarray(largest + spare + np.abs(largest) * 2.0**-40)


def _numbers(*balls: Ball) -> Series:
    numbers = [Number.near(ball) for ball in balls]
    parts = np.array([number.value for number in numbers])
    return Series(parts[:, None, None], up(sum(number.off for number in numbers)))


def stretches(coefficients: Coefficients, *, backwards: bool = False, begin: Ball | None = None) -> Sequence[Stretch]:
    """Return stretches from the horizon, or where v is `begin`, to the stop, or `backwards`."""
    begin, end = coefficients.start if begin is None else begin, coefficients.stop
    constants = Constants.of(coefficients)
    poles = constants.poles()
    found: list[Stretch] = []
    here, goal = (end, begin) if backwards else (begin, end)
    while len(found) < MOST_STRETCHES:
        at = float(here)
        length = REACH * min(at, float(np.min(np.abs(poles - at), initial=math.inf)))
        length *= min(1.0, GROWTH * at / (4.0 * length * constants.speed(at) + 1e-300))
        left = goal - here
        if abs(float(left)) <= length:
            found.append(Stretch(coefficients, constants, here, left))
            return found
        there = arb(at - length if backwards else at + length)
        found.append(Stretch(coefficients, constants, here, there - here))
        here = there
    raise PrecisionError(f"more than {MOST_STRETCHES} stretches")


def walked(along: Sequence[Stretch]) -> Iterator[tuple[Stretch, Callable[[], None]]]:
    """Yield stretches one after another, each with what has to be called for its two halves instead."""
    ahead = deque(along)

    def cut(stretch: Stretch) -> None:
        if abs(stretch.ratio.value) < SHORTEST:
            raise PrecisionError("a series does not converge")
        ahead.extendleft(reversed(stretch.halves))

    for _ in range(MOST_STRETCHES):
        if not ahead:
            return
        stretch = ahead.popleft()
        yield stretch, partial(cut, stretch)
    raise PrecisionError(f"more than {MOST_STRETCHES} stretches")

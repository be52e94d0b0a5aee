"""Taylor steps with proof for linear equations with rational coefficients: centres, steps, tails.

About a centre c the solution is analytic where the coefficients are. On a disc a bound of the coefficients gives one
of the solution (Gronwall), and that gives one of the Taylor tail (Cauchy): beyond order n and at the fraction q of
the disc's radius the tail is at most ``sup q^n/(1 - q)``. Radius and step are chosen so that the step is as long as
the tail allows: no choice enters the proof.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from flint import arb

from gausscollapse.process.certified.balls import Ball, Matrix
from gausscollapse.process.certified.fields import Centre, Coefficients, Disc

# Bits times steps that a sweep may spend.
MOST_WORK = 512_000

State = Sequence[Matrix]
Rates = Callable[[State], State]


class PrecisionError(Exception):
    """A question that cannot be decided at this precision."""


class WorkLimitError(Exception):
    """A sweep that needs more steps than are allowed."""


@dataclass(frozen=True)
class Effort:
    """How hard to work: the working precision in bits and what follows from it.

    Parameters
    ----------
    bits : int
        Working precision.
    """

    bits: int

    @property
    def order(self) -> int:
        """Number of Taylor coefficients."""
        return int(0.75 * self.bits)

    @property
    def tail_bits(self) -> int:
        """Bits below the solution at which the tail of a step is aimed."""
        return self.bits - 24

    @property
    def steps(self) -> int:
        """Number of steps that a sweep may take."""
        return MOST_WORK // self.bits


class System(Protocol):
    """A linear equation for some matrices, in reverse time s or, backward, in forward time t."""

    def growth(self, disc: Disc) -> Ball:
        """Return a bound of the norm of the equation on a disc."""

    def rates(self, centre: Centre, ratio: Ball) -> Rates:
        """Return the map from the next Taylor coefficients of the state to those of its time derivative."""

    def bounds(self, centre: Centre, disc: Disc, state: State) -> Sequence[Matrix]:
        """Return bounds of every entry of the solution on a disc that starts from `state` at its centre."""


@dataclass(frozen=True)
class Step:
    """One Taylor step: ``v = c (1 + ratio x)`` with x from 0 to 1."""

    disc: Disc
    ratio: Ball

    @property
    def share(self) -> Ball:
        """The step over the radius of the disc."""
        return abs(self.ratio) / self.disc.fraction


def choose(centre: Centre, growth: Callable[[Disc], Ball], effort: Effort) -> tuple[Disc, float]:
    """Return the disc that allows the longest step, and that step, as fractions of the centre."""
    best: tuple[float, Disc, float] | None = None
    fraction = 0.97 * centre.reach
    for _ in range(60):
        disc = centre.disc(fraction)
        exponent = float(growth(disc) * disc.length)
        if math.isfinite(exponent):
            length = math.log(fraction) - (effort.tail_bits * math.log(2.0) + exponent) / effort.order
            if best is not None and length < best[0]:
                break
            best = (length, disc, math.exp(length))
        fraction *= 0.8
    if best is None:
        raise PrecisionError("the coefficients are not bounded about a centre")
    return best[1], best[2]


def expand(rates: Rates, start: State, factor: Ball, order: int, ratio: Ball) -> list[list[Matrix]]:
    """Return the Taylor coefficients of each matrix: ``(1 + ratio x) z' = factor rate(z)``."""
    columns = [[matrix] for matrix in start]
    for k in range(order - 1):
        flows = rates([column[k] for column in columns])
        down, back = factor / (k + 1), ratio * k / (k + 1)
        for column, flow in zip(columns, flows, strict=True):
            column.append(flow * down - column[k] * back)
    return columns


def total(column: Sequence[Matrix], x: Ball | None = None) -> Matrix:
    """Return the sum of Taylor coefficients at x, at 1 by default."""
    result = column[-1]
    for matrix in reversed(column[:-1]):
        result = matrix + (result if x is None else result * x)
    return result


def blur(bound: Matrix, share: Ball, order: int) -> Matrix:
    """Return the balls about 0 that hold the Taylor tails of functions with these bounds on the disc."""
    tail = (share**order / (1 - share)).abs_upper()
    unit = arb(0, 1)
    return bound * (unit * tail)


def sweep(coefficients: Coefficients, system: System, start: State, effort: Effort, *, backward: bool) -> State:
    """Solve a system over the whole of ``[stop, horizon]``.

    Parameters
    ----------
    coefficients : Coefficients
        Of the process.
    system : System
        The equation, in reverse time from the horizon, or `backward` in forward time from the stop.
    start : sequence of arb_mat
        The state at the start.
    effort : Effort
        Order and size of the tails.
    backward : bool
        Whether the sweep runs in forward time t.

    Returns
    -------
    sequence of arb_mat
        Enclosures of the state at the end.

    Raises
    ------
    WorkLimitError
        Beyond the steps that are allowed.
    """
    sign = -1 if backward else 1
    v = coefficients.stop if backward else coefficients.start
    left, state = coefficients.span, list(start)
    for _ in range(effort.steps):
        centre = Centre(coefficients, v)
        disc, length = choose(centre, system.growth, effort)
        whole = left / v
        last = bool(whole <= length)
        step = Step(disc, sign * (whole if last else arb(length)))
        columns = expand(system.rates(centre, step.ratio), state, 2 * sign * step.ratio, effort.order, step.ratio)
        bounds = system.bounds(centre, disc, state)
        state = [
            total(column) + blur(bound, step.share, effort.order)
            for column, bound in zip(columns, bounds, strict=True)
        ]
        if last:
            return state
        moved = v * step.ratio
        v, left = v + moved, left - sign * moved
    raise WorkLimitError(f"more than {effort.steps} Taylor steps")

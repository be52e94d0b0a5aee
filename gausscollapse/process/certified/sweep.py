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
from typing import Any, Protocol, TypeAlias

from flint import arb, arb_mat, arb_poly

from gausscollapse.process.certified.balls import Ball, Matrix
from gausscollapse.process.certified.centres import Centre
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.resolvents import Disc

# A step to the very end, of which only an enclosure is known.
ROUNDED_UP = 1.0 + 1e-9
# Bits times steps that a sweep may spend.
MOST_WORK = 512_000
# What rounding may take of a step's bits.
GUARD = 24
# Tails of a first try: a few bits below a float's last.
LEAN = 60
# The same where balls grow from step to step.
LEAN_GROWING = 130

Polynomial: TypeAlias = Any
State = Sequence[Matrix]
Radii = Sequence[Ball]
Rates = Callable[[State], State]


class PrecisionError(Exception):
    """A question that cannot be decided at this precision."""


class WorkLimitError(Exception):
    """A sweep that needs more steps than are allowed."""


@dataclass(frozen=True)
class Effort:
    """How hard to work.

    Parameters
    ----------
    bits : int
        Working precision.
    aim : int
        Bits below the solution at which the tail of a step is aimed.
    floats : bool
        Whether equations are solved by floats with proven bounds, where that is known: the working precision is that
        of what is done with their solutions.
    """

    bits: int
    aim: int
    floats: bool = False

    @classmethod
    def full(cls, bits: int) -> Effort:
        """Return the effort whose tails are about as small as rounding."""
        return cls(bits, bits - GUARD)

    @classmethod
    def lean(cls, bits: int) -> Effort:
        """Return the effort whose tails are about as small as a float's rounding."""
        return cls(bits, LEAN)

    @classmethod
    def least(cls, bits: int) -> Effort:
        """Return the effort of floats."""
        return cls(bits, LEAN, floats=True)

    @property
    def full_sized(self) -> bool:
        """Whether the tails are about as small as rounding."""
        return self.aim == self.bits - GUARD

    def halved(self) -> Effort:
        """Return the effort whose tails have half of the bits; that of floats has few as it is."""
        return Effort.lean(self.bits) if self.floats else Effort(self.bits, self.bits // 2)

    def integral(self) -> Effort:
        """Return the effort of the same kind for an integral, which keeps half of the bits."""
        return self.halved() if self.full_sized else Effort.lean(self.bits)

    def growing(self, bits: int) -> Effort:
        """Return the effort of the same kind, at so many bits, for equations whose balls grow from step to step."""
        if self.floats:
            return self
        return Effort.full(bits) if self.full_sized else Effort(bits, LEAN_GROWING)

    @property
    def order(self) -> int:
        """Largest number of Taylor coefficients."""
        return int(0.75 * (self.aim + GUARD))

    @property
    def steps(self) -> int:
        """Number of steps that a sweep may take."""
        return MOST_WORK // self.bits


class System(Protocol):
    """A linear equation for some matrices in reverse time s, and what is known of it on discs and steps.

    Uncertainties are norms of parts of the state, a system's own choice: they are carried along by the logarithmic
    norm, as entries of balls would forget that the equation contracts.
    """

    def growth(self, disc: Disc) -> Ball:
        """Return a bound of the norm of the equation on a disc."""

    def rates(self, centre: Centre, ratio: Ball) -> Rates:
        """Return the map from the next Taylor coefficients of the state to those of its time derivative."""

    def bounds(self, centre: Centre, disc: Disc, state: State) -> Sequence[Matrix]:
        """Return bounds of every entry of the solution on a disc that starts from `state` at its centre."""

    def radii(self, state: State) -> Radii:
        """Return the norms of a state's parts."""

    def spread(self, centre: Centre, ratio: Ball, radii: Radii) -> Radii:
        """Return bounds of the norms after a step of a solution without sources that starts with these."""

    def veils(self, radii: Radii) -> State:
        """Return balls about 0 that hold every state with these norms."""


@dataclass(frozen=True)
class Step:
    """One Taylor step: ``v = c (1 + ratio x)`` with x from 0 to 1, by `order` coefficients."""

    disc: Disc
    ratio: Ball
    order: int

    @property
    def share(self) -> Ball:
        """The step over the radius of the disc."""
        return abs(self.ratio) / self.disc.fraction


@dataclass(frozen=True)
class Plan:
    """A disc, the length of a step as a fraction of the centre, and the number of coefficients that it takes."""

    disc: Disc
    length: float
    order: int


def choose(centre: Centre, growth: Callable[[Disc], Ball], effort: Effort, most: float) -> Plan:
    """Return the plan of the longest step, or of the cheapest one of length `most` where that is shorter.

    Parameters
    ----------
    centre : Centre
        Where the step starts.
    growth : callable
        Bound of the norm of the equation on a disc.
    effort : Effort
        Largest order, and the bits that the tail is aimed at.
    most : float
        Greatest length, as a fraction of the centre.
    """
    longest: Plan | None = None
    cheapest: Plan | None = None
    fraction = 0.97 * centre.reach
    for _ in range(60):
        disc = centre.disc(fraction)
        nats = effort.aim * math.log(2.0) + float(growth(disc) * disc.length)
        if math.isfinite(nats):
            length = fraction * math.exp(-nats / effort.order)
            if longest is not None and length < longest.length and cheapest is None:
                break
            if longest is None or length > longest.length:
                longest = Plan(disc, length, effort.order)
            if length > most:
                order = 2 + math.ceil(nats / math.log(fraction / most))
                if cheapest is not None and order > cheapest.order:
                    break
                cheapest = Plan(disc, most, min(order, effort.order))
        fraction *= 0.8
    if longest is None:
        raise PrecisionError("the coefficients are not bounded about a centre")
    return longest if cheapest is None else cheapest


def expand(rates: Rates, start: State, factor: Ball, step: Step) -> list[list[Matrix]]:
    """Return the Taylor coefficients of each matrix: ``(1 + ratio x) z' = factor rate(z)``."""
    columns = [[matrix] for matrix in start]
    for k in range(step.order - 1):
        flows = rates([column[k] for column in columns])
        down, back = factor / (k + 1), step.ratio * k / (k + 1)
        for column, flow in zip(columns, flows, strict=True):
            column.append(flow * down - column[k] * back)
    return columns


def total(column: Sequence[Matrix], x: Ball | None = None) -> Matrix:
    """Return the sum of Taylor coefficients at x, at 1 by default."""
    result = column[-1]
    for matrix in reversed(column[:-1]):
        result = matrix + (result if x is None else result * x)
    return result


def polynomials(column: Sequence[Matrix]) -> Sequence[Sequence[Polynomial]]:
    """Return the sum of Taylor coefficients as a polynomial for each entry, row by row."""
    entries = [matrix.tolist() for matrix in column]
    rows, columns = range(column[0].nrows()), range(column[0].ncols())
    return [[arb_poly([part[i][j] for part in entries]) for j in columns] for i in rows]


def evaluated(rows: Sequence[Sequence[Polynomial]], x: Ball) -> Matrix:
    """Return a matrix of polynomials at x."""
    return arb_mat([[entry(x) for entry in row] for row in rows])


def blur(bound: Matrix, share: Ball, order: int) -> Matrix:
    """Return the balls about 0 that hold the Taylor tails of functions with these bounds on the disc."""
    return bound * (arb(0, 1) * (share**order / (1 - share)).abs_upper())


def sound(state: State) -> None:
    """Raise `PrecisionError` where a ball is not finite."""
    if not all(entry.is_finite() for matrix in state for entry in matrix.entries()):
        raise PrecisionError("the balls grew beyond all bounds")


def sweep(
    coefficients: Coefficients, system: System, start: State, effort: Effort, *, begin: Ball | None = None
) -> State:
    """Solve a system from the horizon to the stop.

    Parameters
    ----------
    coefficients : Coefficients
        Of the process.
    system : System
        The equation.
    start : sequence of arb_mat
        The state at the horizon.
    effort : Effort
        Order and size of the tails.
    begin : arb, optional
        Where the state is that of `start`, by default at the horizon.

    Returns
    -------
    sequence of arb_mat
        Enclosures of the state at the stop.

    Raises
    ------
    WorkLimitError
        Beyond the steps that are allowed.
    PrecisionError
        If the balls grow beyond all bounds.
    """
    v, left = coefficients.start, coefficients.span
    if begin is not None:
        v, left = begin, coefficients.stop - begin
    state, radii = split(system, start)
    for _ in range(effort.steps):
        centre, whole = Centre(coefficients, v), left / v
        plan = choose(centre, system.growth, effort, float(whole) * ROUNDED_UP)
        last = bool(whole <= plan.length)
        step = Step(plan.disc, whole if last else arb(plan.length), plan.order)
        columns = expand(system.rates(centre, step.ratio), state, 2 * step.ratio, step)
        bounds = system.bounds(centre, step.disc, state)
        carried = system.spread(centre, step.ratio, radii)
        state, radii = split(
            system,
            [total(c) + blur(bound, step.share, step.order) for c, bound in zip(columns, bounds, strict=True)],
            carried,
        )
        if last:
            return [middle + veil for middle, veil in zip(state, system.veils(radii), strict=True)]
        moved = v * step.ratio
        v, left = v + moved, left - moved
    raise WorkLimitError(f"more than {effort.steps} Taylor steps")


def split(system: System, state: State, carried: Radii | None = None) -> tuple[State, Radii]:
    """Return the midpoints of a state and its uncertainties, those `carried` from before added."""
    sound(state)
    middles = [matrix.mid() for matrix in state]
    radii = system.radii([matrix - middle for matrix, middle in zip(state, middles, strict=True)])
    if carried is not None:
        radii = [(a + b).abs_upper() for a, b in zip(radii, carried, strict=True)]
    return middles, radii

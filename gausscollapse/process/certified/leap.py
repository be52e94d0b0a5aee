"""The learned moments far from the data, in one step: there the fields are constant up to what ``v = exp(-t/2)`` is.

Where v is tiny S is nearly the identity, and every field F(v) nearly F(0). With the fields at 0 the deviation and its
integral solve a linear equation with constant coefficients, of which the matrix exponential is the solution. What
that leaves out is bounded on the whole stretch, and Gronwall's inequality carries it to its end:

    r' = F r + r F^T + (F - F(0)) D + D (F - F(0))^T + (C S - C(0)) + (C S - C(0))^T.
"""

from __future__ import annotations

from dataclasses import dataclass

from flint import arb, arb_mat, fmpq

from gausscollapse.process.certified.balls import Ball, Matrix, even, frobenius
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.sweep import Effort, State

# Ends of the stretch that are tried, in time before the clean data; it must be worth the exponential.
ENDS, WORTH, LARGEST_DIMENSION = (40, 60, 90, 130), 20, 2


@dataclass(frozen=True)
class Leap:
    """Where a sweep may begin, and its state there."""

    v: Ball
    state: State


def leap(coefficients: Coefficients, start: Matrix, effort: Effort) -> Leap | None:
    """Return the learned moments at the first end that keeps the bits aimed at; None where there is no such end.

    Parameters
    ----------
    coefficients : Coefficients
        Of the process.
    start : arb_mat, shape (d + 1, d + 1)
        D at the horizon, second moments in the block.
    effort : Effort
        Whose aim the error must keep.
    """
    process = coefficients.process
    if coefficients.dim > LARGEST_DIMENSION:
        return None
    for end in ENDS:
        first = fmpq(end)
        if first <= process.stop:
            continue
        if process.horizon - first < WORTH:
            return None
        found = _constant(coefficients, start, process.horizon - first, (-arb(first) / 2).exp(), effort)
        if found is not None:
            return found
    return None


def _constant(coefficients: Coefficients, start: Matrix, span: fmpq, v: Ball, effort: Effort) -> Leap | None:
    time, stretch = arb(span), arb(0).union(v)
    error, drift = (coefficients.at(field, arb(0)) for field in (coefficients.error, coefficients.drift(arb(1))))
    deviation, integral = _exponential(drift, error + error.transpose(), start, time)
    # What is left out, in Frobenius norms over the stretch.
    moving = coefficients.at(coefficients.error, stretch)
    loose = frobenius(coefficients.at(coefficients.drift(arb(1)), stretch) - drift)
    forced = frobenius(moving * coefficients.covariance(stretch) - error)
    size, rate = frobenius(error), frobenius(drift)
    largest = (frobenius(start) + 2 * size * time) * (2 * rate * time).exp()
    rest = time * 2 * (loose * largest + forced) * (2 * (rate + loose) * time).exp()
    if not rest <= arb(2) ** -effort.aim * frobenius(deviation).lower():
        return None
    changed = frobenius(moving - error)
    lost = time * (changed * (2 * size + changed) * largest + (size + changed) ** 2 * rest)
    whole, wide = even(coefficients.dim), arb(0, 1)
    ideal = moving * coefficients.covariance(stretch) * moving.transpose() * time
    excess = error * integral * error.transpose()
    veiled = deviation + whole * (wide * rest.abs_upper())
    last = coefficients.dim
    # The last entry of D is 0 whatever the fields are.
    veiled[last, last] = 0
    return Leap(v, (veiled, ideal, excess + whole * (wide * lost.abs_upper())))


def _exponential(drift: Matrix, source: Matrix, start: Matrix, time: Ball) -> tuple[Matrix, Matrix]:
    """Return D and its integral after some time: ``D' = F D + D F^T + source``."""
    size = drift.nrows()
    count = size * size
    generator = arb_mat(2 * count + 1, 2 * count + 1)
    for i in range(size):
        for j in range(size):
            row = i * size + j
            generator[row, 2 * count] = source[i, j] * time
            generator[count + row, row] = time
            for k in range(size):
                generator[row, k * size + j] += drift[i, k] * time
                generator[row, i * size + k] += drift[j, k] * time
    begin = [[entry] for entry in start.entries()] + [[arb(0)]] * count + [[arb(1)]]
    end = generator.exp() * arb_mat(begin)
    parts = [
        arb_mat([[end[first + i * size + j, 0] for j in range(size)] for i in range(size)]) for first in (0, count)
    ]
    return parts[0], parts[1]

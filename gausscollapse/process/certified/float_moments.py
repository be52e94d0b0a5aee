"""The moments of `moments` by floats: Taylor polynomials, and what their defect does where the drift carries it.

On a stretch a polynomial D of floats leaves a defect r in its equation; what D is off by, E, solves the equation with
r for its source, ``E' = F E + E F^T + r``. Its last column and its block are bounded by the logarithmic norm m of the
drift's block: ``|E|' <= 2 m |E| + |r|``. No Taylor tail, no disc and no ball are needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb, arb_mat

from gausscollapse.core.validation import Array
from gausscollapse.process.certified.balls import Matrix, block
from gausscollapse.process.certified.deviation import start_deviation
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.moments import LearnedMoments, TangentMoments
from gausscollapse.process.certified.series import TINY, Number, Series, sizes, up
from gausscollapse.process.certified.stretches import COUNT, Motion, Stretch
from gausscollapse.process.certified.sweep import State


@dataclass(frozen=True)
class Moment:
    """A symmetric matrix near one of floats, shape (d + 1, d + 1), whose last entry is known.

    Parameters
    ----------
    value : ndarray, shape (d + 1, d + 1)
        The matrix of floats.
    column, square, corner : float
        Bounds of the norms by which last column, (d, d) block and last entry differ from it.
    """

    value: Array
    column: float
    square: float
    corner: float = 0.0

    @classmethod
    def near(cls, matrix: Matrix) -> Moment:
        """Return what a matrix of balls holds."""
        dim = matrix.nrows() - 1
        inside, end = range(dim), range(dim, dim + 1)
        return cls(
            Series.near(matrix).parts[0],
            Series.near(block(matrix, inside, end)).off,
            Series.near(block(matrix, inside, inside)).off,
        )

    @property
    def off(self) -> float:
        """Bound of the norm of the whole difference."""
        return up(self.square + 2.0 * self.column)

    def ball(self) -> Matrix:
        """Return the matrix as balls."""
        found = Series(self.value[None], 0.0).ball()
        dim = len(self.value) - 1
        column, square = arb(0, self.column), arb(0, self.square)
        for i in range(dim):
            found[i, dim] += column
            found[dim, i] += column
            for j in range(dim):
                found[i, j] += square
        if self.corner > 0.0:
            found[dim, dim] += arb(0, self.corner)
        return found


def expanded(drift: Series, source: Series, start: Array, ratio: float) -> Array:
    """Return Taylor coefficients, about, of ``(1 + ratio x) D' = 2 ratio (F D + D F^T + G)``, shape (n, k, k)."""
    count, size = COUNT, len(start)
    wide = drift.parts.transpose(1, 0, 2).reshape(size, -1)
    sources = np.zeros((count, size, size))
    sources[: len(source.parts)] = source.parts[:count]
    # The latest coefficient first, as a product takes them.
    found = np.zeros((count, size, size))
    found[-1] = start
    for k in range(count - 1):
        known = found[count - 1 - k :].reshape(-1, size)
        flow = wide[:, : len(known)] @ known[: wide.shape[1]]
        rate = 2.0 * ratio * (flow + flow.T + sources[k]) - (ratio * k) * found[count - 1 - k]
        found[count - 2 - k] = rate / (k + 1)
    # The last entry is known to be 0.
    found[:, -1, -1] = 0.0
    return found[::-1].copy()


@dataclass(frozen=True)
class Solved:
    """The solution on a stretch.

    Parameters
    ----------
    series : Series
        The solution, with the largest distance on the stretch.
    end : Moment
        At the end of the stretch.
    """

    series: Series
    end: Moment


def solved(
    stretch: Stretch, drift: Series, motion: Motion, source: Series, start: Moment, *, mixed: bool = True
) -> Solved:
    """Solve ``D' = F D + D F^T + G`` on a stretch.

    Parameters
    ----------
    stretch : Stretch
        Where.
    drift : Series
        F; its last row is 0.
    motion : Motion
        What F's block does to differences.
    source : Series
        G, symmetric.
    start : Moment
        D at the start.
    mixed : bool
        Whether F's last column counts; it is 0 otherwise.
    """
    dim = len(start.value) - 1
    found = Series(expanded(drift, source, start.value, stretch.ratio.value), 0.0)
    flow = drift.times(found)
    speed = stretch.speed
    defect = found.rate(stretch.ratio) + (flow + flow.transpose + source).scaled(Number(-speed.value, speed.off))
    # The equation is one in time: the defect is over 2 ratio.
    scale = stretch.time / max(abs(speed.value) - speed.off, TINY)
    column = scale * up(float(sizes(defect.parts[:, :dim, dim:]).sum()) + defect.off)
    square = scale * up(float(sizes(defect.parts[:, :dim, :dim]).sum()) + defect.off)
    ends = stretch.time * 2.0 * (float(sizes(drift.parts[:, :dim, dim:]).sum()) + drift.off) if mixed else 0.0
    top = motion.peak * (start.column + column)
    column_end = motion.once * start.column + motion.peak * column
    square_top = motion.peak**2 * (start.square + square + ends * top)
    square_end = motion.once**2 * start.square + motion.peak**2 * (square + ends * top)
    end = found.end
    moment = Moment(end.parts[0], up(column_end + end.off), up(square_end + end.off))
    return Solved(Series(found.parts, up(square_top + 2.0 * top)), moment)


def learned_by_floats(
    coefficients: Coefficients, along: Sequence[Stretch], start: State | None = None
) -> LearnedMoments:
    """Return what `learned_moments` returns; `PrecisionError` where floats do not suffice.

    Parameters
    ----------
    coefficients : Coefficients
        Of the process.
    along : sequence of Stretch
        To the stop.
    start : sequence of arb_mat, optional
        The state of `Learned` where they begin; by default that at the horizon.
    """
    if start is None:
        empty = arb_mat(1, 1)
        start = start_deviation(coefficients, central=False), empty, empty
    state = Moment.near(start[0])
    ideal, excess = (Series.near(arb_mat([[part.trace()]])) for part in start[1:])
    for stretch in along:
        forced, error = stretch.forced, stretch.error
        found = solved(stretch, stretch.learned, stretch.learned_motion, forced + forced.transpose, state)
        state = found.end
        ideal = ideal + stretch.integral(forced.dot(error, COUNT))
        excess = excess + stretch.integral(error.times(found.series, COUNT).dot(error, COUNT))
    square = coefficients.pull**2
    return LearnedMoments(state.ball(), ideal.ball()[0, 0] / square, excess.ball()[0, 0] / square)


def tangent_by_floats(coefficients: Coefficients, along: Sequence[Stretch]) -> TangentMoments:
    """Return what `tangent_moments` returns; `PrecisionError` where floats do not suffice."""
    size = coefficients.dim + 1
    first = second = Moment(np.zeros((size, size)), 0.0, 0.0)
    third = variance = Series(np.zeros((1, 1, 1)), 0.0)
    for stretch in along:
        forced, error = stretch.forced, stretch.error
        motion, drift = stretch.ideal_motion, stretch.ideal
        tangent = solved(stretch, drift, motion, forced + forced.transpose, first, mixed=False)
        # S C^T C S, without its last entry, twice.
        source = forced.transpose.times(forced, COUNT).scaled(Number(2.0, 0.0))
        parts = source.parts.copy()
        parts[:, -1, -1] = 0.0
        spread = solved(stretch, drift, motion, Series(parts, source.off), second, mixed=False)
        first, second = tangent.end, spread.end
        third = third + stretch.integral(error.times(tangent.series, COUNT).dot(error, COUNT))
        variance = variance + stretch.integral(error.times(spread.series, COUNT).dot(error, COUNT))
    return TangentMoments(first.ball(), third.ball()[0, 0], 2 * variance.ball()[0, 0])

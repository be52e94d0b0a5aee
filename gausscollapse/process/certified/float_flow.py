"""The integral of `flow` by floats: the root of energy times Fisher information is a series on each stretch.

With ``y^2 = g + r`` for a polynomial y without a zero, ``|y - sqrt g| <= |r|/|y|``. A start from q_T has X = 0 and
delta = 0, where the root is not analytic: both are x times series on the first stretch, and so is the root.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gausscollapse.process.certified.balls import Ball
from gausscollapse.process.certified.deviation import start_deviation
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.float_geometry import Laws
from gausscollapse.process.certified.float_moments import Moment, Solved, solved
from gausscollapse.process.certified.series import UP, Number, Series, inverse, up
from gausscollapse.process.certified.stretches import COUNT, Stretch, walked
from gausscollapse.process.certified.sweep import PrecisionError


def root(square: Series) -> Series:
    """Return the root of a positive function with one entry; `PrecisionError` where it is not proved positive."""
    known = square.parts[:, 0, 0]
    if not known[0] > square.off:
        raise PrecisionError("the root of energy times Fisher information is too near a zero")
    parts = np.zeros(len(known))
    parts[0] = np.sqrt(known[0])
    for k in range(1, len(known)):
        parts[k] = (known[k] - parts[1:k] @ parts[k - 1 : 0 : -1]) / (2.0 * parts[0])
    found = Series(parts[:, None, None], 0.0)
    residue = found.times(found) + square.scaled(Number(-1.0, 0.0))
    return Series(found.parts, up(residue.bound * inverse(found, COUNT).bound * UP))


def _integrand(stretch: Stretch, found: Solved, *, vanishing: bool) -> Series:
    """Return the root of energy times Fisher information, the drift's gain counted."""
    series = found.series
    laws = Laws.on(stretch, series)
    learned = laws.ideal + laws.change
    energy = laws.energy(laws.slope, laws.offset, learned)
    if vanishing:
        # What is off starts at 0 too and grows with time: a concave or a convex function of x, from 0 to that at 1.
        share = max(1.0, abs(stretch.speed.value) / stretch.time)
        laws = Laws.on(stretch, Series(series.parts[1:], up(series.off * share)))
    moved = laws.ideal_inverse.times(laws.change, COUNT)
    mean = laws.ideal_inverse.times(laws.mean, COUNT)
    fisher = moved.times(inverse(learned, COUNT), COUNT).dot(moved, COUNT) + mean.dot(mean, COUNT)
    whole = root(energy.times(fisher, COUNT))
    return whole.raised(1) if vanishing else whole


def flow_by_floats(coefficients: Coefficients, along: Sequence[Stretch]) -> Ball:
    """Return what `flow_integral` returns; `PrecisionError` where floats do not suffice."""
    state = Moment.near(start_deviation(coefficients, central=True))
    if coefficients.process.matched:
        state = Moment(state.value, 0.0, 0.0)
    found = Series(np.zeros((1, 1, 1)), 0.0)
    first = Series.near(coefficients.first)
    for stretch, shorter in walked(along):
        forced = stretch.forced
        vanishing = not np.any(state.value) and state.column == 0.0 == state.square
        drift, source = stretch.learned.times(first), forced + forced.transpose
        there = solved(stretch, drift, stretch.learned_motion, source, state, mixed=False)
        try:
            rate = _integrand(stretch, there, vanishing=vanishing)
        except PrecisionError:
            shorter()
            continue
        state, found = there.end, found + stretch.integral(rate)
    return found.ball()[0, 0] / coefficients.pull

"""Assumptions of theorems on retraining, checked on every trajectory."""

from __future__ import annotations

import numpy as np

from gausscollapse.checking.comparison import Flags
from gausscollapse.checking.definition import Assumption
from gausscollapse.checking.sides import value
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array
from gausscollapse.retraining.statistics import RetrainingStatistics


def _met(where: Flags) -> tuple[Flags, Array]:
    """Return a condition with itself as its value, 1 or 0."""
    return where, where.astype(np.float64)


def _all_finite(*parts: Enclosure) -> tuple[Flags, Array]:
    """Return where rows are finite, 0 as the value where one is infinite, and NaN where that is open."""
    shown = np.logical_and.reduce([np.all(np.isfinite(part.upper), axis=1) for part in parts])
    refuted = np.logical_or.reduce([np.any(np.isposinf(part.lower), axis=1) for part in parts])
    return shown, np.where(shown | refuted, shown.astype(np.float64), np.nan)


def _standard(s: RetrainingStatistics) -> tuple[Flags, Array]:
    distance = s.distance_to_limit[0]
    shown = np.isfinite(distance.upper)
    return shown, np.where(shown | np.isposinf(distance.lower), value(distance), np.nan)


def _off_diagonal(s: RetrainingStatistics) -> tuple[Flags, Array]:
    mask = ~np.eye(s.generations, dtype=bool)
    gap = np.maximum(np.asarray(s.gram.lower), -np.asarray(s.gram.upper))
    worst = np.max(np.where(mask, gap, -np.inf), axis=(1, 2), initial=-np.inf)
    return worst <= 0.0, np.maximum(worst, 0.0)


FINITE = Assumption("all chi-squared divergences are finite", lambda s: _all_finite(s.drift, s.energy))
FINITE_DRIFT = Assumption("the drift of every model is finite", lambda s: _all_finite(s.drift))
SOME_GENERATION = Assumption(
    "there is at least one generation",
    lambda s: (np.full(s.size, s.generations >= 1), np.full(s.size, float(s.generations))),
)
TWO_GENERATIONS = Assumption(
    "there are two generations or more",
    lambda s: (np.full(s.size, s.generations >= 2), np.full(s.size, float(s.generations))),
)
FROM_DATA = Assumption("the recursion starts from the data", lambda s: (s.from_data, value(s.drift)[:, 0]))
LAST_MODEL = Assumption("the last model replaces all before it", lambda s: _met(s.last_model))
ACCUMULATING = Assumption(
    "every generation is trained on the data and all models so far, equally", lambda s: _met(s.accumulating)
)
STEADY_FRESH = Assumption(
    "the fresh fraction is constant and positive", lambda s: (s.constant_fresh > 0.0, s.constant_fresh)
)
ORTHOGONALITY = Assumption("no inner product of two innovations can be told from 0", _off_diagonal)
OFFSETS = Assumption("every step is an offset", lambda s: _met(s.offset_energy[1]))
REGIME = Assumption(
    "the fresh fraction is constant, and without fresh data all steps are equal or orthogonal offsets",
    lambda s: _met((s.constant_fresh > 0.0) | s.closed_offsets[0] | s.closed_offsets[1]),
)
MORE_THAN_ONE = Assumption(
    "there are two generations or more, or one from another start than the data",
    lambda s: _met((s.generations >= 2) | ((s.generations == 1) & ~s.from_data)),
)
STOPPED = Assumption(
    "every step is early stopping at one time, and the fresh fraction is constant and at least 0.05",
    lambda s: (s.stopping_times > 0.0, s.stopping_times),
)
STANDARD = Assumption(
    "start and limit have finite chi-squared against N(0, I)",
    _standard,
)

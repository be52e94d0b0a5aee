"""Assumptions of theorems on retraining, checked on every trajectory."""

from __future__ import annotations

import numpy as np

from gausscollapse.checking.comparison import Flags
from gausscollapse.checking.definition import Assumption
from gausscollapse.checking.sides import value
from gausscollapse.core.validation import Array
from gausscollapse.retraining.statistics import RetrainingStatistics


def _met(where: Flags) -> tuple[Flags, Array]:
    """Return a condition with itself as its value, 1 or 0."""
    return where, where.astype(np.float64)


def _off_diagonal(s: RetrainingStatistics) -> tuple[Flags, Array]:
    mask = ~np.eye(s.generations, dtype=bool)
    gap = np.maximum(np.asarray(s.gram.lower), -np.asarray(s.gram.upper))
    worst = np.max(np.where(mask, gap, -np.inf), axis=(1, 2), initial=-np.inf)
    return worst <= 0.0, np.maximum(worst, 0.0)


FINITE = Assumption("all chi-squared divergences are finite", lambda s: _met(s.finite))
FINITE_DRIFT = Assumption(
    "the drift of every model is finite", lambda s: _met(np.all(np.isfinite(s.drift.upper), axis=1))
)
SOME_GENERATION = Assumption(
    "there is at least one generation",
    lambda s: (np.full(s.size, s.generations >= 1), np.full(s.size, float(s.generations))),
)
FROM_DATA = Assumption("the recursion starts from the data", lambda s: (s.from_data, value(s.drift)[:, 0]))
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
    lambda s: (np.isfinite(s.distance_to_limit[0].upper), value(s.distance_to_limit[0])),
)

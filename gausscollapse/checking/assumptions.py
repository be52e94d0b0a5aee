"""Assumptions of theorems on one generation, checked on every instance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gausscollapse.checking.statement import Assumption
from gausscollapse.core.enclosure import Enclosure


def _value(enclosure: Enclosure) -> NDArray[np.float64]:
    return np.asarray(enclosure.value)


MATCHED = Assumption(
    "the reverse process starts from q_T",
    lambda s: (s.matched, s.matched.astype(float)),
)
FINITE_ENERGY = Assumption(
    "the learned energy is finite", lambda s: (np.isfinite(_value(s.learned_energy)), _value(s.learned_energy))
)
FINITE_PATH = Assumption(
    "the path chi-squared is finite", lambda s: (np.asarray(s.path_chi2.finite), _value(s.path_chi2))
)
OBSERVABLE = Assumption(
    "the observability is positive",
    lambda s: (np.asarray(s.observed_energy.lower) > 0.0, _value(s.observability)),
)
PLANE = Assumption(
    "the dimension is at least 2",
    lambda s: (np.full(s.size, s.dim >= 2), np.full(s.size, float(s.dim))),
)

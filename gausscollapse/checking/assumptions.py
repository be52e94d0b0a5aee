"""Assumptions of theorems on one generation, checked on every instance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gausscollapse.checking.comparison import Flags
from gausscollapse.checking.definition import Assumption
from gausscollapse.checking.sides import value
from gausscollapse.core.validation import Array
from gausscollapse.process.statistics import Statistics


def _settled(values: Array, settled: Flags) -> Array:
    """Return values with NaN where the interval leaves open whether an assumption holds."""
    return np.where(settled, values, np.nan)


def _matched(s: Statistics) -> tuple[Flags, Array]:
    return s.matched, s.matched.astype(np.float64)


def _reverse_equation(s: Statistics) -> tuple[Flags, Array]:
    return s.stochasticity == 1.0, s.stochasticity


def _noisy(s: Statistics) -> tuple[Flags, Array]:
    return s.stochasticity > 0.0, s.stochasticity


def _finite_energy(s: Statistics) -> tuple[Flags, Array]:
    energy, refuted = value(s.learned_energy), np.isinf(s.learned_energy.lower)
    return np.isfinite(energy), _settled(energy, refuted | np.isfinite(energy))


def _finite_path(s: Statistics) -> tuple[Flags, Array]:
    refuted = np.isinf(s.path_chi2.lower)
    return np.asarray(s.path_chi2.finite), _settled(value(s.path_chi2), refuted | s.path_chi2.finite)


def _observable(s: Statistics) -> tuple[Flags, Array]:
    shown, refuted = np.asarray(s.observed_energy.lower) > 0.0, np.asarray(s.observed_energy.upper) <= 0.0
    return shown, _settled(value(s.observability), shown | refuted)


def _plane(s: Statistics) -> tuple[Flags, Array]:
    return np.full(s.size, s.dim >= 2), np.full(s.size, float(s.dim))


MATCHED = Assumption("the reverse process starts from q_T", _matched)
REVERSE_EQUATION = Assumption("the stochasticity is 1", _reverse_equation)
NOISY = Assumption("the stochasticity is positive", _noisy)
FINITE_ENERGY = Assumption("the learned energy is finite", _finite_energy)
FINITE_PATH = Assumption("the path chi-squared is finite", _finite_path)
OBSERVABLE = Assumption("the observability is positive", _observable)
PLANE = Assumption("the dimension is at least 2", _plane)

ASSUMPTIONS: Mapping[str, Assumption] = {
    "matched start": MATCHED,
    "stochasticity 1": REVERSE_EQUATION,
    "some stochasticity": NOISY,
    "finite learned energy": FINITE_ENERGY,
    "finite path chi2": FINITE_PATH,
    "positive observability": OBSERVABLE,
    "at least two dimensions": PLANE,
}

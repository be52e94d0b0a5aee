"""What figures draw of theorems: the sides of their statements, with their constants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscollapse.checking.comparison import LOWER, UPPER
from gausscollapse.checking.definition import Theorem
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array

Theorems = Mapping[str, Theorem]


def bound(theorem: Theorem, statistics: Any, kind: str) -> Array:
    """Return the sharpest bound of one kind that a theorem states, shape (B,).

    Parameters
    ----------
    theorem : Theorem
        With the constants to use.
    statistics : object
        Of B instances.
    kind : {"upper", "lower"}
        Which of its comparisons.

    Returns
    -------
    ndarray, shape (B,)
        The least right side of the upper, the greatest of the lower comparisons; where none applies, inf or -inf.
    """
    nothing, sharpest = {UPPER: (np.inf, np.minimum), LOWER: (-np.inf, np.maximum)}[kind]
    sides = [
        np.where(True if item.applies is None else item.applies, np.asarray(item.rhs.value), nothing)
        for item in theorem.comparisons(statistics)
        if item.kind == kind
    ]
    return np.asarray(sharpest.reduce(sides))


def right_sides(theorem: Theorem, statistics: Any, kind: str) -> Array:
    """Return the right sides of all k comparisons of one kind on the first instance, shape (k,)."""
    found = [item.rhs for item in theorem.comparisons(statistics) if item.kind == kind]
    return np.array([float(np.asarray(side.value)[0]) for side in found])


@dataclass(frozen=True, eq=False)
class SingleGenerations:
    """B trajectories of one generation each, as far as `range` and `prop-4.1` look at them.

    Parameters
    ----------
    constant_fresh : ndarray, shape (B,)
        Fresh fractions.
    energies : ndarray, shape (B,)
        Innovation energies.
    shifts : ndarray, shape (B,)
        Squared moves of the mean under the training law.
    """

    constant_fresh: Array
    energies: Array
    shifts: Array
    generations: int = 1

    @property
    def size(self) -> int:
        """Number B of trajectories."""
        return int(self.constant_fresh.size)

    @property
    def energy(self) -> Enclosure:
        """Innovation energies, shape (B, 1)."""
        return Enclosure.exact(self.energies[:, None])

    @property
    def drift(self) -> Enclosure:
        """Drifts of 1 before and after, shape (B, 2): what a statement makes of them is their coefficient."""
        return Enclosure.exact(np.ones((self.size, 2)))

    @property
    def visible_shift(self) -> Array:
        """Squared moves of the mean, shape (B, 1)."""
        return self.shifts[:, None]


def long_run_ends(theorem: Theorem, fresh: Array, energies: Array | float = 1.0) -> tuple[Array, Array, Array]:
    """Return the lower, the incoherent and the upper value of long-run drift that `range` states, shape (B,).

    Without fresh data the last two are inf.
    """
    statistics = SingleGenerations(fresh, energies + 0.0 * fresh, 0.0 * fresh)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {item.kind: item for item in theorem.comparisons(statistics)}
    middle = np.asarray(found["identity"].lhs.value) * statistics.energies
    return np.asarray(found[LOWER].rhs.value), middle, np.asarray(found[UPPER].rhs.value)


def forced_drift(theorem: Theorem, fresh: Array) -> Array:
    """Return the long-run drift that `prop-4.1` forces for an innovation energy of 1, shape (B,).

    Its statement is linear in the drift, and ``J >= a I`` is attained at ``I = 1/a``.
    """
    statistics = SingleGenerations(fresh, 1.0 + 0.0 * fresh, 1.0 / fresh)
    largest = next(item for item in theorem.comparisons(statistics) if "max" in item.name)
    return np.asarray(np.asarray(largest.rhs.value) / np.asarray(largest.lhs.value))

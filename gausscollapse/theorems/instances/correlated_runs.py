"""Long runs whose innovations are stationary: they forget each other at one rate, or come back at some frequency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gausscollapse.checking.chapter import Chapter, LazyInstances, Sample, Space
from gausscollapse.checking.sides import around
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.named import Named
from gausscollapse.core.validation import Array, as_number, as_one_each, as_vector
from gausscollapse.lab.reading import plain, read_table
from gausscollapse.lab.tables import require_keys

# After so many generations 0.8^n is below the precision of floats.
GENERATIONS, LEAST_FRESH, MOST_CORRELATION = 240, 0.2, 0.95
# Roundings of the cosines, whose angles grow with the generation, and of the recursion, as an absolute error.
ERROR = 5e-13
FAMILY, ATOMS = "correlated innovations", 2


@dataclass(frozen=True)
class CorrelatedRun:
    """A run from the data with a constant fresh fraction and stationary innovations of energy 1.

    Parameters
    ----------
    fresh : float
        Fresh fraction, in [0.2, 0.95].
    correlation : float
        c, in [-0.95, 0.95]: two innovations n generations apart have the inner product ``c^n``, but for the atoms.
    angles, weights : sequence of float
        Frequencies of atoms, in [0, pi], and their shares of the energy, at most 1 in all; what they leave has the
        correlation c.
    """

    fresh: float
    correlation: float
    angles: Sequence[float] = ()
    weights: Sequence[float] = ()

    def __post_init__(self) -> None:
        fresh = as_number("fresh", self.fresh, at_least=LEAST_FRESH, at_most=MOST_CORRELATION)
        c = as_number("correlation", self.correlation, at_least=-MOST_CORRELATION, at_most=MOST_CORRELATION)
        angles = as_vector("angles", self.angles) if len(self.angles) else np.zeros(0)
        weights = as_one_each("weights", self.weights, angles.size) if len(self.weights) else np.zeros(angles.size)
        if not np.all((angles >= 0.0) & (angles <= np.pi)):
            raise InvalidArgumentError("angles", self.angles, "are outside [0, pi]", "numbers in [0, pi]")
        if np.any(weights < 0.0) or np.sum(weights) > 1.0:
            raise InvalidArgumentError("weights", self.weights, "are no shares", "numbers >= 0, at most 1 in all")
        object.__setattr__(self, "fresh", fresh)
        object.__setattr__(self, "correlation", c)
        object.__setattr__(self, "angles", tuple(angles.tolist()))
        object.__setattr__(self, "weights", tuple(weights.tolist()))


class CorrelatedStatistics(Named):
    """Drift in the long run of B runs over one innovation energy; shape (B,) or (B, k) each.

    Parameters
    ----------
    runs : sequence of CorrelatedRun
        B of them.
    """

    def __init__(self, runs: Sequence[CorrelatedRun]) -> None:
        self.runs = tuple(runs)

    @property
    def size(self) -> int:
        """Number B of runs."""
        return len(self.runs)

    @cached_property
    def fresh(self) -> Array:
        """Fresh fractions."""
        return np.array([run.fresh for run in self.runs])

    @cached_property
    def correlation(self) -> Array:
        """Correlation of successive innovations, but for the atoms."""
        return np.array([run.correlation for run in self.runs])

    @cached_property
    def angles(self) -> Array:
        """Frequencies of the atoms, of as many as the run with the most has, shape (B, k)."""
        return self._atoms("angles")

    @cached_property
    def weights(self) -> Array:
        """Shares of the atoms in the energy; 0 of those that a run has not, shape (B, k)."""
        return self._atoms("weights")

    @cached_property
    def rest(self) -> Array:
        """Share of the energy that no atom has."""
        return np.asarray(np.maximum(1.0 - np.sum(self.weights, axis=1), 0.0))

    @cached_property
    def successive(self) -> Array:
        """Correlation of successive innovations, of all."""
        return np.asarray(self.rest * self.correlation + np.sum(self.weights * np.cos(self.angles), axis=1))

    @cached_property
    def drift(self) -> Enclosure:
        """``D_N`` over J after 240 generations, by the recursion."""
        k, drift, cross = 1.0 - self.fresh, np.zeros(self.size), np.zeros(self.size)
        power, decayed = np.ones(self.size), np.ones(self.size)
        for n in range(1, GENERATIONS + 1):
            # The inner product of the model with the innovation to come is sum_(m <= n) k^(m-1) g_m.
            drift = k * k * drift + 2.0 * k * cross + 1.0
            decayed = decayed * self.correlation
            found = self.rest * decayed + np.sum(self.weights * np.cos(n * self.angles), axis=1)
            cross, power = cross + power * found, power * k
        return around(drift, ERROR, "recursion")

    def _atoms(self, name: str) -> Array:
        most = max((len(run.angles) for run in self.runs), default=0)
        found = np.zeros((self.size, most))
        for row, run in zip(found, self.runs, strict=True):
            row[: len(run.angles)] = getattr(run, name)
        return found


class CertifiedCorrelatedStatistics(CorrelatedStatistics):
    """The same of one run, the limit of its drift certified."""

    @property
    def undecided(self) -> Mapping[str, str]:
        """Nothing: the series of the limit converges."""
        return {}

    @cached_property
    def drift(self) -> Enclosure:
        """``lim D_N`` over J, shape (1,)."""
        from gausscollapse.theorems.instances.certified_correlated import certified_drift

        (run,) = self.runs
        return certified_drift(fresh=run.fresh, correlation=run.correlation, angles=run.angles, weights=run.weights)


def _sample(runs: Sequence[CorrelatedRun]) -> Sample:
    return Sample(runs, CorrelatedStatistics(runs), [FAMILY] * len(runs))


def _at(point: Array) -> CorrelatedRun:
    fresh, c, *angles = point[: 2 + ATOMS].tolist()
    first, share = point[2 + ATOMS :].tolist()
    return CorrelatedRun(fresh, c, angles, [first, (1.0 - first) * share])


def _draw(count: int, rng: np.random.Generator) -> list[Sample]:
    points = SPACE.low + (SPACE.high - SPACE.low) * rng.uniform(size=(count, SPACE.low.size))
    # In turn with others: one rate, towards both ends of the range; one frequency; what repeats and what alternates.
    points[::4, 4:], points[::4, 1] = 0.0, MOST_CORRELATION * (-1.0) ** np.arange(len(points[::4]))
    points[1::4, 4:] = 1.0
    points[2::4, 2:4], points[2::4, 5] = (0.0, np.pi), 1.0
    return [_sample([_at(point) for point in points])]


def _searched(points: Array, _: float) -> Sample:
    runs = [_at(point) for point in points]
    return Sample(LazyInstances(len(runs), lambda k: runs[k]), CorrelatedStatistics(runs), [FAMILY] * len(runs))


def _describe(run: CorrelatedRun) -> Mapping[str, Any]:
    return {"correlated": {name: plain(getattr(run, name)) for name in ("fresh", "correlation", "angles", "weights")}}


def _restore(tables: Mapping[str, Any]) -> CorrelatedRun:
    require_keys(tables, "", needed=("correlated",))
    return read_table(CorrelatedRun, tables["correlated"], "correlated")


def _certify(run: CorrelatedRun) -> Sample:
    return Sample([run], CertifiedCorrelatedStatistics([run]), ["certified"])


SPACE = Space(
    FAMILY, np.array([LEAST_FRESH, -MOST_CORRELATION, *[0.0] * ATOMS, 0.0, 0.0]),
    np.array([MOST_CORRELATION, MOST_CORRELATION, *[np.pi] * ATOMS, 1.0, 1.0]), _searched, exact=True,
)  # fmt: skip
CORRELATED = Chapter(
    "correlated innovations", _draw, lambda run: _sample([run]), _describe, CorrelatedRun,
    search_share=0.05, spaces=(SPACE,), certify=_certify, restore=_restore, table="correlated",
)  # fmt: skip

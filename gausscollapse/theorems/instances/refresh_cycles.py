"""Runs that are refreshed once in every k generations, in their periodic state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gausscollapse.checking.chapter import Chapter, LazyInstances, Sample, Space
from gausscollapse.checking.sides import rounded
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.named import Named
from gausscollapse.core.validation import Array, as_number, as_size
from gausscollapse.lab.reading import read_table
from gausscollapse.lab.tables import require_keys
from gausscollapse.retraining.fresh_cycle import cycle_drift

LONGEST, SMALLEST = 120, 0.05
FAMILY = "one refresh a cycle"


@dataclass(frozen=True)
class RefreshCycle:
    """One refresh in every few generations.

    Parameters
    ----------
    period : int
        Generations k of a cycle, from 1 to 120.
    refresh : float
        Fresh fraction of the last one, in [0.05, 1]; the others have none.
    """

    period: int
    refresh: float

    def __post_init__(self) -> None:
        count = as_size("period", self.period, at_least=1, each=1.0, unit="generations", most=LONGEST)
        object.__setattr__(self, "period", count)
        object.__setattr__(self, "refresh", as_number("refresh", self.refresh, at_least=SMALLEST, at_most=1.0))

    @property
    def fresh(self) -> list[float]:
        """Fresh fractions of one cycle."""
        return [0.0] * (self.period - 1) + [self.refresh]


class CycleStatistics(Named):
    """Mean drift of B runs over one innovation energy, every model of a cycle counted; shape (B,) each.

    Parameters
    ----------
    cycles : sequence of RefreshCycle
        B of them.
    """

    def __init__(self, cycles: Sequence[RefreshCycle]) -> None:
        self.cycles = tuple(cycles)

    @property
    def size(self) -> int:
        """Number B of runs."""
        return len(self.cycles)

    @cached_property
    def period(self) -> Array:
        """Generations of a cycle."""
        return np.array([float(cycle.period) for cycle in self.cycles])

    @cached_property
    def refresh(self) -> Array:
        """Fresh fraction of the refresh."""
        return np.array([cycle.refresh for cycle in self.cycles])

    @cached_property
    def orthogonal(self) -> Enclosure:
        """Mean drift for orthogonal innovations, from the recursion through a cycle."""
        return self._drift(0.0)

    @cached_property
    def aligned(self) -> Enclosure:
        """Mean drift for aligned innovations, from the recursion through a cycle."""
        return self._drift(1.0)

    def _drift(self, correlation: float) -> Enclosure:
        found = [cycle_drift(cycle.fresh, correlation=correlation) for cycle in self.cycles]
        # Sums of positive terms; 1 - (1 - a) loses a factor 1/a of the precision, at most 20.
        return rounded(np.array(found), power=40.0 + 4.0 * self.period)


def _sample(cycles: Sequence[RefreshCycle]) -> Sample:
    return Sample(cycles, CycleStatistics(cycles), [FAMILY] * len(cycles))


def _at(point: Array) -> RefreshCycle:
    return RefreshCycle(int(np.clip(np.rint(np.exp(point[0])), 1, LONGEST)), float(point[1]))


def _draw(count: int, rng: np.random.Generator) -> list[Sample]:
    low, high = SPACE.low, SPACE.high
    points = low + (high - low) * rng.uniform(size=(count, 2))
    # Long cycles near the two best refreshes, in turn with others.
    points[::3] = np.column_stack([np.full(len(points[::3]), high[0]), rng.uniform(0.5, 0.7, len(points[::3]))])
    points[1::3] = np.column_stack([np.full(len(points[1::3]), high[0]), np.ones(len(points[1::3]))])
    return [_sample([_at(point) for point in points])]


def _searched(points: Array, _: float) -> Sample:
    cycles = [_at(point) for point in points]
    return Sample(LazyInstances(len(cycles), lambda k: cycles[k]), CycleStatistics(cycles), [FAMILY] * len(cycles))


def _describe(cycle: RefreshCycle) -> Mapping[str, Any]:
    return {"cycle": {"period": cycle.period, "refresh": cycle.refresh}}


def _restore(tables: Mapping[str, Any]) -> RefreshCycle:
    require_keys(tables, "", needed=("cycle",))
    return read_table(RefreshCycle, tables["cycle"], "cycle")


def _certify(cycle: RefreshCycle) -> Sample:
    from gausscollapse.theorems.instances.certified_cycles import CertifiedCycleStatistics

    return Sample([cycle], CertifiedCycleStatistics(cycle.period, cycle.refresh), ["certified"])


SPACE = Space(FAMILY, np.array([0.0, SMALLEST]), np.array([np.log(LONGEST), 1.0]), _searched, exact=True)
REFRESH_CYCLES = Chapter(
    "refresh cycles", _draw, lambda cycle: _sample([cycle]), _describe, RefreshCycle,
    search_share=0.05, spaces=(SPACE,), certify=_certify, restore=_restore, table="cycle",
)  # fmt: skip

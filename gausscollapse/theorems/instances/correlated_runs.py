"""Long runs whose innovations forget each other at one rate."""

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
from gausscollapse.core.validation import Array, as_number
from gausscollapse.lab.reading import read_table
from gausscollapse.lab.tables import require_keys
from gausscollapse.retraining.fresh_cycle import schedule_drift

# After so many generations 0.8^n is below the precision of floats.
GENERATIONS, LEAST_FRESH, MOST_CORRELATION = 240, 0.2, 0.95
FAMILY = "correlated innovations"


@dataclass(frozen=True)
class CorrelatedRun:
    """A run from the data with a constant fresh fraction and innovations of correlation ``c^|i - j|``.

    Parameters
    ----------
    fresh : float
        Fresh fraction, in [0.2, 0.95].
    correlation : float
        c, in [-0.95, 0.95].
    """

    fresh: float
    correlation: float

    def __post_init__(self) -> None:
        fresh = as_number("fresh", self.fresh, at_least=LEAST_FRESH, at_most=MOST_CORRELATION)
        c = as_number("correlation", self.correlation, at_least=-MOST_CORRELATION, at_most=MOST_CORRELATION)
        object.__setattr__(self, "fresh", fresh)
        object.__setattr__(self, "correlation", c)


class CorrelatedStatistics(Named):
    """Drift in the long run of B runs over one innovation energy; shape (B,) each.

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
        """Correlation of successive innovations."""
        return np.array([run.correlation for run in self.runs])

    @cached_property
    def drift(self) -> Enclosure:
        """``D_N`` over J after 240 generations, by the recursion."""
        found = [
            schedule_drift(np.full(GENERATIONS, run.fresh), correlation=run.correlation)[-1] for run in self.runs
        ]
        # Errors are discounted by 0.64 a generation; what is not yet forgotten is below one of them.
        return rounded(np.array(found), power=200.0)


def _sample(runs: Sequence[CorrelatedRun]) -> Sample:
    return Sample(runs, CorrelatedStatistics(runs), [FAMILY] * len(runs))


def _at(point: Array) -> CorrelatedRun:
    return CorrelatedRun(float(point[0]), float(point[1]))


def _draw(count: int, rng: np.random.Generator) -> list[Sample]:
    points = SPACE.low + (SPACE.high - SPACE.low) * rng.uniform(size=(count, 2))
    # Towards both ends of the range, in turn with others.
    points[::3], points[1::3] = SPACE.high, np.array([MOST_CORRELATION, -MOST_CORRELATION])
    return [_sample([_at(point) for point in points])]


def _searched(points: Array, _: float) -> Sample:
    runs = [_at(point) for point in points]
    return Sample(LazyInstances(len(runs), lambda k: runs[k]), CorrelatedStatistics(runs), [FAMILY] * len(runs))


def _describe(run: CorrelatedRun) -> Mapping[str, Any]:
    return {"correlated": {"fresh": run.fresh, "correlation": run.correlation}}


def _restore(tables: Mapping[str, Any]) -> CorrelatedRun:
    require_keys(tables, "", needed=("correlated",))
    return read_table(CorrelatedRun, tables["correlated"], "correlated")


SPACE = Space(
    FAMILY, np.array([LEAST_FRESH, -MOST_CORRELATION]), np.full(2, MOST_CORRELATION), _searched, exact=True
)  # fmt: skip
CORRELATED = Chapter(
    "correlated innovations", _draw, lambda run: _sample([run]), _describe, CorrelatedRun,
    search_share=0.05, spaces=(SPACE,), restore=_restore, table="correlated",
    uncertified="the drift after 240 generations stands for the limit, with a stated error and no proof in balls",
)  # fmt: skip

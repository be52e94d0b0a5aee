"""Points of one family as a search sees them: measured, ranked, and the best of them kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gausscollapse.checking.chapter import Sample, Space
from gausscollapse.checking.evaluation import Evaluation
from gausscollapse.checking.objectives import OUTSIDE, Measured
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.validation import Array

Rows: TypeAlias = NDArray[np.int64]
ELITE = 32


@dataclass(frozen=True, eq=False)
class Found:
    """One instance of a sample at full accuracy."""

    value: float
    evaluation: Evaluation
    index: int

    @property
    def sample(self) -> Sample:
        return self.evaluation.sample

    @property
    def violated(self) -> bool:
        return bool(self.evaluation.violated[self.index])

    @property
    def family(self) -> str:
        return self.sample.labels[self.index]


class Block:
    """Points of one family, measured: in one sample, or in one for each shape of instance."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.parts: list[tuple[Rows, Rows, Measured]] = []
        self.problem: NotSupportedError | None = None

    def add(self, rows: Rows, measured: Measured, places: Rows | None = None) -> None:
        """Add points by their numbers, and where in a sample they are: all of it, in order, by default."""
        self.parts.append((rows, np.arange(len(rows)) if places is None else places, measured))

    def part(self, chosen: slice) -> Block:
        """Return some of the points, numbered anew."""
        found = Block(chosen.stop - chosen.start)
        found.problem = self.problem
        for rows, places, measured in self.parts:
            inside = (rows >= chosen.start) & (rows < chosen.stop)
            if np.any(inside):
                found.add(rows[inside] - chosen.start, measured, places[inside])
        return found

    @cached_property
    def objectives(self) -> dict[str, Array]:
        """Objectives by name, shape (n,); `OUTSIDE` where the instance could not be computed."""
        found: dict[str, Array] = {}
        for rows, places, measured in self.parts:
            for name, values in measured.objectives.items():
                found.setdefault(name, np.full(self.count, OUTSIDE))[rows] = values[places]
        return found

    @property
    def applicable(self) -> int:
        """Number of points on which the assumptions hold."""
        return sum(int(np.sum(measured.evaluation.applicable[places])) for _, places, measured in self.parts)

    @property
    def violated(self) -> Sequence[int]:
        """Points on which the enclosures refute the statement, ascending."""
        parts = self.parts
        return sorted(int(k) for rows, places, measured in parts for k in rows[measured.evaluation.violated[places]])

    def at(self, position: int) -> tuple[Measured, int] | None:
        """Return the sample that holds a point, and where in it."""
        for rows, places, measured in self.parts:
            number = int(np.searchsorted(rows, position))
            if number < len(rows) and rows[number] == position:
                return measured, int(places[number])
        return None

    def all_at(self, positions: Sequence[int]) -> Sequence[tuple[Measured, int] | None]:
        """Return `at` of several points."""
        return [self.at(position) for position in positions]


@dataclass
class Elite:
    """The best points of one family for one objective."""

    points: Array
    values: Array

    def add(self, points: Array, values: Array) -> None:
        joined, scores = np.concatenate([self.points, points]), np.concatenate([self.values, values])
        order = np.argsort(scores, kind="stable")[:ELITE]
        self.points, self.values = joined[order], scores[order]


def groups(space: Space, points: Array) -> Sequence[Rows]:
    """Return the numbers of the points of each shape."""
    if space.shapes is None:
        return [np.arange(len(points))]
    shapes = space.shapes(points)
    return [np.flatnonzero(shapes == shape) for shape in np.unique(shapes)]

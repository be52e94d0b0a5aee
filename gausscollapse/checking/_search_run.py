"""The state of one counterexample search: where it looks next, and what it keeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from gausscollapse.checking.chapter import Sample, Space
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.evaluation import Evaluation
from gausscollapse.checking.objectives import (
    AGREEMENT,
    OUTSIDE,
    SILENT,
    SLACK,
    Measured,
    Strengthening,
    measure,
    strengthenings,
)
from gausscollapse.checking.progress import Progress
from gausscollapse.core.validation import Array
from gausscollapse.process.exact.statistics import DEFAULT_TOLERANCE

SEARCH_TOLERANCE = 1e-3
STARTS, ELITE = 64, 32
# The first points of each family come before the rest of any: the smallest budgets see every family.
FIRST = 8
# A family that is visited again gets a larger population and more generations: least and most of each.
POPULATION, GENERATIONS = (128, 1024), (6, 48)
# Share of each side of the cube that is folded onto the face: extremes sit on faces, which random points miss.
MARGIN = 0.04


class _Finished(Exception):  # noqa: N818
    """The budget is spent, or what was looked for is found."""


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


@dataclass
class _Elite:
    """The best points of one family for one objective."""

    points: Array
    values: Array

    def add(self, points: Array, values: Array) -> None:
        joined, scores = np.concatenate([self.points, points]), np.concatenate([self.values, values])
        order = np.argsort(scores, kind="stable")[:ELITE]
        self.points, self.values = joined[order], scores[order]


@dataclass(eq=False)
class Search:
    """The state of one search; points are rows of the unit cube."""

    theorem: Theorem
    budget: int
    seed: int
    stop_at_violation: bool
    progress: Progress
    pool: Sequence[Evaluation] = ()
    constants: list[Strengthening] = field(init=False)
    tolerance: float = field(init=False)
    evaluations: int = 0
    applicable: int = 0
    violations: int = 0
    screened: dict[str, float] = field(default_factory=dict)
    best: dict[str, Found] = field(default_factory=dict)
    critical: dict[str, tuple[float, Found]] = field(default_factory=dict)
    elites: dict[tuple[int, str], _Elite] = field(default_factory=dict)
    trace: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.constants = [] if self.stop_at_violation else strengthenings(self.theorem)
        # The two sides of an identity differ by nothing but the accuracy, so that screening needs all of it.
        exact = self.theorem.kind in ("identity", "limit")
        self.tolerance = DEFAULT_TOLERANCE if exact else SEARCH_TOLERANCE

    @property
    def spaces(self) -> Sequence[Space]:
        return self.theorem.chapter.spaces

    @property
    def main(self) -> str:
        """The objective that decides the extremal instance."""
        return SLACK if SLACK in self.screened else AGREEMENT

    def run(self) -> None:
        try:
            if self.spaces:
                self._starts(0)
                if not self.applicable:
                    for attempt in range(1, 5):
                        self._starts(attempt)
                    return
                self._rounds()
            else:
                self._draws()
        except _Finished:
            return

    def _generator(self, *key: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, *key])

    def _cubes(self, attempt: int) -> list[Array]:
        return [
            self._generator(0, attempt, index).uniform(size=(STARTS, space.low.size))
            for index, space in enumerate(self.spaces)
        ]

    def _starts(self, attempt: int) -> None:
        cubes = self._cubes(attempt)
        for part in (slice(0, FIRST), slice(FIRST, STARTS)):
            for index, cube in enumerate(cubes):
                self._evaluate(index, cube[part])

    def first_samples(self) -> Sequence[Sample]:
        """Return the instances that the search looked at first."""
        if not self.spaces:
            return self.theorem.chapter.draw(STARTS, self._generator(1, 0))
        cubes = [
            self._generator(0, 0, k).uniform(size=(STARTS, space.low.size)) for k, space in enumerate(self.spaces)
        ]
        return [
            space.sample(self._point(space, cube), SEARCH_TOLERANCE)
            for space, cube in zip(self.spaces, cubes, strict=True)
        ]

    def _draws(self) -> None:
        for evaluation in self.pool:
            self._sample(evaluation.sample, evaluation)
        block = 0
        while self.applicable or block < 8:
            for sample in self.theorem.chapter.draw(STARTS, self._generator(1, block)):
                self._sample(sample)
            block += 1

    def _sample(self, sample: Sample, evaluation: Evaluation | None = None) -> None:
        room = min(len(sample.instances), self.budget - self.evaluations)
        measured = measure(self.theorem, sample, self.constants, evaluation)
        self._digest(measured, room, partial(_as_measured, measured))
        self._count(room, len(sample.instances))

    def _rounds(self) -> None:
        objectives = [name for name, value in self.screened.items() if value < SILENT]
        visits: dict[tuple[int, str], int] = {}
        number = 0
        while True:
            objective = objectives[number % len(objectives)]
            # 0 1 0 2 0 1 0 3 ...: the closest family every other time, the next one every fourth.
            turn = number // len(objectives) + 1
            rank = (turn & -turn).bit_length() - 1
            closest = {k: self._closest(k, objective) for k in range(len(self.spaces))}
            order = sorted((k for k in closest if closest[k] < SILENT), key=closest.__getitem__)
            index = order[min(rank, len(order) - 1)] if rank < 8 else order[turn % len(order)]
            count = visits.get((index, objective), 0)
            visits[index, objective] = count + 1
            self._evolve(index, objective, 2**count, self._generator(2, number))
            number += 1

    def _closest(self, index: int, objective: str) -> float:
        """Return the best value of an objective on a family so far."""
        elite = self.elites.get((index, objective))
        return float(elite.values[0]) if elite is not None else np.inf

    def _evolve(self, index: int, objective: str, effort: int, rng: np.random.Generator) -> None:
        from scipy.optimize import Bounds, differential_evolution

        size = self.spaces[index].low.size
        population, generations = (min(least * effort, most) for least, most in (POPULATION, GENERATIONS))
        elite = self.elites[index, objective].points
        start = np.concatenate([elite, rng.uniform(size=(population - len(elite), size))])

        def values(columns: Array, /) -> Any:
            cube = np.atleast_2d(columns.T)
            return self._evaluate(index, cube).objectives.get(objective, np.full(len(cube), OUTSIDE))

        differential_evolution(
            values, Bounds(np.zeros(size), np.ones(size)), init=start, maxiter=generations, rng=rng, tol=0.0,
            polish=False, updating="deferred", vectorized=True,
        )  # fmt: skip

    def _point(self, space: Space, cube: Array) -> Array:
        inside = np.clip((1.0 + 2.0 * MARGIN) * cube - MARGIN, 0.0, 1.0)
        return np.asarray(space.low + (space.high - space.low) * inside)

    def _evaluate(self, index: int, cube: Array) -> Measured:
        space = self.spaces[index]
        wanted, kept = len(cube), min(len(cube), self.budget - self.evaluations)
        points = self._point(space, cube[:kept])
        measured = measure(self.theorem, space.sample(points, self.tolerance), self.constants)
        for name, scores in measured.objectives.items():
            elite = self.elites.setdefault((index, name), _Elite(np.empty((0, cube.shape[1])), np.empty(0)))
            elite.add(cube[:kept], scores)

        def again(indices: Sequence[int]) -> tuple[Measured, list[int]]:
            if self.tolerance == DEFAULT_TOLERANCE:
                return measured, list(indices)
            close = space.sample(points[list(indices)], DEFAULT_TOLERANCE)
            return measure(self.theorem, close, self.constants), list(range(len(indices)))

        self._digest(measured, kept, again)
        self._count(kept, wanted)
        return measured

    def _count(self, kept: int, wanted: int) -> None:
        self.evaluations += kept
        self.progress(f"searching: {self.theorem.id}", self.evaluations / self.budget)
        if self.evaluations >= self.budget or kept < wanted or (self.stop_at_violation and self.violations):
            raise _Finished

    def _digest(
        self, measured: Measured, kept: int, again: Callable[[Sequence[int]], tuple[Measured, list[int]]]
    ) -> None:
        """Compute again what came closer than everything before, and keep what stands."""
        self.applicable += int(np.sum(measured.evaluation.applicable[:kept]))
        records: set[int] = set()
        for name, scores in measured.objectives.items():
            lowest = self.screened.get(name, np.inf)
            for k in map(int, np.flatnonzero(scores[:kept] < lowest)):
                if scores[k] < lowest:
                    lowest = float(scores[k])
                    if lowest < SILENT:
                        records.add(k)
            self.screened[name] = lowest
        if not records:
            return
        order = sorted(records)
        close, indices = again(order)
        for position, index in zip(order, indices, strict=True):
            self._keep(close, index, self.evaluations + position + 1)

    def _keep(self, close: Measured, index: int, moment: int) -> None:
        evaluation = close.evaluation
        if not evaluation.applicable[index]:
            return
        self.violations += int(evaluation.violated[index])
        for name in (SLACK, AGREEMENT):
            if name not in close.objectives:
                continue
            value = float(close.objectives[name][index])
            known = self.best.get(name)
            found = Found(value, evaluation, index)
            if value < OUTSIDE and (known is None or (found.violated, -value) > (known.violated, -known.value)):
                self.best[name] = found
                if name == self.main:
                    self.trace.append((float(moment), value))
        for item in self.constants:
            value = float(close.critical[item.name][index])
            weakest = self.critical.get(item.name)
            if np.isfinite(value) and (weakest is None or item.stronger * (weakest[0] - value) > 0.0):
                self.critical[item.name] = (value, Found(value, evaluation, index))

    def extremal(self) -> Found:
        """Return the violated instance, or else the closest one of the main objective."""
        found = [item for item in self.best.values() if item.violated]
        return found[0] if found else self.best[self.main]


def _as_measured(measured: Measured, indices: Sequence[int]) -> tuple[Measured, list[int]]:
    """Return instances that were computed at full accuracy as they are."""
    return measured, list(indices)

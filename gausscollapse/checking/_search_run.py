"""The state of one counterexample search: where it looks next, and what it keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TypeAlias

import numpy as np

from gausscollapse.checking._best_constants import moved
from gausscollapse.checking._evolution import evolve
from gausscollapse.checking._search_block import Block, Elite, Found, groups
from gausscollapse.checking._search_starts import FIRST, STARTS, SharedStarts, first_points, look, start_key
from gausscollapse.checking.chapter import Sample, Space
from gausscollapse.checking.corners import corner_design
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.falsification import BestConstant
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
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.validation import Array
from gausscollapse.process.exact.statistics import DEFAULT_TOLERANCE

SEARCH_TOLERANCE = 1e-3
# A family that is visited again gets a larger population and more generations: least and most of each.
POPULATION, GENERATIONS = (128, 512), (6, 24)
# A visit was in vain if it brought less than this, relative to what it found or to this number.
PROGRESS = 1e-4
# Share of all evaluations that goes to new corner designs of all families in turn, whatever came closest.
COVERAGE = 0.25
# A family in which no instance met the assumptions is looked at again on every so manyth turn only.
SELDOM = 8
LOWEST = -1e100

# From the numbers of points of a block to what is known of them at full accuracy: a sample and where in it.
Again: TypeAlias = Callable[[Sequence[int]], Sequence[tuple[Measured, int] | None]]


class _Finished(Exception):  # noqa: N818
    """The budget is spent, or what was looked for is found."""


@dataclass(eq=False)
class Search:
    """The state of one search; points are rows of the unit cube."""

    theorem: Theorem
    budget: int
    seed: int
    stop_at_violation: bool
    progress: Progress
    shared: SharedStarts | None = None
    constants: list[Strengthening] = field(init=False)
    tolerance: float = field(init=False)
    evaluations: int = 0
    violations: int = 0
    covered: int = 0
    turns: int = 0
    problem: NotSupportedError | None = None
    screened: dict[str, float] = field(default_factory=dict)
    best: dict[str, Found] = field(default_factory=dict)
    critical: dict[str, BestConstant] = field(default_factory=dict)
    elites: dict[tuple[int, str], Elite] = field(default_factory=dict)
    applicable: Counter[int] = field(default_factory=Counter)
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
                for attempt in range(5):
                    self._starts(attempt)
                    if self.applicable:
                        self._rounds()
            else:
                self._draws()
        except _Finished:
            return

    def _generator(self, *key: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, *key])

    def _first_points(self, attempt: int, index: int) -> Array:
        key = start_key(self.seed, attempt, index)
        return first_points(self.spaces[index], key, shuffled=attempt > 0)

    def _starts(self, attempt: int) -> None:
        cubes: dict[int, Array] = {}
        for part in (slice(0, FIRST), slice(FIRST, STARTS)):
            hopeful = set(self.applicable)
            for index in range(len(self.spaces)):
                if part.start == 0 or index in hopeful or not hopeful:
                    if index not in cubes:
                        cubes[index] = self._first_points(attempt, index)
                    points = cubes[index][part]
                    self.covered += len(points)
                    together = self.shared is not None and attempt == 0 and part.start == 0
                    if self.shared is not None and together and self.budget - self.evaluations >= len(points):
                        self._take(index, points, self.shared.block(index, self.seed))
                    else:
                        self._evaluate(index, points, known=True)

    def first_samples(self) -> Sequence[Sample]:
        """Return some of the instances that the search looked at first."""
        if not self.spaces:
            return self.theorem.chapter.draw(STARTS, self._generator(1, 0))
        samples: list[Sample] = []
        for index, space in enumerate(self.spaces):
            points = space.point(self._first_points(0, index)[:FIRST])
            samples.extend(space.sample(points[rows], SEARCH_TOLERANCE) for rows in groups(space, points))
        return samples

    def _draws(self) -> None:
        block = 0
        while self.applicable or block < 8:
            for sample in self.theorem.chapter.draw(STARTS, self._generator(1, block)):
                size = len(sample.instances)
                drawn = Block(size)
                drawn.add(np.arange(size), measure(self.theorem, sample, self.constants))
                kept = min(size, self.budget - self.evaluations)
                self._digest(0, drawn, kept, drawn.all_at)
                self._count(kept, size)
            block += 1

    def _rounds(self) -> None:
        objectives = [name for name, value in self.screened.items() if value < SILENT] or [self.main]
        visits: Counter[tuple[int, str]] = Counter()
        vain: Counter[tuple[int, str]] = Counter()
        for number in count():
            while self.covered < COVERAGE * self.evaluations:
                self._cover()
            objective = objectives[number % len(objectives)]
            closest = {k: self._closest(k, objective) for k in range(len(self.spaces))}
            hopeful = [k for k in closest if closest[k] < SILENT] or sorted(self.applicable)
            # The closest of those that were visited in vain least often.
            index = min(hopeful, key=lambda k: (vain[k, objective], closest[k]))
            self._evolve(index, objective, 2 ** visits[index, objective], self._generator(2, number))
            visits[index, objective] += 1
            before = closest[index]
            if not self._closest(index, objective) < before - PROGRESS * max(abs(before), PROGRESS):
                vain[index, objective] += 1

    def _cover(self) -> None:
        """Look at one more family on a corner design, its columns on other coordinates than before."""
        lap, index = divmod(self.turns, len(self.spaces))
        self.turns += 1
        if index in self.applicable or lap % SELDOM == SELDOM - 1:
            space, rng = self.spaces[index], self._generator(3, lap, index)
            cube = corner_design(space.low.size, rng, shuffled=True, steady=space.steady)
            self.covered += len(cube)
            self._evaluate(index, cube)

    def _closest(self, index: int, objective: str) -> float:
        """Return the best value of an objective on a family so far."""
        elite = self.elites.get((index, objective))
        return float(elite.values[0]) if elite is not None else np.inf

    def _evolve(self, index: int, objective: str, effort: int, rng: np.random.Generator) -> None:
        size = self.spaces[index].low.size
        population, generations = (min(least * effort, most) for least, most in (POPULATION, GENERATIONS))
        elite = self.elites[index, objective].points
        start = np.concatenate([elite, rng.uniform(size=(population - len(elite), size))])

        def values(cube: Array) -> Array:
            found = self._evaluate(index, cube).objectives.get(objective, np.full(len(cube), OUTSIDE))
            # Their standard deviation squares them.
            return np.maximum(found, LOWEST)

        evolve(values, start, generations=generations, rng=rng)

    def _look(self, space: Space, points: Array, tolerance: float, *, known: bool = False) -> Block:
        block = look(self.theorem, space, points, tolerance, constants=self.constants, known=known)
        self.problem = block.problem or self.problem
        return block

    def _add_elites(self, index: int, cube: Array, block: Block) -> None:
        for name, scores in block.objectives.items():
            elite = self.elites.setdefault((index, name), Elite(np.empty((0, cube.shape[1])), np.empty(0)))
            elite.add(cube, scores)

    def _take(self, index: int, cube: Array, block: Block) -> None:
        """Keep what is known of points at full accuracy."""
        self.problem = block.problem or self.problem
        self._add_elites(index, cube, block)
        self._digest(index, block, len(cube), block.all_at)
        self._count(len(cube), len(cube))

    def _evaluate(self, index: int, cube: Array, *, known: bool = False) -> Block:
        space = self.spaces[index]
        wanted, kept = len(cube), min(len(cube), self.budget - self.evaluations)
        points = space.point(cube[:kept])
        block = self._look(space, points, self.tolerance, known=known)
        self._add_elites(index, cube[:kept], block)

        def again(positions: Sequence[int]) -> Sequence[tuple[Measured, int] | None]:
            if not positions or space.exact or self.tolerance == DEFAULT_TOLERANCE:
                return block.all_at(positions)
            closer = self._look(space, points[positions], DEFAULT_TOLERANCE)
            return closer.all_at(range(len(positions)))

        self._digest(index, block, kept, again)
        self._count(kept, wanted)
        return block

    def _count(self, kept: int, wanted: int) -> None:
        self.evaluations += kept
        self.progress(f"searching: {self.theorem.id}", self.evaluations / self.budget)
        if self.evaluations >= self.budget or kept < wanted or (self.stop_at_violation and self.violations):
            raise _Finished

    def _digest(self, index: int, block: Block, kept: int, again: Again) -> None:
        """Compute again what came closer than everything before, and keep what stands."""
        if block.applicable:
            self.applicable[index] += block.applicable
        records: set[int] = set()
        for name, scores in block.objectives.items():
            lowest = self.screened.get(name, np.inf)
            for k in map(int, np.flatnonzero(scores[:kept] < lowest)):
                if scores[k] < lowest:
                    lowest = float(scores[k])
                    if lowest < SILENT:
                        records.add(k)
            self.screened[name] = lowest
        if not self.violations:
            # However little it is refuted by: wide enclosures elsewhere may lie lower and tell nothing.
            records.update([k for k in block.violated if k < kept][:1])
        positions = sorted(records)
        for position, close in zip(positions, again(positions), strict=True):
            if close is not None:
                self._keep(*close, self.evaluations + position + 1)

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
            best = moved(self.theorem, item, close, index, self.critical.get(item.name))
            if best is not None:
                self.critical[item.name] = best

    def extremal(self) -> Found:
        """Return the violated instance, or else the closest one of the main objective."""
        found = [item for item in self.best.values() if item.violated]
        return found[0] if found else self.best[self.main]

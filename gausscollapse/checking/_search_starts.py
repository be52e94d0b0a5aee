"""Where a counterexample search looks first, in every family."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from gausscollapse.checking._search_block import Block, groups
from gausscollapse.checking.chapter import Sample, Space
from gausscollapse.checking.corners import ROWS, corner_design
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.objectives import Strengthening, measure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.validation import Array
from gausscollapse.process.exact.statistics import DEFAULT_TOLERANCE

# A family is first seen on a corner design and some points at random; the first of them come before the rest of any
# family, so that the smallest budgets see every family.
ANYWHERE, FIRST = 5, 8
STARTS = ROWS + ANYWHERE
# Samples of first points are kept: other theorems, and their controls, look at the same ones.
KEPT_SAMPLES = 256
KEPT_POINTS = 1024


@lru_cache(maxsize=KEPT_SAMPLES)
def first_sample(space: Space, points: bytes, tolerance: float) -> Sample:
    """Return the sample of some points, the same object for the same points."""
    return space.sample(np.frombuffer(points).reshape(-1, space.low.size), tolerance)


def look(
    theorem: Theorem,
    space: Space,
    points: Array,
    tolerance: float,
    *,
    constants: Sequence[Strengthening],
    known: bool = False,
) -> Block:
    """Measure points of a family; those that cannot be computed are left out, and the block says why."""
    block = Block(len(points))
    waiting = list(groups(space, points))
    while waiting:
        rows = waiting.pop(0)
        try:
            if known:
                sample = first_sample(space, points[rows].tobytes(), tolerance)
            else:
                sample = space.sample(points[rows], tolerance)
            block.add(rows, measure(theorem, sample, constants))
        except NotSupportedError as problem:
            block.problem = problem
            if len(rows) > 1:
                waiting.extend(np.array_split(rows, 2))
    return block


@lru_cache(maxsize=KEPT_POINTS)
def first_points(space: Space, key: tuple[int, ...], *, shuffled: bool) -> Array:
    """Return the first points of a family in the unit cube: a corner design and some at random, shape (32, k).

    The latter come first, or, where an instance takes long, last: there the points come shape by shape, since few
    large samples are faster than many small ones. Points depend on the seed `key` alone and are not to be written to.
    """
    rng = np.random.default_rng(key)
    design = corner_design(space.low.size, rng, shuffled=shuffled, steady=space.steady)
    anywhere = rng.uniform(size=(ANYWHERE, space.low.size))
    if space.steady is None:
        return np.concatenate([anywhere, design])
    level = np.sign(design[:, space.steady] - 0.5) * (np.abs(design[:, space.steady] - 0.5) == 0.5)
    first = rng.permutation(3)[level.astype(np.int64) + 1]
    return np.concatenate([design[np.argsort(first, kind="stable")], anywhere])


def start_key(seed: int, attempt: int, index: int) -> tuple[int, ...]:
    """Return the seed of the first points of the family of that number."""
    return seed, 0, attempt, index


class SharedStarts:
    """The very first points of searches from several seeds, measured together at full accuracy.

    A search that stops at the first violation seldom goes further; one sample of twenty times as many instances takes
    little longer than a small one, and all theorems and controls look at the same.

    Parameters
    ----------
    theorem : Theorem
        What the searches attack.
    seeds : int
        The searches are those from seeds 0, 1, ..., `seeds` - 1.
    """

    def __init__(self, theorem: Theorem, seeds: int) -> None:
        self.theorem, self.seeds = theorem, seeds
        self._blocks: dict[int, Block] = {}

    def block(self, index: int, seed: int) -> Block:
        """Return the first points of one search in the family of that number."""
        if index not in self._blocks:
            space = self.theorem.chapter.spaces[index]
            cubes = [
                first_points(space, start_key(each, 0, index), shuffled=False)[:FIRST] for each in range(self.seeds)
            ]
            points = space.point(np.concatenate(cubes))
            self._blocks[index] = look(self.theorem, space, points, DEFAULT_TOLERANCE, constants=(), known=True)
        return self._blocks[index].part(slice(seed * FIRST, (seed + 1) * FIRST))

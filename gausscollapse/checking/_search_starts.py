"""Where a counterexample search looks first, in every family."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from gausscollapse.checking.chapter import Sample, Space
from gausscollapse.checking.corners import ROWS, corner_design
from gausscollapse.core.validation import Array

# A family is first seen on a corner design and some points at random; the first of them come before the rest of any
# family, so that the smallest budgets see every family.
ANYWHERE, FIRST = 5, 8
STARTS = ROWS + ANYWHERE
# Samples of first points are kept: other theorems, and their controls, look at the same ones.
KEPT_SAMPLES = 256


@lru_cache(maxsize=KEPT_SAMPLES)
def first_sample(space: Space, points: bytes, tolerance: float) -> Sample:
    """Return the sample of some points, the same object for the same points."""
    return space.sample(np.frombuffer(points).reshape(-1, space.low.size), tolerance)


def first_points(space: Space, rng: np.random.Generator, *, shuffled: bool) -> Array:
    """Return the first points of a family in the unit cube: a corner design and some at random, shape (32, k).

    The latter come first, or, where an instance takes long, last: there the points come shape by shape, since few
    large samples are faster than many small ones.
    """
    design = corner_design(space.low.size, rng, shuffled=shuffled, steady=space.steady)
    anywhere = rng.uniform(size=(ANYWHERE, space.low.size))
    if space.steady is None:
        return np.concatenate([anywhere, design])
    level = np.sign(design[:, space.steady] - 0.5) * (np.abs(design[:, space.steady] - 0.5) == 0.5)
    first = rng.permutation(3)[level.astype(np.int64) + 1]
    return np.concatenate([design[np.argsort(first, kind="stable")], anywhere])

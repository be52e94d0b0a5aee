"""Corner designs: few points of a box that meet every pair of extremes of its coordinates.

A statement that is false in one corner alone gives a search no slope to follow: the corner has to be met. An
orthogonal array of strength two with levels "low end", "high end" and "between" meets every pair of extremes of 13
coordinates in 27 points, where as many random points meet one in four.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from gausscollapse.core.validation import Array

LOW, HIGH, BETWEEN = 0, 1, 2
ROWS = 27


def _orthogonal_array() -> NDArray[np.int64]:
    """Return the array of 27 runs and 13 columns: the linear forms over the field of three elements, up to sign."""
    runs = np.array(list(product(range(3), repeat=3)))
    forms = [form for form in product(range(3), repeat=3) if any(form) and next(filter(None, form)) == 1]
    return np.asarray(runs @ np.array(forms).T % 3)


ARRAY = _orthogonal_array()


def corner_design(size: int, rng: np.random.Generator, *, shuffled: bool, steady: int | None = None) -> Array:
    """Return 27 points of the unit cube that meet every pair of extremes of 13 coordinates, shape (27, size).

    Parameters
    ----------
    size : int
        Number of coordinates; those without a column of the array are uniform.
    rng : numpy.random.Generator
        Source of randomness: of the levels' names in every column, of what lies between, of the order of the points.
    shuffled : bool
        Whether the columns go to coordinates at random, instead of to the first ones.
    steady : int, optional
        A coordinate with one value for all points between its ends.

    Notes
    -----
    Source of the array: Rao (1947) and Hamming; Hedayat, Sloane and Stufken, *Orthogonal Arrays*, theorem 3.20.
    """
    points = rng.uniform(size=(ROWS, size))
    if steady is not None:
        points[:, steady] = points[0, steady]
    count = min(size, ARRAY.shape[1])
    coordinates = rng.permutation(size)[:count] if shuffled else np.arange(count)
    columns = rng.permutation(ARRAY.shape[1])[:count]
    for coordinate, column in zip(coordinates, columns, strict=True):
        levels = rng.permutation(3)[ARRAY[:, column]]
        points[levels == LOW, coordinate], points[levels == HIGH, coordinate] = 0.0, 1.0
    return points[rng.permutation(ROWS)]

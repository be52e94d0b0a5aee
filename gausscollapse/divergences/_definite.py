"""Whether ``a V + (1 - a) S`` is positive definite: by floats where they can tell, else in integers.

Every float is a rational number with a power of two below, so that the matrix times a power of two has integer
entries. Bareiss' elimination keeps them integers; its pivots are the leading minors, all positive iff the matrix is
positive definite (Sylvester).
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from gausscollapse.core.exceptions import UndecidedError
from gausscollapse.core.validation import Array

EXACT_DIMENSION = 64
MARGIN = 32.0 * 2.0**-53
LEAST, LARGEST = 1e-280, 1e280


def mix_is_positive(spread: Array, other: Array, order: float) -> bool:
    """Return whether ``a V + (1 - a) S`` is positive definite, V = `other`, S = `spread`, exactly as they are stored.

    Raises
    ------
    UndecidedError
        If floats cannot tell and the dimension is above `EXACT_DIMENSION`.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        mixed = order * other + (1.0 - order) * spread
        size = np.diag(abs(order) * np.abs(other) + abs(1.0 - order) * np.abs(spread))
    if np.all(size > LEAST) and np.all(size < LARGEST):
        scale = 1.0 / np.sqrt(size)
        lowest = float(np.linalg.eigvalsh(mixed * scale[:, None] * scale)[0])
        # entries of the scaled matrix are at most 1, and known up to 8 roundings
        if abs(lowest) > MARGIN * len(mixed) ** 2:
            return lowest > 0.0
    if len(mixed) > EXACT_DIMENSION:
        raise UndecidedError(
            f"whether a S_q + (1 - a) S_p is positive definite for a = {order:g} is within rounding, and exact "
            f"arithmetic is limited to {EXACT_DIMENSION} dimensions: no number is given"
        )
    a = Fraction(order)
    rows = [
        [a * Fraction(x) + (1 - a) * Fraction(y) for x, y in zip(row, col, strict=True)]
        for row, col in zip(other.tolist(), spread.tolist(), strict=True)
    ]
    denominator = max(entry.denominator for row in rows for entry in row)
    return _positive_definite([[int(entry * denominator) for entry in row] for row in rows])


def _positive_definite(rows: list[list[int]]) -> bool:
    """Return whether a symmetric matrix of integers is positive definite; `rows` is used up."""
    size, previous = len(rows), 1
    for i in range(size):
        pivot = rows[i][i]
        if pivot <= 0:
            return False
        for j in range(i + 1, size):
            for k in range(j, size):
                rows[j][k] = (pivot * rows[j][k] - rows[i][j] * rows[i][k]) // previous
        previous = pivot
    return True

"""A proven bound of the norm of the inverse of a small matrix."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from gausscollapse.core.rounding import EPS


@njit
def inverse_norm(matrix: Any) -> float:
    """Return a bound of ``||G^{-1}||`` (spectral norm); inf where none is proved.

    Any Z with ``||I - G Z|| <= r < 1`` shows ``||G^{-1}|| <= ||Z||/(1 - r)``; here Z is an approximate inverse.
    Pivots alone bound nothing in d > 1. Source: Rump 2010.
    """
    d = matrix.shape[0]
    left, inverse = matrix.copy(), np.eye(d)
    for k in range(d):
        best = k
        for i in range(k + 1, d):
            if abs(left[i, k]) > abs(left[best, k]):
                best = i
        for j in range(d):
            left[k, j], left[best, j] = left[best, j], left[k, j]
            inverse[k, j], inverse[best, j] = inverse[best, j], inverse[k, j]
        pivot = left[k, k]
        if pivot == 0.0:
            return math.inf
        for j in range(d):
            left[k, j] /= pivot
            inverse[k, j] /= pivot
        for i in range(d):
            factor = left[i, k]
            if i != k and factor != 0.0:
                for j in range(d):
                    left[i, j] -= factor * left[k, j]
                    inverse[i, j] -= factor * inverse[k, j]
    residual, square = 0.0, 0.0
    for i in range(d):
        for j in range(d):
            square += inverse[i, j] ** 2
            total, size = (1.0 if i == j else 0.0), 1.0
            for k in range(d):
                total -= matrix[i, k] * inverse[k, j]
                size += abs(matrix[i, k] * inverse[k, j])
            residual += (abs(total) + 2.0 * (d + 2.0) * EPS * size) ** 2
    residual = math.sqrt(residual)
    return (1.0 + 4.0 * d * d * EPS) * math.sqrt(square) / (1.0 - residual) if residual < 0.5 else math.inf

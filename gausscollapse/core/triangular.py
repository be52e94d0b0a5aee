"""Triangular systems with few unknowns, without the threads of a BLAS library.

A small system, or a batch of them, handed to threads costs more in waiting than in arithmetic.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Up to this dimension the waiting of threads costs more than the arithmetic.
FEW = 64


def solve_lower(
    factors: NDArray[np.float64], right: NDArray[np.float64], *, transposed: bool = False
) -> NDArray[np.float64]:
    """Return ``L^{-1} B``, or ``L^{-T} B`` where `transposed`, by substitution.

    Parameters
    ----------
    factors : ndarray, shape (K, d, d)
        Lower triangular, with a positive diagonal.
    right : ndarray, shape (K, d, n)
        Right-hand sides.

    Returns
    -------
    ndarray, shape (K, d, n)
        The solutions.
    """
    dim = factors.shape[1]
    solution = np.empty_like(right)
    order = range(dim - 1, -1, -1) if transposed else range(dim)
    for i in order:
        rest = right[:, i]
        if transposed and i + 1 < dim:
            rest = rest - np.einsum("kj,kjn->kn", factors[:, i + 1 :, i], solution[:, i + 1 :])
        elif not transposed and i > 0:
            rest = rest - np.einsum("kj,kjn->kn", factors[:, i, :i], solution[:, :i])
        solution[:, i] = rest / factors[:, i, i, None]
    return solution


def solve_triangle(factor: Any, right: Any, *, transposed: bool = False) -> NDArray[np.float64]:
    """Return ``L^{-1} B``, or ``L^{-T} B`` where `transposed`, for one lower triangular L `(d, d)`.

    `right` is a vector `(d,)` or a matrix `(d, n)`; it is left as it is.
    """
    factor = np.asarray(factor)
    if len(factor) > FEW:
        from scipy.linalg import solve_triangular

        return np.asarray(solve_triangular(factor, right, lower=True, trans="T" if transposed else "N"))
    solution = np.array(right, dtype=np.float64)
    dim = len(factor)
    with np.errstate(over="ignore", invalid="ignore"):
        for i in range(dim - 1, -1, -1) if transposed else range(dim):
            if transposed and i + 1 < dim:
                solution[i] -= factor[i + 1 :, i] @ solution[i + 1 :]
            elif not transposed and i > 0:
                solution[i] -= factor[i, :i] @ solution[:i]
            solution[i] /= factor[i, i]
    return solution

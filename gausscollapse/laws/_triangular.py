"""Triangular systems with few unknowns and many right-hand sides, without the threads of a BLAS library.

A batch of small systems handed to threads costs more in waiting than in arithmetic.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


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

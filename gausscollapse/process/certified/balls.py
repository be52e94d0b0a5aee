"""Ball arithmetic on matrices: working precision, exact input, norms and definiteness, all with proof.

A ball is python-flint's `arb`, a matrix of balls its `arb_mat`; rational input is `fmpq` and `fmpq_mat`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
from flint import arb, arb_mat, ctx, fmpq, fmpq_mat

from gausscollapse.core.validation import Array

Ball: TypeAlias = Any
Matrix: TypeAlias = Any
Rational: TypeAlias = Any


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Work at `bits` bits inside of the block."""
    before, ctx.prec = ctx.prec, bits
    try:
        yield
    finally:
        ctx.prec = before


def rational(number: float) -> Rational:
    """Return a float as the rational number that it is."""
    return fmpq(*float(number).as_integer_ratio())


def rational_matrix(array: Array) -> Rational:
    """Return an array of floats, shape (d, k) or (d,), as an exact matrix; a vector becomes a column."""
    columns = array if array.ndim == 2 else array[:, None]
    return fmpq_mat([[rational(entry) for entry in row] for row in columns.tolist()])


def identity(size: int) -> Matrix:
    """Return the identity as a matrix of balls."""
    return arb_mat([[int(i == j) for j in range(size)] for i in range(size)])


def lifted(matrix: Matrix | None, column: Matrix | None, dim: int) -> Matrix:
    """Return ``[[matrix, column], [0, 0]]`` of shape (d + 1, d + 1); None stands for zeros."""
    result = arb_mat(dim + 1, dim + 1)
    for i in range(dim):
        if column is not None:
            result[i, dim] = column[i, 0]
        if matrix is not None:
            for j in range(dim):
                result[i, j] = matrix[i, j]
    return result


def block(matrix: Matrix, rows: range, columns: range) -> Matrix:
    """Return a block of a matrix."""
    return arb_mat([[matrix[i, j] for j in columns] for i in rows])


def even(dim: int, last_row: bool = True) -> Matrix:
    """Return the matrix of ones, shape (d + 1, d + 1); its last row is 0 unless `last_row`."""
    return arb_mat([[int(last_row or i < dim) for _ in range(dim + 1)] for i in range(dim + 1)])


def frobenius(matrix: Matrix) -> Ball:
    """Return an upper bound of the Frobenius norm, as an exact ball."""
    return (matrix.transpose() * matrix).trace().abs_upper().sqrt().abs_upper()


def spectral(matrix: Matrix) -> Ball:
    """Return an upper bound of the spectral norm, above it by at most ``d^{1/8}``: ``(sum of sigma^8)^{1/8}``."""
    square = matrix.transpose() * matrix
    return frobenius(square * square).sqrt().sqrt().abs_upper()


def middle(matrix: Matrix) -> Array:
    """Return the midpoints as floats."""
    return np.array([[float(entry) for entry in row] for row in matrix.tolist()])


def symmetric(matrix: Matrix) -> Matrix:
    """Return the symmetric part: an enclosure of the same matrix where that is symmetric."""
    return (matrix + matrix.transpose()) / 2


def positive_definite(matrix: Matrix) -> bool | None:
    """Return whether a symmetric matrix is positive definite; None where its balls cannot tell.

    Positive pivots prove that it is; a vector v with ``v^T M v < 0`` proves that it is not.
    """
    size = matrix.nrows()
    rows = matrix.tolist()
    for k in range(size):
        if not rows[k][k] > 0:
            return False if _descends(matrix) else None
        for i in range(k + 1, size):
            factor = rows[i][k] / rows[k][k]
            for j in range(k + 1, size):
                rows[i][j] = rows[i][j] - factor * rows[k][j]
    return True


def _descends(matrix: Matrix) -> bool:
    """Return whether the lowest eigenvector of the midpoints proves a negative direction."""
    centre = middle(matrix)
    if not np.all(np.isfinite(centre)):
        return False
    vector = np.linalg.eigh(0.5 * (centre + centre.T))[1][:, 0]
    column = arb_mat([[arb(float(entry))] for entry in vector])
    return bool((column.transpose() * matrix * column)[0, 0] < 0)

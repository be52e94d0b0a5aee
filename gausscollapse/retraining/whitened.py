"""Gaussians seen from another one: whitened means and covariances, with bounds of their rounding errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscollapse.core.validation import Array


@dataclass(frozen=True, eq=False)
class Whitened:
    """P Gaussians seen from the Gaussian in the denominator, with bounds of their rounding errors.

    Parameters
    ----------
    shift : ndarray, shape (P, d)
        y.
    excess : ndarray, shape (P, d, d)
        X, computed without forming ``R - I``.
    spread : ndarray, shape (P, d, d)
        R, computed without forming ``I + X``.
    shift_error, excess_error : ndarray, shape (P,)
        Bounds of the errors of y and X in the Euclidean and the spectral norm.
    """

    shift: Array
    excess: Array
    spread: Array
    shift_error: Array
    excess_error: Array

    def __len__(self) -> int:
        return len(self.shift)

    def __getitem__(self, index: Any) -> Whitened:
        return Whitened(
            self.shift[index],
            self.excess[index],
            self.spread[index],
            self.shift_error[index],
            self.excess_error[index],
        )


def _forward(root: Array, right: Array) -> Array:
    """Return ``L^{-1} B`` for `(d, d)` and `(d, n)` by forward substitution, row by row."""
    solved = np.empty_like(right)
    for row in range(root.shape[0]):
        solved[row] = (right[row] - root[row, :row] @ solved[:row]) / root[row, row]
    return solved


def whiten_vectors(root: Array, vectors: Array) -> Array:
    """Return ``L^{-1} v`` for vectors `(P, d)` and a lower triangular L `(d, d)`."""
    return np.ascontiguousarray(_forward(root, vectors.T).T)


def whiten_forms(root: Array, forms: Array) -> Array:
    """Return ``L^{-1} M L^{-T}`` for symmetric matrices `(P, d, d)` and a lower triangular L `(d, d)`."""
    count, dim, _ = forms.shape
    half = _forward(root, forms.transpose(1, 0, 2).reshape(dim, -1)).reshape(dim, count, dim)
    both = _forward(root, half.transpose(2, 1, 0).reshape(dim, -1)).reshape(dim, count, dim)
    result = both.transpose(1, 2, 0)
    return np.ascontiguousarray(0.5 * (result + result.transpose(0, 2, 1)))

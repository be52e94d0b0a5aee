"""What the sampler's rows and tables hold, by name: laid out by `_program`, read by `_sampler_kernels`.

A block of paths has rows of numbers, one number a path; a step has one line of a table of coefficients.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gausscollapse.core.validation import Array

# Kinds of features.
SHARED, DIAGONAL, FULL, COSINE, OUTSIDE = range(5)
# How rows are mapped to drift or error: by nothing, a number, a diagonal, a matrix.
NOTHING, SCALAR, DIAGONAL_MAP, DENSE = range(4)

# One feature: its kind and number of components; the first entry of its table; its first row and number of rows; its
# first row of work space; the maps of its rows to drift and error, each a kind and a first entry; 1 where a swirling
# part follows the score.
FEATURE = np.dtype(
    [
        (name, np.int64)
        for name in (
            "kind", "count", "entry", "row", "rows", "spare", "drift_kind", "drift", "error_kind", "error", "swirl",
        )
    ]
)  # fmt: skip


class Layout(NamedTuple):
    """Where the state's own coefficients stand in a line of the table, and rows that all programs have.

    Parameters
    ----------
    drift_kind, drift, error_kind, error : int
        Maps of the state to drift and error: kind and first entry.
    drift_constant, error_constant : int
        First entries of the constants of drift and error.
    step, width : int
        Entry of the weights of the energy, followed by their roots and the roots of the noise's variances: `width`
        of each, 1 or d.
    spare_row, energy_row, martingale_row, error_row : int
        Rows of the spare normals and of the functionals, and the first of d rows of the error.
    """

    drift_kind: int
    drift: int
    error_kind: int
    error: int
    drift_constant: int
    error_constant: int
    step: int
    width: int
    spare_row: int
    energy_row: int
    martingale_row: int
    error_row: int

    def moved(self, rows: int) -> Layout:
        """Return the layout with its rows moved on."""
        return self._replace(
            spare_row=self.spare_row + rows,
            energy_row=self.energy_row + rows,
            martingale_row=self.martingale_row + rows,
            error_row=self.error_row + rows,
        )


class Start(NamedTuple):
    """The law of the start: cumulative weights (K,), means (K, d), Cholesky factors (K, d, d)."""

    cumulative: Array
    centres: Array
    factors: Array


class Expansion(NamedTuple):
    """Map of state and exact normals to the D coordinates that are returned; empty where all are simulated."""

    matrix: Array
    offset: Array


class Kept(NamedTuple):
    """What is kept of n paths: states after some steps (m, n, D); energy and martingale (n,), or nothing (0,)."""

    snapshots: Any
    energy: Any
    martingale: Any

"""Log-densities of mixtures at many points, by forward substitution, with a bound of their rounding error."""

from __future__ import annotations

import numpy as np

from gausscollapse.core.log_sum import log_sum
from gausscollapse.core.validation import Array
from gausscollapse.divergences._integrands import EPSILON
from gausscollapse.laws.gaussian import LOG_TWO_PI


class LogLaw:
    """A mixture as arrays.

    Parameters
    ----------
    weights : ndarray, shape (K,)
        Positive weights.
    means : ndarray, shape (K, d)
        Component means, already taken relative to `origin`.
    covs : ndarray, shape (K, d, d)
        Component covariances.
    """

    def __init__(self, weights: Array, means: Array, covs: Array) -> None:
        self.means = means
        self.factors = np.linalg.cholesky(covs)
        diagonals = np.diagonal(self.factors, axis1=1, axis2=2)
        dim = means.shape[1]
        self.heights = np.log(weights) - np.sum(np.log(diagonals), axis=1) - 0.5 * dim * LOG_TWO_PI
        self.inverse_widths = 1.0 / diagonals.min(axis=1)
        self.extent = float(np.max(np.abs(means)))

    def _whitened(self, x: Array) -> list[Array]:
        """Return the rows of ``L_k^{-1}(x - m_k)``, each (K, n)."""
        rows: list[Array] = []
        for i in range(x.shape[1]):
            row = x[None, :, i] - self.means[:, i, None]
            for j, earlier in enumerate(rows):
                row = row - self.factors[:, i, j, None] * earlier
            rows.append(row / self.factors[:, i, i, None])
        return rows

    def log(self, x: Array) -> tuple[Array, Array]:
        """Return log-densities at points (n, d) and a bound of their absolute error, both (n,)."""
        with np.errstate(over="ignore"):
            squares = sum(row * row for row in self._whitened(x))
        joint = self.heights[:, None] - 0.5 * squares
        largest = joint.max(axis=0)
        with np.errstate(under="ignore"):
            logs = largest + np.log(np.sum(np.exp(joint - largest), axis=0))
        lead = np.argmax(joint, axis=0)
        lead_square = np.take_along_axis(np.asarray(squares), lead[None, :], axis=0)[0]
        place = (np.max(np.abs(x), axis=1) + self.extent) * np.sqrt(lead_square) * self.inverse_widths[lead]
        return logs, EPSILON * (8.0 + 2.0 * np.abs(logs) + 4.0 * lead_square + place)

    def score(self, x: Array) -> Array:
        """Return the gradient of the log-density at points (n, d), shape (n, d)."""
        rows = self._whitened(x)
        joint = self.heights[:, None] - 0.5 * sum(row * row for row in rows)
        with np.errstate(under="ignore"):
            posterior = np.exp(joint - log_sum(joint, axis=0, keepdims=True))
        for i in reversed(range(len(rows))):
            row = rows[i]
            for j in range(i + 1, len(rows)):
                row = row - self.factors[:, j, i, None] * rows[j]
            rows[i] = row / self.factors[:, i, i, None]
        return -np.column_stack([np.sum(posterior * row, axis=0) for row in rows])

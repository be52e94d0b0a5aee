"""Inner products of signed sums of pool entries in the Hilbert space of a Gaussian kernel: any data, any dimension.

Every entry a is seen from the component c(a) of the data that is nearest to it: with ``mu_a = E k(X_a, .)`` a row is
``sum u_a (mu_a - mu_{c(a)}) + sum U_c mu_c``, ``U_c`` the sum of the weights near c. Inner products of those
differences are formed to twice the precision of floats before they are rounded, so that a small drift keeps its
digits. What entries are off by moves a row by ``sum z_a e_a`` in norm at most (`MeanEmbeddings.embedding_errors`),
and a product of two rows by ``e ||v|| + ||u|| e' + e e'``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.divergences.mean_embeddings import MeanEmbeddings, two_sum
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining._component_pool import ComponentPool, SignedRows

METHOD = "closed form, kernel means of components"


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows over differences of embeddings.

    Parameters
    ----------
    vectors : ndarray, shape (n, Q)
        Weights of the differences, then of the data's components.
    slack : ndarray, shape (n,)
        What each row may be off by in norm.
    """

    vectors: Array
    slack: Array

    @cached_property
    def sizes(self) -> Array:
        return np.abs(self.vectors)


@dataclass(frozen=True, eq=False)
class EmbeddingProducts:
    """Inner products under the kernel ``exp(-|x - y|^2/(2 width^2))``.

    Parameters
    ----------
    pool : ComponentPool
        Components and weights, with `data` as their reference.
    data : Gaussian or GaussianMixture
        p.
    width : float
        The kernel's width.
    """

    pool: ComponentPool
    data: Law
    width: float

    @cached_property
    def _means(self) -> MeanEmbeddings:
        """The entries of the pool, then the components of the data."""
        parts = self.pool.components
        if isinstance(self.data, Gaussian):
            means, covs = two_sum(self.data.mean, parts.mean_shifts), two_sum(self.data.cov, parts.cov_shifts)
        else:
            means, covs = (np.array([part, np.zeros_like(part)]) for part in (parts.means, parts.covs))
        used = self.pool.data.entries
        means, covs = (np.concatenate([part, part[:, used]], axis=1) for part in (means, covs))
        return MeanEmbeddings(means, covs, self.width)

    @cached_property
    def _table(self) -> Array:
        return self._means.table()

    @cached_property
    def _references(self) -> np.ndarray:
        """Number of the data component that is nearest to each entry under the kernel, shape (P,)."""
        table, count = self._table[0], len(self.pool)
        own = np.diag(table)
        squares = own[:count, None] + own[count:] - 2.0 * table[:count, count:]
        return np.asarray(np.argmin(squares, axis=1))

    @cached_property
    def _matrix(self) -> Array:
        """Inner products of ``mu_a - mu_{c(a)}`` and, last, of the data's components themselves."""
        table, count = self._table, len(self.pool)
        # The high parts cancel; what is left of both is rounded once.
        mixed = np.sum(table[:, :count, count:] - table[:, count + self._references, count:], axis=0)
        return np.block([[self._means.differences(self._references), mixed], [mixed.T, table[0, count:, count:]]])

    @cached_property
    def _sizes(self) -> Array:
        """Sizes of those inner products with what the rounding of a sum of Q of them counts, and of each."""
        return np.abs(self._matrix) * (2.0 * EPS * (len(self._means) + 8.0)) + 6.0 * self._means.unit

    @cached_property
    def _loose(self) -> Array:
        """What each entry's embedding may be off by, shape (P,)."""
        parts = self.pool.components
        squares = np.linalg.eigvalsh(parts.mean_errors)[:, -1]
        # ||sum of n errors||^2 is at most n times the sum of the squares.
        means = np.sqrt(np.maximum(squares, 0.0) * np.maximum(parts.ages, 1))
        covs = np.maximum(np.linalg.eigvalsh(parts.cov_errors)[:, -1], 0.0)
        return self._means.embedding_errors(means, covs)

    def _rows(self, rows: SignedRows) -> _Rows:
        weights = rows.dense(rows.weight)
        near = np.zeros((len(rows), len(self._means) - len(self.pool)))
        for component in range(near.shape[1]):
            members = weights[:, self._references == component]
            near[:, component] = [math.fsum(row[row != 0.0]) for row in members]
        error, size = (np.asarray(abs(part).sum(axis=1)).ravel() for part in (rows.errors, rows.weights))
        # Rounded weights and their rounded sums; embeddings have norm 1 at most.
        slack = error + 4.0 * EPS * size + np.asarray(rows.sizes @ self._loose)
        return _Rows(np.hstack([weights, near]), slack)

    def _squares(self, rows: _Rows) -> tuple[Array, Array]:
        """Return ``||u||^2`` of the rows as they are stored, and bounds of their rounding."""
        squares = np.einsum("ni,ni->n", rows.vectors @ self._matrix, rows.vectors)
        return np.maximum(squares, 0.0), np.einsum("ni,ni->n", rows.sizes @ self._sizes, rows.sizes)

    def gram(self, rows: SignedRows, others: SignedRows | None = None) -> Enclosure:
        """Return ``<f_i, g_j>``; see `Products`."""
        left = self._rows(rows)
        right = left if others is None else self._rows(others)
        value = left.vectors @ self._matrix @ right.vectors.T
        norm, other = (np.sqrt(np.sum(self._squares(part), axis=0)) * (1.0 + 4.0 * EPS) for part in (left, right))
        error = left.sizes @ self._sizes @ right.sizes.T
        error = error + left.slack[:, None] * (other + right.slack) + norm[:, None] * right.slack
        error = error * (1.0 + 1e-9)
        return Enclosure(value, value - error, value + error, METHOD, "closed-form")

    def energies(self, rows: SignedRows) -> Enclosure:
        """Return ``<f_i, f_i>``; see `Products`."""
        left = self._rows(rows)
        value, rounding = self._squares(left)
        norm = np.sqrt(value + rounding) * (1.0 + 4.0 * EPS)
        error = (rounding + left.slack * (2.0 * norm + left.slack)) * (1.0 + 1e-9)
        return Enclosure(value, np.maximum(value - error, 0.0), value + error, METHOD, "closed-form")

    def reason(self, row: SignedRows) -> str:  # noqa: ARG002
        """Return an empty string: every norm is finite; see `Products`."""
        return ""

"""The distinct components of all models of a trajectory, and the weights that every law gives them.

A component of the model of generation i is a component of the data at some *age*: the number of channels that it
has passed. Components with equal mean and covariance are one entry of the pool, so a constant channel adds as many
entries a generation as the data has components. Means and covariances are kept twice: as they are and as deviations
from a reference law, because the difference of two stored numbers would lose a small drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from gausscollapse.core.validation import Array
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture, Law
from gausscollapse.retraining.ratio_kernels import EPS, Whitened, whiten_forms, whiten_vectors


class Components(NamedTuple):
    """P components.

    Parameters
    ----------
    means, covs : ndarray, shape (P, d) and (P, d, d)
        The components.
    mean_shifts, cov_shifts : ndarray, shape (P, d) and (P, d, d)
        Deviations from the reference: the data where it is one Gaussian, else zero.
    mean_errors, cov_errors : ndarray, shape (P, d, d)
        Bounds of their rounding errors, as positive semi-definite matrices in the Loewner order.
    ages : ndarray of int, shape (P,)
        Number of channels passed.
    """

    means: Array
    covs: Array
    mean_shifts: Array
    cov_shifts: Array
    mean_errors: Array
    cov_errors: Array
    ages: np.ndarray

    def chosen(self, entries: Any) -> Components:
        """Return some of the components."""
        return Components(*(part[entries] for part in self))


@dataclass(frozen=True, eq=False)
class PooledLaw:
    """A law over the pool: entry numbers `(n,)`, ascending, and their weights `(n,)`."""

    entries: np.ndarray
    weights: Array

    @classmethod
    def merged(cls, entries: np.ndarray, weights: Array) -> PooledLaw:
        """Return the law of entries of which some may be named twice."""
        totals = np.bincount(entries, weights=weights)
        distinct = np.flatnonzero(totals)
        return cls(distinct, np.asarray(totals[distinct], dtype=np.float64))

    def mixed(self, weight: float, other: PooledLaw) -> PooledLaw:
        """Return ``weight self + (1 - weight) other``."""
        entries = np.concatenate([self.entries, other.entries])
        return self.merged(entries, np.concatenate([weight * self.weights, (1.0 - weight) * other.weights]))

    def equals(self, other: PooledLaw) -> bool:
        """Return whether both laws have the same entries and weights."""
        return np.array_equal(self.entries, other.entries) and np.array_equal(self.weights, other.weights)


@dataclass(frozen=True, eq=False)
class ComponentPool:
    """What the recursion leaves: the components, the model of every generation, and the mass that was dropped.

    Parameters
    ----------
    components : Components
        The pool.
    data : PooledLaw
        The data law.
    models : tuple of PooledLaw
        Models 0..N.
    dropped : ndarray, shape (N + 1,)
        Mass of the components that were left out of each model, accumulated.
    fresh : ndarray, shape (N,)
        Fresh fraction of each generation.
    """

    components: Components
    data: PooledLaw
    models: tuple[PooledLaw, ...]
    dropped: Array
    fresh: Array

    def __len__(self) -> int:
        return len(self.components.ages)

    def law(self, pooled: PooledLaw) -> Law:
        """Return a law over the pool as a law; one with one component is a `Gaussian`."""
        means, covs = self.components.means[pooled.entries], self.components.covs[pooled.entries]
        if pooled.entries.size == 1:
            return Gaussian(means[0], covs[0])
        return GaussianMixture(pooled.weights, means, covs)

    def training(self, generation: int) -> PooledLaw:
        """Return ``q_i = a_i p + (1 - a_i) p^_i`` over the pool."""
        return self.data.mixed(self.fresh[generation], self.models[generation])

    def against(self, model: PooledLaw, trained: PooledLaw) -> ComponentPool:
        """Return the pool of two laws alone, with `trained` in the place of the data and `model` as only model.

        Where `trained` has one component, the deviations are from it.
        """
        used = np.union1d(model.entries, trained.entries)
        part = self.components.chosen(used)
        if trained.entries.size == 1:
            only = int(np.searchsorted(used, trained.entries[0]))
            # (a - b)(a - b)^T <= 2 a a^T + 2 b b^T.
            mean_errors = 2.0 * (part.mean_errors + part.mean_errors[only])
            cov_errors = part.cov_errors + part.cov_errors[only]
            mean_errors[only], cov_errors[only] = 0.0, 0.0
            part = part._replace(
                mean_shifts=part.mean_shifts - part.mean_shifts[only],
                cov_shifts=part.cov_shifts - part.cov_shifts[only],
                mean_errors=mean_errors,
                cov_errors=cov_errors,
            )
        first, second = (PooledLaw(np.searchsorted(used, law.entries), law.weights) for law in (trained, model))
        return ComponentPool(part, first, (second,), np.zeros(1), np.empty(0))

    @cached_property
    def data_row(self) -> csr_array:
        """Weights of the data, shape (1, P)."""
        return self._rows([self.data])

    @cached_property
    def model_rows(self) -> csr_array:
        """Weights of the models, shape (N + 1, P)."""
        return self._rows(self.models)

    @cached_property
    def training_rows(self) -> csr_array:
        """Weights of the training laws ``q_0..q_{N-1}``, shape (N, P)."""
        return self._rows([self.training(i) for i in range(self.fresh.size)])

    @cached_property
    def deviations(self) -> csr_array:
        """Signed weights of ``p^_i - p``, shape (N + 1, P); every row sums to zero."""
        return self._less_data(self.model_rows)

    @cached_property
    def training_deviations(self) -> csr_array:
        """Signed weights of ``q_i - p``, shape (N, P)."""
        return self._less_data(self.training_rows)

    @cached_property
    def innovations(self) -> csr_array:
        """Signed weights of ``p^_{i+1} - q_i``, shape (N, P)."""
        return _without_zeros(self.model_rows[1:] - self.training_rows)

    def _less_data(self, rows: csr_array) -> csr_array:
        ones = csr_array(np.ones((rows.shape[0], 1)))
        return _without_zeros(rows - ones @ self.data_row)

    def _rows(self, laws: Sequence[PooledLaw]) -> csr_array:
        starts = np.cumsum([0, *(law.entries.size for law in laws)])
        entries = np.concatenate([law.entries for law in laws]) if laws else np.empty(0, dtype=np.int64)
        weights = np.concatenate([law.weights for law in laws]) if laws else np.empty(0)
        return csr_array((weights, entries, starts), shape=(len(laws), len(self)))

    def whitened(self, reference: Gaussian) -> Whitened:
        """Return the pool as seen from `reference`, which must be the reference of the deviations."""
        root = reference.cholesky
        dim = reference.dim
        parts = self.components
        mean_error = np.linalg.eigvalsh(whiten_forms(root, parts.mean_errors))[:, -1]
        cov_error = np.linalg.eigvalsh(whiten_forms(root, parts.cov_errors))[:, -1]
        # ||sum of n errors||^2 <= n times the largest eigenvalue of the sum of their outer products.
        mean_error = np.sqrt(np.maximum(mean_error, 0.0) * np.maximum(parts.ages, 1))
        scale = np.sqrt(np.diag(reference.cov))
        correlation = np.linalg.eigvalsh(reference.cov / scale[:, None] / scale)
        unit = 16.0 * EPS * dim * correlation[-1] / max(correlation[0], EPS * correlation[-1])
        shift = whiten_vectors(root, parts.mean_shifts)
        excess = whiten_forms(root, parts.cov_shifts)
        return Whitened(
            shift,
            excess,
            whiten_forms(root, parts.covs),
            mean_error + unit * np.linalg.norm(shift, axis=1),
            np.maximum(cov_error, 0.0) + unit * np.linalg.norm(excess, axis=(1, 2)),
        )


def _without_zeros(rows: csr_array) -> csr_array:
    rows = csr_array(rows)
    rows.eliminate_zeros()
    return rows

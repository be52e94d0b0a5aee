"""The distinct components of all models of a trajectory, and the weights that every law gives them.

A component of the model of generation i is a component of the data at some *age*: the number of channels that it
has passed. Components with equal mean and covariance are one entry of the pool, so a constant channel adds as many
entries a generation as the data has components. Means and covariances are kept twice: as they are and as deviations
from a reference law, because the difference of two stored numbers would lose a small drift.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from gausscollapse.core.validation import Array
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture, Law
from gausscollapse.retraining._long_weights import LONG_EPS, LongWeights, complement, merged
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
    """A law over the pool: entry numbers `(n,)`, ascending, and their weights `(n,)` to twice the precision."""

    entries: np.ndarray
    long_weights: LongWeights

    @property
    def weights(self) -> Array:
        """Weights as floats, shape (n,)."""
        return self.long_weights.high

    @classmethod
    def merged(cls, entries: np.ndarray, weights: LongWeights) -> PooledLaw:
        """Return the law of entries of which some may be named twice."""
        distinct, totals = merged(entries, weights)
        kept = np.flatnonzero(totals.high)
        return cls(distinct[kept], totals.chosen(kept))

    def mixed(self, weight: float, other: PooledLaw) -> PooledLaw:
        """Return ``weight self + (1 - weight) other``."""
        entries = np.concatenate([self.entries, other.entries])
        here = self.long_weights.times(LongWeights.of(np.asarray(weight)))
        return self.merged(entries, here.followed_by(other.long_weights.times(complement(weight))))

    def equals(self, other: PooledLaw) -> bool:
        """Return whether both laws have the same entries and weights."""
        here, there = self.long_weights, other.long_weights
        same = np.array_equal(here.high, there.high) and np.array_equal(here.low, there.low)
        return same and np.array_equal(self.entries, other.entries)


class SignedRows(NamedTuple):
    """Differences of laws over the pool, formed to twice the precision and then rounded.

    Parameters
    ----------
    weights : csr_array, shape (n, P)
        Signed weights; every row sums to zero. What cancelled is stored as a zero, since it too has an error.
    errors : csr_array, shape (n, P)
        Bounds of what was rounded before the difference was taken: relative to the two weights, not to what is left.
    sizes : csr_array, shape (n, P)
        What the errors of the components count with: absolute weights, and before the difference was taken where an
        entry stands for laws that are equal within rounding only. All three store the same places.
    """

    weights: csr_array
    errors: csr_array
    sizes: csr_array

    def row(self, number: int) -> SignedRows:
        """Return one row, shape (1, P)."""
        return SignedRows(*(part[[number]] for part in self))

    def columns(self, entries: np.ndarray) -> SignedRows:
        """Return the weights of some entries."""
        return SignedRows(*(part.tocsc()[:, entries].tocsr() for part in self))


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
    joined : ndarray of bool, shape (P,)
        Entries that were met twice: they may stand for several laws that are equal within rounding only.
    passed : int
        Number of generations whose roundings the weights have.
    """

    components: Components
    data: PooledLaw
    models: tuple[PooledLaw, ...]
    dropped: Array
    fresh: Array
    joined: np.ndarray
    passed: int

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
            if not self.joined[trained.entries[0]]:
                mean_errors[only], cov_errors[only] = 0.0, 0.0
            part = part._replace(
                mean_shifts=part.mean_shifts - part.mean_shifts[only],
                cov_shifts=part.cov_shifts - part.cov_shifts[only],
                mean_errors=mean_errors,
                cov_errors=cov_errors,
            )
        first, second = (PooledLaw(np.searchsorted(used, law.entries), law.long_weights) for law in (trained, model))
        return ComponentPool(part, first, (second,), np.zeros(1), np.empty(0), self.joined[used], self.passed)

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
    def deviations(self) -> SignedRows:
        """``p^_i - p``, N + 1 rows."""
        return self._differences((model, self.data) for model in self.models)

    @cached_property
    def training_deviations(self) -> SignedRows:
        """``q_i - p``, N rows."""
        return self._differences((self.training(i), self.data) for i in range(self.fresh.size))

    @cached_property
    def innovations(self) -> SignedRows:
        """``p^_{i+1} - q_i``, N rows."""
        return self._differences((self.models[i + 1], self.training(i)) for i in range(self.fresh.size))

    @cached_property
    def _loose(self) -> np.ndarray:
        """Entries that stand for several laws which rounding may have made equal, shape (P,)."""
        rounded = np.any(self.components.mean_errors, axis=(1, 2)) | np.any(self.components.cov_errors, axis=(1, 2))
        return np.asarray(self.joined & rounded)

    def equal(self, law: PooledLaw, other: PooledLaw) -> bool:
        """Return whether two laws are known to be equal, and not within rounding only."""
        return law.equals(other) and not np.any(self._loose[law.entries])

    def _differences(self, pairs: Iterable[tuple[PooledLaw, PooledLaw]]) -> SignedRows:
        unit = LONG_EPS * (2.0 * self.passed + 4.0)
        laws, errors, sizes = [], [], []
        for law, other in pairs:
            entries = np.concatenate([law.entries, other.entries])
            distinct, left = merged(entries, law.long_weights.followed_by(other.long_weights.negated()))
            _, before = merged(entries, law.long_weights.followed_by(other.long_weights))
            kept = np.arange(0 if self.equal(law, other) else distinct.size)
            laws.append(PooledLaw(distinct[kept], left.chosen(kept)))
            errors.append(PooledLaw(distinct[kept], LongWeights.of(unit * before.high[kept])))
            size = np.where(self.joined[distinct], before.high, np.abs(left.high))
            sizes.append(PooledLaw(distinct[kept], LongWeights.of(size[kept])))
        return SignedRows(self._rows(laws), self._rows(errors), self._rows(sizes))

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

"""The distinct components of all models of a trajectory, and the weights that every law gives them.

A component of the model of generation i is a component of the data at some *age*: the number of channels that it
has passed. Components with equal mean and covariance are one entry of the pool, so a constant channel adds as many
entries a generation as the data has components. Means and covariances are kept twice: as they are and as deviations
from a reference law, because the difference of two stored numbers would lose a small drift.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture, Law
from gausscollapse.retraining._long_weights import LONG_EPS, LongWeights, complement, merged
from gausscollapse.retraining.whitened import Whitened, whiten_forms, whiten_vectors

if TYPE_CHECKING:
    from scipy.sparse import csr_array


Factor: TypeAlias = tuple[float, float]


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
        if np.all(totals.high):
            return cls(distinct, totals)
        kept = np.flatnonzero(totals.high)
        return cls(distinct[kept], totals.chosen(kept))

    def combined(self, here: Factor, other: PooledLaw, there: Factor, *, keep_zeros: bool = False) -> PooledLaw:
        """Return ``here self + there other``; weights that cancelled are left out unless `keep_zeros`."""
        from gausscollapse.retraining._weight_kernels import weighted_sum

        mine, theirs = self.long_weights, other.long_weights
        entries, high, low = weighted_sum(
            self.entries, mine.high, mine.low, *here, other.entries, theirs.high, theirs.low, *there, keep_zeros
        )
        return PooledLaw(entries, LongWeights(high, low))

    def mixed(self, weight: float, other: PooledLaw) -> PooledLaw:
        """Return ``weight self + (1 - weight) other``."""
        return self.combined((float(weight), 0.0), other, complement(float(weight)))

    def equals(self, other: PooledLaw) -> bool:
        """Return whether both laws have the same entries and weights."""
        here, there = self.long_weights, other.long_weights
        same = np.array_equal(here.high, there.high) and np.array_equal(here.low, there.low)
        return same and np.array_equal(self.entries, other.entries)


NOTHING = PooledLaw(np.empty(0, dtype=np.int64), LongWeights.of(np.empty(0)))


@dataclass(frozen=True, eq=False)
class SignedRows:
    """Differences of laws over the pool, formed to twice the precision and then rounded, in compressed form.

    Parameters
    ----------
    starts : ndarray of int, shape (n + 1,)
        Row i has the places ``starts[i]`` to ``starts[i + 1]`` of the other arrays.
    entries : ndarray of int
        Entries of the pool.
    weight : ndarray
        Signed weights; every row sums to zero. What cancelled is stored as a zero, since it too has an error.
    error : ndarray
        Bounds of what was rounded before the difference was taken: relative to the two weights, not to what is left.
    size : ndarray
        What the errors of the components count with: absolute weights, and before the difference was taken where an
        entry stands for laws that are equal within rounding only.
    width : int
        Number P of entries of the pool.
    """

    starts: np.ndarray
    entries: np.ndarray
    weight: Array
    error: Array
    size: Array
    width: int

    def __len__(self) -> int:
        return self.starts.size - 1

    def _matrix(self, data: Array) -> csr_array:
        from scipy.sparse import csr_array

        return csr_array((data, self.entries, self.starts), shape=(len(self), self.width))

    @cached_property
    def weights(self) -> csr_array:
        """Signed weights, shape (n, P)."""
        return self._matrix(self.weight)

    @cached_property
    def errors(self) -> csr_array:
        """Bounds of the errors of the weights, shape (n, P)."""
        return self._matrix(self.error)

    @cached_property
    def sizes(self) -> csr_array:
        """What the errors of the components count with, shape (n, P)."""
        return self._matrix(self.size)

    def dense(self, data: Array) -> Array:
        """Return `weight`, `error` or `size` as a matrix, shape (n, P)."""
        result = np.zeros((len(self), self.width))
        result[np.repeat(np.arange(len(self)), np.diff(self.starts)), self.entries] = data
        return result

    def scaled(self, factors: Array) -> SignedRows:
        """Return the rows with every entry's weights multiplied by a number, shape (P,)."""
        there = factors[self.entries]
        parts = {name: getattr(self, name) * there for name in ("weight", "error", "size")}
        return replace(self, **parts)

    def row(self, number: int) -> SignedRows:
        """Return one row, shape (1, P)."""
        place = slice(self.starts[number], self.starts[number + 1])
        starts = np.array([0, place.stop - place.start])
        weight, error, size = self.weight[place], self.error[place], self.size[place]
        return SignedRows(starts, self.entries[place], weight, error, size, self.width)

    def columns(self, entries: np.ndarray) -> SignedRows:
        """Return the weights of some entries."""
        weights, errors, sizes = (
            part.tocsc()[:, entries].tocsr() for part in (self.weights, self.errors, self.sizes)
        )
        return SignedRows(weights.indptr, weights.indices, weights.data, errors.data, sizes.data, len(entries))


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
    pasts : tuple of PooledLaw
        What each generation is trained on beside it: the last model, or a mixture of models.
    real : PooledLaw
        What the fresh fraction is drawn from: the data, or the set that is kept in its place.
    joined : ndarray of bool, shape (P,)
        Entries that were met twice: they may stand for several laws that are equal within rounding only.
    passed : int
        Number of generations whose roundings the weights have.
    trained : tuple of PooledLaw
        Training laws ``q_0..q_{N-1}`` where they are known already.
    """

    components: Components
    data: PooledLaw
    models: tuple[PooledLaw, ...]
    dropped: Array
    fresh: Array
    pasts: tuple[PooledLaw, ...]
    real: PooledLaw
    joined: np.ndarray
    passed: int
    trained: tuple[PooledLaw, ...] = ()

    def __len__(self) -> int:
        return len(self.components.ages)

    def law(self, pooled: PooledLaw) -> Law:
        """Return a law over the pool as a law; one with one component is a `Gaussian`."""
        means, covs = self.components.means[pooled.entries], self.components.covs[pooled.entries]
        if pooled.entries.size == 1:
            return Gaussian(means[0], covs[0])
        return GaussianMixture(pooled.weights, means, covs)

    def training(self, generation: int) -> PooledLaw:
        """Return ``q_i = a_i p + (1 - a_i) sum_j s_ij p^_j`` over the pool."""
        if self.trained:
            return self.trained[generation]
        return self.real.mixed(self.fresh[generation], self.pasts[generation])

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
        return ComponentPool(
            part, first, (second,), np.zeros(1), np.empty(0), (), first, self.joined[used], self.passed
        )  # fmt: skip

    @cached_property
    def trainings(self) -> tuple[PooledLaw, ...]:
        """The training laws ``q_0..q_{N-1}``."""
        return self.trained or tuple(self.training(i) for i in range(self.fresh.size))

    @cached_property
    def model_rows(self) -> csr_array:
        """Weights of the models, shape (N + 1, P)."""
        from scipy.sparse import csr_array

        starts = np.cumsum([0, *(law.entries.size for law in self.models)])
        entries, weights = _side_by_side(self.models)
        return csr_array((weights, entries, starts), shape=(len(self.models), len(self)))

    @cached_property
    def greatest_weights(self) -> Array:
        """The greatest weight of each entry in the data, the models and the training laws, shape (P,); 0 if none."""
        entries, weights = _side_by_side((self.data, *self.models, *self.trainings))
        greatest = np.zeros(len(self))
        np.maximum.at(greatest, entries, weights)
        return greatest

    @cached_property
    def deviations(self) -> SignedRows:
        """``p^_i - p``, N + 1 rows."""
        return self._differences((model, self.data) for model in self.models)

    @cached_property
    def training_deviations(self) -> SignedRows:
        """``q_i - p``, N rows."""
        return self._differences((training, self.data) for training in self.trainings)

    @cached_property
    def innovations(self) -> SignedRows:
        """``p^_{i+1} - q_i``, N rows."""
        return self._differences(zip(self.models[1:], self.trainings, strict=True))

    @cached_property
    def _loose(self) -> np.ndarray:
        """Entries that stand for several laws which rounding may have made equal, shape (P,)."""
        rounded = np.any(self.components.mean_errors, axis=(1, 2)) | np.any(self.components.cov_errors, axis=(1, 2))
        return np.asarray(self.joined & rounded)

    def equal(self, law: PooledLaw, other: PooledLaw) -> bool:
        """Return whether two laws are known to be equal, and not within rounding only."""
        return law.equals(other) and not np.any(self._loose[law.entries])

    def _differences(self, pairs: Iterable[tuple[PooledLaw, PooledLaw]]) -> SignedRows:
        from gausscollapse.retraining._weight_kernels import differences

        unit = LONG_EPS * (2.0 * self.passed + 4.0)
        apart = [(NOTHING, NOTHING) if self.equal(*pair) else pair for pair in pairs]
        starts, entries, weights, sums = differences(*_rows(a for a, _ in apart), *_rows(b for _, b in apart))
        sizes = np.where(self.joined[entries], sums, np.abs(weights))
        return SignedRows(starts, entries, weights, unit * sums, sizes, len(self))

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


def _side_by_side(laws: Sequence[PooledLaw]) -> tuple[np.ndarray, Array]:
    """Return entries and weights of laws, one after the other."""
    if not laws:
        return np.empty(0, dtype=np.int64), np.empty(0)
    return np.concatenate([law.entries for law in laws]), np.concatenate([law.weights for law in laws])


def _rows(laws: Iterable[PooledLaw]) -> tuple[np.ndarray, np.ndarray, Array, Array]:
    """Return where each law starts, entries, and weights, high and low, of laws one after the other."""
    parts = [(law.entries, law.long_weights.high, law.long_weights.low) for law in laws]
    starts = np.cumsum([0, *(len(part[0]) for part in parts)])
    columns = zip(*parts, strict=True) if parts else ([NOTHING.entries], [NOTHING.weights], [NOTHING.weights])
    entries, high, low = (np.concatenate(list(column)) for column in columns)
    return starts, entries, high, low

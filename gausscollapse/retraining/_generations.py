"""The recursion over generations on arrays: a pool of distinct components and, per generation, their weights.

A component of the model of generation i is a component of the data at some *age*: the number of channels that it
has passed. Components with equal mean and covariance are one entry of the pool, so a constant channel adds as many
entries a generation as the data has components. Means and covariances are kept twice: as they are and as deviations
from a reference law, because the difference of two stored numbers would lose a small drift.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining.channels import AffineChannel
from gausscollapse.retraining.ratio_kernels import EPS, Whitened, whiten_forms, whiten_vectors

NEGLIGIBLE = 1e-300


@dataclass(frozen=True, eq=False)
class Weighted:
    """A law over the pool: entry numbers `(n,)`, ascending, and their weights `(n,)`."""

    entries: np.ndarray
    weights: Array


@dataclass(frozen=True, eq=False)
class Generations:
    """What the recursion leaves: the pool, the model of every generation, and the mass that was dropped.

    Parameters
    ----------
    means, covs : ndarray, shape (P, d) and (P, d, d)
        The pool.
    mean_shifts, cov_shifts : ndarray, shape (P, d) and (P, d, d)
        Deviations from the reference: the data where it is one Gaussian, else zero.
    mean_errors, cov_errors : ndarray, shape (P, d, d)
        Bounds of their rounding errors, as positive semi-definite matrices in the Loewner order.
    ages : ndarray of int, shape (P,)
        Number of channels passed.
    data : Weighted
        The data law.
    models : tuple of Weighted
        Models 0..N.
    dropped : ndarray, shape (N + 1,)
        Mass of the components that were left out of each model, accumulated.
    fresh : ndarray, shape (N,)
        Fresh fraction of each generation.
    """

    means: Array
    covs: Array
    mean_shifts: Array
    cov_shifts: Array
    mean_errors: Array
    cov_errors: Array
    ages: np.ndarray
    data: Weighted
    models: tuple[Weighted, ...]
    dropped: Array
    fresh: Array

    def training(self, generation: int) -> Weighted:
        """Return ``q_i = a_i p + (1 - a_i) p^_i`` over the pool."""
        return _blend(self.fresh[generation], self.data, self.models[generation])

    def against(self, model: Weighted, trained: Weighted) -> Generations:
        """Return the pool of two laws alone, with `trained` in the place of the data and `model` as only model.

        Where `trained` has one component, the deviations are from it.
        """
        used = np.union1d(model.entries, trained.entries)
        dm, ds, em, es = (
            part[used] for part in (self.mean_shifts, self.cov_shifts, self.mean_errors, self.cov_errors)
        )
        if trained.entries.size == 1:
            only = int(np.searchsorted(used, trained.entries[0]))
            # (a - b)(a - b)^T <= 2 a a^T + 2 b b^T.
            em, es = 2.0 * (em + em[only]), es + es[only]
            dm, ds = dm - dm[only], ds - ds[only]
            em[only], es[only] = 0.0, 0.0
        first, second = (Weighted(np.searchsorted(used, law.entries), law.weights) for law in (trained, model))
        return Generations(
            self.means[used], self.covs[used], dm, ds, em, es, self.ages[used], first, (second,), np.zeros(1),
            np.empty(0),
        )  # fmt: skip

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

    def _rows(self, laws: Sequence[Weighted]) -> csr_array:
        starts = np.cumsum([0, *(law.entries.size for law in laws)])
        entries = np.concatenate([law.entries for law in laws]) if laws else np.empty(0, dtype=np.int64)
        weights = np.concatenate([law.weights for law in laws]) if laws else np.empty(0)
        return csr_array((weights, entries, starts), shape=(len(laws), len(self.means)))

    def whitened(self, reference: Gaussian) -> Whitened:
        """Return the pool as seen from `reference`, which must be the reference of the deviations."""
        root = reference.cholesky
        dim = reference.dim
        mean_error = np.linalg.eigvalsh(whiten_forms(root, self.mean_errors))[:, -1]
        cov_error = np.linalg.eigvalsh(whiten_forms(root, self.cov_errors))[:, -1]
        # ||sum of n errors||^2 <= n times the largest eigenvalue of the sum of their outer products.
        mean_error = np.sqrt(np.maximum(mean_error, 0.0) * np.maximum(self.ages, 1))
        scale = np.sqrt(np.diag(reference.cov))
        correlation = np.linalg.eigvalsh(reference.cov / scale[:, None] / scale)
        unit = 16.0 * EPS * dim * correlation[-1] / max(correlation[0], EPS * correlation[-1])
        shift = whiten_vectors(root, self.mean_shifts)
        excess = whiten_forms(root, self.cov_shifts)
        return Whitened(
            shift,
            excess,
            whiten_forms(root, self.covs),
            mean_error + unit * np.linalg.norm(shift, axis=1),
            np.maximum(cov_error, 0.0) + unit * np.linalg.norm(excess, axis=(1, 2)),
        )


def _without_zeros(rows: csr_array) -> csr_array:
    rows = csr_array(rows)
    rows.eliminate_zeros()
    return rows


def _blend(share: float, first: Weighted, second: Weighted) -> Weighted:
    entries = np.concatenate([first.entries, second.entries])
    return _merged(entries, np.concatenate([share * first.weights, (1.0 - share) * second.weights]))


def _merged(entries: np.ndarray, weights: Array) -> Weighted:
    totals = np.bincount(entries, weights=weights)
    distinct = np.flatnonzero(totals)
    return Weighted(distinct, np.asarray(totals[distinct], dtype=np.float64))


class _Pool:
    """Distinct components, filled as the recursion meets them."""

    def __init__(self, reference: Gaussian | None, dim: int) -> None:
        self.mean = np.zeros(dim) if reference is None else reference.mean
        self.cov = np.zeros((dim, dim)) if reference is None else reference.cov
        self.known: dict[bytes, int] = {}
        self.parts: list[tuple[Array, Array, Array, Array, Array, Array, int]] = []

    def add(self, means: Array, covs: Array, dm: Array, ds: Array, em: Array, es: Array, ages: Array) -> np.ndarray:
        """Return the entry numbers of the given components, old ones where mean and covariance are known."""
        dm, ds = dm + 0.0, ds + 0.0  # one key for -0.0 and 0.0
        found = np.empty(len(means), dtype=np.int64)
        for row in range(len(means)):
            key = dm[row].tobytes() + ds[row].tobytes()
            entry = self.known.get(key)
            if entry is None:
                entry = self.known[key] = len(self.parts)
                self.parts.append((means[row], covs[row], dm[row], ds[row], em[row], es[row], int(ages[row])))
            found[row] = entry
        return found

    def add_law(self, law: Law) -> Weighted:
        """Enter the components of a law at age 0."""
        dm, ds = law.means - self.mean, law.covs - self.cov
        none = np.zeros_like(ds)
        entries = self.add(law.means, law.covs, dm, ds, none, none, np.zeros(len(dm)))
        return _merged(entries, law.weights)

    def columns(self, entries: np.ndarray) -> list[Array]:
        """Return the stacked fields of some entries."""
        chosen = [self.parts[entry] for entry in entries]
        return [np.array(column) for column in zip(*chosen, strict=True)]

    def advance(self, channel: AffineChannel, entries: np.ndarray) -> np.ndarray:
        """Return the entry numbers of the images of `entries` under `channel`."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self.add(*self._moved(channel, entries))

    def _moved(self, channel: AffineChannel, entries: np.ndarray) -> tuple[Array, ...]:
        means, covs, dm, ds, em, es, ages = self.columns(entries)
        matrix, turned = channel.matrix, channel.matrix.T
        slope = matrix - np.eye(channel.dim)
        # F m + c - m = (F - I) m + c and F S F^T + H - S = G S + S G^T + G S G^T + H with G = F - I.
        mean_defect = slope @ self.mean + channel.offset
        half = slope @ self.cov
        cov_defect = half + half.T + half @ slope.T + channel.noise
        new_dm = dm @ turned + mean_defect
        new_ds = _symmetric(matrix @ ds @ turned) + cov_defect
        unit = 4.0 * EPS * (channel.dim + 2.0)
        eye = np.eye(channel.dim)
        # What cancels in a sum counts with its size before.
        steps = np.abs(slope)
        mean_size = np.abs(dm) @ np.abs(turned) + steps @ np.abs(self.mean) + np.abs(channel.offset)
        halves = steps @ np.abs(self.cov)
        cov_size = np.max(np.abs(matrix) @ np.abs(ds) @ np.abs(turned), axis=(1, 2)) + np.max(
            halves + halves.T + halves @ steps.T + np.abs(channel.noise)
        )
        if matrix[0, 0] == 1.0 and np.array_equal(matrix, eye):
            # Additions alone round, relative to their result.
            mean_size, unit = np.abs(new_dm), EPS
            cov_size = np.max(np.abs(new_ds), axis=(1, 2))
        new_em = matrix @ em @ turned + np.einsum("ni,ij->nij", (unit * mean_size) ** 2 * channel.dim, eye)
        new_es = matrix @ es @ turned + (unit * channel.dim * cov_size)[:, None, None] * eye
        new_covs = _symmetric(matrix @ covs @ turned) + channel.noise
        return means @ turned + channel.offset, new_covs, new_dm, new_ds, new_em, new_es, ages + 1


def _symmetric(x: Array) -> Array:
    return np.asarray(0.5 * (x + np.swapaxes(x, -1, -2)))


def run(data: Law, start: Law, fresh: Array, channels: Sequence[AffineChannel]) -> Generations:
    """Return models 0..N of ``p^_{i+1} = K_i (a_i p + (1 - a_i) p^_i)`` with ``p^_0 = start``.

    Raises
    ------
    InvalidArgumentError
        If a model has no density (a component of singular covariance).
    """
    pool = _Pool(data if isinstance(data, Gaussian) else None, data.dim)
    target = pool.add_law(data)
    models = [pool.add_law(start)]
    dropped = [0.0]
    again = {channel for channel, uses in Counter(channels).items() if uses > 1}
    images: dict[AffineChannel, np.ndarray] = {}
    for share, channel in zip(fresh, channels, strict=True):
        blend = _blend(share, target, models[-1])
        rare = blend.weights < NEGLIGIBLE
        lost = (1.0 - share) * dropped[-1] + float(np.sum(blend.weights[rare]))
        kept = Weighted(blend.entries[~rare], blend.weights[~rare])
        if channel in again:
            image = images.get(channel, np.empty(0, dtype=np.int64))
            image = np.concatenate([image, np.full(len(pool.parts) - image.size, -1)])
            missing = kept.entries[image[kept.entries] < 0]
            if missing.size:
                image[missing] = pool.advance(channel, missing)
            images[channel] = image
            moved = image[kept.entries]
        else:
            moved = pool.advance(channel, kept.entries)
        models.append(_merged(moved, kept.weights))
        dropped.append(lost)
    means, covs, dm, ds, em, es, ages = pool.columns(np.arange(len(pool.parts)))
    usable = np.all(np.isfinite(covs), axis=(1, 2)) & np.all(np.isfinite(means), axis=1)
    usable[usable] = np.linalg.eigvalsh(covs[usable])[:, 0] > 0.0
    if not np.all(usable):
        age = int(np.min(ages[~usable]))
        raise InvalidArgumentError(
            "step",
            channels[0] if channels else None,
            f"gives a law without a density after {age} channels (singular or infinite covariance)",
            "channels with F S F^T + H positive definite, and fewer generations of a contraction without noise",
        )
    return Generations(
        means, covs, dm, ds, em, es, ages.astype(np.int64), target, tuple(models), np.array(dropped), fresh
    )

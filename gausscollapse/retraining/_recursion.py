"""The recursion over generations on arrays, which fills a pool of components."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining._component_pool import ComponentPool, Components, PooledLaw
from gausscollapse.retraining._long_weights import LongWeights, two_sum
from gausscollapse.retraining.channels import AffineChannel
from gausscollapse.retraining.ratio_kernels import EPS

NEGLIGIBLE = 1e-300


class _Builder:
    """Distinct components, filled as the recursion meets them."""

    def __init__(self, data: Law, channels: Sequence[AffineChannel]) -> None:
        dim = data.dim
        single = isinstance(data, Gaussian)
        self.mean, self.cov = (data.mean, data.cov) if single else (np.zeros(dim), np.zeros((dim, dim)))
        self.known: dict[bytes, int] = {}
        self.rows: list[Components] = []
        self.joined: set[int] = set()
        self.repeated = {channel for channel, uses in Counter(channels).items() if uses > 1}
        self.images: dict[AffineChannel, np.ndarray] = {}

    def add(self, new: Components) -> np.ndarray:
        """Return the entry numbers of the given components, old ones where mean and covariance are known."""
        # one key for -0.0 and 0.0
        new = new._replace(mean_shifts=new.mean_shifts + 0.0, cov_shifts=new.cov_shifts + 0.0)
        found = np.empty(len(new.ages), dtype=np.int64)
        for row in range(len(found)):
            key = new.mean_shifts[row].tobytes() + new.cov_shifts[row].tobytes()
            entry = self.known.get(key)
            if entry is None:
                entry = self.known[key] = len(self.rows)
                self.rows.append(new.chosen(row))
            else:
                self._join(entry, new.chosen(row))
            found[row] = entry
        return found

    def _join(self, entry: int, other: Components) -> None:
        """Let an entry stand for another law as well, which is equal to it within the errors of both."""
        known = self.rows[entry]
        self.joined.add(entry)
        self.rows[entry] = known._replace(
            mean_errors=known.mean_errors + other.mean_errors, cov_errors=known.cov_errors + other.cov_errors
        )

    def add_law(self, law: Law) -> PooledLaw:
        """Enter the components of a law at age 0."""
        with np.errstate(over="ignore", invalid="ignore"):
            mean_shifts, mean_rest = two_sum(law.means, -self.mean)
            cov_shifts, cov_rest = two_sum(law.covs, -self.cov)
        # Where additions follow, they may cancel all but what was rounded here.
        errors = _outer_bound(mean_rest), law.dim * _norm(cov_rest)[:, None, None] * np.eye(law.dim)
        ages = np.zeros(law.weights.size, dtype=np.int64)
        entries = self.add(Components(law.means, law.covs, mean_shifts, cov_shifts, *errors, ages))
        return PooledLaw.merged(entries, LongWeights.of(law.weights))

    def components(self, entries: np.ndarray) -> Components:
        """Return some of the components, stacked."""
        chosen = [self.rows[entry] for entry in entries]
        return Components(*(np.array(column) for column in zip(*chosen, strict=True)))

    def image(self, channel: AffineChannel, entries: np.ndarray) -> np.ndarray:
        """Return the entry numbers of the images of `entries` under `channel`; of a repeated one they are kept."""
        if channel not in self.repeated:
            return self._advance(channel, entries)
        seen = self.images.get(channel, np.empty(0, dtype=np.int64))
        image = np.concatenate([seen, np.full(len(self.rows) - seen.size, -1)])
        missing = entries[image[entries] < 0]
        if missing.size:
            image[missing] = self._advance(channel, missing)
        self.images[channel] = image
        return np.asarray(image[entries])

    def _advance(self, channel: AffineChannel, entries: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore", invalid="ignore"):
            return self.add(self._moved(channel, self.components(entries)))

    def _moved(self, channel: AffineChannel, old: Components) -> Components:
        matrix, turned = channel.matrix, channel.matrix.T
        eye = np.eye(channel.dim)
        slope = matrix - eye
        # F m + c - m = (F - I) m + c and F S F^T + H - S = G S + S G^T + G S G^T + H with G = F - I.
        half = slope @ self.cov
        mean_shifts = old.mean_shifts @ turned + (slope @ self.mean + channel.offset)
        cov_shifts = _symmetric(matrix @ old.cov_shifts @ turned) + (half + half.T + half @ slope.T + channel.noise)
        unit = 4.0 * EPS * (channel.dim + 2.0)
        # What cancels in a sum counts with its size before.
        steps, size = np.abs(slope), np.abs(matrix)
        mean_size = np.abs(old.mean_shifts) @ size.T + steps @ np.abs(self.mean) + np.abs(channel.offset)
        halves = steps @ np.abs(self.cov)
        cov_size = np.max(size @ np.abs(old.cov_shifts) @ size.T, axis=(1, 2)) + np.max(
            halves + halves.T + halves @ steps.T + np.abs(channel.noise)
        )
        if matrix[0, 0] == 1.0 and np.array_equal(matrix, eye):
            # Additions alone round, relative to their result.
            mean_size, unit = np.abs(mean_shifts) * _rounds(old.mean_shifts, channel.offset), EPS
            cov_size = _norm(cov_shifts * _rounds(old.cov_shifts, channel.noise))
        mean_rounding = _outer_bound(unit * mean_size)
        cov_rounding = (unit * channel.dim * cov_size)[:, None, None] * eye
        return Components(
            old.means @ turned + channel.offset,
            _symmetric(matrix @ old.covs @ turned) + channel.noise,
            mean_shifts,
            cov_shifts,
            matrix @ old.mean_errors @ turned + mean_rounding,
            matrix @ old.cov_errors @ turned + cov_rounding,
            old.ages + 1,
        )


def _symmetric(x: Array) -> Array:
    return np.asarray(0.5 * (x + np.swapaxes(x, -1, -2)))


def _norm(matrices: Array) -> Array:
    """Return the largest absolute entry of each matrix."""
    return np.asarray(np.max(np.abs(matrices), axis=(1, 2)))


def _outer_bound(sizes: Array) -> Array:
    """Return diagonal bounds of ``e e^T`` in the Loewner order for errors e (n, d) of at most these sizes."""
    return np.asarray(np.einsum("ni,ij->nij", sizes**2 * sizes.shape[1], np.eye(sizes.shape[1])))


def _rounds(first: Array, second: Array) -> Array:
    """Return 1 where a sum is rounded, 0 where it is exact."""
    return np.asarray(1.0 * (two_sum(first, second)[1] != 0.0))


def run(data: Law, start: Law, fresh: Array, channels: Sequence[AffineChannel]) -> ComponentPool:
    """Return models 0..N of ``p^_{i+1} = K_i (a_i p + (1 - a_i) p^_i)`` with ``p^_0 = start``.

    Raises
    ------
    InvalidArgumentError
        If a model has no density (a component of singular covariance).
    """
    builder = _Builder(data, channels)
    target = builder.add_law(data)
    models, dropped = [builder.add_law(start)], [0.0]
    for fraction, channel in zip(fresh, channels, strict=True):
        trained = target.mixed(fraction, models[-1])
        rare = trained.weights < NEGLIGIBLE
        dropped.append((1.0 - fraction) * dropped[-1] + float(np.sum(trained.weights[rare])))
        models.append(
            PooledLaw.merged(builder.image(channel, trained.entries[~rare]), trained.long_weights.chosen(~rare))
        )
    components = builder.components(np.arange(len(builder.rows)))
    _require_densities(components, channels)
    joined = np.isin(np.arange(len(builder.rows)), list(builder.joined))
    return ComponentPool(components, target, tuple(models), np.array(dropped), fresh, joined, len(channels))


def _require_densities(components: Components, channels: Sequence[AffineChannel]) -> None:
    means, covs = components.means, components.covs
    usable = np.all(np.isfinite(covs), axis=(1, 2)) & np.all(np.isfinite(means), axis=1)
    usable[usable] = np.linalg.eigvalsh(covs[usable])[:, 0] > 0.0
    if not np.all(usable):
        age = int(np.min(components.ages[~usable]))
        raise InvalidArgumentError(
            "step",
            channels[0] if channels else None,
            f"gives a law without a density after {age} channels (singular or infinite covariance)",
            "channels with F S F^T + H positive definite, and fewer generations of a contraction without noise",
        )

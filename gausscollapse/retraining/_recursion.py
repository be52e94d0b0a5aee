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
from gausscollapse.retraining._moves import Move, cov_bounds, mean_bounds, norms
from gausscollapse.retraining._past import Past
from gausscollapse.retraining.channels import AffineChannel
from gausscollapse.retraining.workflows import LAST, Workflow

NEGLIGIBLE = 1e-300
# Inner products of all pairs of so many take seconds.
MOST_MULTIPLIED = 4096


class Builder:
    """Distinct components, filled as the recursion meets them."""

    def __init__(self, data: Law, channels: Sequence[AffineChannel]) -> None:
        dim = data.dim
        single = isinstance(data, Gaussian)
        self.mean, self.cov = (data.mean, data.cov) if single else (np.zeros(dim), np.zeros((dim, dim)))
        self.known: dict[bytes, int] = {}
        self.count = 0
        self.store = _empty(dim, 64)
        self.joined: set[int] = set()
        self.grown: list[int] = []
        self.most = len(channels)
        self.repeated = {channel for channel, uses in Counter(channels).items() if uses > 1}
        self.images: dict[AffineChannel, np.ndarray] = {}
        self.moves: dict[AffineChannel, Move] = {}

    def add(self, new: Components) -> np.ndarray:
        """Return the entry numbers of the given components, old ones where mean and covariance are known."""
        # one key for -0.0 and 0.0
        new = new._replace(mean_shifts=new.mean_shifts + 0.0, cov_shifts=new.cov_shifts + 0.0)
        found = np.empty(len(new.ages), dtype=np.int64)
        fresh: list[int] = []
        for row in range(len(found)):
            key = new.mean_shifts[row].tobytes() + new.cov_shifts[row].tobytes()
            entry = self.known.get(key)
            if entry is None:
                entry = self.known[key] = self.count + len(fresh)
                fresh.append(row)
            found[row] = entry
        self._append(new if len(fresh) == len(found) else new.chosen(fresh))
        if len(fresh) < len(found):
            for row in np.setdiff1d(np.arange(len(found)), fresh):
                self._join(int(found[row]), new.chosen(row))
        return found

    def _append(self, new: Components) -> None:
        start, self.count = self.count, self.count + len(new.ages)
        while self.count > len(self.store.ages):
            self.store = Components(*(np.concatenate([part, np.empty_like(part)]) for part in self.store))
        for part, rows in zip(self.store, new, strict=True):
            part[start : self.count] = rows

    def _join(self, entry: int, other: Components) -> None:
        """Let an entry stand for another law as well, which is equal to it within the errors of both."""
        store, grown = self.store, entry not in self.joined
        self.joined.add(entry)
        errors = ((store.mean_errors, other.mean_errors), (store.cov_errors, other.cov_errors))
        if not any(np.any(known[entry]) or np.any(new) for known, new in errors):
            return
        age = min(int(other.ages), self.most)
        if age > store.ages[entry]:
            # On a circle ages grow for ever: twice as much, at most all channels, is reached soon.
            store.ages[entry], grown = min(2 * age, self.most), True
        for known, new in errors:
            both = _either(known[entry], new)
            grown = grown or not np.array_equal(both, known[entry])
            known[entry] = both
        if grown:
            self.grown.append(entry)

    def add_law(self, law: Law) -> PooledLaw:
        """Enter the components of a law at age 0."""
        with np.errstate(over="ignore", invalid="ignore"):
            mean_shifts, mean_rest = two_sum(law.means, -self.mean)
            cov_shifts, cov_rest = two_sum(law.covs, -self.cov)
        # Where additions follow, they may cancel all but what was rounded here.
        errors = mean_bounds(mean_rest), cov_bounds(norms(cov_rest), law.dim)
        ages = np.zeros(law.weights.size, dtype=np.int64)
        entries = self.add(Components(law.means, law.covs, mean_shifts, cov_shifts, *errors, ages))
        return PooledLaw.merged(entries, LongWeights.of(law.weights))

    def components(self) -> Components:
        """Return all components."""
        return self.store.chosen(slice(0, self.count))

    def image(self, channel: AffineChannel, entries: np.ndarray) -> np.ndarray:
        """Return the entry numbers of the images of `entries` under `channel`; of a repeated one they are kept.

        What is kept of an entry is forgotten where it came to stand for another law: the image then does so as well.
        """
        found = self._image(channel, entries)
        if self.grown:
            grown = np.array(self.grown)
            for kept in self.images.values():
                kept[grown[grown < kept.size]] = -1
            self.grown.clear()
        return found

    def _image(self, channel: AffineChannel, entries: np.ndarray) -> np.ndarray:
        if channel not in self.repeated:
            return self._advance(Move(channel, self.mean, self.cov), entries)
        seen = self.images.get(channel, np.empty(0, dtype=np.int64))
        image = np.concatenate([seen, np.full(self.count - seen.size, -1)])
        missing = entries[image[entries] < 0]
        if missing.size:
            if channel not in self.moves:
                self.moves[channel] = Move(channel, self.mean, self.cov)
            image[missing] = self._advance(self.moves[channel], missing)
        self.images[channel] = image
        return np.asarray(image[entries])

    def _advance(self, move: Move, entries: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore", invalid="ignore"):
            return self.add(move.image(self.store.chosen(entries)))


def _either(first: Array, second: Array) -> Array:
    """Return a bound of two matrices in the Loewner order, ``M + (M' - M)_+``."""
    rest = second - first
    if not np.all(np.isfinite(rest)):
        return np.asarray(first + second)
    values, basis = np.linalg.eigh(rest)
    return np.asarray(first + (basis * np.maximum(values, 0.0)) @ basis.T)


def _empty(dim: int, count: int) -> Components:
    """Return room for components."""
    vectors, squares = np.empty((count, dim)), np.empty((count, dim, dim))
    ages = np.zeros(count, dtype=np.int64)
    return Components(
        vectors, squares, vectors.copy(), squares.copy(), squares.copy(), squares.copy(), ages
    )  # fmt: skip


def run(
    data: Law, start: Law, fresh: Array, channels: Sequence[AffineChannel], workflow: Workflow = LAST
) -> ComponentPool:
    """Return models 0..N of ``p^_{i+1} = K_i (a_i p + (1 - a_i) sum_j s_ij p^_j)`` with ``p^_0 = start``.

    Raises
    ------
    InvalidArgumentError
        If a model has no density (a component of singular covariance).
    """
    builder = Builder(data, channels)
    target = builder.add_law(data)
    models, dropped, pasts, mixtures = [builder.add_law(start)], [0.0], [], []
    real = models[0] if workflow.real_is_start else target
    past = Past(workflow, models[0])
    most = max(MOST_MULTIPLIED, 4 * (len(channels) + 1) * builder.count)
    for i, (fraction, channel) in enumerate(zip(fresh, channels, strict=True)):
        mixture, used, shares = past.mixture(i)
        trained = real.mixed(fraction, mixture)
        kept, lost = trained, 0.0
        rare = trained.weights < NEGLIGIBLE
        if np.any(rare):
            kept = PooledLaw(trained.entries[~rare], trained.long_weights.chosen(~rare))
            lost = float(np.sum(trained.weights[rare]))
        before = float(shares @ np.array(dropped)[used] / np.sum(shares))
        dropped.append((1.0 - fraction) * before + lost)
        models.append(PooledLaw.merged(builder.image(channel, kept.entries), kept.long_weights))
        if past.keeps and builder.count > most:
            _refuse_components(builder.count, i, channel, workflow)
        pasts.append(mixture)
        mixtures.append(trained)
        past.add(models[-1])
    components = builder.components()
    _require_densities(components, channels)
    joined = np.zeros(builder.count, dtype=bool)
    joined[list(builder.joined)] = True
    return ComponentPool(
        components, target, tuple(models), np.array(dropped), fresh, tuple(pasts), real, joined, past.passed,
        tuple(mixtures),
    )  # fmt: skip


def _refuse_components(count: int, generation: int, channel: AffineChannel, workflow: Workflow) -> None:
    """Say that there are too many components for any computation with them."""
    reason = f"makes {count} components by generation {generation + 1}: channels that change multiply them"
    accepted = f"one channel for all generations of {workflow.kind!r}, or fewer generations"
    raise InvalidArgumentError("step", channel, reason, accepted)


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

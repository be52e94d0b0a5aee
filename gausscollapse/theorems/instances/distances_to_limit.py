"""Distances in L^2(1/N(0, I)) from the limit law of early stopping, in floats with their rounding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining.ratio_states import DIVERGENT
from gausscollapse.retraining.ratios import ratio_products
from gausscollapse.retraining.whitened import Whitened

# Of a squared norm: the sum over all pairs of components stays below exp(709).
MOST_LOG = 600.0


def log_scale(laws: Sequence[Law]) -> float:
    """Return ``log s <= 0`` with which no ``s^2 int N_k^2/N(0, I)`` leaves the range of floats.

    ``int N(m, S)^2/N(0, I) = exp(m^T (2 I - S)^{-1} m)/sqrt(det(S (2 I - S)))``; of two components, at most the
    root of the product (Cauchy-Schwarz).
    """
    largest = 0.0
    for law in laws:
        room = 2.0 * np.eye(law.dim) - law.covs
        finite = np.linalg.eigvalsh(room)[:, 0] > 0.0
        means, room, covs = law.means[finite], room[finite], law.covs[finite]
        if len(means):
            size = np.einsum("ki,ki->k", means, np.linalg.solve(room, means[:, :, None])[:, :, 0])
            size = size - 0.5 * (np.linalg.slogdet(covs)[1] + np.linalg.slogdet(room)[1])
            largest = max(largest, float(np.max(size)))
    return 0.5 * min(0.0, MOST_LOG - largest)


class Products(NamedTuple):
    """What `ratio_products` returns."""

    values: Array
    errors: Array
    states: Any


@dataclass(frozen=True, eq=False)
class StandardDistance:
    """Distances ``s^2 int (law - limit)^2/N(0, I)`` of laws from one limit.

    Parameters
    ----------
    limit : Gaussian or GaussianMixture
        The limit law.
    log_scale : float
        ``log s``.
    """

    limit: Law
    log_scale: float

    @cached_property
    def _pool(self) -> Whitened:
        return _seen_from_standard(self.limit)

    @cached_property
    def _own(self) -> Products:
        return self._products(self._pool, self._pool)

    def _products(self, left: Whitened, right: Whitened) -> Products:
        scales = np.full(len(left), self.log_scale)
        others = scales if left is right else np.full(len(right), self.log_scale)
        return Products(*ratio_products(left, right, scales, others))

    def of(self, law: Law, *, distinct: bool) -> tuple[float, float, float]:
        """Return the distance of a law and both ends of its interval; [0, inf] where no number is known.

        `distinct` says that the first component of `law` is none of the limit: where its own integral diverges, so
        does the whole. Of components that both laws share the difference may be finite, or the same up to rounding.
        """
        pool = _seen_from_standard(law)
        own = self._products(pool, pool)
        blocks = (own, self._products(pool, self._pool), self._own)
        if any(np.any(block.states) or not np.all(np.isfinite(block.values)) for block in blocks):
            surely = distinct and own.states[0, 0] == DIVERGENT
            return np.inf, np.inf if surely else 0.0, np.inf
        here, there = np.asarray(law.weights), np.asarray(self.limit.weights)
        pairs = ((here, here, 1.0), (here, there, -2.0), (there, there, 1.0))
        value = error = size = 0.0
        for block, (left, right, share) in zip(blocks, pairs, strict=True):
            value += share * float(left @ block.values @ right)
            error += abs(share) * float(left @ block.errors @ right)
            size += abs(share) * float(left @ np.abs(block.values) @ right)
        error += 4.0 * EPS * (here.size + there.size) * size
        if self.log_scale < 0.0:
            # The weights of the difference sum to rounding, and what underflows is below the smallest float.
            error += float(np.finfo(np.float64).tiny) * float(np.sum(here) + np.sum(there)) ** 2
        if not np.isfinite(value) or not np.isfinite(error):
            return np.inf, 0.0, np.inf
        return max(value, 0.0), max(value - error, 0.0), max(value + error, 0.0)


def _seen_from_standard(law: Law) -> Whitened:
    means, covs = law.means, law.covs
    rounding = 8.0 * EPS * (1.0 + np.linalg.norm(covs, axis=(1, 2)) + np.linalg.norm(means, axis=1))
    return Whitened(means, covs - np.eye(law.dim), covs, rounding, rounding)

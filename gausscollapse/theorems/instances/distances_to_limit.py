"""Distances in L^2(1/N(0, I)) from the limit law of early stopping, in floats with their rounding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gausscollapse.laws.mixture import Law
from gausscollapse.retraining.ratio_kernels import DIVERGENT, EPS, Whitened, ratio_products

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


def standard_distance(law: Law, limit: Law, log_scale: float, *, distinct: bool) -> tuple[float, float, float]:
    """Return ``s^2 int (law - limit)^2/N(0, I)`` and both ends of its interval; [0, inf] where no number is known.

    `distinct` says that the first component of `law` is none of `limit`: where its own integral diverges, so does
    the whole. Of components that both laws share the difference may be finite, or the same up to rounding.
    """
    weights = np.concatenate([law.weights, -limit.weights])
    means = np.concatenate([law.means, limit.means])
    covs = np.concatenate([law.covs, limit.covs])
    eye = np.eye(law.dim)
    rounding = 8.0 * EPS * (1.0 + np.linalg.norm(covs, axis=(1, 2)) + np.linalg.norm(means, axis=1))
    pool = Whitened(means, covs - eye, covs, rounding, rounding)
    scales = np.full(weights.size, log_scale)
    values, errors, states = ratio_products(pool, pool, scales, scales)
    if np.any(states) or not np.all(np.isfinite(values)):
        surely = distinct and states[0, 0] == DIVERGENT
        return np.inf, np.inf if surely else 0.0, np.inf
    sizes = np.abs(weights)
    error = sizes @ errors @ sizes + 4.0 * EPS * weights.size * (sizes @ np.abs(values) @ sizes)
    if log_scale < 0.0:
        # The weights of the difference sum to rounding, and what underflows is below the smallest float.
        error += float(np.finfo(np.float64).tiny) * float(np.sum(sizes)) ** 2
    value = float(weights @ values @ weights)
    if not np.isfinite(value) or not np.isfinite(error):
        return np.inf, 0.0, np.inf
    return max(value, 0.0), max(value - float(error), 0.0), max(value + float(error), 0.0)

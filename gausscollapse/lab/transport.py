"""Bounds of the 2-Wasserstein distance between mixtures, from below by moments and from above by components."""

from __future__ import annotations

from typing import Any

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.laws.mixture import Law


def _roots(covs: Array) -> Array:
    spectrum, basis = np.linalg.eigh(covs)
    return np.asarray((basis * np.sqrt(np.maximum(spectrum, 0.0))[:, None, :]) @ np.swapaxes(basis, 1, 2))


def squared_distances(first: tuple[Array, Array], second: tuple[Array, Array]) -> Array:
    """Return the squared 2-Wasserstein distances between Gaussians (means (k, d), covariances (k, d, d)): (k, l).

    ``|m - n|^2 + tr(S + V - 2 (V^{1/2} S V^{1/2})^{1/2})`` (Bures).
    """
    means, covs = first
    others, spreads = second
    roots = _roots(spreads)
    inner = roots[None] @ covs[:, None] @ roots[None]
    cross = np.sum(np.sqrt(np.maximum(np.linalg.eigvalsh(inner), 0.0)), axis=2)
    traces = np.einsum("kii->k", covs)[:, None] + np.einsum("lii->l", spreads)[None]
    shifts = np.sum((means[:, None] - others[None]) ** 2, axis=2)
    return np.asarray(np.maximum(shifts + traces - 2.0 * cross, 0.0))


def gelbrich(mean: Array, cov: Array, other_mean: Array, other_cov: Array) -> float:
    """Return the distance of Gaussians with given moments, a lower bound for all laws with them (Gelbrich 1990)."""
    return float(np.sqrt(squared_distances((mean[None], cov[None]), (other_mean[None], other_cov[None]))[0, 0]))


def mixture_transport(p: Law, q: Law) -> float:
    """Return the least cost of moving components of p to components of q, a length: an upper bound of the distance.

    Delon and Desolneux (2020), a linear programme.
    """
    from scipy.optimize import linprog
    from scipy.sparse import eye_array, kron, vstack

    costs = squared_distances((p.means, p.covs), (q.means, q.covs))
    k, m = costs.shape
    if k == 1 or m == 1:
        return float(np.sqrt(p.weights @ costs @ q.weights))
    # The last constraint follows from the others.
    rows = [kron(eye_array(k), np.ones((1, m))), kron(np.ones((1, k)), eye_array(m))]
    matrix = vstack(rows).tocsr()[:-1]
    solve: Any = linprog
    found = solve(costs.ravel(), A_eq=matrix, b_eq=np.concatenate([p.weights, q.weights])[:-1], method="highs")
    return float(np.sqrt(max(0.0, found.fun))) if found.success else float("inf")


def frechet_distance(first: Array, second: Array) -> float:
    """Return the Frechet distance of the Gaussians with the moments of two sets of features (n, m).

    ``|m_1 - m_2|^2 + tr(C_1 + C_2 - 2 (C_1^{1/2} C_2 C_1^{1/2})^{1/2})``, the squared 2-Wasserstein distance (Heusel
    et al. 2017 for images); covariances may be singular.
    """
    one, two = ((part.mean(axis=0)[None], np.cov(part, rowvar=False)[None]) for part in (first, second))
    return float(squared_distances(one, two)[0, 0])

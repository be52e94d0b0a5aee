"""Affine and quadratic test functions that are orthonormal under a law, by its moments in closed form."""

from __future__ import annotations

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.laws.mixture import Law


def affine_functions(law: Law, points: Array) -> Array:
    """Return ``L^{-1}(x - m)`` at points (n, d), shape (n, d): mean 0 and covariance I under the law."""
    return np.asarray(np.linalg.solve(np.linalg.cholesky(law.cov), (points - law.mean).T).T)


def quadratic_functions(law: Law, points: Array) -> Array:
    """Return a basis of the quadratic functions at points (n, d), shape (n, d(d + 3)/2).

    Each has mean 0 under the law, and their covariance is I; constants are left out.
    """
    first, second = np.triu_indices(law.dim)
    z = affine_functions(law, points)
    values = np.concatenate([z, z[:, first] * z[:, second] - np.eye(law.dim)[first, second]], axis=1)
    factor = np.linalg.cholesky(_quadratic_covariance(law))
    return np.asarray(np.linalg.solve(factor, values.T).T)


def _quadratic_covariance(law: Law) -> Array:
    """Return the covariance of ``z_i`` and ``z_i z_j``, i <= j, under the law, z as in `affine_functions`.

    By Isserlis' theorem, for one Gaussian of mean m and second moments s
    ``E z_i z_j z_k = s_ij m_k + s_ik m_j + s_jk m_i - 2 m_i m_j m_k`` and
    ``E z_i z_j z_k z_l = s_ij s_kl + s_ik s_jl + s_il s_jk - 2 m_i m_j m_k m_l``.
    """
    d, inverse = law.dim, np.linalg.inv(np.linalg.cholesky(law.cov))
    means = (law.means - law.mean) @ inverse.T
    seconds = inverse @ law.covs @ inverse.T + means[:, :, None] * means[:, None, :]

    def moment(pattern: str, *factors: Array) -> Array:
        return np.asarray(np.einsum(pattern, law.weights, *factors))

    third = -2.0 * moment("n,ni,nj,nk->ijk", means, means, means)
    for pattern in ("n,nij,nk->ijk", "n,nik,nj->ijk", "n,njk,ni->ijk"):
        third += moment(pattern, seconds, means)
    fourth = -2.0 * moment("n,ni,nj,nk,nl->ijkl", means, means, means, means)
    for pattern in ("n,nij,nkl->ijkl", "n,nik,njl->ijkl", "n,nil,njk->ijkl"):
        fourth += moment(pattern, seconds, seconds)
    first, second = np.triu_indices(d)
    delta = np.eye(d)[first, second]
    mixed = third[:, first, second]
    square = fourth[first[:, None], second[:, None], first, second] - delta[:, None] * delta
    return np.block([[np.eye(d), mixed], [mixed.T, square]])

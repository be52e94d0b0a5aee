"""A law at all times of a grid, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.laws.mixture import Law


@dataclass(frozen=True)
class LawTables:
    """A law at the times of a grid: spectral form of every component's covariance.

    Parameters
    ----------
    weights : ndarray, shape (K,)
        Weights.
    means : ndarray, shape (steps, K, d)
        Component means at each time.
    precisions : ndarray, shape (steps, K, d, d)
        Component precisions; one component only where all are the same.
    log_dets : ndarray, shape (steps, K)
        Logarithms of the determinants of the covariances.
    shared, diagonal : bool
        Whether all components have one covariance; whether all are diagonal.
    """

    weights: Array
    means: Array
    precisions: Array
    log_dets: Array
    shared: bool
    diagonal: bool

    def pulled_means(self, coefficient: Array) -> Array:
        """Return ``coefficient @ precision @ mean`` for every step and component, shape (steps, d, K)."""
        precisions = np.broadcast_to(self.precisions, self.means.shape[:2] + self.precisions.shape[2:])
        return np.asarray(np.einsum("ij,skjl,skl->sik", coefficient, precisions, self.means))


def law_tables(law: Law, times: Array) -> LawTables:
    """Return the tables of a law; ``a^2 S_k + (1 - a^2) I`` has the eigenvectors of ``S_k`` at every time."""
    shared = bool(np.all(law.covs == law.covs[0]))
    diagonal = bool(np.all(law.covs == law.covs * np.eye(law.dim)))
    distinct = law.covs[:1] if shared else law.covs
    if diagonal:
        eigenvalues, basis = np.einsum("kii->ki", distinct), np.broadcast_to(np.eye(law.dim), distinct.shape)
    else:
        eigenvalues, basis = np.linalg.eigh(distinct)
    spread = np.exp(-times)[:, None, None] * eigenvalues - np.expm1(-times)[:, None, None]
    return LawTables(
        weights=law.weights,
        means=np.exp(-0.5 * times)[:, None, None] * law.means,
        precisions=np.einsum("kij,skj,klj->skil", basis, 1.0 / spread, basis),
        log_dets=np.sum(np.log(spread), axis=2),
        shared=shared,
        diagonal=diagonal,
    )

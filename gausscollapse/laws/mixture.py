"""Finite Gaussian mixtures: density, score, moments, samples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError
from gausscollapse.core.log_sum import log_sum
from gausscollapse.core.presentation import Presented
from gausscollapse.core.triangular import solve_lower
from gausscollapse.core.validation import (
    SYMMETRY_TOLERANCE,
    Array,
    as_array,
    as_generator,
    as_points,
    as_size,
    as_weights,
    frozen,
    require_finite,
)
from gausscollapse.laws.gaussian import LOG_TWO_PI, Gaussian


def _symmetric(matrices: Array) -> Array:
    # Halved before they are added, as in `as_symmetric`: the sum of two large numbers is beyond floats.
    return 0.5 * matrices + 0.5 * np.swapaxes(matrices, 1, 2)


def _covariances(matrices: Array) -> bool:
    """Return whether all of `(K, d, d)` are symmetric positive definite, by the rules of `as_covariance`."""
    sizes = np.max(np.abs(matrices), axis=(1, 2))
    gaps = np.max(np.abs(matrices - np.swapaxes(matrices, 1, 2)), axis=(1, 2))
    if np.any(gaps > SYMMETRY_TOLERANCE * sizes):
        return False
    try:
        np.linalg.cholesky(_symmetric(matrices))
    except np.linalg.LinAlgError:
        return False
    return True


@dataclass(frozen=True, eq=False, repr=False)
class GaussianMixture(Presented):
    """A mixture of K Gaussians on R^d.

    Parameters
    ----------
    weights : array_like, shape (K,)
        Non-negative, summing to one within 1e-9 (then normalised). Components of weight zero are dropped.
    means : array_like, shape (K, d)
        Component means; shape (K,) is accepted for d = 1.
    covs : array_like, shape (K, d, d)
        Component covariances; shape (K,) is accepted for d = 1, and one (d, d) matrix is shared by all.

    Raises
    ------
    InvalidArgumentError
        If weights, means or covariances cannot be used.
    DimensionMismatchError
        If the shapes do not fit together.

    Notes
    -----
    The score is the posterior-weighted mean of the component scores, computed in log space.

    Examples
    --------
    Two modes on the line; by symmetry nothing pulls at the middle:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> law = gc.GaussianMixture([0.5, 0.5], means=[-2, 2], covs=1)
    >>> law.mean, law.cov
    (array([0.]), array([[5.]]))
    >>> float(abs(law.score(0))), law.posterior(0)
    (0.0, array([[0.5, 0.5]]))

    The score is the mean of the components' scores ``-(x + 2)`` and ``-(x - 2)`` with the posterior's weights, and
    the density their weighted sum:

    >>> x = np.array([0.5])
    >>> bool(np.allclose(law.score(x), law.posterior(x)[0] @ law.component_scores(x)[:, 0]))
    True
    >>> bool(np.allclose(np.exp(law.log_joint(x)).sum(axis=1), law.pdf(x)))
    True
    >>> bool(np.allclose(np.log(law.pdf(x)), law.logpdf(x)))
    True
    >>> law.sample(1000, rng=0).shape
    (1000, 1)
    >>> law.with_components(law.means / 2, law.covs)
    GaussianMixture(weights=[0.5, 0.5], means=[[-1.0], [1.0]], covs=[[[1.0]], [[1.0]]])
    """

    weights: Array
    means: Array
    covs: Array

    def __init__(self, weights: ArrayLike, means: ArrayLike, covs: ArrayLike) -> None:
        probabilities = as_weights("weights", weights)
        centres = as_array("means", means)
        spreads = as_array("covs", covs)
        count = probabilities.size
        if centres.ndim == 1:
            centres = centres.reshape(-1, 1)
        if centres.ndim == 2 and centres.shape[1] == 0:
            raise InvalidArgumentError("means", means, "has dimension 0", f"shape ({count}, d) with d >= 1")
        if centres.ndim != 2 or centres.shape[0] != count:
            raise DimensionMismatchError(
                "means", means, f"has shape {centres.shape} for {count} weights", f"shape ({count}, d)"
            )
        dim = centres.shape[1]
        if spreads.ndim == 1 and dim == 1:
            spreads = spreads.reshape(-1, 1, 1)
        if spreads.shape == (dim, dim) or (spreads.ndim == 0 and dim == 1):
            spreads = np.broadcast_to(spreads, (count, dim, dim))
        if spreads.shape != (count, dim, dim):
            accepted = f"shape ({count}, {dim}, {dim}), or one matrix for all, such as numpy.eye({dim})"
            raise DimensionMismatchError("covs", covs, f"has shape {spreads.shape}", accepted)
        keep = probabilities > 0.0
        if not _covariances(spreads):
            for index in range(count):
                try:
                    Gaussian(centres[index], spreads[index])
                except InvalidArgumentError as error:
                    raise type(error)(f"covs[{index}]", error.value, error.reason, error.accepted) from None
        object.__setattr__(self, "weights", frozen(probabilities[keep]))
        object.__setattr__(self, "means", frozen(centres[keep]))
        object.__setattr__(self, "covs", frozen(_symmetric(spreads[keep])))

    @cached_property
    def components(self) -> tuple[Gaussian, ...]:
        """The K component laws."""
        return tuple(Gaussian(mean, cov) for mean, cov in zip(self.means, self.covs, strict=True))

    def with_components(self, means: Array, covs: Array) -> GaussianMixture:
        """Return the mixture of the same weights and of components of means `(K, d)` and covariances `(K, d, d)`."""
        return GaussianMixture(self.weights, means, covs)

    @property
    def dim(self) -> int:
        """Dimension d."""
        return int(self.means.shape[1])

    @cached_property
    def mean(self) -> Array:
        """Mean of the mixture, shape (d,)."""
        return frozen(self.weights @ self.means)

    @cached_property
    def cov(self) -> Array:
        """Covariance ``sum w_k (S_k + (m_k - m)(m_k - m)^T)``, shape (d, d)."""
        shifts = self.means - self.mean
        within = np.einsum("k,kij->ij", self.weights, self.covs)
        return frozen(within + np.einsum("k,ki,kj->ij", self.weights, shifts, shifts))

    @cached_property
    def _choleskys(self) -> Array:
        return np.asarray(np.linalg.cholesky(self.covs), dtype=np.float64)

    @cached_property
    def _log_factors(self) -> Array:
        """Log weight minus the log of each component's normalising constant, shape (K,)."""
        log_dets = 2.0 * np.sum(np.log(np.diagonal(self._choleskys, axis1=1, axis2=2)), axis=1)
        return np.asarray(np.log(self.weights) - 0.5 * (log_dets + self.dim * LOG_TWO_PI))

    def _whiten(self, points: Array) -> Array:
        """Return ``L_k^{-1}(x - m_k)``, shape (K, d, n)."""
        shifts = np.swapaxes(points[None, :, :] - self.means[:, None, :], 1, 2)
        return solve_lower(self._choleskys, shifts)

    def log_joint(self, x: ArrayLike) -> Array:
        """Return ``log(w_k N_k(x))`` in nats at points `(n, d)`, shape (n, K)."""
        points, _ = as_points("x", x, self.dim)
        return np.asarray(self._log_joint(self._whiten(points)), dtype=np.float64)

    def _log_joint(self, whitened: Array) -> Array:
        return np.asarray(self._log_factors[:, None] - 0.5 * np.sum(whitened**2, axis=1)).T

    def logpdf(self, x: ArrayLike) -> Array:
        """Return the log-density in nats at points `(n, d)`; shape (n,), or () for one point."""
        points, shape = as_points("x", x, self.dim)
        return np.asarray(log_sum(self._log_joint(self._whiten(points)), axis=1)).reshape(shape)

    def pdf(self, x: ArrayLike) -> Array:
        """Return the density at points `(n, d)`; shape (n,), or () for one point."""
        return np.exp(self.logpdf(x))

    def posterior(self, x: ArrayLike) -> Array:
        """Return ``w_k N_k(x) / q(x)`` at points `(n, d)`, shape (n, K)."""
        with np.errstate(over="ignore", invalid="ignore"):
            joint = self.log_joint(x)
        # Where every component underflows the shares are unknown.
        require_finite("x", x, np.max(joint, axis=1))
        return np.asarray(np.exp(joint - log_sum(joint, axis=1, keepdims=True)))

    def component_scores(self, x: ArrayLike) -> Array:
        """Return ``-S_k^{-1}(x - m_k)`` at points `(n, d)`, shape (K, n, d)."""
        points, _ = as_points("x", x, self.dim)
        solved = solve_lower(self._choleskys, self._whiten(points), transposed=True)
        return -np.swapaxes(solved, 1, 2)

    def score(self, x: ArrayLike) -> Array:
        """Return ``grad log q`` at points `(n, d)`, in the shape of `x`."""
        scores = np.einsum("nk,kni->ni", self.posterior(x), self.component_scores(x))
        return np.asarray(scores).reshape(np.shape(x))

    def sample(self, n: int, rng: int | np.random.Generator) -> Array:
        """Return `n` independent draws, up to 4 GiB, shape (n, d); `rng` is a seed or a NumPy generator."""
        generator = as_generator("rng", rng)
        labels = generator.choice(self.weights.size, size=as_size("n", n, each=16.0 * self.dim + 8.0), p=self.weights)
        normals = generator.standard_normal((n, self.dim))
        shifts: Array = np.einsum("nij,nj->ni", self._choleskys[labels], normals)
        return self.means[labels] + shifts

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, GaussianMixture):
            return NotImplemented
        pairs = ((self.weights, other.weights), (self.means, other.means), (self.covs, other.covs))
        return all(np.array_equal(a, b) for a, b in pairs)

    def __hash__(self) -> int:
        return hash((self.weights.tobytes(), self.means.tobytes(), self.covs.tobytes()))


Law: TypeAlias = Gaussian | GaussianMixture


def as_law(argument: str, value: object) -> Law:
    """Return `value` where it is a law."""
    if not isinstance(value, Gaussian | GaussianMixture):
        raise InvalidArgumentError(argument, value, "is not a law", "a Gaussian or a GaussianMixture")
    return value

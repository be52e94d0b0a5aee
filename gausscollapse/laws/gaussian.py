"""The Gaussian law N(m, S): density, score, samples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.presentation import Presented
from gausscollapse.core.triangular import solve_lower
from gausscollapse.core.validation import (
    Array,
    as_covariance,
    as_generator,
    as_points,
    as_size,
    as_vector,
    frozen,
)

LOG_TWO_PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, eq=False, repr=False)
class Gaussian(Presented):
    """A Gaussian law on R^d.

    Parameters
    ----------
    mean : array_like, shape (d,)
        Mean; a scalar is accepted for d = 1.
    cov : array_like, shape (d, d)
        Covariance, symmetric positive definite; a scalar (the variance) is accepted for d = 1.

    Raises
    ------
    InvalidArgumentError
        If an entry is not finite or the covariance is not symmetric positive definite.
    DimensionMismatchError
        If mean and covariance have different dimensions.

    Notes
    -----
    ``log N(x; m, S) = -(|L^{-1}(x - m)|^2 + log det S + d log 2 pi) / 2`` with ``S = L L^T``. A Gaussian is also read
    as a mixture of one component: `weights`, `means`, `covs` and `components` are those of `GaussianMixture`.

    Examples
    --------
    On the line numbers will do; the score ``-(x - m)/v`` points at the mean, and the density there is
    ``1/sqrt(2 pi v)``:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> law = gc.Gaussian(1, 4)
    >>> law.score([0, 3])
    array([ 0.25, -0.5 ])
    >>> bool(np.isclose(law.pdf(1), 1 / np.sqrt(8 * np.pi)))
    True

    In the plane points are rows:

    >>> law = gc.Gaussian([0, 0], [[1, 0], [0, 4]])
    >>> points = np.array([[1.0, 2.0], [2.0, -4.0]])
    >>> law.score(points)
    array([[-1. , -0.5],
           [-2. ,  1. ]])
    >>> first, second = law.logpdf(points)
    >>> float(first - second) == (2.0**2 + 2.0**2 - 1.0**2 - 1.0**2) / 2
    True
    >>> law.sample(1000, rng=0).shape
    (1000, 2)
    >>> law.with_components(law.means + 1.0, law.covs)
    Gaussian(mean=[1.0, 1.0], cov=[[1.0, 0.0], [0.0, 4.0]])
    """

    mean: Array
    cov: Array

    def __init__(self, mean: ArrayLike, cov: ArrayLike) -> None:
        vector = as_vector("mean", mean)
        object.__setattr__(self, "mean", frozen(vector))
        object.__setattr__(self, "cov", frozen(as_covariance("cov", cov, vector.size)))

    @property
    def dim(self) -> int:
        """Dimension d."""
        return self.mean.size

    @cached_property
    def weights(self) -> Array:
        """``[1.0]``: a Gaussian is a mixture of one component, shape (1,)."""
        return frozen(np.ones(1))

    @property
    def means(self) -> Array:
        """The mean as that of the one component, shape (1, d)."""
        return self.mean[None]

    @property
    def covs(self) -> Array:
        """The covariance as that of the one component, shape (1, d, d)."""
        return self.cov[None]

    @property
    def components(self) -> tuple[Gaussian, ...]:
        """The law itself, as the one component."""
        return (self,)

    def with_components(self, means: Array, covs: Array) -> Gaussian:
        """Return the Gaussian of the one mean `(1, d)` and the one covariance `(1, d, d)`."""
        return Gaussian(means[0], covs[0])

    @cached_property
    def cholesky(self) -> Array:
        """Lower triangular L with ``L L^T = cov``, shape (d, d)."""
        return frozen(np.linalg.cholesky(self.cov))

    @cached_property
    def log_det(self) -> float:
        """Natural logarithm of the covariance's determinant."""
        return 2.0 * float(np.sum(np.log(np.diag(self.cholesky))))

    def _whiten(self, points: Array) -> Array:
        return np.asarray(solve_lower(self.cholesky[None], (points - self.mean).T[None])[0].T)

    def logpdf(self, x: ArrayLike) -> Array:
        """Return the log-density in nats at points `(n, d)`; shape (n,), or () for one point."""
        points, shape = as_points("x", x, self.dim)
        squares = np.sum(self._whiten(points) ** 2, axis=1)
        return np.asarray(-0.5 * (squares + self.log_det + self.dim * LOG_TWO_PI)).reshape(shape)

    def pdf(self, x: ArrayLike) -> Array:
        """Return the density at points `(n, d)`; shape (n,), or () for one point."""
        return np.exp(self.logpdf(x))

    def score(self, x: ArrayLike) -> Array:
        """Return the score ``grad log N = -S^{-1}(x - m)`` at points `(n, d)`, in the shape of `x`."""
        points, _ = as_points("x", x, self.dim)
        solved = solve_lower(self.cholesky[None], self._whiten(points).T[None], transposed=True)[0]
        return np.asarray(-solved.T).reshape(np.shape(x))

    def sample(self, n: int, rng: int | np.random.Generator) -> Array:
        """Return `n` independent draws, up to 4 GiB, shape (n, d); `rng` is a seed or a NumPy generator."""
        normals = as_generator("rng", rng).standard_normal((as_size("n", n, each=8.0 * self.dim), self.dim))
        return self.mean + normals @ self.cholesky.T

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Gaussian):
            return NotImplemented
        return np.array_equal(self.mean, other.mean) and np.array_equal(self.cov, other.cov)

    def __hash__(self) -> int:
        return hash((self.mean.tobytes(), self.cov.tobytes()))

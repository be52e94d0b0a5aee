"""Affine-Gaussian channels: what one generation's learned sampler does to the law it was trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError
from gausscollapse.core.validation import (
    Array,
    as_count,
    as_matrix,
    as_number,
    as_semidefinite,
    as_vector,
    frozen,
)
from gausscollapse.laws.mixture import Law


@dataclass(frozen=True, eq=False)
class AffineChannel:
    """The random map ``x -> F x + c + N(0, H)``, which keeps Gaussians Gaussian and mixtures mixtures.

    A generation whose learned score is the exact score of ``K q`` produces the law ``K q``.

    Parameters
    ----------
    matrix : array_like, shape (d, d)
        F; a scalar is accepted for d = 1.
    offset : array_like, shape (d,)
        c; a scalar is accepted for d = 1.
    noise : array_like, shape (d, d)
        H, symmetric positive semi-definite; a scalar (the variance) is accepted for d = 1.

    Raises
    ------
    InvalidArgumentError
        If an entry is not finite or the noise is not symmetric positive semi-definite.
    DimensionMismatchError
        If the shapes do not fit together.

    Notes
    -----
    ``K N(m, S) = N(F m + c, F S F^T + H)``. Source: *own*.
    """

    matrix: Array
    offset: Array
    noise: Array

    def __init__(self, matrix: ArrayLike, offset: ArrayLike, noise: ArrayLike) -> None:
        square = as_matrix("matrix", matrix)
        object.__setattr__(self, "matrix", frozen(square))
        object.__setattr__(self, "offset", frozen(as_vector("offset", offset, square.shape[0])))
        object.__setattr__(self, "noise", frozen(as_semidefinite("noise", noise, square.shape[0])))

    @property
    def dim(self) -> int:
        """Dimension d."""
        return self.offset.size

    def apply(self, law: Law) -> Law:
        """Return the law of ``F X + c + N(0, H)`` for X of law `law`, of the same kind as `law`.

        Raises
        ------
        DimensionMismatchError
            If the law lives in another dimension.
        InvalidArgumentError
            If the result has no density: F and H are both singular in some direction.
        """
        if law.dim != self.dim:
            raise DimensionMismatchError("law", law, f"has dimension {law.dim}", f"a law of dimension {self.dim}")
        try:
            return law.with_components(law.means @ self.matrix.T + self.offset, self._spread(law.covs))
        except DimensionMismatchError:
            raise
        except InvalidArgumentError as error:
            raise InvalidArgumentError(
                "law", law, f"has no density after the channel: {error.reason}", "a channel with F S F^T + H > 0"
            ) from None

    def _spread(self, covs: Array) -> Array:
        moved = self.matrix @ covs @ self.matrix.T + self.noise
        return np.asarray(0.5 * (moved + np.swapaxes(moved, -1, -2)))

    def then(self, following: AffineChannel) -> AffineChannel:
        """Return the channel that applies this one first and `following` second."""
        if following.dim != self.dim:
            raise DimensionMismatchError(
                "following", following, f"has dimension {following.dim}", f"a channel of dimension {self.dim}"
            )
        return AffineChannel(
            following.matrix @ self.matrix,
            following.matrix @ self.offset + following.offset,
            following._spread(self.noise),
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AffineChannel):
            return NotImplemented
        pairs = ((self.matrix, other.matrix), (self.offset, other.offset), (self.noise, other.noise))
        return all(np.array_equal(a, b) for a, b in pairs)

    def __hash__(self) -> int:
        return hash((self.matrix.tobytes(), self.offset.tobytes(), self.noise.tobytes()))

    def __repr__(self) -> str:
        return (
            f"AffineChannel(matrix={self.matrix.tolist()}, offset={self.offset.tolist()}, "
            f"noise={self.noise.tolist()})"
        )


Step: TypeAlias = AffineChannel | Sequence[AffineChannel] | Callable[[int], AffineChannel]


def perfect(dim: int = 1) -> AffineChannel:
    """Return the channel of a perfect generation in dimension `dim`: ``K q = q``."""
    size = as_count("dim", dim, at_least=1)
    return AffineChannel(np.eye(size), np.zeros(size), np.zeros((size, size)))


def offset_channel(offset: ArrayLike) -> AffineChannel:
    """Return the channel ``x -> x + offset``: the endpoint of a score error that is constant in x.

    On data ``N(m, S)`` it moves the law by a chi-squared divergence of ``exp(c^T S^{-1} c) - 1``.

    Parameters
    ----------
    offset : array_like, shape (d,)
        c, in units of the data.
    """
    vector = as_vector("offset", offset)
    return AffineChannel(np.eye(vector.size), vector, np.zeros((vector.size, vector.size)))


def kernel_density(bandwidth: float, dim: int = 1) -> AffineChannel:
    """Return the channel of a Gaussian kernel density estimate of infinitely many samples.

    ``F = I, c = 0, H = bandwidth^2 I``: the population reading of a generation that fits a kernel density.

    Parameters
    ----------
    bandwidth : float
        Standard deviation of the kernel, >= 0, in units of the data.
    dim : int
        Dimension.
    """
    size = as_count("dim", dim, at_least=1)
    width = as_number("bandwidth", bandwidth, at_least=0.0)
    return AffineChannel(np.eye(size), np.zeros(size), width**2 * np.eye(size))


def early_stopping(time: float, dim: int = 1) -> AffineChannel:
    """Return the channel of sampling with a perfect score that stops at forward time `time`.

    ``F = exp(-t0/2) I, c = 0, H = (1 - exp(-t0)) I``: the Ornstein-Uhlenbeck marginal at ``t0 = time``.

    Parameters
    ----------
    time : float
        t0 >= 0.
    dim : int
        Dimension.

    Notes
    -----
    Source: the limit paper (arXiv 2606.13796).
    """
    size = as_count("dim", dim, at_least=1)
    stop = as_number("time", time, at_least=0.0)
    return AffineChannel(np.exp(-0.5 * stop) * np.eye(size), np.zeros(size), -np.expm1(-stop) * np.eye(size))

"""Means of a Gaussian kernel between Gaussians, to twice the precision of floats.

For ``k(x, y) = exp(-|x - y|^2/(2 l^2))`` and independent ``X ~ N(m, V)``, ``Y ~ N(m', V')``, with
``S = l^2 I + V + V'``: ``E k(X, Y) = l^d det(S)^{-1/2} exp(-(m - m')^T S^{-1} (m - m')/2)``, the convolution of
Gaussians. No eigenvalue of S is below l^2, and factoring it is backward stable: the error is a multiple of
``trace(S)/l^2`` in units of 2^-104.

What is off by e and E in mean and covariance moves the embedding ``E k(X, .)`` by ``|e|/l + sqrt(d (d + 2)) ||E||/(2
l^2)`` at most in the kernel's Hilbert space: ``||k(x, .) - k(y, .)|| <= |x - y|/l``, and along the line between two
covariances the derivative is half of ``E_w (w^T E w)^2`` under the root, with ``w ~ N(0, I/l^2)``. Source: *own*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gausscollapse.core.validation import Array, as_number

UNIT = 2.0**-94
# What is lost beyond the range of floats, where a kernel mean is below it.
FAINT = 1e-140
NARROWEST, WIDEST = 1e-100, 1e100


def as_width(width: float) -> float:
    """Return the kernel's width where it is a number from 1e-100 to 1e100."""
    return as_number("width", width, at_least=NARROWEST, at_most=WIDEST)


def two_sum(a: Array, b: Array) -> Array:
    """Return the rounded sum and what was rounded off, exactly, shape (2, ...)."""
    total = a + b
    virtual = total - a
    return np.array([total, (a - (total - virtual)) + (b - virtual)])


@dataclass(frozen=True, eq=False)
class MeanEmbeddings:
    """P Gaussians as seen by a Gaussian kernel.

    Parameters
    ----------
    means : ndarray, shape (2, P, d)
        High and low parts of the means.
    covs : ndarray, shape (2, P, d, d)
        High and low parts of the covariances.
    width : float
        The kernel's width l.
    """

    means: Array
    covs: Array
    width: float

    def __len__(self) -> int:
        return int(self.means.shape[1])

    @property
    def dim(self) -> int:
        """Dimension d."""
        return int(self.means.shape[2])

    @cached_property
    def squared_width(self) -> tuple[float, float]:
        """``l^2``, high and low."""
        # The product of two halves of 27 bits is exact.
        high = float(np.float64(self.width) * self.width)
        split = 2.0**27 * self.width + self.width
        first = split - (split - self.width)
        second = self.width - first
        return high, ((first * first - high) + 2.0 * first * second) + second * second

    @cached_property
    def unit(self) -> float:
        """A bound of the error of every kernel mean."""
        trace = 2.0 * float(np.max(np.trace(self.covs[0], axis1=1, axis2=2), initial=0.0))
        return UNIT * self.dim**3 * (2.0 + self.dim + trace / self.squared_width[0]) + FAINT

    def chosen(self, entries: Any) -> MeanEmbeddings:
        """Return some of the Gaussians."""
        return MeanEmbeddings(
            np.ascontiguousarray(self.means[:, entries]), np.ascontiguousarray(self.covs[:, entries]), self.width
        )

    def table(self, other: MeanEmbeddings | None = None) -> Array:
        """Return ``E k(X_a, Y_b)``, shape (2, P, Q): high and low parts; `other` is the same by default."""
        from gausscollapse.divergences._long_kernels import kernel_table

        there = self if other is None else other
        return np.asarray(
            kernel_table(self.means, self.covs, there.means, there.covs, *self.squared_width, other is None)
        )

    def form(self, weights: Array) -> tuple[float, float]:
        """Return ``sum_ab u_a u_b E k(X_a, X_b)`` for weights u (2, P), high and low, and a bound of its error."""
        from gausscollapse.divergences._long_kernels import kernel_form

        high, low = kernel_form(weights, self.means, self.covs, *self.squared_width)
        size = math.fsum(np.abs(weights[0]))
        return high + low, size**2 * (self.unit + 2.0**-98 * (len(self) + 8.0)) + 2.0**-53 * abs(high + low)

    def differences(self, references: np.ndarray) -> Array:
        """Return inner products of ``mu_a - mu_{c(a)}`` for all but the last entries, which are the references.

        `references` (P - R,) numbers them from 0; the result (P - R, P - R) is off by 5 `unit` and one rounding.
        """
        from gausscollapse.divergences._long_kernels import second_differences

        return np.asarray(second_differences(self.table(), references))

    def embedding_errors(self, mean_errors: Array, cov_errors: Array) -> Array:
        """Return bounds of what moves the embeddings where means and covariances are off by so much, shape (P,)."""
        spread = 0.5 * math.sqrt(self.dim * (self.dim + 2.0))
        return np.asarray((mean_errors / self.width + spread * cov_errors / self.width / self.width) * (1.0 + 1e-12))

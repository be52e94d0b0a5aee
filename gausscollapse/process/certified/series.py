"""Matrix functions on [0, 1] as polynomials of floats, each with a proved distance: no ball and no rounding mode.

A product of floats, summed in any order, is off by at most ``n u/(1 - n u)`` times the product of absolute values, n
the number of terms and u = 2^-53 (Higham 2002, section 3.1); norms of matrices are Frobenius norms. Bounds are sums
and products of positive numbers, in floats: each is made larger by `UP`, far more than their own rounding. What
underflows is below `TINY`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.process.certified.balls import Ball, Matrix, frobenius, middle
from gausscollapse.process.certified.sweep import PrecisionError

UP, TINY = 1.0 + 2.0**-30, 1e-150
# Beyond it products might overflow.
LARGEST = 1e100
# The last coefficients over the largest one, from which on a series counts as converging.
LEFT, LAST = 1e-12, 4


def rounding(terms: int) -> float:
    """Return by what share of its absolute values a sum of so many products may be off."""
    return UP * (terms + 2) * EPS


def up(bound: float) -> float:
    """Return a float above a bound that a few sums and products of positive floats gave."""
    return bound * UP + TINY


def sizes(parts: Array) -> Array:
    """Return bounds of the Frobenius norms of some matrices, shape (n,)."""
    return np.asarray(np.sqrt(np.einsum("kij,kij->k", parts, parts)) * UP + TINY)


def above(ball: Ball) -> float:
    """Return a float above a ball."""
    return float(ball.abs_upper()) * UP + TINY


@dataclass(frozen=True)
class Number:
    """A real number near a float."""

    value: float
    off: float

    @classmethod
    def near(cls, ball: Ball) -> Number:
        """Return the number that a ball holds."""
        value = float(ball)
        return cls(value, above(ball - arb(value)))


@dataclass(frozen=True, eq=False)
class Series:
    """A function of x in [0, 1] with values in matrices.

    Parameters
    ----------
    parts : ndarray, shape (n, r, c)
        Coefficients of a polynomial.
    off : float
        Bound of the norm by which the function differs from the polynomial, anywhere on [0, 1].
    """

    parts: Array
    off: float

    def __post_init__(self) -> None:
        if not self.off < LARGEST:
            raise PrecisionError("a matrix grew beyond all bounds")

    @classmethod
    def near(cls, *matrices: Matrix) -> Series:
        """Return the polynomial whose coefficients some matrices of balls hold."""
        parts = [middle(matrix) for matrix in matrices]
        off = sum(
            above(frobenius(matrix - arb_mat(part.tolist()))) for matrix, part in zip(matrices, parts, strict=True)
        )
        return cls(np.array(parts), up(off))

    @cached_property
    def sizes(self) -> Array:
        """Bounds of the norms of the coefficients, shape (n,)."""
        return sizes(self.parts)

    @cached_property
    def size(self) -> float:
        """Bound of the polynomial's norm on [0, 1]; `PrecisionError` where a coefficient is not finite."""
        size = up(float(self.sizes.sum()))
        if not size < LARGEST:
            raise PrecisionError("a matrix grew beyond all bounds")
        return size

    def settles(self, scale: float = 0.0) -> bool:
        """Return whether the last coefficients are small beside the largest, or beside a scale: no proof needs it."""
        least = LEFT * max(float(self.sizes.max()), scale) + 2.0 * TINY
        return bool(self.sizes[-LAST:].max() <= least)

    @property
    def bound(self) -> float:
        """Bound of the function's norm on [0, 1]."""
        return up(self.size + self.off)

    @property
    def transpose(self) -> Series:
        """The transposed function."""
        return Series(self.parts.transpose(0, 2, 1), self.off)

    def __add__(self, other: Series) -> Series:
        count = max(len(self.parts), len(other.parts))
        parts = np.zeros((count, *self.parts.shape[1:]))
        parts[: len(self.parts)] += self.parts
        parts[: len(other.parts)] += other.parts
        return Series(parts, up(self.off + other.off + EPS * (self.size + other.size)))

    def scaled(self, factor: Number) -> Series:
        """Return the function times a number."""
        size = abs(factor.value)
        off = self.off * (size + factor.off) + self.size * (factor.off + EPS * size)
        return Series(self.parts * factor.value, up(off))

    def raised(self, power: int) -> Series:
        """Return the function times ``x^power``."""
        return Series(np.concatenate([np.zeros((power, *self.parts.shape[1:])), self.parts]), self.off)

    def weighing(self, matrix: Series) -> Series:
        """Return a constant matrix times this function, which has one entry."""
        off = self.off * matrix.bound + self.size * (matrix.off + EPS * matrix.size)
        return Series(self.parts * matrix.parts, up(off))

    def times(self, other: Series, most: int | None = None) -> Series:
        """Return the product, with at most so many coefficients: what is left out counts as distance."""
        whole = convolved(self.parts, other.parts)
        terms = self.parts.shape[2] + min(len(self.parts), len(other.parts))
        off = self.off * other.bound + self.size * other.off + rounding(terms) * self.size * other.size
        return Series(whole, up(off)).cut(most)

    def cut(self, most: int | None) -> Series:
        """Return the function with at most so many coefficients."""
        if most is None or len(self.parts) <= most:
            return self
        return Series(self.parts[:most], up(self.off + float(self.sizes[most:].sum())))

    def dot(self, other: Series, most: int) -> Series:
        """Return the trace of this times the transpose of another, a function with one entry."""
        count, there = len(self.parts), len(other.parts)
        pairs = self.parts.reshape(count, -1) @ other.parts.reshape(there, -1).T
        whole = _slanted(pairs[:, :, None, None])
        terms = self.parts[0].size + min(count, there)
        off = self.off * other.bound + self.size * other.off + rounding(terms) * self.size * other.size
        return Series(whole, up(off)).cut(most)

    def rate(self, ratio: Number) -> Series:
        """Return ``(1 + ratio x) f'`` of the polynomial f alone."""
        counted = self.parts[1:] * np.arange(1, len(self.parts))[:, None, None]
        slope = Series(counted, up(EPS * float(sizes(counted).sum())))
        return slope + slope.scaled(ratio).raised(1)

    def at(self, points: Array) -> tuple[Array, float]:
        """Return the polynomial at points of [0, 1], and by how much each value may be off because of rounding."""
        factors = np.repeat(points[:, None], len(self.parts), axis=1)
        factors[:, 0] = 1.0
        powers = np.cumprod(factors, axis=1)
        values = (powers @ self.parts.reshape(len(self.parts), -1)).reshape(-1, *self.parts.shape[1:])
        return values, up(rounding(3 * len(self.parts)) * self.size)

    @property
    def end(self) -> Series:
        """The value at 1, a polynomial of degree 0."""
        value = self.parts.sum(axis=0)
        return Series(value[None], up(self.off + rounding(len(self.parts)) * self.size))

    def integral(self) -> Series:
        """Return the integral over [0, 1], a polynomial of degree 0."""
        shares = 1.0 / np.arange(1, len(self.parts) + 1)
        value = np.einsum("k,kij->ij", shares, self.parts)
        return Series(value[None], up(self.off + rounding(len(self.parts) + 1) * self.size))

    def ball(self) -> Matrix:
        """Return a polynomial of degree 0 as a matrix of balls."""
        wide = arb(0, self.off)
        return arb_mat([[arb(entry) + wide for entry in row] for row in self.parts[0].tolist()])


def convolved(left: Array, right: Array) -> Array:
    """Return the coefficients of a product, shape (n + m - 1, r, c)."""
    count, there = len(left), len(right)
    pairs = np.zeros((count, count + there, left.shape[1], right.shape[2]))
    np.matmul(left[:, None], right[None], out=pairs[:, :there])
    return _summed(pairs)


def _slanted(pairs: Array) -> Array:
    """Return the sums over j + k of an array whose first axes are j and k."""
    count, there = pairs.shape[:2]
    padded = np.zeros((count, count + there, *pairs.shape[2:]))
    padded[:, :there] = pairs
    return _summed(padded)


def _summed(padded: NDArray[np.float64]) -> Array:
    """Return the same of an array with as many zeros behind each row as it has rows."""
    count, width = padded.shape[:2]
    shape = padded.shape[2:]
    slanted = padded.reshape(-1, *shape)[: count * (width - 1)].reshape(count, width - 1, *shape)
    return np.asarray(slanted.sum(axis=0))


def inverse(matrix: Series, count: int) -> Series:
    """Return the inverse of a symmetric function by `count` coefficients; `PrecisionError` where they do not settle.

    From ``S X = I + r`` with ``||r|| < 1``, ``S^{-1} - X = X ((I + r)^{-1} - I)``.
    """
    first = np.linalg.inv(matrix.parts[0])
    size = len(first)
    later = (first @ matrix.parts[1:]).transpose(1, 0, 2).reshape(size, -1)
    # The latest coefficient first, as a product takes them.
    parts = np.zeros((count, size, size))
    parts[-1] = first
    for k in range(1, count):
        known = parts[count - k :].reshape(-1, size)[: later.shape[1]]
        parts[count - 1 - k] = -(later[:, : len(known)] @ known)
    found = Series(parts[::-1].copy(), 0.0)
    one = Series(-np.eye(size)[None], 0.0)
    defect = (matrix.times(found) + one).bound
    if not (defect < 0.5 and found.settles()):
        raise PrecisionError("a covariance is singular to within rounding")
    return Series(found.parts, up(found.size * defect / (1.0 - defect) * UP))

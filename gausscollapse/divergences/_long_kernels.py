"""Kernels: means of a Gaussian kernel between Gaussians, to twice the precision of floats. They know arrays only.

Sums, products, quotients and roots are Knuth's and Dekker's; a number is ``high + low``. The factorisation of a
covariance is ``L D L^T``; exp halves its argument eight times after taking out powers of two.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numba import njit

from gausscollapse.core.kernel_sources import cached_kernel

SPLITTER = 2.0**27 + 1.0
LOG2, LOG2_LOW = 0.6931471805599453, 2.3190468138462996e-17
HALVINGS, TERMS = 8, 11


def _inverse_factorials() -> np.ndarray:
    rows = []
    for n in range(2, TERMS + 1):
        exact = Fraction(1, math.factorial(n))
        rows.append((float(exact), float(exact - Fraction(float(exact)))))
    return np.array(rows)


INVERSE_FACTORIALS = _inverse_factorials()


@njit
def _sum(a, b):  # type: ignore[no-untyped-def]
    total = a + b
    virtual = total - a
    return total, (a - (total - virtual)) + (b - virtual)


@njit
def _product(a, b):  # type: ignore[no-untyped-def]
    product = a * b
    scaled = SPLITTER * a
    first = scaled - (scaled - a)
    second = a - first
    scaled = SPLITTER * b
    third = scaled - (scaled - b)
    fourth = b - third
    return product, ((first * third - product) + first * fourth + second * third) + second * fourth


@njit
def _plus(high, low, other, rest):  # type: ignore[no-untyped-def]
    total, lost = _sum(high, other)
    lower, beyond = _sum(low, rest)
    lost += lower
    first = total + lost
    second = lost - (first - total) + beyond
    total = first + second
    return total, second - (total - first)


@njit
def _times(high, low, other, rest):  # type: ignore[no-untyped-def]
    product, lost = _product(high, other)
    lost += high * rest + low * other
    total = product + lost
    return total, lost - (total - product)


@njit
def _over(high, low, other, rest):  # type: ignore[no-untyped-def]
    first = high / other
    product, lost = _times(other, rest, first, 0.0)
    left, left_low = _plus(high, low, -product, -lost)
    second = left / other
    product, lost = _times(other, rest, second, 0.0)
    left, left_low = _plus(left, left_low, -product, -lost)
    total, lost = _sum(first, second)
    return _plus(total, lost, left / other, 0.0)


@njit
def _root(high, low):  # type: ignore[no-untyped-def]
    guess = math.sqrt(high)
    square, lost = _product(guess, guess)
    left, _ = _plus(high, low, -square, -lost)
    correction = left / (2.0 * guess)
    total, lost = _sum(guess, correction)
    # A second step: the first is good to the square of the error of `guess` only.
    square, rest = _times(total, lost, total, lost)
    left, _ = _plus(high, low, -square, -rest)
    return _plus(total, lost, left / (2.0 * guess), 0.0)


@njit
def _exp(high, low):  # type: ignore[no-untyped-def]
    # What is not a number came from beyond the range of floats.
    if not high >= -700.0:
        return 0.0, 0.0
    power = math.floor(high / LOG2 + 0.5)
    product, lost = _times(LOG2, LOG2_LOW, power, 0.0)
    rest, rest_low = _plus(high, low, -product, -lost)
    scale = 0.5**HALVINGS
    rest, rest_low = rest * scale, rest_low * scale
    last = INVERSE_FACTORIALS.shape[0] - 1
    total, lost = INVERSE_FACTORIALS[last, 0], INVERSE_FACTORIALS[last, 1]
    for n in range(last - 1, -1, -1):
        total, lost = _times(total, lost, rest, rest_low)
        total, lost = _plus(total, lost, INVERSE_FACTORIALS[n, 0], INVERSE_FACTORIALS[n, 1])
    total, lost = _times(total, lost, rest, rest_low)
    total, lost = _plus(total, lost, 1.0, 0.0)
    total, lost = _times(total, lost, rest, rest_low)
    # exp(x) - 1 is doubled and squared, so that nothing is lost beside the 1.
    for _ in range(HALVINGS):
        square, beyond = _times(total, lost, total, lost)
        total, lost = _plus(2.0 * total, 2.0 * lost, square, beyond)
    total, lost = _plus(total, lost, 1.0, 0.0)
    factor = 2.0**power
    return total * factor, lost * factor


@njit
def _mean(means, covs, a, other_means, other_covs, b, width2, width2_low, space):  # type: ignore[no-untyped-def]
    """Return ``E k(X, Y)``; `space` is (2, d + 2, d), for the factor, its pivots and what is solved."""
    dim = means.shape[2]
    quadratic, quadratic_low, det, det_low = 0.0, 0.0, 1.0, 0.0
    for j in range(dim):
        for i in range(j, dim):
            entry, rest = _plus(covs[0, a, i, j], covs[1, a, i, j], other_covs[0, b, i, j], other_covs[1, b, i, j])
            if i == j:
                entry, rest = _plus(entry, rest, width2, width2_low)
            for k in range(j):
                if space[0, i, k] != 0.0 and space[0, j, k] != 0.0:
                    product, lost = _times(space[0, i, k], space[1, i, k], space[0, j, k], space[1, j, k])
                    product, lost = _times(product, lost, space[0, dim, k], space[1, dim, k])
                    entry, rest = _plus(entry, rest, -product, -lost)
            if i == j:
                space[0, dim, j], space[1, dim, j] = entry, rest
            elif entry == 0.0:
                space[0, i, j], space[1, i, j] = 0.0, 0.0
            else:
                entry, rest = _over(entry, rest, space[0, dim, j], space[1, dim, j])
                space[0, i, j], space[1, i, j] = entry, rest
        pivot, pivot_low = space[0, dim, j], space[1, dim, j]
        step, rest = _plus(means[0, a, j], means[1, a, j], -other_means[0, b, j], -other_means[1, b, j])
        for k in range(j):
            if space[0, j, k] != 0.0:
                product, lost = _times(space[0, j, k], space[1, j, k], space[0, dim + 1, k], space[1, dim + 1, k])
                step, rest = _plus(step, rest, -product, -lost)
        space[0, dim + 1, j], space[1, dim + 1, j] = step, rest
        if step != 0.0:
            square, lost = _times(step, rest, step, rest)
            square, lost = _over(square, lost, pivot, pivot_low)
            quadratic, quadratic_low = _plus(quadratic, quadratic_low, square, lost)
        ratio, ratio_low = _over(pivot, pivot_low, width2, width2_low)
        det, det_low = _times(det, det_low, ratio, ratio_low)
    height, height_low = _exp(-0.5 * quadratic, -0.5 * quadratic_low)
    if height == 0.0:
        return 0.0, 0.0
    det, det_low = _root(det, det_low)
    height, height_low = _over(height, height_low, det, det_low)
    # Beyond the range of floats it is below 1e-140.
    if not (math.isfinite(height) and math.isfinite(height_low)):
        return 0.0, 0.0
    return height, height_low


@cached_kernel(__file__, nogil=True)
def kernel_table(means, covs, other_means, other_covs, width2, width2_low, symmetric):  # type: ignore[no-untyped-def]
    """Return ``E k(X_a, Y_b)`` for A and B Gaussians, shape (2, A, B): high and low.

    Parameters
    ----------
    means, other_means : ndarray, shape (2, A, d) and (2, B, d)
        High and low parts of the means.
    covs, other_covs : ndarray, shape (2, A, d, d) and (2, B, d, d)
        High and low parts of the covariances.
    width2, width2_low : float
        Square of the kernel's width.
    symmetric : bool
        Whether both are the same, so that half of the table is enough.
    """
    count, others, dim = means.shape[1], other_means.shape[1], means.shape[2]
    table, space = np.empty((2, count, others)), np.zeros((2, dim + 2, dim))
    for a in range(count):
        for b in range(a if symmetric else 0, others):
            high, low = _mean(means, covs, a, other_means, other_covs, b, width2, width2_low, space)
            table[0, a, b], table[1, a, b] = high, low
            if symmetric:
                table[0, b, a], table[1, b, a] = high, low
    return table


@cached_kernel(__file__, nogil=True)
def kernel_form(weights, means, covs, width2, width2_low):  # type: ignore[no-untyped-def]
    """Return ``sum_ab u_a u_b E k(X_a, X_b)``, high and low, for weights (2, A)."""
    count, dim = means.shape[1], means.shape[2]
    space = np.zeros((2, dim + 2, dim))
    total, rest = 0.0, 0.0
    for a in range(count):
        row, row_low = 0.0, 0.0
        for b in range(a, count):
            high, low = _mean(means, covs, a, means, covs, b, width2, width2_low, space)
            high, low = _times(high, low, weights[0, b], weights[1, b])
            twice = 1.0 if a == b else 2.0
            row, row_low = _plus(row, row_low, twice * high, twice * low)
        row, row_low = _times(row, row_low, weights[0, a], weights[1, a])
        total, rest = _plus(total, rest, row, row_low)
    return total, rest


@cached_kernel(__file__, nogil=True)
def second_differences(table, references):  # type: ignore[no-untyped-def]
    """Return ``K_ab - K_{a c(b)} - K_{c(a) b} + K_{c(a) c(b)}``, rounded once, shape (A, A).

    The last entries of the table are the references themselves, as many as there are; `references` (A,) counts them.
    """
    count = references.size
    result = np.empty((count, count))
    for a in range(count):
        for b in range(a, count):
            c, e = count + references[a], count + references[b]
            total, rest = _plus(table[0, a, b], table[1, a, b], -table[0, a, e], -table[1, a, e])
            other, lost = _plus(table[0, c, e], table[1, c, e], -table[0, c, b], -table[1, c, b])
            total, rest = _plus(total, rest, other, lost)
            result[a, b] = result[b, a] = total
    return result

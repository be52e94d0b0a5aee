"""Kernels: tridiagonal steps of the Fokker-Planck equation in d = 1. They know arrays only.

Finite volumes with the exponentially fitted flux ``J = v (B(-P) p_i - B(P) p_{i+1})/(2 dx)``, ``P = 2 b dx/v``, v the
variance of the noise, ``B(x) = x/(exp(x) - 1)`` (Scharfetter and Gummel 1969; Chang and Cooper 1970): the generator's
columns sum to zero and its off-diagonal entries are positive. The midpoint rule in time keeps second order and
conservation. The cells move with the data: the drift is relative to their edges.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gausscollapse.core.kernel_sources import cached_kernel

Array = NDArray[np.float64]
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
# Rows of the workspace of `midpoint` and of `advance`, by name.
RIGHT, RATIO, LOWER, DIAGONAL, UPPER, GROWTH, SOURCE, BEFORE, TOTAL, DRIFT = range(10)


class Densities(NamedTuple):
    """Densities at the centres, shape (n,).

    `learned`, `ideal`: of p^ and q. `tangent`: derivative of p^ in the error's scale. `first`, `second`: of [M] and
    [M]^2 under the ideal process. `tilted`: of ``exp(int |e|^2)`` under the drift error 2e.
    """

    learned: Array
    ideal: Array
    tangent: Array
    first: Array
    second: Array
    tilted: Array


class Sums(NamedTuple):
    """Integrals over time.

    `ideal`, `learned`: E [M] under either law. `crossed`: ``E M [M]``. `slack`: half the square of
    ``(b - v d log(p^/q))/sqrt(v)`` under p^, b the drift's error. `flow`: of ``sqrt(E|b|^2/v I)``, I the relative
    Fisher information. `peclet`: the largest ``|P|`` in cells that hold some mass. `learned_edge`, `tilted_edge`: the
    largest shares of mass that were ever in the end cells.
    """

    ideal: float
    learned: float
    crossed: float
    slack: float
    learned_edge: float
    tilted_edge: float
    flow: float
    peclet: float


IDEAL, LEARNED, CROSSED, SLACK, LEARNED_EDGE, TILTED_EDGE, FLOW, PECLET = range(8)
# Share of mass in a cell above which its Peclet number counts.
SEEN = 1e-9


def workspace(cells: int) -> Array:
    """Return room for the rows that are named above, shape (10, cells)."""
    return np.zeros((DRIFT + 1, cells))


@njit(**OPTIONS)
def bernoulli(x):  # type: ignore[no-untyped-def]
    """Return ``x/(exp(x) - 1)``."""
    if abs(x) < 1e-5:
        return 1.0 - 0.5 * x + x * x / 12.0
    return x / math.expm1(x)


@njit(**OPTIONS)
def bernoulli_slope(x):  # type: ignore[no-untyped-def]
    """Return the derivative of ``x/(exp(x) - 1)``."""
    if abs(x) < 1e-3:
        return -0.5 + x / 6.0 - x**3 / 180.0
    if abs(x) > 700.0:
        return 0.0 if x > 0.0 else -1.0
    e = math.expm1(x)
    return (e - x * (e + 1.0)) / (e * e)


@njit(**OPTIONS)
def generator(drift, gaps, variance, lower, diagonal, upper):  # type: ignore[no-untyped-def]
    """Fill the tridiagonal matrix of flows between cells by densities; nothing flows through the ends."""
    n = diagonal.size
    for i in range(n):
        diagonal[i] = 0.0
    for i in range(n - 1):
        peclet = 2.0 * drift[i] * gaps[i] / variance
        right = variance * bernoulli(-peclet) / (2.0 * gaps[i])
        left = variance * bernoulli(peclet) / (2.0 * gaps[i])
        diagonal[i] -= right
        upper[i] = left
        lower[i + 1] = right
        diagonal[i + 1] -= left


@njit(**OPTIONS)
def midpoint(step, lower, diagonal, upper, growth, source, old, new, density, work):  # type: ignore[no-untyped-def]
    """Solve ``(V'(1 - h g/2) - h A/2) p' = (V (1 + h g/2) + h A/2) p + h source`` in place (Thomas' algorithm)."""
    n = density.size
    half = 0.5 * step
    right, ratio = work[RIGHT], work[RATIO]
    for i in range(n):
        value = (old[i] * (1.0 + half * growth[i]) + half * diagonal[i]) * density[i] + step * source[i]
        if i > 0:
            value += half * lower[i] * density[i - 1]
        if i < n - 1:
            value += half * upper[i] * density[i + 1]
        right[i] = value
    pivot = new[0] * (1.0 - half * growth[0]) - half * diagonal[0]
    density[0] = right[0] / pivot
    for i in range(1, n):
        ratio[i] = -half * upper[i - 1] / pivot
        pivot = new[i] * (1.0 - half * growth[i]) - half * diagonal[i] + half * lower[i] * ratio[i]
        density[i] = (right[i] + half * lower[i] * density[i - 1]) / pivot
    for i in range(n - 2, -1, -1):
        density[i] -= ratio[i + 1] * density[i + 1]


@cached_kernel(__file__, **OPTIONS)
def advance(  # type: ignore[no-untyped-def]
    step, variance, base, edges_error, error, gaps, old, new, densities, sums, work
):
    """Make one step of all `Densities` and add to the `Sums`; the cells' volumes go from `old` to `new`.

    `edges_error` is the error of the drift, `error` that over the root of the noise's variance.
    """
    n = old.size
    learned, ideal, tangent, first, second, tilted = densities
    lower, diagonal, upper = work[LOWER], work[DIAGONAL], work[UPPER]
    growth, source, before, total, drift = work[GROWTH], work[SOURCE], work[BEFORE], work[TOTAL], work[DRIFT]
    for i in range(n):
        growth[i] = 0.0
        source[i] = 0.0
        before[i] = learned[i]
        total[i] = ideal[i]
    for i in range(n - 1):
        drift[i] = base[i] + edges_error[i]
    generator(drift, gaps, variance, lower, diagonal, upper)
    midpoint(step, lower, diagonal, upper, growth, source, old, new, learned, work)
    for i in range(n - 1):
        drift[i] = base[i] + 2.0 * edges_error[i]
    generator(drift, gaps, variance, lower, diagonal, upper)
    for i in range(n):
        growth[i] = error[i] * error[i]
    midpoint(step, lower, diagonal, upper, growth, source, old, new, tilted, work)
    generator(base, gaps, variance, lower, diagonal, upper)
    for i in range(n):
        growth[i] = 0.0
    midpoint(step, lower, diagonal, upper, growth, source, old, new, ideal, work)
    mass = 0.0
    carried = 0.0
    for i in range(n):
        square = step * error[i] * error[i]
        sums[IDEAL] += square * 0.5 * (old[i] * total[i] + new[i] * ideal[i])
        sums[LEARNED] += square * 0.5 * (old[i] * before[i] + new[i] * learned[i])
        carried += square * 0.5 * (old[i] * before[i] + new[i] * learned[i])
        mass += new[i] * tilted[i]
    sums[LEARNED_EDGE] = max(sums[LEARNED_EDGE], abs(new[0] * learned[0]) + abs(new[n - 1] * learned[n - 1]))
    sums[TILTED_EDGE] = max(sums[TILTED_EDGE], (abs(new[0] * tilted[0]) + abs(new[n - 1] * tilted[n - 1])) / mass)
    fisher = 0.0
    for i in range(n - 1):
        peclet = 2.0 * base[i] * gaps[i] / variance
        if gaps[i] * (learned[i] + ideal[i]) > SEEN:
            sums[PECLET] = max(sums[PECLET], abs(peclet))
        left, right = 0.5 * (total[i] + ideal[i]), 0.5 * (total[i + 1] + ideal[i + 1])
        flux = -edges_error[i] * (bernoulli_slope(-peclet) * left + bernoulli_slope(peclet) * right)
        source[i] -= flux
        source[i + 1] += flux
        here, there = 0.5 * (before[i] + learned[i]), 0.5 * (before[i + 1] + learned[i + 1])
        if here > 0.0 and there > 0.0 and left > 0.0 and right > 0.0:
            slope = (math.log(there / right) - math.log(here / left)) / gaps[i]
            sums[SLACK] += (
                0.25 * step * (here + there) * gaps[i] * (edges_error[i] - variance * slope) ** 2 / variance
            )
            fisher += 0.5 * (here + there) * gaps[i] * slope * slope
    sums[FLOW] += math.sqrt(step * carried * fisher)
    for i in range(n):
        drift[i] = tangent[i]
    midpoint(step, lower, diagonal, upper, growth, source, old, new, tangent, work)
    for i in range(n):
        square = error[i] * error[i]
        sums[CROSSED] += step * square * 0.5 * (old[i] * drift[i] + new[i] * tangent[i])
        source[i] = square * 0.5 * (old[i] * total[i] + new[i] * ideal[i])
        drift[i] = first[i]
    midpoint(step, lower, diagonal, upper, growth, source, old, new, first, work)
    for i in range(n):
        source[i] = error[i] * error[i] * (old[i] * drift[i] + new[i] * first[i])
    midpoint(step, lower, diagonal, upper, growth, source, old, new, second, work)

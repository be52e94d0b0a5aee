"""Kernels: tridiagonal steps of the Fokker-Planck equation in d = 1. They know arrays only.

Finite volumes with the exponentially fitted flux ``J = (B(-P) p_i - B(P) p_{i+1})/(2 dx)``, ``P = 2 b dx``,
``B(x) = x/(exp(x) - 1)`` (Scharfetter and Gummel 1969; Chang and Cooper 1970): the generator's columns sum to zero
and its off-diagonal entries are positive. The midpoint rule in time keeps second order and conservation.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from gausscollapse.reverse._coefficients import OPTIONS


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
def generator(drift, gaps, volumes, lower, diagonal, upper):  # type: ignore[no-untyped-def]
    """Fill the tridiagonal generator of densities; nothing flows through the ends."""
    n = volumes.size
    for i in range(n):
        diagonal[i] = 0.0
    for i in range(n - 1):
        peclet = 2.0 * drift[i] * gaps[i]
        right = bernoulli(-peclet) / (2.0 * gaps[i])
        left = bernoulli(peclet) / (2.0 * gaps[i])
        diagonal[i] -= right / volumes[i]
        upper[i] = left / volumes[i]
        lower[i + 1] = right / volumes[i + 1]
        diagonal[i + 1] -= left / volumes[i + 1]


@njit(**OPTIONS)
def midpoint(step, lower, diagonal, upper, growth, source, density, work):  # type: ignore[no-untyped-def]
    """Solve ``(I - h/2 (L + g)) p' = (I + h/2 (L + g)) p + h source`` in place (Thomas' algorithm)."""
    n = density.size
    half = 0.5 * step
    right, ratio = work[0], work[1]
    for i in range(n):
        value = (1.0 + half * (diagonal[i] + growth[i])) * density[i] + step * source[i]
        if i > 0:
            value += half * lower[i] * density[i - 1]
        if i < n - 1:
            value += half * upper[i] * density[i + 1]
        right[i] = value
    pivot = 1.0 - half * (diagonal[0] + growth[0])
    density[0] = right[0] / pivot
    for i in range(1, n):
        ratio[i] = -half * upper[i - 1] / pivot
        pivot = 1.0 - half * (diagonal[i] + growth[i]) + half * lower[i] * ratio[i]
        density[i] = (right[i] + half * lower[i] * density[i - 1]) / pivot
    for i in range(n - 2, -1, -1):
        density[i] -= ratio[i + 1] * density[i + 1]


@njit(**OPTIONS)
def advance(  # type: ignore[no-untyped-def]
    step, base, edges_error, error, gaps, volumes, learned, ideal, tangent, first, second, tilted, sums, work
):
    """Make one step of all densities and add to the energies.

    `learned`, `ideal`: densities of p^ and q. `tangent`: derivative of p^ in the error's scale. `first`, `second`:
    densities of [M] and [M]^2 under the ideal process. `tilted`: of ``exp(int |e|^2)`` under the drift error 2e.
    `sums`: ideal energy, learned energy, ``E M [M]``, half the square of ``e - d log(p^/q)`` under p^.
    """
    n = volumes.size
    lower, diagonal, upper, none, source = work[2], work[3], work[4], work[5], work[6]
    before, total, drift = work[7], work[8], work[9]
    for i in range(n):
        none[i] = 0.0
        source[i] = 0.0
        before[i] = learned[i]
    for i in range(n - 1):
        drift[i] = base[i] + edges_error[i]
    generator(drift, gaps, volumes, lower, diagonal, upper)
    midpoint(step, lower, diagonal, upper, none, source, learned, work)
    for i in range(n - 1):
        drift[i] = base[i] + 2.0 * edges_error[i]
    generator(drift, gaps, volumes, lower, diagonal, upper)
    for i in range(n):
        none[i] = error[i] * error[i]
    midpoint(step, lower, diagonal, upper, none, source, tilted, work)
    for i in range(n):
        none[i] = 0.0
        total[i] = ideal[i]
    generator(base, gaps, volumes, lower, diagonal, upper)
    midpoint(step, lower, diagonal, upper, none, source, ideal, work)
    for i in range(n):
        total[i] = 0.5 * (total[i] + ideal[i])
        before[i] = 0.5 * (before[i] + learned[i])
        sums[0] += step * volumes[i] * error[i] ** 2 * total[i]
        sums[1] += step * volumes[i] * error[i] ** 2 * before[i]
    for i in range(n - 1):
        peclet = 2.0 * base[i] * gaps[i]
        flux = -edges_error[i] * (bernoulli_slope(-peclet) * total[i] + bernoulli_slope(peclet) * total[i + 1])
        source[i] -= flux / volumes[i]
        source[i + 1] += flux / volumes[i + 1]
        slope = (math.log(before[i + 1] / total[i + 1]) - math.log(before[i] / total[i])) / gaps[i]
        mass = 0.5 * (before[i] + before[i + 1]) * gaps[i]
        sums[3] += 0.5 * step * mass * (edges_error[i] - slope) ** 2
    for i in range(n):
        drift[i] = tangent[i]
    midpoint(step, lower, diagonal, upper, none, source, tangent, work)
    for i in range(n):
        sums[2] += step * volumes[i] * error[i] ** 2 * 0.5 * (drift[i] + tangent[i])
        source[i] = error[i] ** 2 * total[i]
        drift[i] = first[i]
    midpoint(step, lower, diagonal, upper, none, source, first, work)
    for i in range(n):
        source[i] = error[i] ** 2 * (drift[i] + first[i])
    midpoint(step, lower, diagonal, upper, none, source, second, work)

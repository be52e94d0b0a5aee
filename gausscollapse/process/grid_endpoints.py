"""Divergences of the two endpoint densities on one grid: each a sum over cells, or over quantiles."""

from __future__ import annotations

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.process.grid_levels import Level

# Cells of less mass than this are rounding.
FAINT_MASS = 1e-18


def pair(level: Level, reverse: bool) -> tuple[Array, Array]:
    """Return the two densities, the learned first; the ideal first where `reverse`."""
    return (level.ideal, level.learned) if reverse else (level.learned, level.ideal)


def chi2_integrand(level: Level, *, reverse: bool) -> Array:
    """Return ``(p - q)^2/q`` at the centres."""
    p, q = pair(level, reverse)
    return np.asarray((p - q) ** 2 / q)


def hellinger_integrand(level: Level) -> Array:
    """Return ``(sqrt(p^) - sqrt(q))^2/2`` at the centres."""
    return np.asarray(0.5 * (np.sqrt(level.learned) - np.sqrt(level.ideal)) ** 2)


def power_integrand(level: Level, order: float, *, reverse: bool) -> Array:
    """Return ``p^a q^(1-a) - p - (a - 1)(p - q)`` over ``a - 1``, never negative, at the centres.

    Both densities have mass 1: its integral is ``(int p^a q^(1-a) - 1)/(a - 1)``. With r = log(p/q) it is
    ``p (exp((a - 1) r) - 1)/(a - 1) - (p - q)``.
    """
    p, q = pair(level, reverse)
    gap = order - 1.0
    with np.errstate(over="ignore"):
        return np.asarray(p * np.expm1(gap * np.log(p / q)) / gap - (p - q))


def squared_transport(level: Level) -> float:
    """Return the squared 2-Wasserstein distance of laws of constant density on each cell, exactly.

    It is the integral of the squared difference of the quantile functions, which are linear between the levels at
    which either law leaves a cell.
    """
    volumes, inner = level.grid.volumes, level.grid.edges
    edges = np.concatenate([[inner[0] - volumes[0]], inner, [inner[-1] + volumes[-1]]])
    sides = []
    for density in (level.learned, level.ideal):
        mass = volumes * density
        used = mass > FAINT_MASS
        first, last = int(np.argmax(used)), mass.size - int(np.argmax(used[::-1]))
        below = np.concatenate([[0.0], np.cumsum(mass[first:last])])
        sides.append((below / below[-1], edges[first : last + 1]))
    levels = np.union1d(sides[0][0], sides[1][0])
    gap = np.interp(levels, *sides[0]) - np.interp(levels, *sides[1])
    left, right = gap[:-1], gap[1:]
    return float(np.sum(np.diff(levels) * (left**2 + left * right + right**2)) / 3.0)


def total_variation(level: Level) -> float:
    """Return ``int |p^ - q|/2``, the difference taken as linear in cells in which it changes sign.

    Of slope s in a cell of width h, crossing at a distance c from its centre, the integral is ``|s|(h^2/4 + c^2)``,
    which the midpoint rule misses by ``|s|(h/2 - c)^2``.
    """
    grid, difference = level.grid, level.learned - level.ideal
    slope = np.gradient(difference, grid.centres)
    with np.errstate(divide="ignore", invalid="ignore"):
        away = np.abs(difference / slope)
        missed = np.where(away < 0.5 * grid.volumes, np.abs(slope) * (0.5 * grid.volumes - away) ** 2, 0.0)
    return float(0.5 * np.sum(grid.volumes * np.abs(difference) + missed))

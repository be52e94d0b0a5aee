"""One of the nested grids of the Fokker-Planck equation: all densities carried from the horizon to the stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.process.clock import clock_gaps
from gausscollapse.process.moving_grid import Grid, MovingGrid, components_at, log_density
from gausscollapse.process.process import ReverseProcess

if TYPE_CHECKING:
    from gausscollapse.process._grid_kernels import Densities, Sums

# Shares of the steps between jumps in time, in so many pieces; the coarsest grid has at least as many steps.
PIECES = 10


@dataclass(frozen=True, eq=False)
class Level:
    """What one of the nested grids ends with.

    Parameters
    ----------
    grid : Grid
        Cells at the stop.
    densities : Densities
        Of p^, of q and of what hangs on them, shape (n,) each.
    sums : Sums
        Integrals over time.
    steps : int
        Time steps.
    longest : float
        The longest of them.
    """

    grid: Grid
    densities: Densities
    sums: Sums
    steps: int
    longest: float

    @property
    def learned(self) -> Array:
        """Density of p^, shape (n,)."""
        return self.densities.learned

    @property
    def ideal(self) -> Array:
        """Density of q, shape (n,)."""
        return self.densities.ideal

    @property
    def tangent(self) -> Array:
        """Derivative of the density of p^ in the error's scale, shape (n,)."""
        return self.densities.tangent

    def integral(self, values: Array) -> float:
        """Return the integral of a function that is given at the centres."""
        return float(np.sum(self.grid.volumes * values))


def _start(process: ReverseProcess, grid: Grid) -> Densities:
    from gausscollapse.process._grid_kernels import Densities

    ideal = np.exp(log_density(components_at(process.data, process.diffusion.horizon), grid.centres)[0])
    standard = np.exp(-0.5 * grid.centres**2) / np.sqrt(2.0 * np.pi)
    learned = ideal.copy() if process.matched else standard
    learned /= np.sum(learned * grid.volumes)
    ideal /= np.sum(ideal * grid.volumes)
    # chi2(P^ || P*) weighs the start by (p_0/q_T)^2.
    tilted = learned**2 / ideal if not process.matched else ideal.copy()
    tangent, first, second = (np.zeros(grid.centres.size) for _ in range(3))
    return Densities(learned, ideal, tangent, first, second, tilted)


def _gaps(process: ReverseProcess, floor: float, steps: int) -> Array:
    """Return times and midtimes since the stop, descending, of steps that end where the error jumps in time.

    Between jumps they are even by the clock. Halving all steps of a coarse grid gives those of the next one: the
    share of each part is that of four steps.
    """
    stop, span = process.diffusion.stop, process.diffusion.horizon - process.diffusion.stop
    inner = [cut - stop for cut in process.error.smoothness.break_times if 0.0 < cut - stop < span]
    if not inner:
        return clock_gaps(span, stop, floor, 2 * steps + 1)[::-1]
    ends = np.array([0.0, *sorted(inner), span])
    clock = np.diff(np.log(floor + np.expm1(stop + ends)))
    parts = [2 * steps * max(1, round(PIECES * part / np.sum(clock))) // PIECES for part in clock]
    found = [
        low + clock_gaps(high - low, stop + low, floor, 2 * max(1, count // 2) + 1)
        for low, high, count in zip(ends[:-1], ends[1:], parts, strict=True)
    ]
    return np.concatenate([found[0], *(part[1:] for part in found[1:])])[::-1]


def solve(process: ReverseProcess, chart: MovingGrid, cells: int, steps: int) -> Level:
    """Carry all densities from the horizon to the stop on so many cells and in so many steps."""
    from gausscollapse.process import _grid_kernels as kernels

    data, diffusion = process.data, process.diffusion
    points = chart.points(np.arange(2 * cells + 1) / (2.0 * cells))
    floor = float(min(1.0, np.min(components_at(data, 0.0).deviations) ** 2))
    gaps = _gaps(process, floor, steps)
    times = diffusion.stop + gaps
    grid = chart.at(points, diffusion.horizon)
    densities, sums, work = _start(process, grid), np.zeros(len(kernels.Sums._fields)), kernels.workspace(cells)
    gain = 0.5 * (1.0 + process.stochasticity**2)
    for k in range((gaps.size - 1) // 2):
        t = float(times[2 * k + 1])
        step = float(gaps[2 * k] - gaps[2 * k + 2])
        after, between = chart.at(points, float(times[2 * k + 2])), chart.at(points, t)
        base = 0.5 * between.edges + gain * log_density(components_at(data, t), between.edges)[1]
        base -= (after.edges - grid.edges) / step
        errors = [
            np.ascontiguousarray(process.error.evaluate(x[:, None], t, data=data)[:, 0])
            for x in (between.edges, between.centres)
        ]
        on_edges, at_centres = gain * errors[0], gain / process.stochasticity * errors[1]
        kernels.advance(
            step, process.stochasticity**2, base, on_edges, at_centres, between.gaps, grid.volumes, after.volumes,
            tuple(densities), sums, work,
        )  # fmt: skip
        grid = after
    return Level(grid, densities, kernels.Sums(*sums.tolist()), steps, float(np.max(gaps[:-2:2] - gaps[2::2])))

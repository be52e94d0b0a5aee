"""The law of a learned reverse process in d = 1 by its Fokker-Planck equation: the deterministic truth for mixtures.

Learned and ideal density are carried on one grid by one conservative, positive scheme, so that what the grid does
wrong cancels in their ratio. Everything is computed on three nested grids and extrapolated; the interval is twice
the last correction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.neville import neville
from gausscollapse.core.validation import Array, as_count, as_vector
from gausscollapse.process.process import ReverseProcess

METHOD = "Fokker-Planck equation"
LEVELS = 3
REACH = 9.0
WIDENING = 1.5
ATTEMPTS = 4
# Share of an integrand's largest value that may be left at the ends of the grid.
TAIL = 1e-11
# Share of mass that may ever be in the end cells of the coarsest grid.
EDGE_MASS = 1e-15


@dataclass(frozen=True)
class Grid:
    """A grid of cells that is a smooth image of a uniform one, finer where the data is narrow.

    Parameters
    ----------
    centres, volumes : ndarray, shape (n,)
        Cells.
    edges, gaps : ndarray, shape (n - 1,)
        Inner edges, and the distances of the centres beside them.
    """

    centres: Array
    volumes: Array
    edges: Array
    gaps: Array


@dataclass(frozen=True)
class _Level:
    grid: Grid
    learned: Array
    ideal: Array
    tangent: Array
    sums: Array
    second: Array
    tilted: Array


def _components(process: ReverseProcess, t: float) -> tuple[Array, Array, Array]:
    """Return weights, means and standard deviations of q_t: ``a m_k`` and ``sqrt(a^2 v_k + 1 - a^2)``."""
    data = process.data
    square = np.exp(-t)
    return data.weights, np.sqrt(square) * data.means[:, 0], np.sqrt(square * data.covs[:, 0, 0] - np.expm1(-t))


def _log_density(parts: tuple[Array, Array, Array], x: Array) -> tuple[Array, Array]:
    """Return log-density and score of a mixture at points (n,)."""
    weights, means, deviations = parts
    z = (x[:, None] - means) / deviations
    logs = np.log(weights / deviations) - 0.5 * (z**2 + np.log(2.0 * np.pi))
    top = np.max(logs, axis=1, keepdims=True)
    shares = np.exp(logs - top)
    total = np.sum(shares, axis=1)
    return top[:, 0] + np.log(total), -np.sum(shares * z / deviations, axis=1) / total


class _Map:
    """Cells at every time: a smooth image of a uniform grid, moved and stretched with the data."""

    def __init__(self, process: ReverseProcess, stretch: float) -> None:
        self.process, self.reach = process, stretch * REACH
        self.end = self._interval(process.diffusion.stop)
        _, self.means, deviations = _components(process, process.diffusion.stop)
        self.scales = 4.0 * deviations
        # The uniform part has as many cells as the parts about the components.
        self.uniform = np.pi * self.means.size / (self.end[1] - self.end[0])

    def _interval(self, t: float) -> tuple[float, float]:
        """Return the ends of the grid: smooth extremes of ``m_k -+ reach s_k``."""
        _, means, deviations = _components(self.process, t)
        if not self.process.matched:
            means, deviations = np.append(means, 0.0), np.append(deviations, 1.0)
        low, high = means - self.reach * deviations, means + self.reach * deviations
        sharpness = 20.0 / float(np.max(high) - np.min(low))
        return (
            float(-np.logaddexp.reduce(-sharpness * low)) / sharpness,
            float(np.logaddexp.reduce(sharpness * high)) / sharpness,
        )

    def _forward(self, x: Array) -> tuple[Array, Array]:
        """Return the unnormalised coordinate and its derivative."""
        z = (x[:, None] - self.means) / self.scales
        value = self.uniform * x + np.sum(np.arctan(z), axis=1)
        return value, self.uniform + np.sum(1.0 / (self.scales * (1.0 + z**2)), axis=1)

    def points(self, share: Array) -> Array:
        """Return the final points of coordinates in [0, 1], scaled to [0, 1], by bisection and Newton's method."""
        ends = self._forward(np.array(self.end))[0]
        wanted = ends[0] + share * (ends[1] - ends[0])
        low, high = np.full(share.size, self.end[0]), np.full(share.size, self.end[1])
        for _ in range(40):
            middle = 0.5 * (low + high)
            above = self._forward(middle)[0] > wanted
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        x = 0.5 * (low + high)
        for _ in range(3):
            value, slope = self._forward(x)
            x = x - (value - wanted) / slope
        return np.asarray((x - self.end[0]) / (self.end[1] - self.end[0]))

    def grid(self, points: Array, t: float) -> Grid:
        """Return the grid at a time from centres and edges in turn, scaled to [0, 1]."""
        low, high = self._interval(t)
        x = low + (high - low) * points
        centres, edges = x[1::2], x[::2]
        return Grid(centres, np.diff(edges), edges[1:-1], np.diff(centres))


def _solve(process: ReverseProcess, chart: _Map, cells: int, steps: int) -> _Level:
    from gausscollapse.process import _grid_kernels as kernels

    diffusion = process.diffusion
    points = chart.points(np.arange(2 * cells + 1) / (2.0 * cells))
    floor = float(min(1.0, np.min(_components(process, 0.0)[2]) ** 2))
    clock = np.linspace(
        np.log(floor + np.expm1(diffusion.horizon)), np.log(floor + np.expm1(diffusion.stop)), 2 * steps + 1
    )
    times = np.log1p(np.exp(clock) - floor)
    times[0], times[-1] = diffusion.horizon, diffusion.stop
    grid = chart.grid(points, diffusion.horizon)
    ideal = np.exp(_log_density(_components(process, diffusion.horizon), grid.centres)[0])
    standard = np.exp(-0.5 * grid.centres**2) / np.sqrt(2.0 * np.pi)
    learned = ideal.copy() if process.matched else standard
    learned /= np.sum(learned * grid.volumes)
    ideal /= np.sum(ideal * grid.volumes)
    tangent, first, second = np.zeros(cells), np.zeros(cells), np.zeros(cells)
    # chi2(P^ || P*) weighs the start by (p_0/q_T)^2.
    tilted = learned**2 / ideal if not process.matched else ideal.copy()
    sums, work = np.zeros(6), np.zeros((10, cells))
    for k in range(steps):
        t = float(times[2 * k + 1])
        step = float(times[2 * k] - times[2 * k + 2])
        after, between = chart.grid(points, float(times[2 * k + 2])), chart.grid(points, t)
        base = 0.5 * between.edges + _log_density(_components(process, t), between.edges)[1]
        base -= (after.edges - grid.edges) / step
        errors = [
            np.ascontiguousarray(process.error.evaluate(x[:, None], t, data=process.data)[:, 0])
            for x in (between.edges, between.centres)
        ]
        kernels.advance(
            step, base, *errors, between.gaps, grid.volumes, after.volumes,
            learned, ideal, tangent, first, second, tilted, sums, work,
        )  # fmt: skip
        grid = after
    return _Level(grid, learned, ideal, tangent, sums, second, tilted)


@dataclass(frozen=True, eq=False)
class FokkerPlanck:
    """Learned and ideal law of a reverse process in d = 1, and all that follows from them.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Cell centres of the finest grid.
    density, ideal_density : ndarray, shape (n,)
        Densities of p^ and q at the stop, on that grid.

    Notes
    -----
    Divergences are in nats or dimensionless, energies dimensionless. All numbers are enclosures with guarantee
    ``"numeric"``; an upper end ``inf`` says that the integrand has not decayed at the ends of the grid.
    """

    x: Array
    density: Array
    ideal_density: Array
    _levels: tuple[_Level, ...]
    _initial: Enclosure

    def _extrapolated(
        self,
        function: Callable[[_Level], float],
        tail: Callable[[_Level], Array] | None = None,
        *,
        path: bool = False,
    ) -> Enclosure:
        found = neville([function(level) for level in self._levels], order=2, stride=2)
        value = max(float(found), 0.0)
        width = float(found.upper) - float(found.value) + 1e-12 * (1.0 + abs(value))
        upper = value + width
        if tail is not None:
            integrand = np.abs(tail(self._levels[-1]))
            if not np.all(np.isfinite(integrand)) or max(integrand[0], integrand[-1]) > TAIL * np.max(integrand):
                upper = np.inf
        if path and self._levels[-1].sums[5] > EDGE_MASS:
            upper = np.inf
        return Enclosure(value, max(value - width, 0.0), upper, METHOD, "numeric")

    @property
    def mean(self) -> Enclosure:
        """Mean of p^."""
        return neville([float(np.sum(v.grid.volumes * v.learned * v.grid.centres)) for v in self._levels], 2, 2)

    @property
    def variance(self) -> Enclosure:
        """Variance of p^."""

        def moment(level: _Level) -> float:
            mass = level.grid.volumes * level.learned
            mean = np.sum(mass * level.grid.centres)
            return float(np.sum(mass * (level.grid.centres - mean) ** 2))

        return neville([moment(level) for level in self._levels], 2, 2)

    def kl(self) -> Enclosure:
        """Return ``KL(p^ || q)`` in nats."""
        return self._extrapolated(
            lambda v: float(np.sum(v.grid.volumes * v.learned * np.log(v.learned / v.ideal))),
            lambda v: v.learned * np.log(v.learned / v.ideal),
        )

    def reverse_kl(self) -> Enclosure:
        """Return ``KL(q || p^)`` in nats."""
        return self._extrapolated(
            lambda v: float(np.sum(v.grid.volumes * v.ideal * np.log(v.ideal / v.learned))),
            lambda v: v.ideal * np.log(v.ideal / v.learned),
        )

    def chi2(self) -> Enclosure:
        """Return ``chi2(p^ || q)``; the upper end is inf where its integrand has not decayed."""
        return self._extrapolated(
            lambda v: float(np.sum(v.grid.volumes * (v.learned - v.ideal) ** 2 / v.ideal)),
            lambda v: (v.learned - v.ideal) ** 2 / v.ideal,
        )

    def ideal_energy(self) -> Enclosure:
        """Return ``eps*^2``."""
        return self._extrapolated(lambda v: float(v.sums[0]))

    def learned_energy(self) -> Enclosure:
        """Return ``eps^^2``."""
        return self._extrapolated(lambda v: float(v.sums[1]))

    def observed_energy(self) -> Enclosure:
        """Return ``eta eps*^2 = E_q u^2`` with ``u = (d p^/d scale)/q`` from the tangent equation (own)."""
        return self._extrapolated(
            lambda v: float(np.sum(v.grid.volumes * v.tangent**2 / v.ideal)), lambda v: v.tangent**2 / v.ideal
        )

    def observability(self) -> Enclosure:
        """Return eta in [0, 1]; 0 where the energy is."""
        energy = self.ideal_energy()
        if float(energy) == 0.0:
            return Enclosure.exact(0.0, METHOD, "numeric")
        ratio = self.observed_energy() / energy
        return Enclosure(
            min(float(ratio), 1.0),
            min(max(float(ratio.lower), 0.0), 1.0),
            min(float(ratio.upper), 1.0),
            METHOD,
            "numeric",
        )

    def slack(self) -> Enclosure:
        """Return ``(1/2) E_{P^} int |e - d log(p^_s/q_s)|^2 ds`` in nats (own)."""
        return self._extrapolated(lambda v: float(v.sums[3]))

    def initial_kl(self) -> Enclosure:
        """Return the KL of the starts in nats: 0, or ``KL(N(0, 1) || q_T)``."""
        return self._initial

    def path_kl(self) -> Enclosure:
        """Return ``KL(P^ || P*)`` in nats: that of the starts plus half the learned energy."""
        return 0.5 * self.learned_energy() + self._initial

    def variation_square(self) -> Enclosure:
        """Return ``E_{P*} [M]^2``."""
        return self._extrapolated(lambda v: float(np.sum(v.grid.volumes * v.second)), lambda v: v.second)

    def path_chi2(self) -> Enclosure:
        """Return ``chi2(P^ || P*)`` by the Feynman-Kac formula."""
        return self._extrapolated(lambda v: float(np.sum(v.grid.volumes * v.tilted)) - 1.0, path=True)

    def martingale_remainder(self) -> Enclosure:
        """Return ``rho = chi2(P^ || P*) + eps*^2 - 2 eps^^2``."""
        return self._extrapolated(
            lambda v: float(np.sum(v.grid.volumes * v.tilted)) - 1.0 + v.sums[0] - 2.0 * v.sums[1], path=True
        )

    def taylor_square(self) -> Enclosure:
        """Return ``E_{P*}(exp(Z) - 1 - Z)^2 = chi2(P^ || P*) - E M[M] + E[M]^2/4 - eps^^2``."""
        return self._extrapolated(
            lambda v: float(np.sum(v.grid.volumes * (v.tilted + 0.25 * v.second)) - 1.0 - v.sums[2] - v.sums[1]),
            path=True,
        )

    def hammersley_observable(self) -> Enclosure:
        """Return ``(E_{p^} u)^2/E_q u^2``, a lower bound of ``chi2(p^ || q)`` (own)."""

        def bound(v: _Level) -> float:
            change = np.sum(v.grid.volumes * (v.learned - v.ideal) * v.tangent / v.ideal)
            return float(change**2 / np.maximum(np.sum(v.grid.volumes * v.tangent**2 / v.ideal), 1e-300))

        return self._extrapolated(bound)

    def _hammersley(self, degree: int) -> Enclosure:
        def bound(v: _Level) -> float:
            mass, mean = v.grid.volumes * v.ideal, np.sum(v.grid.volumes * v.ideal * v.grid.centres)
            functions = np.stack([(v.grid.centres - mean) ** k for k in range(1, degree + 1)])
            functions = functions - (functions @ mass)[:, None]
            change = functions @ (v.grid.volumes * (v.learned - v.ideal))
            return float(change @ np.linalg.solve((functions * mass) @ functions.T, change))

        return self._extrapolated(bound)

    def hammersley_affine(self) -> Enclosure:
        """Return the best lower bound of ``chi2(p^ || q)`` over affine functions: from the means alone (own)."""
        return self._hammersley(1)

    def hammersley_quadratic(self) -> Enclosure:
        """Return the best lower bound of ``chi2(p^ || q)`` over quadratic functions: from two moments (own)."""
        return self._hammersley(2)

    def donsker_varadhan(self) -> Enclosure:
        """Return ``sup_lam {lam E_{p^} u - log E_q exp(lam u)}``, a lower bound of ``KL(p^ || q)`` in nats (own)."""

        def bound(v: _Level) -> float:
            u, log_mass = v.tangent / v.ideal, np.log(v.grid.volumes * v.ideal)
            change = float(np.sum(v.grid.volumes * v.learned * u))
            found = minimize_scalar(
                lambda scale: logsumexp(log_mass + scale * u) - scale * change, bounds=(0.0, 4.0), method="bounded",
                options={"xatol": 1e-9},
            )  # fmt: skip
            return -float(found.fun)

        return self._extrapolated(bound)

    def observable_score(self, y: ArrayLike) -> Array:
        """Return ``u(y) = E[M | endpoint = y]`` at points inside the grid, by interpolation."""
        points = as_vector("y", y)
        level = self._levels[-1]
        return np.interp(points, level.grid.centres, level.tangent / level.ideal)


def fokker_planck(process: ReverseProcess, *, cells: int = 1200, steps: int = 600) -> FokkerPlanck:
    """Solve the Fokker-Planck equation of a reverse process in d = 1.

    Parameters
    ----------
    process : ReverseProcess
        Any data law on the line and any error that is smooth where the data is.
    cells, steps : int
        Cells and time steps of the finest of the three grids, multiples of 4 (rounded up); at least 40.

    Returns
    -------
    FokkerPlanck
        Densities, divergences, energies, observability.

    Raises
    ------
    NotSupportedError
        If the dimension is not 1, the learned law leaves every grid that was tried, or the steps are too few for a
        positive solution.
    InvalidArgumentError
        If a number is out of range.
    """
    if process.dim != 1:
        raise NotSupportedError(f"process: has dimension {process.dim}; accepted: dimension 1")
    coarse = [-(-as_count(name, value, at_least=40) // 4) for name, value in (("cells", cells), ("steps", steps))]
    stretch = 1.0
    for _ in range(ATTEMPTS):
        chart = _Map(process, stretch)
        levels = [_solve(process, chart, coarse[0], coarse[1])]
        if levels[0].sums[4] < EDGE_MASS and levels[0].sums[5] < EDGE_MASS:
            break
        stretch *= WIDENING
    if levels[0].sums[4] >= EDGE_MASS:
        raise NotSupportedError("error: the learned law leaves every grid that was tried; accepted: a smaller error")
    levels += [_solve(process, chart, coarse[0] * 2**k, coarse[1] * 2**k) for k in range(1, LEVELS)]
    for level in levels:
        _require_positive(level)
    finest = levels[-1]
    return FokkerPlanck(finest.grid.centres, finest.learned, finest.ideal, tuple(levels), _initial_kl(process))


def _require_positive(level: _Level) -> None:
    for density in (level.learned, level.ideal):
        if not np.all(density > 0.0):
            raise NotSupportedError("steps: too few for a positive solution; accepted: more steps")


def _initial_kl(process: ReverseProcess) -> Enclosure:
    """Return ``KL(N(0, 1) || q_T)`` where the process starts from N(0, 1), by two Gauss-Hermite rules."""
    if process.matched:
        return Enclosure.exact(0.0)
    parts, found = _components(process, process.diffusion.horizon), []
    for count in (90, 120):
        nodes, weights = np.polynomial.hermite_e.hermegauss(count)
        gap = -0.5 * (nodes**2 + np.log(2.0 * np.pi)) - _log_density(parts, nodes)[0]
        found.append(max(float(weights @ gap) / np.sqrt(2.0 * np.pi), 0.0))
    error = 2.0 * abs(found[1] - found[0]) + 1e-13
    return Enclosure(found[1], max(found[1] - error, 0.0), found[1] + error, "Gauss-Hermite quadrature", "numeric")


__all__ = ["FokkerPlanck", "fokker_planck"]

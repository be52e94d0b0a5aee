"""The law of a learned reverse process in d = 1 by its Fokker-Planck equation: the deterministic truth for mixtures.

Learned and ideal density are carried on one grid by one conservative, positive scheme, so that what the grid does
wrong cancels in their ratio. Everything is computed on three nested grids and extrapolated; the interval is twice
the last correction.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.log_sum import log_sum
from gausscollapse.core.neville import neville
from gausscollapse.core.presentation import Presented
from gausscollapse.core.validation import Array, as_count, as_number, as_size, as_vector
from gausscollapse.process import grid_endpoints
from gausscollapse.process.grid_levels import PIECES, Level, solve
from gausscollapse.process.moving_grid import MovingGrid, components_at, log_density
from gausscollapse.process.process import ReverseProcess
from gausscollapse.process.statistics import renyi_order
from gausscollapse.process.stein import ratio

METHOD = "Fokker-Planck equation"
LEVELS = 3
WIDENING = 1.5
ATTEMPTS = 4
# Half width in the largest change between grids where values converge at an order that is not known.
ROUGH = 4.0
# Largest relative doubt with which an error of which nothing is stated is let pass.
WORST_DOUBT = 0.75
# Share of an integrand's largest value that may be left at the ends of the grid.
TAIL = 1e-11
# Share of mass that may ever be in the end cells of the coarsest grid.
EDGE_MASS = 1e-15


MOST_UPDATES = 10**8
# Beyond it the fitted flux is upwind, of first order, on the middle grid.
MOST_PECLET = 2.0


@dataclass(frozen=True, eq=False, repr=False)
class FokkerPlanck(Presented):
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
        ``"numeric"``, or ``"statistical"`` where nothing is stated of the error's smoothness; an upper end
        ``inf`` says that the integrand has not decayed at the ends of the grid.

    The flux between cells is that of Scharfetter and Gummel (1969), the time stepping the midpoint rule. The
    observable score ``u = (d p^/d scale)/q`` solves the tangent equation, and the path functionals those of Feynman
    and Kac (*own*).

    Examples
    --------
    See `fokker_planck` for what it computes. Its observable score is that of `observable_score`:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> data = gc.GaussianMixture([0.5, 0.5], [-1, 1], 0.5)
    >>> process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(1.0, 0.1), gc.AffineError(0, 0.5))
    >>> found = gc.fokker_planck(process, cells=200, steps=80)
    >>> gap = found.observable_score([-1, 0, 1]) - gc.observable_score(process, [-1, 0, 1])
    >>> bool(np.max(np.abs(gap)) < 0.001)
    True

    In the plain order the Renyi divergence of order 2 is ``log(1 + chi2)``; order 1/2 has no direction:

    >>> round(float(found.renyi(order=2)), 6) == round(float(np.log1p(found.chi2().value)), 6)
    True
    >>> bool(found.reverse_renyi(order=0.5).overlaps(found.renyi(order=0.5)))
    True
    """

    x: Array
    density: Array
    ideal_density: Array
    _levels: tuple[Level, ...]
    _initial: Enclosure
    _process: ReverseProcess

    @property
    def log_ratios(self) -> tuple[tuple[Array, Array], ...]:
        """Centres and ``log(p^/q)``, in which errors of the grid cancel, on each of the grids, the finest first."""
        return tuple((v.grid.centres, np.log(v.learned) - np.log(v.ideal)) for v in reversed(self._levels))

    @cached_property
    def _twin(self) -> FokkerPlanck:
        """The solution of the same error under the process that starts from q_T."""
        if self._process.matched:
            return self
        cells, steps = self.x.size, self._levels[-1].steps
        return fokker_planck(replace(self._process, start="marginal"), cells=cells, steps=steps)

    @property
    def _gain(self) -> float:
        """``((1 + lam^2)/(2 lam))^2``: E [M] over the energy."""
        lam = self._process.stochasticity
        return (0.5 * (1.0 + lam**2) / lam) ** 2

    @property
    def _tilted_inside(self) -> bool:
        """Whether the mass of the path chi-squared is positive, in range, and never near the ends of the grid."""
        return all(
            0.0 <= level.sums.tilted_edge <= EDGE_MASS
            and np.all(np.isfinite(level.densities.tilted))
            and np.all(level.densities.tilted >= 0.0)
            for level in self._levels
        )

    def _extrapolated(
        self,
        function: Callable[[Level], float],
        tail: Callable[[Level], Array] | None = None,
    ) -> Enclosure:
        found = self._limit(function)
        value = max(float(found), 0.0)
        # 1e-12 is a tolerance for the rounding of sums over cells: no word of these is stronger than "numeric".
        width = float(found.upper) - float(found.value) + 1e-12 * (1.0 + abs(value))
        upper = value + width
        if tail is not None:
            integrand = np.abs(tail(self._levels[-1]))
            if not np.all(np.isfinite(integrand)) or max(integrand[0], integrand[-1]) > TAIL * np.max(integrand):
                upper = np.inf
        return Enclosure(value, max(value - width, 0.0), upper, found.method, found.guarantee)

    def _limit(self, function: Callable[[Level], float]) -> Enclosure:
        """Return the limit of a number on finer grids; without extrapolation where the error may be rough."""
        values = [function(level) for level in self._levels]
        if self._smooth:
            found = neville(values, order=2, stride=2)
            return Enclosure(found.value, found.lower, found.upper, METHOD, found.guarantee)
        width = ROUGH * max(abs(b - a) for a, b in itertools.pairwise(values)) + self._doubt * abs(values[-1])
        known = self._process.error.smoothness.known
        words = (
            "jumps inside cells" if known else "nothing stated of the error, whose energy agrees with random samples"
        )
        guarantee = "numeric" if known else "statistical"
        return Enclosure(values[-1], values[-1] - width, values[-1] + width, f"{METHOD}, {words}", guarantee)

    @cached_property
    def _doubt(self) -> float:
        """Share of a number that cells and steps with a jump inside may hold, and the energy's gap to its samples."""
        share = 2.0 * ROUGH / self.x.size
        if self._process.error.smoothness.known:
            return share
        grid, sampled = self._levels[-1].sums.ideal / self._gain, self._process.ideal_energy()
        gap = max(abs(grid - float(sampled.lower)), abs(grid - float(sampled.upper)))
        share += 2.0 * ROUGH / self._levels[-1].steps
        return share + (gap / float(sampled) if float(sampled) > 0.0 else 0.0)

    @cached_property
    def _smooth(self) -> bool:
        """Whether the middle grid resolves the error by what is stated of it."""
        smooth, middle = self._process.error.smoothness, self._levels[1]
        cell, step = 2.0 * float(np.max(middle.grid.gaps)), 2.0 * middle.longest
        return not smooth.breakpoints and cell <= smooth.length_scale and step <= smooth.time_scale

    @property
    def mean(self) -> Enclosure:
        """Mean of p^, a length."""
        return self._limit(lambda v: float(np.sum(v.grid.volumes * v.learned * v.grid.centres)))

    @property
    def variance(self) -> Enclosure:
        """Variance of p^, a squared length."""

        def moment(level: Level) -> float:
            mass = level.grid.volumes * level.learned
            mean = np.sum(mass * level.grid.centres)
            return float(np.sum(mass * (level.grid.centres - mean) ** 2))

        return self._limit(moment)

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
            lambda v: v.integral(grid_endpoints.chi2_integrand(v, reverse=False)),
            lambda v: grid_endpoints.chi2_integrand(v, reverse=False),
        )

    def reverse_chi2(self) -> Enclosure:
        """Return ``chi2(q || p^)``; the upper end is inf where its integrand has not decayed."""
        return self._extrapolated(
            lambda v: v.integral(grid_endpoints.chi2_integrand(v, reverse=True)),
            lambda v: grid_endpoints.chi2_integrand(v, reverse=True),
        )

    def renyi(self, *, order: float) -> Enclosure:
        """Return the Renyi divergence ``D_order(p^ || q)`` in nats, order at most 1000; upper end as for `chi2`."""
        return self._renyi(renyi_order(order), reverse=False)

    def reverse_renyi(self, *, order: float) -> Enclosure:
        """Return the Renyi divergence ``D_order(q || p^)`` in nats, order at most 1000; upper end as for `chi2`."""
        return self._renyi(renyi_order(order), reverse=True)

    def _renyi(self, order: float, *, reverse: bool) -> Enclosure:
        # Powers of the density's ratio leave the range of floats beyond.
        as_number("order", order, at_most=1000.0)
        if order == 1.0:
            return self.reverse_kl() if reverse else self.kl()

        def integrand(v: Level) -> Array:
            return grid_endpoints.power_integrand(v, order, reverse=reverse)

        gap = order - 1.0
        found = self._extrapolated(lambda v: v.integral(integrand(v)), integrand)
        # Below order 1 the integral is at most 1/(1 - order).
        value, low, high = (
            float(np.log1p(max(gap * float(end), np.nextafter(-1.0, 0.0)))) / gap
            for end in (found.value, found.lower, found.upper)
        )
        return Enclosure(value, low, high, found.method, found.guarantee)

    def hellinger2(self) -> Enclosure:
        """Return the squared Hellinger distance ``1 - int sqrt(p^ q)``, from 0 to 1."""
        return self._extrapolated(lambda v: v.integral(grid_endpoints.hellinger_integrand(v)))

    def total_variation(self) -> Enclosure:
        """Return ``int |p^ - q|/2``; twice as wide, since cells in which the densities cross err at an odd order."""
        found = self._extrapolated(grid_endpoints.total_variation)
        width = 2.0 * (float(found.upper) - float(found.value))
        low, high = max(float(found.value) - width, 0.0), min(float(found.value) + width, 1.0)
        return Enclosure(min(float(found.value), 1.0), low, high, found.method, found.guarantee)

    def wasserstein2(self) -> Enclosure:
        """Return the 2-Wasserstein distance of p^ and q, a length, by quantile functions."""
        return self._extrapolated(lambda v: float(np.sqrt(grid_endpoints.squared_transport(v))))

    def ideal_energy(self) -> Enclosure:
        """Return ``eps*^2``."""
        return self._extrapolated(lambda v: v.sums.ideal / self._gain)

    def learned_energy(self) -> Enclosure:
        """Return ``eps^^2``."""
        return self._extrapolated(lambda v: v.sums.learned / self._gain)

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
        return ratio(self.observed_energy(), self._gain * energy)

    def slack(self) -> Enclosure:
        """Return ``(1/2) E_{P^} int |(k/lam) e - lam d log(p^_s/q_s)|^2 ds`` in nats, ``k = (1 + lam^2)/2`` (own)."""
        return self._extrapolated(lambda v: v.sums.slack)

    def flow_integral(self) -> Enclosure:
        """Return ``int sqrt(E_{P^}|e|^2 I(p^_s || q_s)) ds``, I the relative Fisher information (own)."""
        return self._extrapolated(lambda v: v.sums.flow / np.sqrt(self._gain))

    def initial_kl(self) -> Enclosure:
        """Return the KL of the starts in nats: 0, or ``KL(N(0, 1) || q_T)``."""
        return self._initial

    def path_kl(self) -> Enclosure:
        """Return ``KL(P^ || P*)`` in nats: that of the starts plus half the learned energy."""
        return 0.5 * self._gain * self.learned_energy() + self._initial

    def variation_square(self) -> Enclosure:
        """Return ``E_{P*} [M]^2``."""
        return self._extrapolated(lambda v: v.integral(v.densities.second), lambda v: v.densities.second)

    def path_chi2(self) -> Enclosure:
        """Return ``chi2(P^ || P*)`` by the Feynman-Kac formula.

        Where its mass has reached the ends of the grid only ``chi2 >= exp(KL) - 1`` (Jensen) is known.
        """
        if not self._tilted_inside:
            return _at_least(float(np.expm1(self.path_kl().lower)))
        return self._extrapolated(lambda v: v.integral(v.densities.tilted) - 1.0)

    def martingale_remainder(self) -> Enclosure:
        """Return ``rho = E_{P*}(exp(Z) - 1 - M)^2``: ``chi2(P^ || P*) + eps*^2 - 2 eps^^2`` for a matched start."""
        if self._twin is not self:
            return self._twin.martingale_remainder()
        if not self._tilted_inside:
            rest = self._gain * (self.ideal_energy() - 2.0 * self.learned_energy())
            return _at_least(float((self.path_chi2() + rest).lower))
        return self._extrapolated(
            lambda v: v.integral(v.densities.tilted) - 1.0 + v.sums.ideal - 2.0 * v.sums.learned,
        )

    def taylor_square(self) -> Enclosure:
        """Return ``E_{P*}(exp(Z) - 1 - Z)^2 = chi2(P^ || P*) - E M[M] + E[M]^2/4 - eps^^2``.

        The formula is that of a matched start: M and [M] know nothing of the learned start.
        """
        if self._twin is not self:
            return self._twin.taylor_square()
        if not self._tilted_inside:
            return _at_least(0.0)
        return self._extrapolated(
            lambda v: (
                v.integral(v.densities.tilted + 0.25 * v.densities.second) - 1.0 - v.sums.crossed - v.sums.learned
            )
        )

    def taylor_energy(self) -> Enclosure:
        """Return ``E_{P*} int (exp(Z) - 1 - Z) d[M] = eps^^2 - eps*^2 - E M[M] + E[M]^2/4`` for a matched start."""
        if self._twin is not self:
            return self._twin.taylor_energy()
        return self._extrapolated(
            lambda v: v.sums.learned - v.sums.ideal - v.sums.crossed + 0.25 * v.integral(v.densities.second)
        )

    def hammersley_observable(self) -> Enclosure:
        """Return ``(E_{p^} u)^2/E_q u^2``, a lower bound of ``chi2(p^ || q)`` (own)."""

        def bound(v: Level) -> float:
            change = np.sum(v.grid.volumes * (v.learned - v.ideal) * v.tangent / v.ideal)
            return float(change**2 / np.maximum(np.sum(v.grid.volumes * v.tangent**2 / v.ideal), 1e-300))

        return self._extrapolated(bound)

    def _hammersley(self, degree: int) -> Enclosure:
        def bound(v: Level) -> float:
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
        from scipy.optimize import minimize_scalar

        def bound(v: Level) -> float:
            u, log_mass = v.tangent / v.ideal, np.log(v.grid.volumes * v.ideal)
            change = float(np.sum(v.grid.volumes * v.learned * u))
            found = minimize_scalar(
                lambda scale: log_sum(log_mass + scale * u) - scale * change, bounds=(0.0, 4.0), method="bounded",
                options={"xatol": 1e-9},
            )  # fmt: skip
            return -float(found.fun)

        return self._extrapolated(bound)

    def observable_score(self, y: ArrayLike) -> Array:
        """Return ``u(y) = E[M | endpoint = y]`` at points (n,) inside the grid, by interpolation; shape (n,)."""
        points = as_vector("y", y)
        level = self._levels[-1]
        return np.interp(points, level.grid.centres, level.tangent / level.ideal)


@checked
def fokker_planck(process: ReverseProcess, *, cells: int = 1200, steps: int = 600) -> FokkerPlanck:
    """Solve the Fokker-Planck equation of a reverse process in d = 1.

    Parameters
    ----------
    process : ReverseProcess
        Any data law on the line and any error. Intervals are narrow where the error's smoothness is known (see
        `FunctionError`) and the grid resolves it; steps of time end where it jumps. Else they are wide, and where
        nothing is stated the error's energy on the grid is compared with that on random points.
    cells, steps : int
        Cells and time steps of the finest of the three grids, multiples of 4 (rounded up); at least 40,
        and at most 10^8 in their product.

    Returns
    -------
    FokkerPlanck
        Densities (1/length), divergences (nats or dimensionless), energies and observability (dimensionless).

    Raises
    ------
    NotSupportedError
        If the dimension is not 1, the grid misses a part of the error, the learned law leaves every grid
        that was tried, or the steps are too few for a
        positive solution.
    InvalidArgumentError
        If a number is out of range.

    Examples
    --------
    A mixture whose score is a tenth too strong; what the path bound gives away is the slack:

    >>> import gausscollapse as gc
    >>> data = gc.GaussianMixture([0.5, 0.5], [-1, 1], 0.5)
    >>> process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(1.0, 0.1), gc.AmplifiedScoreError(0.1))
    >>> found = gc.fokker_planck(process, cells=200, steps=80)
    >>> bool(found.kl() < found.path_kl())
    True
    >>> bool((found.path_kl() - found.kl() - found.slack()).contains(0.0))
    True
    """
    if process.dim != 1:
        raise NotSupportedError(f"process: has dimension {process.dim}; accepted: dimension 1")
    if process.stochasticity == 0.0:
        raise NotSupportedError(
            "stochasticity: the equation of a flow has no diffusion, which the grid needs; accepted: > 0"
        )
    coarse = [-(-as_count(name, value, at_least=40) // 4) for name, value in (("cells", cells), ("steps", steps))]
    if process.error.smoothness.break_times:
        coarse[1] = PIECES * -(-coarse[1] // PIECES)
    as_size("cells", cells, each=min(steps, 10_000), unit="updates of cells", most=MOST_UPDATES)
    as_size("steps", steps, each=cells, unit="updates of cells", most=MOST_UPDATES)
    stretch = 1.0
    for _ in range(ATTEMPTS):
        chart = MovingGrid(process, stretch)
        levels = [solve(process, chart, coarse[0], coarse[1])]
        if levels[0].sums.learned_edge < EDGE_MASS and levels[0].sums.tilted_edge < EDGE_MASS:
            break
        stretch *= WIDENING
    if levels[0].sums.learned_edge >= EDGE_MASS:
        raise NotSupportedError("error: the learned law leaves every grid that was tried; accepted: a smaller error")
    levels += [solve(process, chart, coarse[0] * 2**k, coarse[1] * 2**k) for k in range(1, LEVELS)]
    for level in levels:
        _require_positive(level)
    _require_fine(process, levels)
    finest = levels[-1]
    initial = _initial_kl(process)
    solution = FokkerPlanck(finest.grid.centres, finest.learned, finest.ideal, tuple(levels), initial, process)
    _require_seen(process, solution)
    return solution


def _at_least(bound: float) -> Enclosure:
    least = max(bound, 0.0)
    return Enclosure(least, least, np.inf, f"{METHOD}, a lower bound: the mass leaves the grid", "numeric")


def _require_seen(process: ReverseProcess, solution: FokkerPlanck) -> None:
    """Refuse an error of which nothing is stated and whose energy on random points is far from that on the grid."""
    if process.error.smoothness.known or solution._doubt < WORST_DOUBT:
        return
    raise NotSupportedError(
        f"error: the grid does not see it all: its energy is {float(process.ideal_energy()):.6g} on random points, "
        f"on the grid {solution._levels[-1].sums.ideal / solution._gain:.6g}; accepted: more cells and steps"
    )


def _require_fine(process: ReverseProcess, levels: list[Level]) -> None:
    """Refuse so little noise that it does not fill the cells: extrapolation would not see what is missing."""
    widest = levels[1].sums.peclet
    if process.stochasticity < 1.0 and widest > MOST_PECLET:
        raise NotSupportedError(
            f"stochasticity: {process.stochasticity:g} is too little noise for cells so wide (Peclet number "
            f"{widest:.3g} of at most {MOST_PECLET:g}); accepted: more noise, or more cells"
        )


def _require_positive(level: Level) -> None:
    for density in (level.learned, level.ideal):
        if not np.all(density > 0.0):
            raise NotSupportedError("steps: too few for a positive solution; accepted: more steps")


def _initial_kl(process: ReverseProcess) -> Enclosure:
    """Return ``KL(N(0, 1) || q_T)`` where the process starts from N(0, 1), by two Gauss-Hermite rules."""
    if process.matched:
        return Enclosure.exact(0.0)
    parts, found = components_at(process.data, process.diffusion.horizon), []
    for count in (90, 120):
        nodes, weights = np.polynomial.hermite_e.hermegauss(count)
        gap = -0.5 * (nodes**2 + np.log(2.0 * np.pi)) - log_density(parts, nodes)[0]
        found.append(max(float(weights @ gap) / np.sqrt(2.0 * np.pi), 0.0))
    error = 2.0 * abs(found[1] - found[0]) + 1e-13
    return Enclosure(found[1], max(found[1] - error, 0.0), found[1] + error, "Gauss-Hermite quadrature", "numeric")


__all__ = ["FokkerPlanck", "fokker_planck"]

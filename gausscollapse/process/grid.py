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

from gausscollapse.core.arguments import checked
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.neville import neville
from gausscollapse.core.validation import Array, as_count, as_size, as_vector
from gausscollapse.process.grid_levels import Level, solve
from gausscollapse.process.moving_grid import MovingGrid, components_at, log_density
from gausscollapse.process.process import ReverseProcess
from gausscollapse.process.stein import ratio

METHOD = "Fokker-Planck equation"
LEVELS = 3
WIDENING = 1.5
ATTEMPTS = 4
# Share of an integrand's largest value that may be left at the ends of the grid.
TAIL = 1e-11
# Share of mass that may ever be in the end cells of the coarsest grid.
EDGE_MASS = 1e-15


MOST_UPDATES = 10**8


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
    """

    x: Array
    density: Array
    ideal_density: Array
    _levels: tuple[Level, ...]
    _initial: Enclosure

    def _extrapolated(
        self,
        function: Callable[[Level], float],
        tail: Callable[[Level], Array] | None = None,
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
        if path and self._levels[-1].sums.tilted_edge > EDGE_MASS:
            upper = np.inf
        return Enclosure(value, max(value - width, 0.0), upper, METHOD, "numeric")

    @property
    def mean(self) -> Enclosure:
        """Mean of p^, a length."""
        return neville([float(np.sum(v.grid.volumes * v.learned * v.grid.centres)) for v in self._levels], 2, 2)

    @property
    def variance(self) -> Enclosure:
        """Variance of p^, a squared length."""

        def moment(level: Level) -> float:
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
        return self._extrapolated(lambda v: v.sums.ideal)

    def learned_energy(self) -> Enclosure:
        """Return ``eps^^2``."""
        return self._extrapolated(lambda v: v.sums.learned)

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
        return ratio(self.observed_energy(), energy)

    def slack(self) -> Enclosure:
        """Return ``(1/2) E_{P^} int |e - d log(p^_s/q_s)|^2 ds`` in nats (own)."""
        return self._extrapolated(lambda v: v.sums.slack)

    def initial_kl(self) -> Enclosure:
        """Return the KL of the starts in nats: 0, or ``KL(N(0, 1) || q_T)``."""
        return self._initial

    def path_kl(self) -> Enclosure:
        """Return ``KL(P^ || P*)`` in nats: that of the starts plus half the learned energy."""
        return 0.5 * self.learned_energy() + self._initial

    def variation_square(self) -> Enclosure:
        """Return ``E_{P*} [M]^2``."""
        return self._extrapolated(lambda v: v.integral(v.densities.second), lambda v: v.densities.second)

    def path_chi2(self) -> Enclosure:
        """Return ``chi2(P^ || P*)`` by the Feynman-Kac formula."""
        return self._extrapolated(lambda v: v.integral(v.densities.tilted) - 1.0, path=True)

    def martingale_remainder(self) -> Enclosure:
        """Return ``rho = chi2(P^ || P*) + eps*^2 - 2 eps^^2``."""
        return self._extrapolated(
            lambda v: v.integral(v.densities.tilted) - 1.0 + v.sums.ideal - 2.0 * v.sums.learned, path=True
        )

    def taylor_square(self) -> Enclosure:
        """Return ``E_{P*}(exp(Z) - 1 - Z)^2 = chi2(P^ || P*) - E M[M] + E[M]^2/4 - eps^^2``."""
        return self._extrapolated(
            lambda v: (
                v.integral(v.densities.tilted + 0.25 * v.densities.second) - 1.0 - v.sums.crossed - v.sums.learned
            ),
            path=True,
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

        def bound(v: Level) -> float:
            u, log_mass = v.tangent / v.ideal, np.log(v.grid.volumes * v.ideal)
            change = float(np.sum(v.grid.volumes * v.learned * u))
            found = minimize_scalar(
                lambda scale: logsumexp(log_mass + scale * u) - scale * change, bounds=(0.0, 4.0), method="bounded",
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
        Any data law on the line and any error that is smooth where the data is.
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
        If the dimension is not 1, the learned law leaves every grid that was tried, or the steps are too few for a
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
    >>> bool(abs(found.path_kl() - found.kl() - found.slack()) < 1e-9)
    True
    """
    if process.dim != 1:
        raise NotSupportedError(f"process: has dimension {process.dim}; accepted: dimension 1")
    coarse = [-(-as_count(name, value, at_least=40) // 4) for name, value in (("cells", cells), ("steps", steps))]
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
    finest = levels[-1]
    return FokkerPlanck(finest.grid.centres, finest.learned, finest.ideal, tuple(levels), _initial_kl(process))


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

"""Statistics of samplers: what the theorems on discretisation compare.

The direct side of an identity comes from the joint law of two times, by moments of Gaussians or by quadrature on the
line; the other from the budget's closed forms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import AbsentStatisticError
from gausscollapse.core.named import Named
from gausscollapse.core.neville import neville
from gausscollapse.core.validation import Array
from gausscollapse.process.clock import clock_times, floor_of, gauss_times
from gausscollapse.sampling import DiscretisedProcess
from gausscollapse.sampling.budget import error_budget
from gausscollapse.sampling.sampler_grids import step_cost
from gausscollapse.sampling.schemes import ANCESTRAL, linear_part, scheme_is
from gausscollapse.theorems.instances.drift_difference import drift_square, fisher, path_square

# Numbers of steps from which limits are taken, and what their last digits are not trusted with.
COUNTS = tuple(64 * 2**k for k in range(5))
DOUBT, CORNER = 2e-8, 0.1


class ChainStatistics(Named):
    """Statistics of B samplers; every enclosure has shape (B,), in nats where nothing else is said.

    Parameters
    ----------
    samplers : sequence of DiscretisedProcess
        B of them, all with Gaussian data and affine errors, or all with mixtures on the line.
    """

    def __init__(self, samplers: Sequence[DiscretisedProcess]) -> None:
        self.samplers = tuple(samplers)

    @property
    def size(self) -> int:
        """Number B of samplers."""
        return len(self.samplers)

    def _stacked(self, part: Callable[[DiscretisedProcess], Enclosure]) -> Enclosure:
        if any(scheme_is(sampler.scheme, ANCESTRAL) for sampler in self.samplers):
            raise AbsentStatisticError("budget", "ancestral sampling has another noise than the reverse process")
        rows = [part(sampler) for sampler in self.samplers]
        value, lower, upper = (np.array([getattr(row, end) for row in rows]) for end in ("value", "lower", "upper"))
        weakest = "numeric" if any(row.guarantee == "numeric" for row in rows) else rows[0].guarantee
        return Enclosure(value, lower, upper, rows[0].method, weakest)

    @cached_property
    def start(self) -> Enclosure:
        """``KL(q_T || start)``."""
        return self._stacked(lambda sampler: sampler.budget.start)

    @cached_property
    def discretisation(self) -> Enclosure:
        """The budget's part of the discretisation, with the exact score."""
        return self._stacked(lambda sampler: sampler.budget.discretisation)

    @cached_property
    def score(self) -> Enclosure:
        """What the score error adds."""
        return self._stacked(lambda sampler: sampler.budget.score)

    @cached_property
    def endpoint_kl(self) -> Enclosure:
        """``KL(q_t0 || p^)`` of the endpoints."""
        if not all(sampler.process.is_linear for sampler in self.samplers):
            raise AbsentStatisticError("endpoint_kl", "the law of a chain is known of Gaussian data")
        return self._stacked(lambda sampler: sampler.endpoint_kl)

    @cached_property
    def path_square(self) -> Enclosure:
        """Half the mean square of the drift's difference over all steps, error included, from the joint law."""
        return self._stacked(path_square)

    @cached_property
    def drift_square(self) -> Enclosure:
        """``E|f(X_k) - s_t(X_t)|^2`` at the middle of the middle step, f the learned score there, without unit."""
        return self._stacked(lambda sampler: drift_square(sampler, frozen=True))

    @cached_property
    def projected_square(self) -> Enclosure:
        """``E|f(X_k) - r s_k(X_k)|^2`` at the same time."""
        return self._stacked(lambda sampler: drift_square(sampler, frozen=False))

    @cached_property
    def fisher_gap(self) -> tuple[Enclosure, Enclosure]:
        """``J(t)`` and ``r^2 J(t_k)`` there."""
        return tuple(self._stacked(lambda sampler, side=side: fisher(sampler)[side]) for side in (0, 1))  # type: ignore[return-value, misc]

    def _limit(self, grid: str, scheme: float | None = None) -> Enclosure:
        def of(sampler: DiscretisedProcess) -> Enclosure:
            chosen = sampler.scheme if scheme is None else scheme
            costs = [
                n * float(error_budget(sampler.process, n, grid=grid, scheme=chosen).discretisation) for n in COUNTS
            ]
            found = neville(costs)
            doubt = DOUBT * max(abs(float(found)), 1.0)
            if grid == "optimal":
                # Where the cost vanishes somewhere its root has a corner, and the limit no expansion.
                doubt += CORNER * abs(costs[-1] - costs[-2])
            return found + Enclosure(0.0, -doubt, doubt, "last digits", "numeric")

        return self._stacked(of)

    @cached_property
    def limit(self) -> Enclosure:
        """``lim n D_n`` on uniform grids, D_n the discretisation's part."""
        return self._limit("uniform")

    @cached_property
    def optimal_limit(self) -> Enclosure:
        """The same on optimal grids."""
        return self._limit("optimal")

    @cached_property
    def advantage(self) -> Enclosure:
        """``lim n (D_n(exponential) - D_n(Euler-Maruyama))`` on uniform grids."""
        return self._limit("uniform", 0.0) - self._limit("uniform", 0.5)

    def _information(self, sampler: DiscretisedProcess) -> tuple[float, float, float]:
        """Return ``int J dt``, ``J(t0) - J(T)`` and ``d (T - t0)``, from entropies."""
        if not sampler.process.is_linear:
            raise AbsentStatisticError("entropies", "they are those of Gaussian data")
        data, diffusion = sampler.process.gaussian, sampler.process.diffusion
        eigenvalues = np.linalg.eigvalsh(data.cov)
        early, late = (np.exp(-t) * eigenvalues - np.expm1(-t) for t in (diffusion.stop, diffusion.horizon))
        span = data.dim * (diffusion.horizon - diffusion.stop)
        return span + float(np.sum(np.log(late / early))), float(np.sum(1.0 / early - 1.0 / late)), span

    def _closed(self, formula: Callable[[DiscretisedProcess], float], error: float = 1e-13) -> Enclosure:
        values = np.array([formula(sampler) for sampler in self.samplers])
        return Enclosure(values, values - error * np.abs(values), values + error * np.abs(values), "closed form")

    @cached_property
    def entropies(self) -> Enclosure:
        """``(T - t0) [(1 - 2B) int J + J(t0) - J(T) + B^2 d (T - t0)]``, B the scheme's linear part."""

        def formula(sampler: DiscretisedProcess) -> float:
            total, drop, span = self._information(sampler)
            part = linear_part(sampler.scheme)
            if part is not None and part.size > 1:
                raise AbsentStatisticError("entropies", "they know the trace alone: the linear part is one number")
            b = 0.0 if part is None else float(part[0])
            diffusion = sampler.process.diffusion
            return (diffusion.horizon - diffusion.stop) * ((1.0 - 2.0 * b) * total + drop + b * b * span)

        return self._closed(formula)

    @cached_property
    def information_gap(self) -> Enclosure:
        """``(T - t0) (int J - d (T - t0)/4)``."""

        def formula(sampler: DiscretisedProcess) -> float:
            total, _, span = self._information(sampler)
            return span / sampler.process.dim * (total - 0.25 * span)

        values = self._closed(formula)
        sizes = self._closed(lambda sampler: sum(map(abs, self._information(sampler))) * 8.0)
        slack = 1e-13 * np.abs(np.asarray(sizes.value))
        return values + Enclosure(0.0 * slack, -slack, slack, "rounding")

    @cached_property
    def cost_range(self) -> Array:
        """Least over greatest root of ``E|grad^2 log q_t + B|^2`` on the way, shape (B,)."""
        return np.array([_range(sampler) for sampler in self.samplers])

    @cached_property
    def least_cost(self) -> Enclosure:
        """``(int sqrt(E|grad^2 log q_t + B|^2) dt)^2``."""
        areas = [[_root(sampler, count) for count in (160, 120)] for sampler in self.samplers]
        fine, coarse = np.array(areas).T ** 2
        error = np.abs(fine - coarse) + 1e-11 * fine
        return Enclosure(fine, fine - error, fine + error, "Gauss-Legendre", "numeric")


def _root(sampler: DiscretisedProcess, count: int) -> float:
    diffusion = sampler.process.diffusion
    times, weights = gauss_times(diffusion.stop, diffusion.horizon, floor_of(sampler.process.data), count)
    roots: Array = np.sqrt(step_cost(sampler.process, times, sampler.scheme))
    return float(weights @ roots)


def _range(sampler: DiscretisedProcess) -> float:
    diffusion = sampler.process.diffusion
    times = clock_times(diffusion.stop, diffusion.horizon, floor_of(sampler.process.data), 400)
    roots = np.sqrt(np.maximum(step_cost(sampler.process, times, sampler.scheme), 0.0))
    return float(np.min(roots) / np.max(roots)) if np.max(roots) > 0.0 else 0.0

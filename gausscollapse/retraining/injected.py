"""Retraining with a score error injected in every generation: ``p^_{i+1}`` is the endpoint of a learned process.

The training law ``q_i`` is the data of a reverse process, whose marginals are those of q_i smoothed by Gaussians,
exactly. Its learned endpoint is a Gaussian where q_i is one and the error is affine; on the line it is found by the
Fokker-Planck equation otherwise, and carried on as a mixture of narrow Gaussians on a lattice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from gausscollapse.core.arguments import asked
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError
from gausscollapse.core.presentation import Facts
from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.process.errors import ScoreError
from gausscollapse.process.grid import FokkerPlanck, fokker_planck
from gausscollapse.process.process import ReverseProcess
from gausscollapse.retraining._injected_run import Injection, run_injected
from gausscollapse.retraining.embedded_drift import KernelDrift
from gausscollapse.retraining.paper_terms import PaperTerms, paper_terms
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.retraining.widening import widened, widened_each

if TYPE_CHECKING:
    import xarray

# Of the moment equations.
TOLERANCE = 1e-10
# Share of an integrand's largest value that may be left at the ends of the grid.
TAIL = 1e-11

ErrorStep: TypeAlias = ScoreError | Sequence[ScoreError] | Callable[[int], ScoreError]


@dataclass(frozen=True, eq=False, repr=False)
class InjectedTrajectory(Trajectory):
    """What `retrain` returns for score errors: a `Trajectory` whose generations are learned reverse processes.

    Parameters
    ----------
    data, channels, fresh, pool, workflow
        As in `Trajectory`; there are no channels.
    processes : tuple of ReverseProcess
        The learned process of each generation: its data is the training law, or that law's Gaussian refit.
    solutions : tuple of FokkerPlanck or None
        The solution of each generation that is not exact, None for the others.
    diffusion : OrnsteinUhlenbeck
        Forward process of all generations.
    refit : {"none", "gaussian"}
        Whether a generation learns its training law, or the Gaussian of its mean and covariance.
    cells, steps : int
        Of the Fokker-Planck equation.
    coarse : InjectedTrajectory or None
        The same on a grid of half as many cells and steps, and to a lower accuracy, by which intervals are widened.

    Notes
    -----
    Intervals have the guarantee ``"numeric"``: the difference of two solutions is added to them.
    Source: the setting is that of arXiv 2602.16601.

    Examples
    --------
    Trained on the last model alone, N(0, 1) is moved by b in every generation over [0, 2 log 2], where an error b has
    the energy ``b^2 2 log 2``:

    >>> import gausscollapse as gc
    >>> run = gc.retrain(
    ...     gc.Gaussian(0, 1), fresh=0.0, step=gc.AffineError(0, 0.5), generations=2,
    ...     diffusion=gc.OrnsteinUhlenbeck(2 * np.log(2), 0.0),
    ... )
    >>> run.means.ravel().round(6)
    array([0. , 0.5, 1. ])
    >>> [round(float(energy), 6) for energy in run.ideal_energy()], float(round(0.5 * np.log(2), 6))
    ([0.346574, 0.346574], 0.346574)
    >>> bool(run.intra_generation(1).overlaps(np.expm1(0.25))), bool(run.kl()[2].overlaps(0.5))
    (True, True)
    >>> [round(float(eta * energy), 6) for eta, energy in zip(run.observability(), run.ideal_energy())]
    [0.25, 0.25]
    >>> try:
    ...     run.mmd(width=1.0)
    ... except gc.core.NotSupportedError as problem:
    ...     print(str(problem)[:38])
    mmd: of score errors no interval is kn
    >>> bool(run.observed_energy()[0].overlaps(0.25)), bool(run.learned_energy()[0].overlaps(0.5 * np.log(2)))
    (True, True)
    """

    processes: tuple[ReverseProcess, ...] = ()
    solutions: tuple[FokkerPlanck | None, ...] = ()
    diffusion: OrnsteinUhlenbeck = field(default_factory=OrnsteinUhlenbeck)
    refit: str = "none"
    cells: int = 0
    steps: int = 0
    coarse: InjectedTrajectory | None = field(default=None)

    def facts(self) -> Facts:
        """Return what a notebook shows."""
        exact = sum(solution is None for solution in self.solutions)
        return (
            ("generations", self.generations), ("data", self.data), ("fresh", self.fresh),
            ("workflow", self.workflow.kind), ("exact generations", exact),
        )  # fmt: skip

    @property
    def generations(self) -> int:
        """Number N of generations."""
        return len(self.processes)

    def _widened(self, found: Enclosure, name: str, first: int, scale: Array | None = None) -> Enclosure:
        """Return what is known of the entries of models: widened, and without an upper end from `first` on."""
        if self.coarse is None:
            return found
        wider = widened(found, getattr(self.coarse, name), scale)
        last = min(self.decayed, self.coarse.decayed)
        endless = np.arange(wider.shape[0]) + first >= last
        if len(wider.shape) == 2:
            endless = endless[:, None] | endless
        lower = np.where(endless, 0.0 if first == 0 else -np.inf, wider.lower)
        return Enclosure(wider.value, lower, np.where(endless, np.inf, wider.upper), wider.method, wider.guarantee)

    @cached_property
    def decayed(self) -> int:
        """Number of the first model of which ``p^^2/p`` has not decayed at the ends of the grid, N + 1 if none."""
        for i, model in enumerate(self.models):
            if i == 0 or self.solutions[i - 1] is None:
                continue
            integrand = 2.0 * np.log(model.weights) - self.data.logpdf(model.means)
            if max(integrand[0], integrand[-1]) > np.max(integrand) + np.log(TAIL):
                return i
        return self.generations + 1

    @cached_property
    def accumulated_enclosure(self) -> Enclosure:
        """``D_i = chi2(p^_i || p)`` with intervals, shape (N + 1,)."""
        return self._widened(self.products.energies(self.pool.deviations), "accumulated_enclosure", 0)

    @cached_property
    def refreshed_enclosure(self) -> Enclosure:
        """``chi2(q_i || p)`` with intervals, shape (N,)."""
        return self._widened(self.products.energies(self.pool.training_deviations), "refreshed_enclosure", 0)

    @cached_property
    def innovation_energy_enclosure(self) -> Enclosure:
        """``J_i = ||xi_i||^2`` with intervals, shape (N,)."""
        found = self.products.energies(self.pool.innovations)
        return self._widened(found, "innovation_energy_enclosure", 1).clipped(at_least=0.0)

    @cached_property
    def innovation_gram_enclosure(self) -> Enclosure:
        """``<xi_i, xi_j>`` in L^2(p) with intervals, shape (N, N)."""
        sizes = np.sqrt(np.abs(self.innovation_energy))
        found = self.products.gram(self.pool.innovations)
        return self._widened(found, "innovation_gram_enclosure", 1, np.outer(sizes, sizes))

    @cached_property
    def initial_products_enclosure(self) -> Enclosure:
        """``<xi_i, r_0>`` with intervals, shape (N,)."""
        sizes = np.sqrt(np.abs(self.innovation_energy) * self.accumulated[0])
        found = self.products.gram(self.pool.innovations, self.pool.deviations.row(0))[:, 0]
        return self._widened(found, "initial_products_enclosure", 1, sizes)

    @cached_property
    def wasserstein2(self) -> tuple[Enclosure, ...]:
        """2-Wasserstein distance (a length) of the moment-matched Gaussians of each model and the data."""
        found = super().wasserstein2
        if self.coarse is None:
            return found
        return widened_each(found, self.coarse.wasserstein2)

    def kl(self, **options: Any) -> tuple[Enclosure, ...]:
        """Return ``KL(p^_i || p)`` in nats for i = 0..N, as `Trajectory.kl`, widened by the coarser grid."""
        found = super().kl(**options)
        if self.coarse is None:
            return found
        return widened_each(found, self.coarse.kl(**options))

    def intra_generation(self, generation: int) -> Enclosure:
        """Return ``I_i`` of one generation; see `intra`."""
        found = [Trajectory.intra_generation(self, i) for i in range(generation)]
        found.append(super().intra_generation(generation))
        if self.coarse is None:
            return found[-1]
        others = [self.coarse.intra_generation(i) for i in range(generation + 1)]
        return widened_each(found, others)[-1]

    def mmd(self, *, width: float | None = None) -> KernelDrift:
        """Refuse: what the solution is off by has no bound in the norm of a kernel yet.

        Raises
        ------
        NotSupportedError
            Always, with what to ask instead.
        """
        raise NotSupportedError(
            f"mmd: of score errors no interval is known in the norm of a kernel (width {width or 'any'}); available: "
            "gausscollapse.mmd of a model, which is of that mixture as it is, and D_i, KL and 2-Wasserstein"
        )

    def _each(self, ask: Callable[[ReverseProcess | FokkerPlanck], Enclosure]) -> tuple[Enclosure, ...]:
        """Return a statistic of the learned process of each generation."""
        found = [
            ask(process if solution is None else solution)
            for process, solution in zip(self.processes, self.solutions, strict=True)
        ]
        return tuple(found) if self.coarse is None else widened_each(found, self.coarse._each(ask))

    def ideal_energy(self) -> tuple[Enclosure, ...]:
        """Return ``eps*_i^2``, the energy of the error on ideal paths, one enclosure a generation."""
        return self._each(lambda solved: solved.ideal_energy())

    def learned_energy(self) -> tuple[Enclosure, ...]:
        """Return ``eps^_i^2``, the energy of the error on learned paths, one enclosure a generation."""
        return self._each(lambda solved: solved.learned_energy())

    def observability(self) -> tuple[Enclosure, ...]:
        """Return ``eta_i``, the share of the ideal energy that shows in the endpoint, one enclosure a generation."""
        found = [part.clipped(at_least=0.0) for part in self._each(lambda solved: solved.observability())]
        return tuple(1.0 - (1.0 - part).clipped(at_least=0.0) for part in found)

    def observed_energy(self) -> tuple[Enclosure, ...]:
        """Return ``eta_i eps*_i^2``, one enclosure a generation."""
        return self._each(lambda solved: solved.observed_energy())

    def remainder(self) -> tuple[Enclosure, ...]:
        """Return ``C_i eps*_i^4 = E[M]^2/8 + E(e^Z - 1 - Z)^2`` of proposition 3.3, one enclosure a generation."""
        return self._each(_remainder)

    @property
    def replaces(self) -> bool:
        """Whether the last model replaces all before it."""
        return self.workflow.kind == "last"

    @property
    def learns_training_laws(self) -> bool:
        """Whether every learned process is of the training law itself down to time 0: no refit, no early stop."""
        gaussian = all(isinstance(law, Gaussian) for law in self.training_laws)
        return self.diffusion.stop == 0.0 and (self.refit == "none" or gaussian)

    def to_dataset(self) -> xarray.Dataset:
        """Return the trajectory as an `xarray.Dataset`, as `Trajectory.to_dataset`, with the terms of the paper.

        Per generation, with lower and upper ends: ``intra``, ``ideal_energy``, ``learned_energy``,
        ``observability``, ``observed_energy``, the sides ``carried``, ``forced`` and ``forced_by_energy`` of
        proposition 4.1, ``discounted_innovations`` and ``discounted_energies``; and ``perturbative``.

        Raises
        ------
        MissingPackageError
            Where xarray is not installed; the message has the command that installs it.
        """
        from gausscollapse.retraining.dataset import with_terms

        return with_terms(super().to_dataset(), self.paper_terms())

    def paper_terms(self) -> PaperTerms:
        """Return energies and observabilities of each generation beside the drift, and sides of proposition 4.1.

        Returns
        -------
        PaperTerms
            With an interval for every number; `PaperTerms.absent` says what has none, and why.
        """
        return paper_terms(self)

    def __repr__(self) -> str:
        return f"InjectedTrajectory({self.generations} generations, d = {self.data.dim})"


def _remainder(solved: ReverseProcess | FokkerPlanck) -> Enclosure:
    if isinstance(solved, ReverseProcess):
        return 0.125 * solved.statistics.variation_square[0] + solved.statistics.taylor_square[0]
    return 0.125 * solved.variation_square() + solved.taylor_square()


def injects(step: Any, generations: int) -> bool:
    """Return whether a step is of score errors."""
    if isinstance(step, Sequence):
        return len(step) > 0 and isinstance(step[0], ScoreError)
    if callable(step) and generations > 0:
        return isinstance(asked("step(0)", step, 0), ScoreError)
    return isinstance(step, ScoreError)


def as_errors(step: Any, generations: int) -> tuple[ScoreError, ...]:
    """Return one score error a generation."""
    accepted = f"a score error, {generations} of them, or a function from the generation to one; or no diffusion"
    if isinstance(step, ScoreError):
        return (step,) * generations
    made: list[Any] = [step] * generations
    if callable(step):
        made = [asked(f"step({i})", step, i) for i in range(generations)]
    elif isinstance(step, Sequence):
        made = list(step)
    if len(made) != generations or not all(isinstance(error, ScoreError) for error in made):
        raise InvalidArgumentError("step", step, "does not give one score error a generation", accepted)
    return tuple(made)


def inject(injection: Injection, *, cells: int, steps: int) -> InjectedTrajectory:
    """Return the trajectory of an injection, solved twice: on half the grid, and to a hundredth of the accuracy."""
    coarse = _solved(injection, cells // 2, steps // 2, 100.0 * TOLERANCE)
    return replace(_solved(injection, cells, steps, TOLERANCE), coarse=coarse)


def _solved(injection: Injection, cells: int, steps: int, tolerance: float) -> InjectedTrajectory:
    def solve(process: ReverseProcess) -> FokkerPlanck:
        return fokker_planck(process, cells=cells, steps=steps)

    pool, processes, solutions = run_injected(injection, solve, tolerance)
    return InjectedTrajectory(
        injection.data, (), pool.fresh, pool, injection.workflow, tuple(processes), tuple(solutions),
        injection.diffusion, "gaussian" if injection.refit else "none", cells, steps,
    )  # fmt: skip


def injection_of(
    data: Law, start: Law, fresh: Array, errors: tuple[ScoreError, ...], diffusion: object, refit: str, **others: Any
) -> Injection:
    """Return what is injected, checked as far as that goes without running it."""
    if not isinstance(diffusion, OrnsteinUhlenbeck):
        reason = "is no forward process, which score errors need"
        raise InvalidArgumentError("diffusion", diffusion, reason, "gausscollapse.OrnsteinUhlenbeck(horizon, stop)")
    exact = refit == "gaussian" or bool(np.all((fresh == 0.0) | (fresh == 1.0)))
    if data.dim > 1 and not (exact and isinstance(data, Gaussian)):
        raise NotSupportedError(
            f"step: score errors on training laws that are mixtures have no exact endpoint in dimension {data.dim}; "
            'accepted: dimension 1, fresh=0 or 1 with Gaussian data, or refit="gaussian"; for samples, '
            "gausscollapse.simulate of each generation's process"
        )
    return Injection(data, start, fresh, errors, diffusion, refit == "gaussian", **others)

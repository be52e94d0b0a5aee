"""The recursion over generations in which each is a learned reverse process; it fills a pool of components."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck, marginal
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture, Law
from gausscollapse.process.errors import ScoreError
from gausscollapse.process.grid import FokkerPlanck
from gausscollapse.process.process import ReverseProcess
from gausscollapse.retraining._component_pool import ComponentPool
from gausscollapse.retraining._past import Past
from gausscollapse.retraining._recursion import Builder
from gausscollapse.retraining.workflows import Workflow

# Nodes of the lattice in the smallest deviation, and the deviation of its Gaussians in nodes: their sum ripples by
# 2 exp(-2 pi^2 1.2^2), 1e-12.
NODES, WIDTH = 5.0, 1.2
MOST_NODES = 1500
# Richardson and Lucy's iteration gains a digit or more in each ten.
ITERATIONS = 60
# Density below which a law is not carried on, relative to its greatest.
FAINT = 1e-17


@dataclass(frozen=True, eq=False)
class Injection:
    """What is injected: laws, one error a generation, the forward process, and whether training laws are refitted."""

    data: Law
    start: Law
    fresh: Array
    errors: tuple[ScoreError, ...]
    diffusion: OrnsteinUhlenbeck
    refit: bool
    workflow: Workflow

    @property
    def spacing(self) -> float:
        """Distance of the lattice's nodes."""
        laws = [marginal(law, self.diffusion.stop) for law in (self.data, self.start)]
        return min(float(np.sqrt(np.min(law.covs))) for law in laws) / NODES


def run_injected(
    injection: Injection, solve: Callable[[ReverseProcess], FokkerPlanck], tolerance: float
) -> tuple[ComponentPool, list[ReverseProcess], list[FokkerPlanck | None]]:
    """Return the pool of models 0..N, the learned process of each generation, and its solution unless it is exact."""
    builder = Builder(injection.data, ())
    target = builder.add_law(injection.data)
    models, pasts = [builder.add_law(injection.start)], []
    real = models[0] if injection.workflow.real_is_start else target
    past = Past(injection.workflow, models[0])
    processes: list[ReverseProcess] = []
    solutions: list[FokkerPlanck | None] = []
    for i, (fraction, error) in enumerate(zip(injection.fresh, injection.errors, strict=True)):
        mixture, _, _ = past.mixture(i)
        trained = real.mixed(fraction, mixture)
        parts = builder.components()
        law = _law(trained.weights, parts.means[trained.entries], parts.covs[trained.entries])
        learnt = Gaussian(law.mean, law.cov) if injection.refit else law
        process = ReverseProcess(learnt, injection.diffusion, error, tolerance=tolerance)
        processes.append(process)
        if process.is_linear:
            solutions.append(None)
            learned: Law = process.endpoint()
        else:
            solution = solve(process)
            solutions.append(solution)
            learned = on_lattice(solution, process.ideal_endpoint(), injection.spacing)
        models.append(builder.add_law(learned))
        pasts.append(mixture)
        past.add(models[-1])
    joined = np.zeros(builder.count, dtype=bool)
    joined[list(builder.joined)] = True
    count = len(models)
    pool = ComponentPool(
        builder.components(), target, tuple(models), np.zeros(count), injection.fresh, tuple(pasts), real, joined,
        past.passed,
    )  # fmt: skip
    return pool, processes, solutions


def _law(weights: Array, means: Array, covs: Array) -> Law:
    if weights.size == 1:
        return Gaussian(means[0], covs[0])
    return GaussianMixture(weights / np.sum(weights), means, covs)


def on_lattice(solution: FokkerPlanck, ideal: Law, spacing: float) -> GaussianMixture:
    """Return the learned density as a mixture of Gaussians at multiples of a spacing.

    The ratio to the ideal law, in which the grid's errors cancel, is extrapolated from the two finest grids, and
    multiplied by the ideal law, which is known; weights are found by the iteration of Richardson (1972) and
    Lucy (1974), which keeps them positive.
    """
    from scipy.interpolate import CubicSpline

    (x, ratios), (coarse, others) = solution.log_ratios[:2]
    inside = (x >= coarse[0]) & (x <= coarse[-1])
    ratios = np.where(inside, ratios + (ratios - CubicSpline(coarse, others)(x)) / 3.0, ratios)
    logs = ratios + ideal.logpdf(x)
    kept = logs > np.max(logs) + np.log(FAINT)
    low, high = np.min(x[kept]), np.max(x[kept])
    nodes = np.arange(np.ceil(low / spacing), np.floor(high / spacing) + 1.0)
    if nodes.size > MOST_NODES:
        raise NotSupportedError(
            f"data: the learned law spans {nodes.size} fifths of the smallest deviation; "
            f"accepted: at most {MOST_NODES}"
        )
    density = np.exp(CubicSpline(x, ratios)(nodes * spacing) + ideal.logpdf(nodes * spacing))
    density /= np.sum(density)
    reach = np.arange(-10, 11) / WIDTH
    kernel = np.exp(-0.5 * reach**2)
    kernel /= np.sum(kernel)
    weights = density.copy()
    for _ in range(ITERATIONS):
        blurred = np.convolve(weights, kernel, mode="same")
        weights *= np.convolve(density / blurred, kernel, mode="same")
        weights /= np.sum(weights)
    width = WIDTH * spacing
    return GaussianMixture(weights, nodes * spacing, np.full((nodes.size, 1, 1), width**2))

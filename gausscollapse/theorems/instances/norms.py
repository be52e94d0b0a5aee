"""Families of trajectories for norms that never blow up: mixture data, tails heavier than the data's included."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np

from gausscollapse.checking.chapter import Chapter, Sample, Space
from gausscollapse.core.json_text import json_text
from gausscollapse.core.validation import Array
from gausscollapse.lab.trajectory_scenario import describe_trajectory, read_trajectory
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture, Law
from gausscollapse.retraining.channels import AffineChannel, early_stopping
from gausscollapse.retraining.running import retrain
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.theorems.instances.annealed_statistics import AnnealedStatistics
from gausscollapse.theorems.instances.embedded_statistics import KernelStatistics
from gausscollapse.theorems.instances.norm_statistics import NormStatistics
from gausscollapse.theorems.instances.robust_statistics import RobustStatistics
from gausscollapse.theorems.instances.trajectory_spaces import (
    CHANNEL,
    OFFSETS,
    SOME_FRESH,
    START,
    STOPPING,
    VARYING,
    TrajectoryFamily,
)

Generator = np.random.Generator
Family = Callable[[Generator], Trajectory]
Statistics = Callable[[Sequence[Trajectory]], object]
# Of how many instances a chapter is worth whose distances are quadratures, or sums over pairs of components.
QUADRATURES, PAIRS = 72, 120


def _size(rng: Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _mixture(rng: Generator, dim: int, count: int) -> Law:
    spreads = np.exp(rng.uniform(-2.0, 0.7, (count, dim)))
    means = rng.normal(0.0, 1.5, (count, dim))
    if count == 1:
        return Gaussian(means[0], np.diag(spreads[0]))
    covs = np.array([np.diag(spread) for spread in spreads])
    return GaussianMixture(rng.dirichlet(np.full(count, 3.0)), means, covs)


def _channel(rng: Generator, data: Law, *, noise: float, moves: float) -> AffineChannel:
    """Return a channel near the identity about the data's mean, with noise of a share of its variance."""
    size, dim = _size(rng, 3e-3, 0.4), data.dim
    scale = np.sqrt(np.diag(data.cov))
    turn = (1.0 - 0.5 * size) * np.eye(dim) + 0.2 * size * rng.standard_normal((dim, dim))
    turn = scale[:, None] * turn / scale
    offset = moves * size * scale * rng.standard_normal(dim) - (turn - np.eye(dim)) @ data.mean
    return AffineChannel(turn, offset, np.diag(noise * size * scale**2 * rng.uniform(0.2, 1.0, dim)))


def _random(
    rng: Generator, *, dims: Sequence[int], lengths: Sequence[int], noise: float, start: bool, moves: float = 1.0
) -> Trajectory:
    data = _mixture(rng, int(rng.choice(dims)), int(rng.choice([1, 2, 2, 3])))
    count = int(rng.choice(lengths))
    steps = [_channel(rng, data, noise=noise, moves=moves) for _ in range(count)]
    steps = [steps[0]] * count if rng.uniform() < 0.5 else steps
    first = None
    if start:
        size = _size(rng, 1e-2, 0.3)
        moved = data.means + size * np.sqrt(np.diag(data.cov)) * rng.standard_normal(data.dim)
        first = GaussianMixture(data.weights, moved, data.covs * _size(rng, 0.8, 1.4))
    return retrain(data, fresh=rng.uniform(0.05, 0.95, count), step=steps, generations=count, start=first)


def _forgetful(rng: Generator, *, dims: Sequence[int], lengths: Sequence[int]) -> Trajectory:
    """Draw a channel that gives one law whatever it is trained on, from that law: innovations are nearly aligned."""
    data = _mixture(rng, int(rng.choice(dims)), int(rng.choice([1, 2])))
    made = Gaussian(data.mean + np.sqrt(np.diag(data.cov)) * rng.uniform(0.2, 1.0, data.dim), 1.5 * data.cov)
    channel = AffineChannel(np.zeros((data.dim, data.dim)), made.mean, made.cov)
    count = int(rng.choice(lengths))
    weight = rng.uniform(0.1, 0.9)
    rows = GaussianMixture(
        [*(weight * data.weights), 1.0 - weight], [*data.means, made.mean], np.array([*data.covs, made.cov])
    )
    return retrain(data, fresh=float(rng.uniform(0.1, 0.9)), step=channel, generations=count, start=rows)


def _stopped(rng: Generator, *, turning: bool) -> Trajectory:
    data, time = _mixture(rng, 1, int(rng.choice([1, 2]))), _size(rng, 0.05, 0.8)
    step = early_stopping(time, 1)
    shift = _size(rng, 0.1, 1.0) * (1.0 if rng.uniform() < 0.5 else -1.0)
    count = int(rng.choice([1, 2, 3]))
    signs = [(-1.0) ** i if turning else 1.0 for i in range(count)]
    channels = [AffineChannel(step.matrix, [sign * shift], step.noise) for sign in signs]
    return retrain(data, fresh=float(rng.uniform(0.6, 0.9)), step=channels, generations=count)


def _annealed(rng: Generator, *, fresh: bool) -> Trajectory:
    dim, count = int(rng.integers(1, 4)), int(rng.choice([2, 4, 8]))
    data = _mixture(rng, dim, int(rng.choice([1, 2, 3])))
    first, power = _size(rng, 0.02, 1.0), rng.uniform(0.3, 2.0)
    steps = [early_stopping(float(first / (1.0 + i) ** power), dim) for i in range(count)]
    start = _mixture(rng, dim, 2) if rng.uniform() < 0.3 else None
    share = float(rng.uniform(0.1, 0.9)) if fresh else 0.0
    return retrain(data, fresh=share, step=steps, generations=count, start=start)


def _space(family: TrajectoryFamily, statistics: Statistics) -> Space:
    """Return the box of a family of trajectories with these statistics."""
    base = family.space()

    def sample(points: Array, tolerance: float) -> Sample:
        trajectories = base.sample(points, tolerance).instances
        return Sample(trajectories, statistics(trajectories), [base.name] * len(points))

    return replace(base, sample=sample)


SHORT, LONG = (1.0, 2.0, 2.0, 3.0), (1.0, 2.0, 6.0, 8.0)
LINE_FAMILIES = (
    TrajectoryFamily("another start", 1, (CHANNEL, START), SHORT),
    TrajectoryFamily("varying channels", 1, (VARYING,), SHORT),
    TrajectoryFamily("offsets", 1, (OFFSETS,), SHORT),
)
KERNEL_FAMILIES = (
    TrajectoryFamily("another start", 1, (CHANNEL, START), LONG),
    TrajectoryFamily("offsets", 2, (OFFSETS,), LONG),
)
STOPPED_FAMILIES = (TrajectoryFamily("early stopping", 1, (STOPPING, SOME_FRESH), SHORT),)
ANNEALED_FAMILIES = tuple(TrajectoryFamily("early stopping", d, (STOPPING, SOME_FRESH), LONG) for d in (1, 2))


def _latest(certified: Callable[[Trajectory], object]) -> Callable[[Trajectory], Sample]:
    """Return what gives certified statistics and keeps the latest ones: theorems share their worst instances."""

    @lru_cache(maxsize=16)
    def kept(scenario: str) -> Sample:
        trajectory = read_trajectory(json.loads(scenario))
        return Sample([trajectory], certified(trajectory), ["certified"])

    return lambda trajectory: kept(json_text(describe_trajectory(trajectory)))


def chapter(
    name: str,
    families: Mapping[str, Family],
    statistics: Statistics,
    boxes: Sequence[TrajectoryFamily],
    *,
    certified: Callable[[Trajectory], object],
    least: int = 240,
) -> Chapter:
    """Return the chapter of some families of trajectories, drawn in turn and grouped by dimension and length.

    Fewer than 240 are enough where each takes longer; `certified` gives the certified statistics of one.
    """
    names = list(families)

    def sample(drawn: Sequence[tuple[str, Trajectory]]) -> Sample:
        trajectories = [trajectory for _, trajectory in drawn]
        return Sample(trajectories, statistics(trajectories), [label for label, _ in drawn])

    def draw(count: int, rng: Generator) -> Sequence[Sample]:
        groups: dict[tuple[int, int], list[tuple[str, Trajectory]]] = defaultdict(list)
        for index in range(count):
            label = names[index % len(names)]
            trajectory = families[label](rng)
            groups[trajectory.data.dim, trajectory.generations].append((label, trajectory))
        return [sample(groups[key]) for key in sorted(groups)]

    return Chapter(
        name, draw, lambda trajectory: sample([("yours", trajectory)]), describe_trajectory, Trajectory,
        share=0.1 * least / 240, least=least, search_share=0.008, restore=read_trajectory,
        certify=_latest(certified),
        spaces=tuple(_space(family, statistics) for family in boxes),
    )  # fmt: skip


def _certified_annealed(trajectory: Trajectory) -> object:
    from gausscollapse.theorems.instances.certified_annealed import CertifiedAnnealedStatistics

    return CertifiedAnnealedStatistics(trajectory)


def _certified_kernel(trajectory: Trajectory) -> object:
    from gausscollapse.theorems.instances.certified_embedded import CertifiedKernelStatistics

    return CertifiedKernelStatistics(trajectory)


def _certified_norms(trajectory: Trajectory) -> object:
    from gausscollapse.theorems.instances.certified_norms import CertifiedNormStatistics

    return CertifiedNormStatistics(trajectory)


def _certified_robust(trajectory: Trajectory) -> object:
    from gausscollapse.theorems.instances.certified_robust import CertifiedRobustStatistics

    return CertifiedRobustStatistics(trajectory)


NORMS = chapter(
    "other norms",
    {
        "heavier tails": partial(_random, dims=(1,), lengths=(1, 2, 2, 3), noise=1.0, start=False, moves=0.2),
        "lighter tails": partial(_random, dims=(1,), lengths=(1, 2, 2, 3), noise=0.0, start=False, moves=0.2),
        "another start": partial(_random, dims=(1,), lengths=(1, 2), noise=0.5, start=True, moves=0.2),
    },
    NormStatistics,
    LINE_FAMILIES,
    certified=_certified_norms,
    least=QUADRATURES,
)
KERNEL = chapter(
    "the norm of a kernel",
    {
        "heavier tails": partial(_random, dims=(1, 2, 3), lengths=(2, 3, 5, 8), noise=1.0, start=False),
        "lighter tails": partial(_random, dims=(1, 2, 3), lengths=(2, 3, 5), noise=0.0, start=False),
        "another start": partial(_random, dims=(1, 2), lengths=(2, 3, 5), noise=0.5, start=True),
        "forgetful": partial(_forgetful, dims=(1, 2, 3), lengths=(2, 4, 8)),
    },
    KernelStatistics,
    KERNEL_FAMILIES,
    certified=_certified_kernel,
    least=PAIRS,
)
ROBUST = chapter(
    "early stopping with errors",
    {
        "shifts of one sign": partial(_stopped, turning=False),
        "a shift and back": partial(_stopped, turning=True),
    },
    RobustStatistics,
    STOPPED_FAMILIES,
    certified=_certified_robust,
    least=QUADRATURES,
)
ANNEALED = chapter(
    "annealed early stopping",
    {"annealed": partial(_annealed, fresh=True), "annealed, no fresh data": partial(_annealed, fresh=False)},
    AnnealedStatistics,
    ANNEALED_FAMILIES,
    certified=_certified_annealed,
)

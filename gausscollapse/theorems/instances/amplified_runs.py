"""Families of runs of one amplifying channel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from gausscollapse.checking.chapter import Chapter, LazyInstances, Sample, Space
from gausscollapse.core.validation import Array
from gausscollapse.lab.trajectory_scenario import describe_trajectory, read_trajectory
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.retraining.channels import AffineChannel
from gausscollapse.retraining.running import retrain
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.theorems.instances.amplified_statistics import AmplifiedStatistics

Generator = np.random.Generator
LENGTHS = np.array([2, 3, 5, 8])
# Logarithms of gain, noise over F^2 - 1 and variance; the fresh fraction; where between the lengths.
LOW, HIGH = np.array([0.05, -5.0, -3.0, 0.05, 0.0]), np.array([1.2, 1.5, 3.0, 0.9, 1.0])
FAMILY = "amplifying d=1"


def _line(point: Array) -> Trajectory:
    gain, noise, variance = np.exp(point[:3])
    mean = float(np.sin(7.0 * point[2]))
    channel = AffineChannel(gain, (1.0 - gain) * mean, noise * variance * (gain**2 - 1.0))
    count = int(LENGTHS[min(int(point[4] * LENGTHS.size), LENGTHS.size - 1)])
    return retrain(Gaussian(mean, variance), fresh=float(point[3]), step=channel, generations=count)


def _plane(rng: Generator) -> Trajectory:
    """Draw a channel in d = 2 or 3 that turns, shears, or amplifies along one axis alone."""
    dim = int(rng.integers(2, 4))
    matrix = rng.standard_normal((dim, dim))
    matrix *= np.exp(rng.uniform(0.1, 1.0)) / np.max(np.abs(np.linalg.eigvals(matrix)))
    root = rng.standard_normal((dim, dim))
    channel = AffineChannel(matrix, np.zeros(dim), 0.3 * root @ root.T)
    data = Gaussian(np.zeros(dim), np.diag(np.exp(rng.uniform(-1.0, 1.0, dim))))
    return retrain(data, fresh=rng.uniform(0.05, 0.9), step=channel, generations=int(rng.choice(LENGTHS)))


def _between(rng: Generator) -> Trajectory:
    """Draw a fresh fraction between the critical ones of the mean and of the variance."""
    point = rng.uniform(LOW, HIGH)
    gain = np.exp(point[0])
    point[3] = 1.0 - rng.uniform(1.05 / gain**2, 0.95 / gain) if gain > 1.2 else point[3]
    return _line(point)


FAMILIES = {
    FAMILY: lambda rng: _line(rng.uniform(LOW, HIGH)),
    "between the critical fractions": _between,
    "amplifying d=2, 3": _plane,
}


def _sample(trajectories: Sequence[Trajectory], labels: Sequence[str]) -> Sample:
    return Sample(trajectories, AmplifiedStatistics(trajectories), labels)


def _draw(count: int, rng: Generator) -> Sequence[Sample]:
    groups: dict[tuple[int, int], list[tuple[str, Trajectory]]] = defaultdict(list)
    names = list(FAMILIES)
    for index in range(count):
        name = names[index % len(names)]
        run = FAMILIES[name](rng)
        groups[run.data.dim, run.generations].append((name, run))
    ordered = [groups[key] for key in sorted(groups)]
    return [_sample([run for _, run in group], [name for name, _ in group]) for group in ordered]


def _lengths(points: Array) -> np.ndarray:
    return np.minimum((points[:, 4] * LENGTHS.size).astype(np.int64), LENGTHS.size - 1)


def _searched(points: Array, _: float) -> Sample:
    runs = [_line(point) for point in points]
    return _sample(LazyInstances(len(runs), lambda k: runs[k]), [FAMILY] * len(runs))


def _certify(run: Trajectory) -> Sample:
    from gausscollapse.theorems.instances.certified_rates import CertifiedAmplifiedStatistics

    return Sample([run], CertifiedAmplifiedStatistics(run), ["certified"])


AMPLIFYING = Chapter(
    "amplifying channels", _draw, lambda run: _sample([run], ["yours"]), describe_trajectory, Trajectory,
    share=0.1, search_share=0.01, certify=_certify, restore=read_trajectory,
    spaces=(Space(FAMILY, LOW, HIGH, _searched, shapes=_lengths, steady=4, exact=True),),
)  # fmt: skip

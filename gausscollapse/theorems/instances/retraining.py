"""Families of trajectories: where the retraining theorems are checked.

Instances are `Trajectory` objects over one Gaussian; a sample holds those of one dimension and one length.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np

from gausscollapse.checking.chapter import Chapter, Sample, Space
from gausscollapse.core.json_text import json_text
from gausscollapse.core.validation import Array
from gausscollapse.lab.trajectory_scenario import describe_trajectory, read_trajectory
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.retraining.channels import AffineChannel, Step, early_stopping, offset_channel
from gausscollapse.retraining.running import retrain
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.theorems.instances.trajectory_spaces import (
    LONG_RUN_SPACES,
    ORTHOGONAL_SPACES,
    REGIME_SPACES,
    RETRAINING_SPACES,
    STOPPING_SPACES,
    SUMMABLE_SPACES,
)
from gausscollapse.theorems.instances.trajectory_statistics import TrajectoryStatistics

Generator = np.random.Generator
Family = Callable[[Generator], Trajectory]

LENGTHS = (2, 3, 5, 8, 12)


def log_uniform(rng: Generator, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def gaussian_law(rng: Generator, dim: int) -> Gaussian:
    """Draw a Gaussian."""
    factor = rng.standard_normal((dim, dim))
    return Gaussian(rng.standard_normal(dim), factor @ factor.T + 0.2 * np.eye(dim))


def _length(rng: Generator) -> int:
    return int(rng.choice(LENGTHS))


def contraction(rng: Generator, data: Gaussian, size: float) -> AffineChannel:
    """Return a channel close to the identity, drawn in coordinates in which the data is white."""
    dim = data.dim
    root, inverse = data.cholesky, np.linalg.inv(data.cholesky)
    turn = (1.0 - 0.5 * size) * np.eye(dim) + 0.3 * size * rng.standard_normal((dim, dim)) / np.sqrt(dim)
    noise = root @ (size * np.diag(rng.uniform(0.0, 0.8, dim))) @ root.T
    offset = size * root @ rng.standard_normal(dim) - (root @ turn @ inverse - np.eye(dim)) @ data.mean
    return AffineChannel(root @ turn @ inverse, offset, 0.5 * (noise + noise.T))


def white_direction(rng: Generator, data: Gaussian) -> Array:
    """Return a direction of length 1 in the metric of the inverse covariance."""
    z = rng.standard_normal(data.dim)
    return np.asarray(data.cholesky @ z / np.linalg.norm(z))


def _constant_channel(rng: Generator) -> Trajectory:
    data = gaussian_law(rng, int(rng.integers(1, 5)))
    step = contraction(rng, data, log_uniform(rng, 1e-4, 0.3))
    return retrain(data, fresh=rng.uniform(0.05, 1.0), step=step, generations=_length(rng))


def _random_channels(rng: Generator) -> Trajectory:
    data, count = gaussian_law(rng, int(rng.integers(1, 5))), int(rng.choice(LENGTHS[:4]))
    size = log_uniform(rng, 1e-3, 0.3)
    steps = [contraction(rng, data, size) for _ in range(count)]
    return retrain(data, fresh=rng.uniform(size=count), step=steps, generations=count)


def _other_start(rng: Generator) -> Trajectory:
    data, count = gaussian_law(rng, int(rng.integers(1, 5))), int(rng.choice(LENGTHS[:4]))
    size = log_uniform(rng, 1e-2, 0.3)
    start = Gaussian(data.mean + size * white_direction(rng, data), log_uniform(rng, 0.7, 1.4) * data.cov)
    step = contraction(rng, data, size)
    return retrain(data, fresh=rng.uniform(size=count), step=step, generations=count, start=start)


def _no_fresh_data(rng: Generator) -> Trajectory:
    data = gaussian_law(rng, int(rng.integers(1, 5)))
    step = contraction(rng, data, log_uniform(rng, 1e-3, 0.05))
    return retrain(data, fresh=0.0, step=step, generations=_length(rng))


def _drifting(rng: Generator) -> Trajectory:
    data = gaussian_law(rng, int(rng.integers(1, 5)))
    size = log_uniform(rng, 1e-4, 0.1)
    step = offset_channel(size * white_direction(rng, data))
    return retrain(data, fresh=rng.uniform(0.2, 1.0), step=step, generations=_length(rng))


def _alternating(rng: Generator) -> Trajectory:
    data, count = gaussian_law(rng, int(rng.integers(1, 5))), _length(rng)
    step = alternating_steps(log_uniform(rng, 1e-4, 0.3) * white_direction(rng, data), count)
    return retrain(data, fresh=rng.uniform(0.2, 1.0), step=step, generations=count)


def alternating_steps(offset: Array, count: int) -> Step:
    """Return an offset and its opposite in turn."""
    pair = (offset_channel(offset), offset_channel(-offset))
    return [pair[i % 2] for i in range(count)]


def _stopping(rng: Generator) -> Trajectory:
    dim = int(rng.integers(1, 4))
    # Below 2, so that the data has a finite chi-squared against N(0, I).
    basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    cov = (basis * rng.uniform(0.1, 1.8, dim)) @ basis.T
    data = Gaussian(log_uniform(rng, 0.05, 1.5) * rng.standard_normal(dim), 0.5 * (cov + cov.T))
    step = early_stopping(log_uniform(rng, 0.005, 0.5), dim)
    return retrain(data, fresh=rng.uniform(0.25, 0.7), step=step, generations=_length(rng))


def _orthogonal(rng: Generator) -> Trajectory:
    """Draw offsets along directions that are orthogonal in the metric of the inverse covariance."""
    dim = int(rng.integers(1, 7))
    data, count = gaussian_law(rng, dim), int(rng.integers(1, dim + 1))
    sizes = np.exp(rng.uniform(np.log(1e-3), np.log(1.0), count))
    # Whitened by the Cholesky factor, the axes of R^d are exactly orthogonal for every covariance.
    steps = [offset_channel(size * axis) for size, axis in zip(sizes, data.cholesky.T, strict=False)]
    return retrain(data, fresh=rng.uniform(0.0, 1.0), step=steps, generations=count)


def _long_drift(rng: Generator) -> Trajectory:
    data = gaussian_law(rng, int(rng.integers(1, 4)))
    step = offset_channel(log_uniform(rng, 1e-4, 1e-2) * white_direction(rng, data))
    return retrain(data, fresh=rng.uniform(0.2, 0.7), step=step, generations=16)


def _long_alternation(rng: Generator) -> Trajectory:
    data = gaussian_law(rng, int(rng.integers(1, 4)))
    step = alternating_steps(log_uniform(rng, 1e-4, 1e-2) * white_direction(rng, data), 16)
    return retrain(data, fresh=rng.uniform(0.2, 0.7), step=step, generations=16)


def _long_contraction(rng: Generator) -> Trajectory:
    data = gaussian_law(rng, int(rng.integers(1, 4)))
    step = contraction(rng, data, log_uniform(rng, 1e-3, 0.2))
    return retrain(data, fresh=rng.uniform(0.2, 0.7), step=step, generations=16)


def _summable(rng: Generator) -> Trajectory:
    data, count = gaussian_law(rng, int(rng.integers(1, 4))), 24
    direction = white_direction(rng, data)
    size, ratio = log_uniform(rng, 0.01, 0.5), rng.uniform(0.3, 0.6)
    steps = [offset_channel(size * ratio**i * direction) for i in range(count)]
    return retrain(data, fresh=rng.uniform(0.5, 0.9), step=steps, generations=count)


def _steady_without_fresh_data(rng: Generator) -> Trajectory:
    data = gaussian_law(rng, int(rng.integers(1, 4)))
    step = offset_channel(log_uniform(rng, 1e-3, 0.1) * white_direction(rng, data))
    return retrain(data, fresh=0.0, step=step, generations=int(rng.choice([4, 8, 16])))


def _orthogonal_without_fresh_data(rng: Generator) -> Trajectory:
    dim = int(rng.integers(2, 7))
    data, size = gaussian_law(rng, dim), log_uniform(rng, 1e-3, 0.3)
    steps = [offset_channel(size * axis) for axis in data.cholesky.T]
    return retrain(data, fresh=0.0, step=steps, generations=dim)


def _vanishing(rng: Generator) -> Trajectory:
    data, count = gaussian_law(rng, int(rng.integers(1, 4))), 16
    direction, size = white_direction(rng, data), log_uniform(rng, 1e-3, 0.3)
    power = 0.5 if rng.uniform() < 0.5 else 1.0
    steps = [offset_channel(size * (i + 1.0) ** -power * direction) for i in range(count)]
    return retrain(data, fresh=rng.uniform(0.2, 1.0), step=steps, generations=count)


def prepare(trajectory: Trajectory) -> Sample:
    """Return the sample of length one of a user's trajectory."""
    return Sample([trajectory], TrajectoryStatistics([trajectory]), ["yours"])


def certify(trajectory: Trajectory) -> Sample:
    """Return the sample of length one of a trajectory over one Gaussian, with certified statistics.

    Theorems often share their worst instance: the latest ones are kept.
    """
    return _certified(json_text(describe_trajectory(trajectory)))


def certify_orthogonal(trajectory: Trajectory) -> Sample:
    """Return the same with steps that are offsets orthogonal up to rounding read as exactly orthogonal."""
    return _certified(json_text(describe_trajectory(trajectory)), orthogonal=True)


@lru_cache(maxsize=32)
def _certified(scenario: str, orthogonal: bool = False) -> Sample:
    from gausscollapse.retraining.certified import CertifiedTrajectoryStatistics

    trajectory = read_trajectory(json.loads(scenario))
    return Sample([trajectory], CertifiedTrajectoryStatistics(trajectory, orthogonal=orthogonal), ["certified"])


# A trajectory takes about as long as twenty processes.
SEARCH_SHARE = 0.05


def chapter(
    name: str,
    families: Mapping[str, Family],
    spaces: Sequence[Space],
    *,
    certified: Callable[[Trajectory], Sample] = certify,
) -> Chapter:
    """Return the chapter of some families of trajectories, drawn in turn and grouped by dimension and length."""
    names = list(families)

    def draw(count: int, rng: Generator) -> Sequence[Sample]:
        groups: dict[tuple[int, int], list[tuple[str, Trajectory]]] = defaultdict(list)
        for index in range(count):
            label = names[index % len(names)]
            trajectory = families[label](rng)
            groups[trajectory.data.dim, trajectory.generations].append((label, trajectory))
        return [_sample(groups[key]) for key in sorted(groups)]

    return Chapter(
        name, draw, prepare, describe_trajectory, Trajectory, share=0.1, search_share=SEARCH_SHARE, spaces=spaces,
        certify=certified, restore=read_trajectory,
    )  # fmt: skip


def _sample(drawn: Sequence[tuple[str, Trajectory]]) -> Sample:
    trajectories = [trajectory for _, trajectory in drawn]
    return Sample(trajectories, TrajectoryStatistics(trajectories), [label for label, _ in drawn])


RETRAINING = chapter(
    "retraining",
    {
        "constant channel": _constant_channel,
        "random channels": _random_channels,
        "another start": _other_start,
        "no fresh data": _no_fresh_data,
        "drifting offset": _drifting,
        "alternating offset": _alternating,
        "early stopping": _stopping,
    },
    RETRAINING_SPACES,
)
ORTHOGONAL = chapter(
    "orthogonal innovations", {"orthogonal offsets": _orthogonal}, ORTHOGONAL_SPACES,
    certified=certify_orthogonal,
)  # fmt: skip
LONG_RUN = chapter(
    "long runs",
    {"drifting offset": _long_drift, "alternating offset": _long_alternation, "contraction": _long_contraction},
    LONG_RUN_SPACES,
)
REGIMES = chapter(
    "regimes",
    {
        "no fresh data, aligned": _steady_without_fresh_data,
        "no fresh data, orthogonal": _orthogonal_without_fresh_data,
        "constant errors": _long_drift,
        "vanishing errors": _vanishing,
    },
    REGIME_SPACES,
)
SUMMABLE = chapter("summable errors", {"summable offsets": _summable}, SUMMABLE_SPACES)
STOPPING = chapter("early stopping", {"early stopping": _stopping}, STOPPING_SPACES)

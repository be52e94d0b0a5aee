"""Families of trajectories in workflows that keep more than the last model."""

from __future__ import annotations

import numpy as np

from gausscollapse.retraining.channels import offset_channel
from gausscollapse.retraining.running import retrain
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.retraining.workflows import Workflow
from gausscollapse.theorems.instances.retraining import (
    alternating_steps,
    certify_orthogonal,
    chapter,
    contraction,
    gaussian_law,
    log_uniform,
    white_direction,
)
from gausscollapse.theorems.instances.trajectory_spaces import ACCUMULATE_SPACES, WORKFLOW_SPACES, geometric_shares

Generator = np.random.Generator
LENGTHS = (2, 3, 5, 8)


def _length(rng: Generator) -> int:
    return int(rng.choice(LENGTHS))


def _window(rng: Generator) -> Trajectory:
    data = gaussian_law(rng, int(rng.integers(1, 4)))
    step = offset_channel(log_uniform(rng, 1e-3, 0.3) * white_direction(rng, data))
    kept = Workflow.window(int(rng.integers(1, 5)))
    return retrain(data, fresh=rng.uniform(0.0, 0.5), step=step, generations=_length(rng), workflow=kept)


def _fixed_set(rng: Generator) -> Trajectory:
    data = gaussian_law(rng, int(rng.integers(1, 4)))
    size = log_uniform(rng, 1e-2, 0.3)
    start = type(data)(data.mean + size * white_direction(rng, data), log_uniform(rng, 0.8, 1.2) * data.cov)
    step = contraction(rng, data, size)
    return retrain(
        data, fresh=rng.uniform(0.1, 0.9), step=step, generations=_length(rng), start=start, workflow="fixed-set"
    )  # fmt: skip


def _random_weights(rng: Generator) -> Trajectory:
    # Channels that change multiply the components.
    data, count = gaussian_law(rng, int(rng.integers(1, 4))), int(rng.choice(LENGTHS[:3]))
    table = np.tril(rng.dirichlet(np.ones(count), count)) + 1e-3 * np.eye(count)
    kept = Workflow.weights(table / np.sum(table, axis=1, keepdims=True))
    steps = [contraction(rng, data, log_uniform(rng, 1e-3, 0.2)) for _ in range(count)]
    return retrain(data, fresh=rng.uniform(size=count), step=steps, generations=count, workflow=kept)


def _orthogonal_weights(rng: Generator) -> Trajectory:
    dim = int(rng.integers(3, 6))
    data, size = gaussian_law(rng, dim), log_uniform(rng, 1e-2, 0.3)
    steps = [offset_channel(size * axis) for axis in data.cholesky.T]
    kept = geometric_shares(rng.uniform(0.2, 1.0), dim)
    return retrain(data, fresh=rng.uniform(0.0, 0.5), step=steps, generations=dim, workflow=kept)


def _accumulated_channel(rng: Generator) -> Trajectory:
    data = gaussian_law(rng, int(rng.integers(1, 4)))
    step = contraction(rng, data, log_uniform(rng, 1e-3, 0.2))
    return retrain(data, fresh=0.0, step=step, generations=_length(rng), workflow="accumulate")


def _accumulated_drift(rng: Generator) -> Trajectory:
    data = gaussian_law(rng, int(rng.integers(1, 4)))
    step = offset_channel(log_uniform(rng, 1e-4, 0.1) * white_direction(rng, data))
    return retrain(data, fresh=0.0, step=step, generations=_length(rng), workflow="accumulate")


def _accumulated_alternation(rng: Generator) -> Trajectory:
    data, count = gaussian_law(rng, int(rng.integers(1, 4))), int(rng.choice(LENGTHS[:3]))
    steps = alternating_steps(log_uniform(rng, 1e-4, 0.3) * white_direction(rng, data), count)
    return retrain(data, fresh=0.0, step=steps, generations=count, workflow="accumulate")


def _accumulated_orthogonal(rng: Generator) -> Trajectory:
    dim = int(rng.integers(2, 6))
    data, size = gaussian_law(rng, dim), log_uniform(rng, 1e-3, 0.3)
    steps = [offset_channel(size * axis) for axis in data.cholesky.T]
    return retrain(data, fresh=0.0, step=steps, generations=dim, workflow="accumulate")


WORKFLOWS = chapter(
    "workflows",
    {
        "window": _window,
        "fixed set": _fixed_set,
        "random weights": _random_weights,
        "orthogonal offsets": _orthogonal_weights,
        "accumulated data": _accumulated_drift,
    },
    WORKFLOW_SPACES,
    certified=certify_orthogonal,
)
ACCUMULATED = chapter(
    "accumulated data",
    {
        "channel": _accumulated_channel,
        "drifting offset": _accumulated_drift,
        "alternating offset": _accumulated_alternation,
        "orthogonal offsets": _accumulated_orthogonal,
    },
    ACCUMULATE_SPACES,
)

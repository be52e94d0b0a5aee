"""Bridges of the proofs on workflows: their results against trajectories and accumulations."""

import numpy as np

import gausscollapse as gc
from gausscollapse.retraining import Workflow, coherent_bound, incoherent_sum, memory, offset_channel
from tests.bridges import Bridge, Key, Pairs, Value, register

BRIDGES: dict[Key, Bridge] = {}
bridge = register(BRIDGES)

CLOSED = 1e-9
SMALL = 1e-4


@bridge("accumulate", "aligned", tolerance=CLOSED)
def aligned(rng: np.random.Generator, of: Value) -> Pairs:
    """The package's bound, and the squared mean of a run of equal offsets, which adds up as the innovations do."""
    energy = rng.uniform(0.1, 2)
    yield of(J=energy), coherent_bound(np.full(5, energy), 0, workflow="accumulate")[-1]
    run = gc.retrain(
        gc.Gaussian(rng.normal(), 1.0), fresh=0, step=offset_channel(np.sqrt(energy)), generations=5,
        workflow="accumulate",
    )  # fmt: skip
    yield of(J=energy), float((run.means[-1, 0] - run.means[0, 0]) ** 2)


@bridge("accumulate", "orthogonal", tolerance=10 * SMALL)
def orthogonal(rng: np.random.Generator, of: Value) -> Pairs:
    """The package's sum, and small offsets along five axes one after the other."""
    energy = rng.uniform(0.1, 2)
    yield of(J=energy), incoherent_sum(np.full(5, energy), 0, workflow="accumulate")[-1]
    steps = [offset_channel(SMALL * axis) for axis in np.eye(5)]
    run = gc.retrain(gc.Gaussian(np.zeros(5), np.eye(5)), fresh=0, step=steps, generations=5, workflow="accumulate")
    yield of(J=run.innovation_energy[-1]), run.accumulated[-1]


@bridge("accumulate", "plateau", tolerance=1e-3)
def plateau(rng: np.random.Generator, of: Value) -> Pairs:
    energy = rng.uniform(0.1, 2)
    yield of(J=energy), incoherent_sum(np.full(700, energy), 0, workflow="accumulate")[-1]


@bridge("memory", "oldest", tolerance=CLOSED)
def oldest(rng: np.random.Generator, of: Value) -> Pairs:
    """The coefficient of the first innovation after three generations, and the drift that it alone makes."""
    table = np.tril(rng.uniform(0.1, 1, (3, 3)))
    table /= table.sum(axis=1, keepdims=True)
    fresh = rng.uniform(0, 0.9, 3)
    weights = (1 - fresh)[:, None] * table
    closed = of(W1_1=weights[1, 1], W2_1=weights[2, 1], W2_2=weights[2, 2])
    workflow = Workflow.weights(table)
    yield closed, memory(fresh, 3, workflow=workflow)[0][3, 0] ** 2
    steps = [offset_channel(rng.uniform(0.2, 0.8)), offset_channel(0.0), offset_channel(0.0)]
    run = gc.retrain(gc.Gaussian(rng.normal(), 1.0), fresh=fresh, step=steps, generations=3, workflow=workflow)
    yield closed, run.accumulated[3] / run.accumulated[1]

"""Bridges of the proofs on schedules of fresh data: their results against filters of Gram matrices."""

import numpy as np

from gausscollapse.retraining import filter_sum
from tests.bridges import Bridge, Key, Pairs, Value, register

BRIDGES: dict[Key, Bridge] = {}
bridge = register(BRIDGES)


def _late_mean(rng: np.random.Generator, gram: np.ndarray) -> tuple[float, int, float]:
    """Return a refresh, the generations between two, and the mean drift of a late cycle of a long run."""
    a, k = rng.uniform(0.4, 1.0), int(rng.integers(2, 7))
    fresh = np.zeros(len(gram))
    fresh[k - 1 :: k] = a
    drift = filter_sum(gram, fresh)
    last = (len(gram) - 1) // k * k
    return a, k - 1, float(np.mean(drift[last - k + 1 : last + 1]))


@bridge("allocation", "orthogonal", tolerance=1e-9)
def orthogonal(rng: np.random.Generator, of: Value) -> Pairs:
    energy = rng.uniform(0.1, 2)
    a, n, mean = _late_mean(rng, energy * np.eye(200))
    yield of(J=energy, a=a, n=n), mean


@bridge("allocation", "aligned", tolerance=1e-9)
def aligned(rng: np.random.Generator, of: Value) -> Pairs:
    size = rng.uniform(0.1, 2)
    a, n, mean = _late_mean(rng, np.full((300, 300), size**2))
    yield of(b=size, a=a, n=n), mean


@bridge("spectral", "plateau", tolerance=1e-9)
def plateau(rng: np.random.Generator, of: Value) -> Pairs:
    energy, c, k = rng.uniform(0.1, 2), rng.uniform(-1, 1), rng.uniform(0.1, 0.8)
    lags = np.abs(np.subtract.outer(np.arange(250), np.arange(250)))
    yield of(J=energy, c=c, k=k), float(filter_sum(energy * c**lags, 1 - k)[-1])


def _late(rng: np.random.Generator, angles: list[float], weights: list[float]) -> tuple[float, float, float]:
    """Return energy, 1 - fresh fraction and late drift of innovations of these frequencies, by their Gram matrix."""
    energy, k = rng.uniform(0.1, 2), rng.uniform(0.1, 0.8)
    lags = np.subtract.outer(np.arange(250), np.arange(250))
    gram = sum(energy * w * np.cos(angle * lags) for angle, w in zip(angles, weights, strict=True))
    return energy, k, float(filter_sum(gram, 1 - k)[-1])


@bridge("spectral", "gain", tolerance=1e-9)
def gain(rng: np.random.Generator, of: Value) -> Pairs:
    angle = rng.uniform(0.1, 3)
    energy, k, late = _late(rng, [angle], [1.0])
    yield energy * of(k=k, t=np.tan(angle / 2)), late


@bridge("spectral", "least", tolerance=1e-9)
def one_frequency(rng: np.random.Generator, of: Value) -> Pairs:
    angle = rng.uniform(0, np.pi)
    energy, k, late = _late(rng, [angle], [1.0])
    yield of(J=energy, k=k, c=np.cos(angle)), late


@bridge("spectral", "most", tolerance=1e-9)
def repeated_and_alternating(rng: np.random.Generator, of: Value) -> Pairs:
    c = rng.uniform(-1, 1)
    energy, k, late = _late(rng, [0.0, np.pi], [(1 + c) / 2, (1 - c) / 2])
    yield of(J=energy, k=k, c=c), late

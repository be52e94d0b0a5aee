"""Drift and the full innovation Gram matrix of a constant channel, beside a plain NumPy double loop in the same run.

Run with ``python -m pytest benchmarks/bench_retraining.py -s``. The peer is what one writes first: for every pair of
generations, the innovations' components against each other, each integral by batched `numpy.linalg` calls on the
textbook formula. Both start from data, channel and fresh fraction; both are timed in turn, and the ratio is of the
peer's only time at 100 generations to our median. A second peer knows the recursion's structure (equal ages merged)
and computes each pair of ages once, in a Python double loop.
"""

from __future__ import annotations

import math
import time

import numpy as np

import gausscollapse as gc

DATA = gc.Gaussian([0.5, -1.0], [[1.0, 0.3], [0.3, 2.0]])
CHANNEL = gc.AffineChannel([[0.95, 0.02], [-0.05, 0.97]], [0.05, 0.02], [[0.05, 0.01], [0.01, 0.08]])
FRESH = 0.2
GOAL = 100.0


def ours(generations: int) -> tuple[np.ndarray, np.ndarray]:
    trajectory = gc.retrain(DATA, fresh=FRESH, step=CHANNEL, generations=generations)
    return trajectory.innovation_gram, trajectory.accumulated


def ages(count: int) -> tuple[np.ndarray, np.ndarray]:
    means, covs = [DATA.mean], [DATA.cov]
    for _ in range(count):
        means.append(CHANNEL.matrix @ means[-1] + CHANNEL.offset)
        covs.append(CHANNEL.matrix @ covs[-1] @ CHANNEL.matrix.T + CHANNEL.noise)
    return np.array(means), np.array(covs)


def weights(generation: int) -> np.ndarray:
    """Weights of the ages 0..generation of a model."""
    share = FRESH * (1.0 - FRESH) ** np.arange(generation)
    result = np.concatenate([[0.0], share])
    result[-1] += (1.0 - FRESH) ** generation
    return result


def innovation(generation: int) -> np.ndarray:
    """Signed weights of the ages 0..generation + 1."""
    new = weights(generation + 1)
    trained = np.append((1.0 - FRESH) * weights(generation), 0.0)
    trained[0] += FRESH
    return new - trained


def ratios(means: np.ndarray, covs: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return ``int a b / p`` for all pairs by the textbook formula."""
    inverse = np.linalg.inv(covs)
    base = np.linalg.inv(DATA.cov)
    precision = inverse[first][:, None] + inverse[second][None, :] - base
    turned = np.einsum("kij,kj->ki", inverse, means)
    shift = turned[first][:, None] + turned[second][None, :] - base @ DATA.mean
    own = np.einsum("ki,ki->k", means, turned)
    squares = own[first][:, None] + own[second][None, :] - DATA.mean @ base @ DATA.mean
    solved = np.linalg.solve(precision, shift[..., None])[..., 0]
    logs = -np.linalg.slogdet(covs)[1]
    volume = logs[first][:, None] + logs[second][None, :] + np.linalg.slogdet(DATA.cov)[1]
    volume = volume - np.linalg.slogdet(precision)[1]
    return np.exp(0.5 * (np.sum(shift * solved, axis=-1) - squares + volume))


def by_generations(generations: int) -> np.ndarray:
    means, covs = ages(generations)
    gram = np.empty((generations, generations))
    for i in range(generations):
        for j in range(i + 1):
            u, v = innovation(i), innovation(j)
            pairs = ratios(means, covs, np.arange(u.size), np.arange(v.size))
            gram[i, j] = gram[j, i] = u @ (pairs - 1.0) @ v
    return gram


def by_ages(generations: int) -> np.ndarray:
    means, covs = ages(generations)
    base = np.linalg.inv(DATA.cov)
    pairs = np.empty((generations + 1, generations + 1))
    for a in range(generations + 1):
        for b in range(a + 1):
            first, second = np.linalg.inv(covs[a]), np.linalg.inv(covs[b])
            precision = first + second - base
            shift = first @ means[a] + second @ means[b] - base @ DATA.mean
            squares = means[a] @ first @ means[a] + means[b] @ second @ means[b] - DATA.mean @ base @ DATA.mean
            volume = np.linalg.det(first) * np.linalg.det(second) / np.linalg.det(base) / np.linalg.det(precision)
            value = math.sqrt(volume) * math.exp(0.5 * (shift @ np.linalg.solve(precision, shift) - squares))
            pairs[a, b] = pairs[b, a] = value - 1.0
    rows = np.zeros((generations, generations + 1))
    for i in range(generations):
        rows[i, : i + 2] = innovation(i)
    return rows @ pairs @ rows.T


def timed(call, *arguments):
    start = time.perf_counter()
    result = call(*arguments)
    return time.perf_counter() - start, result


def test_growth_and_ratio() -> None:
    ours(10)
    medians, last = {}, None
    print("\ngenerations  ours (s)  growth")
    for generations in (50, 100, 200, 400):
        times = [timed(ours, generations)[0] for _ in range(5)]
        medians[generations] = float(np.median(times))
        growth = "" if last is None else f"x {medians[generations] / last:.1f}"
        print(f"{generations:11d}  {medians[generations]:8.4f}  {growth}")
        last = medians[generations]
    seconds, gram = timed(by_generations, 100)
    found, _ = ours(100)
    np.testing.assert_allclose(found, gram, rtol=1e-6, atol=1e-12)
    print(f"plain double loop over generations, 100: {seconds:.2f} s, {seconds / medians[100]:.0f} times ours")
    merged, gram = timed(by_ages, 100)
    np.testing.assert_allclose(found, gram, rtol=1e-6, atol=1e-12)
    print(f"double loop over merged ages, 100: {merged:.3f} s, {merged / medians[100]:.1f} times ours")
    assert seconds / medians[100] >= GOAL

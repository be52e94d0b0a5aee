"""Differential evolution on the unit cube, a generation at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gausscollapse.core.validation import Array

# Share of the coordinates that a trial takes from the mutant, and the range of the mutant's step.
CROSSOVER, STEPS = 0.7, (0.5, 1.0)


def evolve(
    values: Callable[[Array], Array], population: Array, *, generations: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Let a population descend, and return it with its values, the best one first.

    Parameters
    ----------
    values : callable
        From points (n, k) of the unit cube to what is to be made small, shape (n,).
    population : ndarray, shape (n, k)
        Where to start, at least three points.
    generations : int
        How many to breed; fewer where all values have become equal.
    rng : numpy.random.Generator
        Source of randomness.

    Notes
    -----
    Strategy "best/1/bin" with dithered steps and deferred replacement (Storn and Price 1997). It draws what SciPy's
    `differential_evolution` draws, and so finds the same; that takes longer to load than most searches take.
    """
    size, dim = population.shape
    scores = values(population)
    population, scores = _best_first(population, scores)
    order = np.arange(size)
    for _ in range(generations):
        step = rng.uniform(*STEPS)
        pairs = np.array([_others(order, candidate, rng) for candidate in range(size)])
        mutants = population[0] + step * (population[pairs[:, 0]] - population[pairs[:, 1]])
        always = rng.integers(dim, size=size)
        crossed = rng.uniform(size=(size, dim)) < CROSSOVER
        crossed[np.arange(size), always] = True
        trials = np.where(crossed, mutants, population)
        outside = (trials > 1.0) | (trials < 0.0)
        trials[outside] = rng.uniform(size=np.count_nonzero(outside))
        found = values(trials)
        better = found <= scores
        population, scores = np.where(better[:, None], trials, population), np.where(better, found, scores)
        population, scores = _best_first(population, scores)
        if np.std(scores) <= 0.0:
            break
    return population, scores


def _others(order: np.ndarray, candidate: int, rng: np.random.Generator) -> np.ndarray:
    """Return the numbers of two points that are not the candidate."""
    rng.shuffle(order)
    first = order[:3]
    return np.asarray(first[first != candidate][:2])


def _best_first(population: Array, scores: Array) -> tuple[Array, Array]:
    """Return both with the best point and the first one exchanged."""
    places = np.arange(len(scores))
    best = int(np.argmin(scores))
    places[0], places[best] = best, 0
    return population[places], scores[places]

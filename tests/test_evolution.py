"""Differential evolution against SciPy's, which a search does not load."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.optimize import Bounds, differential_evolution

from gausscollapse.checking._evolution import evolve


def rippled(points):
    return np.sum((points - 0.3) ** 2, axis=1) + np.cos(9.0 * points[:, 0])


@pytest.mark.parametrize("seed", range(3))
def test_a_population_is_that_of_scipy(seed):
    start = np.random.default_rng(seed).uniform(-0.1, 1.1, size=(40, 5)).clip(0.0, 1.0)
    expected = differential_evolution(
        lambda columns: rippled(columns.T), Bounds(np.zeros(5), np.ones(5)), init=start, maxiter=15,
        rng=np.random.default_rng(seed), tol=0.0, polish=False, updating="deferred", vectorized=True,
    )  # fmt: skip
    population, scores = evolve(rippled, start, generations=15, rng=np.random.default_rng(seed))
    assert np.allclose(population, expected.population, rtol=0.0, atol=1e-15)
    assert np.allclose(scores, expected.population_energies, rtol=0.0, atol=1e-14)
    assert scores[0] == scores.min() < rippled(start).min()


def test_a_flat_function_ends_the_evolution():
    calls = []

    def flat(points):
        calls.append(len(points))
        return np.zeros(len(points))

    evolve(flat, np.random.default_rng(0).uniform(size=(10, 2)), generations=50, rng=np.random.default_rng(0))
    assert calls == [10, 10]


def test_a_search_loads_neither_of_scipy_s():
    code = (
        "import sys, gausscollapse as gc; gc.falsify('prop-3.1', budget=600);"
        "print([name for name in ('scipy.optimize', 'scipy.integrate') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"

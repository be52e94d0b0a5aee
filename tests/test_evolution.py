"""Differential evolution and the Runge-Kutta pair against SciPy's, which neither needs."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.integrate import DOP853
from scipy.optimize import Bounds, differential_evolution

from gausscollapse.checking._evolution import evolve
from gausscollapse.process.exact._tableau import dormand_prince


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


def test_the_runge_kutta_pair_is_scipy_s_to_the_last_bit():
    table, count = dormand_prince(), DOP853.n_stages
    expected = (DOP853.A[:count, :count], DOP853.B, DOP853.C[:count], DOP853.E3[:count], DOP853.E5[:count])
    assert all(np.array_equal(*pair) for pair in zip(table, expected, strict=True))


def test_a_search_loads_neither_of_scipy_s():
    code = (
        "import sys, gausscollapse as gc; gc.falsify('prop-3.1', budget=600);"
        "print([name for name in ('scipy.optimize', 'scipy.integrate') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"

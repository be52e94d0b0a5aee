"""The exact law of the discretised chain: against a sampler, the continuous process, and its weak order."""

import math

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError
from tests.oracles import coefficients

PROCESSES, PATHS = 200, 4096
# 1e-6 in all: some 6000 scores at 7 standard errors (5e-9 for Gaussian scores, some times more for the skewed
# ones), three sums at 5.2 (6e-7).
WORST, SUMS = 7.0, 5.2


def random_process(rng):
    dim = int(rng.integers(1, 5))
    factor = rng.standard_normal((dim, dim))
    data = gc.Gaussian(rng.standard_normal(dim), factor @ factor.T / dim + 0.1 * np.eye(dim))
    swirl = rng.standard_normal((dim, dim))
    other = rng.standard_normal((dim, dim))
    error = (
        gc.AffineError(0.2 * rng.standard_normal((dim, dim)), 0.3 * rng.standard_normal(dim))
        + gc.SolenoidalError(0.1 * (swirl - swirl.T))
        + gc.RealizableError(gc.Gaussian(data.mean + 0.2, data.cov + 0.2 * other @ other.T / dim)).scaled(0.5)
    )
    start = "marginal" if rng.uniform() < 0.5 else "standard-normal"
    return gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(rng.uniform(0.5, 3.0), 0.1), error, start=start)


def scores(drift_factor=0.0):
    """Return z-scores of means, of second moments off and on the diagonal, and of energies."""
    rng = np.random.default_rng(314)
    means, mixed, squares, energies = [], [], [], []
    for index in range(PROCESSES):
        process = random_process(rng)
        steps = int(rng.integers(15, 60))
        grid = "uniform" if index % 2 else "log-snr"
        kept = "learned" if index % 3 else "ideal"
        exact = gc.discrete_law(process, steps, grid=grid, law=kept)
        spoilt = gc.ReverseProcess(
            process.data,
            process.diffusion,
            process.error + gc.AmplifiedScoreError(drift_factor) if drift_factor else process.error,
            start=process.start,
        )
        run = gc.simulate(spoilt, PATHS, steps, index, grid=grid, law=kept, functionals=True)
        white = (run.endpoint - exact.endpoint.mean) @ np.linalg.inv(exact.endpoint.cholesky).T
        means.extend(math.sqrt(PATHS) * white.mean(axis=0))
        second = math.sqrt(PATHS) * (white.T @ white / PATHS - np.eye(process.dim))
        mixed.extend(second[np.triu_indices(process.dim, 1)])
        squares.extend(np.diag(second) / math.sqrt(2.0))
        energies.append((run.energy.mean() - float(exact.energy)) / (run.energy.std() / math.sqrt(PATHS)))
    return [np.array(group) for group in (means, mixed, squares, energies)]


def summed(group):
    """Return the standardised sum of scores and that of their squares, both about N(0, 1)."""
    return abs(np.sum(group)) / math.sqrt(group.size), abs(np.sum(group**2 - 1.0)) / math.sqrt(2.0 * group.size)


def test_the_sampler_follows_the_discrete_law():
    means, mixed, squares, energies = scores()
    for group in (means, mixed, squares):
        assert np.max(np.abs(group)) < WORST
        assert max(summed(group)) < SUMS
    assert np.max(np.abs(energies)) < WORST
    assert summed(energies)[0] < SUMS


def test_a_drift_that_is_off_by_one_per_cent_is_seen():
    _, _, squares, _ = scores(0.01)
    assert summed(squares)[0] > SUMS


def test_the_recursion_against_its_formula():
    rng = np.random.default_rng(3)
    data = gc.Gaussian([0.3, -0.2], [[1.0, 0.3], [0.3, 0.5]])
    slope, offset = 0.2 * rng.standard_normal((2, 2)), rng.standard_normal(2)
    swirl = np.array([[0.0, 0.4], [-0.4, 0.0]])
    target = gc.Gaussian([0.1, 0.1], [[0.8, 0.0], [0.0, 0.9]])
    error = gc.AffineError(slope, offset) + gc.SolenoidalError(swirl) + gc.RealizableError(target).scaled(0.3)
    process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(2.0, 0.1), error)
    start = gc.OrnsteinUhlenbeck().marginal(data, 2.0)
    mean, cov, energy, h = start.mean, start.cov, 0.0, 1.9 / 5
    for k in range(5):
        local, e_slope, e_offset, precision = coefficients(data, (slope, offset, swirl, 0.3, target), 2.0 - h * k)
        energy += h * (np.sum((e_slope @ mean + e_offset) ** 2) + np.trace(e_slope @ cov @ e_slope.T))
        drift = np.eye(2) + h * (np.eye(2) / 2 - precision + e_slope)
        mean = drift @ mean + h * (precision @ local.mean + e_offset)
        cov = drift @ cov @ drift.T + h * np.eye(2)
    found = gc.discrete_law(process, 5)
    np.testing.assert_allclose(found.endpoint.mean, mean, rtol=1e-12)
    np.testing.assert_allclose(found.endpoint.cov, cov, rtol=1e-12)
    assert float(found.energy) == pytest.approx(energy, rel=1e-12)
    assert float(found.path_kl) == pytest.approx(0.5 * energy, rel=1e-12)


@pytest.mark.parametrize("grid", ["uniform", "log-snr"])
def test_weak_order_one(grid):
    """The slope of log error against log steps, from the exact recursion alone."""
    rng = np.random.default_rng(9)
    for _ in range(5):
        process = random_process(rng)
        truth = process.endpoint()
        counts = np.array([400, 800, 1600, 3200])
        laws = [gc.discrete_law(process, int(count), grid=grid) for count in counts]
        for gap in (
            [np.linalg.norm(item.endpoint.mean - truth.mean) for item in laws],
            [np.linalg.norm(item.endpoint.cov - truth.cov) for item in laws],
            [abs(float(item.energy) - float(process.learned_energy())) for item in laws],
        ):
            assert -np.polyfit(np.log(counts), np.log(gap), 1)[0] == pytest.approx(1.0, abs=0.05)


def test_richardson_reaches_the_continuous_process():
    rng = np.random.default_rng(12)
    for _ in range(3):
        process = random_process(rng)
        truth = process.endpoint()
        found = gc.richardson(process, 200, levels=4)
        plain = gc.discrete_law(process, 1600)
        assert np.all(found.mean.contains(truth.mean))
        assert np.all(found.cov.contains(truth.cov))
        gain = np.max(np.abs(plain.endpoint.cov - truth.cov)) / np.max(np.abs(np.asarray(found.cov) - truth.cov))
        assert gain > 1000.0
        assert float(found.energy) == pytest.approx(float(process.learned_energy()), rel=1e-7)
    with pytest.raises(InvalidArgumentError, match="too few"):
        gc.richardson(gc.ReverseProcess(gc.Gaussian(0.0, 1e-4), gc.OrnsteinUhlenbeck(), gc.AffineError(0.0, 0.1)), 10)


def test_bad_arguments_are_named():
    mixture = gc.GaussianMixture([0.5, 0.5], [0.0, 1.0], [1.0, 1.0])
    process = gc.ReverseProcess(mixture, gc.OrnsteinUhlenbeck(), gc.AffineError(0.1, 0.0))
    with pytest.raises(NotSupportedError, match="mixture of 2 components"):
        gc.discrete_law(process, 10)
    wild = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), gc.OrnsteinUhlenbeck(), gc.AffineError(1e40, 0.0))
    with pytest.raises(NotSupportedError, match="range of floats"):
        gc.discrete_law(wild, 100)

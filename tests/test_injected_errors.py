"""Score errors injected in every generation, against closed forms: realizable errors, shifts, moments of refits."""

import math

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError

LONG = gc.OrnsteinUhlenbeck(2 * math.log(2), 0.0)


def encloses(found, expected, slack=1e-12):
    lower, upper = np.asarray(found.lower), np.asarray(found.upper)
    return bool(np.all((lower - slack <= expected) & (expected <= upper + slack)))


@pytest.fixture(scope="module")
def realizable():
    """A realizable error gives its target whatever it is trained on, up to exp(-T) of the start."""
    target = gc.Gaussian(0.3, 1.0)
    return target, gc.retrain(
        gc.Gaussian(0, 1), fresh=0.5, step=gc.RealizableError(target), generations=2, cells=160, steps=160,
        diffusion=gc.OrnsteinUhlenbeck(18.0, 0.0),
    )  # fmt: skip


def test_drift_and_gram_matrix_of_a_realizable_error_on_mixtures(realizable):
    """``r_i = r`` for all i >= 1, so ``xi_0 = r`` and ``xi_i = a r``: all are multiples of ``D = exp(0.09) - 1``."""
    _, run = realizable
    drift, shares = math.expm1(0.09), np.array([1.0, 0.5])
    assert [solution is None for solution in run.solutions] == [True, False]
    assert encloses(run.accumulated_enclosure, drift * np.array([0, 1, 1]), 1e-8)
    assert encloses(run.innovation_gram_enclosure, drift * np.outer(shares, shares), 1e-8)
    assert np.max(np.abs(run.accumulated[1:] - drift)) < 1e-5
    assert np.all(np.asarray(run.accumulated_enclosure.width)[1:] < 0.05 * drift)


def test_a_wrong_fraction_is_seen(realizable):
    """The control: innovations of another fresh fraction are outside of the intervals."""
    _, run = realizable
    assert not encloses(run.innovation_energy_enclosure[1:], math.expm1(0.09) * 0.55**2)


def test_intra_generation_divergences_of_a_realizable_error(realizable):
    """``chi2(t || (p + t)/2)`` by the trapezoidal rule."""
    target, run = realizable
    x = np.linspace(-12, 12, 4001)
    trained = 0.5 * (run.data.pdf(x) + target.pdf(x))
    expected = float(np.sum((target.pdf(x) - trained) ** 2 / trained) * (x[1] - x[0]))
    assert encloses(run.intra_generation(1), expected, 1e-8)
    assert float(run.intra_generation(1)) == pytest.approx(expected, rel=1e-3)


def test_theorems_hold_in_the_papers_terms(realizable):
    _, run = realizable
    for name in ("prop-4.1", "innovation", "range", "discounted"):
        assert gc.check(gc.theorems.registry[name], run).outcome is gc.Outcome.HOLDS
    energies, shown = run.ideal_energy(), run.observability()
    assert len(energies) == len(shown) == len(run.learned_energy()) == len(run.observed_energy()) == 2
    assert all(0.0 < float(part) <= 1.0 for part in shown)


def test_no_fresh_data_is_exact_and_adds_up_shifts():
    """An offset b of the score of N(m, 1) moves the mean by b over [0, 2 log 2]; its energy is ``b^2 2 log 2``."""
    run = gc.retrain(gc.Gaussian(0, 1), fresh=0.0, step=gc.AffineError(0, 0.25), generations=4, diffusion=LONG)
    np.testing.assert_allclose(run.means.ravel(), 0.25 * np.arange(5), atol=1e-8)
    assert encloses(run.accumulated_enclosure, np.expm1((0.25 * np.arange(5)) ** 2))
    assert all(encloses(energy, 0.0625 * 2 * math.log(2)) for energy in run.ideal_energy())
    assert run.accumulated_enclosure.guarantee == "numeric"


def test_fresh_data_alone_is_exact_in_any_dimension():
    """Every generation is trained on the data: a schedule of errors gives one shift a generation."""
    steps = [gc.AffineError(np.zeros((2, 2)), [0.25 * (i + 1), 0.0]) for i in range(3)]
    run = gc.retrain(gc.Gaussian([0, 0], np.eye(2)), fresh=1.0, step=steps, generations=3, diffusion=LONG)
    np.testing.assert_allclose(run.means[1:], [[0.25, 0], [0.5, 0], [0.75, 0]], atol=1e-8)
    called = gc.retrain(
        gc.Gaussian([0, 0], np.eye(2)), fresh=1.0, step=lambda i: steps[i], generations=3, diffusion=LONG
    )
    np.testing.assert_array_equal(called.accumulated, run.accumulated)


def test_gaussian_refits_against_a_recursion_of_moments():
    """Moments of mixtures, and the endpoint of the process of each refit alone.

    The refit of ``a p + (1-a) N(m, v)`` has variance ``a + (1-a) v + a (1-a) m^2``.
    """
    error, fresh, mean, variance = gc.AffineError(0, 0.2), 0.4, 0.0, 1.0
    run = gc.retrain(
        gc.Gaussian(0, 1), fresh=fresh, step=error, generations=4, diffusion=LONG, refit="gaussian"
    )  # fmt: skip
    for i in range(4):
        refit = gc.Gaussian((1 - fresh) * mean, fresh + (1 - fresh) * variance + fresh * (1 - fresh) * mean**2)
        end = gc.ReverseProcess(refit, LONG, error, tolerance=1e-12).endpoint()
        mean, variance = float(end.mean[0]), float(end.cov[0, 0])
        assert run.means[i + 1, 0] == pytest.approx(mean, abs=1e-8)
        assert run.covs[i + 1, 0, 0] == pytest.approx(variance, abs=1e-8)


@pytest.mark.slow
def test_an_error_on_mixture_data_against_simulation():
    """Means of the second generation by Euler-Maruyama on samples of the first: |z| < 4.9."""
    data, diffusion = gc.GaussianMixture([0.5, 0.5], [-1.5, 1.5], 0.4), gc.OrnsteinUhlenbeck(4.0, 0.02)
    error = gc.AmplifiedScoreError(0.1)
    run = gc.retrain(data, fresh=0.3, step=error, generations=2, diffusion=diffusion)
    draws = gc.simulate(run.processes[1], 40_000, 800, 7).endpoint[:, 0]
    second = float(run.covs[2, 0, 0] + run.means[2, 0] ** 2)
    z = (np.mean(draws**2) - second) / (np.std(draws**2) / math.sqrt(draws.size))
    assert abs(z) < 4.9


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"fresh": 0.3, "diffusion": LONG}, NotSupportedError, 'or refit="gaussian"'),
        ({"fresh": 0.0}, InvalidArgumentError, "gausscollapse.OrnsteinUhlenbeck(horizon, stop)"),
        ({"fresh": 0.0, "diffusion": LONG, "refit": "mixture"}, InvalidArgumentError, "refit = 'mixture'"),
        ({"fresh": 0.0, "diffusion": LONG, "cells": 10}, InvalidArgumentError, "cells = 10"),
    ],
)
def test_a_refusal_says_how_to_get_what_was_meant(options, kind, words):
    with pytest.raises(kind) as found:
        gc.retrain(
            gc.Gaussian([0, 0], np.eye(2)), step=gc.AffineError(0.1 * np.eye(2), [0.1, 0]), generations=2, **options
        )
    assert words in str(found.value)


def test_channels_take_no_diffusion_and_errors_no_channels():
    step = gc.retraining.offset_channel(0.1)
    with pytest.raises(InvalidArgumentError, match="one score error a generation"):
        gc.retrain(gc.Gaussian(0, 1), fresh=0.0, step=step, generations=2, diffusion=LONG)
    with pytest.raises(InvalidArgumentError, match="is for score errors"):
        gc.retrain(gc.Gaussian(0, 1), fresh=0.0, step=step, generations=2, refit="gaussian")


@pytest.mark.parametrize("dim", [1, 2])
def test_the_finite_sample_run_is_one_setting_away_and_agrees_with_the_deterministic_one(dim):
    """Mean of a model after two generations over 24 runs: |z| < 4.9 of the exact run, Euler's bias being below it."""
    from gausscollapse.lab.generation_settings import read_settings
    from gausscollapse.lab.generation_theory import expected
    from gausscollapse.lab.generations import learned_generations

    axis = [1.0, *[0.0] * (dim - 1)]
    error = {"kind": "affine", "matrix": np.zeros((dim, dim)).tolist(), "offset": (0.3 * np.array(axis)).tolist()}
    data = {"kind": "gaussian", "mean": [0.0] * dim, "cov": np.eye(dim).tolist()}
    spec = read_settings({
        "data": data, "fresh": 0.5, "generations": 2, "samples": 2000, "sampling": "euler-maruyama",
        "diffusion": {"horizon": 3.0, "stop": 0.02}, "sampler": {"steps": 200},
        "learner": {"kind": "injected", "error": error},
    })  # fmt: skip
    means = np.array([list(learned_generations(spec, key))[-1].draws[:, 0].mean() for key in range(24)])
    run = gc.retrain(
        gc.Gaussian(np.zeros(dim), np.eye(dim)), fresh=0.5, refit="gaussian", generations=2, diffusion=spec.diffusion,
        step=gc.AffineError(np.zeros((dim, dim)), 0.3 * np.array(axis)),
    )  # fmt: skip
    spread = means.std(ddof=1) / math.sqrt(24)
    assert abs(means.mean() - run.means[2, 0]) < 4.9 * spread + 2e-3
    assert abs(means.mean() - 1.1 * run.means[2, 0]) > 4.9 * spread + 2e-3
    assert expected(spec, None)["kl_population"].values[2] == pytest.approx(float(run.kl()[2]))

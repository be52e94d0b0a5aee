"""Observability by the Stein identity, by regression and by Fokker-Planck: three ways that must agree."""

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.process import stein

LINE = gc.GaussianMixture([0.3, 0.7], [-1.5, 1.0], [0.3, 0.2])
DIFFUSION = gc.OrnsteinUhlenbeck(2.5, 0.05)


@pytest.fixture(scope="module")
def line():
    waves = gc.RandomFeatureError.draw(LINE, DIFFUSION, energy=0.4, rng=3)
    process = gc.ReverseProcess(LINE, DIFFUSION, waves + gc.AffineError(0.1, 0.2))
    return process, gc.fokker_planck(process)


def test_the_stein_identity_against_fokker_planck_to_1e_6(line):
    process, found = line
    observed, energy = stein.observed_energy(process), process.ideal_energy()
    assert float(observed) == pytest.approx(float(found.observed_energy()), rel=1e-6)
    assert observed.overlaps(found.observed_energy())
    assert float(energy) == pytest.approx(float(found.ideal_energy()), rel=1e-6)
    assert float(stein.ratio(observed, energy)) == pytest.approx(float(found.observability()), rel=1e-6)
    y = np.linspace(-2.5, 2.5, 21)
    np.testing.assert_allclose(gc.observable_score(process, y), found.observable_score(y), atol=2e-4)


def test_regression_agrees_within_its_error(line):
    process, found = line
    run = gc.simulate(process, 40_000, 400, 2, law="ideal", functionals=True)
    guess = gc.regressed_energy(process, run, degree=4)
    truth = float(found.observed_energy())
    assert abs(guess.value - truth) < 5.0 * guess.standard_error
    assert guess.standard_error < 0.03 * truth
    poor = gc.regressed_energy(process, run, degree=1)
    assert poor.value < guess.value
    with pytest.raises(InvalidArgumentError, match="learned law"):
        gc.regressed_energy(process, gc.simulate(process, 10, 50, 1, functionals=True))


@pytest.mark.parametrize("dim", [1, 2])
def test_the_exact_gaussian_case_by_quadrature(dim):
    rng = np.random.default_rng(dim)
    factor = rng.standard_normal((dim, dim))
    data = gc.Gaussian(rng.standard_normal(dim), factor @ factor.T / dim + 0.2 * np.eye(dim))
    error = gc.AffineError(0.3 * rng.standard_normal((dim, dim)), rng.standard_normal(dim))
    process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(1.5, 0.1), error)
    exact = process.observed_energy()
    found = stein.observed_energy(process)
    assert found.overlaps(exact)
    assert float(found) == pytest.approx(float(exact), rel=1e-6)
    assert float(stein.ideal_energy(process)) == pytest.approx(float(process.ideal_energy()), rel=1e-8)


def test_the_exact_gaussian_case_by_quasi_monte_carlo(monkeypatch):
    """d = 4: the interval of 5.2 standard errors holds the exact value, and a spoilt operator misses it."""
    rng = np.random.default_rng(4)
    factor = rng.standard_normal((4, 4))
    data = gc.Gaussian(rng.standard_normal(4), factor @ factor.T / 4 + 0.3 * np.eye(4))
    error = gc.AffineError(0.2 * rng.standard_normal((4, 4)), 0.5 * rng.standard_normal(4))
    process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(1.5, 0.1), error)
    monkeypatch.setattr(stein, "SOBOL_POWER", 10)
    exact = float(process.observed_energy())
    found = stein.observed_energy(process)
    assert found.contains(exact)
    assert found.width < 0.15 * exact
    assert stein.ideal_energy(process).contains(float(process.ideal_energy()))
    plain = stein._operator
    monkeypatch.setattr(stein, "_operator", lambda *args: 1.2 * plain(*args))
    assert not stein.observed_energy(process).contains(exact)


def plane():
    return gc.GaussianMixture(
        [0.4, 0.6], [[-1.0, 0.3], [1.0, -0.2]], [[[0.5, 0.1], [0.1, 0.3]], [[0.4, -0.1], [-0.1, 0.6]]]
    )


def test_invisible_errors_of_mixtures_are_invisible():
    """A q_t-solenoidal error has u = 0; the control is the unweighted field of the same matrix."""
    data = plane()
    matrix = np.array([[0.0, 1.0], [-1.0, 0.0]])
    y = data.sample(30, 1)
    process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(1.5, 0.1), gc.SolenoidalError(matrix))
    assert np.max(np.abs(gc.observable_score(process, y))) < 2e-5
    unweighted = gc.FunctionError(lambda x, t: x @ matrix.T)
    control = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(1.5, 0.1), unweighted)
    assert np.max(np.abs(gc.observable_score(control, y))) > 0.1


def test_the_gradient_energy_is_a_lower_estimate(line):
    """In d = 1 every field is a gradient: the learned energy is the truth; more functions come nearer."""
    process, found = line
    truth = float(found.learned_energy())
    coarse, fine = (gc.gradient_energy_estimate(process, 6000, 150, 3, degree=degree) for degree in (1, 3))
    assert fine.value < truth + 5.0 * fine.standard_error
    assert coarse.value < fine.value
    assert fine.value > 0.93 * truth


def test_a_solenoidal_error_has_no_gradient_energy():
    process = gc.ReverseProcess(plane(), gc.OrnsteinUhlenbeck(1.5, 0.1), gc.SolenoidalError([[0, 0.5], [-0.5, 0]]))
    found = gc.gradient_energy_estimate(process, 6000, 60, 3, degree=2, slices=8)
    assert abs(found.value) < 5.0 * found.standard_error + 2e-3
    whole = gc.simulate(process, 6000, 60, 3, functionals=True).energy.mean()
    assert whole > 0.3

"""The lower bounds of the observable score against quadrature and direct optimisation."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize_scalar

import gausscollapse as gc
from gausscollapse.process import LinearStatistics
from gausscollapse.theorems.instances.single import draw


@pytest.fixture(scope="module", params=[(0.3, 0.2), (-0.5, 0.6), (0.1, 0.0), (0.35, -1.0)])
def line(request):
    slope, offset = request.param
    return gc.ReverseProcess(
        gc.Gaussian(0.5, 0.6), gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.1), gc.AffineError(slope, offset)
    )


def observable(process):
    """Return u(z) and the endpoint's mean and variance in whitened coordinates, d = 1."""
    tangent_mean, tangent_cov = (float(part[0].squeeze()) for part in process.statistics.tangent)
    ideal, learned = process.ideal_endpoint(), process.endpoint()
    scale = math.sqrt(float(ideal.cov[0, 0]))
    mean = float(learned.mean[0] - ideal.mean[0]) / scale
    variance = float(learned.cov[0, 0] / ideal.cov[0, 0])
    return lambda z: tangent_mean * z + 0.5 * tangent_cov * (z * z - 1.0), mean, variance


def expectation(f, mean, variance):
    def integrand(z):
        return f(z) * math.exp(-0.5 * (z - mean) ** 2 / variance) / math.sqrt(2.0 * math.pi * variance)

    width = 12.0 * math.sqrt(variance)
    return quad(integrand, mean - width, mean + width, epsabs=1e-12, epsrel=1e-10, limit=400)[0]


def test_observable_score_is_the_endpoint_derivative(line):
    """``u = d/d delta log p^_delta`` at 0, by central differences of exact endpoints."""
    u, _, _ = observable(line)
    ideal = line.ideal_endpoint()
    step = 1e-4
    ends = [gc.ReverseProcess(line.data, line.diffusion, line.error.scaled(s)).endpoint() for s in (-step, step)]
    for z in (-1.5, 0.0, 0.7, 2.0):
        x = float(ideal.mean[0]) + z * math.sqrt(float(ideal.cov[0, 0]))
        slope = float(ends[1].logpdf(x) - ends[0].logpdf(x)) / (2.0 * step)
        assert u(z) == pytest.approx(slope, rel=1e-5, abs=1e-7)


def test_hammersley_bounds_by_quadrature(line):
    u, mean, variance = observable(line)
    s = line.statistics
    change = expectation(u, mean, variance) - expectation(u, 0.0, 1.0)
    spread = expectation(lambda z: u(z) ** 2, 0.0, 1.0)
    assert float(s.hammersley_observable()[0]) == pytest.approx(change**2 / spread, rel=1e-8)
    assert float(s.hammersley_affine()[0]) == pytest.approx(mean**2, rel=1e-8)
    # The best quadratic test function by its normal equations in the basis z, z^2 - 1.
    moments = np.array([mean, variance + mean**2 - 1.0])
    best = moments @ np.linalg.solve(np.diag([1.0, 2.0]), moments)
    assert float(s.hammersley_quadratic()[0]) == pytest.approx(best, rel=1e-8)


def test_donsker_varadhan_by_direct_optimisation(line):
    u, mean, variance = observable(line)
    shift = expectation(u, mean, variance)
    curvature = float(line.statistics.tangent[1][0, 0, 0])

    def objective(scale):
        if scale * curvature >= 0.999:
            return 1e9
        width = 12.0 / math.sqrt(1.0 - max(scale * curvature, 0.0))
        integral = quad(
            lambda z: math.exp(scale * u(z) - 0.5 * z * z) / math.sqrt(2.0 * math.pi),
            -width,
            width,
            epsrel=1e-11,
            limit=400,
        )[0]
        return math.log(integral) - scale * shift

    found = minimize_scalar(objective, bracket=(0.5, 1.0), options={"xtol": 1e-9})
    assert float(line.statistics.donsker_varadhan()[0]) == pytest.approx(-found.fun, rel=1e-7)


def test_all_lower_bounds_stay_below_in_every_family_and_exceed_when_inflated():
    inflated = 0
    for sample in draw(200, np.random.default_rng(5)):
        s = sample.statistics
        for bound in (
            LinearStatistics.hammersley_observable,
            LinearStatistics.hammersley_affine,
            LinearStatistics.hammersley_quadratic,
        ):
            value = bound(s)
            assert not np.any(value.certainly_above(s.chi2))
            inflated += int(np.sum((1.2 * value).certainly_above(s.chi2)))
        assert not np.any(s.donsker_varadhan().certainly_above(s.kl))
    assert inflated > 50


def test_tangent_of_an_invisible_error_gives_zero_bounds():
    process = gc.ReverseProcess(
        gc.Gaussian([1.0, 0.0], [[1.0, 0.3], [0.3, 0.5]]),
        gc.OrnsteinUhlenbeck(),
        gc.SolenoidalError([[0.0, 2.0], [-2.0, 0.0]]),
    )
    s = process.statistics
    assert float(s.hammersley_observable()[0]) == 0.0
    assert float(s.donsker_varadhan()[0].upper) < 1e-12

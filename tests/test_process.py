"""One process: its parts by hand; numbers are tested with the statistics."""

import math

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError
from gausscollapse.process import RemainderConstants

TIMES = gc.OrnsteinUhlenbeck(horizon=1.5, stop=0.1)


def test_the_constant_of_the_lower_bound_has_two_parts():
    """``C = K/8 + C'``."""
    constants = RemainderConstants(gc.Enclosure(8.0, 4.0, 16.0), gc.Enclosure(3.0, 2.0, 5.0))
    found = constants.combined
    assert (found.lower, found.value, found.upper) == (2.5, 4.0, 7.0)


@pytest.mark.parametrize("offset", [0.2, 1.0])
def test_constants_of_a_constant_error_by_quadrature(offset):
    """``[M] = b^2 (T - t0) = s`` is not random: K = 1 and ``C' = E(exp(Z) - 1 - Z)^2/s^2``, Z normal (-s/2, s)."""
    constants = gc.ReverseProcess(gc.Gaussian(0.3, 0.8), TIMES, gc.AffineError(0.0, offset)).remainder_constants()
    size = offset**2 * 1.4

    def density(z):
        normal = math.exp(-((z + 0.5 * size) ** 2) / (2.0 * size)) / math.sqrt(2.0 * math.pi * size)
        return (math.expm1(z) - z) ** 2 * normal

    width = 12.0 * math.sqrt(size)
    remainder = quad(density, -width, width + 2.0 * size, epsabs=1e-14, limit=200)[0] / size**2
    assert float(constants.quadratic_variation) == pytest.approx(1.0, rel=1e-8)
    assert float(constants.taylor) == pytest.approx(remainder, rel=1e-6)
    assert float(constants.combined) == pytest.approx(0.125 + remainder, rel=1e-6)


def test_constants_are_refused_where_they_are_not_defined():
    nothing = gc.ReverseProcess(gc.Gaussian(0.3, 0.8), TIMES, gc.AffineError(0.0, 0.0))
    with pytest.raises(NotSupportedError, match="ratios to the energy, which is 0"):
        nothing.remainder_constants()
    elsewhere = gc.ReverseProcess(gc.Gaussian(0.3, 0.8), TIMES, gc.AffineError(0.0, 0.1), "standard-normal")
    with pytest.raises(NotSupportedError, match="starts from q_T"):
        elsewhere.remainder_constants()


def test_the_endpoint_in_the_plane_by_the_moment_equations_in_plain_coordinates():
    """``m' = (1/2 - S^-1 + F) m + S^-1 m_t + b`` and the Lyapunov equation of the covariance, turned data."""
    data = gc.Gaussian([1.0, -2.0], [[1.3, 0.7], [0.7, 0.9]])
    slope, offset = np.array([[0.2, -0.3], [0.1, 0.15]]), np.array([0.4, -0.1])
    process = gc.ReverseProcess(data, TIMES, gc.AffineError(slope, offset))

    def law(t):
        return math.exp(-0.5 * t) * data.mean, math.exp(-t) * data.cov + -math.expm1(-t) * np.eye(2)

    def rates(s, state):
        mean, cov = law(1.5 - s)
        precision = np.linalg.inv(cov)
        drift = 0.5 * np.eye(2) - precision + slope
        here = state[2:].reshape(2, 2)
        moved = drift @ here
        return np.concatenate([drift @ state[:2] + precision @ mean + offset, (moved + moved.T + np.eye(2)).ravel()])

    start = np.concatenate([law(1.5)[0], law(1.5)[1].ravel()])
    last = solve_ivp(rates, (0.0, 1.4), start, method="DOP853", rtol=1e-12, atol=1e-13).y[:, -1]
    assert process.endpoint().mean == pytest.approx(last[:2], rel=1e-8)
    assert process.endpoint().cov.ravel() == pytest.approx(last[2:], rel=1e-8)
    assert process.ideal_endpoint().mean == pytest.approx(law(0.1)[0], rel=1e-14)
    assert process.ideal_endpoint().cov == pytest.approx(law(0.1)[1], rel=1e-14)


def test_a_constant_error_by_hand():
    """Standard normal data, b over [0, 2 log 2]: the endpoint moves by b, and every number is elementary."""
    b, span = 0.5, 2.0 * math.log(2.0)
    process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(span, 0.0), gc.AffineError(0, b))
    energy = b**2 * span
    expected = {
        "ideal_energy": energy,
        "learned_energy": energy,
        "observed_energy": b**2,
        "observability": b**2 / energy,
        "kl": b**2 / 2,
        "reverse_kl": b**2 / 2,
        "chi2": math.expm1(b**2),
        "path_kl": energy / 2,
        "path_chi2": math.expm1(energy),
        "gradient_energy": energy,
        "swirl_energy": 0.0,
        "slack": energy / 2 - b**2 / 2,
    }
    for name, value in expected.items():
        found = getattr(process, name)()
        assert found.contains(value), name
        assert float(found) == pytest.approx(value, rel=1e-8, abs=1e-12), name
    for first, second in ((2.0, -1.0), (1.0, -0.5), (0.3, 0.7)):
        log = (second + 0.5 * first**2) * energy
        found = process.exponential_moment(theta1=first, theta2=second)
        assert float(found) == pytest.approx(math.exp(log), rel=1e-8)
        found = process.log_exponential_moment(theta1=first, theta2=second)
        assert float(found) == pytest.approx(log, rel=1e-8, abs=1e-12)


def test_what_is_linear_and_what_is_matched():
    pair, equal = (gc.GaussianMixture([0.5, 0.5], [-gap, gap], [1.0, 1.0]) for gap in (1.0, 0.0))
    affine = gc.AffineError(0.1, 0.2)
    assert gc.ReverseProcess(gc.Gaussian(0, 1), TIMES, affine).is_linear
    assert gc.ReverseProcess(equal, TIMES, affine).is_linear
    mixture = gc.ReverseProcess(pair, TIMES, affine)
    assert not mixture.is_linear
    with pytest.raises(NotSupportedError, match="a mixture of 2 components"):
        mixture.learned_energy()
    wide = gc.GaussianMixture([0.5, 0.5], [0.0, 0.0], [1.0, 2.0])
    assert not gc.ReverseProcess(wide, TIMES, affine).is_linear
    assert mixture.matched
    assert not gc.ReverseProcess(pair, TIMES, affine, "standard-normal").matched
    assert gc.ReverseProcess(gc.Gaussian([0, 0], np.eye(2)), TIMES, gc.AffineError(np.eye(2), [0, 0])).dim == 2


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((1.0, TIMES, gc.AffineError(0, 0)), "data"),
        ((gc.Gaussian(0, 1), 1.5, gc.AffineError(0, 0)), "diffusion"),
        ((gc.Gaussian(0, 1), TIMES, lambda x: x), "error"),
        ((gc.Gaussian(0, 1), TIMES, gc.AffineError(0, 0), "data"), "start"),
        ((gc.Gaussian(0, 1), TIMES, gc.AffineError(0, 0), "marginal", 0.9e-12), "tolerance"),
        ((gc.Gaussian(0, 1), TIMES, gc.AffineError(0, 0), "marginal", 1.1e-3), "tolerance"),
    ],
)
def test_arguments_of_the_wrong_kind_are_named(arguments, name):
    with pytest.raises(InvalidArgumentError, match=f"^{name}"):
        gc.ReverseProcess(*arguments)
    for tolerance in (1e-12, 1e-3):
        gc.ReverseProcess(gc.Gaussian(0, 1), TIMES, gc.AffineError(0, 0), tolerance=tolerance)


def test_moments_beyond_the_range_of_floats_are_refused():
    process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(700.0, 0.1), gc.AffineError(2.0, 1.0))
    with pytest.raises(NotSupportedError, match="leave the range of floats"):
        process.endpoint()

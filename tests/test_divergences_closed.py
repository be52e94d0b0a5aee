"""Closed-form divergences between Gaussians against mpmath at 50 digits and against quadrature of densities."""

import math
import sys

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

import gausscollapse as gc
from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError, UnknownNameError
from gausscollapse.core.excess import excess, exponential_excess
from tests.oracles import DIGITS, gaussian_divergences

NAMES = ("kl", "chi2", "bhattacharyya", "hellinger2", "jeffreys", "fisher_divergence", "wasserstein2")
ORDERS = (0.3, 0.999, 1.001, 1.7, 3.0)


def random_pair(rng, dim, closeness, condition=10.0):
    def covariance():
        rotation = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
        eigenvalues = np.exp(rng.uniform(0.0, np.log(condition), dim))
        product = (rotation * eigenvalues) @ rotation.T
        return 0.5 * (product + product.T)

    q = gc.Gaussian(rng.standard_normal(dim), covariance())
    factor = np.eye(dim) + closeness * rng.standard_normal((dim, dim)) / dim
    product = factor @ q.cov @ factor.T
    return gc.Gaussian(q.mean + closeness * rng.standard_normal(dim), 0.5 * (product + product.T)), q


def assert_encloses(enclosure, truth, name):
    with mp.workdps(DIGITS):
        assert mp.mpf(float(enclosure.lower)) <= truth <= mp.mpf(float(enclosure.upper)), (
            name,
            str(enclosure),
            truth,
        )


@pytest.mark.parametrize("dim", [1, 2, 5])
@pytest.mark.parametrize("closeness", [1e-7, 1e-3, 0.1, 1.0, 3.0])
def test_every_divergence_encloses_the_fifty_digit_value(dim, closeness):
    rng = np.random.default_rng([dim, int(-math.log10(closeness) * 10) + 100])
    for _ in range(3):
        p, q = random_pair(rng, dim, closeness)
        truth = gaussian_divergences(p, q, ORDERS)
        for name in NAMES:
            assert_encloses(getattr(gc, name)(p, q), truth[name], name)
        for order in ORDERS:
            assert_encloses(gc.renyi(p, q, order=order), truth[order], order)


@pytest.mark.parametrize("closeness", [1e-5, 0.3])
def test_condition_1e12_is_enclosed(closeness):
    rng = np.random.default_rng(12)
    for _ in range(5):
        p, q = random_pair(rng, 3, closeness, condition=1e12)
        truth = gaussian_divergences(p, q)
        for name in NAMES:
            assert_encloses(getattr(gc, name)(p, q), truth[name], name)


def test_graded_axes_of_condition_1e12_lose_no_digits():
    scale = np.array([1.0, 1e-3, 1e-6])
    correlation = np.array([[1.0, 0.3, 0.1], [0.3, 1.0, -0.2], [0.1, -0.2, 1.0]])
    q = gc.Gaussian(np.zeros(3), correlation * np.outer(scale, scale))
    p = gc.Gaussian(0.2 * scale, 1.3 * q.cov)
    truth = gaussian_divergences(p, q)
    for name in ("kl", "chi2", "bhattacharyya"):
        enclosure = getattr(gc, name)(p, q)
        assert_encloses(enclosure, truth[name], name)
        assert enclosure.width < 1e-12 * float(truth[name])


def test_small_divergences_keep_relative_accuracy():
    q = gc.Gaussian([0.0, 1.0], [[1.0, 0.2], [0.2, 2.0]])
    p = gc.Gaussian([1e-9, 1.0], q.cov * (1.0 + 2.0**-30))
    truth = gaussian_divergences(p, q)
    for name in ("kl", "chi2", "hellinger2", "jeffreys", "fisher_divergence"):
        enclosure = getattr(gc, name)(p, q)
        assert_encloses(enclosure, truth[name], name)
        assert enclosure.width < 1e-12 * float(truth[name])


def test_integrals_of_densities():
    p, q = gc.Gaussian(0.3, 1.7), gc.Gaussian(-0.2, 1.2)

    def integral(f):
        return quad(f, -40.0, 40.0, points=[0.0], epsabs=0.0, epsrel=1e-11, limit=400)[0]

    def ratio(x):
        return float(p.logpdf(x) - q.logpdf(x))

    def power(order):
        return integral(lambda x: math.exp(order * float(p.logpdf(x)) + (1.0 - order) * float(q.logpdf(x))))

    expected = {
        "kl": integral(lambda x: float(p.pdf(x)) * ratio(x)),
        "chi2": power(2.0) - 1.0,
        "bhattacharyya": -math.log(power(0.5)),
        "hellinger2": 1.0 - power(0.5),
        "jeffreys": integral(lambda x: (float(p.pdf(x)) - float(q.pdf(x))) * ratio(x)),
        "fisher_divergence": integral(lambda x: float(p.pdf(x)) * float(p.score(x) - q.score(x)) ** 2),
        "wasserstein2": math.hypot(0.5, math.sqrt(1.7) - math.sqrt(1.2)),
    }
    for name, value in expected.items():
        assert float(getattr(gc, name)(p, q)) == pytest.approx(value, rel=1e-9), name
    assert float(gc.renyi(p, q, order=2.5)) == pytest.approx(math.log(power(2.5)) / 1.5, rel=1e-9)
    assert float(gc.renyi(p, q, order=1.0)) == float(gc.kl(p, q))


@pytest.mark.parametrize("variance", [1.999999, 2.0, 2.000001])
def test_chi2_is_finite_exactly_below_twice_the_variance(variance):
    chi2 = gc.chi2(gc.Gaussian(0.0, variance), gc.Gaussian(0.0, 1.0))
    assert math.isfinite(float(chi2)) == (variance < 2.0)
    if variance >= 2.0:
        assert "not positive definite" in chi2.method


def test_one_heavy_direction_makes_chi2_infinite():
    rotation = np.linalg.qr(np.random.default_rng(3).standard_normal((3, 3)))[0]
    q = gc.Gaussian(np.zeros(3), np.eye(3))
    heavy = (rotation * np.array([0.5, 1.0, 2.5])) @ rotation.T
    assert float(gc.chi2(gc.Gaussian(np.zeros(3), heavy), q)) == math.inf
    assert math.isfinite(float(gc.chi2(q, gc.Gaussian(np.zeros(3), heavy))))


def test_a_value_beyond_floats_is_inf_with_a_finite_lower_end():
    p, q = gc.Gaussian(1000.0, 1.0), gc.Gaussian(0.0, 1.0)
    chi2 = gc.chi2(p, q)
    assert (chi2.value, chi2.upper) == (math.inf, math.inf)
    assert 1.79e308 < chi2.lower < math.inf
    # chi2 = exp(1000^2) - 1
    assert "beyond the range of floats: its natural logarithm is 1000000 +-" in chi2.method
    assert gc.renyi(p, q, order=2.0).contains(1e6)
    assert not chi2.certainly_above(sys.float_info.max)


def test_identical_laws_are_at_distance_zero():
    law = gc.Gaussian([1.0, 2.0], [[2.0, 0.5], [0.5, 1.0]])
    for name in NAMES:
        enclosure = getattr(gc, name)(law, gc.Gaussian([1.0, 2.0], law.cov))
        assert (enclosure.lower, enclosure.value, enclosure.upper) == (0.0, 0.0, 0.0)


@settings(max_examples=60, deadline=None)
@given(
    shift=st.floats(-3.0, 3.0), variance=st.floats(0.05, 1.8), scale=st.floats(0.01, 100.0), move=st.floats(-5.0, 5.0)
)
def test_affine_maps_change_nothing(shift, variance, scale, move):
    p, q = gc.Gaussian(shift, variance), gc.Gaussian(0.0, 1.0)
    p2, q2 = gc.Gaussian(scale * shift + move, scale**2 * variance), gc.Gaussian(move, scale**2)
    for name in ("kl", "chi2", "hellinger2", "bhattacharyya", "jeffreys"):
        first, second = getattr(gc, name)(p, q), getattr(gc, name)(p2, q2)
        # The map itself rounds means and variances: its effect on a divergence is of relative size 1e-11 here.
        size = 1e-11 * (1.0 + abs(move / scale)) * (1.0 + float(first))
        assert abs(float(first) - float(second)) <= size + first.width + second.width


def test_a_wrong_factor_is_outside_every_interval():
    p, q = gc.Gaussian(0.3, 1.7), gc.Gaussian(-0.2, 1.2)
    truth = gaussian_divergences(p, q)
    for name in NAMES:
        assert not getattr(gc, name)(p, q).contains(float(truth[name]) * (1.0 + 1e-9))


@pytest.mark.parametrize("x", [1e-300, 1e-12, -1e-5, 0.05, 0.0999999, 0.1000001, -0.0999, -0.5, -0.999, 3.0, 1e10])
def test_small_argument_helpers_against_mpmath(x):
    with mp.workdps(60):
        exact = mp.mpf(x)
        assert float(excess(x)) == pytest.approx(float(exact - mp.log1p(exact)), rel=1e-14)
        if x < 700:
            assert float(exponential_excess(x)) == pytest.approx(float(mp.expm1(exact) - exact), rel=1e-14)


def test_bad_arguments_are_named():
    p, q = gc.Gaussian(0.0, 1.0), gc.Gaussian([0.0, 0.0], np.eye(2))
    with pytest.raises(DimensionMismatchError, match=r"q = .*dimension 2.*accepted"):
        gc.kl(p, q)
    with pytest.raises(UnknownNameError, match="method = 'guess'"):
        gc.kl(p, p, method="guess")
    with pytest.raises(InvalidArgumentError, match=r"order = 0.*accepted: a finite number > 0"):
        gc.renyi(p, p, order=0)
    with pytest.raises(InvalidArgumentError, match=r"p = 3.*accepted: a Gaussian"):
        gc.kl(3, p)

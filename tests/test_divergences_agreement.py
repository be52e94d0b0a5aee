"""Three methods on 2000 random pairs, and independent exact answers in d = 2 and d = 10."""

import warnings

import numba
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.divergences import bounds, closed, montecarlo, quadrature
from gausscollapse.divergences._integral import Integral
from tests.divergence_oracle import product_law, random_law, random_line_law

PAIRS = 2000


@pytest.fixture
def one_thread():
    # two blocks a call: a second thread would wait longer than it works
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)


@pytest.mark.slow
@pytest.mark.exhaustive
def test_certified_nests_in_quadrature_and_monte_carlo_and_between_bounds_on_2000_pairs(one_thread):
    rng = np.random.default_rng(30)
    scores = []
    upper = (bounds.variational_upper, bounds.matched_upper, bounds.product_upper)
    lower = (bounds.product_lower, bounds.exponential_lower)
    for index in range(PAIRS):
        p, q = random_line_law(rng, 2), random_line_law(rng, 2)
        exact = gc.kl(p, q, method="certified", digits=6)
        numeric = gc.kl(p, q, method="quadrature", tolerance=1e-4)
        assert numeric.lower <= exact.lower <= exact.upper <= numeric.upper
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", montecarlo.UnreliableEstimateWarning)
            sampled = montecarlo.estimate(Integral("kl"), p, q, draws=4096, rng=index)
        if sampled.effective_sample_size > 500.0:
            scores.append((sampled.enclosure.value - exact.value) / sampled.standard_error)
        if index % 20 == 0:
            assert min(bound(p, q) for bound in upper) >= exact.lower
            assert max(bound(p, q) for bound in lower) <= exact.upper
    scores = np.array(scores)
    assert len(scores) > 0.9 * PAIRS
    # normal scores: |z| > 6.5 has probability 1e-10 a pair, 2e-7 in all; 2.2 % beyond 3 against 0.27 % expected
    assert np.abs(scores).max() < 6.5
    assert np.mean(np.abs(scores) > 3.0) < 0.022
    assert abs(scores.mean()) < 5.0 / np.sqrt(len(scores)) + 0.1


def test_a_wrong_value_would_not_nest():
    p, q = gc.GaussianMixture([0.5, 0.5], [0, 1], [1, 1]), gc.GaussianMixture([0.5, 0.5], [0, 2], [1, 2])
    exact = gc.kl(p, q, method="certified")
    numeric, sampled = gc.kl(p, q, method="quadrature"), gc.kl(p, q, method="monte-carlo", draws=1 << 20)
    assert not numeric.contains(exact.value * (1.0 + 1e-9))
    assert not sampled.contains(exact.value * 1.03)
    assert sampled.contains(exact.value)


@pytest.mark.parametrize("name", ["jeffreys", "hellinger2", "total_variation", "fisher_divergence", "bhattacharyya"])
def test_other_divergences_nest(name):
    rng = np.random.default_rng(31)
    function = getattr(gc, name)
    for seed in range(12):
        p, q = random_line_law(rng, 3), random_line_law(rng, 3)
        exact, numeric = function(p, q, method="certified"), function(p, q, method="quadrature")
        assert numeric.lower <= exact.lower <= exact.upper <= numeric.upper
        sampled = function(p, q, method="monte-carlo", rng=seed, draws=1 << 16, confidence=1.0 - 1e-8)
        assert sampled.lower <= exact.value <= sampled.upper


@pytest.mark.parametrize("order", [0.2, 0.8, 1.3, 2.0])
def test_renyi_nests(order):
    rng = np.random.default_rng(32)
    for seed in range(6):
        p, q = random_line_law(rng, 3), random_line_law(rng, 3)
        q = gc.GaussianMixture(q.weights, q.means, q.covs + p.covs.max())
        exact = gc.renyi(p, q, order=order, method="certified")
        numeric = gc.renyi(p, q, order=order, method="quadrature")
        assert numeric.lower <= exact.lower <= exact.upper <= numeric.upper
        sampled = gc.renyi(p, q, order=order, method="monte-carlo", rng=seed, draws=1 << 16, confidence=1.0 - 1e-8)
        assert sampled.lower <= exact.value <= sampled.upper


@pytest.mark.parametrize("order", [0.5, 2.0])
def test_far_apart_renyi_stays_in_range(order):
    p, q = gc.GaussianMixture([0.5, 0.5], [0, 1], [1, 1]), gc.GaussianMixture([0.5, 0.5], [60, 61], [1, 1.5])
    exact = gc.renyi(p, q, order=order, method="certified")
    numeric = gc.renyi(p, q, order=order, method="quadrature")
    assert numeric.overlaps(exact)
    assert abs(numeric.value / exact.value - 1.0) < 1e-10
    sampled = gc.renyi(p, q, order=order, method="monte-carlo")
    assert abs(sampled.value / exact.value - 1.0) < 1e-3


def rotated_pair(d, seed):
    rng = np.random.default_rng(seed)
    rotation = np.linalg.qr(rng.standard_normal((d, d)))[0]
    lines = random_line_law(rng, 3, 2), random_line_law(rng, 3, 2)
    rest = random_law(rng, 2, d - 1, 0.3)
    laws = [product_law(line, part, rotation) for line, part in zip(lines, rest.components, strict=True)]
    return laws, lines, rest.components


@pytest.mark.parametrize("seed", range(4))
def test_cubature_on_rotated_products(seed):
    # KL and Jeffreys add over independent coordinates, affinities multiply
    laws, lines, parts = rotated_pair(2, seed)
    for name in ("kl", "jeffreys", "fisher_divergence"):
        function = getattr(gc, name)
        truth = function(*lines, method="certified") + function(*parts)
        answer = function(*laws)
        assert answer.method.startswith("adaptive cubature")
        assert answer.overlaps(truth)
        assert abs(answer.value / truth.value - 1.0) < 2e-7
    truth = gc.bhattacharyya(*lines, method="certified") + gc.bhattacharyya(*parts)
    assert abs(gc.bhattacharyya(*laws).value / truth.value - 1.0) < 2e-7


def test_total_variation_in_the_plane():
    # both laws share the second coordinate: total variation is that of the first
    rng = np.random.default_rng(3)
    rotation = np.linalg.qr(rng.standard_normal((2, 2)))[0]
    lines = gc.GaussianMixture([0.5, 0.5], [-1, 1], [1, 0.5]), gc.GaussianMixture([0.5, 0.5], [0, 2], [1, 2])
    laws = [product_law(line, gc.Gaussian(0.0, 0.7), rotation) for line in lines]
    truth = gc.total_variation(*lines)
    answer = gc.total_variation(*laws)
    assert answer.contains(truth.value)
    assert answer.width < 1e-4


def test_cubature_refuses_scales_that_it_cannot_resolve_and_auto_falls_back():
    rng = np.random.default_rng(1)
    p = gc.GaussianMixture([0.5, 0.5], [[0, 0], [1, 1]], [np.eye(2), [[1.0, 0.9999999], [0.9999999, 1.0]]])
    q = random_law(rng, 2, 2)
    with pytest.raises(NotSupportedError, match="different scales"):
        gc.kl(p, q, method="quadrature")
    assert gc.kl(p, q).guarantee == "statistical"


@pytest.mark.parametrize("seed", range(3))
def test_monte_carlo_in_ten_dimensions_against_certified_sums(seed):
    laws, lines, parts = rotated_pair(10, seed)
    for name in ("kl", "jeffreys", "fisher_divergence", "bhattacharyya"):
        function = getattr(gc, name)
        truth = float(function(*lines, method="certified") + function(*parts))
        answer = function(*laws, rng=seed, confidence=1.0 - 1e-8)
        assert answer.guarantee == "statistical"
        assert answer.contains(truth)
        assert answer.width < 0.2 * truth


@pytest.mark.parametrize("d", [1, 2, 5])
def test_chi2_from_one_gaussian_in_closed_form(d):
    rng = np.random.default_rng(d)
    p = random_law(rng, 3, d)
    q = gc.Gaussian(np.zeros(d), 2.0 * np.eye(d) + p.covs.max(axis=0) * np.eye(d))
    answer = gc.chi2(p, q)
    assert answer.guarantee == "closed-form"
    method = {1: "certified", 2: "quadrature"}.get(d, "monte-carlo")
    other = gc.chi2(p, q, method=method) if d < 3 else gc.chi2(p, q, method=method, confidence=1.0 - 1e-8)
    assert other.overlaps(answer)
    assert answer.width <= 1e-10 * answer.value
    assert gc.renyi(p, q, order=2.0).overlaps(gc.renyi(p, q, order=2.0, method=method, confidence=1.0 - 1e-8))
    single = gc.GaussianMixture([1.0], p.means[:1], p.covs[:1])
    assert gc.chi2(single, q).overlaps(closed.chi2(p.components[0], q))


def test_quadrature_tolerance_is_honoured_and_reported():
    p, q = gc.GaussianMixture([0.5, 0.5], [0, 1], [1, 1]), gc.GaussianMixture([0.5, 0.5], [0, 2], [1, 2])
    exact = gc.kl(p, q, method="certified", digits=15).value
    for tolerance in (1e-3, 1e-6, 1e-10):
        answer = quadrature.integrate(Integral("kl"), p, q, tolerance=tolerance)
        assert abs(answer.value - exact) <= 0.5 * answer.width <= tolerance * exact

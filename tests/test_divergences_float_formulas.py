"""The float formulas between Gaussians alone, without the exact ones that answer where floats are wide."""

import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.divergences import closed
from gausscollapse.divergences.certified import gaussians
from tests.oracles import gaussian_divergences, matrix
from tests.test_divergences_closed import NAMES, ORDERS, assert_encloses, random_pair


@pytest.fixture
def floats_alone(monkeypatch):
    monkeypatch.setattr(gaussians, "fits", lambda dim, components=1: False)


def moved(law, scale, shift):
    return gc.Gaussian(scale * law.mean + shift, scale**2 * law.cov)


@pytest.mark.usefixtures("floats_alone")
@pytest.mark.parametrize("dim", [1, 2, 4])
@pytest.mark.parametrize("condition", [3.0, 1e6])
def test_float_intervals_hold_sixty_digits_over_decades(dim, condition):
    """Near, far and far apart laws on scales of 1e-7 to 1e9: floats answer, and what they answer is true."""
    rng = np.random.default_rng([dim, int(condition)])
    narrow = 0
    for closeness in (1e-6, 1e-2, 0.3, 2.0):
        for scale, apart in ((1.0, 0.0), (1e9, 0.0), (1e-7, 0.0), (1.0, 40.0)):
            p, q = random_pair(rng, dim, closeness, condition)
            p, q = moved(p, scale, apart), moved(q, scale, 0.0)
            truth = gaussian_divergences(p, q, ORDERS, digits=60)
            for name in NAMES:
                found = getattr(gc, name)(p, q)
                assert_encloses(found, truth[name], (name, scale, apart, closeness))
                narrow += float(found.width) <= 1e-6 * abs(float(found.value))
            for order in ORDERS:
                assert_encloses(gc.renyi(p, q, order=order), truth[order], (order, scale, apart, closeness))
    assert narrow > 30


@pytest.mark.usefixtures("floats_alone")
def test_total_variation_of_equal_covariances():
    """``erf(delta/sqrt 8)``, delta the Mahalanobis distance, at 60 digits."""
    rng = np.random.default_rng(6)
    for dim in (1, 2, 5):
        for size in (1e-12, 1e-3, 1.0, 5.0, 40.0):
            q = random_pair(rng, dim, 0.0, 100.0)[1]
            p = gc.Gaussian(q.mean + size * rng.standard_normal(dim), q.cov)
            with mp.workdps(60):
                delta = mp.matrix(
                    [mp.mpf(a) - mp.mpf(b) for a, b in zip(p.mean.tolist(), q.mean.tolist(), strict=True)]
                )
                truth = mp.erf(mp.sqrt((delta.T * matrix(q.cov) ** -1 * delta)[0] / 8))
            found = closed.total_variation(p, q)
            assert_encloses(found, truth, (dim, size))
            assert found.upper <= 1.0
            assert found.width <= 1e-10 * found.value
    assert closed.total_variation(gc.Gaussian(0.0, 1.0), gc.Gaussian(0.0, 2.0)) is None


@pytest.mark.parametrize("order", [0.3, 1.7])
def test_dimensions_beyond_exact_arithmetic_have_an_interval(order):
    """Twenty independent axes: the sum of twenty divergences on the line, at 60 digits."""
    rng = np.random.default_rng(1)
    variances, others, gaps = rng.uniform(1.0, 2.0, 20), rng.uniform(2.0, 4.0, 20), rng.standard_normal(20)
    p, q = gc.Gaussian(gaps, np.diag(variances)), gc.Gaussian(np.zeros(20), np.diag(others))
    assert not gaussians.fits(20)
    lines = [
        gaussian_divergences(gc.Gaussian(m, v), gc.Gaussian(0.0, w), (order,), digits=60)
        for m, v, w in zip(gaps, variances, others, strict=True)
    ]
    for found, name in (
        (gc.renyi(p, q, order=order), order),
        (gc.kl(p, q), "kl"),
        (gc.bhattacharyya(p, q), "bhattacharyya"),
    ):
        assert_encloses(found, mp.fsum(line[name] for line in lines), name)
        assert found.width <= 1e-9 * found.value


@pytest.mark.parametrize(("variance", "order"), [(1.4, 3.5), (1.4, 5.0), (1.01, 101.0), (1.25, 5.0)])
def test_near_laws_of_a_large_order_may_be_infinite(variance, order):
    """``a + (1 - a) v`` is 0 or negative, exactly."""
    v, a = Fraction(variance), Fraction(order)
    mixed = a + (1 - a) * v
    found = gc.renyi(gc.Gaussian(0.0, variance), gc.Gaussian(0.0, 1.0), order=order)
    assert math.isinf(found.lower) == (mixed <= 0)
    inside = gc.renyi(gc.Gaussian(0.0, variance), gc.Gaussian(0.0, 1.0), order=float(v / (v - 1)) - 0.01)
    assert math.isfinite(inside.upper)


def test_condition_of_the_correlations_by_hand():
    """Eigenvalues 1 - r and 1 + (d - 1) r, whatever the axes are long; a singular matrix counts as u."""
    for dim, share in ((1, 0.0), (2, 0.5), (3, 0.25), (4, 0.9)):
        scale = np.geomspace(1e-5, 10.0, dim)
        cov = ((1.0 - share) * np.eye(dim) + share) * scale[:, None] * scale
        assert closed.correlation_condition(cov) == pytest.approx((1 + (dim - 1) * share) / (1 - share), rel=1e-9)
    assert closed.correlation_condition(np.ones((2, 2))) == pytest.approx(2.0**53, rel=0.6)


@pytest.mark.parametrize(
    ("mean", "variance", "ordinary"),
    [
        (0.0, 1.0, True), (9e139, 1.0, True), (1.1e140, 1.0, False), (-1.1e140, 1.0, False),
        (0.0, 9e139, True), (0.0, 1.1e140, False), (0.0, 1.1e-140, True), (0.0, 0.9e-140, False),
    ],
)  # fmt: skip
def test_parameters_whose_squares_leave_the_range_are_not_for_floats(mean, variance, ordinary):
    there = gc.Gaussian([0.0, 0.0], np.eye(2))
    here = gc.Gaussian([0.0, mean], np.diag([1.0, variance]))
    assert closed.Pair(here, there).ordinary == closed.Pair(there, here).ordinary == ordinary


@pytest.mark.parametrize("scale", [1e-150, 1e-145, 1e145])
def test_tiny_and_huge_laws_hold_the_truth(scale):
    p, q = gc.Gaussian(0.3 * scale**0.5, scale), gc.Gaussian(0.0, 2.0 * scale)
    truth = gaussian_divergences(p, q, ORDERS, digits=200)
    for name in NAMES:
        if truth[name] < 1e300:
            assert_encloses(getattr(gc, name)(p, q), truth[name], name)


def test_what_the_cholesky_factors_are_off_counts_for_both_laws(monkeypatch):
    """The triangle inequality: W(p', q') is off by W(p, p') and by W(q, q')."""
    p, q = gc.Gaussian([0.0, 0.0], np.eye(2)), gc.Gaussian([100.0, 0.0], 4.0 * np.eye(2))
    monkeypatch.setattr(closed, "_factor_distance", lambda law: 3.0 if law is p else 5.0)
    found = closed._wasserstein2(closed.Pair(p, q))
    assert found.lower == pytest.approx(found.value - 8.0, abs=1e-6)
    assert found.upper == pytest.approx(found.value + 8.0, abs=1e-6)


@pytest.mark.parametrize("condition", [1.0, 1e6, 1e12, 1e15])
@pytest.mark.parametrize("dim", [1, 2, 4])
def test_the_distance_of_a_computed_cholesky_factor_is_bounded(dim, condition):
    """``W(S, L L^T)`` of the computed L, at 80 digits."""
    rng = np.random.default_rng([dim, int(math.log10(condition))])
    worst = 0.0
    for _ in range(5):
        rotation = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
        product = (rotation * np.geomspace(1.0, 1.0 / condition, dim)) @ rotation.T
        law = gc.Gaussian(np.zeros(dim), 0.5 * (product + product.T))
        with mp.workdps(80):
            there, factor = matrix(law.cov), matrix(law.cholesky)
            root = mp.matrix(mp.eigsy(there)[1])
            values = mp.eigsy(there)[0]
            half = root * mp.diag([mp.sqrt(x) for x in values]) * root.T
            inner = half * factor * factor.T * half
            roots = mp.fsum(mp.sqrt(abs(x)) for x in mp.eigsy((inner + inner.T) / 2, eigvals_only=True))
            trace = sum(there[i, i] + (factor * factor.T)[i, i] for i in range(dim))
            distance = float(mp.sqrt(abs(trace - 2 * roots)))
        bound = closed._factor_distance(law)
        assert distance <= bound
        worst = max(worst, distance / bound)
    assert worst > 1e-3 or dim == 1

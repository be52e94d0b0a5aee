"""Every bound brackets exact values in d = 1, and independent sums of them in higher dimensions."""

import math

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import DimensionMismatchError
from gausscollapse.divergences import bounds
from gausscollapse.divergences.bounds import chi2_bounds
from tests.divergence_oracle import product_law, random_law, random_line_law

UPPER = (bounds.matched_upper, bounds.variational_upper, bounds.product_upper)
LOWER = (bounds.product_lower, bounds.exponential_lower)


def exact_pair(d, seed):
    rng = np.random.default_rng(seed)
    rotation = np.linalg.qr(rng.standard_normal((d, d)))[0]
    lines = random_line_law(rng, 3, 2), random_line_law(rng, 3, 2)
    rest = random_law(rng, 2, d - 1, 0.5).components
    laws = [product_law(line, part, rotation) for line, part in zip(lines, rest, strict=True)]
    return laws, lines, rest


@pytest.mark.parametrize("d", [2, 5])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
def test_kl_bounds_bracket_in_space(d, seed):
    laws, lines, rest = exact_pair(d, seed)
    truth = gc.kl(*lines, method="certified") + gc.kl(*rest)
    for bound in UPPER:
        assert bound(*laws) >= truth.lower
    for bound in LOWER:
        assert bound(*laws) <= truth.upper
    best = gc.kl_bounds(*laws)
    assert best.lower <= truth.lower <= truth.upper <= best.upper
    assert best.lower >= max(0.0, *(bound(*laws) for bound in LOWER))
    assert best.upper <= min(bound(*laws) for bound in UPPER)
    assert best.guarantee == "closed-form"


def test_the_variational_approximation_is_not_a_bound_and_is_not_offered():
    # Hershey and Olsen's approximation, computed here, lies above KL for one pair and below it for another
    sides = set()
    rng = np.random.default_rng(60)
    for _ in range(40):
        p, q = random_line_law(rng, 3, 2), random_line_law(rng, 3, 2)
        exact = gc.kl(p, q, digits=6)
        own, other = (bounds._pair_kl(p.components, law.components) for law in (p, q))
        value = p.weights @ (np.log(np.exp(-own) @ p.weights) - np.log(np.exp(-other) @ q.weights))
        sides.add(bool(value > exact.upper))
    assert sides == {True, False}
    assert not any("approx" in name for name in dir(bounds))


def test_matched_bound_is_attained_by_far_components():
    p = gc.GaussianMixture([0.25, 0.75], [[-500.0, 0.0], [500.0, 0.0]], np.eye(2))
    q = gc.GaussianMixture([0.5, 0.5], [[501.0, 0.0], [-500.0, 1.0]], np.eye(2))
    # weights: KL of (1/4, 3/4) from (1/2, 1/2); components: a unit shift each
    truth = 0.25 * math.log(0.5) + 0.75 * math.log(1.5) + 0.5
    assert bounds.matched_upper(p, q) == pytest.approx(truth, rel=1e-12)
    assert bounds.variational_upper(p, q) == pytest.approx(truth, rel=1e-9)
    three = gc.GaussianMixture([0.5, 0.25, 0.25], [[501.0, 0.0], [-500.0, 1.0], [0.0, 0.0]], np.eye(2))
    assert bounds.matched_upper(p, three) == math.inf


def test_exponential_bound_is_attained_by_gaussians_of_equal_covariance():
    p, q = gc.Gaussian([1.0, 0.0], np.eye(2)), gc.Gaussian([0.0, 0.5], np.eye(2))
    assert bounds.exponential_lower(p, q) == pytest.approx(0.625, rel=1e-10)
    assert bounds.exponential_lower(p, q) <= 0.625


def test_a_bound_made_too_tight_is_refuted():
    laws, lines, rest = exact_pair(2, 1)
    truth = gc.kl(*lines, method="certified") + gc.kl(*rest)
    assert 0.5 * bounds.variational_upper(*laws) < truth.lower
    assert 3.0 * bounds.exponential_lower(*laws) > truth.upper


@pytest.mark.parametrize("d", [1, 3])
def test_chi2_bounds_bracket(d):
    rng = np.random.default_rng(62)
    for _ in range(5):
        p = random_law(rng, 3, d)
        q = gc.Gaussian(0.3 * np.ones(d), 2.5 * p.covs.max(axis=0) * np.eye(d))
        truth, answer = gc.chi2(p, q), chi2_bounds(p, q)
        assert answer.lower <= truth.lower <= truth.upper <= answer.upper
        assert bounds.moment_lower(p, q) <= truth.upper
        assert bounds.tilted_upper(p, q) >= truth.lower
    # attained where both are Gaussian with one covariance up to order |m|^2, and the closed form is used
    assert chi2_bounds(gc.Gaussian(0.0, 1.0), gc.Gaussian(1.0, 1.0)) == gc.chi2(
        gc.Gaussian(0.0, 1.0), gc.Gaussian(1.0, 1.0)
    )
    assert chi2_bounds(gc.GaussianMixture([0.5, 0.5], [0, 1], [1, 9]), gc.Gaussian(0.0, 1.0)).value == math.inf


def test_kl_bounds_of_gaussians_lines_and_identical_laws():
    p, q = gc.Gaussian(0.0, 1.0), gc.Gaussian(1.0, 2.0)
    assert gc.kl_bounds(p, q) == gc.kl(p, q)
    mixture = gc.GaussianMixture([0.5, 0.5], [0, 1], [1, 1])
    assert gc.kl_bounds(mixture, q) == gc.kl(mixture, q)
    plane = gc.GaussianMixture([0.5, 0.5], [[0, 0], [1, 1]], np.eye(2))
    assert gc.kl_bounds(plane, plane).upper == 0.0
    with pytest.raises(DimensionMismatchError):
        gc.kl_bounds(plane, q)

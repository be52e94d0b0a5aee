"""Finiteness is decided before any number: known cases, exact borders, and growth of the integrand as oracle."""

import math
from fractions import Fraction

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import UndecidedError
from gausscollapse.divergences.finiteness import FINITE, INFINITE, UNDECIDED, decide
from tests.divergence_oracle import random_law, random_line_law

STANDARD = gc.Gaussian(0.0, 1.0)


@pytest.mark.parametrize(
    ("variance", "order", "state"),
    [(1.9, 2.0, FINITE), (2.0, 2.0, INFINITE), (2.1, 2.0, INFINITE), (2.9, 1.5, FINITE), (3.0, 1.5, INFINITE)],
)
def test_gaussians_on_the_line(variance, order, state):
    assert decide(gc.Gaussian(0.3, variance), STANDARD, order=order).state == state


def test_the_border_is_exact_and_the_linear_term_decides():
    # D = 0 on both sides: the exponent is linear and falls on one side only, save where q's means differ by side
    q = gc.GaussianMixture([0.5, 0.5], [-4.0, 4.0], [1.0, 1.0])
    assert decide(gc.Gaussian(0.0, 2.0), q, order=2.0).finite
    assert decide(gc.Gaussian(0.0, np.nextafter(2.0, 3.0)), q, order=2.0).infinite
    wide = gc.GaussianMixture([0.5, 0.5], [-4.0, 9.0], [2.0, 2.0])
    assert decide(wide, q, order=2.0).infinite
    assert gc.chi2(gc.Gaussian(0.0, 2.0), q).finite
    answer = gc.chi2(wide, q)
    assert answer.value == math.inf
    assert answer.guarantee == "certified"
    assert "+inf" in answer.method


def test_one_bad_component_of_small_weight_is_enough():
    p = gc.GaussianMixture([1.0 - 1e-9, 1e-9], [0.0, 0.0], [1.0, 2.5])
    answer = gc.chi2(p, STANDARD)
    assert answer.lower == math.inf
    assert "N(0, 2.5)" in answer.method
    assert gc.renyi(p, STANDARD, order=2.0, method="quadrature").value == math.inf
    assert gc.kl(p, STANDARD).finite


def test_the_paper_protocol_has_infinite_chi2_from_the_first_generation():
    means = np.array([-4.0, 0.0, 4.0])
    data = gc.GaussianMixture(np.full(3, 1 / 3), means, np.full(3, 0.36))
    retrained = gc.GaussianMixture(np.full(3, 1 / 3), means, np.full(3, 0.72))
    # variance exactly doubled in floats, and equal outer means: the exponent is linear at the border
    assert Fraction(0.72) == 2 * Fraction(0.36)
    assert gc.chi2(retrained, data).value == math.inf
    assert gc.kl(retrained, data).finite


def test_growth_of_the_integrand_agrees_on_the_line():
    rng = np.random.default_rng(40)
    seen = set()
    for _ in range(60):
        p, q = random_line_law(rng), random_line_law(rng)
        answer = decide(p, q, order=2.0)
        edges = np.array([40.0, 45.0, 50.0])
        with np.errstate(over="ignore", under="ignore"):
            logs = [2.0 * p.logpdf(side * edges) - q.logpdf(side * edges) for side in (1.0, -1.0)]
        growing = any(row[2] > row[1] > row[0] for row in logs)
        assert answer.infinite == growing
        seen.add(answer.state)
    assert seen == {FINITE, INFINITE}


def test_directions_in_space():
    rng = np.random.default_rng(41)
    for d in (2, 3, 6):
        p, q = random_law(rng, 3, d), random_law(rng, 2, d, 1.0, 3.0)
        wide = gc.GaussianMixture(q.weights, q.means, q.covs + 3.0 * p.covs.max(axis=0).max() * np.eye(d))
        assert decide(p, wide, order=2.0).finite
        u = np.linalg.qr(rng.standard_normal((d, d)))[0][:, 0]
        bad = gc.GaussianMixture(p.weights, p.means, p.covs + np.array([0, 0, 500.0])[:, None, None] * np.outer(u, u))
        answer = decide(bad, wide, order=2.0)
        assert answer.infinite
        assert "component 2 of p" in answer.reason
        assert gc.chi2(bad, wide).lower == math.inf


def test_no_single_component_but_a_combination_dominates():
    # each component of q is thin in one direction, and wide in the other; together they dominate the round p
    p = gc.Gaussian([0.0, 0.0], np.eye(2))
    q = gc.GaussianMixture([0.5, 0.5], np.zeros((2, 2)), [np.diag([0.45, 9.0]), np.diag([9.0, 0.45])])
    assert all(decide(p, part, order=2.0).infinite for part in q.components)
    assert decide(p, q, order=2.0).finite
    # along the diagonals both precisions are (1/0.45 + 1/9)/2 = 1.17 < 2, at angle t max_j is at least that
    thin = gc.GaussianMixture([0.5, 0.5], np.zeros((2, 2)), [np.diag([0.2, 9.0]), np.diag([9.0, 0.2])])
    assert decide(p, thin, order=2.0).infinite
    with pytest.warns(UserWarning, match="no component of q dominates"):
        answer = gc.chi2(p, q, method="monte-carlo")
    assert answer.overlaps(gc.chi2(p, q))


def test_undecided_says_so_and_gives_no_number():
    # p doubles both components of q exactly in the first direction, so that every form is singular there
    cov = np.diag([1.0, 1.0])
    q = gc.GaussianMixture([0.5, 0.5], [[-4.0, 0.0], [4.0, 0.0]], [cov, cov])
    p = gc.Gaussian([0.0, 0.0], np.diag([2.0, 1.0]))
    assert decide(p, q, order=2.0).state == UNDECIDED
    with pytest.raises(UndecidedError, match="no number is given"):
        gc.chi2(p, q)
    with pytest.raises(UndecidedError):
        gc.renyi(p, q, order=2.0)
    assert gc.renyi(p, q, order=1.9).finite


def test_order_at_most_one_is_always_finite():
    assert decide(gc.Gaussian(0.0, 100.0), STANDARD, order=1.0).finite
    assert gc.renyi(gc.Gaussian(0.0, 100.0), STANDARD, order=0.99).finite


def test_border_in_space_is_exact_for_one_component():
    q = gc.Gaussian(np.zeros(2), np.eye(2))
    p = gc.GaussianMixture([0.5, 0.5], np.zeros((2, 2)), [np.eye(2), np.diag([2.0, 1.0])])
    assert decide(p, q, order=2.0).infinite
    less = gc.GaussianMixture([0.5, 0.5], np.zeros((2, 2)), [np.eye(2), np.diag([np.nextafter(2.0, 1.0), 1.0])])
    assert decide(less, q, order=2.0).finite


def test_at_the_border_the_outermost_means_decide():
    """Variances 2 and 1, order 2: the exponent is ``(mean of p - centre of q) x`` far out, by hand."""
    q = gc.GaussianMixture([0.5, 0.5], [-4.0, 4.0], [1.0, 1.0])
    for mean, state in ((-5.0, INFINITE), (-4.0, INFINITE), (-3.0, FINITE), (3.0, FINITE), (4.0, INFINITE)):
        assert decide(gc.Gaussian(mean, 2.0), q, order=2.0).state == state
    assert decide(gc.Gaussian(5.0, 2.0), q, order=2.0).infinite


def forms_of(*forms):
    """Return N(0, I) and a mixture whose ``2 I - V_j^{-1}`` are the given matrices."""
    covs = [np.linalg.inv(2.0 * np.eye(len(form)) - form) for form in forms]
    dim = len(forms[0])
    return gc.Gaussian(np.zeros(dim), np.eye(dim)), gc.GaussianMixture(
        np.full(len(covs), 1.0 / len(covs)), np.zeros((len(covs), dim)), [0.5 * (x + x.T) for x in covs]
    )


@pytest.mark.parametrize("swapped", [False, True])
def test_an_unequal_combination_is_found(swapped):
    """Of diag(-0.1, 1) and diag(0.5, -2) the shares between 2/3 and 5/6 of the first are positive definite."""
    first, second = np.diag([-0.1, 1.0]), np.diag([0.5, -2.0])
    assert np.linalg.eigvalsh(0.5 * first + 0.5 * second)[0] < 0.0
    assert np.linalg.eigvalsh(0.75 * first + 0.25 * second)[0] > 0.0
    forms = (second, first) if swapped else (first, second)
    assert decide(*forms_of(*forms), order=2.0).finite


def test_a_direction_must_lose_to_every_component():
    """Three forms ``cos 2(angle - t_j) - 1/4``, t_j 60 degrees apart: no combination is positive definite.

    Every trace is -1/2. But one form is above 1/4 wherever one looks, so that the integral is finite.
    """
    angles = np.pi * np.arange(3) / 3.0
    turned = [np.array([[np.cos(2 * t), np.sin(2 * t)], [np.sin(2 * t), -np.cos(2 * t)]]) for t in angles]
    law, mixture = forms_of(*(form - 0.25 * np.eye(2) for form in turned))
    assert not decide(law, mixture, order=2.0).infinite
    # The control: with 3/4 in the place of 1/4 there are directions in which all three are negative.
    assert decide(*forms_of(*(form - 0.75 * np.eye(2) for form in turned)), order=2.0).infinite


@pytest.mark.parametrize(("dim", "cut"), [(6, False), (7, True)])
def test_a_long_direction_is_cut_after_six_numbers(dim, cut):
    law, mixture = forms_of(-np.eye(dim), -2.0 * np.eye(dim))
    answer = decide(law, mixture, order=2.0)
    assert answer.infinite
    assert ("..." in answer.reason) == cut

"""The certified intervals are theorems: mpmath at 50 digits lies inside, and dropping a safeguard is caught."""

import itertools
import math
import re

import mpmath as mp
import numpy as np
import pytest
from flint import acb, arb, ctx

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError
from gausscollapse.divergences._exact import line_law
from gausscollapse.divergences._integral import Integral
from gausscollapse.divergences.certified import balls
from gausscollapse.divergences.certified import integral as certified
from gausscollapse.divergences.certified.tails import RightTail
from tests.divergence_oracle import integrand, kl_oracle, line_oracle, random_line_law

ROUGH = {"reach": 10.0, "relative": mp.mpf(10) ** -18}


def spelled(enclosure):
    """Return midpoint and radius that the method's name spells out."""
    text = re.search(r"\[(\S+) \+/- (\S+)\]", enclosure.method)
    return mp.mpf(text[1]), mp.mpf(text[2])


@pytest.mark.slow
def test_mpmath_lies_inside_every_certified_interval_of_200_pairs():
    rng = np.random.default_rng(20)
    widths = []
    for _ in range(200):
        p, q = random_line_law(rng), random_line_law(rng, 2)
        answer = gc.kl(p, q, method="certified")
        truth = kl_oracle(p, q)
        assert answer.guarantee == "certified"
        assert answer.lower <= truth <= answer.upper
        widths.append(answer.width / answer.value)
    assert max(widths) <= 2e-12


@pytest.mark.parametrize("name", ["jeffreys", "hellinger2", "fisher_divergence"])
def test_other_divergences_hold_mpmath(name):
    rng = np.random.default_rng(21)
    for _ in range(6):
        p, q = random_line_law(rng, 2), random_line_law(rng, 2)
        answer = getattr(gc, name)(p, q, method="certified")
        assert answer.lower <= line_oracle(name, p, q, **ROUGH) <= answer.upper
        assert answer.width <= 2e-12 * answer.value


@pytest.mark.parametrize("order", [0.3, 0.5, 1.4])
def test_renyi_holds_mpmath(order):
    rng = np.random.default_rng(22)
    for _ in range(4):
        p, q = random_line_law(rng, 2), random_line_law(rng, 2)
        q = gc.GaussianMixture(q.weights, q.means, q.covs + p.covs.max())
        answer = gc.renyi(p, q, order=order, method="certified")
        truth = line_oracle("power", p, q, order=mp.mpf(order), reach=14.0, relative=mp.mpf(10) ** -20)
        with mp.workdps(40):
            truth = mp.log(truth) / (mp.mpf(order) - 1)
        assert answer.lower <= truth <= answer.upper
        assert answer.width <= 2e-12 * answer.value


def test_bhattacharyya_and_chi2_hold_mpmath():
    p = gc.GaussianMixture([0.4, 0.6], [-1.0, 1.5], [0.5, 1.0])
    q = gc.GaussianMixture([0.7, 0.3], [0.0, 2.0], [2.0, 3.0])
    truth = line_oracle("power", p, q, order=mp.mpf(1) / 2)
    assert gc.bhattacharyya(p, q).contains(float(-mp.log(truth)))
    answer = gc.chi2(p, q)
    assert answer.lower <= line_oracle("chi2", p, q) <= answer.upper
    assert answer.guarantee == "certified"


def test_total_variation_holds_mpmath_between_crossings():
    p = gc.GaussianMixture([0.4, 0.6], [-1.0, 1.5], [0.5, 1.0])
    q = gc.GaussianMixture([0.7, 0.3], [0.0, 2.0], [2.0, 3.0])
    with mp.workdps(30):
        grid = [mp.mpf(x) / 8 for x in range(-240, 241)]
        difference = integrand_difference(p, q)
        signs = [difference(x) > 0 for x in grid]
        pieces = zip(grid, grid[1:], signs, signs[1:], strict=False)
        roots = [mp.findroot(difference, (a, b), solver="anderson") for a, b, s, t in pieces if s != t]
        edges = [mp.mpf(-30), *roots, mp.mpf(30)]
        truth = mp.fsum(abs(mass(p, a, b) - mass(q, a, b)) for a, b in itertools.pairwise(edges)) / 2
    answer = gc.total_variation(p, q)
    assert answer.lower <= truth <= answer.upper
    assert answer.width <= 2e-12
    assert gc.total_variation(p, q, digits=40).overlaps(answer)


def integrand_difference(p, q):
    return lambda x: density(p, x) - density(q, x)


def density(law, x):
    rows = zip(law.weights.tolist(), law.means[:, 0].tolist(), law.covs[:, 0, 0].tolist(), strict=True)
    return mp.fsum(w * mp.npdf(x, m, mp.sqrt(v)) for w, m, v in rows)


def mass(law, a, b):
    rows = zip(law.weights.tolist(), law.means[:, 0].tolist(), law.covs[:, 0, 0].tolist(), strict=True)
    return mp.fsum(w * (mp.ncdf(b, m, mp.sqrt(v)) - mp.ncdf(a, m, mp.sqrt(v))) for w, m, v in rows)


@pytest.mark.parametrize("digits", [30, 50])
def test_digits_are_spelled_out_and_right(digits):
    p = gc.GaussianMixture([0.5, 0.5], [-1.0, 1.0], [0.5, 1.0])
    q = gc.GaussianMixture([0.25, 0.75], [0.0, 1.0], [1.0, 2.0])
    answer = gc.kl(p, q, digits=digits)
    with mp.workdps(70):
        middle, radius = spelled(answer)
        truth = kl_oracle(p, q, digits=60, reach=18.0, relative=mp.mpf(10) ** -54)
        assert abs(truth - middle) <= radius
        assert radius <= mp.mpf(10) ** -digits * 2 * middle
    assert math.nextafter(answer.lower, math.inf) >= answer.value or answer.width <= 4e-16 * answer.value


def test_identical_laws_give_zero_in_any_writing():
    p = gc.GaussianMixture([0.25, 0.75], [-1.0, 1.0], [0.5, 1.0])
    same = gc.GaussianMixture([0.375, 0.25, 0.375], [1.0, -1.0, 1.0], [1.0, 0.5, 1.0])
    for name in ("kl", "chi2", "hellinger2", "jeffreys", "fisher_divergence", "total_variation", "bhattacharyya"):
        for method in ("certified", "quadrature", "monte-carlo"):
            answer = getattr(gc, name)(p, same, method=method)
            assert answer.contains(0.0)
            assert answer.upper >= 0.0
    one = gc.GaussianMixture([1.0], [[0.0]], [[[2.0]]])
    assert gc.kl(one, gc.Gaussian(0.0, 2.0), method="certified").contains(0.0)
    plane = gc.GaussianMixture([0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], np.eye(2))
    assert gc.kl(plane, gc.GaussianMixture([0.5, 0.5], [[1.0, 1.0], [-0.0, 0.0]], np.eye(2))).value == 0.0


@pytest.mark.parametrize("gap", [2.0**-52, 1e-9, 1e-4])
def test_nearly_equal_laws_keep_their_relative_digits(gap):
    # KL = I gap^2/2 (1 + O(gap)) with the Fisher information I of the second mean, by mpmath
    p = gc.GaussianMixture([0.5, 0.5], [0.0, 1.0], [1.0, 2.0])
    q = gc.GaussianMixture([0.5, 0.5], [0.0, 1.0 + gap], [1.0, 2.0])
    answer = gc.kl(p, q, method="certified")
    with mp.workdps(30):
        weight = lambda x: mp.npdf(x, 1, mp.sqrt(2)) / 2  # noqa: E731
        information = mp.quad(
            lambda x: (weight(x) * (x - 1) / 2) ** 2 / density(p, x), mp.linspace(-20, 20, 21), maxdegree=5
        )
        moved = mp.mpf(1.0 + gap) - 1
        assert abs(answer.value / (information * moved**2 / 2) - 1) <= 20 * gap + 1e-10
    assert answer.width <= 2e-12 * answer.value
    assert answer.lower > 0.0


def test_nearly_singular_far_apart_and_many_components():
    thin = gc.GaussianMixture([0.5, 0.5], [0.0, 1.0], [1.0, 1e-8])
    other = gc.GaussianMixture([0.25, 0.75], [1.0, 0.5], [1e-8, 1.0])
    answer = gc.kl(thin, other)
    marks = sorted({c + s * k for c in (0, 0.5, 1) for s in (1e-4, 1e-2, 1) for k in range(-12, 13, 3)})
    with mp.workdps(30):
        truth = mp.quad(integrand("kl", thin, other), marks, maxdegree=5)
    assert answer.width <= 2e-12 * answer.value
    assert answer.lower <= truth <= answer.upper

    near, far = gc.GaussianMixture([0.5, 0.5], [0, 1], [1, 1]), gc.GaussianMixture([0.5, 0.5], [1000, 1001], [1, 1])
    answer = gc.kl(near, far)
    # 1000 further on, p and q are translates: KL = 1000^2/2 up to the overlap of the components
    assert 490_000.0 < answer.lower <= answer.upper < 510_000.0
    assert answer.width <= 2e-12 * answer.value
    with mp.workdps(40):
        assert (
            answer.lower <= mp.quad(integrand("kl", near, far), mp.linspace(-12, 13, 6), maxdegree=5) <= answer.upper
        )

    rng = np.random.default_rng(5)
    many = [gc.GaussianMixture(np.full(50, 0.02), rng.normal(0, 3, 50), rng.uniform(0.3, 1.5, 50)) for _ in range(2)]
    answer = gc.kl(*many)
    x = np.linspace(-25.0, 25.0, 4_001)
    with np.errstate(under="ignore"):
        log_p, log_q = (law.logpdf(x) for law in many)
        trapezoid = float(np.sum(np.exp(log_p) * (log_p - log_q))) * (x[1] - x[0])
    assert answer.width <= 2e-12 * answer.value
    assert abs(trapezoid - answer.value) < 1e-11


def test_beyond_the_range_of_floats():
    p, q = gc.GaussianMixture([0.5, 0.5], [0, 1], [1, 1]), gc.GaussianMixture([0.5, 0.5], [60, 61], [1, 1.5])
    answer = gc.chi2(p, q, method="certified")
    assert answer.upper == math.inf
    assert answer.lower == np.finfo(float).max
    assert "beyond the range" in answer.method
    assert gc.renyi(p, q, order=2.0).finite


@pytest.mark.parametrize("kind", ["kl", "jeffreys", "gap", "power", "variation", "fisher"])
@pytest.mark.parametrize("order", [0.4, 1.5])
def test_tail_bounds_are_above_the_tail_and_not_far_above(kind, order):
    if kind == "power" and order > 1.0:
        order = 0.6
    p = gc.GaussianMixture([0.5, 0.5], [-1.0, 1.0], [0.5, 1.0])
    q = gc.GaussianMixture([0.25, 0.75], [0.0, 1.0], [1.0, 2.0])
    tail = RightTail(Integral(kind, order), line_law(p), line_law(q))
    names = {"gap": "power", "fisher": "fisher_divergence"}
    for b in (4.0, 8.0):
        with mp.workdps(30):
            if kind == "variation":
                truth = (mass(q, b, 60) - mass(p, b, 60)) / 2
            else:
                function = integrand(names.get(kind, kind), p, q, mp.mpf(order))
                truth = mp.quad(function, [b, b + 1, b + 3, b + 8, b + 25])
            if kind == "kl":
                truth += mass(q, b, 60) - mass(p, b, 60)
            if kind == "gap":
                truth = truth - order * mass(p, b, 60) - (1 - order) * mass(q, b, 60)
                truth = truth if order > 1.0 else -truth
        bound = float(tail.bound(b).upper())
        assert float(truth) <= bound <= 1e4 * float(truth)


def test_an_ignored_analytic_flag_is_caught(monkeypatch):
    p = gc.GaussianMixture([0.5, 0.5], [-1.0, 1.0], [1.0, 1.0])
    q = gc.GaussianMixture([0.5, 0.5], [0.0, 1.0], [1.0, 2.0])
    # in this box the argument of q's logarithm crosses the cut near -0.68
    box = acb(arb(1.64, 0.01), arb(2.38, 0.01))
    names = ("kl", "jeffreys", "gap", "power")

    def answers():
        pair = balls.BallPair(line_law(p), line_law(q))
        return [balls.integrand(Integral(name, 0.3), pair)(box, True) for name in names]

    assert not any(value.is_finite() for value in answers())
    monkeypatch.setattr(balls, "logarithm", lambda x, analytic: x.log())
    monkeypatch.setattr(balls, "absolute", lambda x, analytic: x.real_abs())
    assert all(value.is_finite() for value in answers())


def test_ignoring_the_flag_gives_wrong_digits_that_the_oracle_sees(monkeypatch):
    p = gc.GaussianMixture([0.4, 0.6], [-1.0, 1.5], [0.5, 1.0])
    q = gc.GaussianMixture([0.7, 0.3], [0.0, 2.0], [2.0, 3.0])
    truth = gc.total_variation(p, q)

    def by_integration():
        ball = certified.integral_ball(Integral("variation"), line_law(p), line_law(q), digits=6, guess=0.3)
        return certified.enclosure(ball, digits=6)

    assert by_integration().overlaps(truth)
    monkeypatch.setattr(balls, "absolute", lambda x, analytic: x.real_abs())
    assert not by_integration().overlaps(truth)


def test_forgetting_the_tails_is_caught(monkeypatch):
    p = gc.GaussianMixture([0.4, 0.6], [-1.0, 1.5], [0.5, 1.0])
    q = gc.GaussianMixture([0.7, 0.3], [0.0, 2.0], [2.0, 3.0])
    truth = kl_oracle(p, q)
    monkeypatch.setattr(RightTail, "cut", lambda self, start, target: (4.0, arb(0)))
    answer = gc.kl(p, q)
    assert not answer.lower <= truth <= answer.upper


def test_the_working_precision_is_given_back():
    before = ctx.prec
    gc.kl(gc.Gaussian(0.0, 1.0), gc.Gaussian(1.0, 2.0), digits=40)
    gc.total_variation(gc.Gaussian(0.0, 1.0), gc.Gaussian(1.0, 2.0), digits=40)
    assert ctx.prec == before


def test_certified_agrees_with_closed_forms_between_gaussians():
    p, q = gc.Gaussian(0.3, 1.2), gc.Gaussian(-0.5, 2.0)
    for name in ("kl", "chi2", "hellinger2", "jeffreys", "fisher_divergence", "bhattacharyya"):
        function = getattr(gc, name)
        assert function(p, q, method="certified").overlaps(function(p, q))
    assert gc.renyi(p, q, order=1.3, method="certified").overlaps(gc.renyi(p, q, order=1.3))
    shifted = gc.Gaussian(1.3, 1.2)
    closed_form = gc.total_variation(p, shifted)
    assert closed_form.guarantee == "closed-form"
    assert gc.total_variation(p, shifted, method="certified").overlaps(closed_form)


def test_refusals():
    plane = gc.Gaussian([0.0, 0.0], np.eye(2))
    with pytest.raises(InvalidArgumentError, match="dimension 1 only"):
        gc.kl(plane, plane, method="certified")
    with pytest.raises(InvalidArgumentError, match="digits = 51"):
        gc.kl(gc.Gaussian(0.0, 1.0), gc.Gaussian(1.0, 1.0), digits=51)
    with pytest.raises(NotSupportedError, match="no closed form"):
        gc.kl(
            random_line_law(np.random.default_rng(0)),
            gc.GaussianMixture([0.5, 0.5], [0, 1], [1, 1]),
            method="closed-form",
        )


FAR = gc.Gaussian(-4.9, 1.27), gc.GaussianMixture([0.24, 0.76], [3000.0, -700.0], [0.3, 1.27])


@pytest.mark.parametrize("order", [2.0, 3.0])
@pytest.mark.parametrize("limited", [False, True])
def test_far_laws_are_certified_or_fall_back_to_quadrature_at_the_work_limit(order, limited, monkeypatch):
    if limited:
        monkeypatch.setattr(certified, "LARGEST_WORK", 300)
    # Where p^a q^(1-a) lives only the component N(-700, 1.27) counts: D_a = a dm^2/(2 v) - log(weight).
    truth = 0.5 * order * (700.0 - 4.9) ** 2 / 1.27 - math.log(0.76)
    answer = gc.renyi(*FAR, order=order)
    assert answer.guarantee == ("numeric" if limited else "certified")
    assert answer.lower <= truth * (1 + 1e-14)
    assert answer.upper >= truth * (1 - 1e-14)
    assert abs(answer.value - truth) < 1e-9 * truth
    # control: without the weight the formula is outside of the interval
    assert not answer.lower <= truth + math.log(0.76) <= answer.upper


def test_a_guess_beyond_floats_costs_no_work():
    """A scale of 1 in its place, for a number of 1e165224, took the whole of the work limit."""
    chi2 = gc.chi2(*FAR, method="certified")
    truth = (700.0 - 4.9) ** 2 / 1.27 - math.log(0.76)
    assert (chi2.value, chi2.upper) == (math.inf, math.inf)
    assert 1.79e308 < chi2.lower < math.inf
    middle, radius = spelled(chi2)
    assert "its natural logarithm is" in chi2.method
    assert abs(middle - truth) <= radius + 1e-9 * truth
    assert radius < 1e-6


def test_the_work_limit_is_one_clear_line_where_a_proof_was_asked_for(monkeypatch) -> None:
    monkeypatch.setattr(certified, "LARGEST_WORK", 300)
    with pytest.raises(gc.core.UndecidedError, match="work limit") as caught:
        gc.chi2(*FAR, method="certified")
    assert "\n" not in str(caught.value)
    monkeypatch.undo()
    # control: near laws are certified as before
    assert gc.chi2(gc.GaussianMixture([0.5, 0.5], [-1, 1], 1), FAR[1], method="quadrature").lower > 0
    assert gc.renyi(FAR[0], gc.GaussianMixture([0.5, 0.5], [-6, -4], 2), order=2).guarantee == "certified"

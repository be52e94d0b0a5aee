"""Certified statistics of discretised samplers: against scalar recursions and integrals of mpmath, and used."""

from itertools import pairwise

import mpmath
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.checking import judge
from gausscollapse.theorems.instances.certified_chains import CertifiedChainStatistics
from gausscollapse.theorems.instances.certified_steps import BallSteps
from gausscollapse.theorems.instances.chain_statistics import ChainStatistics

TIMES = gc.OrnsteinUhlenbeck(horizon=1.5, stop=0.125)
MEAN, VARIANCE, SLOPE, OFFSET = 0.75, 0.3125, 0.125, -0.25
LINE = gc.ReverseProcess(gc.Gaussian(MEAN, VARIANCE), TIMES, gc.AffineError(SLOPE, OFFSET), "standard-normal")
PLANE = gc.ReverseProcess(
    gc.Gaussian([0.5, -0.25], [[0.8, 0.3], [0.3, 0.5]]),
    TIMES,
    gc.AffineError([[0.1, -0.2], [0.15, 0.05]], [0.2, -0.1])
    + gc.RealizableError(gc.Gaussian([0.6, -0.2], [[0.7, 0.25], [0.25, 0.6]])).scaled(0.5),
)
SCHEMES = ("euler-maruyama", "exponential", "martingale", "relative", -0.25)


def law(t):
    """Return mean and variance of the forward marginal on the line."""
    keep = mpmath.exp(-t)
    return MEAN * mpmath.sqrt(keep), 1 + keep * (mpmath.mpf(VARIANCE) - 1)


def close(enclosure, truth, relative=1e-14):
    """Return whether a certified enclosure is narrow and holds the truth."""
    low, high = float(enclosure.lower[0]), float(enclosure.upper[0])
    room = relative * abs(float(truth))
    return low - room <= float(truth) <= high + room and high - low <= 4 * room and enclosure.guarantee == "certified"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_endpoint_is_that_of_the_scalar_chain(scheme):
    sampler = gc.DiscretisedProcess(LINE, 5, "quadratic", scheme)
    part = {"euler-maruyama": 0.5, "exponential": 0, "relative": 1}.get(scheme, scheme)
    with mpmath.workdps(40):
        mean, variance = mpmath.mpf(0), mpmath.mpf(1)
        times = [mpmath.mpf(float(t)) for t in sampler.times]
        for now, then in pairwise(times):
            (m, v), h = law(now), now - then
            # The drift between two times is c y + (s + e + B y)(y_k): solved by variation of constants.
            if scheme == "martingale":
                held = mpmath.quad(lambda u, h=h: mpmath.exp((h - u) / 2) * mpmath.exp(-u / 2), [0, h])
                keep, state, noise = mpmath.exp(h / 2), 0, mpmath.exp(h) - 1
            else:
                c = mpmath.mpf(1) / 2 - part
                held = mpmath.quad(lambda u, h=h, c=c: mpmath.exp(c * (h - u)), [0, h])
                noise = mpmath.quad(lambda u, h=h, c=c: mpmath.exp(2 * c * (h - u)), [0, h])
                keep, state = mpmath.exp(c * h), part
            if scheme == "martingale":
                # exp(-u/2) of the score is held where the noise is that of y/2.
                held = 2 * mpmath.sinh(h / 2)
            pull = keep + held * (state - 1 / v + SLOPE)
            mean, variance = pull * mean + held * (m / v + OFFSET), pull**2 * variance + noise
        m, v = law(times[-1])
        truth = (v / variance + (m - mean) ** 2 / variance - 1 + mpmath.log(variance / v)) / 2
    assert close(CertifiedChainStatistics(sampler).endpoint_kl, truth)


@pytest.mark.parametrize("scheme", ["euler-maruyama", "martingale", -0.25])
def test_what_is_missed_is_an_integral_over_two_normal_variables(scheme):
    """E (a X_k + b X_t + c)^2 with the variances of both times and their covariance r S_t."""
    sampler = gc.DiscretisedProcess(LINE, 2, "uniform", scheme)
    part = {"euler-maruyama": 0.5, "martingale": 0}.get(scheme, scheme)

    def square(high, low, frozen):
        (m, v), (n, w), r = law(high), law(low), mpmath.exp(-(high - low) / 2)
        weight = r if scheme == "martingale" and not frozen else 1
        b = 0 if frozen else part
        a = weight * (-1 / v + SLOPE) + b
        early, still = 1 / w - b, weight * (m / v + OFFSET) - n / w
        return a * a * v + early**2 * w + 2 * a * early * r * w + (a * m + early * n + still) ** 2

    with mpmath.workdps(30):
        times = [mpmath.mpf(float(t)) for t in sampler.times]
        parts = (mpmath.quad(lambda t, now=now: square(now, t, False), [then, now]) for now, then in pairwise(times))
        truth = sum(parts) / 2
        statistics = CertifiedChainStatistics(sampler)
        assert close(statistics.path_square, truth)
        # The middle one of two steps is the second.
        middle = mpmath.mpf(0.5 * float(sampler.times[1] + sampler.times[2]))
        assert close(statistics.drift_square, square(times[1], middle, True))
        assert close(statistics.fisher_gap[0], 1 / law(middle)[1])


@pytest.mark.parametrize("scheme", [*SCHEMES, [0.25, -0.5]])
@pytest.mark.parametrize("start", ["marginal", "standard-normal"])
def test_both_sides_of_the_identity_agree_to_fourteen_digits(scheme, start):
    process = gc.ReverseProcess(PLANE.data, PLANE.diffusion, PLANE.error, start)
    statistics = CertifiedChainStatistics(gc.DiscretisedProcess(process, 4, "logarithmic", scheme))
    both = statistics.discretisation + statistics.score
    assert bool(statistics.path_square.overlaps(both)[0])
    assert max(float(statistics.path_square.width[0]), float(both.width[0])) < 1e-14
    assert not bool(statistics.path_square.overlaps(both * (1.0 + 1e-13))[0])
    floats = ChainStatistics([gc.DiscretisedProcess(process, 4, "logarithmic", scheme)])
    for name in ("start", "discretisation", "score", "endpoint_kl", "path_square", "projected_square"):
        assert bool(getattr(statistics, name).overlaps(getattr(floats, name))[0]), name


@pytest.mark.parametrize(
    ("theorem", "name", "other"), [("discretisation", "path_square", "score"), ("budget", "endpoint_kl", "start")]
)
def test_the_referee_agrees_and_finds_planted_faults(monkeypatch, theorem, name, other):
    sampler = gc.DiscretisedProcess(LINE, 6, "uniform", "euler-maruyama")
    ruling = judge(theorem, sampler)
    assert (str(ruling.agreement), str(ruling.verdict.outcome)) == ("agreed", "HOLDS"), ruling.reason
    for part in (name, other):
        truth = getattr(ChainStatistics, part)
        with monkeypatch.context() as planted:
            planted.setattr(
                ChainStatistics, part, property(lambda self, truth=truth: truth.func(self) * (1.0 + 1e-6))
            )
            assert str(judge(theorem, sampler).agreement) == "disagreed", part


def test_a_fault_in_the_balls_is_found(monkeypatch):
    truth = BallSteps.missed
    monkeypatch.setattr(BallSteps, "missed", lambda self, *a, **b: truth(self, *a, **b) * (1 + 1e-6))
    sampler = gc.DiscretisedProcess(LINE, 6, "uniform", "euler-maruyama")
    assert str(judge("discretisation", sampler).agreement) == "disagreed"


def test_mixtures_and_ancestral_samplers_are_refused_with_a_reason():
    mixture = gc.GaussianMixture([0.5, 0.5], [-1, 1], [1, 1])
    process = gc.ReverseProcess(mixture, TIMES, gc.AffineError(0, 0.1))
    for sampler in (gc.DiscretisedProcess(process, 2), gc.DiscretisedProcess(LINE, 3, "uniform", "ancestral")):
        ruling = judge("budget", sampler)
        assert str(ruling.agreement) == "undecided"
        assert "Gaussian data" in ruling.reason


def test_the_middle_of_the_middle_step_is_the_float_that_floats_take():
    steps = BallSteps(gc.DiscretisedProcess(LINE, 3, "uniform"))
    k, time = steps.middle
    times = gc.DiscretisedProcess(LINE, 3, "uniform").times
    assert (k, int(time.p) / int(time.q)) == (1, 0.5 * (times[1] + times[2]))
    assert np.isclose(float(steps.place(time).v), np.exp(-0.25 * (times[1] + times[2])))

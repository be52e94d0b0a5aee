"""Exponential moments far below and beyond the range of floats, against elementary solutions at 50 digits."""

import math

import mpmath as mp
import numpy as np
import pytest

import gausscollapse as gc
from tests.oracles import DIGITS, log_exponential_moment

DIFFUSION = gc.OrnsteinUhlenbeck(horizon=3.0, stop=0.25)


def log_moment_of_an_ornstein_uhlenbeck_process(slope, theta2):
    """Return ``log E exp(theta2 a^2 int x^2)`` of the stationary process ``dx = -x/2 dt + dW`` over [t0, T].

    ``P' = P^2 - P + 2 theta2 a^2``, ``P = -w'/w`` with ``w = exp(-s/2)(cosh g s + sinh(g s)/(2 g))`` and
    ``g^2 = 1/4 - 2 theta2 a^2``; the answer is ``-log(w (1 - P))/2`` at ``s = T - t0``.
    """
    with mp.workdps(DIGITS):
        strength = mp.mpf(theta2) * mp.mpf(slope) ** 2
        span = mp.mpf(DIFFUSION.horizon) - mp.mpf(DIFFUSION.stop)
        rate = mp.sqrt(mp.mpf("0.25") - 2 * strength)
        wave = mp.exp(-span / 2) * (mp.cosh(rate * span) + mp.sinh(rate * span) / (2 * rate))
        slope_of_wave = -wave / 2 + mp.exp(-span / 2) * (rate * mp.sinh(rate * span) + mp.cosh(rate * span) / 2)
        return -mp.log(wave + slope_of_wave) / 2


@pytest.mark.parametrize("theta2", [0.5, -1.0, -1e2, -1e4, -1e6, -1e8, -1e9, -1e10])
def test_the_logarithm_and_the_moment_over_decades(theta2):
    process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), DIFFUSION, gc.AffineError(0.2, 0.0))
    truth = log_moment_of_an_ornstein_uhlenbeck_process(0.2, theta2)
    log = process.log_exponential_moment(theta1=0.0, theta2=theta2)
    assert mp.mpf(log.lower) <= truth <= mp.mpf(log.upper)
    assert log.width <= 1e-3 * abs(float(truth))
    moment = process.exponential_moment(theta1=0.0, theta2=theta2)
    with mp.workdps(DIGITS):
        assert mp.mpf(moment.lower) <= mp.exp(truth) <= mp.mpf(moment.upper)
    assert moment.lower < moment.upper <= 1.1
    assert ("log_exponential_moment has the logarithm" in moment.method) == (truth < -745)
    # another strength is outside: the intervals say something
    assert not log.contains(float(truth) * 1.01)


def test_a_moment_of_a_constant_error_is_a_power():
    process = gc.ReverseProcess(gc.Gaussian(0.3, 0.7), DIFFUSION, gc.AffineError(0.0, 2.0))
    for theta2, beyond in ((-1e5, False), (1e5, True)):
        log = process.log_exponential_moment(theta1=0.0, theta2=theta2)
        assert log.contains(theta2 * 4.0 * 2.75)
        moment = process.exponential_moment(theta1=0.0, theta2=theta2)
        ends = (float(moment.lower), float(moment.upper))
        assert ends == ((np.finfo(float).max, math.inf) if beyond else (0.0, 5e-324))


def test_a_large_constant_part_is_no_blow_up():
    """``log E`` is a polynomial of degree two in the offset: its value at 3e6 from those at 0 and 1."""
    data = gc.Gaussian(0.0, 1.0)

    def raw(offset):
        parts = (np.array([[0.2]]), np.array([offset]), np.zeros((1, 1)), 0.0, None)
        return log_exponential_moment(data, DIFFUSION, parts, 2.0, -1.0, rtol=1e-12)

    truth = raw(0.0) + 9e12 * (raw(1.0) - raw(0.0))
    process = gc.ReverseProcess(data, DIFFUSION, gc.AffineError(0.2, 3e6))
    log = process.log_exponential_moment(theta1=2.0, theta2=-1.0)
    assert log.contains(truth)
    chi2 = process.path_chi2()
    assert chi2.lower < math.inf
    # four times the error is a blow-up
    wide = gc.ReverseProcess(data, DIFFUSION, gc.AffineError(0.8, 0.0))
    parts = (np.array([[0.8]]), np.zeros(1), np.zeros((1, 1)), 0.0, None)
    assert log_exponential_moment(data, DIFFUSION, parts, 2.0, -1.0) == math.inf
    assert wide.path_chi2().lower == math.inf

"""Finiteness at the boundary: floats are rational numbers, and what rounding leaves open is said to be open."""

from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest

import gausscollapse as gc

TWO = gc.GaussianMixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
NOTHING = gc.AffineChannel(1.0, 0.0, 0.0)


def drift(start, data=TWO):
    return gc.retrain(data, fresh=0.5, step=NOTHING, generations=1, start=start).accumulated_enclosure[0]


@pytest.mark.parametrize("variance", [2 + 2**-51, 2.0, np.nextafter(2.0, 0.0), 1.99902, 1.9999999])
def test_over_a_mixture_finiteness_is_that_of_the_rational_numbers(variance):
    # Unit components at -1 and 1: at V_a = 2 the integrand falls like exp(-|x|), above it rises.
    found = drift(gc.Gaussian(0.0, variance))
    assert bool(np.isinf(found.lower)) == (Fraction(float(variance)) > 2)
    if np.isfinite(found.lower):
        with mp.workdps(30):
            v = mp.mpf(float(variance))

            def integrand(x):
                data = (mp.npdf(x, -1, 1) + mp.npdf(x, 1, 1)) / 2
                return mp.npdf(x, 0, mp.sqrt(v)) ** 2 / data

            truth = 2 * mp.quad(integrand, [0, 1, 3, 6, 12, 25, 50, 100]) - 1
        assert found.lower <= float(truth) <= found.upper
        assert found.upper - found.lower < 1e-9


def test_control_a_decision_within_rounding_would_miss_the_infinite_one():
    assert abs(2 + 2**-51 - 2.0) <= 256 * 2.0**-53 * 2.0
    assert drift(gc.Gaussian(0.0, 2 + 2**-51)).lower == np.inf


def test_what_came_out_of_rounded_channels_is_left_open_at_the_boundary():
    step = gc.AffineChannel(0.1, 0.0, 2.0 - 0.01 * 1.0)
    one = gc.Gaussian(0.0, 1.0)
    found = gc.retrain(TWO, fresh=0.0, step=step, generations=1, start=one)
    assert (found.accumulated_enclosure[1].lower, found.accumulated_enclosure[1].upper) == (0.0, np.inf)
    assert "within the rounding" in found.finiteness[1]


@pytest.mark.parametrize("turned", [False, True])
def test_a_badly_conditioned_gaussian_close_to_the_boundary_is_not_called_infinite(turned):
    data = np.diag([1.0, 1e-12])
    if turned:
        basis = np.linalg.qr(np.random.default_rng(3).standard_normal((2, 2)))[0]
        data = basis @ data @ basis.T
        data = 0.5 * (data + data.T)
    wide = 1.99 * data
    found = gc.retrain(
        gc.Gaussian([0.0, 0.0], data),
        fresh=0.0,
        step=gc.AffineChannel(np.eye(2), np.zeros(2), wide - data),
        generations=1,
    ).accumulated_enclosure[1]
    # (1 - 0.99^2)^{-1/2} in each direction, of the exact ratio.
    assert found.lower <= 1.0 / (1.0 - 0.99**2) - 1.0 <= found.upper


def test_far_laws_over_a_mixture_answer_without_a_number_and_without_warnings():
    far = gc.GaussianMixture([0.5, 0.5], [[-30.0], [30.0]], [[[1.0]], [[1.0]]])
    found = drift(gc.Gaussian(40.0, 1.99902), far)
    assert (found.lower, found.upper) == (0.0, np.inf)

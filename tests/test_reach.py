"""Where ``a^2/p`` is finite and where it lives, by the integrand itself and by hand."""

import math
from fractions import Fraction

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.divergences.finiteness import FINITE, INFINITE, UNDECIDED
from gausscollapse.retraining._reach import Line, reach


def log_integrand(x, mean, variance, means, variances, weights):
    """Return ``2 log a - log p`` up to a constant, by log-sum-exp."""
    logs = np.log(weights) - 0.5 * np.log(variances) - (x[:, None] - means) ** 2 / (2.0 * variances)
    top = logs.max(axis=1)
    return -((x - mean) ** 2) / variance - top - np.log(np.sum(np.exp(logs - top[:, None]), axis=1))


CASES = {
    "one wide": (0.3, 1.0, [0.0], [4.0]),
    "far apart": (0.0, 1.0, [-6.0, 6.0], [1.5, 1.5]),
    "unequal": (1.0, 0.7, [-3.0, 5.0], [2.0, 0.2]),
    "near the border": (2.0, 1.99, [-1.0, 0.5], [1.0, 1.0]),
    "off centre": (-7.0, 1.2, [3.0, 9.0], [1.0, 1.0]),
    "border": (0.5, 2.0, [-1.0, 2.0], [1.0, 1.0]),
    "near a linear term that hardly falls": (1.9375, 2.0, [-1.0, 2.0], [1.0, 1.0]),
}


@pytest.mark.parametrize("name", CASES)
def test_the_bulk_holds_all_of_the_integrand(name):
    """Outside of [low, high] the integrand is below e^-55 of its greatest value; inside it is not always so."""
    mean, variance, means, variances = CASES[name]
    found = Line(mean, variance, 0.0, 0.0, np.array(means), np.array(variances)).reach()
    assert found.state == FINITE
    span = found.high - found.low
    x = np.linspace(found.low - 2.0 * span, found.high + 2.0 * span, 200_001)
    logs = log_integrand(
        x, mean, variance, np.array(means), np.array(variances), np.full(len(means), 1.0 / len(means))
    )
    outside = (x < found.low) | (x > found.high)
    top = float(np.max(logs))
    assert np.max(logs[outside]) < top - 55.0
    # a tenth of the bulk is too little, and so is half of it where the integrand is all on one side
    assert np.sum(logs > top - 1.0) > 5
    width = x[logs > top - 40.0]
    assert width.max() - width.min() > 0.1 * span
    # thirteen deviations of a itself are inside, too, as long as it falls faster than an exponential
    if name.startswith(("one", "far", "unequal", "off")):
        assert found.low <= mean - 12.99 * math.sqrt(variance)
        assert found.high >= mean + 12.99 * math.sqrt(variance)
    # the finest scale is no coarser than a and than the integrand about its top
    assert 0.0 < found.scale <= math.sqrt(variance)


def test_scales_and_ends_by_hand():
    """``2/V_a - 1/V_p``: 2/1 - 1/4 = 7/4 about (2 m - m_p/4)/(7/4); at the border exp(-|slope x|)."""
    found = Line(1.0, 1.0, 0.0, 0.0, np.array([-3.0]), np.array([4.0])).reach()
    centre = (2.0 + 0.75) / 1.75
    assert found.high == pytest.approx(max(centre + 13.0 / math.sqrt(1.75), 14.0))
    assert found.low == pytest.approx(-12.0)
    assert found.scale == pytest.approx(1.0 / math.sqrt(1.75))
    # far from p, the centre leaves a behind: V_a = 1.5, V_p = 1: 4/3 - 1 = 1/3 about (4/3 m - m_p) * 3
    found = Line(0.0, 1.5, 0.0, 0.0, np.array([-10.0, 20.0]), np.array([1.0, 1.0])).reach()
    assert found.low == pytest.approx(-60.0 - 13.0 * math.sqrt(3.0))
    assert found.high == pytest.approx(30.0 + 13.0 * math.sqrt(3.0))
    # at the border: slopes m - m_p = 0.5 + 1 on the left, 0.5 - 0.75 on the right; the flatter one reaches 60/0.25
    found = Line(0.5, 2.0, 0.0, 0.0, np.array([-1.0, 0.75]), np.array([1.0, 1.0])).reach()
    assert (found.low, found.high) == (0.5 - 240.0, 0.5 + 240.0)
    assert found.scale == pytest.approx(math.sqrt(2.0))
    found = Line(0.0, 2.0, 0.0, 0.0, np.array([-4.0, 4.0]), np.array([1.0, 1.0])).reach()
    assert (found.low, found.high, found.scale) == (-15.0, 15.0, 0.25)


@pytest.mark.parametrize(
    ("variance", "error", "mean", "state"),
    [
        (2.0, 0.0, 0.0, FINITE),
        (2.0, 0.0, 4.0, INFINITE),
        (2.0, 0.0, -4.0, INFINITE),
        (2.0, 0.0, 3.75, FINITE),
        (2.0, 0.125, 0.0, UNDECIDED),
        (2.0625, 0.125, 0.0, UNDECIDED),
        (2.25, 0.125, 0.0, INFINITE),
        (1.9375, 0.125, 0.0, UNDECIDED),
        (1.875, 0.125, 0.0, UNDECIDED),
        (1.75, 0.125, 9.0, FINITE),
    ],
)
def test_laws_that_are_known_up_to_an_error_are_decided_where_all_agree(variance, error, mean, state):
    """Components of variance 1 at -4 and 4, and a narrow one that counts nowhere."""
    line = Line(mean, variance, 0.0, error, np.array([-4.0, 0.0, 4.0]), np.array([1.0, 0.5, 1.0]))
    assert line.reach().state == state


def test_an_error_of_the_mean_counts_at_the_border_alone():
    means, variances = np.array([-4.0, 4.0]), np.array([1.0, 1.0])
    assert Line(0.0, 2.0, 1e-9, 0.0, means, variances).reach().state == UNDECIDED
    assert Line(0.0, 1.5, 1e-9, 0.0, means, variances).reach().state == FINITE
    assert Line(0.0, 2.5, 1e-9, 0.0, means, variances).reach().state == INFINITE


def plane(first, second=None):
    covs = [np.asarray(first, dtype=float), np.asarray(first if second is None else second, dtype=float)]
    return gc.GaussianMixture([0.5, 0.5], [[-4.0, 0.0], [4.0, 0.0]], covs)


def in_plane(mean, cov, data, mean_error=0.0, cov_error=0.0):
    eye = np.eye(2)
    return reach(np.array(mean, dtype=float), np.array(cov, dtype=float), mean_error * eye, cov_error * eye, data)


def test_in_the_plane_one_component_is_enough_and_a_line_refutes():
    data = plane(np.eye(2))
    assert in_plane([0, 0], np.diag([1.9, 0.3]), data).state == FINITE
    assert in_plane([9, 0], np.diag([1.9, 1.9]), data).state == FINITE
    assert in_plane([0, 0], np.diag([2.1, 0.3]), data).state == INFINITE
    assert in_plane([0, 0], np.diag([0.3, 2.1]), data).state == INFINITE
    turned = np.array([[1.3, 0.9], [0.9, 1.3]])  # eigenvalues 2.2 and 0.4
    assert in_plane([0, 0], turned, data).state == INFINITE
    # between: V_a = 3 along the first axis is too wide for one component, and not for the other
    assert in_plane([0, 0], np.diag([3.0, 1.0]), plane(np.eye(2), np.diag([2.0, 1.0]))).state == FINITE
    # exactly at the border on the line, where the mean tells, and in space, where it does not
    assert in_plane([5, 0], np.diag([2.0, 1.0]), data).state == INFINITE
    assert in_plane([0, 0], np.diag([2.0, 1.0]), data).state == UNDECIDED


def test_in_the_plane_errors_leave_open_what_they_may_change():
    """Of unit components: V_a = 1.9 with an error of 0.2 may be 2.1, and 2.1 may be 1.9."""
    data = plane(np.eye(2))
    assert in_plane([0, 0], 1.9 * np.eye(2), data, cov_error=0.09).state == FINITE
    assert in_plane([0, 0], 1.9 * np.eye(2), data, cov_error=0.2).state == UNDECIDED
    assert in_plane([0, 0], 2.1 * np.eye(2), data, cov_error=0.2).state == UNDECIDED
    assert in_plane([0, 0], 2.7 * np.eye(2), data, cov_error=0.2).state == INFINITE
    assert in_plane([5, 0], np.diag([2.0, 1.0]), data, mean_error=1e-9).state == UNDECIDED
    # the error is judged in units of the data
    small = plane(1e-6 * np.eye(2))
    assert in_plane([0, 0], 1.9e-6 * np.eye(2), small, cov_error=0.2e-6).state == UNDECIDED
    assert in_plane([0, 0], 1.9e-6 * np.eye(2), small, cov_error=0.09e-6).state == FINITE


def test_fractions_are_taken_as_they_are():
    third = Fraction(1, 3)
    means, variances = np.array([-third, third], dtype=object), np.array([third, third], dtype=object)
    for variance, state in ((2 * third, FINITE), (2 * third + Fraction(1, 10**40), INFINITE)):
        assert Line(Fraction(0), variance, 0.0, 0.0, means, variances).reach().state == state


@pytest.mark.parametrize("errors", [(0.0, 0.0), (1e-12, 0.0), (0.0, 1e-12)])
def test_on_the_line_the_errors_are_those_of_the_moments(errors):
    data = gc.GaussianMixture([0.5, 0.5], [-4.0, 4.0], [1.0, 1.0])
    found = reach(np.zeros(1), np.array([[2.0]]), np.array([[errors[0]]]), np.array([[errors[1]]]), data)
    assert found.state == (UNDECIDED if any(errors) else FINITE)
    assert reach(np.zeros(1), np.array([[1.0]]), np.array([[errors[0]]]), np.array([[errors[1]]]), data).finite

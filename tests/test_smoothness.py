"""Errors with bumps, steps and fast waves: what is said of them with and without a statement of their smoothness."""

import numpy as np
import pytest
from scipy.special import ndtr

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError

TIMES = gc.OrnsteinUhlenbeck(2.0, 0.1)
NORMAL = gc.Gaussian(0, 1)  # the same law at all times: energies are shares of the span of 1.9


def bump(width):
    return lambda x, t: np.where(np.abs(x - 0.7) < width / 2, width**-0.5, 0.0)


def share(low, high):
    return float(ndtr(high) - ndtr(low))


PLANTED = {
    "bump": (bump(0.1), {"breakpoints": [0.65, 0.75]}, 1.9 * share(0.65, 0.75) / 0.1),
    "thin bump": (bump(1e-3), {"breakpoints": [0.6995, 0.7005]}, 1.9 * share(0.6995, 0.7005) / 1e-3),
    "step": (lambda x, t: 1.0 * (x > 0.05), {"breakpoints": [0.05]}, 1.9 * share(0.05, 40.0)),
    "jump in time": (lambda x, t: 0 * x + (t > 0.77), {"break_times": [0.77]}, 1.23),
    "flash": (lambda x, t: 0 * x + (abs(t - 0.5) < 0.05), {"break_times": [0.45, 0.55]}, 0.1),
    "fast": (lambda x, t: 0 * x + np.cos(40 * t), {"time_scale": 0.04}, 0.95 + (np.sin(160.0) - np.sin(8.0)) / 160.0),
    "waves": (lambda x, t: np.cos(20 * x), {"length_scale": 0.08}, 0.95 * (1.0 + np.exp(-800.0))),
}


def energy(function, **stated):
    return gc.ReverseProcess(NORMAL, TIMES, gc.FunctionError(function, **stated)).ideal_energy()


# Breaks in space, breaks in time, a length; the others with the slow tests.
ALWAYS = ("bump", "jump in time", "waves")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in ALWAYS else pytest.mark.slow) for name in PLANTED]
)
def test_the_energy_of_what_is_planted(name):
    function, stated, truth = PLANTED[name]
    found = energy(function, **{"length_scale": 1.0, "time_scale": 0.5, **stated})
    # `share` is a difference of two numbers near 1
    assert float(found) == pytest.approx(truth, rel=1e-11)
    assert (found.width < 1e-9, found.guarantee) == (True, "numeric")
    sampled = energy(function)
    assert (sampled.contains(truth), sampled.guarantee) == (True, "statistical")
    assert 0.0 < sampled.width < truth


def test_a_false_statement_is_the_control():
    function, _, truth = PLANTED["thin bump"]
    assert not energy(function, length_scale=1.0, time_scale=1.0).contains(truth)


@pytest.mark.parametrize("scale", [1.0, 20.0])
def test_waves_have_their_closed_form(scale):
    # N(0, 1) at all times: E (cos(w x) + cos(2 w x + 1)/2)^2 in characteristic functions
    waves = gc.RandomFeatureError([1.0, 0.5], [scale, 2 * scale], [0.0, 1.0])
    w = scale**2
    mean = 0.5 * (1 + np.exp(-2 * w)) + 0.125 * (1 + np.exp(-8 * w) * np.cos(2))
    mean += 0.5 * np.cos(1) * (np.exp(-0.5 * w) + np.exp(-4.5 * w))
    found = gc.ReverseProcess(NORMAL, TIMES, waves).ideal_energy()
    assert found.contains(1.9 * mean)
    assert (found.width < 1e-10, found.guarantee) == (True, "numeric")


def test_fokker_planck_with_a_jump_in_time():
    function, stated, truth = PLANTED["jump in time"]
    process = gc.ReverseProcess(NORMAL, TIMES, gc.FunctionError(function, length_scale=2, time_scale=2, **stated))
    found = gc.fokker_planck(process, cells=200, steps=160)
    moved = 2.0 * (np.exp(-0.335) - np.exp(-0.95))  # of the mean: int exp(-(t - t0)/2) dt over [0.77, 2]
    for number, exact in ((found.ideal_energy(), truth), (found.kl(), moved**2 / 2)):
        assert (number.contains(exact), number.guarantee) == (True, "numeric")
        assert number.width < 1e-4
    unstated = gc.fokker_planck(
        gc.ReverseProcess(NORMAL, TIMES, gc.FunctionError(function)), cells=200, steps=160
    ).ideal_energy()
    assert (unstated.contains(truth), unstated.guarantee) == (True, "statistical")


@pytest.mark.parametrize("place", [0.05, 0.31])
def test_fokker_planck_with_a_step(place):
    step = gc.FunctionError(lambda x, t: 1.0 * (x > place), breakpoints=[place], length_scale=2, time_scale=2)
    found = gc.fokker_planck(gc.ReverseProcess(NORMAL, TIMES, step), cells=200, steps=80).ideal_energy()
    assert found.contains(1.9 * share(place, 40.0))


def test_fokker_planck_refuses_what_falls_between_its_cells():
    process = gc.ReverseProcess(NORMAL, TIMES, gc.FunctionError(bump(1e-3)))
    with pytest.raises(gc.GaussCollapseError, match="the grid does not see it all"):
        gc.fokker_planck(process, cells=80, steps=80)


@pytest.mark.parametrize("stated", [{"length_scale": 0.0}, {"time_scale": -1}, {"breakpoints": [np.nan]}])
def test_bad_statements_are_named(stated):
    with pytest.raises(InvalidArgumentError, match=next(iter(stated))):
        gc.FunctionError(np.tanh, **stated)

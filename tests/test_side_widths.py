"""Widths of closed-form factors in the retraining theorems, against exact rational numbers."""

from fractions import Fraction

import numpy as np
import pytest

from gausscollapse.checking.sides import rounded, widened
from gausscollapse.core.enclosure import Enclosure


def outside(power, *, counted):
    """Return how many of 400 powers of 1 - a are outside of their intervals."""
    fractions = np.random.default_rng(5).uniform(0.0, 0.05, 400)
    found = rounded((1.0 - fractions) ** power, power=power if counted else 1)
    truths = [(1 - Fraction(float(a))) ** power for a in fractions]
    pairs = zip(np.asarray(found.lower), np.asarray(found.upper), truths, strict=True)
    return sum(not Fraction(float(low)) <= truth <= Fraction(float(high)) for low, high, truth in pairs)


def test_a_power_has_the_rounding_of_its_base_as_often_as_its_exponent_says():
    assert outside(120, counted=True) == 0
    assert outside(120, counted=False) > 0


FORMS = {
    "refresh": (lambda a: (1 - a) ** 2, 1),
    "lowest": (lambda a: 1 / (2 - a) ** 2, 1),
    "middle": (lambda a: 1 / (a * (2 - a)), 1),
    "ends": (lambda a: 1 / ((2 - a) ** 2 * a**2), 1),
    "both": (lambda a: 1 + (1 - a) ** 2, 1),
    "tiny power": (lambda a: (1 - a) ** 60, 60),
}


def missed(form, power, *, width):
    """Return how many of 600 fractions over 15 decades, at both ends of [0, 1], are outside of their intervals."""
    rng = np.random.default_rng(8)
    small = 10.0 ** -rng.uniform(0.0, 15.0, 300)
    fractions = np.concatenate([small, 1.0 - small])
    fractions = fractions[fractions > 0.0]
    number = form(fractions)
    found = rounded(number, power=power) if width else Enclosure.exact(number)
    pairs = zip(np.asarray(found.lower), np.asarray(found.upper), fractions, strict=True)
    return sum(
        not Fraction(float(low)) <= form(Fraction(float(a))) <= Fraction(float(high)) for low, high, a in pairs
    )


@pytest.mark.parametrize("name", FORMS)
def test_the_factors_of_the_theorems_are_within_nine_roundings(name):
    form, power = FORMS[name]
    assert missed(form, power, width=True) == 0
    # Control: without a width most are missed.
    assert missed(form, power, width=False) > 100


def test_a_power_below_the_smallest_float_is_not_called_zero():
    fractions = np.full(1, 1.0 - 2.0**-53)
    found = rounded((1.0 - fractions) ** 24, power=24)
    assert Fraction(float(found.lower[0])) <= Fraction(1, 2**53) ** 24 <= Fraction(float(found.upper[0]))
    assert rounded(np.zeros(1)).upper[0] == 0.0


@pytest.mark.parametrize("counted", [True, False])
def test_a_discounted_sum_holds_its_exact_value(counted):
    # s_{n+1} = g (1-a)^2 s_n + J_n with g = 1 + theta, as `discounted` forms it.
    rng, count, misses = np.random.default_rng(4), 40, 0
    for theta in (0.1, 1.0, 10.0):
        fresh, drive = rng.uniform(0.0, 0.3, count), rng.uniform(0.0, 1.0, count)
        growth = (1.0 + theta) * (1.0 - fresh) ** 2
        state, exact = 0.5, Fraction(0.5)
        for n in range(count):
            state = growth[n] * state + drive[n]
            exact = (1 + Fraction(theta)) * (1 - Fraction(fresh[n])) ** 2 * exact + Fraction(drive[n])
        found = Enclosure.exact(np.array([state]))
        found = widened(found, count) if counted else found
        misses += not Fraction(float(found.lower[0])) <= exact <= Fraction(float(found.upper[0]))
    assert (misses == 0) == counted

"""Widths of closed-form factors in the retraining theorems, against exact rational numbers."""

from fractions import Fraction

import numpy as np

from gausscollapse.checking.sides import rounded


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

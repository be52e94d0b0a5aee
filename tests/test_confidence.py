"""The rounding of means of sampled numbers, against exact rational numbers."""

from fractions import Fraction

import numpy as np

from gausscollapse.sampling.confidence import rounding


def test_the_rounding_of_long_sums_is_bounded():
    """A tenth, added ten thousand times, against the exact product; the bound grows with the terms alone."""
    terms = 10_000
    total = 0.0
    for _ in range(terms):
        total += 0.1
    error = abs(Fraction(total) - terms * Fraction(0.1))
    assert error > 100.0 * float(np.finfo(float).eps) * total
    sample = np.array([total, total])
    assert error <= rounding(sample, terms) < 1e-8
    assert rounding(sample, 1) < error

"""The level of all intervals of sampled paths, and the rounding of their means.

The level is stated here for the whole package: an interval of sampled paths misses with probability at most `MISS`,
6e-7, on either side together, where it rests on one bound, and k times that where it combines k of them (at most
four). A mean whose variance has a proven bound has the interval of Catoni; a mean of numbers
that are not negative has at least the lower bound of Maurer and Pontil after truncation, and no upper end (both in
`core/mean_bounds.py`). Means of polynomials of the states, whose variance the draws tell well (`rare_events.py`),
have five standard errors, which is that level for a normal error and is asymptotic.
"""

from __future__ import annotations

import math

import numpy as np

from gausscollapse.core.validation import Array

# Two-sided probability of five standard errors. A lower end may be the better of two bounds: half the level for each.
MISS = 6e-7
EACH = 0.5 * MISS


def rounding(sample: Array, terms: int) -> float:
    """Return a bound of the rounding of a mean of numbers (n,), each a sum of so many products."""
    depth = 4.0 * terms + math.log2(max(sample.size, 2)) + 16.0
    return depth * float(np.finfo(np.float64).eps) * float(np.mean(np.abs(sample)))

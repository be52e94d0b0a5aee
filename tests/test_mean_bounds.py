"""Confidence bounds of means against the theorems as their authors write them, by hand or by another solver."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from gausscollapse.core import mean_bounds

MISS = 3e-7
LOG = math.log(2.0 / MISS)


def lower_mean(sample):
    return mean_bounds.lower_mean(sample, miss=MISS)


def catoni(sample, variance):
    return mean_bounds.catoni(sample, variance, miss=MISS)


LEVELS = (0.0, 0.5, 0.7, 0.85, 0.93, 0.97, 0.99, 0.996, 1.0)


@pytest.mark.parametrize("place", range(1, 8))
def test_a_mean_is_bounded_by_the_level_that_serves_it_best(place):
    """Zeros, ones and a few giants: only the quantile between tells, and theorem 4 at level 1 is written out.

    The giants, of which one half has 60, are too few for any bound at their level.
    """
    zeros, giants = 0.5 * (LEVELS[place - 1] + LEVELS[place]), 1.0 - 0.5 * (LEVELS[place] + LEVELS[place + 1])
    n = round(60.0 / giants)
    half = np.zeros(n)
    half[round(zeros * n) :], half[n - 60 :] = 1.0, 1e12
    share = np.count_nonzero(half) / n
    bound = share - math.sqrt(2.0 * share * (1.0 - share) * LOG / (n - 1)) - 7.0 * LOG / (3.0 * (n - 1))
    assert bound > 0.0
    assert lower_mean(np.repeat(half, 2)) == pytest.approx(bound, rel=1e-9)


def test_too_few_numbers_or_no_numbers_bound_nothing():
    # At a half of all misses 32 ones in the judged half are enough, and 31 are too few.
    assert mean_bounds.lower_mean(np.ones(64), miss=0.5) == pytest.approx(1.0 - 7.0 * math.log(4.0) / 93.0)
    assert mean_bounds.lower_mean(np.ones(63), miss=0.5) == 0.0
    assert lower_mean(np.ones(63)) == 0.0
    assert lower_mean(np.append(np.ones(999), np.nan)) == 0.0
    fewest = math.floor(2.0 * LOG)
    assert catoni(np.ones(fewest), 1.0) == (-math.inf, math.inf)
    assert math.isfinite(catoni(np.ones(fewest + 1), 1.0)[0])
    assert catoni(np.array([np.nan] * 400), 1.0) == (-math.inf, math.inf)


@pytest.mark.parametrize("variance", [0.04, 1.0, 25.0])
def test_catoni_is_his_estimate_by_another_solver(variance):
    """Proposition 2.4 as Catoni writes it, with its own scale; MISS/4 on either side."""
    numbers = np.random.default_rng(2).exponential(size=300) ** 2
    n = numbers.size
    scale = math.sqrt(2.0 * LOG / (n * (variance + 2.0 * variance * LOG / (n - 2.0 * LOG))))

    def balance(root):
        gap = scale * (numbers - root)
        return float(np.sum(np.where(gap > 0.0, np.log1p(gap + gap**2 / 2.0), -np.log1p(-gap + gap**2 / 2.0))))

    centre = brentq(balance, 0.0, float(np.max(numbers)), xtol=1e-14)
    half = math.sqrt(2.0 * variance * LOG / (n * (1.0 - 2.0 * LOG / n)))
    assert catoni(numbers, variance) == pytest.approx((centre - half, centre + half), rel=1e-12)


def test_catoni_of_a_variance_of_zero_is_the_range():
    assert catoni(np.full(400, 3.0), 0.0) == (3.0, 3.0)
    assert catoni(np.repeat([1.0, 2.0], 200), 0.0) == (1.0, 2.0)

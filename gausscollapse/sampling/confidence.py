"""Confidence bounds of means, proven for any number of draws, and the level of all sampled intervals.

The level is stated here for the whole package: an interval of sampled paths misses with probability at most `MISS`,
6e-7, on either side together, where it rests on one bound, and k times that where it combines k of them (at most
four). A mean whose variance has a proven bound has the interval of Catoni; a mean of numbers
that are not negative has at least the lower bound of Maurer and Pontil after truncation, and no upper end. Means of
polynomials of the states, whose variance the draws tell well, have five standard errors, which is that level for a
normal error and is asymptotic.
"""

from __future__ import annotations

import math

import numpy as np

from gausscollapse.core.validation import Array

# Two-sided probability of five standard errors. A lower end may be the better of two bounds: half the level for each.
MISS = 6e-7
LOG_MISS = math.log(4.0 / MISS)
LARGEST = 1e150
BISECTIONS = 60
# Levels of truncation are these quantiles of the pilot half, and twice its greatest number.
QUANTILES = (0.5, 0.7, 0.85, 0.93, 0.97, 0.99, 0.996, 1.0)
FEWEST = 32


def lower_mean(sample: Array) -> float:
    """Return a lower confidence bound of the mean of independent numbers (n,) >= 0, of whatever tails.

    Parameters
    ----------
    sample : ndarray, shape (n,)
        Independent numbers that are not negative; inf is allowed.

    Returns
    -------
    float
        At most the mean but with probability `MISS`/4; 0 where the sample is too small to say more.

    Notes
    -----
    The numbers are truncated at a level that one half of them chooses; on the other half the empirical Bernstein
    bound holds for the truncated mean, which is at most the mean. Source: Maurer and Pontil (2009), theorem 4.

    Examples
    --------
    >>> import numpy as np
    >>> draws = np.random.default_rng(1).lognormal(size=4000)
    >>> bool(1.2 < lower_mean(draws) < np.exp(0.5))
    True
    """
    pilot, judged = sample[::2], sample[1::2]
    if judged.size < FEWEST or np.any(np.isnan(sample)):
        return 0.0
    finite = np.minimum(pilot, LARGEST)
    levels = np.append(np.quantile(finite, QUANTILES, method="lower"), 2.0 * float(np.max(finite)))
    best = max(levels, key=lambda level: _bernstein(finite, float(level)))
    return max(_bernstein(judged, float(best)), 0.0)


def _bernstein(sample: Array, level: float) -> float:
    """Return the empirical Bernstein bound of numbers (n,) >= 0 truncated at a level."""
    cut = np.minimum(sample, level)
    spread = math.sqrt(2.0 * float(np.var(cut, ddof=1)) * LOG_MISS / cut.size)
    return float(np.mean(cut)) - spread - 7.0 * level * LOG_MISS / (3.0 * (cut.size - 1))


def catoni(sample: Array, variance: float) -> tuple[float, float]:
    """Return a confidence interval of the mean of independent numbers (n,) whose variance has a proven bound.

    Parameters
    ----------
    sample : ndarray, shape (n,)
        Independent numbers.
    variance : float
        An upper bound of their variance; inf where none is known.

    Returns
    -------
    lower, upper : float
        The interval, which misses with probability at most `MISS`/2; infinite where the variance has no bound or the
        numbers are too few.

    Notes
    -----
    The root of ``sum psi(a (x_i - root))``, ``psi(x) = sign(x) log(1 + |x| + x^2/2)``. Source: Catoni (2012),
    proposition 2.4.

    Examples
    --------
    >>> import numpy as np
    >>> low, high = catoni(np.random.default_rng(1).standard_normal(4000), 1.0)
    >>> low < 0.0 < high < 0.2
    True
    """
    n = sample.size
    slack = 1.0 - 2.0 * LOG_MISS / n
    if slack <= 0.0 or not math.isfinite(variance) or np.any(np.isnan(sample)):
        return -math.inf, math.inf
    numbers = np.clip(sample, -LARGEST, LARGEST)
    low, high = float(np.min(numbers)), float(np.max(numbers))
    if variance > 0.0:
        half = math.sqrt(2.0 * variance * LOG_MISS / (n * slack))
        scale = 2.0 * LOG_MISS / (n * half)
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            gap = np.clip(scale * (numbers - middle), -LARGEST, LARGEST)
            balance = float(np.sum(np.sign(gap) * np.log1p(np.abs(gap) + 0.5 * gap * gap)))
            low, high = (middle, high) if balance > 0.0 else (low, middle)
        return low - half, high + half
    return low, high


def rounding(sample: Array, terms: int) -> float:
    """Return a bound of the rounding of a mean of numbers (n,), each a sum of so many products."""
    depth = 4.0 * terms + math.log2(max(sample.size, 2)) + 16.0
    return depth * float(np.finfo(np.float64).eps) * float(np.mean(np.abs(sample)))

"""Confidence bounds of means that are proven for any number of independent draws, whatever their law."""

from __future__ import annotations

import math

import numpy as np

from gausscollapse.core.validation import Array

LARGEST = 1e150
BISECTIONS = 60
# Levels of truncation are these quantiles of the pilot half, and twice its greatest number.
QUANTILES = (0.5, 0.7, 0.85, 0.93, 0.97, 0.99, 0.996, 1.0)
FEWEST = 32


def lower_mean(sample: Array, *, miss: float) -> float:
    """Return a lower confidence bound of the mean of independent numbers (n,) >= 0, of whatever tails.

    Parameters
    ----------
    sample : ndarray, shape (n,)
        Independent numbers that are not negative; inf is allowed.
    miss : float
        Probability that the bound may miss, in (0, 1).

    Returns
    -------
    float
        At most the mean but with probability `miss`; 0 where the sample is too small to say more.

    Notes
    -----
    The numbers are truncated at a level that one half of them chooses; on the other half the empirical Bernstein
    bound holds for the truncated mean, which is at most the mean. Source: Maurer and Pontil (2009), theorem 4.

    Examples
    --------
    >>> import numpy as np
    >>> draws = np.random.default_rng(1).lognormal(size=4000)
    >>> bool(1.2 < lower_mean(draws, miss=3e-7) < np.exp(0.5))
    True
    """
    pilot, judged = sample[::2], sample[1::2]
    if judged.size < FEWEST or np.any(np.isnan(sample)):
        return 0.0
    finite = np.minimum(pilot, LARGEST)
    levels = np.append(np.quantile(finite, QUANTILES, method="lower"), 2.0 * float(np.max(finite)))
    best = max(levels, key=lambda level: _bernstein(finite, float(level), miss))
    return max(_bernstein(judged, float(best), miss), 0.0)


def _bernstein(sample: Array, level: float, miss: float) -> float:
    """Return the empirical Bernstein bound of numbers (n,) >= 0 truncated at a level."""
    cut, log_miss = np.minimum(sample, level), math.log(2.0 / miss)
    spread = math.sqrt(2.0 * float(np.var(cut, ddof=1)) * log_miss / cut.size)
    return float(np.mean(cut)) - spread - 7.0 * level * log_miss / (3.0 * (cut.size - 1))


def catoni(sample: Array, variance: float, *, miss: float) -> tuple[float, float]:
    """Return a confidence interval of the mean of independent numbers (n,) whose variance has a proven bound.

    Parameters
    ----------
    sample : ndarray, shape (n,)
        Independent numbers.
    variance : float
        An upper bound of their variance; inf where none is known.
    miss : float
        Probability that the interval may miss, both sides together, in (0, 1).

    Returns
    -------
    lower, upper : float
        The interval, which misses with probability at most `miss`; infinite where the variance has no bound or the
        numbers are too few.

    Notes
    -----
    The root of ``sum psi(a (x_i - root))``, ``psi(x) = sign(x) log(1 + |x| + x^2/2)``. Source: Catoni (2012),
    proposition 2.4.

    Examples
    --------
    >>> import numpy as np
    >>> low, high = catoni(np.random.default_rng(1).standard_normal(4000), 1.0, miss=3e-7)
    >>> low < 0.0 < high < 0.2
    True
    """
    n, log_miss = sample.size, math.log(2.0 / miss)
    slack = 1.0 - 2.0 * log_miss / n
    if slack <= 0.0 or not math.isfinite(variance) or np.any(np.isnan(sample)):
        return -math.inf, math.inf
    numbers = np.clip(sample, -LARGEST, LARGEST)
    low, high = float(np.min(numbers)), float(np.max(numbers))
    if variance > 0.0:
        half = math.sqrt(2.0 * variance * log_miss / (n * slack))
        scale = 2.0 * log_miss / (n * half)
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            gap = np.clip(scale * (numbers - middle), -LARGEST, LARGEST)
            balance = float(np.sum(np.sign(gap) * np.log1p(np.abs(gap) + 0.5 * gap * gap)))
            low, high = (middle, high) if balance > 0.0 else (low, middle)
        return low - half, high + half
    return low, high

"""Hermite coefficients of early stopping's limit law along the first axis, with the rounding of their recursion."""

from __future__ import annotations

import math

import numpy as np

from gausscollapse.checking.sides import around
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining.limit_law import hermite_coefficient

METHOD = "Hermite recursion"


def data_coefficient(data: Law, degree: int) -> Enclosure:
    """Return the coefficient of one Gaussian of which mean and covariance are exact."""
    size, mean = np.abs(data.covs[:, 0, 0] - 1.0), np.abs(data.means[:, 0])
    # Products with the weight 1, their sum, a root and a quotient.
    error = _error(mean, size, np.zeros(1), EPS * size, degree)[0] + 4.0 * EPS * _sizes(mean, size, degree)[degree][0]
    return around(_along_first(data, degree), error, METHOD)


def limit_coefficient(limit: Law, data: Law, degree: int, *, fresh: float, time: float, tail: float) -> Enclosure:
    """Return the coefficient of the limit law, which was computed age by age and cut at a mass of `tail`.

    Parameters
    ----------
    limit : Gaussian or GaussianMixture
        From `early_stopping_limit`: the k-th component has age k.
    data : Gaussian
        p, one Gaussian.
    degree : int
        Total degree, all of it along the first axis.
    fresh, time, tail : float
        What the limit was made with.
    """
    ages = np.arange(1.0, limit.weights.size + 1.0)
    times = time * ages
    means, spreads = np.abs(limit.means[:, 0]), limit.covs[:, 0, 0]
    # exp of a time that was rounded once, one product; for the spread the noise 1 - exp(-t) <= 1 as well.
    mean_errors = EPS * (times + 4.0) * means
    kept = np.exp(-times) * data.covs[0, 0, 0]
    excess = np.abs(spreads - 1.0)
    excess_errors = EPS * ((2.0 * times + 8.0) * kept + 8.0 + spreads + excess)
    errors = _error(means, excess, mean_errors, excess_errors, degree)
    sizes = _sizes(means + mean_errors, excess + excess_errors, degree)[degree]
    # (1-a)^(k-1) from a rounded base; all are divided by their sum, off by as much on average.
    weights = limit.weights
    relative = EPS * (ages + float(np.sum(weights * ages)) + 64.0)
    error = float(np.sum(weights * (errors + relative * sizes))) + 4.0 * EPS * float(np.sum(weights * sizes))
    error /= math.sqrt(math.factorial(degree))
    if fresh < 1.0:
        # A coefficient of greater age is smaller; what is left out and what stands for it are both below the data's.
        at_data = data_coefficient(data, degree)
        error += 2.0 * tail * float(np.maximum(np.abs(at_data.lower), np.abs(at_data.upper)))
    return around(_along_first(limit, degree), error, METHOD)


def _along_first(law: Law, degree: int) -> float:
    return hermite_coefficient(law, (degree, *([0] * (law.dim - 1))))


def _sizes(means: Array, excess: Array, degree: int) -> list[Array]:
    """Return the recursion ``M_k = |m| M_{k-1} + (k-1) |X| M_{k-2}`` of sizes for k = 0..degree."""
    sizes = [np.ones(means.size), means]
    for k in range(2, degree + 1):
        sizes.append(means * sizes[-1] + (k - 1.0) * excess * sizes[-2])
    return sizes


def _error(means: Array, excess: Array, mean_errors: Array, excess_errors: Array, degree: int) -> Array:
    """Return bounds of the error of ``E He_k`` by the recursion itself, before it is divided by ``sqrt(k!)``.

    Each step multiplies errors of earlier ones, adds those of m and X, and rounds four times.
    """
    wide, spread = means + mean_errors, excess + excess_errors
    sizes = _sizes(wide, spread, degree)
    errors = [np.zeros(means.size), mean_errors]
    for k in range(2, degree + 1):
        step = wide * errors[-1] + mean_errors * sizes[k - 1]
        step = step + (k - 1.0) * (spread * errors[-2] + excess_errors * sizes[k - 2])
        errors.append(step + 4.0 * EPS * sizes[k])
    return errors[degree]

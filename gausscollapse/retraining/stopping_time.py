"""When to stop: the bias of early stopping against a score error that grows as the stop comes near."""

from __future__ import annotations

import math

import numpy as np

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import as_number
from gausscollapse.laws.gaussian import Gaussian


@checked
def early_stopping_bias(data: Gaussian) -> float:
    """Return B: with a perfect score and a stop at t0, one generation is off by about ``t0^2 B`` in chi2.

    Parameters
    ----------
    data : Gaussian
        p.

    Returns
    -------
    float
        Dimensionless, >= 0; 0 for N(0, I).

    Raises
    ------
    InvalidArgumentError
        If the data's covariance is so small that B leaves the range of floats.

    Notes
    -----
    ``B = ||L* p/p||^2`` in L^2(p), L* of the Ornstein-Uhlenbeck process: ``((1 - s^2)/s^2)^2/2 + m^2/(4 s^2)``
    summed over the axes of the covariance. It grows without bound as s -> 0. Where an s^2 is below 1/2 the
    chi-squared divergence of the limit is infinite for every t0 > 0, by its oldest components. Source: *own*
    (theorem ``stopping``).

    Examples
    --------
    >>> import gausscollapse as gc
    >>> gc.retraining.early_stopping_bias(gc.Gaussian(1, 0.5))
    1.0
    """
    variances, axes = np.linalg.eigh(data.cov)
    with np.errstate(over="ignore", divide="ignore"):
        total = float(
            np.sum(0.5 * ((1.0 - variances) / variances) ** 2 + 0.25 * (axes.T @ data.mean) ** 2 / variances)
        )
    if not math.isfinite(total):
        raise InvalidArgumentError("data", data, "is so narrow that B leaves the range of floats", "wider data")
    return total


@checked
def best_stopping_time(data: Gaussian, *, fresh: float, error: float, exponent: float) -> float:
    """Return the stopping time at which bias and score error together are least, to leading order.

    Parameters
    ----------
    data : Gaussian
        p, other than N(0, I), which no stop moves.
    fresh : float
        Fresh fraction a, in (0, 1].
    error : float
        s > 0: a stop at t0 costs an innovation energy of ``s t0^-k`` in every generation, orthogonal to the others.
    exponent : float
        k > 0.

    Returns
    -------
    float
        t0.

    Raises
    ------
    InvalidArgumentError
        If a number is out of range, or the data is N(0, I).

    Notes
    -----
    ``[k s a/(2 B (2 - a))]^(1/(k + 2))`` minimises ``t0^2 B/a^2 + s t0^-k/(a (2 - a))``: biases of successive
    generations are aligned, errors orthogonal. The bias itself is that times 1 + O(t0/a): the answer is good for
    small s. Less fresh data wants a smaller t0. Source: *own* (theorem ``stopping``).

    Examples
    --------
    >>> import gausscollapse as gc
    >>> data = gc.Gaussian(0, 0.8)
    >>> times = [gc.retraining.best_stopping_time(data, fresh=a, error=1e-6, exponent=0.5) for a in (0.1, 0.9)]
    >>> [round(time, 4) for time in times]
    [0.0028, 0.0084]
    """
    share = as_number("fresh", fresh, above=0.0, at_most=1.0)
    size, power = as_number("error", error, above=0.0), as_number("exponent", exponent, above=0.0)
    bias = early_stopping_bias(data)
    if bias == 0.0:
        raise InvalidArgumentError("data", data, "is N(0, I), which early stopping leaves as it is", "other data")
    logs = math.log(power) + math.log(size) + math.log(share) - math.log(2.0 * (2.0 - share)) - math.log(bias)
    return math.exp(logs / (power + 2.0))

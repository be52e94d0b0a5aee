"""How fast refitted Gaussians collapse without fresh data, and when an amplifying channel has a heavy tail."""

from __future__ import annotations

import math

from gausscollapse.core.arguments import checked
from gausscollapse.core.validation import as_number, as_size

MOST = 10**6


@checked
def collapse_rate(samples: int, *, dim: int = 1, unbiased: bool = False) -> float:
    """Return how fast the log-determinant of a Gaussian falls that is refitted without fresh data.

    Parameters
    ----------
    samples : int
        Samples n of every generation, more than `dim`, up to 1000000.
    dim : int
        Dimension d, from 1 to 999999.
    unbiased : bool
        Whether covariances have the divisor n - 1; their mean then stays, and the typical one still dies.

    Returns
    -------
    float
        The limit of ``log det S_N / N``, in nats a generation; negative.

    Raises
    ------
    InvalidArgumentError
        If a number is out of range; with d samples or fewer there is no covariance.

    Notes
    -----
    ``sum_{j=1}^d psi((n - j)/2) + d log(2/n)`` for the maximum likelihood fit: ``det S'/det S`` is a product of
    independent chi-squared variables with n - j degrees of freedom, over n^d, and the law of large numbers gives the
    limit almost surely. About ``-d (d + 3)/(2 n)``, for d = 1 ``-2/n``, where the mean variance falls like
    ``(1 - 1/n)^N``, at half the rate: a typical run is narrower than the mean of all. With the divisor n - 1 it is
    ``d log(n/(n - 1))`` more. Source: *own* (theorem ``collapse-rate``); that it collapses: Shumailov et al. 2024.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> round(gc.retraining.collapse_rate(10), 4)
    -0.2206
    >>> round(gc.retraining.collapse_rate(10, unbiased=True), 4)
    -0.1152
    """
    from scipy.special import digamma

    # psi(m/2) - log(n/2) loses n roundings.
    d = as_size("dim", dim, at_least=1, each=1.0, unit="dimensions", most=MOST - 1)
    n = as_size("samples", samples, at_least=d + 1, each=1.0, unit="samples", most=MOST)
    divisor = n - 1.0 if unbiased else float(n)
    return math.fsum(float(digamma(0.5 * (n - j))) - math.log(0.5 * divisor) for j in range(1, d + 1))


@checked
def tail_exponent(gain: float, *, fresh: float) -> float:
    """Return the exponent of the tail of the limit law under an amplifying channel on the line.

    Parameters
    ----------
    gain : float
        F of the channel ``x -> F x + c + noise`` of every generation.
    fresh : float
        Fresh fraction a, in (0, 1].

    Returns
    -------
    float
        ``kappa``: ``P(|X| > x)`` falls like ``x^-kappa``, up to bounded factors; inf where the channel does not
        amplify, or all data is fresh.

    Raises
    ------
    InvalidArgumentError
        If the fresh fraction is not in (0, 1].

    Notes
    -----
    A model is k generations from the data with probability ``a (1 - a)^(k-1)``, and then ``|F|^k`` as wide:
    ``kappa = log(1/(1 - a))/log|F|``. The data has finite moments, such as a
    Gaussian; those of order m of the limit are finite if and only if ``(1 - a) |F|^m < 1``. Source: *own*.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> round(gc.retraining.tail_exponent(1.15, fresh=0.2), 5)
    1.5966
    """
    size = abs(as_number("gain", gain))
    share = as_number("fresh", fresh, above=0.0, at_most=1.0)
    if size <= 1.0 or share == 1.0:
        return math.inf
    return -math.log1p(-share) / math.log(size)


@checked
def critical_fresh(gain: float, *, moment: float = 2.0) -> float:
    """Return the fresh fraction above which the limit law under an amplifying channel has a finite moment.

    Parameters
    ----------
    gain : float
        F of the channel ``x -> F x + c + noise`` of every generation.
    moment : float
        Order of the moment, above 0; 2 is the variance.

    Returns
    -------
    float
        In [0, 1]: the moment is infinite at this fraction and below it; 0 where the channel does not amplify.

    Raises
    ------
    InvalidArgumentError
        If a number is out of range.

    Notes
    -----
    ``1 - |F|^-m``, from ``(1 - a) |F|^m < 1``; of the variance ``1 - 1/F^2``. Source: *own*.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> gc.retraining.critical_fresh(2.0)
    0.75
    """
    size = abs(as_number("gain", gain))
    order = as_number("moment", moment, above=0.0)
    return 0.0 if size <= 1.0 else -math.expm1(-order * math.log(size))

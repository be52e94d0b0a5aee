"""Mean and covariance of what a run of one channel tends to, and why the covariance is infinite where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import DimensionMismatchError, NotSupportedError
from gausscollapse.core.presentation import Presented
from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array, as_number, frozen
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining.channels import AffineChannel


@dataclass(frozen=True, eq=False, repr=False)
class LimitMoments(Presented):
    """Mean and covariance of the limit law of a run, where they are finite.

    Parameters
    ----------
    finite : bool or None
        Whether the covariance is finite; None where rounding leaves it open.
    reason : str
        Why, with the numbers that decide.
    critical_fresh : float
        ``alpha*``: the variance is infinite at this fresh fraction and below it; 0 where nothing is amplified.
    mean, cov : ndarray or None
        Of the limit, shapes (d,) and (d, d); None where the covariance is not known to be finite.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> amplify = gc.AffineChannel(1.25, 0, 0)
    >>> found = gc.retraining.limit_moments(gc.Gaussian(0, 1), amplify, fresh=0.2)
    >>> found.finite, round(found.critical_fresh, 4)
    (False, 0.36)
    >>> found.reason
    'the channel amplifies 1.25-fold, (1 - a) F^2 = 1.25 >= 1: the fresh fraction 0.2 is not above alpha* = 0.36'
    """

    finite: bool | None
    reason: str
    critical_fresh: float
    mean: Array | None
    cov: Array | None


@checked
def limit_moments(data: Law, channel: AffineChannel, *, fresh: float) -> LimitMoments:
    """Return mean and covariance of the law that a run of one channel and one fresh fraction tends to.

    Parameters
    ----------
    data : Gaussian or GaussianMixture
        Law p of the fresh data.
    channel : AffineChannel
        ``x -> F x + c + N(0, H)``, of every generation.
    fresh : float
        Fresh fraction a, in (0, 1].

    Returns
    -------
    LimitMoments
        With the reason where the covariance is infinite; the KL divergence of the limit from the data is then too,
        where these are Gaussian.

    Raises
    ------
    InvalidArgumentError
        If the fresh fraction is not in (0, 1].
    DimensionMismatchError
        If channel and data have other dimensions.
    NotSupportedError
        If the covariance leaves the range of floats.

    Notes
    -----
    ``mu = F (a m + (1 - a) mu) + c`` and ``V = F (a V_p + (1 - a) V + a (1 - a) (m - mu)(m - mu)^T) F^T + H``, finite
    if and only if ``(1 - a) rho(F)^2 < 1``, rho the spectral radius: in d = 1 decided without rounding. Source: *own*
    (theorem ``heavy-tails``).

    Examples
    --------
    Sampling that shrinks the variance to 0.81 of itself, with a fifth of the data fresh: the limit keeps 0.46 of it.

    >>> import gausscollapse as gc
    >>> found = gc.retraining.limit_moments(gc.Gaussian(0, 1), gc.AffineChannel(0.9, 0, 0), fresh=0.2)
    >>> found.cov.round(4)
    array([[0.4602]])
    """
    share = as_number("fresh", fresh, above=0.0, at_most=1.0)
    if channel.dim != data.dim:
        raise DimensionMismatchError("channel", channel, f"has dimension {channel.dim}", f"dimension {data.dim}")
    radius, error = _radius(channel.matrix)
    finite = _settles(channel.matrix, radius, error, share)
    critical = 0.0 if radius <= 1.0 else 1.0 - radius**-2.0
    reason = _reason(radius, share, critical, finite)
    if not finite:
        return LimitMoments(finite, reason, critical, None, None)
    return LimitMoments(finite, reason, critical, *_moments(data, channel, share))


def limit_finiteness(data: Law, channels: Sequence[AffineChannel], fresh: Array) -> str:
    """Return "finite", or why the variance of what a run of the last model tends to is infinite or not known."""
    if not all(channel == channels[0] for channel in channels) or not np.all(fresh == fresh[0]):
        return "not known: the channel or the fresh fraction changes"
    if fresh[0] == 0.0:
        return "not known: there is no fresh data"
    found = limit_moments(data, channels[0], fresh=float(fresh[0]))
    word = {True: "finite", False: "infinite: ", None: "not known: "}[found.finite]
    return word if found.finite else word + found.reason


def _radius(matrix: Array) -> tuple[float, float]:
    """Return the spectral radius and a bound of its relative error, by Bauer and Fike or by Elsner; 0 in d = 1."""
    if matrix.shape == (1, 1):
        return abs(float(matrix[0, 0])), 0.0
    values, vectors = np.linalg.eig(matrix)
    radius, size, dim = float(np.max(np.abs(values))), float(np.linalg.norm(matrix, 2)), len(matrix)
    if radius == 0.0:
        return 0.0, np.inf if size else 0.0
    # What eig computes are the eigenvalues of a matrix that is off by this much.
    off = 64.0 * EPS * dim * size
    condition = float(np.linalg.cond(vectors))
    elsner = (2.0 * size) ** (1.0 - 1.0 / dim) * off ** (1.0 / dim)
    return radius, min(condition * off if np.isfinite(condition) else np.inf, elsner) / radius


def _settles(matrix: Array, radius: float, error: float, share: float) -> bool | None:
    if matrix.shape == (1, 1):
        return (1 - Fraction(share)) * Fraction(radius) ** 2 < 1
    factor = (1.0 - share) * radius**2
    spread = factor * (2.0 * error + 8.0 * EPS)
    if not np.isfinite(spread) or abs(factor - 1.0) <= spread:
        return True if share == 1.0 else None
    return bool(factor < 1.0)


def _reason(radius: float, share: float, critical: float, finite: bool | None) -> str:
    factor = f"(1 - a) F^2 = {(1.0 - share) * radius**2:.4g}"
    if radius <= 1.0 and finite:
        return f"the channel amplifies nothing, and {factor} < 1"
    told = f"the channel amplifies {radius:.4g}-fold, {factor}"
    edge = f"alpha* = {critical:.4g}"
    if finite is None:
        return f"{told} is 1 within rounding: the fresh fraction {share:.4g} is at {edge}"
    if finite:
        return f"{told} < 1: the fresh fraction {share:.4g} is above {edge}"
    return f"{told} >= 1: the fresh fraction {share:.4g} is not above {edge}"


def _moments(data: Law, channel: AffineChannel, share: float) -> tuple[Array, Array]:
    from scipy.linalg import solve_discrete_lyapunov

    keep, matrix = 1.0 - share, channel.matrix
    eye = np.eye(data.dim)
    mean = np.linalg.solve(eye - keep * matrix, share * matrix @ data.mean + channel.offset)
    gap = data.mean - mean
    source = matrix @ (share * data.cov + share * keep * np.outer(gap, gap)) @ matrix.T + channel.noise
    cov = solve_discrete_lyapunov(np.sqrt(keep) * matrix, source)
    if not np.all(np.isfinite(cov)):
        raise NotSupportedError(
            "limit_moments: the covariance leaves the range of floats; accepted: a smaller channel"
        )
    return frozen(mean), frozen(np.asarray(0.5 * (cov + cov.T)))

"""Distances between laws, the same in both directions: one call each."""

from __future__ import annotations

from typing import Unpack

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import as_choice
from gausscollapse.divergences import _dispatch, closed
from gausscollapse.divergences._answer import answer, integrated, renyi_of_order
from gausscollapse.divergences._integral import Integral
from gausscollapse.divergences._laws import as_laws
from gausscollapse.divergences._settings import Options
from gausscollapse.laws.mixture import Law

HALF = Enclosure.exact(0.5, guarantee="certified")


def hellinger2(p: Law, q: Law, *, method: str = "auto", **options: Unpack[Options]) -> Enclosure:
    """Return the squared Hellinger distance, between 0 and 1.

    Parameters
    ----------
    p, q : Gaussian or GaussianMixture
        Laws of the same dimension.
    method, **options
        As in `kl`.

    Returns
    -------
    Enclosure
        Dimensionless value, symmetric in p and q.

    Raises
    ------
    DimensionMismatchError, UnknownNameError, InvalidArgumentError, NotSupportedError
        As in `kl`.

    Notes
    -----
    ``1 - int sqrt(p q)``, with the normalisation that makes 1 the greatest value; `bhattacharyya` is
    ``-log int sqrt(p q)``. Source: Tsybakov 2009, section 2.4.

    Examples
    --------
    For two unit Gaussians one apart it is ``1 - exp(-1/8)``:

    >>> import gausscollapse as gc
    >>> round(gc.hellinger2(gc.Gaussian(0, 1), gc.Gaussian(1, 1)).value, 10)
    0.1175030974
    """
    return integrated("hellinger2", Integral("gap", 0.5), closed.hellinger2, p, q, method, options)


def total_variation(p: Law, q: Law, *, method: str = "auto", **options: Unpack[Options]) -> Enclosure:
    """Return the total variation distance, between 0 and 1.

    Parameters
    ----------
    p, q : Gaussian or GaussianMixture
        Laws of the same dimension.
    method, **options
        As in `kl`. The closed form needs Gaussians of equal covariance; in d = 2 the tolerance is at least 3e-5.

    Returns
    -------
    Enclosure
        Dimensionless value, symmetric in p and q: the greatest difference of the probabilities of one event.

    Raises
    ------
    DimensionMismatchError, UnknownNameError, InvalidArgumentError, NotSupportedError
        As in `kl`.

    Notes
    -----
    ``int |p - q|/2``; with equal covariances ``erf(delta/sqrt(8))``, delta the Mahalanobis distance of the means. In
    d = 1 the certified answer is built from distribution functions between proved sign changes.
    Source: Tsybakov 2009, section 2.4.

    Examples
    --------
    Unit Gaussians one apart differ most on the half line beyond 1/2: ``2 Phi(1/2) - 1``.

    >>> import gausscollapse as gc
    >>> round(gc.total_variation(gc.Gaussian(0, 1), gc.Gaussian(1, 1)).value, 10)
    0.3829249225
    """
    return integrated("total_variation", Integral("variation"), closed.total_variation, p, q, method, options)


def bhattacharyya(p: Law, q: Law, *, method: str = "auto", **options: Unpack[Options]) -> Enclosure:
    """Return the Bhattacharyya distance in nats.

    Parameters
    ----------
    p, q : Gaussian or GaussianMixture
        Laws of the same dimension.
    method, **options
        As in `kl`.

    Returns
    -------
    Enclosure
        Value in nats, symmetric in p and q.

    Raises
    ------
    DimensionMismatchError, UnknownNameError, InvalidArgumentError, NotSupportedError
        As in `kl`.

    Notes
    -----
    ``-log int sqrt(p q)``, half the Renyi divergence of order 1/2. Source: Bhattacharyya 1943.

    Examples
    --------
    Between unit Gaussians one apart it is 1/8, and ``1 - exp(-1/8)`` is `hellinger2`:

    >>> import gausscollapse as gc
    >>> gc.bhattacharyya(gc.Gaussian(0, 1), gc.Gaussian(1, 1)).value
    0.125
    """
    renyi_half = renyi_of_order(0.5)
    return answer(
        "bhattacharyya",
        lambda p, q: _dispatch.between_gaussians(closed.bhattacharyya, p, q),
        lambda p, q, settings, plan: renyi_half(p, q, settings, plan) * HALF,
        p,
        q,
        method,
        options,
    )


def wasserstein2(p: Law, q: Law, *, method: str = "auto") -> Enclosure:
    """Return the 2-Wasserstein distance between Gaussians, a length (not its square).

    Parameters
    ----------
    p, q : Gaussian, or GaussianMixture of one component
        Laws of the same dimension.
    method : {"auto", "closed-form"}
        Both are the closed form.

    Returns
    -------
    Enclosure
        A length, symmetric in p and q.

    Raises
    ------
    DimensionMismatchError, UnknownNameError
        As in `kl`.
    NotSupportedError
        For mixtures of several components.

    Notes
    -----
    ``W^2 = |m_p - m_q|^2 + tr(S_p + S_q - 2 (S_p^{1/2} S_q S_p^{1/2})^{1/2})``.
    Source: Dowson and Landau 1982.

    Examples
    --------
    On the line means and standard deviations are moved apart like the sides of a right triangle, 3, 4 and 5:

    >>> import gausscollapse as gc
    >>> gc.wasserstein2(gc.Gaussian(0, 1), gc.Gaussian(3, 25)).value
    5.0
    """
    as_choice("method", method, ("auto", "closed-form"))
    first, second = as_laws(p, q)
    value = _dispatch.between_gaussians(closed.wasserstein2, first, second)
    if value is None:
        raise _dispatch.no_closed_form("wasserstein2", first, second)
    return value

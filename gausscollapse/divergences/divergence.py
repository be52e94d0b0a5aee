"""Divergences between laws, which have a direction: one call each."""

from __future__ import annotations

from typing import Unpack

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import as_number
from gausscollapse.divergences import _dispatch, closed, pair_sums
from gausscollapse.divergences._answer import answer, integrated, renyi_of_order
from gausscollapse.divergences._integral import Integral, renyi_of
from gausscollapse.divergences._settings import Options
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law


def kl(p: Law, q: Law, *, method: str = "auto", **options: Unpack[Options]) -> Enclosure:
    """Return the Kullback-Leibler divergence ``KL(p || q)`` in nats.

    Parameters
    ----------
    p, q : Gaussian or GaussianMixture
        Laws of the same dimension. Weights are taken as the stored floats divided by their exact sum.
    method : {"auto", "closed-form", "certified", "quadrature", "monte-carlo"}
        ``closed-form``: between Gaussians. ``certified`` (d = 1): ball arithmetic with proved tails. ``quadrature``
        (d = 1, 2): adaptive, with error estimates. ``monte-carlo``: importance sampling with a confidence interval.
        ``auto`` takes the first of them that there is; the answer's `method` says which.
    digits : int
        For ``certified``: relative decimal digits, 1 to 50, by default 12. Given with ``auto`` in d = 1 it asks for
        ``certified``. Beyond 15 digits the answer's `method` spells them out, since floats cannot.
    tolerance : float
        For ``quadrature``: relative tolerance, by default 1e-10 in d = 1 and 1e-7 in d = 2.
    rng : int or numpy.random.Generator
        For ``monte-carlo``: a seed, or a generator of which one 64-bit key is drawn; by default the seed 20260216.
    standard_error : float
        For ``monte-carlo``: goes on until the standard error of the integral is at most this (2^26 draws at most).
    draws : int
        For ``monte-carlo``: number of draws, by default 2^18, at most 2^26.
    confidence : float
        For ``monte-carlo``: probability of the interval, by default 0.999.

    Returns
    -------
    Enclosure
        Value in nats, interval, method and guarantee.

    Raises
    ------
    DimensionMismatchError
        If the dimensions differ.
    UnknownNameError, InvalidArgumentError
        If the method is unknown, or does not work in this dimension, or an option is out of range.
    NotSupportedError
        If a closed form is asked for where there is none.

    Notes
    -----
    ``KL(p || q) = int p log(p/q)``; between Gaussians
    ``(tr(S_q^{-1} S_p) - d - log det S_p/det S_q + (m_p - m_q)^T S_q^{-1} (m_p - m_q))/2``.
    Source: Kullback and Leibler 1951.

    Examples
    --------
    Between unit Gaussians it is half the squared distance of the means, whatever the dimension:

    >>> import gausscollapse as gc
    >>> gc.kl(gc.Gaussian(0, 1), gc.Gaussian(1, 1)).value
    0.5

    A mixture has no closed form. On the line the answer is proved; here it is split by the Gaussian of equal mean and
    variance: ``KL(p || q) = KL(p || N(0, 2)) + KL(N(0, 2) || q)``.

    >>> p, q = gc.GaussianMixture([0.5, 0.5], [-1, 1], 1), gc.Gaussian(0, 1)
    >>> answer = gc.kl(p, q)
    >>> print(answer.guarantee, round(answer.value, 10))
    certified 0.1631691797
    >>> fit = gc.Gaussian(0, 2)
    >>> round(gc.kl(p, fit).value + gc.kl(fit, q).value, 10)
    0.1631691797

    Other methods and more digits are asked for by name:

    >>> bool(gc.kl(p, q, method="quadrature").overlaps(answer))
    True
    >>> print(gc.kl(p, q, digits=30).method)
    ball arithmetic [0.16316917965316838799519520001711 +/- 3.06e-33]
    """
    return integrated("kl", Integral("kl"), closed.kl, p, q, method, options)


def jeffreys(p: Law, q: Law, *, method: str = "auto", **options: Unpack[Options]) -> Enclosure:
    """Return the Jeffreys divergence in nats: KL in both directions, added up.

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
    ``int (p - q) log(p/q) = KL(p || q) + KL(q || p)``. Source: Jeffreys 1946.

    Examples
    --------
    Two unit Gaussians one apart: half a nat in each direction.

    >>> import gausscollapse as gc
    >>> gc.jeffreys(gc.Gaussian(0, 1), gc.Gaussian(1, 1)).value
    1.0
    """
    return integrated("jeffreys", Integral("jeffreys"), closed.jeffreys, p, q, method, options)


def fisher_divergence(p: Law, q: Law, *, method: str = "auto", **options: Unpack[Options]) -> Enclosure:
    """Return the Fisher divergence: the mean squared difference of the two scores under p.

    Parameters
    ----------
    p, q : Gaussian or GaussianMixture
        Laws of the same dimension.
    method, **options
        As in `kl`.

    Returns
    -------
    Enclosure
        Value per squared length.

    Raises
    ------
    DimensionMismatchError, UnknownNameError, InvalidArgumentError, NotSupportedError
        As in `kl`.

    Notes
    -----
    ``E_p |grad log p - grad log q|^2``, without a factor 1/2; it is what score matching minimises.
    Source: Hyvarinen 2005.

    Examples
    --------
    Both scores fall with slope -1 and are one apart everywhere:

    >>> import gausscollapse as gc
    >>> gc.fisher_divergence(gc.Gaussian(0, 1), gc.Gaussian(1, 1)).value
    1.0
    """
    return integrated("fisher_divergence", Integral("fisher"), closed.fisher_divergence, p, q, method, options)


def _closed_chi2(p: Law, q: Law) -> Enclosure | None:
    if not isinstance(q, Gaussian):
        return None
    if isinstance(p, Gaussian):
        return closed.chi2(p, q)
    settled = _dispatch.settled(p, q, 2.0)
    return pair_sums.chi2(p, q) if settled is None else settled


def _closed_renyi(p: Law, q: Law, order: float) -> Enclosure | None:
    if isinstance(p, Gaussian) or not isinstance(q, Gaussian) or order != 2.0:
        return _dispatch.between_gaussians(lambda p, q: closed.renyi(p, q, order=order), p, q)
    settled = _dispatch.settled(p, q, 2.0)
    found = pair_sums.renyi(p, q) if settled is None else settled
    return renyi_of(pair_sums.chi2(p, q), "gap", 2.0) if found is None else found


def chi2(p: Law, q: Law, *, method: str = "auto", **options: Unpack[Options]) -> Enclosure:
    """Return the chi-squared divergence ``chi2(p || q)``, which may be infinite.

    Parameters
    ----------
    p, q : Gaussian or GaussianMixture
        Laws of the same dimension.
    method, **options
        As in `kl`; there is a closed form from every p where q is one Gaussian.

    Returns
    -------
    Enclosure
        Dimensionless value. Where it is infinite, `method` is the reason.

    Raises
    ------
    DimensionMismatchError, UnknownNameError, InvalidArgumentError, NotSupportedError
        As in `kl`.
    UndecidedError
        If neither finiteness nor divergence could be shown (d > 1, mixtures).

    Notes
    -----
    ``int p^2/q - 1 = E_q (p/q - 1)^2``. Finiteness is decided first: between Gaussians ``2 S_p^{-1} - S_q^{-1}`` must
    be positive definite; for mixtures see `decide`. ``KL <= log(1 + chi2)``. Beyond the range of floats the interval
    is ``[1.8e308, inf]``, which is no claim of divergence; ``renyi(order=2) = log(1 + chi2)`` has the number.
    Source: Pearson 1900; the sum over pairs of components is *own*.

    Examples
    --------
    Between unit Gaussians one apart ``int p^2/q = exp(1)``:

    >>> import gausscollapse as gc
    >>> round(gc.chi2(gc.Gaussian(0, 1), gc.Gaussian(1, 1)).value, 10)
    1.7182818285

    A symmetric pair of them gives ``cosh(1) - 1``, in closed form too:

    >>> p, q = gc.GaussianMixture([0.5, 0.5], [-1, 1], 1), gc.Gaussian(0, 1)
    >>> print(gc.chi2(p, q).guarantee, round(gc.chi2(p, q).value, 10))
    closed-form 0.5430806348

    With twice the variance or more the tails of p are too heavy, and the answer says so:

    >>> wide = gc.chi2(gc.Gaussian(0, 2), q)
    >>> print(wide.lower, "-", wide.method)
    inf - closed form between Gaussians (2 S_p^{-1} - S_q^{-1} is not positive definite)

    A number beyond the range of floats is not infinite; its logarithm is the Renyi divergence of order 2:

    >>> far = gc.Gaussian(100, 1)
    >>> print(f"{gc.chi2(far, q).lower:.1g}", gc.renyi(far, q, order=2).value)
    2e+308 10000.0
    """
    return answer("chi2", _closed_chi2, _dispatch.chi2, p, q, method, options, order=2.0)


def renyi(p: Law, q: Law, *, order: float, method: str = "auto", **options: Unpack[Options]) -> Enclosure:
    """Return the Renyi divergence ``D_a(p || q)`` of order a in nats.

    Parameters
    ----------
    p, q : Gaussian or GaussianMixture
        Laws of the same dimension.
    order : float
        a > 0; order 1 is `kl`.
    method, **options
        As in `kl`; of order 2 there is a closed form from every p where q is one Gaussian.

    Returns
    -------
    Enclosure
        Value in nats, increasing in the order. Where it is infinite, `method` is the reason.

    Raises
    ------
    DimensionMismatchError, UnknownNameError, InvalidArgumentError, NotSupportedError
        As in `kl`.
    UndecidedError
        For a > 1, as in `chi2`.

    Notes
    -----
    ``D_a = log(int p^a q^(1-a))/(a - 1)``. For a > 1 finiteness is decided first: between Gaussians
    ``a S_q + (1 - a) S_p`` must be positive definite. Source: Renyi 1961; Gil, Alajaji and Linder 2013.

    Examples
    --------
    Between unit Gaussians it is ``a |m_p - m_q|^2/2``, and of order 2 it is ``log(1 + chi2)``:

    >>> import gausscollapse as gc
    >>> p, q = gc.Gaussian(0, 1), gc.Gaussian(1, 1)
    >>> [round(gc.renyi(p, q, order=a).value, 10) for a in (0.5, 1, 2, 10)]
    [0.25, 0.5, 1.0, 5.0]
    """
    a = as_number("order", order, above=0.0)
    if a == 1.0:
        return kl(p, q, method=method, **options)

    return answer("renyi", lambda p, q: _closed_renyi(p, q, a), renyi_of_order(a), p, q, method, options, order=a)

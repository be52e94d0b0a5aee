"""Divergences between laws: one call each, which chooses the best method and says what it chose.

All answers are `Enclosure` objects, in nats where the quantity is logarithmic; ``inf`` is an answer. The methods:

- ``closed-form``: between Gaussians, and chi2 (and Renyi of order 2) of a mixture from one Gaussian.
- ``certified`` (d = 1): ball arithmetic with proved tails; ``digits=`` up to 50.
- ``quadrature`` (d = 1, 2): adaptive, with error estimates; ``tolerance=``.
- ``monte-carlo``: importance sampling with a confidence interval; ``rng=``, ``standard_error=``, ``draws=``,
  ``confidence=``.

``auto`` takes the closed form where there is one; else ``certified`` in d = 1, ``quadrature`` in d = 2 (Monte Carlo
where the components' scales differ too much for it) and ``monte-carlo`` beyond. Finiteness is decided before any
number is computed; where it cannot be decided `UndecidedError` says so.
"""

from __future__ import annotations

from typing import Unpack

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import as_choice, as_number
from gausscollapse.divergences import _dispatch, closed, pair_sums
from gausscollapse.divergences._dispatch import METHODS, Formula, Options, Settings
from gausscollapse.divergences._integral import Integral, renyi_of
from gausscollapse.divergences.bounds import chi2_bounds, kl_bounds
from gausscollapse.divergences.finiteness import Finiteness, decide
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture, Law

__all__ = [
    "METHODS",
    "Finiteness",
    "bhattacharyya",
    "chi2",
    "chi2_bounds",
    "decide",
    "fisher_divergence",
    "hellinger2",
    "jeffreys",
    "kl",
    "kl_bounds",
    "renyi",
    "total_variation",
    "wasserstein2",
]


def _divergence(
    name: str, integral: Integral, formula: Formula, p: Law, q: Law, method: str, options: Options
) -> Enclosure:
    settings = Settings.of(method, options)
    p, q = _dispatch.as_laws(p, q)
    closed_value = _dispatch.closed_form(formula, p, q)
    plan = settings.plan(p.dim, closed=closed_value is not None)
    if plan == "closed-form":
        if closed_value is None:
            raise _dispatch.no_closed_form(name, p, q)
        return closed_value
    settled = _dispatch.settled(p, q)
    return _dispatch.compute(integral, p, q, settings, plan) if settled is None else settled


def kl(p: Law, q: Law, *, method: str = "auto", **options: Unpack[Options]) -> Enclosure:
    """Return the Kullback-Leibler divergence ``KL(p || q) = int p log(p/q)`` in nats.

    Parameters
    ----------
    p, q : Gaussian or GaussianMixture
        Laws of the same dimension. Weights are taken as the stored floats divided by their exact sum.
    method : {"auto", "closed-form", "certified", "quadrature", "monte-carlo"}
        See the module. The answer names what was used.
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
        For ``monte-carlo``: number of draws, by default 2^18.
    confidence : float
        For ``monte-carlo``: probability of the interval, by default 0.999.

    Returns
    -------
    Enclosure
        Value, interval, method and guarantee.

    Raises
    ------
    DimensionMismatchError
        If the dimensions differ.
    UnknownNameError, InvalidArgumentError
        If the method is unknown, or does not work in this dimension, or an option is out of range.
    NotSupportedError
        If a closed form is asked for where there is none.
    """
    return _divergence("kl", Integral("kl"), closed.kl, p, q, method, options)


def jeffreys(p: Law, q: Law, *, method: str = "auto", **options: Unpack[Options]) -> Enclosure:
    """Return the Jeffreys divergence ``KL(p || q) + KL(q || p)`` in nats. As `kl` otherwise."""
    return _divergence("jeffreys", Integral("jeffreys"), closed.jeffreys, p, q, method, options)


def hellinger2(p: Law, q: Law, *, method: str = "auto", **options: Unpack[Options]) -> Enclosure:
    """Return the squared Hellinger distance ``1 - int sqrt(p q)``, between 0 and 1. As `kl` otherwise."""
    return _divergence("hellinger2", Integral("gap", 0.5), closed.hellinger2, p, q, method, options)


def total_variation(p: Law, q: Law, *, method: str = "auto", **options: Unpack[Options]) -> Enclosure:
    """Return the total variation distance ``int |p - q|/2``, between 0 and 1. As `kl` otherwise.

    There is a closed form between Gaussians of equal covariance. In d = 1 the certified answer is built from
    distribution functions between proved sign changes; in d = 2 the tolerance is at least 3e-5.
    """
    return _divergence("total_variation", Integral("variation"), closed.total_variation, p, q, method, options)


def fisher_divergence(p: Law, q: Law, *, method: str = "auto", **options: Unpack[Options]) -> Enclosure:
    """Return the Fisher divergence ``E_p |grad log p - grad log q|^2`` per squared length. As `kl` otherwise."""
    return _divergence("fisher_divergence", Integral("fisher"), closed.fisher_divergence, p, q, method, options)


def chi2(p: Law, q: Law, *, method: str = "auto", **options: Unpack[Options]) -> Enclosure:
    """Return the chi-squared divergence ``chi2(p || q) = int p^2/q - 1``, dimensionless.

    Finiteness is decided first: for Gaussians ``2 S_p^{-1} - S_q^{-1}`` must be positive definite; for mixtures see
    `decide`. An infinite answer gives the reason as its `method`. Parameters, returns and raises as in `kl`; besides,
    UndecidedError where finiteness could not be decided.
    """
    settings = Settings.of(method, options)
    p, q = _dispatch.as_laws(p, q)
    return _chi2(p, q, settings)


def _chi2(p: Law, q: Law, settings: Settings) -> Enclosure:
    plan = settings.plan(p.dim, closed=isinstance(q, Gaussian))
    if plan == "closed-form":
        if not isinstance(q, Gaussian):
            raise _dispatch.no_closed_form("chi2", p, q)
        if isinstance(p, Gaussian):
            return closed.chi2(p, q)
    settled = _dispatch.settled(p, q, 2.0)
    if settled is not None:
        return settled
    if plan == "closed-form" and isinstance(p, GaussianMixture) and isinstance(q, Gaussian):
        return pair_sums.chi2(p, q)
    return _dispatch.chi2(p, q, settings, plan)


def renyi(p: Law, q: Law, *, order: float, method: str = "auto", **options: Unpack[Options]) -> Enclosure:
    """Return the Renyi divergence ``D_a(p || q) = log(int p^a q^(1-a))/(a - 1)`` in nats.

    `order` is a > 0; order 1 is `kl`. For a > 1 finiteness is decided first, as for `chi2`: between Gaussians
    ``a S_q + (1 - a) S_p`` must be positive definite. Other parameters, returns and raises as in `chi2`.
    """
    a = as_number("order", order, above=0.0)
    if a == 1.0:
        return kl(p, q, method=method, **options)
    settings = Settings.of(method, options)
    p, q = _dispatch.as_laws(p, q)
    pair = isinstance(p, Gaussian) and isinstance(q, Gaussian)
    plan = settings.plan(p.dim, closed=pair or (a == 2.0 and isinstance(q, Gaussian)))
    if plan == "closed-form":
        if isinstance(p, Gaussian) and isinstance(q, Gaussian):
            return closed.renyi(p, q, order=a)
        if a == 2.0 and isinstance(q, Gaussian):
            return renyi_of(_chi2(p, q, settings), "gap", 2.0)
        raise _dispatch.no_closed_form("renyi", p, q)
    settled = _dispatch.settled(p, q, a)
    return _dispatch.renyi(p, q, a, settings, plan) if settled is None else settled


def bhattacharyya(p: Law, q: Law, *, method: str = "auto", **options: Unpack[Options]) -> Enclosure:
    """Return the Bhattacharyya distance ``-log int sqrt(p q)`` in nats. As `kl` otherwise."""
    first, second = _dispatch.as_laws(p, q)
    if isinstance(first, Gaussian) and isinstance(second, Gaussian):
        plan = Settings.of(method, options).plan(first.dim, closed=True)
        if plan == "closed-form":
            return closed.bhattacharyya(first, second)
    return renyi(p, q, order=0.5, method=method, **options) * Enclosure.exact(0.5, guarantee="certified")


def wasserstein2(p: Law, q: Law, *, method: str = "auto") -> Enclosure:
    """Return the 2-Wasserstein distance between Gaussians, a length (not its square).

    Raises NotSupportedError for mixtures of several components.
    """
    as_choice("method", method, ("auto", "closed-form"))
    first, second = _dispatch.as_laws(p, q)
    if isinstance(first, GaussianMixture) or isinstance(second, GaussianMixture):
        raise _dispatch.no_closed_form("wasserstein2", first, second)
    return closed.wasserstein2(first, second)

"""Divergences between laws: one call each, which chooses the best method and says what it chose.

All answers are `Enclosure` objects, in nats where the quantity is logarithmic; ``inf`` is an answer.
"""

from __future__ import annotations

from collections.abc import Callable

from gausscollapse._validation import as_choice, as_number
from gausscollapse.divergences import closed
from gausscollapse.exceptions import DimensionMismatchError, InvalidArgumentError, NotSupportedError
from gausscollapse.gaussian import Gaussian
from gausscollapse.mixture import GaussianMixture, Law
from gausscollapse.results import Enclosure

METHODS = ("auto", "closed-form")

__all__ = [
    "bhattacharyya",
    "chi2",
    "fisher_divergence",
    "hellinger2",
    "jeffreys",
    "kl",
    "renyi",
    "wasserstein2",
]


def _as_gaussian(argument: str, law: object, name: str) -> Gaussian:
    if isinstance(law, Gaussian):
        return law
    if not isinstance(law, GaussianMixture):
        raise InvalidArgumentError(argument, law, "is not a law", "a Gaussian or a GaussianMixture")
    if law.weights.size == 1:
        return law.components[0]
    raise NotSupportedError(
        f"{argument}: {name} has no closed form for a mixture of {law.weights.size} components; accepted: Gaussians"
    )


def _between(name: str, formula: Callable[[Gaussian, Gaussian], Enclosure], p: Law, q: Law, method: str) -> Enclosure:
    as_choice("method", method, METHODS)
    first, second = _as_gaussian("p", p, name), _as_gaussian("q", q, name)
    if first.dim != second.dim:
        raise DimensionMismatchError("q", q, f"has dimension {second.dim}", f"a law of dimension {first.dim}, as p")
    return formula(first, second)


def kl(p: Law, q: Law, *, method: str = "auto") -> Enclosure:
    """Return the Kullback-Leibler divergence ``KL(p || q) = int p log(p/q)`` in nats.

    Parameters
    ----------
    p, q : Gaussian or GaussianMixture
        Laws of the same dimension.
    method : str
        ``"auto"`` or ``"closed-form"``.

    Returns
    -------
    Enclosure
        Value, interval, method and guarantee.

    Raises
    ------
    DimensionMismatchError, UnknownNameError, NotSupportedError
        If the dimensions differ, the method is unknown, or there is no closed form.
    """
    return _between("kl", closed.kl, p, q, method)


def chi2(p: Law, q: Law, *, method: str = "auto") -> Enclosure:
    """Return the chi-squared divergence ``chi2(p || q) = int p^2/q - 1``, dimensionless.

    For Gaussians it is finite iff ``2 S_p^{-1} - S_q^{-1}`` is positive definite. Parameters, returns and raises
    as in `kl`.
    """
    return _between("chi2", closed.chi2, p, q, method)


def renyi(p: Law, q: Law, *, order: float, method: str = "auto") -> Enclosure:
    """Return the Renyi divergence ``D_a(p || q) = log(int p^a q^(1-a))/(a - 1)`` in nats.

    `order` is a > 0; order 1 is `kl`. For Gaussians it is finite iff ``a S_q + (1 - a) S_p`` is positive
    definite. Other parameters, returns and raises as in `kl`.
    """
    a = as_number("order", order, above=0.0)
    return _between("renyi", lambda first, second: closed.renyi(first, second, order=a), p, q, method)


def hellinger2(p: Law, q: Law, *, method: str = "auto") -> Enclosure:
    """Return the squared Hellinger distance ``1 - int sqrt(p q)``, between 0 and 1. As `kl` otherwise."""
    return _between("hellinger2", closed.hellinger2, p, q, method)


def bhattacharyya(p: Law, q: Law, *, method: str = "auto") -> Enclosure:
    """Return the Bhattacharyya distance ``-log int sqrt(p q)`` in nats. As `kl` otherwise."""
    return _between("bhattacharyya", closed.bhattacharyya, p, q, method)


def jeffreys(p: Law, q: Law, *, method: str = "auto") -> Enclosure:
    """Return the Jeffreys divergence ``KL(p || q) + KL(q || p)`` in nats. As `kl` otherwise."""
    return _between("jeffreys", closed.jeffreys, p, q, method)


def fisher_divergence(p: Law, q: Law, *, method: str = "auto") -> Enclosure:
    """Return the Fisher divergence ``E_p |grad log p - grad log q|^2`` per squared length. As `kl` otherwise."""
    return _between("fisher_divergence", closed.fisher_divergence, p, q, method)


def wasserstein2(p: Law, q: Law, *, method: str = "auto") -> Enclosure:
    """Return the 2-Wasserstein distance, a length (not its square). As `kl` otherwise."""
    return _between("wasserstein2", closed.wasserstein2, p, q, method)

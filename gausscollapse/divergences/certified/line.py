"""Divergences and distances of mixtures on the line whose parameters are given as exact rationals."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import UndecidedError
from gausscollapse.divergences._exact import LineLaw
from gausscollapse.divergences._integral import Integral
from gausscollapse.divergences.certified.integral import enclosure, integral_ball, renyi_ball
from gausscollapse.divergences.certified.transport import wasserstein1_ball, wasserstein2_ball
from gausscollapse.divergences.certified.variation import variation_ball


class LinePart(NamedTuple):
    """A component: weight, mean and variance."""

    weight: Fraction
    mean: Fraction
    variance: Fraction


def chi2_on_the_line(p: Sequence[LinePart], q: Sequence[LinePart], *, digits: int) -> Enclosure:
    """Return ``chi2(p || q)`` of two different mixtures; inf where a tail of p is too heavy, decided exactly.

    Parameters
    ----------
    p, q : sequence of LinePart
        Distinct components, weights with sum 1.
    digits : int
        Relative digits wanted.

    Raises
    ------
    UndecidedError
        If the work limit is reached.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from gausscollapse.divergences.certified.line import LinePart, chi2_on_the_line
    >>> here, there = (LinePart(Fraction(1), Fraction(mean), Fraction(1)) for mean in (1, 0))
    >>> round(chi2_on_the_line([here], [there], digits=10).value, 9)  # e - 1
    1.718281828
    """
    first, second = _laws(p, q)
    if first.dominant()[2] >= 2 * second.dominant()[2]:
        return Enclosure(float("inf"), float("inf"), float("inf"), "divergent", "certified")
    ball = integral_ball(Integral("gap", 2.0), first, second, digits=digits, guess=1.0)
    return enclosure(ball, digits=digits)


def _laws(p: Sequence[LinePart], q: Sequence[LinePart]) -> tuple[LineLaw, LineLaw]:
    first, second = (
        LineLaw(tuple(sorted((part.weight, part.mean, part.variance) for part in law))) for law in (p, q)
    )
    return first, second


def divergence_on_the_line(
    name: str, p: Sequence[LinePart], q: Sequence[LinePart], *, digits: int, guess: float = 1.0, order: float = 1.0
) -> Enclosure:
    """Return a divergence or a distance of two mixtures; 0 where they are equal.

    Parameters
    ----------
    name : {"KL", "Renyi", "Hellinger", "TV", "W1", "W2"}
        Hellinger and W2 are squares of distances; W2 is known to a hundredth or so.
    p, q : sequence of LinePart
        Distinct components, weights with sum 1.
    digits : int
        Relative digits wanted.
    guess : float
        Rough size of the answer; a bad one costs time and never correctness.
    order : float
        Of the Renyi divergence, above 1; it is infinite where a tail of p is too heavy, decided exactly.

    Raises
    ------
    UndecidedError
        If the work limit is reached.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from gausscollapse.divergences.certified.line import LinePart, divergence_on_the_line
    >>> here, there = (LinePart(Fraction(1), Fraction(mean), Fraction(1)) for mean in (1, 0))
    >>> [round(divergence_on_the_line(name, [here], [there], digits=10).value, 9) for name in ("KL", "W1")]
    [0.5, 1.0]
    """
    first, second = _laws(p, q)
    if first == second:
        return Enclosure.exact(0.0, "equal laws", "certified")
    if name == "W2":
        return _finite(name, wasserstein2_ball(first, second), digits)
    if name == "W1":
        return _finite(name, wasserstein1_ball(first, second, digits=digits, guess=guess), digits)
    if name == "TV":
        return enclosure(variation_ball(first, second, digits=digits, guess=guess), digits=digits, most=1.0)
    if name == "Renyi":
        if first.dominant()[2] * (Fraction(order) - 1) >= Fraction(order) * second.dominant()[2]:
            return Enclosure(float("inf"), float("inf"), float("inf"), "divergent", "certified")
        return enclosure(renyi_ball(first, second, order=order, digits=digits, guess=guess), digits=digits)
    kind, most = (Integral("kl"), float("inf")) if name == "KL" else (Integral("gap", 0.5), 1.0)
    return enclosure(integral_ball(kind, first, second, digits=digits, guess=guess), digits=digits, most=most)


def _finite(name: str, found: Any, digits: int) -> Enclosure:
    if not found.is_finite():
        raise UndecidedError(f"{name}: its quantiles could not be enclosed; accepted: laws nearer to each other")
    return enclosure(found, digits=digits)

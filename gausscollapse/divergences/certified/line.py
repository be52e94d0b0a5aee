"""Chi-squared of mixtures on the line whose parameters are given as exact rationals."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.divergences._exact import LineLaw
from gausscollapse.divergences._integral import Integral
from gausscollapse.divergences.certified.integral import enclosure, integral_ball


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
    first, second = (
        LineLaw(tuple(sorted((part.weight, part.mean, part.variance) for part in law))) for law in (p, q)
    )
    if first.dominant()[2] >= 2 * second.dominant()[2]:
        return Enclosure(float("inf"), float("inf"), float("inf"), "divergent", "certified")
    ball = integral_ball(Integral("gap", 2.0), first, second, digits=digits, guess=1.0)
    return enclosure(ball, digits=digits)

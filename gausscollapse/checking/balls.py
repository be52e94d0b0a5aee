"""Elementary functions of ball arithmetic that are removable quotients, evaluated tightly where they are monotone.

A ball here is python-flint's `arb`, a rigorous interval. A monotone function of a wide ball is the hull of its values
at the two exact ends, which avoids the widening of a formula that names its argument twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flint import arb

Ball = Any
# Below this size a quotient with a removable singularity is taken from its Taylor polynomial and a bound of the rest.
NEAR = arb(2) ** -20


def interval(low: float, high: float) -> Ball:
    """Return the smallest ball that holds [low, high]."""
    return arb(low).union(arb(high))


@dataclass(frozen=True)
class Form:
    """A linear form in balls with exact coefficients: what two of them share cancels before anything is rounded.

    Parameters
    ----------
    terms : mapping of str to (arb, arb, arb)
        By name: the coefficient, a ball, and a positive ball that multiplies it.
    """

    terms: Mapping[str, tuple[Ball, Ball, Ball]]

    @classmethod
    def of(cls, *, times: Ball = 1, **balls: Ball) -> Form:
        """Return the sum of some balls, each under its name, times a positive ball."""
        return cls({name: (arb(1), ball, arb(times)) for name, ball in balls.items()})

    def __add__(self, other: Form) -> Form:
        terms = dict(self.terms)
        for name, (factor, *ball) in other.terms.items():
            terms[name] = (terms[name][0] + factor if name in terms else factor, *ball)
        return Form({name: term for name, term in terms.items() if term[0] != 0})

    def __mul__(self, factor: float) -> Form:
        return Form({name: (arb(factor) * own, *ball) for name, (own, *ball) in self.terms.items()})

    __rmul__ = __mul__

    def __neg__(self) -> Form:
        return -1 * self

    def __sub__(self, other: Form) -> Form:
        return self + -other

    @property
    def sign_like(self) -> Ball:
        """The value of the form, without its positive multiplier where it has one term."""
        if len(self.terms) == 1:
            ((factor, ball, _),) = self.terms.values()
            return factor * ball
        return sum((factor * ball * times for factor, ball, times in self.terms.values()), arb(0))


def hull(function: Callable[[Ball], Ball], x: Ball) -> Ball:
    """Return the values of a monotone function on a ball."""
    return function(x.lower()).union(function(x.upper()))


def positive_product(*factors: Ball) -> Ball:
    """Return the product of numbers that are not negative: from that of the lower ends to that of the upper ones.

    A ball has its middle and its radius: the plain product of wide ones reaches below 0.
    """
    low, high = arb(1), arb(1)
    for factor in factors:
        low, high = low * arb.max(factor.lower(), arb(0)), high * factor.upper()
    return low.lower().union(high.upper())


def _alternating(x: Ball, coefficients: list[Ball], bound: int) -> Ball:
    """Return a Taylor polynomial at `x` with a rest of at most ``bound |x|^n``, n the number of coefficients."""
    total = arb(0)
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    rest = abs(x) ** len(coefficients) * bound
    return total + arb(0, rest.upper())


def exponential_ratio(x: Ball) -> Ball:
    """Return ``(e^x - 1)/x``, increasing in x."""

    def at(point: Ball) -> Ball:
        if abs(point) < NEAR:
            return _alternating(point, [arb(1), arb(1) / 2, arb(1) / 6, arb(1) / 24], 1)
        return point.expm1() / point

    return hull(at, x)


def exponential_remainder(x: Ball) -> Ball:
    """Return ``(e^x - 1 - x)/x^2``, increasing in x."""

    def at(point: Ball) -> Ball:
        if abs(point) < NEAR:
            return _alternating(point, [arb(1) / 2, arb(1) / 6, arb(1) / 24, arb(1) / 120], 1)
        return (point.expm1() - point) / point**2

    return hull(at, x)


def excess_ratio(x: Ball) -> Ball:
    """Return ``(x - log(1 + x))/x^2`` for x > -1, decreasing in x.

    It is twice the KL of a variance 1 + x from 1, over x^2.
    """

    def at(point: Ball) -> Ball:
        if abs(point) < NEAR:
            return _alternating(point, [arb(1) / 2, -arb(1) / 3, arb(1) / 4, -arb(1) / 5], 1)
        return (point - point.log1p()) / point**2

    return hull(at, x)


def reverse_excess_ratio(x: Ball) -> Ball:
    """Return ``(1/(1 + x) - 1 + log(1 + x))/x^2`` for x > -1, decreasing in x: the same with the laws exchanged."""

    def at(point: Ball) -> Ball:
        turned = -point / (1 + point)
        return excess_ratio(turned) / (1 + point) ** 2

    return hull(at, x)


def root_ratio(x: Ball) -> Ball:
    """Return ``((1 - x)^{-1/2} - 1)/x`` for x < 1, increasing in x: the chi-squared of variances, over x."""

    def at(point: Ball) -> Ball:
        root = (1 - point).sqrt()
        return 1 / (root * (1 + root))

    return hull(at, x)


def arctangent_ratio(x: Ball) -> Ball:
    """Return ``atan(sqrt x)/sqrt x``, and ``atanh(sqrt(-x))/sqrt(-x)`` for -1 < x < 0; decreasing in x."""

    def at(point: Ball) -> Ball:
        if abs(point) < NEAR:
            return _alternating(point, [arb(1), -arb(1) / 3, arb(1) / 5, -arb(1) / 7], 1)
        if point > 0:
            return point.sqrt().atan() / point.sqrt()
        return (-point).sqrt().atanh() / (-point).sqrt()

    return hull(at, x)


def square_integral(x: Ball) -> Ball:
    """Return ``int_0^1 ((1 - e^{-x v})/x)^2 dv``, decreasing in x: 1/3 at 0."""

    def at(point: Ball) -> Ball:
        if abs(point) < NEAR:
            return _alternating(point, [arb(1) / 3, -arb(1) / 4, arb(7) / 60, -arb(1) / 24], 1)
        return (point + 2 * (-point).expm1() - (-2 * point).expm1() / 2) / point**3

    return hull(at, x)

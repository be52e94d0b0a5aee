"""Mixture densities and integrands on balls of the complex plane, for rigorous integration by Arb.

``log p`` is evaluated as ``a_r + log(1 + sum exp(a_k - a_r))`` with ``a_k`` the log of a weighted component and r
the greatest at the middle of the box. On the real line that is the real logarithm, and inside a box where the
argument of the logarithm avoids its cut it is the analytic continuation of it, whichever r is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import acb, arb, ctx, fmpq

from gausscollapse.divergences._exact import LineLaw
from gausscollapse.divergences._integral import Integral

Integrand = Callable[[Any, bool], Any]


def ball(number: Any) -> Any:
    """Return the ball around an exact rational at the working precision."""
    return arb(fmpq(number.numerator, number.denominator))


def logarithm(x: Any, analytic: bool) -> Any:
    """Return log x; where `analytic` is set, a non-finite ball unless x avoids the cut."""
    return x.log(analytic=analytic)


def absolute(x: Any, analytic: bool) -> Any:
    """Return the analytic continuation of |x| from the reals; non-finite where x touches the imaginary axis."""
    return x.real_abs(analytic=analytic)


class BallLaw:
    """A mixture on the line at the working precision of the moment."""

    def __init__(self, law: LineLaw) -> None:
        two_pi = 2 * arb.pi()
        self.terms = [
            (ball(w).log() - (two_pi * ball(v)).log() / 2, ball(m), -1 / (2 * ball(v))) for w, m, v in law.components
        ]
        self._floats = [(float(c), float(m), float(h)) for c, m, h in self.terms]
        self._least = -arb(2).log() * (ctx.prec + 20)
        self._rest = arb(0, 1) * arb(2) ** (-ctx.prec - 20)

    def _exponents(self, x: Any) -> tuple[int, list[Any]]:
        middle = float(x.real.mid())
        heights = [c + h * (middle - m) ** 2 for c, m, h in self._floats]
        exponents = []
        for c, m, h in self.terms:
            d = x - m
            exponents.append(d * d * h + c)
        return heights.index(max(heights)), exponents

    def _ratios(self, exponents: list[Any], reference: int) -> list[Any]:
        """Return ``exp(a_k - a_r)``; below the working precision a ball around 0 that holds it."""
        ratios = []
        for index, exponent in enumerate(exponents):
            if index == reference:
                ratios.append(acb(1))
                continue
            shift = exponent - exponents[reference]
            ratios.append(acb(self._rest, self._rest) if shift.real < self._least else shift.exp())
        return ratios

    def log(self, x: Any, analytic: bool) -> Any:
        """Return ``log p`` on the box x."""
        if len(self.terms) == 1:
            return self._exponents(x)[1][0]
        reference, exponents = self._exponents(x)
        return exponents[reference] + logarithm(sum(self._ratios(exponents, reference), acb(0)), analytic)

    def log_and_score(self, x: Any, analytic: bool) -> tuple[Any, Any]:
        """Return ``log p`` and its derivative; the quotient is non-finite where its denominator holds 0."""
        reference, exponents = self._exponents(x)
        ratios = self._ratios(exponents, reference)
        total = sum(ratios, acb(0))
        slopes = (ratio * (x - m) * h * 2 for ratio, (_, m, h) in zip(ratios, self.terms, strict=True))
        return exponents[reference] + logarithm(total, analytic), sum(slopes, acb(0)) / total


def integrand(integral: Integral, p: BallLaw, q: BallLaw) -> Integrand:
    """Return the integrand of `integral` as a function of a box and of Arb's `analytic` flag."""
    kind = integral.kind

    def kl(x: Any, analytic: bool) -> Any:
        first, second = p.log(x, analytic), q.log(x, analytic)
        return first.exp() * (first - second - 1) + second.exp()

    def jeffreys(x: Any, analytic: bool) -> Any:
        first, second = p.log(x, analytic), q.log(x, analytic)
        return (first.exp() - second.exp()) * (first - second)

    order = arb(integral.order)
    rest = 1 - order

    def power(x: Any, analytic: bool) -> Any:
        return (p.log(x, analytic) * order + q.log(x, analytic) * rest).exp()

    def gap(x: Any, analytic: bool) -> Any:
        first, second = p.log(x, analytic), q.log(x, analytic)
        difference = (first * order + second * rest).exp() - first.exp() * order - second.exp() * rest
        return difference if integral.order > 1.0 else -difference

    def half_square(x: Any, analytic: bool) -> Any:
        root = (p.log(x, analytic) / 2).exp() - (q.log(x, analytic) / 2).exp()
        return root * root / 2

    def square_ratio(x: Any, analytic: bool) -> Any:
        first, second = p.log(x, analytic), q.log(x, analytic)
        root = (first - second / 2).exp() - (second / 2).exp()
        return root * root

    def variation(x: Any, analytic: bool) -> Any:
        return absolute(p.log(x, analytic).exp() - q.log(x, analytic).exp(), analytic) / 2

    def fisher(x: Any, analytic: bool) -> Any:
        log, score = p.log_and_score(x, analytic)
        difference = score - q.log_and_score(x, analytic)[1]
        return log.exp() * difference * difference

    if kind == "gap" and integral.order == 0.5:
        return half_square
    if kind == "gap" and integral.order == 2.0:
        return square_ratio
    table = {"kl": kl, "jeffreys": jeffreys, "power": power, "gap": gap, "variation": variation, "fisher": fisher}
    return table[kind]


def integrate(function: Integrand, low: float, high: float, *, relative: Any, floor: Any) -> Any:
    """Return a ball that holds ``int function`` over [low, high] (real part; the integrand is real there)."""
    return acb.integral(function, acb(low), acb(high), rel_tol=relative, abs_tol=floor).real

r"""Certified total variation on the line: ``|p - q|`` is not analytic where p = q, so signs are proved instead.

The line is cut into intervals. On an interval where p - q has one proved sign, ``int |p - q|`` is the difference
of two distribution functions, by erfc. Where the sign is not known yet the interval is halved, until
``sup |p - q|`` is below the tolerance over the length of the line's middle; such an interval counts between 0 and
its width times that supremum, as both tails count between 0 and their mass. Signs and suprema come from Taylor's
formula ``f(x) in sum_{i<n} f_i (x - c)^i + f_n(X) (x - c)^n`` with balls f_i of the scaled derivatives at the
middle c and f_n over the interval X, so that nearly equal densities, whose difference is far below either, are told
apart on wide intervals.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Protocol

from flint import arb, arb_series, ctx

from gausscollapse.divergences._exact import LineLaw
from gausscollapse.divergences._integral import Integral
from gausscollapse.divergences.certified.balls import ball
from gausscollapse.divergences.certified.tails import RightTail

ORDER = 6
ATTEMPTS, GUARD = 6, 60
LARGEST_COUNT = 100_000


class Signed(Protocol):
    """An analytic function on the line with a known integral."""

    def on(self, low: Any, high: Any) -> Any:
        """Return a ball that holds it on [low, high]."""

    def integral(self, low: Any, high: Any) -> Any:
        """Return its integral over [low, high]."""


class Difference:
    """``p - q`` and its integral, on balls."""

    def __init__(self, p: LineLaw, q: LineLaw) -> None:
        signed: dict[tuple[Fraction, Fraction], Fraction] = {}
        for law, sign in ((p, 1), (q, -1)):
            for w, m, v in law.components:
                signed[m, v] = signed.get((m, v), Fraction(0)) + sign * w
        # components that both laws have cancel exactly
        self.terms = [
            (ball(w) / (2 * arb.pi() * ball(v)).sqrt(), ball(w) / 2, ball(m), ball(v))
            for (m, v), w in signed.items()
            if w
        ]

    def series(self, x: Any) -> list[Any]:
        """Return the Taylor coefficients of p - q about x up to `ORDER`."""
        total = arb_series([0])
        for height, _, mean, variance in self.terms:
            shift = x - mean
            exponent = arb_series([-shift * shift / (2 * variance), -shift / variance, -1 / (2 * variance)])
            total += height * exponent.exp()
        return [total[i] for i in range(ORDER + 1)]

    def on(self, low: Any, high: Any) -> Any:
        """Return a ball that holds p - q on [low, high]."""
        centre = ((low + high) / 2).mid()
        radius = (high - low) / 2
        offset = arb(0, 1) * radius
        coefficients = self.series(centre)
        coefficients[ORDER] = self.series(centre + offset)[ORDER]
        value = arb(0)
        for coefficient in reversed(coefficients):
            value = value * offset + coefficient
        return value

    def integral(self, low: Any, high: Any) -> Any:
        """Return ``int_low^high (p - q)``."""
        total = arb(0)
        for _, half, mean, variance in self.terms:
            root = (2 * variance).sqrt()
            a, b = (low - mean) / root, (high - mean) / root
            # erfc of the side where neither term is near 2
            total += half * (a.erfc() - b.erfc() if a > 0 else (-b).erfc() - (-a).erfc())
        return total


def variation_ball(p: LineLaw, q: LineLaw, *, digits: int, guess: float) -> Any:
    """Return a ball that holds ``int |p - q|/2``, aiming at `digits` relative decimal digits.

    Parameters
    ----------
    p, q : LineLaw
        Laws with exact parameters.
    digits : int
        Relative digits wanted.
    guess : float
        Rough size of the answer; a bad one costs time or digits and never correctness.

    Returns
    -------
    arb
        The enclosure, with ends in [0, 1].
    """
    integral = Integral("variation")
    tails = RightTail(integral, p, q), RightTail(integral, p.reflected(), q.reflected())
    found = size_ball(
        lambda: Difference(p, q), tails, share=0.5, finest=finest_deviation(p, q), digits=digits, guess=guess
    )
    return found.intersection(arb(0).union(arb(1)))


def finest_deviation(p: LineLaw, q: LineLaw) -> float:
    """Return the standard deviation of the narrowest component."""
    return math.sqrt(min(variance for law in (p, q) for *_, variance in law.components))


def size_ball(
    function: Callable[[], Signed],
    tails: tuple[RightTail, RightTail],
    *,
    share: float,
    finest: float,
    digits: int,
    guess: float,
) -> Any:
    """Return a ball that holds ``share int |f|``, aiming at `digits` relative decimal digits.

    Parameters
    ----------
    function : callable
        Makes f at the working precision, which is raised until the digits are there.
    tails : pair of RightTail
        Bounds of ``share int |f|`` on the right and, reflected, on the left.
    share : float
        A power of 2.
    finest : float
        The least length on which f changes: a point far out is told to a part of it.
    digits : int
        Relative digits wanted.
    guess : float
        Rough size of the answer; a bad one costs time or digits and never correctness.
    """
    wanted, scale = arb(10) ** -digits, arb(guess) if 0.0 < guess < math.inf else arb(1)
    best, old = None, (ctx.prec, ctx.cap)
    try:
        ctx.cap = ORDER + 1
        for _ in range(ATTEMPTS):
            ctx.prec = math.ceil(digits * math.log2(10)) + GUARD - min(0, _size(scale))
            target = scale * wanted / 8
            (right, right_tail), (left, left_tail) = (tail.cut(0.0, target) for tail in tails)
            ctx.prec += max(0, math.ceil(math.log2((left + right) / finest)))
            proved, doubt = (part * share for part in size_between(function(), -left, right, target))
            found = proved.union(proved + doubt + right_tail + left_tail)
            best = found if best is None else best.intersection(found)
            if best.rad() <= best.lower() * wanted:
                break
            scale = proved.lower() if proved.lower() > 0 else scale * arb(2) ** -40
        return best
    finally:
        ctx.prec, ctx.cap = old


def _size(x: Any) -> int:
    mantissa, exponent = x.mid().man_exp()
    return int(exponent) + int(mantissa).bit_length()


def size_between(function: Signed, low: float, high: float, target: Any) -> tuple[Any, Any]:
    """Return ``int |f|`` over the intervals of proved sign, and an upper bound of that over all others.

    Parameters
    ----------
    function : Signed
        f.
    low, high : float
        Ends of the line's middle.
    target : arb
        What the bound aims at.
    """
    start, end = arb(low), arb(high)
    level = target / (end - start)
    stack = [(start, end)]
    runs: list[list[Any]] = []
    doubt = arb(0)
    count = 0
    while stack:
        a, b = stack.pop()
        count += 1
        value = function.on(a, b)
        sign = 1 if value > 0 else -1 if value < 0 else 0
        if sign == 0:
            most = abs(value).upper()
            if most <= level or count > LARGEST_COUNT:
                doubt += most * (b - a)
                continue
            middle = ((a + b) / 2).mid()
            stack += [(middle, b), (a, middle)]
        elif runs and runs[-1][2] == sign and bool(runs[-1][1] == a):
            runs[-1][1] = b
        else:
            runs.append([a, b, sign])
    mass = sum((sign * function.integral(a, b) for a, b, sign in runs), arb(0))
    return mass, doubt.upper()

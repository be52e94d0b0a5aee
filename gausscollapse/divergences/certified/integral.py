r"""Certified divergences on the line: ball arithmetic for the middle, proved bounds for the tails.

For laws in d = 1 and an integrand f >= 0 of `Integral`,

``int f = int_a^b f + int_{-inf}^a f + int_b^inf f``. The first term is enclosed by Arb's adaptive Gauss-Legendre
integration (Johansson 2018, "Numerical integration in arbitrary-precision ball arithmetic"), whose error bound needs
f analytic on complex neighbourhoods: every logarithm and absolute value forwards the `analytic` flag and answers
with a non-finite ball where its argument meets the cut. The other two lie between 0 and the bounds derived in
`tails`. So ``[lower, upper]`` is a theorem about the laws whose parameters are the stored binary floats, exactly,
with weights divided by their exact sum.

The working precision, the cut-offs and the tolerances are guesses that a loop improves; no guess enters the proof.
"""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from typing import Any

from flint import arb, ctx

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import UndecidedError
from gausscollapse.divergences._exact import LineLaw
from gausscollapse.divergences._integral import Integral
from gausscollapse.divergences.certified import balls
from gausscollapse.divergences.certified.tails import RightTail

LARGEST_PRECISION = 4000
ATTEMPTS = 10
LARGEST_WORK = 400_000
USEFUL = 1e-3
METHOD = "ball arithmetic"


def _start(p: LineLaw, q: LineLaw, nats: float) -> float:
    reach = math.sqrt(2.0 * nats)
    return max(float(m) + reach * math.sqrt(float(v)) for law in (p, q) for _, m, v in law.components)


def integral_ball(
    integral: Integral, p: LineLaw, q: LineLaw, *, digits: int, guess: float, log_guess: float = 0.0
) -> Any:
    """Return a ball that holds the integral, which must be finite, aiming at `digits` relative decimal digits.

    Parameters
    ----------
    integral : Integral
        What to integrate.
    p, q : LineLaw
        Laws with exact parameters.
    digits : int
        Relative digits wanted. The ball is wider only where the largest working precision did not do.
    guess : float
        Rough size of the answer, to start from; a bad one costs time and never correctness.
    log_guess : float
        Its logarithm, where the guess is beyond the range of floats.

    Returns
    -------
    arb
        The enclosure, with a non-negative lower end.

    Raises
    ------
    UndecidedError
        If `LARGEST_WORK` evaluations of components did not give a relative width of `USEFUL`.
    """
    wanted = arb(10) ** -digits
    # the integrator meets its tolerance on every panel, not on their sum
    relative = wanted / 200
    scale = arb(guess) if 0.0 < guess < math.inf else arb(log_guess).exp().mid()
    bits = math.ceil(digits * math.log2(10)) + 40 + balls.guard_bits(p, q)
    direct, reflected = (RightTail(integral, p, q), RightTail(integral, p.reflected(), q.reflected()))
    best = arb.pos_inf()
    budget = balls.Budget(LARGEST_WORK // (len(p.components) + len(q.components)))
    old = ctx.prec
    try:
        for _ in range(ATTEMPTS):
            # the integrand is a difference of terms of order one
            ctx.prec = bits + max(0, -_exponent(scale))
            target = scale * relative
            nats = 5.0 + max(0.0, -math.log(2.0) * _exponent(target))
            right, right_tail = direct.cut(_start(p, q, nats), target)
            left, left_tail = reflected.cut(_start(p.reflected(), q.reflected(), nats), target)
            function = balls.integrand(integral, balls.BallPair(p, q))
            middle = budget.integrate(function, -left, right, relative=relative, floor=target)
            total = _nonnegative(middle.union(middle + right_tail + left_tail))
            if total.is_finite():
                best = best.intersection(total) if best.is_finite() else total
            if best.is_finite() and best.rad() <= best.lower() * wanted:
                break
            if middle.is_finite() and middle.rad() * 4 < middle.mid():
                scale = middle.mid()
                relative /= 100
                bits += 20
            else:
                bits *= 2
                scale = scale.min(middle.rad()) if middle.is_finite() else scale
            if bits > LARGEST_PRECISION or budget.left <= 0:
                break
        tight = best.is_finite() and best.rad() <= best.lower() * USEFUL
        if not best.is_finite() or (budget.left <= 0 and not tight):
            raise UndecidedError(
                f"certified {integral.kind}: the work limit of {LARGEST_WORK} component evaluations was reached "
                "before the integral was enclosed; accepted: method='quadrature'"
            )
        return best
    finally:
        ctx.prec = old


def _exponent(x: Any) -> int:
    """Return about the binary exponent of a positive ball."""
    mantissa, exponent = x.mid().man_exp()
    return int(exponent) + int(mantissa).bit_length()


def _nonnegative(x: Any) -> Any:
    if not x.is_finite() or x.lower() >= 0:
        return x
    return arb(0).union(x.upper()) if x.upper() > 0 else x


def ends(x: Any) -> tuple[float, float]:
    """Return the floats just outside both ends of a ball."""
    return _rounded(x.lower(), -1), _rounded(x.upper(), 1)


def _rounded(end: Any, side: int) -> float:
    if not end.is_finite():
        return math.inf if end > 0 else -math.inf
    mantissa, exponent = (int(part) for part in end.man_exp())
    if mantissa == 0:
        return 0.0
    sign = 1 if mantissa > 0 else -1
    if exponent + mantissa.bit_length() > 1100:
        return sign * (math.inf if side == sign else sys.float_info.max)
    if exponent + mantissa.bit_length() < -1100:
        return sign * (5e-324 if side == sign else 0.0)
    exact = Fraction(mantissa) * Fraction(2) ** exponent
    try:
        nearest = float(exact)
    except OverflowError:
        nearest = sign * math.inf
    while nearest != exact and (nearest > exact) == (side < 0):
        nearest = math.nextafter(nearest, side * math.inf)
    if math.isinf(nearest) and (nearest > 0) != (side > 0):
        nearest = math.nextafter(nearest, 0.0)
    return nearest


def enclosure(x: Any, *, digits: int, least: float = 0.0, most: float = math.inf, note: str = "") -> Enclosure:
    """Return the enclosure of floats around a ball; beyond 15 digits the method's name spells the ball out."""
    # Infinity alone is an answer; the logarithm of a ball that holds 0 says nothing.
    if not (x.is_finite() or x == arb.pos_inf()):
        raise UndecidedError("method = 'certified': encloses nothing here; accepted: method='quadrature'")
    low, high = ends(x)
    low, high = max(low, least), min(high, most)
    spelled = f" {x.str(digits + 2)}" if digits > 15 else ""
    method = f"{METHOD}{spelled}{note}"
    if math.isinf(high) and x.is_finite():
        method += f" (finite, beyond the range of floats: its natural logarithm is {x.log().str(12)})"
    value = high if math.isinf(high) else min(max(_rounded(x.mid(), 1), low), high)
    return Enclosure(value, low, high, method, "certified")


def renyi_ball(p: LineLaw, q: LineLaw, *, order: float, digits: int, guess: float, log_guess: float = 0.0) -> Any:
    """Return a ball that holds ``log(int p^a q^(1-a))/(a - 1)``, finite and a not 1, in nats.

    `guess` is the rough size of the integral of ``gap``. The integral is 1 plus or minus that of ``gap``, which
    keeps its relative digits for near laws; far apart and a < 1 it is integrated itself.
    """
    a = arb(order)
    if order < 1.0 and guess > 0.9:
        integral = Integral("power", order)
        ball = integral_ball(integral, p, q, digits=digits + 1, guess=max(1.0 - guess, 1e-300))
        with_bits = 64 + math.ceil(3.33 * digits)
        return _with_precision(with_bits, lambda: _nonnegative(ball.log() / (a - 1)))
    ball = integral_ball(Integral("gap", order), p, q, digits=digits + 1, guess=guess, log_guess=log_guess)
    with_bits = 64 + math.ceil(3.33 * digits)
    signed = ball if order > 1.0 else -ball
    return _with_precision(with_bits, lambda: _nonnegative(signed.log1p() / (a - 1)))


def _with_precision(bits: int, work: Any) -> Any:
    old, ctx.prec = ctx.prec, bits
    try:
        return work()
    finally:
        ctx.prec = old

"""Rigorous bounds of the two tails of every integrand, in ball arithmetic.

All bounds are for ``int_b^inf``; the left tail is the right tail of the reflected laws. With ``u = (b - m)/s``,
``Q = erfc(u/sqrt 2)/2`` and phi the standard normal density, for ``b >= m``:
``int_b^inf N = Q``, ``int_b^inf (x - m) N = s phi(u)``, ``int_b^inf (x - m)^2 N = s^2 (u phi(u) + Q)``.
Write P and R for the tails of p and q, and v_j M_j for the components of q.

- ``kl``: ``p t - p + q <= p max(t, 0) + q``, and ``t <= log sup p - log(v_j M_j(x))`` for any j; with
  ``(x - mu_j)^2 <= (x - m_k)^2 + 2|m_k - mu_j|(x - m_k) + (m_k - mu_j)^2`` each component of p leaves a
  quadratic with non-negative coefficients against a Gaussian.
- ``jeffreys``: the two ``kl`` integrands add up to it.
- ``gap``, a < 1: at most ``a P + (1 - a) R``. ``power``, a < 1: at most ``P^a R^(1-a)`` (Hoelder).
- ``gap``, a > 1: at most ``int p^a q^(1-a) + (a - 1) R``; by Jensen ``p^a <= sum w_k N_k^a``, and
  ``q^(1-a) <= (v_j M_j)^(1-a)``, j free for each k. The product is ``exp(g)`` with g concave quadratic, and
  ``int_b^inf exp(g) <= exp(g(b))/(-g'(b))`` once ``g'(b) < 0``.
- ``variation``: at most ``(P + R)/2``.
- the difference of two distribution functions: at most ``E (X - b)^+ + E (Y - b)^+``, each below ``s phi(u)``.
- ``fisher``: beyond every mean a score is a mean of ``-(x - m)/v`` over components, so both lie between
  ``-(x - min m)/min v`` and 0, and so does their difference in size.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from flint import arb, ctx

from gausscollapse.divergences._exact import LineLaw
from gausscollapse.divergences._integral import Integral
from gausscollapse.divergences.certified.balls import ball

TAIL_BITS = 80
GROWTH = 1.15


def _moments(b: Any, mean: Any, deviation: Any) -> tuple[Any, Any, Any]:
    """Return ``int_b^inf (x - m)^i N`` for i = 0, 1, 2 and b >= m."""
    u = (b - mean) / deviation
    density = (-u * u / 2).exp() / (2 * arb.pi()).sqrt()
    mass = (u / arb(2).sqrt()).erfc() / 2
    return mass, deviation * density, deviation * deviation * (u * density + mass)


class RightTail:
    """Upper bounds of ``int_b^inf`` of one integrand, for b beyond every mean."""

    def __init__(self, integral: Integral, p: LineLaw, q: LineLaw) -> None:
        self.integral = integral
        self.p, self.q = self._balls(p), self._balls(q)
        self.widest_p, self.widest_q = (self._balls(LineLaw((law.dominant(),)))[0] for law in (p, q))
        every = [*p.components, *q.components]
        self.last_mean = max(float(m) for _, m, _ in every)
        self.first_mean, self.least_variance = ball(min(m for _, m, _ in every)), ball(min(v for _, _, v in every))
        a = Fraction(integral.order)
        self.concave = [[a / v >= (a - 1) / variance for _, _, variance in q.components] for _, _, v in p.components]

    @staticmethod
    def _balls(law: LineLaw) -> list[tuple[Any, Any, Any, Any]]:
        return [(ball(w), ball(m), ball(v), ball(v).sqrt()) for w, m, v in law.components]

    @staticmethod
    def _mass(law: list[tuple[Any, Any, Any, Any]], b: Any) -> Any:
        return sum((w * _moments(b, m, s)[0] for w, m, _, s in law), arb(0))

    def _positive_log_ratio(self, first: Any, widest: Any, b: Any) -> Any:
        """Bound ``int_b^inf first max(log first/second, 0)``; `widest` is a component of the second law."""
        root = (2 * arb.pi()).sqrt()
        height = sum((w / (s * root) for w, _, _, s in first), arb(0))
        weight, centre, variance, deviation = widest
        level = (height.log() - weight.log() + (root * deviation).log()).max(arb(0))
        total = arb(0)
        for w, m, _, s in first:
            gap = abs(m - centre)
            mass, one, two = _moments(b, m, s)
            total += w * (level * mass + (two + 2 * gap * one + gap * gap * mass) / (2 * variance))
        return total

    def _power(self, b: Any) -> Any:
        """Bound ``int_b^inf p^a q^(1-a)`` for a > 1, or return infinity where b is too small."""
        a = arb(self.integral.order)
        two_pi = 2 * arb.pi()
        total = arb(0)
        for (w, m, v, _), concave in zip(self.p, self.concave, strict=True):
            best = None
            for (weight, centre, variance, _), allowed in zip(self.q, concave, strict=True):
                slope = -(a * (b - m) / v - (a - 1) * (b - centre) / variance)
                if not (allowed and slope < 0):
                    continue
                height = -a * ((b - m) ** 2 / v + (two_pi * v).log()) / 2
                height += (a - 1) * ((b - centre) ** 2 / variance + (two_pi * variance).log()) / 2
                bound = w * (height + (1 - a) * weight.log()).exp() / -slope
                best = bound if best is None or bound < best else best
            if best is None:
                return arb.pos_inf()
            total += best
        return total

    def bound(self, place: float) -> Any:
        """Return an upper bound of the tail beyond `place`, a ball."""
        kind, a, b = self.integral.kind, arb(self.integral.order), arb(place)
        if kind == "kl":
            return self._positive_log_ratio(self.p, self.widest_q, b) + self._mass(self.q, b)
        if kind == "jeffreys":
            forward = self._positive_log_ratio(self.p, self.widest_q, b)
            return forward + self._positive_log_ratio(self.q, self.widest_p, b)
        if kind == "fisher":
            total = arb(0)
            for w, m, _, s in self.p:
                mass, one, two = _moments(b, m, s)
                shift = m - self.first_mean
                total += w * (two + 2 * abs(shift) * one + shift * shift * mass)
            return total / (self.least_variance * self.least_variance)
        first, second = self._mass(self.p, b), self._mass(self.q, b)
        if kind == "variation":
            return (first + second) / 2
        if self.integral.order > 1.0:
            return self._power(b) + (a - 1) * second
        if kind == "power":
            return (first.log() * a + second.log() * (1 - a)).exp()
        return a * first + (1 - a) * second

    def first_moment(self, place: float) -> Any:
        """Return an upper bound of ``int (1 - F) + (1 - G)`` beyond `place`, a ball."""
        b = arb(place)
        return sum((w * _moments(b, m, s)[1] for w, m, _, s in [*self.p, *self.q]), arb(0))

    def cut(self, start: float, target: Any) -> tuple[float, Any]:
        """Return an end b >= start, beyond every mean, and the bound there, below `target` where possible."""
        old, ctx.prec = ctx.prec, TAIL_BITS
        try:
            anchor = min(float(row[1]) for row in self.p + self.q)
            b = max(start, math.nextafter(self.last_mean, math.inf))
            step = max(b - anchor, 0.1 * float(self.widest_p[3]))
            for _ in range(400):
                tail = self.bound(b)
                if tail <= target or not math.isfinite(b):
                    break
                b = anchor + step
                step *= GROWTH
            return b, tail.upper()
        finally:
            ctx.prec = old

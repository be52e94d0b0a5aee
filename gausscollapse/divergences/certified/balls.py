"""Mixture densities and integrands on balls of the complex plane, for rigorous integration by Arb.

``log p`` is evaluated as ``a_r + log(1 + sum exp(a_k - a_r))`` with ``a_k`` the log of a weighted component and r
the greatest at the middle of the box. On the real line that is the real logarithm, and inside a box where the
argument of the logarithm avoids its cut it is the analytic continuation of it, whichever r is taken. Differences
``a_k - a_r`` are single quadratics with exactly computed coefficients: balls know nothing of cancellation.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import acb, arb, ctx, fmpq

from gausscollapse.core.exceptions import UndecidedError
from gausscollapse.divergences._exact import LineLaw
from gausscollapse.divergences._integral import Integral

Integrand = Callable[[Any, bool], Any]

LARGEST_CANCELLED = 2**400


def ball(number: Any) -> Any:
    """Return the ball around an exact rational at the working precision."""
    return arb(fmpq(number.numerator, number.denominator))


def logarithm(x: Any, analytic: bool) -> Any:
    """Return log x; where `analytic` is set, a non-finite ball unless x avoids the cut."""
    return x.log(analytic=analytic)


def absolute(x: Any, analytic: bool) -> Any:
    """Return the analytic continuation of |x| from the reals; non-finite where x touches the imaginary axis."""
    return x.real_abs(analytic=analytic)


def _vertex(k: tuple[Fraction, Fraction], r: tuple[Fraction, Fraction]) -> tuple[Fraction, Fraction]:
    """Return the vertex of ``(x - m_r)^2/(2 v_r) - (x - m_k)^2/(2 v_k)`` and the value there; zeros for none."""
    (mean_k, var_k), (mean_r, var_r) = k, r
    if var_k == var_r:
        return Fraction(0), Fraction(0)
    vertex = (var_k * mean_r - var_r * mean_k) / (var_k - var_r)
    return vertex, (mean_k - mean_r) ** 2 / (2 * (var_r - var_k))


def guard_bits(p: LineLaw, q: LineLaw) -> int:
    """Return the bits that differences of exponents may cancel: the size of the largest value at a vertex."""
    terms = [(m, v) for law in (p, q) for _, m, v in law.components]
    sizes = [abs(_vertex(k, r)[1]) for i, k in enumerate(terms) for r in terms[:i]]
    return max((int(size).bit_length() for size in sizes if size <= LARGEST_CANCELLED), default=0)


class BallPair:
    """Two mixtures on the line at the working precision of the moment."""

    def __init__(self, p: LineLaw, q: LineLaw) -> None:
        two_pi = 2 * arb.pi()
        self._exact = [*p.components, *q.components]
        self._split = len(p.components)
        self._heights = [ball(w).log() - (two_pi * ball(v)).log() / 2 for w, _, v in self._exact]
        self._means = [ball(m) for _, m, _ in self._exact]
        self._curvatures = [-1 / (2 * ball(v)) for _, _, v in self._exact]
        self._floats = [
            (float(c), float(m), float(h))
            for c, m, h in zip(self._heights, self._means, self._curvatures, strict=True)
        ]
        self._least = -arb(2).log() * (ctx.prec + 20)
        small = arb(0, 1) * arb(2) ** (-ctx.prec - 20)
        self._rest = acb(small, small)
        self._differences: dict[tuple[int, int], tuple[Any, Any, Any, Any]] = {}

    def _difference(self, k: int, r: int) -> tuple[Any, Any, Any, Any]:
        """Return centre, constant, slope (None for 0) and curvature of the quadratic ``a_k - a_r``.

        The centre is the vertex, which keeps balls narrow, save where there is none.
        """
        (_, mean_k, var_k), (_, mean_r, var_r) = self._exact[k], self._exact[r]
        curvature = 1 / (2 * var_r) - 1 / (2 * var_k)
        vertex, constant = _vertex((mean_k, var_k), (mean_r, var_r))
        centre, slope = vertex, Fraction(0)
        if curvature == 0 or abs(constant) > LARGEST_CANCELLED:
            centre, slope = mean_r, (mean_k - mean_r) / var_k
            constant = -((mean_r - mean_k) ** 2) / (2 * var_k)
        return (
            ball(centre),
            ball(constant) + self._heights[k] - self._heights[r],
            ball(slope) if slope else None,
            ball(curvature),
        )

    def _gap(self, k: int, r: int, x: Any) -> Any:
        """Return ``a_k - a_r`` on the box x."""
        if (k, r) not in self._differences:
            self._differences[k, r] = self._difference(k, r)
        centre, constant, slope, curvature = self._differences[k, r]
        d = x - centre
        return (d * d * curvature if slope is None else d * (d * curvature + slope)) + constant

    def _leaders(self, x: Any) -> tuple[int, int]:
        """Return the greatest term of each law at the middle of the box, by floats: any choice is right."""
        middle = float(x.real.mid())
        heights = [c + h * (middle - m) ** 2 for c, m, h in self._floats]
        first, second = heights[: self._split], heights[self._split :]
        return first.index(max(first)), self._split + second.index(max(second))

    def _ratios(self, start: int, stop: int, r: int, x: Any) -> list[Any]:
        """Return ``exp(a_k - a_r)``; below the working precision a ball around 0 that holds it."""
        ratios = []
        for k in range(start, stop):
            if k == r:
                ratios.append(acb(1))
                continue
            gap = self._gap(k, r, x)
            ratios.append(self._rest if gap.real < self._least else gap.exp())
        return ratios

    def _log_sum(self, start: int, stop: int, r: int, x: Any, analytic: bool) -> Any:
        """Return ``log sum exp(a_k - a_r)``."""
        if stop - start == 1:
            return acb(0)
        return logarithm(sum(self._ratios(start, stop, r, x), acb(0)), analytic)

    def _term(self, k: int, x: Any) -> Any:
        d = x - self._means[k]
        return d * d * self._curvatures[k] + self._heights[k]

    def logs(self, x: Any, analytic: bool) -> tuple[Any, Any, Any]:
        """Return ``log p``, ``log q`` and ``log p/q`` on the box x."""
        r, s = self._leaders(x)
        rest_p = self._log_sum(0, self._split, r, x, analytic)
        rest_q = self._log_sum(self._split, len(self._exact), s, x, analytic)
        return self._term(r, x) + rest_p, self._term(s, x) + rest_q, self._gap(r, s, x) + rest_p - rest_q

    def score_gap(self, x: Any) -> Any:
        """Return the derivative of ``log p/q``; quotients are non-finite where their denominator holds 0."""
        scores = []
        for start, stop, r in zip((0, self._split), (self._split, len(self._exact)), self._leaders(x), strict=True):
            ratios = self._ratios(start, stop, r, x)
            slopes = (
                ratio * (x - self._means[k]) * self._curvatures[k] * 2
                for k, ratio in zip(range(start, stop), ratios, strict=True)
            )
            scores.append(sum(slopes, acb(0)) / sum(ratios, acb(0)))
        return scores[0] - scores[1]


def integrand(integral: Integral, pair: BallPair) -> Integrand:
    """Return the integrand of `integral` as a function of a box and of Arb's `analytic` flag."""
    kind = integral.kind
    order = arb(integral.order)
    rest = 1 - order

    def kl(x: Any, analytic: bool) -> Any:
        log_p, log_q, t = pair.logs(x, analytic)
        return log_p.exp() * (t - 1) + log_q.exp()

    def jeffreys(x: Any, analytic: bool) -> Any:
        log_p, log_q, t = pair.logs(x, analytic)
        return (log_p.exp() - log_q.exp()) * t

    def power(x: Any, analytic: bool) -> Any:
        _, log_q, t = pair.logs(x, analytic)
        return (log_q + t * order).exp()

    def gap(x: Any, analytic: bool) -> Any:
        log_p, log_q, t = pair.logs(x, analytic)
        difference = (log_q + t * order).exp() - log_p.exp() * order - log_q.exp() * rest
        return difference if integral.order > 1.0 else -difference

    def half_square(x: Any, analytic: bool) -> Any:
        log_p, log_q, _ = pair.logs(x, analytic)
        root = (log_p / 2).exp() - (log_q / 2).exp()
        return root * root / 2

    def square_ratio(x: Any, analytic: bool) -> Any:
        _, log_q, t = pair.logs(x, analytic)
        root = (log_q / 2 + t).exp() - (log_q / 2).exp()
        return root * root

    def variation(x: Any, analytic: bool) -> Any:
        log_p, log_q, _ = pair.logs(x, analytic)
        return absolute(log_p.exp() - log_q.exp(), analytic) / 2

    def fisher(x: Any, analytic: bool) -> Any:
        difference = pair.score_gap(x)
        return pair.logs(x, analytic)[0].exp() * difference * difference

    if kind == "gap" and integral.order == 0.5:
        return half_square
    if kind == "gap" and integral.order == 2.0:
        return square_ratio
    table = {"kl": kl, "jeffreys": jeffreys, "power": power, "gap": gap, "variation": variation, "fisher": fisher}
    return table[kind]


class Budget:
    """How many evaluations of an integrand are left; without any, integration ends with a wide, valid ball.

    Parameters
    ----------
    evaluations : int
        To start with.
    """

    def __init__(self, evaluations: int) -> None:
        self.left = evaluations

    def integrate(self, function: Integrand, low: float, high: float, *, relative: Any, floor: Any) -> Any:
        """Return a ball that holds ``int function`` over [low, high] (real part; the integrand is real there)."""

        def counted(x: Any, analytic: bool) -> Any:
            self.left -= 1
            return function(x, analytic)

        most = max(1, self.left)
        try:
            return acb.integral(counted, acb(low), acb(high), rel_tol=relative, abs_tol=floor, eval_limit=most).real
        except (SystemError, OverflowError) as problem:
            # The library hides what the integrand raised; floats place the panels, and laws may be beyond them.
            reason = "method = 'certified': the laws are beyond floats; accepted: laws nearer to 0"
            raise UndecidedError(reason) from problem

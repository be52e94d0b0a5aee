r"""Hammersley, Chapman and Robbins: any statistic bounds the chi-squared divergence from below.

:math:`\chi^2(\hat p\|q)\,\operatorname{Var}_q f \ge (E_{\hat p} f - E_q f)^2`: Cauchy-Schwarz for ``L - 1`` and
``f - E f``.
"""

from sympy import Rational, S, exp, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.steps import WEIGHTS, X, Y, cauchy_schwarz
from derivations.frame.tools import pairs, weighted

name = "hcr"
wrong = {"one": Rational(5, 4)}
scope = "three atoms, any weights and any function"
taken = ""


def derive(*, one: Rational = S.One) -> Derivation:
    """Derive the bound with its gap, and its sharpness for a small Gaussian shift."""
    proof = Proof(
        name, "Lower bounds from statistics", "Hammersley (1950); Chapman and Robbins (1951); this use *own*"
    )
    proof.assume(
        "f has finite variance under q",
        "shown on three atoms of arbitrary weights; more atoms add squares of the same kind",
    )
    q, p = symbols("q1 q2 q3", positive=True), symbols("p1 p2 p3", positive=True)
    f = symbols("f1 f2 f3", real=True)
    q = tuple(value / sum(q) for value in q)
    p = tuple(value / sum(p) for value in p)
    excess = [a / b - 1 for a, b in zip(p, q, strict=True)]
    mean = weighted(q, f)
    centred = [value - mean for value in f]
    proof.equal(
        "The difference of the two means is an inner product, whatever constant is taken off f.",
        weighted(p, f) - weighted(q, f),
        weighted(q, excess, centred),
        by="E_q(L - 1) = 0",
        reads=r"E_{\hat p}f - E_q f = E_q[(L-1)(f - E_q f)]",
    )
    proof.equal(
        "The square of L - 1 has the chi-squared divergence as its mean.",
        weighted(q, excess, excess),
        sum(a**2 / b for a, b in zip(p, q, strict=True)) - 1,
        by="E_q L = 1",
        reads=r"E_q(L-1)^2 = \sum \hat p^2/q - 1 = \chi^2(\hat p\|q)",
    )
    cauchy_schwarz(
        proof,
        "Cauchy-Schwarz with x = L - 1 and y = f - E f gives the bound.",
        factor=one,
        reads=r"\chi^2\operatorname{Var}_q f - (E_{\hat p}f - E_q f)^2 = \sum_{i<j} q_i q_j\big(x_i y_j - x_j "
        r"y_i\big)^2 \ge 0",
        concludes=True,
    )
    some = proof.suppose("w1 y1^2 + w2 y2^2 + w3 y3^2 > 0: f is not constant", weighted(WEIGHTS, Y, Y), strict=True)
    proof.at_least(
        "Divide by the variance.",
        weighted(WEIGHTS, X, X),
        one * weighted(WEIGHTS, X, Y) ** 2 / weighted(WEIGHTS, Y, Y),
        by="the last step",
        terms=[gap / weighted(WEIGHTS, Y, Y) for gap in pairs(WEIGHTS, X, Y)],
        given=[some],
        reads=r"\chi^2(\hat p\|q) \ge (E_{\hat p}f - E_q f)^2/\operatorname{Var}_q f",
        concludes=True,
    )
    s = symbols("s", real=True)
    proof.convex_minimum(
        "For a Gaussian shift and affine f it says s <= exp(s) - 1 with s = Delta^2/S: sharp to first order.",
        exp(s) - one - s,
        s,
        0,
        by="convexity of the exponential",
    )
    first, second, variance = symbols("mean_learned mean_ideal variance", real=True)
    proof.result(
        "lower",
        one * (first - second) ** 2 / variance,
        {first: "mean of f under p^", second: "mean of f under q", variance: "variance of f under q"},
        where={first: second + weighted(WEIGHTS, X, Y), variance: weighted(WEIGHTS, Y, Y)},
    )
    return proof.finish()

r"""What discretisation costs to leading order, and the best grid.

With :math:`g = s + Bx` the drift's difference grows as :math:`E|g_k(X_k) - g_t(X_t)|^2 = u\,E\|\nabla g\|^2 + o(u)`;
a step costs :math:`\tfrac14h^2E\|\nabla^2\log q + B\|_F^2`. Gaussians show it coordinate by coordinate.
"""

from sympy import Derivative as Slope
from sympy import Expr, Integral, Rational, S, Subs, Symbol, diff, exp, log, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "leading"
wrong = {"quarter": Rational(1, 5), "one": Rational(4, 5), "balance": S.Half}
scope = "Gaussians, one coordinate, any linear part; three steps for the grid"
taken = "that the remainder of a smooth grid is of second order; Ito's formula for data of any law"

QUARTER = Rational(1, 4)


def square(variance: Expr, u: Symbol, part: Expr) -> Expr:
    """Return ``E|g_k(X_k) - g_t(X_t)|^2`` for N(0, S_k), from the covariance of both times."""
    r = exp(-u / 2)
    earlier = (variance - 1) * exp(u) + 1
    late, early = part - 1 / variance, part - 1 / earlier
    return late**2 * variance + early**2 * earlier - 2 * late * early * r * earlier


def derive(*, quarter: Rational = QUARTER, one: Rational = S.One, balance: Rational = S.One) -> Derivation:
    """Derive the cost of a step, its integral, and the optimal grid."""
    proof = Proof(name, "What discretisation costs", "*own*")
    variance, u = symbols("v u", positive=True)
    part = Symbol("B", real=True)
    proof.equal(
        "The mean square of the drift's difference grows at the rate of the curvature's square.",
        Subs(Slope(square(variance, u, part), u), u, 0),
        (part - one / variance) ** 2,
        by="the covariance of two times of the forward process",
        reads=r"\tfrac{d}{du}E|g_k(X_k) - g_t(X_t)|^2\big|_{u=0} = (B - 1/v)^2",
    )
    start, rise, t = symbols("c k t", positive=True)
    proof.equal(
        "So half its integral over a step is a quarter of the squared step times that.",
        Integral(rise * u / 2, (u, 0, start)),
        quarter * rise * start**2,
        by="the integral of u",
        reads=r"\tfrac12\int_0^h k u\,du = \tfrac14 k h^2",
    )
    mean = 1 + (start - 1) * exp(-t)
    proof.equal("The variance v_t starts at c.", Subs(mean, t, 0), start, by="t = 0", reads="v_0 = c")
    area = (1 - 2 * part) * (t + log(mean)) - 1 / mean + part**2 * t
    proof.equal(
        "Over time the curvature's square is a matter of entropies and Fisher informations: with v_t = 1 + (c - 1) "
        "exp(-t), whose integral of 1/v_t is t + log v_t.",
        diff(area, t),
        (part - one / mean) ** 2,
        by="v_t' = 1 - v_t",
        reads=r"\int(B - 1/v_t)^2dt = (1-2B)\int J\,dt - J(T) + J(t_0) + B^2(T - t_0)",
    )
    span, total, drop = symbols("T I D", real=True)
    even = quarter * span * ((1 - 2 * part) * total + drop + part**2 * span)
    gain = balance * quarter * span * (total - span / 4)
    proof.equal(
        "On even steps: the exponential integrator (B = 0) less Euler-Maruyama (B = 1/2) is T/4 times the integral "
        "of the Fisher information less T/4, which decides who wins.",
        even.subs(part, 0) - even.subs(part, S.Half),
        gain,
        by="putting in B",
        reads=r"n(D^{EI}_n - D^{EM}_n)\to\tfrac{T}{4}\Big(\int J\,dt - \tfrac{dT}{4}\Big)",
    )
    a, b, c = symbols("a_1:4", nonnegative=True)
    proof.at_least(
        "The best grid: steps times roots of the cost add up to what no grid changes, and their squares are least "
        "where they are equal (three steps).",
        3 * (a**2 + b**2 + c**2),
        (a + b + c) ** 2,
        by="Cauchy-Schwarz: the gap is a sum of squares",
        terms=[(a - b) ** 2, (b - c) ** 2, (a - c) ** 2],
        reads=r"\sum_k(h_k\sqrt{w_k})^2 \ge \tfrac1n\Big(\sum_kh_k\sqrt{w_k}\Big)^2"
        r" \to \tfrac1n\Big(\int\sqrt w\,dt\Big)^2",
        concludes=True,
    )
    proof.result("gain", gain, {span: "time from horizon to stop", total: "integral of the Fisher information"})
    return proof.finish()

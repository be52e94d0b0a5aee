r"""The drift of a flow: energy times relative Fisher information.

For the flow :math:`dY = [Y/2 + \tfrac12(\nabla\log q_t + e)]ds`: :math:`\frac{d}{ds}KL = \tfrac12 E[e\cdot g]` with
:math:`g = \nabla\log(\hat p_s/q_s)`, and Cauchy-Schwarz.
"""

from sympy import Derivative, Expr, Function, Matrix, Rational, S, Symbol, diff, log, sqrt, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import divergence, gradient, positive_function

name = "flow-kl"
wrong = {"half": Rational(2, 5)}
scope = "the rate for any densities, d = 1 and 2; Cauchy-Schwarz for two points with any weights, d = 1"
taken = "the continuity equations; boundary terms vanish; Cauchy-Schwarz for any law"


def rate_residual(points: list[Symbol], half: Expr) -> Expr:
    r"""Residual of :math:`\partial_s(p\log(p/q)) = \tfrac12 p\,e\cdot g - \nabla\cdot J` without diffusion."""
    s = Symbol("s", real=True)
    p, q = positive_function("p", *points, s), positive_function("q", *points, s)
    drift = Matrix([Function(f"b{i}")(*points, s) for i in range(len(points))])
    error = Matrix([Function(f"e{i}")(*points, s) for i in range(len(points))]) / 2
    flow_p, flow_q = -divergence((drift + error) * p, points), -divergence(drift * q, points)
    ratio = log(p) - log(q)
    g = gradient(ratio, points)
    flux = (drift + error) * p * ratio + error * p
    left = diff(p * ratio, s).subs({diff(p, s): flow_p, diff(q, s): flow_q})
    return left - half * p * 2 * (error.T * g)[0] + divergence(flux, points)


def derive(*, half: Rational = S.Half) -> Derivation:
    """Derive the rate of KL along a flow, and its bound."""
    proof = Proof(name, "A flow's drift: energy and relative Fisher information", "*own*")
    proof.assume("p^ and q are smooth, positive and decay; both start from the same law")
    x, y = Symbol("x", real=True), Symbol("y", real=True)
    for points in ([x], [x, y]):
        proof.equal(
            f"The integrand of KL changes at the rate p e.g/2, up to a divergence (d = {len(points)}).",
            rate_residual(points, half),
            0,
            by="both continuity equations; integration by parts written as an exact flux",
            reads=r"\partial_s\Big(\hat p\log\frac{\hat p}{q}\Big) = \tfrac12\hat p\,e\cdot g - \nabla\cdot J",
        )
    w, v = symbols("w v", positive=True)
    e1, e2, g1, g2 = symbols("e_1 e_2 g_1 g_2", real=True)
    energy, fisher = w * e1**2 + v * e2**2, w * g1**2 + v * g2**2
    proof.at_least(
        "The mean product is at most the root of the mean squares (Cauchy-Schwarz): KL grows at most by "
        "sqrt(E|e|^2 I)/2.",
        energy * fisher,
        (w * e1 * g1 + v * e2 * g2) ** 2,
        by="Lagrange's identity",
        terms=[w * v * (e1 * g2 - e2 * g1) ** 2],
        reads=r"\big(E[e\cdot g]\big)^2 \le E|e|^2\;E|g|^2"
        r"\;\Longrightarrow\; KL(\hat p\|q) \le \tfrac12\int\sqrt{E_{\hat p_s}|e|^2\,I(\hat p_s\|q_s)}\,ds",
        concludes=True,
    )
    b, s = symbols("b s", positive=True)
    square, information = symbols("E I", positive=True)
    rate = half * sqrt(square * information)
    proof.equal(
        "It is attained: on N(0, 1) the constant error b moves the mean to b s/2, and KL = (b s)^2/8 grows at this "
        "rate.",
        Derivative((b * s / 2) ** 2 / 2, s),
        rate.subs({square: b**2, information: (b * s / 2) ** 2}),
        by="E|e|^2 = b^2 and I = (b s/2)^2",
        reads=r"\frac{d}{ds}\frac{(bs)^2}8 = \tfrac12\, b\cdot\frac{bs}2",
    )
    proof.result(
        "rate", rate, {square: "E|e|^2", information: "relative Fisher information"},
        where={square: b**2, information: (b * s / 2) ** 2},
    )  # fmt: skip
    return proof.finish()

r"""An identity for errors that are differences of scores.

If both laws follow the forward process, :math:`\frac{d}{dt}KL(q_t\|\tilde q_t) = -\tfrac12
E_{q_t}|\nabla\log(q_t/\tilde q_t)|^2`, hence :math:`KL(q\|\tilde q) = KL(q_T\|\tilde q_T) + \tfrac12\int
E_{q_t}|\nabla\log q_t - \nabla\log\tilde q_t|^2 dt`.
"""

from sympy import Derivative, Expr, Function, Integral, Rational, S, Symbol, diff, log, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import divergence, gradient, laplacian, positive_function

name = "realizable"
wrong = {"half": Rational(1, 3), "final": S.Zero}
scope = "any densities, pointwise, d = 1 and 2; Gaussians in time, d = 1"
taken = "the Fokker-Planck equations; boundary terms vanish"


def dissipation_residual(points: list[Symbol], half: Expr) -> Expr:
    r"""Residual of :math:`\partial_t(p\log(p/q)) = -\tfrac12 p|g|^2 - \nabla\cdot J` for two solutions of the
    forward equation.
    """
    t = Symbol("t", real=True)
    p, q = positive_function("p", *points, t), positive_function("q", *points, t)

    def forward(density: Expr) -> Expr:
        return divergence([x * density / 2 for x in points], points) + laplacian(density, points) / 2

    ratio = log(p) - log(q)
    g = gradient(ratio, points)
    flux = [-x * p * ratio / 2 - diff(p, x) * ratio / 2 - p * g[i] / 2 for i, x in enumerate(points)]
    left = diff(p * ratio, t).subs({diff(p, t): forward(p), diff(q, t): forward(q)})
    return left + half * p * (g.T * g)[0] + divergence(flux, points)


def derive(*, half: Rational = S.Half, final: Rational = S.One) -> Derivation:
    """Derive the dissipation identity for arbitrary densities and check it on Gaussians."""
    proof = Proof(name, "The realizable identity", "de Bruijn's identity; standard", cites=("gaussian-kl",))
    proof.assume(
        "both densities are smooth, positive, decay and solve the forward Fokker-Planck equation; they are "
        "otherwise arbitrary"
    )
    x, y = symbols("x y", real=True)
    proof.equal(
        "One dimension: the integrand of the KL loses half the relative Fisher information, up to a divergence.",
        dissipation_residual([x], half),
        0,
        by="both Fokker-Planck equations",
        reads=r"\partial_t\Big(q\log\frac{q}{\tilde q}\Big) = -\tfrac12 q\,|\partial_x\log(q/\tilde q)|^2 - "
        r"\partial_x J",
    )
    a = Symbol("a", positive=True)
    m1, m2 = symbols("m1 m2", real=True)
    v1, v2 = symbols("v1 v2", positive=True)
    s1, s2 = (a**2 * v + 1 - a**2 for v in (v1, v2))
    gap = a * (m1 - m2)
    divergence_in_time = (s1 / s2 - 1 + gap**2 / s2 + log(s2) - log(s1)) / 2
    # the score difference at x = a m1 + z, z of variance s1, is z (1/s2 - 1/s1) + gap/s2
    relative_fisher = s1 * (1 / s2 - 1 / s1) ** 2 + gap**2 / s2**2
    proof.equal(
        "Gaussians, by an independent route: differentiate the closed KL in a = exp(-t/2).",
        a / 2 * Derivative(divergence_in_time, a),
        half * relative_fisher,
        by="gaussian-kl",
        reads=r"-\frac{d}{dt}KL = \tfrac12\Big(s_1\big(\tfrac1{s_2}-\tfrac1{s_1}\big)^2 + "
        r"\tfrac{a^2(m_1-m_2)^2}{s_2^2}\Big)",
    )
    proof.equal(
        "Two dimensions, arbitrary densities.",
        dissipation_residual([x, y], half),
        0,
        by="both Fokker-Planck equations",
        reads=r"\partial_t\Big(q\log\frac{q}{\tilde q}\Big) = -\tfrac12 q\,|\nabla\log(q/\tilde q)|^2 - "
        r"\nabla\cdot J",
        concludes=True,
    )
    t, first, last = symbols("t t_0 T", positive=True)
    kl = Function("K")
    proof.equal(
        "Integrate from t0 to T: K(t0) is K(T) plus the integral of what KL loses, half the relative Fisher "
        "information.",
        Integral(Derivative(kl(t), t), (t, first, last)),
        final * kl(last) - kl(first),
        by="the fundamental theorem of calculus",
        reads=r"KL(q\|\tilde q) = KL(q_T\|\tilde q_T) + \tfrac12\int_{t_0}^T E_{q_t}|\nabla\log q_t - "
        r"\nabla\log\tilde q_t|^2 dt",
        concludes=True,
    )
    var1, var2, d = Symbol("s1", positive=True), Symbol("s2", positive=True), Symbol("d", real=True)
    proof.result(
        "dissipation",
        half * (var1 * (1 / var2 - 1 / var1) ** 2 + d**2 / var2**2),
        {var1: "variance of q_t", var2: "variance of q~_t", d: "difference of the means at t"},
        where={var1: s1, var2: s2, d: gap},
    )
    return proof.finish()

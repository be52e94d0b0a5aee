r"""The reverse-time equation.

If :math:`q_t` solves the forward Fokker-Planck equation then :math:`r_s = q_{T-s}` solves that of :math:`dY =
(Y/2 + \nabla\log q_{T-s}(Y)) ds + dB`, for any smooth positive density, whatever its shape.
"""

from sympy import Expr, Rational, S, Symbol, diff, log, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import divergence, gradient, laplacian, normal, positive_function

name = "reverse-time"
wrong = {"score": Rational(4, 5)}


def derive(*, score: Rational = S.One) -> Derivation:
    """Derive the reverse drift in one and two dimensions, the probability flow, and the linear case."""
    proof = Proof(name, "The reverse-time equation", "Anderson (1982)", lemma=True)
    proof.assume("q is a smooth positive solution of q_t = div(x q)/2 + laplacian(q)/2, otherwise arbitrary")
    t, x, y = symbols("t x y", real=True)

    def check(points: list[Symbol], noise: int, coefficient: Expr) -> Expr:
        q = positive_function("q", *points, t)
        forward = divergence([c * q / 2 for c in points], points) + laplacian(q, points) / 2
        drift = gradient(log(q), points) * coefficient
        flux = [(c / 2 + d) * q for c, d in zip(points, drift, strict=True)]
        # r(s) = q(T - s), so the left-hand side r_s is minus q_t
        return -forward - (-divergence(flux, points) + noise * laplacian(q, points) / 2)

    proof.equal(
        "One dimension: minus the forward right-hand side is the reverse Fokker-Planck right-hand side.",
        check([x], 1, score),
        0,
        by="q (log q)' = q'",
        reads=r"-\tfrac12 (x q)' - \tfrac12 q'' = -\big((\tfrac x2 + (\log q)') q\big)' + \tfrac12 q''",
    )
    proof.equal(
        "Two dimensions.",
        check([x, y], 1, score),
        0,
        by="q grad log q = grad q",
        reads=r"-\tfrac12\nabla\cdot(x q) - \tfrac12\Delta q = -\nabla\cdot\big((\tfrac x2+\nabla\log q) q\big) + "
        r"\tfrac12\Delta q",
    )
    proof.equal(
        "With half the score and no noise the marginals are the same: the probability flow.",
        check([x, y], 0, score / 2),
        0,
        by="q grad log q = grad q",
        reads=r"-\tfrac12\nabla\cdot(x q) - \tfrac12\Delta q = -\nabla\cdot\big((\tfrac x2+\tfrac12\nabla\log q) "
        r"q\big)",
    )
    m, v = Symbol("m", real=True), Symbol("v", positive=True)
    proof.equal(
        "For N(m, v) the reverse drift is linear.",
        x / 2 + score * diff(log(normal(x, m, v)), x),
        (Rational(1, 2) - 1 / v) * x + m / v,
        by="the score of a Gaussian",
    )
    proof.result(
        "reverse_drift",
        (Rational(1, 2) - 1 / v) * x + m / v,
        {x: "state", m: "marginal mean", v: "marginal variance"},
    )
    return proof.finish()

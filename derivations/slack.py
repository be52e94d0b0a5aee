r"""The slack of the learned-energy bound is a completed square.

With :math:`g = \nabla\log(\hat p_s/q_s)`: :math:`\frac{d}{ds}KL(\hat p_s\|q_s) = E[e\cdot g - \tfrac12|g|^2]`,
and :math:`\tfrac12|e|^2 - (e\cdot g - \tfrac12|g|^2) = \tfrac12|e - g|^2`; integrate over the reverse time.
"""

from sympy import Expr, Function, Matrix, Rational, S, Symbol, diff, log, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import divergence, gradient, laplacian, positive_function, vector

name = "slack"
wrong = {"half": Rational(2, 5)}
scope = "any densities, drifts and errors, pointwise, d = 1 and 2"
taken = "the Fokker-Planck equations; boundary terms vanish"


def rate_residual(points: list[Symbol], half: Expr) -> Expr:
    r"""Residual of :math:`\partial_s(p\log(p/q)) = p(e\cdot g - \tfrac12|g|^2) - \nabla\cdot J` after inserting
    both equations.
    """
    s = Symbol("s", real=True)
    p, q = positive_function("p", *points, s), positive_function("q", *points, s)
    drift = Matrix([Function(f"b{i}")(*points, s) for i in range(len(points))])
    error = Matrix([Function(f"e{i}")(*points, s) for i in range(len(points))])
    flow_p = -divergence((drift + error) * p, points) + laplacian(p, points) / 2
    flow_q = -divergence(drift * q, points) + laplacian(q, points) / 2
    ratio = log(p) - log(q)
    g = gradient(ratio, points)
    flux = ((drift + error) * p - gradient(p, points) / 2) * ratio + error * p - p * g / 2
    left = diff(p * ratio, s).subs({diff(p, s): flow_p, diff(q, s): flow_q})
    return left - p * ((error.T * g)[0] - half * (g.T * g)[0]) + divergence(flux, points)


def derive(*, half: Rational = S.Half) -> Derivation:
    """Derive the entropy-production identity for arbitrary densities, and the slack."""
    proof = Proof(name, "The slack of the learned-energy bound", "*own*; the paper, Proposition 3.1")
    proof.assume(
        "p^ and q are smooth, positive and decay, so that divergences integrate to zero; drift and error are "
        "arbitrary",
        "both start from the same law",
    )
    x, y = symbols("x y", real=True)
    proof.equal(
        "The integrand of the KL changes at the rate p (e.g - g^2/2), up to a divergence (one dimension, arbitrary "
        "functions).",
        rate_residual([x], half),
        0,
        by="both Fokker-Planck equations; integration by parts written as an exact flux",
        reads=r"\partial_s\Big(\hat p\log\frac{\hat p}{q}\Big) = \hat p\,(e g - \tfrac12 g^2) - \partial_x J",
    )
    proof.equal(
        "The same in two dimensions.",
        rate_residual([x, y], half),
        0,
        by="both Fokker-Planck equations",
        reads=r"\partial_s\Big(\hat p\log\frac{\hat p}{q}\Big) = \hat p\,(e\cdot g - \tfrac12|g|^2) - \nabla\cdot J",
    )
    e, g = vector("e"), vector("g")
    rate = (e.T * g)[0] - half * (g.T * g)[0]
    square = ((e - g).T * (e - g))[0] / 2
    proof.equal(
        "Half the error's square minus that rate is half the square of e - g: integrated, the slack.",
        (e.T * e)[0] / 2 - rate,
        square,
        by="completing the square",
        reads=r"\tfrac12|e|^2 - (e\cdot g - \tfrac12|g|^2) = \tfrac12|e - g|^2"
        r"\;\Longrightarrow\; \tfrac12\hat\varepsilon^2 - KL(\hat p\|q) = \tfrac12\hat E\int|e - g|^2 ds",
        concludes=True,
    )
    proof.at_least(
        "In particular the KL is at most half the learned energy, with equality exactly for e = g.",
        (e.T * e)[0] / 2,
        rate,
        by="a square",
        terms=[(e[0] - g[0]) ** 2 / 2, (e[1] - g[1]) ** 2 / 2],
        reads=r"KL(\hat p\|q) = \hat E\int (e\cdot g - \tfrac12|g|^2) ds \le \tfrac12\hat\varepsilon^2",
    )
    one, two = symbols("e g", real=True)
    proof.result(
        "slack_density",
        (one - two) ** 2 / 2,
        {one: "error", two: "gradient of log(p^/q)"},
        where={one: e[0], two: g[0]},
    )
    return proof.finish()

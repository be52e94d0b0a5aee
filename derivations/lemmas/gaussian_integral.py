r"""The Gaussian integral and Stein's lemma: the two tools behind every closed form.

Lemma 1: :math:`\int e^{-x^T A x/2 + b^T x} dx = (2\pi)^{d/2} \det(A)^{-1/2} e^{b^T A^{-1} b/2}` for ``A``
positive definite. Lemma 2 (Stein): :math:`E[(x - m) f(x)] = S\, E \nabla f(x)` under ``N(m, S)``, so all moments
follow by recursion.
"""

from sympy import Function, Integral, Matrix, Rational, S, exp, log, oo, pi, sqrt, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import covariance, expectation, gaussian_integral, gradient, log_density, normal, vector

name = "gaussian-integral"
wrong = {"completed": Rational(1, 3)}


def derive(*, completed: Rational = S.Half) -> Derivation:
    """Derive the Gaussian integral in one and two dimensions, and Stein's lemma."""
    proof = Proof(name, "Gaussian integral and Stein's lemma", "standard", lemma=True)
    proof.assume("a > 0; A is symmetric positive definite (general 2 x 2, by its Cholesky factor)")
    x, b, m = symbols("x b m", real=True)
    a, v = symbols("a v", positive=True)

    proof.equal(
        "In one dimension the integral is elementary.",
        Integral(exp(-a * x**2 / 2 + b * x), (x, -oo, oo)),
        sqrt(2 * pi / a) * exp(completed * b**2 / a),
        by="complete the square, then the integral of exp(-y^2)",
    )

    A, c, y = covariance("l"), vector("c"), vector("y")
    inner = log(gaussian_integral(-(y.T * A * y)[0] / 2 + (c.T * y)[0], y[1])).expand(force=False)
    both = log(gaussian_integral(inner, y[0]))
    proof.equal(
        "In two dimensions integrate one coordinate after the other: the Schur complement appears by itself.",
        both,
        log(2 * pi) - log(A.det()) / 2 + completed * (c.T * A.inv() * c)[0],
        by="the one-dimensional integral, twice",
        reads=r"\log \int e^{-y^T A y/2 + c^T y} dy = \log 2\pi - \tfrac12 \log\det A + \tfrac12 c^T A^{-1} c",
    )

    f = Function("f")(x)
    density = normal(x, m, v)
    proof.equal(
        "Stein's lemma in one dimension: the difference of the two sides is an exact derivative, which integrates "
        "to 0.",
        (x - m) * f * density - v * f.diff(x) * density,
        -v * (f * density).diff(x),
        by="product rule; (x - m) density = -v density'",
        reads=r"\big((x - m) f - v f'\big)\,p = -v\,(f p)'",
    )
    S, mean = covariance("s"), vector("m")
    g, p = Function("g")(*y), exp(log_density(y, mean, S))
    proof.equal(
        "The same for a vector and a general covariance.",
        ((y - mean) * g - S * gradient(g, y)) * p,
        -S * gradient(g * p, y),
        by="product rule; S grad p = -(y - m) p",
        reads=r"\big((y - m) g - S \nabla g\big) p = - S \nabla (g p)",
    )
    proof.equal(
        "A check of the recursion against a direct integral: the fourth moment.",
        Integral(x**4 * density, (x, -oo, oo)),
        expectation(x**4, [x], Matrix([m]), Matrix([[v]])),
        by="Stein's lemma four times",
    )
    proof.result(
        "gaussian_integral",
        sqrt(2 * pi / a) * exp(completed * b**2 / a),
        {a: "curvature, positive", b: "linear coefficient"},
    )
    proof.result("fourth_moment", expectation(x**4, [x], Matrix([m]), Matrix([[v]])), {m: "mean", v: "variance"})
    return proof.finish()

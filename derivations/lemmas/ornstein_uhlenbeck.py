r"""Marginals of the Ornstein-Uhlenbeck process.

:math:`dX = -\tfrac12 X dt + dW` carries ``N(m, S)`` to ``N(a m, a^2 S + (1 - a^2) I)`` with :math:`a = e^{-t/2}`;
a mixture keeps its weights. Both solve the Fokker-Planck equation :math:`\partial_t q = \tfrac12 \nabla\cdot(x q)
+ \tfrac12 \Delta q`.
"""

from sympy import Derivative, Expr, Matrix, Rational, S, diff, exp, eye, log, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import covariance, divergence, laplacian, log_density, vector

name = "ornstein-uhlenbeck"
wrong = {"noise": Rational(4, 5)}


def derive(*, noise: Rational = S.One) -> Derivation:
    """Derive that Gaussians and mixtures solve the Fokker-Planck equation, and the semigroup law."""
    proof = Proof(name, "Ornstein-Uhlenbeck marginals", "standard; the paper, section 2", lemma=True)
    proof.assume("a = exp(-t/2), so d/dt = -(a/2) d/da; variances are positive, covariances are general 2 x 2")
    x, m1, m2 = symbols("x m1 m2", real=True)
    a, b, v1, v2, w = symbols("a b v1 v2 w", positive=True)

    def variance(v: Expr, scale: Expr) -> Expr:
        return scale**2 * v + noise * (1 - scale**2)

    def in_time(function: Expr) -> Expr:
        return -a / 2 * Derivative(function, a)

    def residual(density: Expr, points: list[Expr]) -> Expr:
        drift = [coordinate * density / 2 for coordinate in points]
        return in_time(density) - divergence(drift, points) - laplacian(density, points) / 2

    proof.equal("The mean solves m' = -m/2.", in_time(a * m1), -a * m1 / 2, by="chain rule")
    proof.equal("The variance solves v' = 1 - v.", in_time(variance(v1, a)), 1 - variance(v1, a), by="chain rule")
    first, second = (
        exp(log_density(Matrix([x]), Matrix([a * m]), Matrix([variance(v, a)]))) for m, v in ((m1, v1), (m2, v2))
    )
    proof.equal(
        "A Gaussian solves the Fokker-Planck equation (the residual is divided by the density).",
        residual(first, [x]).doit() / first,
        0,
        by="substitution",
        reads=r"\partial_t q - \tfrac12 (x q)' - \tfrac12 q'' = 0,\quad q = N(a m_1, a^2 v_1 + 1 - a^2)",
    )
    mixture = w * first + (1 - w) * second
    d1, d2 = symbols("d1 d2", positive=True)
    deviations = {v: (d**2 - noise * (1 - a**2)) / a**2 for v, d in ((v1, d1), (v2, d2))}
    proof.equal(
        "A mixture of two components with constant weights solves it too.",
        residual(mixture, [x]).doit().subs(deviations),
        0,
        by="the equation is linear and the components are Gaussian; written with the standard deviations d1, d2",
        reads=r"\partial_t q - \tfrac12 (x q)' - \tfrac12 q'' = 0,\quad q = w q_1 + (1-w) q_2",
    )
    y, m, S = vector("y"), vector("m"), covariance("s")
    moved = a**2 * S + noise * (1 - a**2) * eye(2)
    log_q = log_density(y, a * m, moved)
    score = Matrix([diff(log_q, coordinate) for coordinate in y])
    # (1/q) (residual): div(y q)/q = 2 + y.score and laplacian(q)/q = |score|^2 + div score
    inside = in_time(log_q) - (2 + (y.T * score)[0]) / 2 - ((score.T * score)[0] + divergence(score, list(y))) / 2
    proof.equal(
        "Two dimensions, general mean and covariance.",
        inside,
        0,
        by="substitution; the residual divided by q",
        reads=r"\partial_t \log q - \tfrac12(2 + y\cdot s) - \tfrac12(|s|^2 + \nabla\cdot s) = 0,\quad s = "
        r"\nabla\log q",
    )
    proof.equal(
        "Waiting twice multiplies the factors: the family is a semigroup.",
        variance(variance(v1, a), b),
        variance(v1, a * b),
        by="substitution",
    )
    t = symbols("t", nonnegative=True)
    decay = exp(-t / 2)
    proof.result("mean", decay * m1, {m1: "data mean", t: "time"}, where={t: -2 * log(a)})
    proof.result("variance", variance(v1, decay), {v1: "data variance", t: "time"}, where={t: -2 * log(a)})
    return proof.finish()

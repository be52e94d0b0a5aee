r"""Chi-squared divergence of two Gaussians, and when it is infinite.

:math:`1 + \chi^2(N(m_1, S_1)\,\|\,N(m_2, S_2)) = \frac{\det S_2^{1/2}}{\det S_1\, \det(2 S_1^{-1} -
S_2^{-1})^{1/2}} e^{\delta^T (2 S_2 - S_1)^{-1} \delta}`, finite if and only if :math:`2 S_1^{-1} - S_2^{-1}` is
positive definite.
"""

from sympy import Rational, Symbol, exp, log, pi, sqrt, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import covariance, gaussian_integral, normal, vector

name = "gaussian-chi2"
wrong = {"inflation": Rational(3, 2)}

TWO = Rational(2)


def derive(*, inflation: Rational = TWO) -> Derivation:
    """Derive the closed form in one and two dimensions and decide finiteness in both directions."""
    proof = Proof(name, "Chi-squared divergence of Gaussians", "standard", lemma=True, cites=("gaussian-integral",))
    proof.assume(
        "finite case: the precision k = 2/v1 - 1/v2 (in two dimensions the matrix A = 2/S1 - 1/S2) is positive"
    )
    x, m1, m2, beta, gamma = symbols("x m1 m2 beta gamma", real=True)
    v1, v2, k, kappa, y = symbols("v1 v2 k kappa y", positive=True)

    exponent = -((x - m1) ** 2) / v1 + (x - m2) ** 2 / (2 * v2)
    proof.equal(
        "The integrand p1^2 / p2 is a constant times the exponential of a quadratic.",
        normal(x, m1, v1) ** 2 / normal(x, m2, v2),
        sqrt(v2) / v1 / sqrt(2 * pi) * exp(exponent),
        by="products of exponentials",
    )
    closed = v2 / sqrt(v1 * (2 * v2 - v1)) * exp((m1 - m2) ** 2 / (inflation * v2 - v1))
    tied = {v1: 2 * v2 / (1 + k * v2)}
    proof.equal(
        "Integrate it; the curvature is k = 2/v1 - 1/v2 > 0, used to eliminate v1.",
        log((sqrt(v2) / v1 / sqrt(2 * pi)).subs(tied) * gaussian_integral(exponent.subs(tied).expand(), x)),
        log(closed).subs(tied),
        by="the Gaussian integral",
        reads=r"\log\int \frac{p_1^2}{p_2} = \log\frac{v_2}{\sqrt{v_1 (2 v_2 - v_1)}} + \frac{(m_1 - m_2)^2}{2 v_2 "
        r"- v_1}",
    )

    proof.equal(
        "The divergence is that integral less one.",
        (sqrt(v2) / v1 / sqrt(2 * pi)).subs(tied) * gaussian_integral(exponent.subs(tied).expand(), x) - 1,
        (closed - 1).subs(tied),
        by="the last step",
    )

    z, a, precision, A = vector("z"), vector("a"), covariance("p"), covariance("k")
    S1, S2 = precision.inv(), (2 * precision - A).inv()
    pair = -(z - a).dot(precision * (z - a)) + z.dot((2 * precision - A) * z) / 2
    once = log(gaussian_integral(pair.expand(), z[1]))
    twice = log(gaussian_integral(once.expand(), z[0]))
    proof.equal(
        "Two dimensions: the exponent after both integrations, for a general precision 1/S1 and a general positive"
        " A = 2/S1 - 1/S2; the origin is the second mean and a = m1 - m2.",
        twice,
        log(2 * pi) - log(A.det()) / 2 + (a.T * (inflation * S2 - S1).inv() * a)[0],
        by="the Gaussian integral twice",
        reads=r"\log\int e^{-|z-a|^2_{S_1^{-1}} + |z|^2_{S_2^{-1}}/2} dz = \log 2\pi - \tfrac12\log\det A"
        r" + a^T (2 S_2 - S_1)^{-1} a",
    )

    proof.at_least(
        "If k = -kappa < 0 the exponent is bounded below on the whole line, so the integral is infinite.",
        kappa * x**2 / 2 + beta * x + gamma,
        gamma - beta**2 / (2 * kappa),
        by="a square",
        terms=[kappa / 2 * (x + beta / kappa) ** 2],
    )
    proof.at_least(
        "If k = 0 the exponent beta x + gamma is at least gamma on the half-line x = beta y, y > 0 (on the line if "
        "beta = 0).",
        (beta * x + gamma).subs(x, beta * y),
        gamma,
        by="beta^2 y >= 0",
        terms=[beta**2 * y],
    )
    ratio, s = Symbol("r", positive=True), Symbol("s", positive=True)
    proof.at_least(
        "Where finite, the divergence is non-negative: v2^2 >= v1 (2 v2 - v1) under the root.",
        s**2,
        ratio * (2 * s - ratio),
        by="a square",
        terms=[(s - ratio) ** 2],
    )
    proof.result(
        "chi2",
        closed - 1,
        {m1: "first mean", m2: "second mean", v1: "first variance, below 2 v2", v2: "second variance"},
        where=tied,
    )
    return proof.finish()

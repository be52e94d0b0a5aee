r"""Renyi divergence of two Gaussians of any order, and its three special orders.

:math:`R_\lambda = \frac{\lambda (m_1-m_2)^2}{2 v_\lambda} +
\frac{1}{2(1-\lambda)}\log\frac{v_\lambda}{v_1^{1-\lambda} v_2^{\lambda}}` with :math:`v_\lambda = \lambda v_2 +
(1-\lambda) v_1`; finite when :math:`v_\lambda > 0`.
"""

from sympy import Expr, Limit, Rational, S, exp, log, pi, sqrt, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import gaussian_integral

name = "gaussian-renyi"
wrong = {"half": Rational(1, 3)}


def derive(*, half: Rational = S.Half) -> Derivation:
    """Derive the closed form below and above order one, and the orders 1/2, 1 and 2."""
    proof = Proof(
        name,
        "Renyi divergence of Gaussians",
        "Renyi (1961); closed form: Gil, Alajaji and Linder (2013)",
        lemma=True,
        cites=("gaussian-integral", "gaussian-kl", "gaussian-chi2"),
    )
    proof.assume("one dimension; v_lambda > 0 (always so for orders below one)")
    x, m1, m2 = symbols("x m1 m2", real=True)
    v1, v2, t, k, order = symbols("v1 v2 t k lambda", positive=True)

    def closed(lam: Expr) -> Expr:
        mixed = lam * v2 + (1 - lam) * v1
        return lam * (m1 - m2) ** 2 * half / mixed + (log(mixed) - (1 - lam) * log(v1) - lam * log(v2)) / (
            2 * (1 - lam)
        )

    def integrated(lam: Expr, first: Expr) -> Expr:
        exponent = -lam * (x - m1) ** 2 / (2 * first) - (1 - lam) * (x - m2) ** 2 / (2 * v2)
        normaliser = -log(2 * pi) / 2 - lam * log(first) / 2 - (1 - lam) * log(v2) / 2
        return (normaliser + log(gaussian_integral(exponent.expand(), x))) / (lam - 1)

    below = t / (1 + t)
    proof.equal(
        "Orders between 0 and 1, written t/(1+t) with t > 0.",
        integrated(below, v1),
        closed(below),
        by="the Gaussian integral",
        reads=r"\frac{1}{\lambda-1}\log\int p_1^\lambda p_2^{1-\lambda} = R_\lambda,\qquad \lambda = \tfrac{t}{1+t}",
    )
    above = 1 + t
    first = (1 + t) / (k + t / v2)
    proof.equal(
        "Orders above 1, written 1 + t, where the curvature k = lambda/v1 - (lambda-1)/v2 must be positive; v1 is "
        "eliminated.",
        integrated(above, first),
        closed(above).subs(v1, first),
        by="the Gaussian integral",
        reads=r"\frac{1}{\lambda-1}\log\int p_1^\lambda p_2^{1-\lambda} = R_\lambda,\qquad \lambda = 1 + t",
    )
    proof.equal(
        "Order 2 is log(1 + chi2).",
        closed(Rational(2)).subs(v1, 2 * v2 / (1 + k * v2)),
        log(v2 / sqrt(v1 * (2 * v2 - v1)) * exp((m1 - m2) ** 2 / (2 * v2 - v1))).subs(v1, 2 * v2 / (1 + k * v2)),
        by="gaussian-chi2; v1 eliminated by the curvature k",
        reads=r"R_2 = \log(1 + \chi^2)",
    )
    proof.equal(
        "The limit of order 1 is the Kullback-Leibler divergence.",
        Limit(closed(order), order, 1),
        (v1 / v2 - 1 + (m1 - m2) ** 2 / v2 + log(v2 / v1)) / 2,
        by="gaussian-kl; l'Hopital",
        reads=r"\lim_{\lambda\to1}R_\lambda = KL",
    )
    coefficient = sqrt(2 * sqrt(v1 * v2) / (v1 + v2)) * exp(-((m1 - m2) ** 2) / (4 * (v1 + v2)))
    proof.equal(
        "Half of order 1/2 is minus the logarithm of the Bhattacharyya coefficient ...",
        closed(Rational(1, 2)) / 2,
        -log(coefficient),
        by="evaluate at 1/2",
        reads=r"\tfrac12 R_{1/2} = -\log\int\sqrt{p_1 p_2}",
    )
    proof.equal(
        "... hence Hellinger's distance too.",
        1 - exp(-closed(Rational(1, 2)) / 2),
        1 - coefficient,
        by="the last step",
        reads=r"H^2 = 1 - \int\sqrt{p_1 p_2}",
    )
    meanings = {m1: "first mean", m2: "second mean", v1: "first variance", v2: "second variance"}
    proof.result("renyi", closed(order), {order: "order", **meanings})
    proof.result("bhattacharyya", -log(coefficient), meanings)
    proof.result("hellinger2", 1 - coefficient, meanings)
    return proof.finish()

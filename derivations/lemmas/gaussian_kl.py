r"""Kullback-Leibler divergence of two Gaussians.

:math:`KL = \frac12\left(\operatorname{tr} S_2^{-1} S_1 - d + (m_1 - m_2)^T S_2^{-1} (m_1 - m_2) + \log\frac{\det
S_2}{\det S_1}\right)`.
"""

from sympy import Integral, Rational, S, log, oo, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import covariance, expectation, log_density, normal, vector

name = "gaussian-kl"
wrong = {"half": Rational(1, 3)}


def derive(*, half: Rational = S.Half) -> Derivation:
    """Derive the closed form in one dimension and for general 2 x 2 covariances, and its sign."""
    proof = Proof(
        name, "Kullback-Leibler divergence of Gaussians", "standard", lemma=True, cites=("gaussian-integral",)
    )
    proof.assume("variances are positive; in two dimensions the covariances are general (Cholesky factors)")
    x, m1, m2 = symbols("x m1 m2", real=True)
    v1, v2, r = symbols("v1 v2 r", positive=True)

    one = half * (v1 / v2 - 1 + (m1 - m2) ** 2 / v2 + log(v2 / v1))
    log_ratio = log(v2 / v1) / 2 + (x - m2) ** 2 / (2 * v2) - (x - m1) ** 2 / (2 * v1)
    proof.equal(
        "The log-ratio of the densities is a quadratic.",
        log(normal(x, m1, v1)) - log(normal(x, m2, v2)),
        log_ratio,
        by="logarithms of the densities",
        reads=r"\log\frac{p_1}{p_2} = \tfrac12\log\frac{v_2}{v_1} + \frac{(x-m_2)^2}{2v_2} - \frac{(x-m_1)^2}{2v_1}",
    )
    proof.equal(
        "Integrate it against the first density.",
        Integral((normal(x, m1, v1) * log_ratio).expand(), (x, -oo, oo)),
        one,
        by="Gaussian moments, integrated directly",
        reads=r"\int p_1 \log\frac{p_1}{p_2} dx = \tfrac12\Big(\tfrac{v_1}{v_2} - 1 + \tfrac{(m_1-m_2)^2}{v_2} + "
        r"\log\tfrac{v_2}{v_1}\Big)",
    )

    y, a, b, S1, S2 = vector("y"), vector("a"), vector("b"), covariance("s"), covariance("t")
    gap = a - b
    two = half * ((S2.inv() * S1).trace() - 2 + (gap.T * S2.inv() * gap)[0] + log(S2.det()) - log(S1.det()))
    proof.equal(
        "Two dimensions, general covariances and means.",
        expectation(log_density(y, a, S1) - log_density(y, b, S2), list(y), a, S1),
        two,
        by="Stein's recursion for the moments of N(a, S1)",
        reads=r"E_1 \log\frac{p_1}{p_2} = \tfrac12\big(\operatorname{tr} S_2^{-1}S_1 - 2 + \delta^T S_2^{-1}\delta"
        r" + \log\det S_2 - \log\det S_1\big)",
    )

    touches = proof.convex_minimum(
        "The function r - 1 - log r is convex and touches zero at r = 1.",
        r - 1 - log(r),
        r,
        1,
        by="second derivative 1/r^2",
    )
    bracket = proof.instance(touches, {r: v1 / v2})
    proof.at_least(
        "So the divergence is non-negative.",
        one,
        0,
        by="the last step with r = v1/v2, and a square",
        terms=[bracket.expression / 2, (m1 - m2) ** 2 / v2 / 2],
        given=[bracket],
    )
    proof.result("kl", one, {m1: "first mean", m2: "second mean", v1: "first variance", v2: "second variance"})
    meanings = {
        symbol: f"entry of the {which} mean" for which, vec in (("first", a), ("second", b)) for symbol in vec
    }
    for which, cov in (("first", S1), ("second", S2)):
        ordered = sorted(cov.free_symbols, key=str)
        names = ("(1, 1)", "(2, 2)", "(2, 1)")
        meanings |= {
            s: f"entry {n} of the Cholesky factor of the {which} covariance"
            for s, n in zip(ordered, names, strict=True)
        }
    proof.result("kl_two_dimensions", two, meanings)
    return proof.finish()

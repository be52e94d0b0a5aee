r"""Donsker and Varadhan: any statistic bounds the Kullback-Leibler divergence from below.

:math:`KL(\hat p\|q) - \big(\lambda E_{\hat p}f - \log E_q e^{\lambda f}\big) = KL(\hat p\|q_\lambda) \ge 0` with
:math:`q_\lambda \propto q\,e^{\lambda f}`.
"""

from sympy import Rational, S, log, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.steps import RATIO, phi_is_nonnegative
from derivations.frame.tools import weighted

name = "dv"
wrong = {"one": Rational(4, 5)}
scope = "three atoms, any weights and any function"
taken = ""


def derive(*, one: Rational = S.One) -> Derivation:
    """Derive the identity behind the variational bound, and its sharpness for a Gaussian shift."""
    proof = Proof(name, "The variational lower bound of the KL", "Donsker and Varadhan (1975); this use *own*")
    proof.assume(
        "the exponential moment of f is finite",
        "shown on three atoms of arbitrary weights; more atoms add terms of the same kind",
    )
    phi = phi_is_nonnegative(proof)
    P, Q = symbols("P1 P2 P3", positive=True), symbols("Q1 Q2 Q3", positive=True)
    tilts = symbols("t1 t2 t3", positive=True)
    lam = symbols("lambda", real=True)
    p, q = [value / sum(P) for value in P], [value / sum(Q) for value in Q]
    log_p, log_q = ([log(value) - log(sum(law)) for value in law] for law in (P, Q))
    moment, log_moment = weighted(q, tilts), log(weighted(Q, tilts)) - log(sum(Q))
    tilted = [value * t / moment for value, t in zip(q, tilts, strict=True)]
    values = [proof.instance(phi, {RATIO: p[i] / tilted[i]}) for i in range(3)]
    divergence = sum(p[i] * (log_p[i] - log_q[i]) for i in range(3))
    proof.at_least(
        "The gap is the divergence from the tilted law, a mean of phi >= 0; t_i stands for exp(lambda f_i).",
        divergence,
        weighted(p, [log(t) for t in tilts]) - one * log_moment,
        by="log(p/q) = log(p/q_lambda) + lambda f - log E_q exp(lambda f)",
        terms=[tilted[i] * values[i].expression for i in range(3)],
        given=values,
        reads=r"KL(\hat p\|q) - \lambda E_{\hat p}f + \log E_q e^{\lambda f} = E_{q_\lambda}\varphi(\hat "
        r"p/q_\lambda) \ge 0",
        concludes=True,
    )
    shift, width = symbols("Delta", real=True), symbols("S", positive=True)
    proof.at_least(
        "For a Gaussian shift and f(y) = y - m the supremum over lambda is attained at Delta/S and equals the KL.",
        shift**2 / (2 * width),
        lam * shift - one * lam**2 * width / 2,
        by="a square; it vanishes at lambda = Delta/S",
        terms=[(shift - lam * width) ** 2 / (2 * width)],
    )
    cumulant, mean = symbols("log_moment mean", real=True)
    proof.result(
        "lower",
        lam * mean - one * cumulant,
        {lam: "tilt", mean: "mean of f under p^", cumulant: "log E_q exp(lambda f)"},
        where={lam: S.One, mean: weighted(p, [log(t) for t in tilts]), cumulant: log_moment},
    )
    return proof.finish()

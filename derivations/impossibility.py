r"""Errors as large as wished that change nothing.

:math:`e = c\,Q S_t^{-1}(x - m_t)` with ``Q`` antisymmetric leaves every marginal of a Gaussian as it is, while
its energy grows like :math:`c^2`.
"""

from sympy import Limit, Matrix, Rational, S, Symbol, diff, eye, oo

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import covariance, divergence, expectation, log_density, vector

name = "impossibility"
wrong = {"transposed": Rational(-1, 2), "leak": Rational(1, 100)}
scope = "Gaussians of any mean and covariance, d = 2"
taken = "that the Fokker-Planck equation has one solution"


def derive(*, transposed: Rational = S.NegativeOne, leak: Rational = S.Zero) -> Derivation:
    """Derive invisibility and the unbounded energy; `transposed` is the ratio Q21/Q12, -1, `leak` is Q11/Q12, 0."""
    proof = Proof(name, "No lower bound by the energy alone", "the gradient paper", cites=("gaussian-integral",))
    proof.assume(
        "two dimensions (more carry the same field in two of their coordinates); general mean and covariance"
    )
    x, m, S = vector("x"), vector("m"), covariance("s")
    c = Symbol("c", positive=True)
    Q = c * Matrix([[leak, 1], [transposed, leak]])
    P = S.inv()
    error = Q * P * (x - m)
    log_q = log_density(x, m, S)
    stein = divergence(error, list(x)) + sum(error[i] * diff(log_q, x[i]) for i in (0, 1))
    proof.equal(
        "The error transports no probability: q satisfies the learned Fokker-Planck equation for every scale c, so "
        "p^ = q exactly.",
        stein,
        0,
        by="div(q e)/q = tr(Q S^{-1}) - y^T Q y = 0 for antisymmetric Q",
        reads=r"\nabla\cdot(q\,e) = 0",
    )
    drift = eye(2) / 2 - P
    proof.equal(
        "The same on the moments: the covariance equation is unchanged.",
        (drift + Q * P) * S + S * (drift + Q * P).T,
        drift * S + S * drift.T,
        by="Q + Q^T = 0",
        reads=r"(F + QS^{-1})S + S(F + QS^{-1})^T = FS + SF^T",
    )
    energy = expectation(
        (error.T * error)[0].subs(dict(zip(x, x + m, strict=True)), simultaneous=True), list(x), Matrix([0, 0]), S
    )
    proof.equal(
        "Its energy density is c^2 tr(S^{-1}).",
        energy,
        c**2 * P.trace(),
        by="second moments; Q^T Q = c^2 I",
        reads=r"E_q|e|^2 = \operatorname{tr}(QS^{-1}Q^T) = c^2\operatorname{tr}S^{-1}",
    )
    trace = Symbol("tr", positive=True)
    proof.equal(
        "It is unbounded while every divergence of p^ from q is zero: no increasing function of the energy bounds "
        "one from below.",
        Limit(1 / ((energy / P.trace()).cancel() * trace), c, oo),
        0,
        by="the last two steps",
        reads=r"\lim_{c\to\infty} \frac{1}{c^2\operatorname{tr}S^{-1}} = 0,\quad KL(\hat p\|q) = \chi^2(\hat p\|q) "
        r"= 0",
        concludes=True,
    )
    proof.result(
        "energy_density", c**2 * trace, {c: "scale", trace: "trace of the precision"}, where={trace: P.trace()}
    )
    return proof.finish()

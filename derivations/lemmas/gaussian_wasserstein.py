r"""Bures: the 2-Wasserstein distance of two Gaussians.

The linear map ``T`` that is symmetric positive definite with ``T A T = B`` is the optimal transport, because the
potentials :math:`x^T T x/2` and :math:`y^T T^{-1} y/2` certify it; so :math:`W_2^2 = |m_1-m_2|^2 +
\operatorname{tr}A + \operatorname{tr}B - 2\operatorname{tr}(TA)`.
"""

from sympy import Matrix, Rational, Symbol, eye, sqrt, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import covariance, expectation, vector

name = "gaussian-wasserstein"
wrong = {"cross": Rational(3, 2)}

TWO = Rational(2)


def derive(*, cross: Rational = TWO) -> Derivation:
    """Derive the distance from an explicit coupling and a dual certificate."""
    proof = Proof(
        name,
        "2-Wasserstein distance of Gaussians (Bures)",
        "Dowson and Landau (1982); Gelbrich (1990)",
        lemma=True,
        cites=("gaussian-integral",),
    )
    proof.assume("A and T are general positive definite 2 x 2 matrices, B = T A T; every pair (A, B) is of this form")
    A, x, y = covariance("a"), vector("x"), vector("y")
    t1, t2 = symbols("t_1 t_2", positive=True)
    t3 = Symbol("t_3", real=True)
    factor = Matrix([[t1, 0], [t3, t2]])
    T = factor * factor.T
    B = T * A * T

    proof.equal(
        "The map x -> T x carries N(0, A) to N(0, B); its cost is explicit.",
        expectation(((x - T * x).T * (x - T * x))[0], list(x), Matrix([0, 0]), A),
        A.trace() + B.trace() - cross * (T * A).trace(),
        by="second moments",
        reads=r"E|x - T x|^2 = \operatorname{tr} A + \operatorname{tr} B - 2 \operatorname{tr}(T A)",
    )
    whitened = factor.T * x - factor.inv() * y
    proof.at_least(
        "No coupling is cheaper: the potentials dominate x.y at every pair of points.",
        ((x.T * T * x)[0] + (y.T * T.inv() * y)[0]) / 2,
        (x.T * y)[0],
        by="Young's inequality |L^T x - L^{-1} y|^2 >= 0 with T = L L^T",
        terms=[whitened[0] ** 2 / 2, whitened[1] ** 2 / 2],
        reads=r"\tfrac12 x^T T x + \tfrac12 y^T T^{-1} y \ge x^T y",
    )
    proof.equal(
        "The potentials' expectations under the two marginals give exactly the cost of the map, so it is optimal.",
        A.trace() + B.trace() - (T * A).trace() - (T.inv() * B).trace(),
        expectation(((x - T * x).T * (x - T * x))[0], list(x), Matrix([0, 0]), A),
        by="tr(T^{-1} B) = tr(A T) as B = T A T",
        reads=r"\operatorname{tr}A + \operatorname{tr}B - \operatorname{tr}(TA) - \operatorname{tr}(T^{-1}B) = E|x "
        r"- Tx|^2",
    )
    proof.equal(
        "In two dimensions the trace needs no matrix root.",
        (T * A).trace() ** 2,
        (A * B).trace() + cross * T.det() * A.det(),
        by="Cayley-Hamilton for T A, and tr((TA)^2) = tr(A B), det(T) det(A) = sqrt(det A det B)",
        reads=r"\operatorname{tr}(TA)^2 = \operatorname{tr}(AB) + 2\sqrt{\det A\det B}",
    )
    shift = vector("d")
    m1, m2 = symbols("m1 m2", real=True)
    proof.equal(
        "Means add their squared distance.",
        expectation(((x + shift - T * x).T * (x + shift - T * x))[0], list(x), Matrix([0, 0]), A),
        (shift.T * shift)[0] + (((eye(2) - T) ** 2) * A).trace(),
        by="the cross term has mean 0",
        reads=r"E|x + \delta - Tx|^2 = |\delta|^2 + \operatorname{tr}((I-T)A(I-T))",
    )
    v1, v2 = symbols("v1 v2", positive=True)
    one = (m1 - m2) ** 2 + v1 + v2 - cross * sqrt(v1) * sqrt(v2)
    proof.equal(
        "In one dimension: means and standard deviations apart.",
        one,
        (m1 - m2) ** 2 + (sqrt(v1) - sqrt(v2)) ** 2,
        by="T = sqrt(v2/v1)",
    )
    proof.result(
        "wasserstein2", one, {m1: "first mean", m2: "second mean", v1: "first variance", v2: "second variance"}
    )
    a11, a12, a22, b11, b12, b22 = symbols("a11 a12 a22 b11 b12 b22", real=True)
    root = sqrt((a11 * a22 - a12**2) * (b11 * b22 - b12**2))
    trace = sqrt(a11 * b11 + 2 * a12 * b12 + a22 * b22 + cross * root)
    proof.result(
        "bures_two_dimensions",
        a11 + a22 + b11 + b22 - 2 * trace,
        {
            s: f"entry of the {'first' if s.name[0] == 'a' else 'second'} covariance"
            for s in (a11, a12, a22, b11, b12, b22)
        },
        where={a11: A[0, 0], a12: A[0, 1], a22: A[1, 1], b11: B[0, 0], b12: B[0, 1], b22: B[1, 1]},
    )
    return proof.finish()

r"""Fresh data damp the accumulated divergence.

:math:`q_i = \alpha p + (1-\alpha)\hat p_i` gives :math:`\chi^2(q_i\|p) = (1-\alpha)^2 D_i`.
"""

from sympy import Expr, Rational, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import weighted

name = "refresh"
wrong = {"power": Rational(1)}
scope = "any densities, pointwise; integrated on three atoms"
taken = ""

TWO = Rational(2)


def derive(*, power: Rational = TWO) -> Derivation:
    """Derive the identity pointwise and integrated."""
    proof = Proof(name, "Refreshing with data", "the paper, section 4")
    proof.assume(
        "densities are positive; alpha is in [0, 1]; integration is shown on three atoms of arbitrary weights"
    )
    p, model, alpha = symbols("p phat alpha", positive=True)
    keep = 1 - alpha
    proof.equal(
        "The relative deviation shrinks pointwise.",
        (alpha * p + keep * model) / p - 1,
        keep * (model / p - 1),
        by="alpha p + (1-alpha) phat - p = (1-alpha)(phat - p)",
    )
    P, M = symbols("P1 P2 P3", positive=True), symbols("M1 M2 M3", positive=True)
    data, learned = [value / sum(P) for value in P], [value / sum(M) for value in M]
    mixed = [alpha * a + keep * b for a, b in zip(data, learned, strict=True)]

    def chi2(first: list[Expr], second: list[Expr]) -> Expr:
        return weighted([a**2 / b for a, b in zip(first, second, strict=True)]) - 1

    proof.equal(
        "Square and integrate against p.",
        chi2(mixed, data),
        keep**power * chi2(learned, data),
        by="the first step; both laws have mass one",
        reads=r"\chi^2(q_i\|p) = (1-\alpha)^2\,\chi^2(\hat p_i\|p)",
        concludes=True,
    )
    accumulated = symbols("D", nonnegative=True)
    proof.result(
        "refreshed",
        keep**power * accumulated,
        {alpha: "fresh fraction", accumulated: "accumulated divergence D_i"},
        where={accumulated: chi2(learned, data)},
    )
    return proof.finish()

r"""The paper's lower bound on one generation, with its exact constants.

The endpoint ratio is :math:`L = E[e^Z \mid Y_{end}]`. Write :math:`e^Z - 1 = M - \tfrac12[M] + R`, and let ``u``,
``w``, ``r`` be the conditional expectations of ``M``, ``[M]/2`` and ``R``; then :math:`\chi^2 = E(u - w + r)^2`, and
two uses of :math:`(a+b)^2 \ge a^2/2 - b^2` give the bound.
"""

from sympy import Expr, Rational, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.steps import jensen

name = "prop-3.3"
wrong = {"quarter": Rational(2, 7), "curvature": Rational(1, 10), "eighth": Rational(1, 7)}
scope = "Young's steps for any numbers; conditioning on three atoms, any weights"
taken = "Girsanov's theorem and Ito's isometry: what M, [M] and exp(Z) have as moments"

QUARTER = Rational(1, 4)
EIGHTH = Rational(1, 8)

PARTS = symbols("u w r", real=True)
MOMENTS = eta, energy, K, C = symbols("eta E K C", nonnegative=True)
# What Jensen takes off E w^2 and off E r^2, and the mean of a Young step's squares.
LOSSES = symbols("j1 j2 s", nonnegative=True)
MEANINGS = {energy: "ideal-path energy eps*^2", K: "second moment of [M] over eps*^4", C: "the constant C'"}


def second_moments() -> tuple[Expr, Expr]:
    """Return ``E w^2`` and ``E r^2``, which Jensen bounds."""
    return K * energy**2 / 4 - LOSSES[0], C * energy**2 - LOSSES[1]


def lower_bound(
    proof: Proof, *, quarter: Rational = QUARTER, curvature: Rational = EIGHTH, eighth: Rational = EIGHTH
) -> None:
    """Write the steps from Young's inequality to an eighth of the observable energy, which concludes."""
    proof.assume(
        "K = E[M]^2 / eps*^4 (second moment of the quadratic variation) and C' = E R^2 / eps*^4, R = e^Z - 1 - Z, "
        "are finite",
        "Jensen's inequality is shown on three paths of arbitrary weights to one endpoint",
    )
    (u, w, r), (variation_loss, rest_loss, squares) = PARTS, LOSSES
    half_variation, rest = second_moments()
    proof.at_least(
        "Lower Young step, twice: first split off r, then w.",
        (u - w + r) ** 2,
        quarter * u**2 - w**2 / 2 - r**2,
        by="(a+b)^2 - a^2/2 + b^2 = (a + 2b)^2/2",
        terms=[(u - w + 2 * r) ** 2 / 2, (u - 2 * w) ** 2 / 4],
    )
    jensen(
        proof,
        "Jensen: conditional expectation does not increase a second moment.",
        reads=r"E X^2 - E\,E[X|Y]^2 = E\operatorname{Var}(X|Y) \ge 0",
    )
    constant = curvature * K + C
    lowest = eta * energy / 4 - half_variation / 2 - rest + squares
    proof.at_least(
        "Average the lower step. E u^2 = eta E by definition; Jensen gives E w^2 = K E^2/4 - j1 and E r^2 = C' E^2 "
        "- j2 with j1, j2 >= 0; s >= 0 is the mean of the squares above. The constant is C = K/8 + C'.",
        lowest,
        quarter * eta * energy - constant * energy**2,
        by="the first and second step",
        terms=[squares, variation_loss / 2, rest_loss],
        reads=r"\chi^2 - \big(\tfrac14\eta\varepsilon_*^2 - (\tfrac K8 + C')\varepsilon_*^4\big) = s + \tfrac12 j_1 "
        r"+ j_2 \ge 0",
        concludes=proof.name == name,
    )
    smallness = eta / 8 - constant * energy
    small = proof.suppose("E (C + K/8) <= eta/8, for the last step: eps*^2 <= eta/(8C)", smallness)
    proof.at_least(
        "Once eps*^2 <= eta/(8C) half of the leading term remains.",
        lowest,
        eighth * eta * energy,
        by="the last step, and eta/8 - C E >= 0",
        terms=[squares, variation_loss / 2, rest_loss, energy * smallness],
        given=[small],
        reads=r"\chi^2 \ge \tfrac18\,\eta\,\varepsilon_*^2 \quad\text{if } \varepsilon_*^2 \le \min(1, \eta/(8C))",
        concludes=True,
    )


def derive(*, quarter: Rational = QUARTER, curvature: Rational = EIGHTH, eighth: Rational = EIGHTH) -> Derivation:
    """Derive the bound; the arguments are the constants 1/4, 1/8 (of K) and 1/8 (of eta)."""
    proof = Proof(name, "Observable energy forces drift", "the paper, Proposition 3.3")
    lower_bound(proof, quarter=quarter, curvature=curvature, eighth=eighth)
    proof.result(
        "lower", quarter * eta * energy - (curvature * K + C) * energy**2, {eta: "observability", **MEANINGS}
    )
    return proof.finish()

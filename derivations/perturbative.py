r"""The paper's two-sided bound on one generation, with its exact constants.

The endpoint ratio is :math:`L = E[e^Z \mid Y_{end}]`. Write :math:`e^Z - 1 = M - \tfrac12[M] + R`, and let ``u``,
``w``, ``r`` be the conditional expectations of ``M``, ``[M]/2`` and ``R``; then :math:`\chi^2 = E(u - w + r)^2`.
Two uses of :math:`(a+b)^2 \ge a^2/2 - b^2` give the lower bound and two of :math:`(a+b)^2 \le 2a^2 + 2b^2` the
upper one.
"""

from sympy import Rational, S, symbols

from derivations.proof import Derivation, Proof
from derivations.tools import pairs, weighted

theorems = ("prop-3.3", "thm-3.4")
wrong = {
    "quarter": Rational(2, 7),
    "curvature": Rational(1, 10),
    "eighth": Rational(1, 7),
    "four": Rational(3),
    "upper_curvature": Rational(1, 2),
}

FOUR = Rational(4)
QUARTER = Rational(1, 4)
EIGHTH = Rational(1, 8)


def derive(
    *,
    quarter: Rational = QUARTER,
    curvature: Rational = EIGHTH,
    eighth: Rational = EIGHTH,
    four: Rational = FOUR,
    upper_curvature: Rational = S.One,
) -> Derivation:
    """Derive both bounds; the arguments are the constants 1/4, 1/8 (of K), 1/8 (of eta), 4 and 1 (of K)."""
    proof = Proof(
        "perturbative",
        "Lower and upper bound of one generation",
        "the paper, Proposition 3.3 and Theorem 3.4",
        theorems,
    )
    proof.assume(
        "K = E[M]^2 / eps*^4 (second moment of the quadratic variation) and C' = E R^2 / eps*^4, R = e^Z - 1 - Z, "
        "are finite",
        "Jensen's inequality is shown on three paths of arbitrary weights to one endpoint",
    )
    u, w, r = symbols("u w r", real=True)
    proof.at_least(
        "Lower Young step, twice: first split off r, then w.",
        (u - w + r) ** 2,
        quarter * u**2 - w**2 / 2 - r**2,
        by="(a+b)^2 - a^2/2 + b^2 = (a + 2b)^2/2",
        terms=[(u - w + 2 * r) ** 2 / 2, (u - 2 * w) ** 2 / 4],
    )
    proof.at_least(
        "Upper Young step, twice.",
        four * u**2 + 4 * w**2 + 2 * r**2,
        (u - w + r) ** 2,
        by="2a^2 + 2b^2 - (a+b)^2 = (a-b)^2",
        terms=[(u - w - r) ** 2, 2 * (u + w) ** 2],
    )
    weights, x = symbols("w1 w2 w3", positive=True), symbols("x1 x2 x3", real=True)
    mass = sum(weights)
    proof.at_least(
        "Jensen: conditional expectation does not increase a second moment.",
        weighted(weights, x, x),
        weighted(weights, x) ** 2 / mass,
        by="conditional variance (Lagrange's identity)",
        terms=[term / mass for term in pairs(weights, x, (1, 1, 1))],
        show=r"E X^2 - E\,E[X|Y]^2 = E\operatorname{Var}(X|Y) \ge 0",
    )

    eta, energy, K, C = symbols("eta E K C", nonnegative=True)
    j_variation, j_rest, squares = symbols("j1 j2 s", nonnegative=True)
    half_variation = K * energy**2 / 4 - j_variation
    rest = C * energy**2 - j_rest
    constant = curvature * K + C
    lowest = eta * energy / 4 - half_variation / 2 - rest + squares
    proof.at_least(
        "Average the lower step. E u^2 = eta E by definition; Jensen gives E w^2 = K E^2/4 - j1 and E r^2 = C' E^2 "
        "- j2 with"
        " j1, j2 >= 0; s >= 0 is the mean of the squares above. The constant is C = K/8 + C'.",
        lowest,
        quarter * eta * energy - constant * energy**2,
        by="the first and third step",
        terms=[squares, j_variation / 2, j_rest],
        show=r"\chi^2 - \big(\tfrac14\eta\varepsilon_*^2 - (\tfrac K8 + C')\varepsilon_*^4\big) = s + \tfrac12 j_1 "
        r"+ j_2 \ge 0",
    )
    smallness = eta / 8 - constant * energy
    proof.at_least(
        "Once eps*^2 <= eta/(8C) half of the leading term remains.",
        lowest,
        eighth * eta * energy,
        by="the last step, and eta/8 - C E >= 0",
        terms=[squares, j_variation / 2, j_rest, energy * smallness],
        given=[smallness],
        show=r"\chi^2 \ge \tfrac18\,\eta\,\varepsilon_*^2 \quad\text{if } \varepsilon_*^2 \le \min(1, \eta/(8C))",
        concludes="prop-3.3",
    )
    highest = 4 * eta * energy + 4 * half_variation + 2 * rest - squares
    proof.at_least(
        "Average the upper step and use eta <= 1 (Jensen for M).",
        four * energy + (upper_curvature * K + 2 * C) * energy**2,
        highest,
        by="the second and third step",
        terms=[squares, 4 * j_variation, 2 * j_rest, 4 * energy * (1 - eta)],
        given=[1 - eta],
        show=r"\chi^2 \le 4\varepsilon_*^2 + (K + 2C')\varepsilon_*^4",
        concludes="thm-3.4",
    )
    meanings = {energy: "ideal-path energy eps*^2", K: "second moment of [M] over eps*^4", C: "the constant C'"}
    proof.result("lower", quarter * eta * energy - constant * energy**2, {eta: "observability", **meanings})
    proof.result("upper", four * energy + (upper_curvature * K + 2 * C) * energy**2, meanings)
    return proof.finish()

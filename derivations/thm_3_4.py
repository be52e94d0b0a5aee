r"""Energy and drift are of one order.

The lower half is that of ``prop-3.3``. In its notation :math:`\chi^2 = E(u - w + r)^2`, and two uses of
:math:`(a+b)^2 \le 2a^2 + 2b^2` give the upper one.
"""

from sympy import Rational, S

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.prop_3_3 import EIGHTH, LOSSES, MEANINGS, MOMENTS, PARTS, lower_bound, second_moments

name = "thm-3.4"
wrong = {"eighth": Rational(1, 7), "four": Rational(3), "upper_curvature": Rational(1, 2)}
scope = "Young's steps for any numbers; conditioning on three atoms, any weights"
taken = "Girsanov's theorem and Ito's isometry: what M, [M] and exp(Z) have as moments"

FOUR = Rational(4)


def derive(*, eighth: Rational = EIGHTH, four: Rational = FOUR, upper_curvature: Rational = S.One) -> Derivation:
    """Derive both bounds; the arguments are the constants 1/8 (of eta), 4 and 1 (of K)."""
    proof = Proof(name, "Energy and drift are of one order", "the paper, Theorem 3.4")
    lower_bound(proof, eighth=eighth)
    (u, w, r), (eta, energy, K, C), (variation_loss, rest_loss, squares) = PARTS, MOMENTS, LOSSES
    half_variation, rest = second_moments()
    proof.at_least(
        "Upper Young step, twice.",
        four * u**2 + 4 * w**2 + 2 * r**2,
        (u - w + r) ** 2,
        by="2a^2 + 2b^2 - (a+b)^2 = (a-b)^2",
        terms=[(u - w - r) ** 2, 2 * (u + w) ** 2],
    )
    visible = proof.suppose("eta <= 1: conditioning contracts (Jensen for M)", 1 - eta)
    bound = four * energy + (upper_curvature * K + 2 * C) * energy**2
    proof.at_least(
        "Average the upper step and use eta <= 1 (Jensen for M); s is now the mean of its squares.",
        bound,
        4 * eta * energy + 4 * half_variation + 2 * rest - squares,
        by="the upper Young step and Jensen",
        terms=[squares, 4 * variation_loss, 2 * rest_loss, 4 * energy * (1 - eta)],
        given=[visible],
        reads=r"\chi^2 \le 4\varepsilon_*^2 + (K + 2C')\varepsilon_*^4",
        concludes=True,
    )
    proof.result("upper", bound, MEANINGS)
    return proof.finish()

r"""The innovation is at least the intra-generation divergence times the fresh fraction.

:math:`J_i \ge \alpha I_i`, because :math:`q_i \ge \alpha p`; hence :math:`D_{i+1} + (1-\alpha)^2 D_i \ge \alpha
I_i/2`.
"""

from sympy import Rational, S, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "innovation"
wrong = {"half": Rational(3, 4), "factor": Rational(3, 2)}
scope = "any densities, pointwise; norms in two coordinates"
taken = ""


def derive(*, half: Rational = S.Half, factor: Rational = S.One) -> Derivation:
    """Derive both inequalities with their gaps."""
    proof = Proof(name, "Innovation and intra-generation divergence", "the paper, section 4")
    proof.assume(
        "0 < alpha <= 1; densities are positive",
        "any two vectors span a plane, so two coordinates suffice for the norms",
    )
    p, now, later, alpha = symbols("p phat_now phat_next alpha", positive=True)
    keep = 1 - alpha
    some = proof.suppose("alpha <= 1", keep)
    mixed = alpha * p + keep * now
    proof.at_least(
        "Pointwise: xi^2 p is the density of J, (phat_next - q)^2/q that of I.",
        ((later - mixed) / p) ** 2 * p,
        factor * alpha * (later - mixed) ** 2 / mixed,
        by="q - alpha p = (1 - alpha) phat >= 0",
        terms=[(later - mixed) ** 2 * keep * now / (p * mixed)],
        given=[some],
        reads=r"\xi_i^2 p - \alpha\frac{(\hat p_{i+1}-q_i)^2}{q_i} = \frac{(\hat p_{i+1}-q_i)^2 (1-\alpha)\hat "
        r"p_i}{p\,q_i} \ge 0",
        concludes=True,
    )
    a, b = symbols("a1 a2", real=True), symbols("b1 b2", real=True)
    k = symbols("k", nonnegative=True)
    proof.at_least(
        "Young for the filter: xi = r' - k r with k = 1 - alpha.",
        2 * sum(x**2 + k**2 * y**2 for x, y in zip(a, b, strict=True)),
        2 * half * sum((x - k * y) ** 2 for x, y in zip(a, b, strict=True)),
        by="2|a|^2 + 2|b|^2 - |a - b|^2 = |a + b|^2",
        terms=[(x + k * y) ** 2 for x, y in zip(a, b, strict=True)],
        reads=r"2\|r_{i+1}\|^2 + 2k^2\|r_i\|^2 - \|\xi_i\|^2 = \|r_{i+1} + k r_i\|^2 \ge 0",
    )
    intra, excess, square = symbols("I g s", nonnegative=True)
    energy = alpha * intra + excess
    proof.at_least(
        "Together: J = alpha I + g with g >= 0, and D' + k^2 D = J/2 + s/2 with s = |r' + k r|^2.",
        energy / 2 + square / 2,
        half * alpha * intra,
        by="both steps",
        terms=[excess / 2, square / 2],
        reads=r"D_{i+1} + (1-\alpha)^2 D_i \ge \tfrac12\alpha I_i",
        concludes=True,
    )
    proof.result("floor", half * alpha * intra, {alpha: "fresh fraction", intra: "intra-generation divergence I_i"})
    return proof.finish()

r"""The bias of the appendix form of theorem 4.2.

With :math:`v_i = (1-\alpha)^{N-1-i}\sqrt{J_i}` (and :math:`(1-\alpha)^N\sqrt{D_0}` among them) the drift is the
discounted sum :math:`\sum v_i^2` plus inner products of different innovations, each at most :math:`v_iv_j` in size:
the bias is at most :math:`(\sum v_i)^2 - \sum v_i^2`, and aligned innovations attain it.
"""

from sympy import Rational, S, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "appendix-4.2"
wrong = {"one": Rational(4, 5)}
scope = "three vectors, which two generations and a start are; more add terms of the same kind"
taken = ""


def derive(*, one: Rational = S.One) -> Derivation:
    """Derive both bounds and the equality case."""
    proof = Proof(
        name, "The bias of the appendix form", "*own*; the form: the paper's appendix", cites=("filter", "coherent")
    )
    proof.assume("v_i are the norms of the discounted innovations and start, c_ij their inner products")
    v = symbols("v1:4", nonnegative=True)
    c12, c13, c23 = symbols("c12 c13 c23", real=True)
    products = [(v[0] * v[1], c12), (v[0] * v[2], c13), (v[1] * v[2], c23)]
    squares = sum(x**2 for x in v)
    drift = squares + 2 * (c12 + c13 + c23)
    surplus = one * (sum(v) ** 2 - squares)
    proof.equal(
        "The square of the sum less the sum of squares.",
        sum(v) ** 2 - squares,
        one * 2 * sum(most for most, _ in products),
        by="expand",
        reads=r"C_{\mathrm{bias}} = \Big(\sum v_i\Big)^2 - \sum v_i^2 = 2\sum_{i<j}v_iv_j",
    )
    above = [proof.suppose(f"{inner} <= {most}, by Cauchy-Schwarz", most - inner) for most, inner in products]
    below = [proof.suppose(f"{inner} >= -{most}", most + inner) for most, inner in products]
    proof.at_least(
        "The drift less the discounted sum is at most the bias ...",
        surplus,
        drift - squares,
        by="Cauchy-Schwarz, three times",
        terms=[2 * (most - inner) for most, inner in products],
        given=above,
        reads=r"D_N - \sum v_i^2 \le C_{\mathrm{bias}}",
        concludes=True,
    )
    proof.at_least(
        "... and at least minus the bias.",
        surplus,
        squares - drift,
        by="Cauchy-Schwarz, three times",
        terms=[2 * (most + inner) for most, inner in products],
        given=below,
        reads=r"D_N - \sum v_i^2 \ge -C_{\mathrm{bias}}",
        concludes=True,
    )
    proof.equal(
        "Aligned innovations attain it.",
        drift.subs({inner: most for most, inner in products}) - squares,
        surplus,
        by="inner products are the products of norms",
    )
    proof.result("bias", surplus, {value: f"norm {i + 1}" for i, value in enumerate(v)})
    return proof.finish()

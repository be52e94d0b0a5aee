r"""The paper's two statements on accumulation.

From ``innovation`` and ``prop-3.3``: :math:`D_{i+1} + (1-\alpha)^2 D_i \ge \alpha\eta_i\varepsilon_i^2/16`.
Summing gives (i), bounding both terms by the limsup gives (ii). A divergent series alone does not give (ii).
"""

from sympy import Limit, Rational, S, Symbol, oo, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "prop-4.1"
wrong = {"sixteen": Rational(15), "factor": Rational(8)}
scope = "the sum for six generations; the limit superior by any level above it"
taken = "prop-3.3 in every generation"

SIXTEEN = Rational(16)


def derive(*, sixteen: Rational = SIXTEEN, factor: Rational = S.One) -> Derivation:
    """Derive the summed inequality, the floor and the example that separates them."""
    proof = Proof(name, "Accumulation and its floor", "the paper, Proposition 4.1", cites=("prop-3.3", "innovation"))
    proof.assume(
        "every generation is in the perturbative regime: I_i >= eta_i eps_i^2/8 (prop-3.3)",
        "eventually D_i <= L, for any L above the limsup",
    )
    alpha, k, eta, e = symbols("alpha k eta e", positive=True)
    excess, gap = symbols("h g", nonnegative=True)
    intra = eta * e / 8 + excess
    both = alpha * intra / 2 + gap
    intras = symbols("I0:6", nonnegative=True)
    gaps = symbols("g0:6", nonnegative=True)
    proof.at_least(
        "One generation: D' + k^2 D = alpha I/2 + g and I = eta e/8 + h with g, h >= 0; k = 1 - alpha.",
        both,
        alpha * eta * e / sixteen,
        by="innovation and prop-3.3",
        terms=[alpha * excess / 2, gap],
        reads=r"D_{i+1} + k^2 D_i \ge \tfrac{1}{16}\alpha\,\eta_i\varepsilon_i^2",
    )
    d = symbols("D0:7", nonnegative=True)
    proof.at_least(
        "(i) Summed over generations the left side is at most (1 + k^2) sum D (six generations; each one more adds "
        "the same terms), so a divergent sum of alpha eta eps^2/16 makes sum D diverge.",
        (1 + k**2) * sum(d),
        sum(d[i + 1] + k**2 * d[i] for i in range(6)),
        by="telescoping",
        terms=[d[0], k**2 * d[6]],
        reads=r"(1+k^2)\sum_{i=0}^{N} D_i \ge \sum_{i<N}(D_{i+1} + k^2 D_i) \ge "
        r"\tfrac{\alpha}{16}\sum_{i<N}\eta_i\varepsilon_i^2",
        concludes=True,
    )
    drifts = [d[0]]
    for intra_now, gap_now in zip(intras, gaps, strict=True):
        drifts.append(alpha * intra_now / 2 + gap_now - k**2 * drifts[-1])
    last = proof.suppose("the last drift is not negative", drifts[-1])
    proof.at_least(
        "With D_{i+1} + k^2 D_i = alpha I_i/2 + g_i in each generation: (1 + k^2) sum D is at least alpha/2 times "
        "the sum of the I_i.",
        (1 + k**2) * sum(drifts),
        factor * alpha / 2 * sum(intras),
        by="telescoping; innovation in each generation",
        terms=[d[0], k**2 * drifts[-1], *gaps],
        given=[last],
        reads=r"(1+k^2)\sum_{i=0}^{N} D_i \ge \tfrac\alpha2\sum_{i<N} I_i",
        concludes=True,
    )
    s0, s1 = symbols("s0 s1", nonnegative=True)
    # D = L - s0 and D' = L - s1 in  D' + k^2 D = both,  solved for L
    limsup = (both + s1 + k**2 * s0) / (1 + k**2)
    proof.at_least(
        "(ii) If D, D' <= L, write D = L - s0, D' = L - s1 and solve for L: the floor.",
        limsup,
        alpha * eta * e / (sixteen * (1 + k**2)),
        by="the first step",
        terms=[alpha * excess / 2 / (1 + k**2), gap / (1 + k**2), s1 / (1 + k**2), k**2 * s0 / (1 + k**2)],
        reads=r"\limsup D_i \ge \frac{\alpha\,\underline\eta\,\underline e}{16\,(1+(1-\alpha)^2)}",
        concludes=True,
    )
    n, i = Symbol("n", integer=True, positive=True), Symbol("i", integer=True, positive=True)
    proof.equal(
        "The series alone does not give a floor: eps_i^2 = 1/i tends to 0 ...",
        Limit(1 / n, n, oo),
        0,
        by="limit",
    )
    block = proof.suppose("i <= 2n, in the example", 2 * n - i)
    proof.at_least(
        "... while every block n < i <= 2n of its series has n terms of at least 1/(2n), so a sum of at least 1/2: "
        "it diverges.",
        1 / i,
        1 / (2 * n),
        by="i <= 2n",
        terms=[(2 * n - i) / (2 * n * i)],
        given=[block],
    )
    proof.result(
        "floor",
        alpha * eta * e / (sixteen * (1 + (1 - alpha) ** 2)),
        {alpha: "fresh fraction", eta: "lower bound of eta", e: "lower bound of eps^2"},
        where={k: 1 - alpha},
    )
    return proof.finish()

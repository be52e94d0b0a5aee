r"""The filter holds in every norm.

:math:`q_i - p = (1-\alpha)(\hat p_i - p)` as signed measures, so every norm shrinks by exactly :math:`1-\alpha`, and
the triangle inequality gives the discounted sum. In total variation Pinsker's inequality bounds what a generation
adds by half of the root of its learned energy.
"""

from sympy import Rational, S, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "norm-filter"
wrong = {"one": Rational(4, 5)}
scope = "any densities, pointwise; any norm of signed measures, any number of generations by induction"
taken = "Pinsker's inequality KL >= 2 TV^2"


def derive(*, one: Rational = S.One) -> Derivation:
    """Derive the exact refresh, the induction and the step in total variation."""
    proof = Proof(name, "The filter in any norm", "*own*", cites=("prop-3.1",))
    proof.assume("a norm of signed measures: total variation, W1 as the dual of slopes up to 1, that of a kernel")
    p, model, alpha = symbols("p phat alpha", positive=True)
    proof.equal(
        "The deviation shrinks pointwise, and so does every norm of it.",
        alpha * p + (1 - alpha) * model - p,
        one * (1 - alpha) * (model - p),
        by="alpha p - p = -(1 - alpha) p",
        reads=r"\|q_i - p\| = (1-\alpha)\,\|\hat p_i - p\|",
        concludes=True,
    )
    k, bound, short, gap, size = symbols("k B s g e", nonnegative=True)
    proof.at_least(
        "Induction: d_i = B_i - s, and d_{i+1} = k d_i + e_i - g by the triangle inequality; k = 1 - alpha.",
        k * bound + one * size,
        k * (bound - short) + size - gap,
        by="both gaps are non-negative",
        terms=[k * short, gap],
        reads=r"\|\hat p_N - p\| \le \sum_i (1-\alpha)^{N-1-i}\|\hat p_{i+1} - q_i\| + (1-\alpha)^N\|\hat p_0 - p\|",
        concludes=True,
    )
    variation, entropy, root = symbols("t K eps", nonnegative=True)
    pinsker = proof.suppose(
        "K >= 2 t^2, by Pinsker: relative entropy K, total variation t", entropy - 2 * variation**2
    )
    energy = proof.suppose("K <= eps^2/2, of the learned energy eps^2 (prop-3.1)", root**2 / 2 - entropy)
    proof.at_least(
        "A generation adds at most half of the root of its learned energy in total variation.",
        one * (root / 2) ** 2,
        variation**2,
        by="both, halved",
        terms=[(entropy - 2 * variation**2) / 2, (root**2 / 2 - entropy) / 2],
        given=[pinsker, energy],
        reads=r"\mathrm{TV}(\hat p_{i+1}, q_i) \le \tfrac12\hat\varepsilon_i",
        concludes=True,
    )
    proof.result(
        "next_bound", k * bound + one * size, {k: "1 - alpha", bound: "bound of model i", size: "innovation"}
    )
    proof.result("step", one * (root / 2) ** 2, {root: "root of the learned energy"})
    return proof.finish()

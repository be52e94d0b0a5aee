r"""The largest accumulation: aligned innovations.

:math:`\sqrt{D_{i+1}} \le (1-\alpha)\sqrt{D_i} + \sqrt{J_i}` by the triangle inequality, so :math:`\sqrt{D_N} \le
\sum_i (1-\alpha)^{N-1-i}\sqrt{J_i} + (1-\alpha)^N\sqrt{D_0}`, with equality for aligned innovations.
"""

from sympy import Rational, S, Symbol, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.steps import cauchy_schwarz

name = "coherent"
wrong = {"one": Rational(4, 5)}
scope = "the bound by induction, any number of generations; equality for five"
taken = ""


def derive(*, one: Rational = S.One) -> Derivation:
    """Derive the bound by induction and its equality case."""
    proof = Proof(name, "Coherent accumulation", "*own*", cites=("filter",))
    proof.assume("k = 1 - alpha in [0, 1]", "any two vectors span a plane, so the three coordinates suffice")
    k, a, b = symbols("k a b", nonnegative=True)
    cauchy_schwarz(
        proof,
        "Cauchy-Schwarz: <r, xi> <= a b with a = |r|, b = |xi|; here x = r and y = xi.",
        reads=r"\|r\|^2\|\xi\|^2 - \langle r,\xi\rangle^2 = \sum_{i<j} w_i w_j (x_i y_j - x_j y_i)^2 \ge 0",
    )
    inner = Symbol("i", real=True)
    cosine = proof.suppose("i <= a b, by Cauchy-Schwarz: i = <r, xi>", a * b - inner)
    proof.at_least(
        "Triangle inequality: |k r + xi|^2 = k^2 a^2 + 2 k <r, xi> + b^2.",
        (k * a + one * b) ** 2,
        k**2 * a**2 + 2 * k * inner + b**2,
        by="the first step",
        terms=[2 * k * (a * b - inner)],
        reads=r"(k\|r\| + \|\xi\|)^2 \ge k^2\|r\|^2 + 2k\langle r,\xi\rangle + \|\xi\|^2",
        given=[cosine],
    )
    bound, short, gap, root = symbols("B s g j", nonnegative=True)
    proof.at_least(
        "Induction: if sqrt(D_i) = B_i - s and sqrt(D_{i+1}) = k sqrt(D_i) + sqrt(J_i) - g, then B_{i+1} = k B_i + "
        "sqrt(J_i) is a bound;"
        " unrolled, B_N is the geometric sum.",
        k * bound + one * root,
        k * (bound - short) + root - gap,
        by="both gaps are non-negative",
        terms=[k * short, gap],
        reads=r"\sqrt{D_N} \le \sum_{i<N}(1-\alpha)^{N-1-i}\sqrt{J_i} + (1-\alpha)^N\sqrt{D_0}",
        concludes=True,
    )
    roots = symbols("j0:5", nonnegative=True)
    start = Symbol("d0", nonnegative=True)
    state = start
    for value in roots:
        state = k * state + one * value
    proof.equal(
        "Aligned innovations attain it: in one dimension the filter itself is the geometric sum (five generations).",
        state**2,
        (sum(k ** (4 - i) * value for i, value in enumerate(roots)) + k**5 * start) ** 2,
        by="Horner's rule",
        reads=r"D_N = \Big(\sum_{i<N}(1-\alpha)^{N-1-i}\sqrt{J_i} + (1-\alpha)^N\sqrt{D_0}\Big)^2",
        concludes=True,
    )
    proof.result(
        "next_root", k * bound + one * root, {k: "1 - alpha", bound: "bound on sqrt(D_i)", root: "sqrt(J_i)"}
    )
    return proof.finish()

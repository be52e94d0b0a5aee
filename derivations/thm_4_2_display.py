r"""Why the display of Theorem 4.2, as a public reproduction transcribes it, cannot hold.

That transcription of version 2 puts :math:`D_{N+1} + C_{bias}`, :math:`C_{bias} > 0` constant, on the left of a
two-sided equivalence with :math:`\sum_i (1-\alpha)^{2(N-i)}\varepsilon_i^2 + (1-\alpha)^{2(N+1)}D_0`. Under
summable energies the right side tends to zero and the left does not, so no constant makes it an upper bound.
Without :math:`C_{bias}` the same instance is an equality.
"""

from sympy import Function, Limit, Rational, S, Symbol, oo, rsolve, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "thm-4.2-display"
wrong = {"bias": Rational(0)}
scope = "one instance: k^2 = 1/4, energies (1/9)^i"
taken = ""


def derive(*, bias: Rational = S.One) -> Derivation:
    """Derive the counterexample; `bias` multiplies the constant, and with 0 nothing is refuted."""
    proof = Proof(
        name,
        "Refutation of a displayed equivalence",
        "the paper, Theorem 4.2, as transcribed by a public reproduction; refutation *own*",
        cites=("incoherent",),
    )
    proof.assume(
        "orthogonal innovations of energies J_i = eps_i^2 = h^i (summable), 1 - alpha = k",
        "exact instance: k = 1/2, k^2 = 1/4, h = 1/9",
    )
    n = Symbol("n", integer=True, nonnegative=True)
    start, constant, times = symbols("D_0 C K", positive=True)
    keep, ratio = Rational(1, 4), Rational(1, 9)
    d = Function("d")
    solved = rsolve(d(n + 1) - keep * d(n) - ratio**n, d(n), {d(0): start})
    right = (keep**n - ratio**n) / (keep - ratio) + keep**n * start
    proof.equal(
        "Solve D_{n+1} = k^2 D_n + h^n: the accumulated divergence is exactly the discounted sum.",
        solved,
        right,
        by="rsolve; incoherent",
        reads=r"D_n = \frac{k^{2n} - h^n}{k^2 - h} + k^{2n}D_0",
    )
    proof.equal(
        "The discounted sum tends to zero.",
        Limit(right, n, oo),
        0,
        by="geometric sequences",
        reads=r"\lim_n \Big(\sum_{i<n} k^{2(n-1-i)}h^i + k^{2n}D_0\Big) = 0",
    )
    proof.equal(
        "Without the constant the two sides are equal in this instance: the ratio is one.",
        solved / right,
        1,
        by="the first step",
        reads=r"D_n \Big/ \Big(\sum_{i<n} k^{2(n-1-i)}h^i + k^{2n}D_0\Big) = 1",
    )
    proof.equal(
        "With it K times the right over the left tends to zero, so no constant K times the right bounds the left: "
        "the display is refuted.",
        Limit(times * right / (right + bias * constant), n, oo),
        0,
        by="the left side tends to C > 0",
        reads=r"\lim_n K\,\frac{\sum_{i<n} k^{2(n-1-i)}h^i + k^{2n}D_0}{D_n + C_{bias}} = 0",
        concludes=True,
    )
    proof.result("right_side", right, {n: "generation", start: "D_0"})
    return proof.finish()

r"""Orthogonal innovations: the discounted sum.

If :math:`\langle\xi_i,\xi_j\rangle = 0` for :math:`i \ne j` (and with :math:`r_0`) then :math:`D_N = \sum_i
(1-\alpha)^{2(N-1-i)} J_i + (1-\alpha)^{2N} D_0` exactly; for constant ``J`` it tends to
:math:`J/(\alpha(2-\alpha))`.
"""

from sympy import Function, Rational, Symbol, rsolve, sqrt, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "incoherent"
wrong = {"power": Rational(1)}
scope = "five generations of orthogonal vectors; constant energy for any number"
taken = ""

TWO = Rational(2)


def derive(*, power: Rational = TWO) -> Derivation:
    """Derive the sum, the recursion of the energies and the plateau."""
    proof = Proof(name, "Incoherent accumulation", "*own*; the sum is the paper's", cites=("filter",))
    proof.assume("0 < k = 1 - alpha < 1; orthogonal vectors are taken along the axes of a Euclidean space")
    k, J = symbols("k J", positive=True)
    energies, start = symbols("J0:5", nonnegative=True), Symbol("D0", nonnegative=True)
    state = [sqrt(start)] + [0] * 5
    scalar = start
    for i, energy in enumerate(energies):
        scalar = k**power * scalar + energy
        state = [k * value for value in state]
        state[i + 1] += sqrt(energy)
    proof.equal(
        "Unroll the filter with the innovations along the axes (five generations) and add squares: D obeys D' = "
        "k^2 D + J, the sum.",
        sum(value**2 for value in state),
        scalar,
        by="Pythagoras",
        reads=r"D_N = \sum_{i<N}(1-\alpha)^{2(N-1-i)}J_i + (1-\alpha)^{2N}D_0",
        concludes=True,
    )
    n = Symbol("n", integer=True, nonnegative=True)
    d = Function("D")
    solved = rsolve(d(n + 1) - k**2 * d(n) - J, d(n), {d(0): start})
    proof.equal(
        "Constant energy: solve D' = k^2 D + J.",
        solved,
        J * (1 - k ** (power * n)) / (1 - k**power) + k ** (power * n) * start,
        by="rsolve",
        reads=r"D_n = J\,\frac{1-k^{2n}}{1-k^2} + k^{2n}D_0",
    )
    alpha = Symbol("alpha", positive=True)
    proof.equal(
        "As k^{2n} tends to 0 the plateau is J/(1 - k^2).",
        (J / (1 - k**power)).subs(k, 1 - alpha),
        J / (alpha * (2 - alpha)),
        by="difference of squares",
    )
    proof.result("plateau", J / (alpha * (2 - alpha)), {J: "innovation energy", alpha: "fresh fraction"})
    return proof.finish()

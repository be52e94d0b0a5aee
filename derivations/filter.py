r"""Retraining is a first-order autoregressive filter.

With :math:`r_i = \hat p_i/p - 1` and the innovation :math:`\xi_i = (\hat p_{i+1} - q_i)/p`: :math:`r_{i+1} =
(1-\alpha) r_i + \xi_i`, hence :math:`r_N = \sum_i (1-\alpha)^{N-1-i}\xi_i + (1-\alpha)^N r_0`, and :math:`D_N =
\|r_N\|^2` is a double sum of inner products.
"""

from itertools import product

from sympy import Expr, Function, Integer, Rational, S, Symbol, rsolve, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "filter"
wrong = {"keep": Rational(4, 5), "cross": S.Zero}
scope = "any densities, pointwise; the double sum for four generations and three coordinates, one fresh fraction"
taken = ""

GENERATIONS = 4


def derive(*, keep: Rational = S.One, cross: Rational = S.One) -> Derivation:
    """Derive the recursion, its solution by induction, and the double sum."""
    proof = Proof(name, "Retraining as a filter", "*own*")
    proof.assume("p > 0; inner products are those of L^2(p), and D_0, J_i are finite")
    p, now, later, alpha = symbols("p phat_now phat_next alpha", positive=True)
    k = Symbol("k", positive=True)
    innovation = (later - alpha * p - (1 - alpha) * now) / p
    proof.equal(
        "The recursion is an identity of functions.",
        later / p - 1,
        keep * (1 - alpha) * (now / p - 1) + innovation,
        by="definitions",
        reads=r"r_{i+1} = (1-\alpha) r_i + \xi_i",
    )
    n = Symbol("n", integer=True, nonnegative=True)
    partial, start, new = symbols("S_n r_0 xi_n", real=True)
    solution = partial + k**n * start
    proof.equal(
        "Its solution, by induction on n, with S_0 = 0 and S_{n+1} = k S_n + xi_n, the geometric sum; k = 1 - alpha.",
        keep * k * solution + new,
        (k * partial + new) + k ** (n + 1) * start,
        by="insert r_n = S_n + k^n r_0",
        reads=r"r_{n+1} = k (S_n + k^n r_0) + \xi_n = S_{n+1} + k^{n+1} r_0",
    )
    r = Function("r")
    xi = Symbol("xi", real=True)
    ratio = Rational(2, 3)
    solved = rsolve(r(n + 1) - ratio * keep * r(n) - xi, r(n), {r(0): start})
    proof.equal(
        "A check by solving the recursion for a constant innovation and 1 - alpha = 2/3.",
        solved,
        xi * (1 - ratio**n) / (1 - ratio) + ratio**n * start,
        by="rsolve",
        reads=r"r_n = \xi\,\frac{1-(2/3)^n}{1-2/3} + (2/3)^n r_0",
    )
    vectors = [symbols(f"xi{i}_1:4", real=True) for i in range(GENERATIONS)]
    state = list(symbols("r0_1:4", real=True))
    initial = list(state)
    for vector in vectors:
        state = [keep * k * a + b for a, b in zip(state, vector, strict=True)]

    def inner(a: list[Expr], b: list[Expr]) -> Expr:
        return sum(x * y for x, y in zip(a, b, strict=True))

    last = GENERATIONS - 1
    terms = [(k ** (last - i), vectors[i]) for i in range(GENERATIONS)] + [(k**GENERATIONS, initial)]
    double = sum((S.One if x is y else cross) * a * b * inner(x, y) for (a, x), (b, y) in product(terms, repeat=2))
    proof.equal(
        "The squared norm of the solution is the double sum (four generations unrolled, vectors of three "
        "coordinates).",
        inner(state, state),
        double,
        by="bilinearity",
        reads=r"D_N = \sum_{i,j}(1-\alpha)^{2N-2-i-j}\langle\xi_i,\xi_j\rangle + \text{terms of } r_0",
        concludes=True,
    )
    i, j, count = symbols("i j N", integer=True, nonnegative=True)
    proof.result(
        "weight",
        (1 - alpha) ** (2 * count - 2 - i - j),
        {alpha: "fresh fraction", count: "generations", i: "first index", j: "second index"},
        where={count: Integer(GENERATIONS), i: S.One, j: Integer(2), k: 1 - alpha},
    )
    return proof.finish()

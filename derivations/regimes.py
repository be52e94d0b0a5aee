r"""Growth, plateau, decay: what the fresh fraction decides.

Without fresh data drift grows like ``N^2`` for aligned and like ``N`` for orthogonal innovations. With fresh data
it stays below ``max J/alpha^2``, old innovations are forgotten geometrically, and drift cannot be summable unless
the energies are.
"""

from sympy import Add, Expr, Rational, S, Sum, Symbol, exp, log, pi, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import gaussian_integral

name = "regimes"
wrong = {
    "linear": Rational(3, 2), "square": Rational(3, 2), "plateau": Rational(4, 5), "late": Rational(1, 2),
    "floor": Rational(5, 2),
}  # fmt: skip
scope = "growth for any number of generations; plateau by induction; sums for four and five generations"
taken = "that density ratios of Gaussian shifts are those of one and two axes"


def derive(
    *, linear: Rational = S.One, square: Rational = S.One, plateau: Rational = S.One, late: Rational = S.One,
    floor: Rational = S.One,
) -> Derivation:  # fmt: skip
    """Derive both growth laws, the plateau, the forgetting and the summed lower bound."""
    proof = Proof(
        name,
        "Growth, plateau, decay",
        "*own*; the regimes are the paper's",
        cites=("gaussian-integral", "filter", "coherent"),
    )
    proof.assume("training starts from the data, D_0 = 0", "k = 1 - alpha; the first four steps have alpha = 0")
    n, b, J = Symbol("n", integer=True, nonnegative=True), Symbol("b", positive=True), Symbol("J", positive=True)
    i = Symbol("i", integer=True, positive=True)
    proof.equal(
        "No fresh data, aligned innovations of size b = sqrt(J): the filter only adds.",
        Sum(b, (i, 1, n)) ** 2,
        square * n**2 * b**2,
        by="the filter with k = 1 sums its innovations",
        reads=r"D_n = n^2 J",
        concludes=True,
    )
    x, m = Symbol("x", positive=True), Symbol("m", nonnegative=True)
    proof.convex_minimum(
        "Equal Gaussian shifts, where D_1 = x - 1 with x = exp(Delta^2/S): D_n = x^{n^2} - 1 is at least n^2 D_1; "
        "n^2 = 1 + m.",
        x ** (1 + m) - 1 - (1 + m) * (x - 1),
        x,
        1,
        by="Bernoulli's inequality",
        reads=r"x^{n^2} - 1 \ge n^2 (x - 1)",
    )
    proof.equal(
        "Orthogonal innovations of equal energy: D_{n+1} = D_n + J.",
        Sum(J, (i, 1, n)),
        linear * n * J,
        by="Pythagoras",
        reads=r"D_n = n J",
        concludes=True,
    )
    a, z = Symbol("a", real=True), Symbol("z", real=True)
    w, c = Symbol("w", real=True), Symbol("c", real=True)

    def log_mean(exponent: Expr, variable: Symbol) -> Expr:
        return log(gaussian_integral((exponent - variable**2 / 2).expand(), variable)) - log(2 * pi) / 2

    cross = log_mean(2 * (a * z - a**2 / 2), z) + log_mean(c * w - c**2 / 2, w)
    squared = log_mean(2 * (a * z - a**2 / 2), z) + log_mean(2 * (c * w - c**2 / 2), w)
    old = log_mean(2 * (a * z - a**2 / 2), z)
    proof.equal(
        "Gaussian shifts in orthogonal directions: the density ratios form a martingale, so J = D_{n+1} - D_n "
        "exactly and D_N = sum J.",
        Add(exp(squared), -2 * exp(cross), exp(old), evaluate=False),
        exp(a**2 + c**2) - exp(a**2),
        by="Gaussian integrals; a^2 is the squared shift so far, c^2 the new one",
        reads=r"E(L' - L)^2 = e^{a^2+c^2} - e^{a^2}",
    )
    k, top, s0, s1, gap = symbols("k M s0 s1 g", nonnegative=True)
    fresh = proof.suppose("k = 1 - alpha < 1", 1 - k, strict=True)
    bound = top / (1 - k)
    proof.at_least(
        "With fresh data: if sqrt(D) = M/alpha - s0 and sqrt(J) = M - s1, the next sqrt(D) = k sqrt(D) + sqrt(J) - "
        "g is at most M/alpha.",
        bound,
        k * (top / (1 - k) - s0) + (top - s1) - gap,
        by="M/alpha is the fixed point of the coherent recursion",
        terms=[k * s0, s1, gap],
        given=[fresh],
        reads=r"D_N \le \max_i J_i/\alpha^2",
        concludes=True,
    )
    short = k * (top / (1 - k) - s0) + (top - s1) - gap
    proof.at_least(
        "Squared, with J = M^2, where the next root is not negative.",
        plateau * bound**2,
        short**2,
        by="both roots are non-negative",
        terms=[(k * s0 + s1 + gap) * bound, (k * s0 + s1 + gap) * short],
        given=[fresh, proof.suppose("the next root is not negative", short)],
        reads=r"D_N \le \max_i J_i/\alpha^2",
        concludes=True,
    )
    early, shorts = symbols("e0:2", nonnegative=True), symbols("t0:2", nonnegative=True)
    proof.at_least(
        "Forgetting: in the coherent sum the first half is discounted by k^{N/2}, the second is a geometric series "
        "(N = 4; t is the"
        " distance of the late roots from their supremum M).",
        late * (k**2 * sum(early) + top / (1 - k)),
        k**3 * early[0] + k**2 * early[1] + k * (top - shorts[0]) + (top - shorts[1]),
        by="k^3 <= k^2, and 1 + k <= 1/(1 - k)",
        terms=[k**2 * (1 - k) * early[0], k * shorts[0], shorts[1], top * k**2 / (1 - k)],
        given=[fresh],
        reads=r"\sqrt{D_N} \le k^{N/2}\sum_{i<N/2}\sqrt{J_i} + \sup_{i\ge N/2}\sqrt{J_i}/\alpha",
        concludes=True,
    )
    u, v = symbols("u v", nonnegative=True)
    proof.at_least(
        "One generation with sqrt(D_{i+1}) = u, sqrt(D_i) = v and sqrt(J) <= u + k v (triangle inequality).",
        (1 + k) * (u**2 + k * v**2),
        (u + k * v) ** 2,
        by="convexity of the square",
        terms=[k * (u - v) ** 2],
    )
    d, gaps = symbols("D1:6", nonnegative=True), symbols("h0:5", nonnegative=True)
    drifts = (S.Zero, *d)
    energies = [(1 + k) * (drifts[j + 1] + k * drifts[j]) - gaps[j] for j in range(5)]
    proof.at_least(
        "Summed (five generations; one more adds terms of the same kind): drift is not summable unless the "
        "energies are.",
        (1 + k) ** 2 * sum(d),
        floor * sum(energies),
        by="the last step; D_0 = 0",
        terms=[k * (1 + k) * d[-1], *gaps],
        reads=r"\sum_{i=1}^{N} D_i \ge \frac{1}{(2-\alpha)^2}\sum_{i<N}J_i",
        concludes=True,
    )
    alpha = Symbol("alpha", positive=True)
    meanings = {J: "largest innovation energy", alpha: "fresh fraction"}
    proof.result("plateau", plateau * J / alpha**2, meanings, where={J: top**2, alpha: 1 - k})
    proof.result("aligned_growth", square * n**2 * J, {n: "generations", J: "innovation energy"}, where={J: b**2})
    return proof.finish()

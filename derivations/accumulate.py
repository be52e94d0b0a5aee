r"""Training on everything so far is a harmonic filter.

With the mean :math:`R_i = (r_0 + \dots + r_i)/(i+1)` of the models so far, :math:`r_{i+1} = R_i + \xi_i`, so
:math:`R_{i+1} = R_i + \xi_i/(i+2)` and :math:`r_N = \xi_{N-1} + \sum_{j\le N-2}\xi_j/(j+2)`. Aligned innovations of
energy J give :math:`H_N^2J`, orthogonal ones :math:`J\sum_{j\le N}j^{-2}`; and the harmonically weighted drift is an
identity in energies.
"""

from sympy import Integer, Limit, Mul, Rational, S, Sum, Symbol, oo, pi, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.steps import cauchy_schwarz

name = "accumulate"
wrong = {"lag": Rational(1), "factor": Rational(9, 10), "one": Rational(3, 2)}
scope = "the recursion, the identity and its consequence for any generation; the sums for five generations"
taken = "that the harmonic series diverges, and that the sum of 1/j^2 is zeta(2)"

LAG, GENERATIONS = Rational(2), 5


def derive(*, lag: Rational = LAG, factor: Rational = S.One, one: Rational = S.One) -> Derivation:
    """Derive the recursion of the means, both sums, the identity and the lower end."""
    proof = Proof(name, "Accumulated data: a harmonic filter", "*own*; the sum of 1/j^2 as in arXiv 2404.01413")
    proof.assume(
        "r_0 = 0: the data is model 0; a vector is given by its coordinates, and one coordinate stands for each",
        "D_i, J_i finite; orthogonal vectors are taken along the axes of a Euclidean space",
    )
    i = Symbol("i", integer=True, nonnegative=True)
    mean, new = symbols("R xi", real=True)
    proof.equal(
        "The mean of one model more, r_{i+1} = R_i + xi_i being the model.",
        ((i + 1) * mean + (mean + new)) / (i + 2),
        mean + new / (i + lag),
        by="definitions",
        reads=r"R_{i+1} = \frac{(i+1)R_i + r_{i+1}}{i+2} = R_i + \frac{\xi_i}{i+2}",
    )
    innovations = symbols(f"xi0:{GENERATIONS}", real=True)
    models = [Integer(0)]
    for vector in innovations:
        models.append(sum(models) / len(models) + vector)
    proof.equal(
        "Unrolled from the data (five generations): a harmonic filter.",
        Mul(Rational(1, GENERATIONS), sum(models[:-1]), evaluate=False) + innovations[-1],
        innovations[-1] + sum(vector / (j + lag) for j, vector in enumerate(innovations[:-1])),
        by="the first step, summed",
        reads=r"r_N = \xi_{N-1} + \sum_{j\le N-2}\frac{\xi_j}{j+2}",
        concludes=True,
    )
    cauchy_schwarz(
        proof,
        "Cauchy-Schwarz: <R, xi> <= a b with a = |R|, b = |xi|; here x = R and y = xi.",
        reads=r"\|R\|^2\|\xi\|^2 - \langle R,\xi\rangle^2 = \sum_{i<j} w_i w_j (x_i y_j - x_j y_i)^2 \ge 0",
    )
    first, second = symbols("a b", nonnegative=True)
    cross = Symbol("c", real=True)
    cosine = proof.suppose("c <= a b, by Cauchy-Schwarz: c = <R, xi>", first * second - cross)
    proof.at_least(
        "Triangle inequality for one model more, |R + xi/(i+2)| <= |R| + |xi|/(i+2); by induction from R_0 = 0, and "
        "r_N = R_{N-1} + xi_{N-1} likewise.",
        (factor * (first + second / (i + lag))) ** 2,
        first**2 + 2 * cross / (i + 2) + second**2 / (i + 2) ** 2,
        by="i + 2 > 0",
        terms=[2 * (first * second - cross) / (i + 2)],
        reads=r"\sqrt{D_N} \le \sqrt{J_{N-1}} + \sum_{j\le N-2}\frac{\sqrt{J_j}}{j+2}",
        given=[cosine],
        concludes=True,
    )
    j = Symbol("j", integer=True, positive=True)
    energy = Symbol("J", positive=True)
    weights = [1 / (place + lag) for place in range(GENERATIONS - 1)]
    proof.equal(
        "Aligned innovations of energy J: the squares of harmonic numbers, which have no bound (five generations).",
        energy * (1 + sum(weights)) ** 2,
        energy * Sum(1 / j, (j, 1, GENERATIONS)) ** 2,
        by="all innovations are one vector",
        reads=r"D_N = H_N^2\,J",
        concludes=True,
    )
    proof.equal(
        "Orthogonal innovations of energy J: the partial sums of 1/j^2 (five generations).",
        energy * (1 + sum(weight**2 for weight in weights)),
        energy * Sum(1 / j**2, (j, 1, GENERATIONS)),
        by="Pythagoras",
        reads=r"D_N = J\sum_{j\le N}\frac1{j^2}",
        concludes=True,
    )
    proof.equal(
        "Their limit.",
        energy * Sum(1 / j**2, (j, 1, oo)),
        energy * pi**2 / 6,
        by="Euler",
        reads=r"\lim D_N = \tfrac{\pi^2}6 J",
        concludes=True,
    )
    square, inner, own = symbols("R2 inner J_i", real=True)
    share = 1 / (i + 2)
    proof.equal(
        "One generation of the identity: D_{i+1} = |R_i|^2 + 2 <R_i, xi_i> + J_i, and |R_{i+1}|^2 likewise with "
        "xi_i/(i+2); summed, the squares telescope.",
        share * (square + 2 * inner + own),
        share * (square + own * (one - 1 / (i + lag))) + (square + 2 * share * inner + share**2 * own) - square,
        by="bilinearity",
        reads=r"\frac{D_{i+1}}{i+2} = \frac{\|R_i\|^2 + J_i(1-\frac1{i+2})}{i+2} + \|R_{i+1}\|^2 - \|R_i\|^2",
        concludes=True,
    )
    least, whole, trained, rest = symbols("J_least H R2_sum R2_last", nonnegative=True)
    gap, over = symbols("g e", nonnegative=True)
    some = proof.suppose(
        "the shares of D are at most the largest: H D_largest = sum D_{i+1}/(i+2) + g, H = sum 1/(i+2) > 0",
        whole,
        strict=True,
    )
    shares = Symbol("S", nonnegative=True)
    proof.at_least(
        "With all J_i >= J_least, S = sum 1/(i+2)^2 <= zeta(2) and the identity inserted, the largest drift is at "
        "least J_least (1 - S/H); H grows without bound and S does not, from every generation on.",
        (trained + least * (whole - shares) + over + rest + gap) / whole,
        least * (1 - shares / whole),
        by="what is left is non-negative",
        terms=[trained / whole, over / whole, rest / whole, gap / whole],
        given=[some],
        reads=r"\max_{i<N} D_{i+1} \ge J\Big(1 - \frac{\sum_i (i+2)^{-2}}{\sum_i (i+2)^{-1}}\Big)",
        concludes=True,
    )
    proof.equal(
        "So limsup D >= J: the harmonic numbers pass every bound.",
        Limit(least * (1 - (pi**2 / 6) / whole), whole, oo),
        least,
        by="S <= pi^2/6",
        reads=r"\limsup D \ge J",
        concludes=True,
    )
    meanings = {energy: "innovation energy, of all five generations"}
    proof.result("aligned", energy * Rational(137, 60) ** 2, meanings)
    proof.result("orthogonal", energy * Rational(5269, 3600), meanings)
    proof.result("plateau", energy * pi**2 / 6, {energy: "innovation energy"})
    return proof.finish()

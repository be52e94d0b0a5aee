r"""Any workflow is a filter of its innovations.

With weights W of the models so far, :math:`r_{n+1} = \sum_j W_{nj} r_j + \xi_n`, so :math:`r_N = \sum_i G_{Ni}\xi_i +
c_N r_0` with :math:`G_{n+1} = \sum_j W_{nj}G_j + e_n`, and :math:`D_N` is a double sum: at most :math:`(\sum_i
G_{Ni}\sqrt{J_i})^2` from the data, :math:`\sum_i G_{Ni}^2J_i` for orthogonal innovations.
"""

from itertools import product

from sympy import Expr, Rational, S, Symbol, sqrt, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.steps import cauchy_schwarz

name = "memory"
wrong = {"one": Rational(4, 5), "cross": S.Zero, "factor": Rational(9, 10), "power": S(3)}
scope = "any weights; one generation of any number, unrolled for three, vectors of two coordinates"
taken = ""

GENERATIONS, TWO = 3, S(2)


def unrolled(weights: list[list[Expr]]) -> list[list[Expr]]:
    """Return the coefficients of start and innovations in every model, by their recursion."""
    rows = [[S.One] + [S.Zero] * GENERATIONS]
    for n in range(GENERATIONS):
        row = [sum(weights[n][j] * rows[j][k] for j in range(n + 1)) for k in range(GENERATIONS + 1)]
        row[n + 1] += 1
        rows.append(row)
    return rows


def derive(
    *, one: Rational = S.One, cross: Rational = S.One, factor: Rational = S.One, power: Rational = TWO
) -> Derivation:
    """Derive the recursion of the coefficients, the double sum, the bound and the orthogonal case."""
    proof = Proof(name, "Any workflow is a filter", "*own*", cites=("filter", "coherent"))
    proof.assume(
        "the weights W_nj >= 0 of models 0..n in generation n, and the rest on p, where r is 0",
        "D_0, J_i finite; orthogonal vectors are taken along the axes of a Euclidean space",
    )
    weights = [list(symbols(f"W{n}_0:{n + 1}", nonnegative=True)) for n in range(GENERATIONS)]
    rows = unrolled(weights)
    p, before, last, now, real = symbols("p phat_j phat_i phat_next alpha", positive=True)
    first, second = symbols("W_j W_i", positive=True)
    trained = real * p + first * before + second * last
    proof.equal(
        "The recursion is an identity of functions: weights that sum to one, here of the data and two models.",
        now / p - 1,
        one * first * (before / p - 1) + second * (last / p - 1) + (now - trained.subs(real, 1 - first - second)) / p,
        by="definitions",
        reads=r"r_{n+1} = \sum_j W_{nj} r_j + \xi_n",
    )
    vectors = [symbols("r0_1:3", real=True), *(symbols(f"xi{n}_1:3", real=True) for n in range(GENERATIONS))]
    models = [list(vectors[0])]
    for n in range(GENERATIONS):
        kept = [sum(one * weights[n][j] * models[j][c] for j in range(n + 1)) for c in range(2)]
        models.append([kept[c] + vectors[n + 1][c] for c in range(2)])
    places = range(GENERATIONS + 1)
    double = sum(
        (S.One if a == b else cross)
        * rows[-1][a]
        * rows[-1][b]
        * sum(x * y for x, y in zip(vectors[a], vectors[b], strict=True))
        for a, b in product(places, repeat=2)
    )
    proof.equal(
        "Unrolled (three generations, two coordinates): the squared norm is the double sum in the coefficients G, of "
        "which each row is the same mixture of the rows before.",
        sum(value**2 for value in models[-1]),
        double,
        by="bilinearity",
        reads=r"D_N = \sum_{i,j}G_{Ni}G_{Nj}\langle\xi_i,\xi_j\rangle + \text{terms of } r_0",
        concludes=True,
    )
    energies = symbols("J0:3", nonnegative=True)
    along = [[S.Zero] * GENERATIONS]
    for n in range(GENERATIONS):
        along.append([sum(one * weights[n][j] * along[j][c] for j in range(n + 1)) for c in range(GENERATIONS)])
        along[-1][n] += sqrt(energies[n])
    proof.equal(
        "Orthogonal innovations from the data, along the axes: squares add up.",
        sum(value**2 for value in along[-1]),
        (weights[2][2] * weights[1][1] + weights[2][1]) ** power * energies[0]
        + weights[2][2] ** power * energies[1]
        + energies[2],
        by="Pythagoras, with G unrolled",
        reads=r"D_N = \sum_i G_{Ni}^2 J_i",
        concludes=True,
    )
    cauchy_schwarz(
        proof,
        "Cauchy-Schwarz: <r, xi> <= a b with a = |r|, b = |xi|; here x = r and y = xi.",
        reads=r"\|r\|^2\|\xi\|^2 - \langle r,\xi\rangle^2 = \sum_{i<j} w_i w_j (x_i y_j - x_j y_i)^2 \ge 0",
    )
    g, h, a, b = symbols("g h a b", nonnegative=True)
    inner = Symbol("i", real=True)
    cosine = proof.suppose("i <= a b, by Cauchy-Schwarz: i = <x, y>", a * b - inner)
    proof.at_least(
        "Triangle inequality for two terms of the sum, |g x + h y| <= g |x| + h |y|; by induction for all of them.",
        (factor * (g * a + one * h * b)) ** 2,
        g**2 * a**2 + 2 * g * h * inner + h**2 * b**2,
        by="g, h >= 0",
        terms=[2 * g * h * (a * b - inner)],
        reads=r"\sqrt{D_N} \le \sum_i G_{Ni}\sqrt{J_i} + c_N\sqrt{D_0}",
        given=[cosine],
        concludes=True,
    )
    share, kept = symbols("alpha_n s", nonnegative=True)
    coefficient = (1 - share) * kept
    proof.equal(
        "The weights of a workflow: the fresh fraction first, the shares s of the models of what is left.",
        share + coefficient + (1 - share) * (1 - kept),
        1,
        by="shares sum to one",
    )
    proof.result(
        "oldest",
        (weights[2][2] * weights[1][1] + weights[2][1]) ** 2,
        {weights[2][2]: "weight of model 2 in generation 2", weights[1][1]: "of model 1 in generation 1",
         weights[2][1]: "of model 1 in generation 2"},
    )  # fmt: skip
    return proof.finish()

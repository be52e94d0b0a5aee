r"""Where to put a mean budget of fresh data.

One refresh by :math:`a` in every :math:`k` generations: between refreshes the drift of orthogonal innovations
grows by :math:`J` a generation, the vector of aligned ones by :math:`\sqrt J`. The periodic state gives the mean
drift; times :math:`\bar\alpha = a/k`, or its square, it is least for :math:`a = 2 - \sqrt2`, or :math:`a = 1`.
"""

from sympy import Expr, Limit, Rational, S, Sum, oo, sqrt, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "allocation"
THIRD, ROOT, TWO = Rational(1, 3), sqrt(2) - 1, Rational(2)
wrong = {"half": Rational(1), "third": Rational(2, 5), "root": Rational(1, 2), "power": Rational(1)}
scope = "every period and every size of the one refresh; other schedules are not compared"
taken = ""


def derive(
    *, half: Rational = S.Half, third: Rational = THIRD, root: Expr = ROOT, power: Rational = TWO
) -> Derivation:
    """Derive the periodic states, the mean drifts, both lower ends and that they are reached."""
    proof = Proof(name, "Where to put fresh data", "*own*", cites=("incoherent", "coherent"))
    proof.assume("0 < a <= 1, n = k - 1 >= 0 generations between refreshes; J > 0 the same in every generation")
    a, J = symbols("a J", positive=True)
    n, m = symbols("n m", integer=True, nonnegative=True)
    low = J * (1 + n * (1 - a) ** power) / (a * (2 - a))
    proof.equal(
        "Orthogonal innovations: the drift after the refresh comes back.",
        (1 - a) ** 2 * (low + n * J) + J,
        low,
        by="D' = (1 - a)^2 D + J, and n times D' = D + J",
        reads=r"D_0 = (1-a)^2(D_0 + (k-1)J) + J = J\,\frac{1+(k-1)(1-a)^2}{a(2-a)}",
    )
    orthogonal = low + half * n * J
    proof.equal(
        "Its mean over the cycle.",
        Sum(low + m * J, (m, 0, n)).doit() / (n + 1),
        orthogonal,
        by="arithmetic series",
        reads=r"\bar D_\perp = D_0 + \tfrac{k-1}2J",
        concludes=True,
    )
    b = symbols("b", positive=True)
    vector = b * (1 + n * (1 - a)) / a
    proof.equal(
        "Aligned innovations of size b = sqrt(J): the size after the refresh comes back.",
        (1 - a) * (vector + n * b) + b,
        vector,
        by="r' = (1 - a) r + b",
    )
    aligned = vector**2 + vector * n * b + b**2 * n * (2 * n + 1) / 6
    proof.equal(
        "The mean of its square over the cycle.",
        Sum((vector + m * b) ** 2, (m, 0, n)).doit() / (n + 1),
        aligned,
        by="sums of m and m^2",
        reads=r"\bar D_\parallel = r_0^2 + (k-1)r_0b + \tfrac{(k-1)(2k-1)}6J",
        concludes=True,
    )
    most = proof.suppose("a <= 1", 1 - a)
    below = proof.suppose("a < 2", 2 - a, strict=True)
    mean = a / (n + 1)
    small = (2 - sqrt(2) - a) ** 2 / (2 * (2 - a))
    proof.at_least(
        "Orthogonal, times a/k: with u = 2 - a, u/2 - 1 + 1/u = sqrt(2) - 1 + (u - sqrt(2))^2/(2u), and 1/u >= 1/2.",
        mean * orthogonal / J,
        root,
        by="completed square",
        terms=[n * small / (n + 1), a / (2 * (2 - a) * (n + 1)), (sqrt(2) - 1) ** 2 / (2 * (n + 1))],
        given=[most, below],
        reads=r"\bar\alpha\bar D_\perp \ge (\sqrt2-1)J",
        concludes=True,
    )
    proof.equal(
        "Reached by a = 2 - sqrt(2) as the budget tends to 0.",
        Limit((mean * orthogonal / J).subs(a, 2 - sqrt(2)), n, oo),
        root,
        by="k grows without bound",
        reads=r"\bar\alpha\bar D_\perp \to (\sqrt2-1)J \text{ for } a = 2-\sqrt2",
        concludes=True,
    )
    square = (1 + n * (1 - a)) ** 2 + (1 + n * (1 - a)) * n * a + a**2 * n * (2 * n + 1) / 6
    proof.equal(
        "Aligned, times (a/k)^2.",
        mean**2 * aligned / b**2,
        square / (n + 1) ** 2,
        by="r_0 inserted",
    )
    proof.at_least(
        "It is at least 1/3: what is over is a sum of terms that are not negative.",
        square,
        third * (n + 1) ** 2,
        by="n^2 (1-a)(2-a)/3 + n (4/3 - a + a^2/6) + 2/3",
        terms=[n**2 * (1 - a) * (2 - a) / 3, n * (1 - a), n * (Rational(1, 3) + a**2 / 6), Rational(2, 3)],
        given=[most, below],
        reads=r"\bar\alpha^2\bar D_\parallel \ge J/3",
        concludes=True,
    )
    proof.equal(
        "Reached by full refreshes, a = 1.",
        Limit((square / (n + 1) ** 2).subs(a, 1), n, oo),
        third,
        by="k grows without bound",
        concludes=True,
    )
    proof.equal(
        "A constant fraction is the cycle of one generation: J/(a (2 - a)).",
        orthogonal.subs(n, 0),
        J / (1 - (1 - a) ** 2),
        by="n = 0",
    )
    meanings = {J: "innovation energy", a: "fresh fraction of the refresh", n: "generations without fresh data"}
    proof.result("orthogonal", orthogonal, meanings)
    proof.result("aligned", aligned, {b: "size of an innovation", a: meanings[a], n: meanings[n]})
    return proof.finish()

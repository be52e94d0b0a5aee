r"""One generation in relative entropy.

For every :math:`v>1`, with :math:`\tilde Q\propto q^v p^{1-v}`: :math:`\tfrac v{v-1}KL(P\|q) + R_v(q\|p) - KL(P\|p) =
KL(P\|\tilde Q)/(v-1)\ge0`, so that :math:`P = \tilde Q` attains the bound. Fresh data shrink relative entropies by
convexity, and the Hellinger distance by :math:`\sqrt{1-\alpha}`.
"""

from sympy import Expr, Rational, S, log, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.steps import RATIO, phi_is_nonnegative

name = "kl-step"
wrong = {"one": Rational(4, 5)}
scope = "laws on three atoms, every order v > 1; pointwise for the mixtures"
taken = ""


def derive(*, one: Rational = S.One) -> Derivation:
    """Derive the bound with its equality case, and what fresh data do."""
    proof = Proof(name, "A step in relative entropy", "*own*")
    proof.assume(
        "P is the new model, q its training law, p the data; v = 1 + u, u > 0",
        "a_i, b_i, c_i are the logarithms of P_i, q_i, p_i; Z = sum q_i^v p_i^(1-v), so R_v(q || p) = log(Z)/u",
    )
    u = symbols("u", positive=True)
    weights = symbols("P1 P2", positive=True)
    masses = [*weights, 1 - sum(weights)]
    new, trained, data = symbols("a1:4", real=True), symbols("b1:4", real=True), symbols("c1:4", real=True)
    norm = symbols("z", real=True)

    def mean(rows: list[Expr]) -> Expr:
        return sum(mass * row for mass, row in zip(masses, rows, strict=True))

    added = mean([a - b for a, b in zip(new, trained, strict=True)])
    total = mean([a - c for a, c in zip(new, data, strict=True)])
    tilted = mean([a - (1 + u) * b + u * c + norm for a, b, c in zip(new, trained, data, strict=True)])
    proof.equal(
        "What the bound gives away is KL of P from Q ~ q^v p^(1-v), over u (z = log Z).",
        (1 + one / u) * added + norm / u - total,
        tilted / u,
        by="collect the logarithms; P has mass one",
        reads=r"\tfrac{v}{v-1}KL(P\|q) + R_v(q\|p) - KL(P\|p) = \tfrac1{v-1}KL(P\|\tilde Q)",
        concludes=True,
    )
    phi = phi_is_nonnegative(proof)
    first, second = symbols("P1:4", positive=True), symbols("Q1:4", positive=True)
    pieces = [proof.instance(phi, {RATIO: a / b}) for a, b in zip(first, second, strict=True)]
    proof.at_least(
        "Gibbs: for equal masses KL is not negative, and 0 for equal laws only.",
        sum(a * (log(a) - log(b)) for a, b in zip(first, second, strict=True)) + sum(second),
        sum(first),
        by="gap = sum of Q phi(P/Q)",
        terms=[b * piece.expression for b, piece in zip(second, pieces, strict=True)],
        given=pieces,
        reads=r"KL(P\|\tilde Q) \ge 0",
    )
    entropy, drift, renyi = symbols("K E R", real=True)
    gibbs = proof.suppose(
        "KL(P || Q) = K - u E + u R >= 0, E the mean of log(q/p) under P", entropy - u * drift + u * renyi
    )
    proof.at_least(
        "Together: KL(P || p) = K + E is at most the bound.",
        (1 + one / u) * entropy + renyi,
        entropy + drift,
        by="the first step",
        terms=[(entropy - u * drift + u * renyi) / u],
        given=[gibbs],
        reads=r"KL(\hat p_{i+1}\|p) \le \tfrac{v}{v-1}KL(\hat p_{i+1}\|q_i) + R_v(q_i\|p)",
        concludes=True,
    )
    z, p, model = symbols("z p phat", positive=True)
    fresh, keep = 1 / (1 + z), z / (1 + z)
    proof.at_least(
        "q is at least alpha p (alpha = 1/(1 + z)), so log(p/q) is at most log(1/alpha).",
        fresh * p + keep * model,
        one * fresh * p,
        by="the models' share is not negative",
        terms=[keep * model],
        reads=r"KL(p\|q_i) \le \log\tfrac1\alpha",
        concludes=True,
    )
    x, y = symbols("x y", nonnegative=True)
    proof.at_least(
        "With x = sqrt(p), y = sqrt(phat): q is at least the square of the mixture of roots.",
        fresh * x**2 + keep * y**2,
        (fresh * x + one * keep * y) ** 2,
        by="variance",
        terms=[fresh * keep * (x - y) ** 2],
        reads=r"\sqrt{q_i p} \ge \alpha p + (1-\alpha)\sqrt{\hat p_i p},\quad "
        r"H^2(q_i,p) \le (1-\alpha)H^2(\hat p_i,p)",
        concludes=True,
    )
    proof.result(
        "bound", (1 + one / u) * entropy + renyi, {u: "order less one", entropy: "KL(P || q)", renyi: "R_v(q || p)"}
    )
    return proof.finish()

r"""Girsanov's energies through the discretised chain, and what the endpoint sees of them.

One step of size h draws ``N(y + h b, h I)`` under the ideal law and ``N(y + h (b + e), h I)`` under the learned
one. The path divergences are :math:`KL(\hat P\|P^*) = \tfrac12\hat\varepsilon^2` and :math:`KL(P^*\|\hat P) =
\tfrac12\varepsilon_*^2`; data processing gives the endpoint.
"""

from sympy import Expr, Matrix, Rational, S, Symbol, eye, log, symbols

from derivations.proof import Derivation, Proof
from derivations.tools import expectation, gaussian_integral, log_density, vector

theorems = ("prop-3.1", "girsanov-forward")
wrong = {"half": Rational(2, 5)}


def derive(*, half: Rational = S.Half) -> Derivation:
    """Derive both path energies exactly for any step size, then both endpoint bounds."""
    proof = Proof(
        "girsanov",
        "Girsanov energies and data processing",
        "the paper, Proposition 3.1; Girsanov's theorem",
        theorems,
    )
    proof.assume(
        "the learned energy is finite and the Girsanov density is a martingale (the continuous limit h -> 0)",
        "data processing is shown for two endpoints with two paths each and arbitrary weights; more atoms add more "
        "terms of the same kind",
    )
    h = Symbol("h", positive=True)
    y, b, e, z = vector("y"), vector("b"), vector("e"), vector("z")
    spread = h * eye(2)
    ideal, learned = y + h * b, y + h * (b + e)
    ratio = log_density(z, learned, spread) - log_density(z, ideal, spread)
    noise = z - ideal
    energy = (e.T * e)[0]

    proof.equal(
        "The log-ratio of one step is e.dB - h |e|^2/2 with dB = z - y - h b (two dimensions, any drift and error).",
        ratio,
        (e.T * noise)[0] - half * h * energy,
        by="difference of two squares",
        show=r"\log\frac{\hat p(z|y)}{p^*(z|y)} = e\cdot dB - \tfrac h2 |e|^2",
    )
    proof.equal(
        "Its expectation under the learned step, given where the step starts, is h |e|^2/2.",
        expectation(ratio, list(z), learned, spread),
        half * h * energy,
        by="E dB = h e under the learned step",
        show=r"\hat E\Big[\log\frac{\hat p}{p^*}\,\Big|\,y\Big] = \tfrac h2 |e(y)|^2",
    )
    proof.equal(
        "Under the ideal step the opposite log-ratio has the same expectation.",
        expectation(-ratio, list(z), ideal, spread),
        half * h * energy,
        by="E dB = 0 under the ideal step",
        show=r"E_*\Big[\log\frac{p^*}{\hat p}\,\Big|\,y\Big] = \tfrac h2 |e(y)|^2",
    )
    step, slope = symbols("e0 k", real=True)
    start, x = symbols("y0 x", real=True)
    inner = half * h * (slope * x) ** 2
    direct = expectation(
        (step * (x - start) - h * step**2 / 2) + inner, [x], Matrix([start + h * step]), Matrix([[h]])
    )
    mean_square = (start + h * step) ** 2 + h
    proof.equal(
        "Steps add up (chain rule): average the second step's h |e(x)|^2/2 over where the first one ends; shown "
        "for an error e0"
        " and then an error k x that depends on the state.",
        direct,
        half * h * (step**2 + slope**2 * mean_square),
        by="tower property",
        show=r"\hat E[Z] = \tfrac h2\big(\hat E e_0^2 + \hat E e_1(x)^2\big)",
    )
    proof.equal(
        "The density ratio has mean 1 under the ideal law, so it is a martingale along the chain.",
        log(gaussian_integral(((x - start) * step - h * step**2 * half - (x - start) ** 2 / (2 * h)).expand(), x)),
        log(gaussian_integral(-(x**2) / (2 * h), x)),
        by="the Gaussian integral",
        show=r"E_* e^{e_0 dB - h e_0^2/2} = 1",
    )

    r = Symbol("r", positive=True)
    phi = r * log(r) - r + 1
    proof.convex_minimum(
        "The function phi(r) = r log r - r + 1 is convex and touches zero at 1.", phi, r, 1, by="phi'' = 1/r"
    )

    p = symbols("p11 p12 p21 p22", positive=True)
    q = symbols("q11 q12 q21 q22", positive=True)

    def path(first_law: tuple[Symbol, ...], second_law: tuple[Symbol, ...]) -> Expr:
        return sum(a * (log(a) - log(c)) for a, c in zip(first_law, second_law, strict=True))

    def endpoint(first_law: tuple[Symbol, ...], second_law: tuple[Symbol, ...]) -> Expr:
        return sum(
            (first_law[i] + first_law[i + 1])
            * (log(first_law[i] + first_law[i + 1]) - log(second_law[i] + second_law[i + 1]))
            for i in (0, 2)
        )

    def gaps(first_law: tuple[Symbol, ...], second_law: tuple[Symbol, ...]) -> tuple[list[Expr], list[Expr]]:
        terms = []
        for i in (0, 2):
            numerator, denominator = first_law[i] + first_law[i + 1], second_law[i] + second_law[i + 1]
            for j in (i, i + 1):
                relative = first_law[j] * denominator / (second_law[j] * numerator)
                logarithm = log(first_law[j]) + log(denominator) - log(second_law[j]) - log(numerator)
                value = relative * logarithm - relative + 1
                terms.append((second_law[j] * numerator / denominator, value))
        return [weight * value for weight, value in terms], [value for _, value in terms]

    for theorem, laws, text, shown in (
        (
            "prop-3.1",
            (p, q),
            "The endpoint forgets the path (log-sum inequality): KL(p^ || q) is at most the path divergence, half "
            "the learned energy.",
            r"KL(\hat p\|q) \le KL(\hat P\|P^*) = \tfrac12\hat\varepsilon^2",
        ),
        (
            "girsanov-forward",
            (q, p),
            "The same with the two laws exchanged: KL(q || p^) is at most half the ideal energy.",
            r"KL(q\|\hat p) \le KL(P^*\|\hat P) = \tfrac12\varepsilon_*^2",
        ),
    ):
        terms, values = gaps(*laws)
        squared_energy = 2 * path(*laws)
        proof.at_least(
            text,
            half * squared_energy,
            endpoint(*laws),
            by="gap = sum over paths of q L phi(path ratio / endpoint ratio), each term non-negative by phi >= 0",
            terms=terms,
            given=values,
            show=shown,
            concludes=theorem,
        )
    proof.result(
        "step_kl",
        half * h * energy,
        {h: "step size", e[0]: "first entry of the error", e[1]: "second entry of the error"},
    )
    learned_energy = Symbol("learned_energy", nonnegative=True)
    proof.result("upper_bound", half * learned_energy, {learned_energy: "learned-path energy"})
    return proof.finish()

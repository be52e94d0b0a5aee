r"""The best early-stopping time, to leading order in the score error.

With a perfect score and a stop at :math:`t_0` the component of age k of the limit is off by :math:`k t_0 L^*p` to
first order, and the mean age is :math:`1/\alpha`: the bias is :math:`t_0^2B/\alpha^2`, :math:`B = \|L^*p/p\|^2`.
Orthogonal score errors of energy :math:`s t_0^{-\kappa}` accumulate to
:math:`s t_0^{-\kappa}/(\alpha(2-\alpha))`. The sum has one minimum.
"""

from sympy import Derivative, Limit, Matrix, Rational, S, Symbol, diff, exp, log, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import expectation, normal

name = "stopping"
TWO = S(2)
wrong = {"share": S.Zero, "twice": S.One, "square": S.One}
scope = (
    "the leading order: the exact minimiser of bias and error as far as each is leading; Gaussian data on the line, "
    "of variance above 1/2"
)
taken = (
    "that the bias is t0^2 B/alpha^2 times 1 + O(t0/alpha), with a derivative of the same kind, where the limit has "
    "a finite chi-squared from the data; so the exact minimiser is the formula times 1 + O(t0*/alpha)"
)


def derive(*, share: Rational = S.One, twice: Rational = TWO, square: Rational = S.Half) -> Derivation:
    """Derive B, both costs, the minimiser, that it is one, and what the remainder does to it."""
    proof = Proof(name, "The best early stop", "*own*", cites=("incoherent", "coherent", "early-stopping"))
    proof.assume(
        "0 < alpha <= 1; the biases of all generations are one vector, score errors orthogonal to it and each other",
        "the data is N(m, v); the forward process is dX = -X dt/2 + dB",
    )
    _bias(proof, square)
    _minimum(proof, share, twice)
    return proof.finish()


def _bias(proof: Proof, square: Rational) -> None:
    """Derive what one instant of the forward process does to Gaussian data, and the mean age."""
    x, m = symbols("x m", real=True)
    v = Symbol("v", positive=True)
    density = normal(x, m, v)
    z = (x - m) ** 2 / v - 1
    moved = ((1 - v) / v * z - m * (x - m) / v) / 2
    proof.equal(
        "One instant of the forward process, relative to the data.",
        (Derivative(x * density, x) + Derivative(density, x, 2)) / 2 / density,
        moved,
        by="Fokker-Planck",
        reads=r"L^*p/p = \tfrac12\big(\tfrac{1-v}v(z^2-1)-\tfrac{m(x-m)}v\big),\ z = (x-m)/\sqrt v",
    )
    bias = square * ((1 - v) / v) ** 2 + m**2 / (4 * v)
    proof.equal(
        "Its squared norm in L^2(p).",
        expectation(moved.expand() ** 2, [x], Matrix([m]), Matrix([[v]])),
        bias,
        by="Gaussian moments",
        reads=r"B = \tfrac12\Big(\tfrac{1-v}v\Big)^2+\tfrac{m^2}{4v}",
        concludes=True,
    )
    proof.at_least(
        "As v falls it grows without bound.",
        bias,
        (1 - v) ** 2 / (2 * v**2),
        by="the square of the mean is not negative",
        terms=[m**2 / (4 * v), (square - S.Half) * ((1 - v) / v) ** 2],
        reads=r"B \ge \tfrac12\Big(\tfrac{1-v}v\Big)^2",
    )
    q = Symbol("q", positive=True)
    n = Symbol("n", integer=True, positive=True)
    finite = (1 - (n + 1) * q**n + n * q ** (n + 1)) / (1 - q)
    proof.equal(
        "The mean age of a component, q = 1 - alpha, as a sum of the first n ages; q^n and n q^n vanish far out, "
        "1/alpha is left. Age k is off by k t0 L*p to first order, so the bias is the square of t0/alpha, times B.",
        finite.subs(n, n + 1) - finite,
        (1 - q) * (n + 1) * q**n,
        by="one age more adds (n + 1) (1 - q) q^n",
        reads=r"\mathrm{bias} = \frac{t_0^2B}{\alpha^2}(1+O(t_0/\alpha))",
    )
    alpha = Symbol("alpha", positive=True)
    proof.equal(
        "The energies of orthogonal errors are discounted by (1 - alpha)^2 a generation; each term of their sum, "
        "times alpha (2 - alpha), telescopes.",
        alpha * (2 - alpha) * (1 - alpha) ** (2 * n),
        (1 - alpha) ** (2 * n) - (1 - alpha) ** (2 * n + 2),
        by="geometric series, one generation more",
        reads=r"\sum_i(1-\alpha)^{2i}s\,t_0^{-\kappa} = \frac{s\,t_0^{-\kappa}}{\alpha(2-\alpha)}",
    )
    proof.result("bias", bias, {m: "mean of the data", v: "variance of the data"})


def _minimum(proof: Proof, share: Rational, twice: Rational) -> None:
    """Derive where the leading sum is least, and what a remainder does to it."""
    alpha, kappa, s, bias, t = symbols("alpha kappa s B t", positive=True)
    odd = Symbol("o", positive=True)
    best = (kappa * s * odd**share / (twice * bias)) ** (1 / (kappa + 2))
    # o = alpha/(2 - alpha); alpha^2 times the sum is t^2 B + s o t^-kappa.
    total = t**2 * bias + s * odd * t**-kappa
    proof.equal(
        "The leading sum times alpha^2, o = alpha/(2 - alpha), has the slope 0 where 2 B t^(kappa+2) = kappa s o: at "
        "the formula's stop, in logarithms.",
        log(2 * bias) + (kappa + 2) * log(best),
        log(kappa * s * odd),
        by="2 B t = kappa s o t^(-kappa-1)",
        reads=r"t_0^* = \Big[\frac{\kappa s\alpha}{2B(2-\alpha)}\Big]^{\frac1{\kappa+2}}",
        concludes=True,
    )
    proof.equal(
        "That slope.",
        Derivative(total, t),
        2 * bias * t - kappa * s * odd * t ** (-kappa - 1),
        by="powers",
    )
    length = Symbol("l", real=True)
    growing = proof.convex_minimum(
        "exp(2 l) >= 1 + 2 l.", exp(2 * length) - 1 - 2 * length, length, 0, by="convexity"
    )
    falling = proof.convex_minimum(
        "exp(-kappa l) >= 1 - kappa l.", exp(-kappa * length) - 1 + kappa * length, length, 0, by="convexity"
    )
    proof.at_least(
        "It is least there, among all stops: with u = exp(l) the stop over the formula's, the sum is a multiple of "
        "kappa u^2 + 2 u^-kappa.",
        kappa * exp(2 * length) + 2 * exp(-kappa * length),
        kappa + 2,
        by="kappa times the first and twice the second",
        terms=[
            kappa * (exp(2 * length) - 1 - 2 * length),
            2 * (exp(-kappa * length) - 1 + kappa * length),
        ],
        given=[growing, falling],
        reads=r"\kappa u^2+2u^{-\kappa} \ge \kappa+2",
        concludes=True,
    )
    rest = Symbol("R", positive=True)
    proof.equal(
        "If the bias has R times the leading slope, the exact best stop over the formula's is R^(-1/(kappa+2)): it "
        "tends to 1 with the remainder.",
        Limit(rest ** (-1 / (kappa + 2)), rest, 1),
        S.One,
        by="R u = u^(-kappa-1)",
        reads=r"t_0^{\mathrm{best}}/t_0^* = R^{-\frac1{\kappa+2}} \to 1",
    )
    spare = Symbol("b", positive=True)
    proof.positive(
        "More fresh data wants a larger stopping time: alpha/(2 - alpha) grows in alpha; b = 2 - alpha.",
        diff(alpha / (2 - alpha), alpha).subs(alpha, 2 - spare).simplify(),
        by="quotient rule",
    )
    meanings = {kappa: "exponent", s: "score error", bias: "B", odd: "alpha/(2 - alpha)"}
    proof.result("time", best, meanings)

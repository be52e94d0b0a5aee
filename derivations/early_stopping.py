r"""Retraining with early stopping: a low-pass filter in Hermite coefficients.

Generation by generation :math:`\hat p_{n+1} = OU_{t_0}(\alpha p + (1-\alpha)\hat p_n)`. The weights of the ages
are geometric, and the Hermite coefficient of degree ``k`` tends to :math:`\alpha g/(1-(1-\alpha)g)` times that of
the data, :math:`g = e^{-k t_0/2}`, at the rate :math:`(1-\alpha)g`.
"""

from sympy import Function, Limit, Matrix, Rational, S, Sum, Symbol, exp, oo, rsolve, symbols
from sympy.functions.special.polynomials import hermite_prob

from derivations.proof import Derivation, Proof
from derivations.tools import expectation

theorems = ("early-stopping", "hermite")
wrong = {"one": Rational(4, 5)}

HIGHEST_DEGREE = 6


def derive(*, one: Rational = S.One) -> Derivation:
    """Derive the weights of the ages, the Hermite eigenvalues, the multiplier and its rate."""
    proof = Proof("early-stopping", "Early stopping and Hermite multipliers", "the limit paper", theorems)
    proof.assume("0 < alpha < 1 is written 1/(1+z) where a limit is taken; 0 < g <= 1; the score is perfect above t0")
    n, k = Symbol("n", integer=True, nonnegative=True), Symbol("k", integer=True, positive=True)
    z, g, start = symbols("z g c_0", positive=True)
    alpha = 1 / (1 + z)
    keep = z / (1 + z)
    proof.equal(
        "The first N ages carry all but (1 - alpha)^N of the weight: convergence at the rate 1 - alpha.",
        Sum(alpha * keep ** (k - 1), (k, 1, n)).doit().simplify(),
        one - keep**n,
        by="geometric sum",
        show=r"\sum_{k=1}^{n}\alpha(1-\alpha)^{k-1} = 1 - (1-\alpha)^n",
    )
    x, a = Symbol("x", real=True), Symbol("a", positive=True)
    y = Symbol("y", real=True)
    for degree in range(2, HIGHEST_DEGREE + 1):
        proof.equal(
            f"Hermite polynomial {degree} is an eigenfunction of the forward semigroup (a = exp(-t0/2)).",
            expectation(hermite_prob(degree, y), [y], Matrix([a * x]), Matrix([[1 - a**2]])),
            a**degree * hermite_prob(degree, x),
            by="Stein's recursion",
            show=rf"E[He_{{{degree}}}(a x + \sqrt{{1-a^2}}\,\xi)] = a^{{{degree}}} He_{{{degree}}}(x)",
        )
    w = Symbol("w", real=True)
    proof.equal(
        "All degrees at once: the generating function exp(w y - w^2/2) is carried to the same with w a.",
        w * a * x + w**2 * (1 - a**2) / 2 - w**2 / 2,
        (w * a) * x - one * (w * a) ** 2 / 2,
        by="moment generating function of N(a x, 1 - a^2)",
        show=r"E\,e^{w(ax+\sqrt{1-a^2}\xi) - w^2/2} = e^{(wa)x - (wa)^2/2}",
    )
    c = Function("c")
    data = Symbol("c_p", real=True)
    ratio = keep * g
    solved = rsolve(c(n + 1) - g * (alpha * data + keep * c(n)), c(n), {c(0): start})
    limit = alpha * g / (1 - one * keep * g)
    proof.equal(
        "A coefficient of degree k obeys c' = g (alpha c_p + (1-alpha) c); its distance from the limit shrinks by "
        "(1-alpha) g.",
        solved - limit * data,
        ratio**n * (start - limit * data),
        by="rsolve",
        show=r"c_n - \frac{\alpha g}{1-(1-\alpha)g}c_p = ((1-\alpha)g)^n\Big(c_0 - \frac{\alpha "
        r"g}{1-(1-\alpha)g}c_p\Big)",
        concludes="early-stopping",
    )
    u = Symbol("u", positive=True)
    fraction = Symbol("alpha", positive=True)
    proof.equal(
        "The multiplier is the sum over ages of alpha (1-alpha)^{k-1} g^k; with (1-alpha) g = 1/(1+u).",
        Limit((1 - (1 / (1 + u)) ** n) / (1 - 1 / (1 + u)), n, oo),
        1 / (1 - one / (1 + u)),
        by="geometric series",
        show=r"\sum_{k\ge1}\alpha(1-\alpha)^{k-1}g^k = \frac{\alpha g}{1-(1-\alpha)g}",
        concludes="hermite",
    )
    proof.at_least(
        "The multiplier is at most one (alpha = 1/(1+z), g = 1/(1+u)): early stopping only removes detail.",
        S.One,
        (limit.subs(g, 1 / (1 + u))),
        by="gap = (1 - g)/(1 - (1-alpha) g)",
        terms=[u * (1 + z) / (1 + u + u * z)],
    )
    root = Symbol("g_1", positive=True)
    proof.at_least(
        "Degree 0 is the mass and never differs; among the others degree 1 contracts least, so in the norm of the "
        "coefficients the"
        " distance to the limit contracts by (1-alpha) exp(-t0/2) (g_k = g_1^k, here k = 3, 1 - g_1^2 >= 0).",
        keep * root,
        keep * one * root**3,
        by="0 < g_1 <= 1",
        terms=[keep * root * (1 - root**2)],
        given=[1 - root**2],
        show=r"(1-\alpha)\,g_1^k \le (1-\alpha)\,g_1,\quad g_1 = e^{-t_0/2}",
        concludes="early-stopping",
    )
    degree, stop = symbols("degree stop", positive=True)
    decay = exp(-degree * stop / 2)
    proof.result(
        "multiplier",
        fraction * decay / (1 - one * (1 - fraction) * decay),
        {fraction: "fresh fraction", degree: "Hermite degree", stop: "stop time t0"},
    )
    return proof.finish()

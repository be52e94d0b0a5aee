r"""Early stopping is a low-pass filter of Hermite coefficients.

The limit law is a sum over ages, :math:`L = \sum_{k\ge1}\alpha(1-\alpha)^{k-1} OU_{k t_0}(p)`. The forward semigroup
multiplies the Hermite coefficient of degree ``k`` by :math:`g = e^{-k t_0/2}`, so that of ``L`` is
:math:`\alpha g/(1-(1-\alpha)g)` times that of the data.
"""

from sympy import Limit, Matrix, Rational, S, Symbol, exp, log, oo, symbols
from sympy.functions.special.polynomials import hermite_prob

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import expectation

name = "hermite"
wrong = {"one": Rational(4, 5), "time": Rational(101, 100)}
scope = "degrees 2 to 6, and all by the generating function"
taken = "that Hermite polynomials are complete"

HIGHEST_DEGREE = 6


def derive(*, one: Rational = S.One, time: Rational = S.One) -> Derivation:
    """Derive the Hermite eigenvalues and the multiplier."""
    proof = Proof(name, "Hermite multipliers", "the limit paper", cites=("gaussian-integral",))
    proof.assume("0 < alpha < 1 is written 1/(1+z) where a limit is taken; 0 < g <= 1; the score is perfect above t0")
    x, a = Symbol("x", real=True), Symbol("a", positive=True)
    y = Symbol("y", real=True)
    for degree in range(2, HIGHEST_DEGREE + 1):
        proof.equal(
            f"Hermite polynomial {degree} is an eigenfunction of the forward semigroup (a = exp(-t0/2)).",
            expectation(hermite_prob(degree, y), [y], Matrix([a * x]), Matrix([[1 - a**2]])),
            a ** (time * degree) * hermite_prob(degree, x),
            by="Stein's recursion",
            reads=rf"E[He_{{{degree}}}(a x + \sqrt{{1-a^2}}\,\xi)] = a^{{{degree}}} He_{{{degree}}}(x)",
        )
    w = Symbol("w", real=True)
    proof.equal(
        "All degrees at once: the generating function exp(w y - w^2/2) is carried to the same with w a.",
        w * a * x + w**2 * (1 - a**2) / 2 - w**2 / 2,
        (w * a) * x - one * (w * a) ** 2 / 2,
        by="moment generating function of N(a x, 1 - a^2)",
        reads=r"E\,e^{w(ax+\sqrt{1-a^2}\xi) - w^2/2} = e^{(wa)x - (wa)^2/2}",
    )
    n = Symbol("n", integer=True, nonnegative=True)
    u, z = symbols("u z", positive=True)
    proof.equal(
        "The multiplier is the sum over ages of alpha (1-alpha)^{k-1} g^k; with (1-alpha) g = 1/(1+u).",
        Limit((1 - (1 / (1 + u)) ** n) / (1 - 1 / (1 + u)), n, oo),
        1 / (1 - one / (1 + u)),
        by="geometric series",
        reads=r"\sum_{k\ge1}\alpha(1-\alpha)^{k-1}g^k = \frac{\alpha g}{1-(1-\alpha)g}",
        concludes=True,
    )
    alpha, keep, g = 1 / (1 + z), z / (1 + z), 1 / (1 + u)
    proof.at_least(
        "The multiplier is at most one (alpha = 1/(1+z), g = 1/(1+u)): early stopping only removes detail.",
        S.One,
        alpha * g / (1 - one * keep * g),
        by="gap = (1 - g)/(1 - (1-alpha) g)",
        terms=[u * (1 + z) / (1 + u + u * z)],
    )
    fraction, degree, stop = symbols("alpha degree stop", positive=True)
    decay = exp(-time * degree * stop / 2)
    proof.result(
        "multiplier",
        fraction * decay / (1 - one * (1 - fraction) * decay),
        {fraction: "fresh fraction", degree: "Hermite degree", stop: "stop time t0"},
        where={fraction: alpha, stop: 2 * log(1 + u) / degree},
    )
    return proof.finish()

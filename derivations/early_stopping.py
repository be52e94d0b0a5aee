r"""Retraining with early stopping converges geometrically.

Generation by generation :math:`\hat p_{n+1} = OU_{t_0}(\alpha p + (1-\alpha)\hat p_n)`. The weights of the ages are
geometric, and by ``hermite`` the coefficient of degree ``k`` is multiplied by :math:`g = e^{-k t_0/2}` in a
generation, so its distance from the limit shrinks by :math:`(1-\alpha)g`.
"""

from sympy import Function, Rational, S, Sum, Symbol, exp, log, rsolve, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "early-stopping"
wrong = {"one": Rational(4, 5)}
scope = "each coefficient, any number of generations; the norm by degrees 1 and 3"
taken = "that Hermite polynomials are complete"


def derive(*, one: Rational = S.One) -> Derivation:
    """Derive the weights of the ages, the rate of each coefficient and that of the norm."""
    proof = Proof(name, "Convergence with early stopping", "the limit paper; the norm *own*", cites=("hermite",))
    proof.assume("0 < alpha < 1 is written 1/(1+z); 0 < g <= 1; the score is perfect above t0")
    n, k = Symbol("n", integer=True, nonnegative=True), Symbol("k", integer=True, positive=True)
    z, g, start = symbols("z g c_0", positive=True)
    alpha = 1 / (1 + z)
    keep = z / (1 + z)
    proof.equal(
        "The first N ages carry all but (1 - alpha)^N of the weight: convergence at the rate 1 - alpha.",
        Sum(alpha * keep ** (k - 1), (k, 1, n)).doit().simplify(),
        one - keep**n,
        by="geometric sum",
        reads=r"\sum_{k=1}^{n}\alpha(1-\alpha)^{k-1} = 1 - (1-\alpha)^n",
    )
    c = Function("c")
    data = Symbol("c_p", real=True)
    solved = rsolve(c(n + 1) - g * (alpha * data + keep * c(n)), c(n), {c(0): start})
    limit = alpha * g / (1 - one * keep * g)
    proof.equal(
        "A coefficient of degree k obeys c' = g (alpha c_p + (1-alpha) c); its distance from the limit shrinks by "
        "(1-alpha) g.",
        solved - limit * data,
        (keep * g) ** n * (start - limit * data),
        by="rsolve; hermite",
        reads=r"c_n - \frac{\alpha g}{1-(1-\alpha)g}c_p = ((1-\alpha)g)^n\Big(c_0 - \frac{\alpha "
        r"g}{1-(1-\alpha)g}c_p\Big)",
        concludes=True,
    )
    root = Symbol("g_1", positive=True)
    contracts = proof.suppose("g_1 = exp(-t0/2) <= 1", 1 - root)
    proof.at_least(
        "Degree 0 is the mass and never differs; among the others degree 1 contracts least, so in the norm of the "
        "coefficients the distance to the limit contracts by (1-alpha) exp(-t0/2) (g_k = g_1^k, here k = 3).",
        keep * root,
        keep * one * root**3,
        by="0 < g_1 <= 1",
        terms=[keep * root * (1 - root) * (1 + root)],
        given=[contracts],
        reads=r"(1-\alpha)\,g_1^k \le (1-\alpha)\,g_1,\quad g_1 = e^{-t_0/2}",
        concludes=True,
    )
    fraction, stop = symbols("alpha stop", positive=True)
    proof.result(
        "contraction",
        (one * (1 - fraction) * exp(-stop / 2)) ** n,
        {fraction: "fresh fraction", stop: "stop time t0", n: "generations"},
        where={n: S.One, fraction: 1 - keep, stop: -2 * log(root)},
    )
    return proof.finish()

r"""Annealed early stopping.

With a perfect score stopped at :math:`t_i` the Hermite coefficient of degree k obeys :math:`c(\hat p_{i+1}) =
g_i(\alpha c(p) + (1-\alpha) c(\hat p_i))`, :math:`g_i = e^{-kt_i/2}`, so its relative error is :math:`r_{i+1} =
g_i(1-\alpha) r_i - (1-g_i)`. It tends to 0 with :math:`t_i` where :math:`\alpha>0`; without fresh data
:math:`1 + r_N = e^{-k\sum t_i/2}`.
"""

from sympy import Limit, Rational, S, exp, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "annealed"
wrong = {"one": Rational(4, 5)}
scope = "one step for every degree, three generations unrolled; the loss by induction"
taken = "that the Ornstein-Uhlenbeck semigroup is diagonal in Hermite polynomials (hermite)"


def derive(*, one: Rational = S.One) -> Derivation:
    """Derive the recursion, its solution, the bound and the slow limit."""
    proof = Proof(name, "Annealed early stopping", "the limit paper; the exact form: *own*", cites=("hermite",))
    proof.assume("0 <= alpha <= 1, g_i = exp(-k t_i/2), c(p) is not 0 and r = c(p^)/c(p) - 1")
    alpha, g, data = symbols("alpha g c", positive=True)
    r = symbols("r", real=True)
    proof.equal(
        "One generation: c(p^') = g (alpha c + (1 - alpha) c (1 + r)), relative to c.",
        g * (alpha * data + (1 - alpha) * data * (1 + r)) / data - 1,
        one * g * (1 - alpha) * r - (1 - g),
        by="definitions",
        reads=r"r_{i+1} = g_i(1-\alpha) r_i - (1-g_i)",
    )
    k = 1 - alpha
    rates = symbols("g0:3", positive=True)
    start = symbols("r0", real=True)
    state = start
    for rate in rates:
        state = one * rate * k * state - (1 - rate)
    first, second, third = rates
    proof.equal(
        "Three generations unrolled; one more multiplies by (1 - alpha) g and adds a term.",
        state,
        -((1 - first) * k**2 * second * third + (1 - second) * k * third + (1 - third))
        + start * k**3 * first * second * third,
        by="Horner's rule",
        reads=r"r_N = -\sum_i (1-g_i)\prod_{j>i}(1-\alpha)g_j + r_0\prod_j(1-\alpha)g_j",
        concludes=True,
    )
    x = symbols("x", real=True)
    loss = proof.convex_minimum(
        "One step loses at most x = k t/2: exp(-x) - 1 + x >= 0.", exp(-x) - 1 + x, x, 0, by="convex"
    )
    keep, bound, short, size = symbols("q B s h", nonnegative=True)
    proof.at_least(
        "Induction: if |r_i| = B_i - s then |r_{i+1}| <= (1-alpha)|r_i| + 1 - g <= (1-alpha) B_i + x, x = h.",
        keep * bound + one * size,
        keep * (bound - short) + 1 - exp(-size),
        by="the convex function at h",
        terms=[keep * short, exp(-size) - 1 + size],
        given=[proof.instance(loss, {x: size})],
        reads=r"|r_N| \le \tfrac k2\sum_i(1-\alpha)^{N-1-i}t_i + (1-\alpha)^N|r_0|",
        concludes=True,
    )
    time = symbols("t", positive=True)
    z = symbols("z", positive=True)
    fixed = (1 - exp(-time)) / (1 - z / (1 + z) * exp(-time))
    proof.equal(
        "Slow schedules follow the fixed point -(1-g)/(1-(1-alpha)g), to first order -k t/(2 alpha); here k t/2 = t "
        "and alpha = 1/(1 + z).",
        Limit(fixed / time, time, 0, "+"),
        one * (1 + z),
        by="limit",
        reads=r"r_N \sim -\frac{k t_N}{2\alpha}",
    )
    times = symbols("t0:3", nonnegative=True)
    closed = S.One
    for value in times:
        closed = closed * exp(-one * value)
    proof.equal(
        "Without fresh data what is left is a product (k t/2 = t).",
        closed,
        exp(-sum(times)),
        by="exponentials",
        reads=r"1 + r_N = e^{-\frac k2\sum_i t_i}\ \ (\alpha = 0)",
    )
    proof.result(
        "next", one * g * (1 - alpha) * r - (1 - g), {g: "exp(-k t/2)", alpha: "fresh fraction", r: "relative error"}
    )
    return proof.finish()

r"""A noise schedule is a change of time, an exploding one of scale as well.

In the clock :math:`t(u) = \int_0^u\beta` energies lose their weight, :math:`\int\beta f\,du = \int f\,dt`. With
:math:`\sigma^2 = e^t - 1` and :math:`a = e^{-t/2}` the exploding process is the preserving one over ``a``, and
:math:`\int|a e|^2 d\sigma^2 = \int|e|^2 dt`.
"""

from sympy import Derivative, Integral, Rational, S, Subs, Symbol, diff, exp, log, sqrt, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import normal

name = "schedule"
wrong = {"half": Rational(2, 5), "one": Rational(4, 5), "weight": S.Zero}
scope = "the linear schedule, energies that decay exponentially in the clock; transition densities of any data"
taken = "that a law's marginals are its transition densities mixed, and a martingale in one clock is one in the other"


def derive(*, half: Rational = S.Half, one: Rational = S.One, weight: Rational = S.One) -> Derivation:
    """Derive the clock, the weight of energies, and the scale of exploding processes."""
    proof = Proof(name, "A schedule is a change of time", "*own*; Song et al. 2021 for the processes")
    u, w, t, low, rise, k = symbols("u w t b_0 b_1 k", positive=True)
    clock = low * u + half * rise * u**2
    proof.equal(
        "The clock of a linear beta.",
        Integral(low + rise * w, (w, 0, u)),
        clock,
        by="the area of a trapezium",
        reads=r"t(u) = \int_0^u(\beta_0 + \beta_1 w)\,dw",
    )
    rate = low + rise * u
    proof.equal(
        "What carries beta in the parameter has no weight in the clock: the integral of exp(-k t) up to t(u) grows "
        "at the rate beta exp(-k t(u)).",
        Derivative(Integral(exp(-k * t), (t, 0, clock)), u),
        rate**weight * exp(-k * (low * u + rise * u**2 / 2)),
        by="the chain rule",
        reads=r"\tfrac{d}{du}\int_0^{t(u)}e^{-kt}dt = \beta(u)\,e^{-k\,t(u)}",
    )
    x, start = symbols("x x_0", real=True)
    v = Symbol("v", positive=True)
    a = 1 / sqrt(1 + one * v)
    proof.equal(
        "Transition densities: those of the exploding process with variance v are those of the preserving one at "
        "a x, times a (their logarithms; a^2 = 1/(1 + v)).",
        log(a) - (a * x - a * start) ** 2 / (2 * (1 - a**2)) - log(1 - a**2) / 2,
        -((x - start) ** 2) / (2 * v) - log(v) / 2,
        by="1 - a^2 = a^2 v",
        reads=r"a\,N(a x;\,a x_0,\,1-a^2) = N(x;\,x_0,\,v)",
    )
    y = Symbol("y", real=True)
    density = normal(y, a * start, 1 - a**2)
    proof.equal(
        "Scores: the exploding one is a times the preserving one at a x.",
        (a * diff(density, y) / density).subs(y, a * x),
        -(x - start) / v,
        by="the chain rule, 1 - a^2 = a^2 v",
        reads=r"s_\sigma(x) = a\,s_t(a x)",
    )
    error, variance = Symbol("e", real=True), one * exp(t) - 1
    proof.equal(
        "In the clock a is exp(-t/2): sigma^2 = exp(t) - 1.",
        Subs(a, v, variance),
        exp(-t / 2),
        by="1 + sigma^2 = exp(t)",
        reads=r"a = (1+\sigma^2)^{-1/2} = e^{-t/2}",
    )
    proof.equal(
        "Energies: (a e)^2 times the rate of sigma^2 = exp(t) - 1 is e^2.",
        (error * exp(-t / 2)) ** 2 * Derivative(variance, t),
        error**2,
        by="a^2 exp(t) = 1",
        reads=r"|a e|^2\,d\sigma^2 = |e|^2\,dt",
        concludes=True,
    )
    proof.result("clock", clock, {u: "parameter u", low: "beta at 0", rise: "rise of beta"})
    return proof.finish()

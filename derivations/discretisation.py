r"""What a step of a sampler misses, exactly.

:math:`e^{-t/2}\nabla\log q_t(X_t)` is a martingale in reverse time, so that
:math:`E[s_t(X_t)|X_k] = r\,s_k(X_k)` with :math:`r = e^{-u/2}`, :math:`u = t_k - t`. Pythagoras splits
:math:`E|f(X_k) - s_t|^2`, and all of a step's integrals are closed but that of the Fisher information.
"""

from sympy import Integral, Rational, S, Symbol, diff, exp, sinh, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import normal

name = "discretisation"
wrong = {"one": Rational(4, 5), "two": Rational(9, 5), "frozen": Rational(9, 10), "entropy": Rational(9, 10)}
scope = "transition densities of any data, pointwise; conditioning on three atoms of any weights; one coordinate"
taken = "integration by parts of the data's density against the transition density; Girsanov's theorem"

TWO = S(2)


def derive(
    *, one: Rational = S.One, two: Rational = TWO, frozen: Rational = S.One, entropy: Rational = S.One
) -> Derivation:
    """Derive the projection, Pythagoras and the integrals of a step."""
    proof = Proof(name, "What a step misses", "*own*", cites=("girsanov",))
    proof.assume("X is the forward process, stationary where its law is N(0, I); u = t_k - t > 0, r = exp(-u/2)")
    x, y = symbols("x y", real=True)
    u, h, w = symbols("u h w", positive=True)
    r = exp(-u / 2)
    kernel = normal(x, r * y, 1 - r**2)
    proof.equal(
        "The transition density solves the equation of the forward process.",
        diff(kernel, u),
        diff(x * kernel, x) / 2 + diff(kernel, x, 2) / 2,
        by="the variance 1 - r^2 grows at the rate r^2",
        reads=r"\partial_u N = \tfrac12\partial_x(x N) + \tfrac12\partial_x^2 N",
    )
    proof.equal(
        "The transition density: r times its slope in the later point is minus that in the earlier one. So "
        "r grad q_k(x) is the integral of grad q_t(y) against it, and r s_k(X_k) = E[s_t(X_t) | X_k].",
        r * diff(kernel, x) / kernel,
        -one * diff(kernel, y) / kernel,
        by="it depends on x - r y alone",
        reads=r"r\,\partial_x N(x;\,r y,\,1-r^2) = -\partial_y N(x;\,r y,\,1-r^2)",
    )
    weights = symbols("w_1:4", positive=True)
    values = symbols("s_1:4", real=True)
    f = Symbol("f", real=True)
    total = sum(weights)
    shares = [part / total for part in weights]
    mean = sum(p * s for p, s in zip(shares, values, strict=True))
    squares = sum(p * s**2 for p, s in zip(shares, values, strict=True))
    proof.equal(
        "Pythagoras, given X_k: f is a number, s_t takes three values.",
        sum(p * (f - s) ** 2 for p, s in zip(shares, values, strict=True)),
        (f - mean) ** 2 + squares - frozen * mean**2,
        by="the square of a difference",
        reads=r"E|f(X_k) - s_t|^2 = E|f(X_k) - r s_k|^2 + J(t) - r^2 J(t_k)",
    )
    path, fisher, square = symbols("I J m", positive=True)
    still = entropy * (path + (h - 4 * (1 - exp(-h / 2))) * fisher) / two
    root = exp(-w / 2)
    proof.equal(
        "A step of the exponential integrator, f = s_k: half the integral of J(t) + (1 - 2 r) J(t_k), where I is "
        "that of J(t).",
        path / 2 + Integral((1 - 2 * root) * fisher / 2, (w, 0, h)),
        still,
        by="the integral of r is 2 (1 - exp(-h/2))",
        reads=r"\tfrac12\int E|s_k - s_t|^2 dt = \tfrac12\big(I + (h - 4(1-e^{-h/2}))J(t_k)\big)",
    )
    away = (square - 1) * (1 / root - 1) ** 2 + 2 * (1 - root)
    proof.equal(
        "How far the state goes: E X_t^2 = (m - 1)/r^2 + 1 and E X_t X_k = r E X_t^2, m = E X_k^2.",
        (square - 1) / root**2 + 1 + square - 2 * root * ((square - 1) / root**2 + 1),
        away,
        by="expanding",
        reads=r"E(X_t - X_k)^2 = (m-1)(1/r - 1)^2 + 2(1 - r)",
    )
    both = -2 + root + 1 / root - (1 / root - root) * fisher
    drift = (square - 1) * (exp(h) - 4 * exp(h / 2) + 3 + h) / 4 + (h - 2 * (1 - exp(-h / 2))) / 2
    product = 4 * sinh(h / 2) - 2 * h - 4 * ((exp(h / 2) + exp(-h / 2)) / 2 - 1) * fisher
    proof.equal(
        "A step of Euler-Maruyama adds, with B = 1/2: half of the integral of B^2 E(X_t - X_k)^2 + 2 B E(s_t - s_k) "
        "(X_t - X_k), by E s_t X_t = -1, E s_t X_k = -r and, Tweedie's formula, E X_t s_k = ((1 - r^2) J - 1)/r.",
        Integral(away / 8 + both / 2, (w, 0, h)),
        drift / two + product / 2,
        by="integrals of exponentials",
        reads=r"\tfrac12\int\big(\tfrac14E(X_t-X_k)^2 + E(s_t-s_k)(X_t-X_k)\big)dt",
        concludes=True,
    )
    told = {path: "integral of the Fisher information over the step", fisher: "Fisher information at its start"}
    proof.result("frozen_score", still, {**told, h: "step h"})
    return proof.finish()

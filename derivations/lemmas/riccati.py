r"""Exponential moments of the energy: Riccati equations.

For :math:`dY = (FY+f)ds + dB` and :math:`e = Ay+b`, :math:`\psi = e^{y^TPy/2+p^Ty+c}` solves the Feynman-Kac
equation of :math:`E\exp(\kappa\int|e|^2)` when ``P, p, c`` solve backward Riccati equations; averaging over a
Gaussian start is finite when ``I - SP`` is positive.
"""

from sympy import Expr, Function, Matrix, Rational, S, Symbol, diff, log, pi, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import gaussian_integral, vector

name = "riccati"
wrong = {"one": Rational(4, 5)}


def derive(*, one: Rational = S.One) -> Derivation:
    """Derive the Riccati equations in one and two dimensions, the change of drift and the average over the
    start.
    """
    proof = Proof(
        name,
        "Exponential moments by Riccati equations",
        "standard (Feynman-Kac)",
        lemma=True,
        cites=("gaussian-integral",),
    )
    proof.assume(
        "P, p, c are functions of s with final value 0; in two dimensions all matrices are general and P is symmetric"
    )
    s = Symbol("s", real=True)
    y, F, f, A, b, kappa = symbols("y F f A b kappa", real=True)
    P, p, c = (Function(name, real=True)(s) for name in ("P", "p", "c"))
    slopes: dict[Expr, Expr] = {
        diff(P, s): -(2 * F * P + one * P**2 + 2 * kappa * A**2),
        diff(p, s): -(F * p + f * P + P * p + 2 * kappa * A * b),
        diff(c, s): -(f * p + p**2 / 2 + P / 2 + kappa * b**2),
    }
    exponent = P * y**2 / 2 + p * y + c
    gradient = diff(exponent, y)
    proof.equal(
        "One dimension: the residual of the Feynman-Kac equation, divided by psi.",
        diff(exponent, s).subs(slopes),
        -((F * y + f) * gradient + (diff(exponent, y, 2) + gradient**2) / 2 + kappa * (A * y + b) ** 2),
        by="compare powers of y",
        reads=r"\partial_s\psi + (Fy+f)\psi' + \tfrac12\psi'' + \kappa(Ay+b)^2\psi = 0:\quad"
        r" -P' = 2FP + P^2 + 2\kappa A^2,\; -p' = Fp + fP + Pp + 2\kappa Ab,\; -c' = fp + \tfrac12p^2 + \tfrac12P "
        r"+ \kappa b^2",
    )
    z, g, q, d = vector("z"), vector("g"), vector("q"), vector("d")
    G, E = (Matrix(2, 2, symbols(f"{name}11 {name}12 {name}21 {name}22", real=True)) for name in ("G", "E"))
    r11, r12, r22 = symbols("R11 R12 R22", real=True)
    R = Matrix([[r11, r12], [r12, r22]])
    dR = -(G.T * R + R * G + one * R * R + 2 * kappa * E.T * E)
    dq = -(G.T * q + R * g + R * q + 2 * kappa * E.T * d)
    dc = -((g.T * q)[0] + (q.T * q)[0] / 2 + R.trace() / 2 + kappa * (d.T * d)[0])
    slope = R * z + q
    error = E * z + d
    proof.equal(
        "Two dimensions, general matrices.",
        (z.T * dR * z)[0] / 2 + (dq.T * z)[0] + dc,
        -((slope.T * (G * z + g))[0] + (R.trace() + (slope.T * slope)[0]) / 2 + kappa * (error.T * error)[0]),
        by="compare monomials",
        reads=r"-P' = F^TP + PF + P^2 + 2\kappa A^TA,\quad -p' = F^Tp + Pf + Pp + 2\kappa A^Tb,\quad"
        r" -c' = f^Tp + \tfrac12|p|^2 + \tfrac12\operatorname{tr}P + \kappa|b|^2",
    )
    h, e, x = Symbol("h", positive=True), Symbol("e", real=True), Symbol("x", real=True)
    first, second = symbols("theta1 theta2", real=True)
    weight = first * e * x + second * h * e**2
    tilted = log(gaussian_integral((weight - x**2 / (2 * h)).expand(), x)) - log(2 * pi * h) / 2
    proof.equal(
        "exp(theta1 M + theta2 [M]) reduces to an energy: one step of size h; theta1 moves the drift by theta1 e.",
        tilted,
        one * (second + first**2 / 2) * h * e**2,
        by="the Gaussian integral",
        reads=r"E_*e^{\theta_1 e\,dB + \theta_2 h e^2} = e^{\kappa h e^2},\quad \kappa = \theta_2 + "
        r"\tfrac12\theta_1^2",
    )
    mean, K = Symbol("m", real=True), Symbol("K", positive=True)
    variance, slope0, start = Symbol("S", positive=True), Symbol("p0", real=True), Symbol("P0", real=True)
    curvature = {start: 1 / variance - K}
    full = -((y - mean) ** 2) / (2 * variance) + start * y**2 / 2 + slope0 * y
    closed = -log(1 - variance * start) / 2 + (
        mean**2 * start / 2 + slope0 * mean + one * variance * slope0**2 / 2
    ) / (1 - variance * start)
    proof.equal(
        "Average over the start N(m, S): finite when K = 1/S - P > 0, that is 1 - SP > 0.",
        (log(gaussian_integral(full.subs(curvature).expand(), y)) - log(2 * pi * variance) / 2),
        closed.subs(curvature),
        by="the Gaussian integral",
        reads=r"\log E\,e^{PY^2/2+pY} = -\tfrac12\log(1-SP) + \frac{m^2P/2 + pm + Sp^2/2}{1-SP}",
    )
    proof.at_least(
        "If K = 0 or K < 0 the exponent does not decay (K = -w): it is bounded below, and the moment is infinite.",
        K * y**2 / 2 + slope0 * y,
        -(slope0**2) / (2 * K),
        by="a square",
        terms=[K / 2 * (y + slope0 / K) ** 2],
    )
    proof.result(
        "log_average",
        closed,
        {
            mean: "start mean",
            variance: "start variance",
            start: "P at the start, below 1/S",
            slope0: "p at the start",
        },
        where=curvature,
    )
    return proof.finish()

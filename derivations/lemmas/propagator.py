r"""The ideal reverse propagator and a constant error.

The mean perturbation obeys :math:`\delta' = (\tfrac12 - S_t^{-1})\delta + b` in reverse time, and :math:`\Phi(t)
= e^{-(t-t_0)/2} S_{t_0} S_t^{-1}` carries it from ``t`` down to ``t0``. For a constant offset in one dimension
everything is elementary and, with :math:`\eta \varepsilon^2 = \Delta^2 / S_{t_0}`, exactly :math:`KL =
\eta\varepsilon^2/2` and :math:`\chi^2 = e^{\eta\varepsilon^2} - 1`.
"""

from sympy import (
    Derivative,
    Expr,
    Limit,
    Matrix,
    Rational,
    S,
    Subs,
    Symbol,
    atan,
    atanh,
    diff,
    exp,
    eye,
    log,
    sqrt,
    symbols,
)

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "propagator"
wrong = {"decay": Rational(1, 3)}


def derive(*, decay: Rational = S.Half) -> Derivation:
    """Derive the propagator, the elementary integral and the exact divergences."""
    proof = Proof(
        name,
        "Propagator and constant offset",
        "*own*, from the reverse-time equation",
        lemma=True,
        cites=("gaussian-kl", "gaussian-chi2"),
    )
    proof.assume(
        "a = exp(-t/2), a0 = exp(-t0/2), S_t = a^2 v + 1 - a^2; d/dt = -(a/2) d/da; the offset b does not depend "
        "on time"
    )
    a, a0, v, u, duration = symbols("a a_0 v u tau", positive=True)
    b = Symbol("b", real=True)

    def variance(scale: Expr, data: Expr = v) -> Expr:
        return scale**2 * data + 1 - scale**2

    propagator = (a / a0) ** (2 * decay) * variance(a0) / variance(a)
    proof.equal(
        "The propagator solves the adjoint equation in t ...",
        -a / 2 * diff(propagator, a) / propagator,
        Rational(1, 2) - 1 / variance(a),
        by="S' = 1 - S",
        reads=r"\Phi'(t)/\Phi(t) = \tfrac12 - S_t^{-1}",
    )
    proof.equal("... and starts at 1.", Subs(propagator, a, a0), 1, by="substitution")
    w11, w12, w22 = symbols("W11 W12 W22", real=True)
    W = Matrix([[w11, w12], [w12, w22]])
    S, S0 = eye(2) + a**2 * W, eye(2) + a0**2 * W
    matrix = a / a0 * S0 * S.inv()
    proof.equal(
        "The same for matrices (S_t = I + a^2 W, W = V - I a general symmetric 2 x 2 matrix; S_t and S_t0 commute).",
        -a / 2 * diff(matrix, a) * S,
        (eye(2) / 2 - S.inv()) * matrix * S,
        by="S' = I - S, and commuting factors",
        reads=r"\Phi'(t) = (\tfrac12 I - S_t^{-1})\,\Phi(t)",
    )
    # dt = -2 da/a turns int Phi dt into (2 S_t0 / a0) int da / S
    wide = 2 * variance(a0, 1 + u) / a0 * atan(sqrt(u) * a) / sqrt(u)
    narrow = 2 * variance(a0, 1 - u) / a0 * atanh(sqrt(u) * a) / sqrt(u)
    for text, primitive, data in (
        ("The integral is elementary: data wider than the noise, v = 1 + u.", wide, 1 + u),
        ("Data narrower than the noise, v = 1 - u.", narrow, 1 - u),
        ("Data as wide as the noise, v = 1.", 2 * a / a0, Rational(1)),
    ):
        proof.equal(
            text,
            -Derivative(b * (primitive.subs(a, a0) - primitive), a) * a / 2,
            b * propagator.subs(v, data),
            by="differentiate the primitive; dt = -2 da/a",
            reads=rf"b\,\frac{{d}}{{dt}}\big(G(a_0) - G(a)\big) = b\,\Phi,\quad v = {data}",
        )
    proof.equal(
        "The three cases agree in the limit.",
        Limit(wide, u, 0),
        2 * a / a0,
        by="atan z ~ z",
    )
    shift, width = Symbol("Delta", real=True), Symbol("S", positive=True)
    energy = b**2 * duration
    observability = shift**2 / (width * energy)
    v1, v2 = symbols("v1 v2", positive=True)
    divergence = Subs((v1 / v2 - 1 + shift**2 / v2 + log(v2 / v1)) / 2, (v1, v2), (width, width))
    proof.equal(
        "A constant offset leaves the variance S_t0 alone and moves the mean by Delta = b int Phi: the KL is exact.",
        divergence,
        decay * observability * energy,
        by="gaussian-kl with equal variances",
        reads=r"KL = \tfrac12\,\eta\varepsilon^2,\quad \eta = \Delta^2/(S_{t_0}\varepsilon^2)",
    )
    chi2 = Subs(v2 / sqrt(v1 * (2 * v2 - v1)) * exp(shift**2 / (2 * v2 - v1)) - 1, (v1, v2), (width, width))
    proof.equal(
        "So is the chi-squared divergence.",
        log(1 + chi2),
        2 * decay * observability * energy,
        by="gaussian-chi2 with equal variances",
        reads=r"\chi^2 = e^{\eta\varepsilon^2} - 1",
    )
    t0, t = Symbol("t_0", nonnegative=True), Symbol("T", positive=True)
    scale, clocks = {a0: exp(-t0 / 2)}, {t0: -2 * log(a0), t: -2 * log(a)}
    for case, primitive, meaning in (
        ("wide", wide, "data variance minus 1, positive"),
        ("narrow", narrow, "1 minus the data variance"),
    ):
        integral = (primitive.subs(a, a0) - primitive.subs(a, exp(-t / 2))).subs(scale)
        proof.result(
            f"mean_shift_{case}", b * integral, {b: "offset", u: meaning, t0: "stop time", t: "horizon"}, where=clocks
        )
    return proof.finish()

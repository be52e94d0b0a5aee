r"""Why no function of the energy bounds the drift of a flow.

On N(0, 1), :math:`t_0 = 0`, the constant error :math:`b` with :math:`b^2 T = E` moves the endpoint of the flow by
:math:`bT/2`.
"""

from sympy import Integral, Limit, Rational, S, exp, oo, sqrt, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "flow-no-energy-bound"
wrong = {"gain": Rational(1, 4)}
scope = "one instance: N(0, 1), a constant error, any energy and any horizon"
taken = "that the flow moves a Gaussian as its mean and variance"


def derive(*, gain: Rational = S.Half) -> Derivation:
    """Derive the counterexample; `gain` is what the flow takes of the error."""
    proof = Proof(name, "The energy alone does not bound the flow", "*own*", cites=("gaussian-kl",))
    proof.assume("q = N(0, 1), t0 = 0, e = b constant with b^2 T = E: ideal and learned energy are E")
    s, horizon, energy, times = symbols("s T E K", positive=True)
    b = sqrt(energy / horizon)
    moved = Integral(gain * b, (s, 0, horizon))
    proof.equal(
        "The drift y/2 + (-y + b)/2 = b/2 forgets nothing: the mean moves to b T/2.",
        moved,
        b * horizon / 2,
        by="the mean's equation",
        reads=r"m' = \tfrac b2 \;\Longrightarrow\; m(T) = \tfrac{bT}2",
    )
    drift = energy * horizon / 8
    proof.equal(
        "The variance stays 1, so that KL is half the square of the mean.",
        moved**2 / 2,
        drift,
        by="gaussian-kl",
        reads=r"KL(\hat p\|q) = \tfrac12\big(\tfrac{bT}2\big)^2 = \tfrac{E\,T}8",
    )
    noisy = Integral(exp(-(horizon - s) / 2) * b, (s, 0, horizon))
    proof.equal(
        "With noise the same error is forgotten: the mean tends to 2 b, and KL to 2 E/T.",
        noisy**2 / 2,
        2 * energy / horizon * (1 - exp(-horizon / 2)) ** 2,
        by="m' = -m/2 + b",
        reads=r"KL(\hat p^{SDE}\|q) = \tfrac{2E}T(1 - e^{-T/2})^2",
    )
    proof.equal(
        "K times the energy over KL tends to 0 as T grows, so no constant, and no function of the energy, bounds KL.",
        Limit(times * energy / (moved.doit() ** 2 / 2), horizon, oo),
        0,
        by="the energy is E for every T",
        reads=r"\lim_{T\to\infty}\frac{K\,E}{KL(\hat p\|q)} = \lim_{T\to\infty}\frac{8K}{T} = 0",
        concludes=True,
    )
    proof.result("flow", drift, {energy: "energy", horizon: "horizon"})
    proof.result("noisy", 2 * energy / horizon * (1 - exp(-horizon / 2)) ** 2, {energy: "energy", horizon: "horizon"})
    return proof.finish()

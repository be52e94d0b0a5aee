r"""What the paper's remainder has to spare over the martingale's.

With :math:`\Psi = e^Z - 1 - Z` and ``A = [M]``, Ito's formula gives :math:`d\Psi = (e^Z - 1)\,dM + \tfrac12 dA`.
Hence :math:`E\Psi^2 = E\int(\Psi + (e^Z - 1)^2)\,dA` and :math:`\rho = E(e^Z - 1 - M)^2 = E\int(e^Z - 1)^2\,dA`:
they differ by an integral of :math:`\Psi \ge 0`.
"""

from sympy import Add, Derivative, Integral, Rational, S, Symbol, exp, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "remainder"
wrong = {"half": Rational(2, 5), "eighth": Rational(1, 7), "factor": Rational(2, 3)}
scope = "the differentials for any path; the mean of an integral over three times and paths, any weights"
taken = "Ito's formula, and that its martingale parts have mean 0"

EIGHTH, ONE = Rational(1, 8), Rational(1)


def derive(*, half: Rational = S.Half, eighth: Rational = EIGHTH, factor: Rational = ONE) -> Derivation:
    """Derive the identity; the arguments are 1/2 (of dA in Z), 1/8 (of K) and 1 (before the paper's remainder)."""
    proof = Proof(name, "What the remainder has to spare", "*own*")
    proof.assume(
        "the path divergence is finite",
        "Z = M - A/2, A = [M]; a differential is written a dM + b dA, and (dM)^2 = dA",
    )
    z, m = symbols("z m", real=True)
    psi = exp(z) - 1 - z
    drift = -half * Derivative(psi, z) + Derivative(psi, z, 2) / 2
    proof.equal(
        "Ito's formula for Psi: dZ = dM - dA/2, so the part in dA is -Psi'/2 + Psi''/2, and the part in dM is Psi'.",
        drift,
        S.Half,
        by="Psi' = e^z - 1, Psi'' = e^z",
        reads=r"d\Psi = (e^Z - 1)\,dM + \tfrac12 dA",
    )
    square = psi**2
    proof.equal(
        "For its square the part in dA is Psi + (e^z - 1)^2.",
        -half * Derivative(square, z) + Derivative(square, z, 2) / 2,
        psi + (exp(z) - 1) ** 2,
        by="Ito's formula",
        reads=r"E\Psi^2 = E\int\big(\Psi + (e^Z - 1)^2\big)\,dA",
    )
    gap = (exp(z) - 1 - m) ** 2
    rate = -half * Derivative(gap, z) + Derivative(gap, z, 2) / 2 + Derivative(gap, m, 2) / 2 + Derivative(gap, z, m)
    proof.equal(
        "For (e^z - 1 - m)^2 it is (e^z - 1)^2: both arguments move with dM.",
        rate,
        (exp(z) - 1) ** 2,
        by="Ito's formula in two variables",
        reads=r"\rho = E(e^Z - 1 - M)^2 = E\int(e^Z - 1)^2\,dA",
    )
    proof.convex_minimum("Psi is convex and touches 0 at 0.", psi, z, 0, by="Psi'' = e^z > 0")
    weights, spare = symbols("w1 w2 w3", positive=True), symbols("Psi1 Psi2 Psi3", nonnegative=True)
    ratios, second = symbols("L1 L2 L3", positive=True), Symbol("V", nonnegative=True)
    taylor = Add(*(w * (p + (r - 1) ** 2) for w, p, r in zip(weights, spare, ratios, strict=True)))
    rho = Add(*(w * (r - 1) ** 2 for w, r in zip(weights, ratios, strict=True)))
    integral = Add(*(w * p for w, p in zip(weights, spare, strict=True)))
    proof.equal(
        "Subtract: with V = E[M]^2 and C eps*^4 = V/8 + E Psi^2 the integrals of (e^Z - 1)^2 cancel.",
        eighth * second + taylor - rho,
        integral + second / 8,
        by="linearity",
        reads=r"C\varepsilon_*^4 - \rho = E\int\Psi\,d[M] + \tfrac18 E[M]^2",
        concludes=True,
    )
    proof.at_least(
        "Both terms are non-negative, so rho is at most the paper's remainder.",
        factor * (eighth * second + taylor),
        rho,
        by="Psi >= 0",
        terms=[integral, eighth * second],
        reads=r"\rho \le C\varepsilon_*^4",
        concludes=True,
    )
    s, a = symbols("s a", positive=True)
    proof.equal(
        "An error that no state changes: [M] = s, E Psi = a/2 where [M] = a, E Psi^2 = rho + s^2/4.",
        Integral(a / 2, (a, 0, s)) + eighth * s**2,
        Rational(3, 8) * s**2,
        by="integration",
        reads=r"\int_0^s\tfrac12 a\,da + \tfrac18 s^2 = \tfrac38 s^2",
    )
    proof.result("constant_error_spare", Rational(3, 8) * s**2, {s: "ideal-path energy of a state-independent error"})
    return proof.finish()

r"""Small errors: the observable energy is the divergence, to leading order.

Scale the error by :math:`\delta`: :math:`Z = \delta M - \tfrac12\delta^2[M]`. Then :math:`\rho = O(\delta^4)` in
the sharp estimate while :math:`\eta\varepsilon_*^2 = O(\delta^2)`, so :math:`\chi^2/(\eta\varepsilon_*^2) \to 1`,
and :math:`2 KL/(\eta\varepsilon_*^2) \to 1` by the expansion of ``L log L``.
"""

from sympy import Limit, Rational, S, exp, log, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "limit"
wrong = {"half": Rational(1, 3), "target": Rational(101, 100), "kl_factor": S.One}
scope = "expansions pointwise, in one parameter"
taken = "uniform integrability: that limits pass under the expectation"

TWO = Rational(2)


def derive(*, half: Rational = S.Half, target: Rational = S.One, kl_factor: Rational = TWO) -> Derivation:
    """Derive the order of the remainder and both limits."""
    proof = Proof(name, "The limit of small errors", "*own*", cites=("propagator", "sharp"))
    proof.assume("eta > 0; the moments that appear are finite, so that limits pass under the expectation")
    delta, n, c, x = symbols("delta n c x", positive=True)
    M, Q, u, v = symbols("M Q u v", real=True)
    Z = delta * M - half * delta**2 * Q
    proof.equal(
        "The remainder of the path ratio is of second order.",
        Limit((exp(Z) - 1 - delta * M) / delta**2, delta, 0),
        (M**2 - Q) / 2,
        by="Taylor's expansion of the exponential",
    )
    proof.equal(
        "So rho = c^2 delta^4 + ..., and both ends of the sharp estimate, (n delta + c delta^2)^2 above ...",
        Limit(((n * delta + c * delta**2) / (n * delta)) ** 2, delta, 0),
        1,
        by="sharp, with n^2 = eta eps*^2 at delta = 1",
    )
    proof.equal(
        "... and (n delta - c delta^2)^2 below, are equivalent to eta eps*^2: the chi-squared ratio tends to 1.",
        Limit(((n * delta - c * delta**2) / (n * delta)) ** 2, delta, 0),
        target,
        by="sharp",
        concludes=True,
    )
    ratio = 1 + delta * u + delta**2 * v
    proof.equal(
        "For the KL expand L log L - L + 1 (which has the same mean as L log L) for L = 1 + delta u + delta^2 v.",
        Limit((ratio * log(ratio) - ratio + 1) / delta**2, delta, 0),
        half * u**2,
        by="phi(1) = phi'(1) = 0, phi''(1) = 1",
        reads=r"\lim_{\delta\to0}\delta^{-2}(L\log L - L + 1) = \tfrac12 u^2",
    )
    proof.equal(
        "Twice that is the density of eta eps*^2 = E u^2: twice the KL over the visible energy tends to 1.",
        Limit(kl_factor * (ratio * log(ratio) - ratio + 1) / (delta**2 * u**2), delta, 0),
        target,
        by="the last step",
        reads=r"2KL/(\eta\varepsilon_*^2)\to1",
        concludes=True,
    )
    proof.equal(
        "An exact instance: the constant offset has chi2 = exp(x) - 1 with x = eta eps*^2.",
        Limit((exp(x) - 1) / x, x, 0),
        1,
        by="propagator",
    )
    proof.result("kl_leading_coefficient", half * u**2, {u: "observable part of the error at the endpoint"})
    return proof.finish()

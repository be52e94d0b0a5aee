r"""Data processing for the chi-squared divergence.

The endpoint ratio is a conditional expectation of the path ratio, and conditioning loses exactly the conditional
variance: :math:`\chi^2(\hat P\|P^*) - \chi^2(\hat p\|q) = E_* \operatorname{Var}(L \mid Y_{end})`.
"""

from sympy import Rational, S, Symbol, log, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import conditional_variance, gaussian_integral, weighted

name = "path-chi2"
wrong = {"one": Rational(4, 5)}
scope = "two endpoints with three and two paths, any weights"
taken = ""


def derive(*, one: Rational = S.One) -> Derivation:
    """Derive the inequality with its gap, and the path divergence of a constant error."""
    proof = Proof(
        name, "Data processing for chi-squared", "standard (the paper uses it)", cites=("gaussian-integral",)
    )
    proof.assume(
        "the path divergence is finite",
        "each endpoint is reached by three paths of arbitrary weights; endpoints add up",
    )
    w = symbols("w1 w2 w3", positive=True)
    x = symbols("L1 L2 L3", real=True)
    mass = sum(w)
    average, second = weighted(w, x) / mass, weighted(w, x, x)
    variance = conditional_variance(w, x)
    proof.equal(
        "On the paths to one endpoint the loss is the variance of the ratio L, a sum of squares of differences.",
        second - mass * average**2,
        sum(variance),
        by="Lagrange's identity",
        reads=r"\sum_i w_i L_i^2 - \bar w\,\bar L^2 = \sum_{i<j} \frac{w_i w_j}{\bar w}(L_i - L_j)^2",
    )
    h, e, z, s = (
        Symbol("h", positive=True),
        Symbol("e", real=True),
        Symbol("z", real=True),
        Symbol("s", nonnegative=True),
    )
    proof.equal(
        "One step of size h with error e multiplies 1 + chi2 of the paths by exp(h e^2).",
        log(gaussian_integral((2 * (e * z - h * e**2 / 2) - z**2 / (2 * h)).expand(), z))
        - log(gaussian_integral(-(z**2) / (2 * h), z)),
        one * h * e**2,
        by="the Gaussian integral",
        reads=r"\log E_* e^{2 (e\,dB - h e^2/2)} = h e^2",
    )
    two = symbols("v1 v2", positive=True)
    y = symbols("K1 K2", real=True)
    endpoint = mass * average**2 + weighted(two, y) ** 2 / sum(two)
    path = second + weighted(two, y, y)
    proof.at_least(
        "Sum over the endpoints (here two, with three and two paths): the path divergence dominates.",
        one * path - 1,
        endpoint - 1,
        by="the conditional variance is non-negative",
        terms=[*variance, *conditional_variance(two, y)],
        reads=r"\chi^2(\hat P\|P^*) - \chi^2(\hat p\|q) = E_*\operatorname{Var}(L\mid Y_{end}) \ge 0",
        concludes=True,
    )
    proof.result(
        "constant_error_log_path_chi2",
        one * s,
        {s: "ideal-path energy of a state-independent error; value log(1 + chi2)"},
        where={s: h * e**2},
    )
    return proof.finish()

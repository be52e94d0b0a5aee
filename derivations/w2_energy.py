r"""The learned energy bounds the 2-Wasserstein distance.

Couple the learned and the ideal process by one Brownian motion. Their difference D obeys :math:`|D|' \le (\tfrac12 -
1/\ell_t)|D| + |e|`, since the ideal score falls with slope at least :math:`1/\ell_t`, and :math:`\Phi(t) =
e^{-(t-t_0)/2} \ell/\ell_t` carries it from ``t`` to ``t0``. Cauchy and Schwarz do the rest, with
:math:`\int\Phi^2 = \ell - \Phi(T)^2 \ell_T`.
"""

from sympy import Derivative, Rational, S, Symbol, exp, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.steps import WEIGHTS, X, cauchy_schwarz
from derivations.frame.tools import weighted

name = "w2-energy"
wrong = {"one": Rational(11, 10), "decay": Rational(1, 3)}
scope = "two eigendirections, any variances; the integral over time at three times, any weights"
taken = "that one Brownian motion couples both processes, Gronwall's inequality and Minkowski's"

ONE = S(1)


def derive(*, one: Rational = ONE, decay: Rational = S.Half) -> Derivation:
    """Derive the bound and its equality; the arguments are 1 (before the energy) and 1/2 (the drift of the OU)."""
    proof = Proof(name, "Learned energy bounds transport", "*own*", cites=("propagator",))
    proof.assume("the data are Gaussian; l is the largest eigenvalue of S_t0, and t is counted from t0")
    least, more = symbols("l_2 k", positive=True)
    x, y = symbols("x y", real=True)
    most = least + more
    proof.at_least(
        "No direction is carried faster than that of the largest variance.",
        (Rational(1, 2) - 1 / most) * (x**2 + y**2),
        (Rational(1, 2) - 1 / most) * x**2 + (Rational(1, 2) - 1 / least) * y**2,
        by="1/l_2 >= 1/l where l_2 <= l",
        terms=[more * y**2 / (least * most)],
        reads=r"D\cdot(\tfrac12 - S_t^{-1})D \le (\tfrac12 - 1/\ell_t)\,|D|^2",
    )
    t, variance = symbols("t l", positive=True)
    later = exp(-t) * variance + 1 - exp(-t)
    carried = exp(-decay * t) * variance / later
    proof.equal(
        "Phi carries the difference from t to 0: it has the slope of the bound.",
        Derivative(carried, t) / carried,
        Rational(1, 2) - 1 / later,
        by="l_t' = 1 - l_t",
        reads=r"\Phi'(t) = (\tfrac12 - 1/\ell_t)\,\Phi(t)",
    )
    cauchy_schwarz(
        proof,
        "Cauchy-Schwarz in time, three times with any weights: x is Phi, y is the error's length in mean square.",
        factor=one,
        reads=r"\big(\textstyle\int\Phi\,\|e\|\,dt\big)^2 \le \int\Phi^2\,dt\;\hat\varepsilon^2",
        concludes=True,
    )
    constant = one * variance * (1 - exp(-t)) / later
    proof.equal(
        "The integral of Phi^2 from 0 to t, by its derivative; it vanishes at t = 0.",
        Derivative(constant, t),
        carried**2,
        by="differentiation",
        reads=r"c = \int_0^T\Phi^2\,dt = \ell\,\frac{1 - e^{-T}}{\ell_T}",
    )
    proof.equal(
        "It is what the largest variance has over what the start hands on.",
        variance - carried**2 * later,
        constant,
        by="one denominator",
        reads=r"c = \ell - \Phi(T)^2\,\ell_T",
    )
    scale = Symbol("c", positive=True)
    proof.equal(
        "Attained: where the error is a multiple of Phi(t) v, v the direction of the largest variance, "
        "Cauchy-Schwarz is an equality, and the endpoint is moved along v by the integral.",
        weighted(WEIGHTS, X, X) * weighted(WEIGHTS, [scale * x for x in X], [scale * x for x in X]),
        one * weighted(WEIGHTS, X, [scale * x for x in X]) ** 2,
        by="equality in Cauchy-Schwarz",
        reads=r"W_2^2 = c\,\hat\varepsilon^2",
    )
    proof.result(
        "constant",
        constant,
        {variance: "largest eigenvalue of the ideal endpoint's covariance", t: "T - t0"},
    )
    return proof.finish()

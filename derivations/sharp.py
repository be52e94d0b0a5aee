r"""A two-sided estimate without perturbative constants.

:math:`|\sqrt{\chi^2} - \sqrt{\eta\varepsilon_*^2}| \le \sqrt\rho` with :math:`\rho = \chi^2(\hat P\|P^*) +
\varepsilon_*^2 - 2\hat\varepsilon^2`: Minkowski in ``L^2(q)`` for :math:`L - 1 = u + E[e^Z - 1 - M \mid
Y_{end}]`, and contraction of the conditional expectation.
"""

from sympy import Add, Expr, Integral, Poly, Rational, S, exp, oo, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.steps import cauchy_schwarz, jensen
from derivations.frame.tools import normal

name = "sharp"
wrong = {"two": Rational(5, 2), "factor": Rational(1, 4)}
scope = "two vectors of any space; conditioning on three atoms, any weights"
taken = "Girsanov's theorem and Ito's isometry"

TWO = Rational(2)


def derive(*, two: Rational = TWO, factor: Rational = S.One) -> Derivation:
    """Derive the remainder and the bound; `two` multiplies the learned energy, `factor` the bound of the roots."""
    proof = Proof(name, "The sharp two-sided estimate", "*own*")
    proof.assume(
        "the path divergence chi2(P^ || P*) is finite",
        "Hilbert-space steps are shown on three atoms of arbitrary weights",
    )
    step, z = symbols("e z", real=True)
    h = symbols("h", positive=True)
    proof.equal(
        "Under the learned law dB = dB^ + e ds, so E*[M e^Z] = E^[M] = eps^^2 (one step of size h).",
        Integral(step * z * exp(step * z - h * step**2 / 2) * normal(z, 0, h), (z, -oo, oo)),
        h * step**2,
        by="Girsanov: the tilted increment is N(h e, h)",
        reads=r"E_*[M e^Z] = \hat E[M] = \hat\varepsilon^2",
    )
    ratio, martingale = symbols("a M", real=True)
    path, ideal, learned = symbols("X E_ideal E_learned", nonnegative=True)
    moments: dict[tuple[int, int], Expr] = {
        (0, 0): S.One,
        (1, 0): S.One,
        (2, 0): 1 + path,
        (0, 1): S.Zero,
        (0, 2): ideal,
        (1, 1): learned,
    }
    square = Poly((ratio - 1 - martingale) ** 2, ratio, martingale)
    rho = path + ideal - two * learned
    proof.equal(
        "The remainder's second moment, from E e^Z = 1, E e^{2Z} = 1 + X, E M = 0, E M^2 = eps*^2, E M e^Z = eps^^2.",
        Add(*(coefficient * moments[powers] for powers, coefficient in square.terms()), evaluate=False),
        rho,
        by="expand the square",
        reads=r"E_*(e^Z - 1 - M)^2 = \chi^2(\hat P\|P^*) + \varepsilon_*^2 - 2\hat\varepsilon^2 = \rho",
    )
    cauchy_schwarz(
        proof,
        "Cauchy-Schwarz.",
        reads=r"\|x\|^2\|y\|^2 - \langle x,y\rangle^2 = \sum_{i<j} w_i w_j (x_i y_j - x_j y_i)^2",
    )
    jensen(
        proof,
        "Conditioning contracts: the conditional expectation of the remainder has at most its second moment.",
        reads=r"E\,E[R|Y]^2 \le E R^2",
    )
    root_chi2, root_visible, loss = symbols("c n j", nonnegative=True)
    inner = symbols("i", real=True)
    cosine = proof.suppose("i <= c n, by Cauchy-Schwarz", root_chi2 * root_visible - inner)
    remainder = root_chi2**2 + root_visible**2 - 2 * inner
    exact_path = remainder + loss - ideal + 2 * learned
    proof.at_least(
        "Together: c = sqrt(chi2), n = sqrt(eta eps*^2), i = <L - 1, u> <= c n, and rho = |L - 1 - u|^2 + j with j "
        ">= 0 by contraction.",
        factor**2 * rho.subs(path, exact_path),
        (root_chi2 - root_visible) ** 2,
        by="reverse triangle inequality",
        terms=[2 * (root_chi2 * root_visible - inner), loss],
        given=[cosine],
        reads=r"\rho - \big(\sqrt{\chi^2} - \sqrt{\eta\varepsilon_*^2}\big)^2 = 2\,(c n - \langle L-1,u\rangle) + j "
        r"\ge 0",
        concludes=True,
    )
    proof.result("rho", rho, {path: "path chi-squared", ideal: "ideal-path energy", learned: "learned-path energy"})
    return proof.finish()

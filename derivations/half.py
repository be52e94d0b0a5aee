r"""Half of the observable energy, and twice it: the paper's bounds with its own C.

From ``sharp`` and ``remainder``, :math:`|\sqrt{\chi^2} - \sqrt{\eta\varepsilon_*^2}| \le \sqrt\rho \le
\sqrt C\,\varepsilon_*^2`; Young's inequality with a share ``s`` makes two bounds of it, for every s in (0, 1).
"""

from sympy import Expr, Rational, S, sqrt, symbols

from derivations.frame.certificates import Known
from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "half"
wrong = {"half": Rational(3, 5), "two": Rational(7, 4), "least": Rational(3, 5), "most": Rational(3, 2)}
scope = "any two numbers whose distance is known, every share s; the regime of the paper"
taken = "what sharp and remainder take"

TWO, LEAST, MOST = S(2), Rational(41789, 100000), Rational(183211, 100000)


def derive(
    *, half: Rational = S.Half, two: Rational = TWO, least: Rational = LEAST, most: Rational = MOST
) -> Derivation:
    """Derive both families of bounds, their members 1/2 and 2, and the ratio in the paper's regime."""
    proof = Proof(name, "Half of the observable energy", "*own*", cites=("sharp", "remainder"))
    proof.assume("the path divergence chi2(P^ || P*) is finite", "C = K/8 + C', as in the paper")
    c, n, rest = symbols("c n R", nonnegative=True)
    s, w = symbols("s w", positive=True)
    near = proof.suppose("(c - n)^2 <= R, from sharp and remainder: c^2 = chi2, n^2 = eta eps*^2, R = C eps*^4",
                         rest - (c - n) ** 2)  # fmt: skip
    distance = near.expression
    share = 1 / (1 + w)  # every number in (0, 1)
    proof.at_least(
        "For every s = 1/(1 + w) in (0, 1): (1 - s)/s = w times what is supposed, and a square.",
        c**2,
        (1 - share) * n**2 - w * rest,
        by="c^2 - (1 - s) n^2 + ((1 - s)/s)(c - n)^2 = (c - (1 - s) n)^2/s",
        terms=[w * distance, (1 + w) * (c - w / (1 + w) * n) ** 2],
        given=[near],
        reads=r"\chi^2 \ge (1 - s)\,\eta\varepsilon_*^2 - \tfrac{1 - s}{s}\,C\varepsilon_*^4",
        concludes=True,
    )
    proof.at_least(
        "In the same way from above, for every s > 0.",
        (1 + s) * n**2 + (1 + 1 / s) * rest,
        c**2,
        by="(1 + s) n^2 + (1 + 1/s)(c - n)^2 - c^2 = (c - (1 + s) n)^2/s",
        terms=[(1 + 1 / s) * distance, (c - (1 + s) * n) ** 2 / s],
        given=[near],
        reads=r"\chi^2 \le (1 + s)\,\eta\varepsilon_*^2 + (1 + \tfrac1s)\,C\varepsilon_*^4",
        concludes=True,
    )
    lower, upper = half * n**2 - rest, two * n**2 + 2 * rest
    proof.at_least(
        "s = 1/2.",
        c**2,
        lower,
        by="the first family",
        terms=[distance, 2 * (c - n / 2) ** 2],
        given=[near],
        reads=r"\chi^2 \ge \tfrac12\eta\varepsilon_*^2 - C\varepsilon_*^4",
        concludes=True,
    )
    proof.at_least(
        "s = 1.",
        upper,
        c**2,
        by="the second family",
        terms=[2 * distance, (c - 2 * n) ** 2],
        given=[near],
        reads=r"\chi^2 \le 2\eta\varepsilon_*^2 + 2C\varepsilon_*^4",
        concludes=True,
    )
    small = proof.suppose("R <= n^2/8, for the last steps: eps*^2 <= eta/(8 C)", n**2 / 8 - rest)
    regime(proof, (c, n, distance), (near, small), (least, most))
    proof.result("lower", lower, {n: "root of the observable energy", rest: "C eps*^4"})
    proof.result("upper", upper, {n: "root of the observable energy", rest: "C eps*^4"})
    return proof.finish()


def regime(
    proof: Proof, quantities: tuple[Expr, Expr, Expr], known: tuple[Known, Known], ends: tuple[Rational, Rational]
) -> None:
    """Write the bounds of chi2 over the observable energy in the paper's regime, with s the root of 1/8."""
    (c, n, distance), (near, small), (least, most) = quantities, known, ends
    root = sqrt(2) / 4
    proof.at_least(
        "In the regime s = 8^(-1/2) is best, and (1 - s)^2 of the observable energy remains.",
        c**2,
        least * n**2,
        by="the first family with R <= n^2/8",
        terms=[
            (1 / root - 1) * distance,
            (c - (1 - root) * n) ** 2 / root,
            (1 / root - 1) * small.expression,
            ((1 - root) ** 2 - least) * n**2,
        ],
        given=[near, small],
        reads=r"\chi^2 \ge (1 - 8^{-1/2})^2\,\eta\varepsilon_*^2",
        concludes=True,
    )
    proof.at_least(
        "From above (1 + s)^2 of it.",
        most * n**2,
        c**2,
        by="the second family with R <= n^2/8",
        terms=[
            (1 + 1 / root) * distance,
            (c - (1 + root) * n) ** 2 / root,
            (1 + 1 / root) * small.expression,
            (most - (1 + root) ** 2) * n**2,
        ],
        given=[near, small],
        reads=r"\chi^2 \le (1 + 8^{-1/2})^2\,\eta\varepsilon_*^2",
        concludes=True,
    )

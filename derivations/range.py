r"""How large and how small the accumulation can be for a given innovation energy.

With :math:`J_i = J` in the long run: :math:`J/(2-\alpha)^2 \le \limsup D \le J/\alpha^2`. Constant innovations
attain the upper end, alternating ones the lower end, and the incoherent value :math:`J/(\alpha(2-\alpha))` is the
geometric mean of the two.
"""

from sympy import Function, Limit, Rational, S, Symbol, oo, rsolve, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "range"
wrong = {"two": Rational(5, 2), "low": Rational(101, 100), "high": Rational(99, 100)}
scope = "both ends for any innovations, the upper by induction; attained by constant and alternating ones"
taken = ""

TWO = Rational(2)


def derive(*, two: Rational = TWO, low: Rational = S.One, high: Rational = S.One) -> Derivation:
    """Derive both ends, that they are attained, the geometric mean and the improvement of prop-4.1."""
    proof = Proof(name, "The range of the plateau", "*own*", cites=("filter", "prop-4.1", "coherent"))
    proof.assume(
        "0 < alpha < 1, k = 1 - alpha; b = sqrt(J); eventually sqrt(D_i) <= l for every l above the limsup of sqrt(D)"
    )
    alpha, k, b = symbols("alpha k b", positive=True)
    s0, s1, gap = symbols("s0 s1 g", nonnegative=True)
    norms = symbols("x y", nonnegative=True)
    inner = Symbol("i", real=True)
    cosine = proof.suppose(
        "-i <= x y, by Cauchy-Schwarz: i = <r', r>, x = |r'|, y = |r|", norms[0] * norms[1] + inner
    )
    some, more = proof.suppose("alpha <= 1", 1 - alpha), proof.suppose("alpha < 2", 2 - alpha, strict=True)
    proof.at_least(
        "Triangle inequality for xi = r' - k r: |xi| <= |r'| + k |r|.",
        (norms[0] + k * norms[1]) ** 2,
        norms[0] ** 2 - 2 * k * inner + k**2 * norms[1] ** 2,
        by="Cauchy-Schwarz, -<r', r> <= |r'||r|",
        terms=[2 * k * (norms[0] * norms[1] + inner)],
        reads=r"(\|r'\| + k\|r\|)^2 \ge \|r'\|^2 - 2k\langle r',r\rangle + k^2\|r\|^2 = \|\xi\|^2",
        given=[cosine],
    )
    limsup = (b + gap + s1 + k * s0) / (1 + k)
    proof.at_least(
        "Lower end: |r| = l - s0, |r'| = l - s1, b = |r'| + k |r| - g; solve for l.",
        limsup.subs(k, 1 - alpha),
        b / (two - alpha),
        by="1 + k = 2 - alpha",
        terms=[term / (2 - alpha) for term in (gap, s1, (1 - alpha) * s0)],
        given=[some, more],
        reads=r"\limsup\sqrt{D} \ge \frac{\sqrt J}{2-\alpha}",
        concludes=True,
    )
    root, floor = limsup.subs(k, 1 - alpha), b / (two - alpha)
    proof.at_least(
        "Squared, with J = b^2.",
        root**2,
        low * floor**2,
        by="both roots are non-negative",
        terms=[(gap + s1 + (1 - alpha) * s0) / (2 - alpha) * (root + floor)],
        given=[some, more],
        reads=r"\limsup D \ge \frac{J}{(2-\alpha)^2}",
        concludes=True,
    )
    n = Symbol("n", integer=True, nonnegative=True)
    r = Function("r")
    keep = Rational(3, 5)
    alternating = rsolve(r(n + 1) - keep * r(n) - b * (-1) ** n, r(n), {r(0): 0})
    proof.equal(
        "Alternating innovations attain it: the solved filter, with its sign taken off (1 - alpha = 3/5).",
        alternating * (-1) ** n,
        -b / (two - Rational(2, 5)) * (1 - (-keep) ** n),
        by="rsolve",
        reads=r"r_n = (-1)^{n+1}\frac{b}{2-\alpha}\big(1 - (-(1-\alpha))^n\big)",
    )
    size = symbols("K", positive=True)
    particular = -b / (1 + size) * (-1) ** n
    proof.equal(
        "For every k: (-1)^{n+1} b/(1+k) is the periodic solution of the filter.",
        size * particular + b * (-1) ** n,
        particular.subs(n, n + 1),
        by="substitution",
    )
    constant = rsolve(r(n + 1) - k * r(n) - b, r(n), {r(0): 0})
    proof.equal(
        "Upper end: constant innovations (coherent) give b (1 - k^n)/(1 - k), and coherent says no more is possible.",
        constant,
        b * (1 - k**n) / (1 - k),
        by="rsolve",
    )
    share = Symbol("kappa", positive=True)
    s2, s3, loss = symbols("s2 s3 h", nonnegative=True)
    most = proof.suppose("kappa = 1 - alpha < 1", 1 - share, strict=True)
    proof.at_least(
        "For any innovations of energy at most J = b^2: if sqrt(D) = b/alpha - s2, the next root is at most b/alpha "
        "too; from the data the first is 0.",
        b / (1 - share),
        share * (b / (1 - share) - s2) + (b - s3) - loss,
        by="b/alpha is the fixed point; sqrt(J_i) = b - s3, and h is what the triangle inequality loses",
        terms=[share * s2, s3, loss],
        given=[most],
        reads=r"\sqrt{D_{i+1}} \le k\sqrt{D_i} + \sqrt{J_i} \le \sqrt J/\alpha",
        concludes=True,
    )
    proof.equal(
        "Its limit, for k = 1/(1+z) in (0, 1): D tends to J/alpha^2.",
        Limit((b * (1 - (1 / (1 + size)) ** n) / (1 - 1 / (1 + size))) ** 2, n, oo),
        b**2 / (1 - 1 / (1 + size)) ** 2,
        by="geometric sequence",
        reads=r"\lim D_n = J/\alpha^2",
        concludes=True,
    )
    below = b / (1 - share) - s2
    proof.at_least(
        "Squared: D is at most J/alpha^2.",
        high * (b / (1 - share)) ** 2,
        below**2,
        by="both roots are non-negative",
        terms=[s2 * b / (1 - share), s2 * below],
        given=[most, proof.suppose("sqrt(D) is not negative", below)],
        reads=r"D_i \le \frac{J}{\alpha^2}",
        concludes=True,
    )
    J = symbols("J", positive=True)
    proof.equal(
        "The incoherent plateau is the geometric mean of the ends.",
        (J / (1 - (1 - alpha) ** 2)) ** 2,
        (J / alpha**2) * (J / (two - alpha) ** 2),
        by="1 - (1-alpha)^2 = alpha (2 - alpha)",
        concludes=True,
    )
    proof.at_least(
        "The lower end improves prop-4.1, whose denominator is 2 (1 + (1-alpha)^2).",
        2 * (1 + (1 - alpha) ** 2),
        (two - alpha) ** 2,
        by="2 + 2k^2 - (1+k)^2 = (1-k)^2",
        terms=[alpha**2],
    )
    meanings = {J: "innovation energy", alpha: "fresh fraction"}
    proof.result("lower", J / (two - alpha) ** 2, meanings, where={J: b**2})
    proof.result("upper", J / alpha**2, meanings, where={J: b**2, alpha: 1 - 1 / (1 + size)})
    return proof.finish()

r"""Three halves of the energy where the paper has four, by an inequality for every path.

With ``x = M``, ``a = [M]``, ``z = x - a/2``, ``L = e^z``, ``y = x - a`` and :math:`\Psi = L - 1 - z`, for every
real z and every ``a >= 0``

.. math:: G = \tfrac32 a + a^2 + 2\Psi^2 - (L - 1)^2 + \tfrac9{10}(x^2 - a) + \tfrac9{20} L (y^2 - a) \ge 0.

Both ``M^2 - [M]`` and, under the learned law, ``(M - [M])^2 - [M]`` have mean 0. G is quadratic in a, so one variable
is left: three intervals in ball arithmetic, both tails by hand.
"""

from sympy import Expr, Rational, Symbol, exp, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "three-halves"
wrong = {"three_halves": Rational(11, 10), "two": Rational(1, 2)}
scope = "every path, by balls on intervals and by hand elsewhere; means over three paths, any weights"
taken = "Ito's isometry under both laws, Girsanov's theorem"

THREE_HALVES, TWO = Rational(3, 2), Rational(2)
FIRST, SECOND = Rational(9, 10), Rational(9, 20)
# How often z the likelihood ratio less 1 is at least, from z = 4 on.
TIMES = 6
LOW, LEFT, RIGHT, HIGH = Rational(-3), Rational(-9, 20), Rational(7, 20), Rational(4)


def difference(z: Expr, a: Expr, ratio: Expr, three_halves: Rational, two: Rational) -> Expr:
    """Return G of a path; `ratio` is ``L = e^z``."""
    x, y = z + a / 2, z - a / 2
    psi = ratio - 1 - z
    return (
        three_halves * a + a**2 + two * psi**2 - (ratio - 1) ** 2 + FIRST * (x**2 - a) + SECOND * ratio * (y**2 - a)
    )


def coefficients(z: Expr, ratio: Expr, three_halves: Rational, two: Rational) -> tuple[Expr, Expr, Expr]:
    """Return A, B, C of ``G = A a^2 + B a + C``."""
    return (
        1 + (FIRST + SECOND * ratio) / 4,
        three_halves - FIRST + FIRST * z - SECOND * ratio * (1 + z),
        two * (ratio - 1 - z) ** 2 + (FIRST + SECOND * ratio) * z**2 - (ratio - 1) ** 2,
    )


def derive(*, three_halves: Rational = THREE_HALVES, two: Rational = TWO) -> Derivation:
    """Derive the bound; the arguments are the constants 3/2 (of the energy) and 2 (of C')."""
    proof = Proof(name, "Three halves of the energy", "*own*", cites=("path-chi2",))
    proof.assume("the path divergence is finite", "M is the Girsanov martingale, a = [M], z = M - a/2, L = e^z")
    z, a = Symbol("z", real=True), Symbol("a", nonnegative=True)
    whole, parts = difference(z, a, exp(z), three_halves, two), coefficients(z, exp(z), three_halves, two)
    proof.equal(
        "G is quadratic in a, with A > 0.",
        whole,
        parts[0] * a**2 + parts[1] * a + parts[2],
        by="x = z + a/2, y = z - a/2",
        reads=r"G = A a^2 + B a + C",
    )
    near_the_origin(proof, z, parts)
    intervals(proof, z, parts)
    tails(proof, a, three_halves, two)
    conclusion(proof, three_halves, two)
    return proof.finish()


def near_the_origin(proof: Proof, z: Symbol, parts: tuple[Expr, Expr, Expr]) -> None:
    """Write that B > 0 and C >= 0 about z = 0, where G vanishes with a."""
    proof.positive_between("About 0 the slope in a is positive.", parts[1], z, LEFT, RIGHT, by="balls", reads="B > 0")
    h = Symbol("h", nonnegative=True)
    trapezoid = r"|e^z - 1| \le |z|\,(1 + e^z)/2"
    proof.convex_minimum(
        "The trapezoid lies above the convex exponential, to the right of 0.",
        h * (1 + exp(h)) / 2 - exp(h) + 1,
        h,
        0,
        by="the second derivative is h e^h/2",
        reads=trapezoid,
    )
    proof.convex_minimum(
        "And to the left of it.",
        h * (1 + exp(-h)) / 2 + exp(-h) - 1,
        h,
        0,
        by="the second derivative is h e^{-h}/2",
        reads=trapezoid,
    )
    ratio = exp(z)
    proof.positive_between(
        "So C >= 2 Psi^2 + z^2 (9/10 + 9 L/20 - (1 + L)^2/4), and the bracket is positive.",
        FIRST + SECOND * ratio - (1 + ratio) ** 2 / 4,
        z,
        LEFT,
        RIGHT,
        by="balls",
        reads=r"C \ge 0",
    )
    square, trapezoids = symbols("Psi u", nonnegative=True)
    slope, lead, bracket, shift = symbols("B A k a", nonnegative=True)
    proof.at_least(
        "There, from -9/20 to 7/20, no term of G is negative: u is the square of the trapezoid less (L - 1)^2.",
        lead * shift**2 + slope * shift + 2 * square**2 + bracket * z**2 + trapezoids,
        0,
        by="the steps before",
        terms=[lead * shift**2, slope * shift, 2 * square**2, bracket * z**2, trapezoids],
        reads=r"G \ge 0",
    )


def intervals(proof: Proof, z: Symbol, parts: tuple[Expr, Expr, Expr]) -> None:
    """Write that G has no zero in a on two intervals, by its discriminant."""
    spare = 4 * parts[0] * parts[2] - parts[1] ** 2
    for low, high, side in ((RIGHT, HIGH, "right"), (LOW, LEFT, "left")):
        proof.positive_between(
            f"To the {side} of it the discriminant is negative.", spare, z, low, high, by="balls", reads="4 A C > B^2"
        )
    lead, discriminant = symbols("A D", positive=True)
    slope, shift = symbols("B a", real=True)
    proof.at_least(
        "A quadratic with A > 0 and D = 4 A C - B^2 > 0 is positive: on both intervals.",
        lead * shift**2 + slope * shift + (discriminant + slope**2) / (4 * lead),
        0,
        by="completing the square",
        terms=[lead * (shift + slope / (2 * lead)) ** 2, discriminant / (4 * lead)],
        reads=r"G > 0",
    )


def tails(proof: Proof, a: Symbol, three_halves: Rational, two: Rational) -> None:
    """Write that G >= 0 for z >= 4 and for z <= -3."""
    h, k = symbols("h k", nonnegative=True)
    tangent = proof.convex_minimum("e^h is above its tangent at 0.", exp(h) - 1 - h, h, 0, by="e^h > 0")
    lead = exp(4)
    proof.at_least(
        f"For z = 4 + h: L - 1 >= {TIMES} z.",
        lead * exp(h) - 1,
        TIMES * (4 + h),
        by="e^4 > 25",
        terms=[lead * tangent.expression, (lead - TIMES) * h, lead - 1 - 4 * TIMES],
        given=[tangent],
        reads=r"k = e^z - 1 - 6z \ge 0",
    )
    z = 4 + h
    ratio = TIMES * z + k + 1
    quadratic = (1 + FIRST / 4) * a**2 + (three_halves - FIRST + FIRST * z) * a
    square = SECOND * ratio / 4 * (a - 2 * (1 + z)) ** 2
    rest = difference(z, a, ratio, three_halves, two) - quadratic - square
    proof.at_least(
        "With L = 6 z + k + 1: two terms in a, a square and a polynomial with positive coefficients.",
        difference(z, a, ratio, three_halves, two),
        0,
        by="expand in h, k and a",
        terms=[quadratic, square, rest.expand()],
        reads=r"G \ge 0",
    )
    small = Symbol("L", positive=True)
    z = -3 - h
    pull = -(three_halves - FIRST + FIRST * z)
    centre = 2 * (1 + FIRST / 4)
    square = (1 + FIRST / 4) * (a - pull / centre) ** 2
    others = SECOND * small * a**2 / 4 + SECOND * small * (2 + h) * a
    rest = difference(z, a, small, three_halves, two) - square - others
    proof.at_least(
        "For z = -3 - h: a square, and a polynomial with positive coefficients in h, a and L.",
        difference(z, a, small, three_halves, two),
        0,
        by="expand in h, L and a",
        terms=[square, others, rest.expand()],
        reads=r"G \ge 0",
    )


def conclusion(proof: Proof, three_halves: Rational, two: Rational) -> None:
    """Write the mean over three paths, in which both martingale terms vanish."""
    weights = symbols("w1 w2 w3", positive=True)
    variations, ratios = symbols("a1 a2 a3", nonnegative=True), symbols("L1 L2 L3", positive=True)
    energy, second, taylor = symbols("E V T", nonnegative=True)
    paths = list(zip(weights, symbols("z1 z2 z3", real=True), variations, ratios, strict=True))
    proof.assume("E(M^2 - [M]) = 0 and E e^Z((M - [M])^2 - [M]) = 0")
    left = sum(
        w * (THREE_HALVES * a + a**2 + TWO * (r - 1 - z) ** 2 - (r - 1) ** 2)
        + w * (FIRST * ((z + a / 2) ** 2 - a) + SECOND * r * ((z - a / 2) ** 2 - a))
        for w, z, a, r in paths
    )
    proof.equal(
        "Average G over paths: the last two terms have mean 0, and what is left is the bound less chi-squared.",
        left,
        sum(w * difference(z, a, r, three_halves, two) for w, z, a, r in paths),
        by="linearity",
        reads=r"\tfrac32\varepsilon_*^2 + (K + 2C')\varepsilon_*^4 - \chi^2(\hat P\|P^*) = E\,G",
        concludes=True,
    )
    mean = Symbol("g", nonnegative=True)
    bound = three_halves * energy + second + two * taylor
    proof.at_least(
        "With E the energy, V = E[M]^2, T = E Psi^2 and g = E G >= 0: path chi-squared is the bound less g; that of "
        "the endpoints is no larger.",
        bound,
        bound - mean,
        by="G >= 0 on every path; path-chi2",
        terms=[mean],
        reads=r"\chi^2(\hat p\|q) \le \chi^2(\hat P\|P^*)",
    )
    proof.result(
        "upper", bound, {energy: "ideal-path energy", second: "E[M]^2", taylor: "second moment of exp(Z) - 1 - Z"}
    )

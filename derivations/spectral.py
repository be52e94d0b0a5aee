r"""The spectrum of innovations gives the long-run drift, and their correlation places it in its range.

Innovations whose inner products depend on their distance in time are, in the norm, the functions
:math:`e^{in\omega}` of a frequency, with the spectral measure for weights. A frequency is rotated by the filter and
multiplied by a gain, which is convex in :math:`\cos\omega`: a tangent and a chord enclose the drift by the mean of
:math:`\cos\omega`, the correlation of successive innovations. Where :math:`\langle\xi_i,\xi_j\rangle = Jc^{|i-j|}`,
what the model says of the innovation to come has a recursion of its own, and the fixed point is a closed form.
"""

from sympy import Expr, Matrix, Rational, S, Symbol, symbols

from derivations.frame.certificates import Known
from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "spectral"
wrong = {
    "sign": -S.One, "power": S.One, "low": Rational(11, 10), "high": Rational(9, 10),
    "least": Rational(11, 10), "most": Rational(9, 10),
}  # fmt: skip
scope = "every fresh fraction in (0, 1), every spectral measure, frequency by frequency; closed form for c^|i-j|"
taken = (
    "that stationary innovations have a spectral measure (Herglotz), that limits may be taken under its integral "
    "(the gain is bounded), and that a recursion whose errors shrink by factors below one tends to its fixed point"
)
TWO = S(2)


def derive(
    *,
    sign: Rational = S.One,
    power: Rational = TWO,
    low: Rational = S.One,
    high: Rational = S.One,
    least: Rational = S.One,
    most: Rational = S.One,
) -> Derivation:
    """Derive gain, tangent, chord, both ends, and the fixed point for one rate."""
    proof = Proof(name, "The spectrum of innovations and one number in the range", "*own*", cites=("filter", "range"))
    proof.assume(
        "k = 1 - alpha; r' = k r + xi from the data, with <xi_i, xi_(i+n)> = int cos(n w) dmu(w), mu of mass J: in "
        "the norm xi_n is the function exp(i n w) of L^2(mu)"
    )
    k, J = symbols("k J", positive=True)
    below = proof.suppose("k < 1", 1 - k, strict=True)
    rotation(proof, k, power)
    enclosed(proof, (k, J, below), (least, most), (low, high))
    forgotten(proof, (k, J), sign)
    return proof.finish()


def rotation(proof: Proof, k: Symbol, power: Rational) -> None:
    """Write that a frequency is rotated and multiplied by its gain."""
    t = Symbol("t", positive=True)
    cosine, sine = (1 - t**2) / (1 + t**2), 2 * t / (1 + t**2)
    proof.assume("t = tan(w/2), so cos w = (1 - t^2)/(1 + t^2) and sin w = 2t/(1 + t^2)")
    turn = Matrix([[cosine, -sine], [sine, cosine]])
    error, one = Matrix(symbols("e1 e2", real=True)), Matrix([1, 0])
    square = 1 - 2 * k * cosine + k**2
    state = Matrix([cosine - k, -sine]) / square
    proof.equal(
        "One frequency, seen as it turns: the state R = 1/(exp(iw) - k) stays; an error of it is turned and "
        "multiplied by k.",
        turn.T * (k * (state + error) + one),
        state + k * turn.T * error,
        by="cos^2 + sin^2 = 1",
        reads=r"e^{-i\omega}(kR + 1) = R = \frac{1}{e^{i\omega}-k}",
    )
    gain = (1 - 2 * k * cosine + k**2) ** (-power / 2)
    proof.equal(
        "Its square is the gain of the frequency: drift is the sum of energies times gains.",
        (state.T * state)[0],
        gain,
        by="cos^2 + sin^2 = 1",
        reads=r"\big|1-(1-\alpha)e^{i\omega}\big|^{-2} = \frac{1}{1-2k\cos\omega+k^2}",
        concludes=True,
    )
    proof.result("gain", gain, {k: "one less the fresh fraction", t: "tangent of half the frequency"})


def enclosed(
    proof: Proof, knowns: tuple[Symbol, Symbol, Known], inner: tuple[Expr, Expr], outer: tuple[Expr, Expr]
) -> None:
    """Write the tangent and the chord of the gain, and that the ends of the range are farther than their means."""
    (k, J, below), (least, most), (low, high) = knowns, inner, outer
    x, c = symbols("x c", real=True)
    x_most, x_least = proof.suppose("x = cos w <= 1", 1 - x), proof.suppose("x >= -1", 1 + x)
    c_most, c_least = proof.suppose("c <= 1", 1 - c), proof.suppose("c >= -1", 1 + c)
    here, there, span = (1 - k) ** 2 + 2 * k * (1 - x), (1 - k) ** 2 + 2 * k * (1 - c), (1 - k) ** 2 * (1 + k) ** 2
    proof.at_least(
        "The gain is above its tangent at c, the mean of cos w; the mean of the tangent is the gain at c.",
        J / here,
        least * J / there + 2 * k * (x - c) * J / there**2,
        by="the gap is a square over here there^2",
        terms=[4 * k**2 * (x - c) ** 2 * J / (here * there**2)],
        given=[below, x_most, c_most],
        reads=r"\lim D \ge \frac{J}{1-2kc+k^2}",
        concludes=True,
    )
    proof.at_least(
        "It is below its chord from -1 to 1, which is linear in cos w.",
        most * J * (1 + 2 * k * x + k**2) / span,
        J / here,
        by="(1 + k^2)^2 - 4 k^2 x^2 - (1 - k^2)^2 = 4 k^2 (1 - x^2)",
        terms=[4 * k**2 * (1 - x) * (1 + x) * J / (span * here)],
        given=[below, x_most, x_least],
        reads=r"\lim D \le \frac{J(1+2kc+k^2)}{(1-k^2)^2}",
        concludes=True,
    )
    proof.at_least(
        "The upper end of the range is farther, but for c = 1.",
        high * J / (1 - k) ** 2,
        J * (1 + 2 * k * c + k**2) / span,
        by="(1 + k)^2 - (1 + 2kc + k^2) = 2k(1 - c)",
        terms=[2 * k * (1 - c) * J / span],
        given=[below, c_most],
        reads=r"\lim D \le \frac J{\alpha^2}",
        concludes=True,
    )
    proof.at_least(
        "So is the lower one, but for c = -1.",
        J / there,
        low * J / (1 + k) ** 2,
        by="(1 + k)^2 - (1 - 2kc + k^2) = 2k(1 + c)",
        terms=[2 * k * (1 + c) * J / (there * (1 + k) ** 2)],
        given=[below, c_most, c_least],
        reads=r"\lim D \ge \frac J{(2-\alpha)^2}",
        concludes=True,
    )
    meanings = {J: "innovation energy", k: "one less the fresh fraction", c: "correlation of successive innovations"}
    proof.result("least", J / there, meanings)
    proof.result("most", J * (1 + 2 * k * c + k**2) / span, meanings)


def forgotten(proof: Proof, knowns: tuple[Symbol, Symbol], sign: Rational) -> None:
    """Write the fixed point for innovations that forget each other at one rate."""
    k, J = knowns
    c = Symbol("c", real=True)
    e, f = symbols("e f", real=True)
    proof.assume(
        "last: <xi_i, xi_j> = J c^|i-j|; r_i is a combination of xi_j, j < i, so <r', xi'> = c <r', xi>: the inner "
        "products of xi' with all earlier innovations are c times those of xi"
    )
    cross = c * J / (1 - k * c)
    proof.equal(
        "X, of the model and the innovation to come: X' = c (k X + J); an error e of it shrinks by k c.",
        c * (k * (cross + e) + J),
        cross + k * c * e,
        by="its fixed point is c J/(1 - k c)",
        reads=r"X = \frac{cJ}{1-kc}",
    )
    drift = J * (1 + k * sign * c) / ((1 - k * sign * c) * (1 - k**2))
    proof.equal(
        "The drift: D' = k^2 D + 2 k X + J; an error f of it shrinks by k^2, beside what X is off.",
        k**2 * (drift + f) + 2 * k * (cross + e) + J,
        drift + k**2 * f + 2 * k * e,
        by="its fixed point is the closed form",
        reads=r"\lim D = J\frac{1+kc}{(1-kc)(1-k^2)}",
        concludes=True,
    )
    meanings = {J: "innovation energy", k: "one less the fresh fraction", c: "correlation of successive innovations"}
    proof.result("plateau", drift, meanings)

r"""The correlation of successive innovations places a run in the range of the long-run drift.

Innovations with :math:`\langle\xi_i,\xi_j\rangle = Jc^{|i-j|}`: what the model says of the innovation to come,
:math:`X_i = \langle r_i,\xi_i\rangle`, has a recursion of its own, and so has the drift. Their common fixed point
is the closed form.
"""

from sympy import Rational, S, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "spectral"
wrong = {"sign": -S.One, "low": Rational(11, 10), "high": Rational(9, 10)}
scope = "every fresh fraction in (0, 1), every correlation c^|i-j|; other spectral measures are not reached"
taken = "that a recursion whose errors shrink by factors below one tends to its fixed point"


def derive(*, sign: Rational = S.One, low: Rational = S.One, high: Rational = S.One) -> Derivation:
    """Derive the fixed point, that errors shrink, and both ends."""
    proof = Proof(name, "One number in the range", "*own*", cites=("filter", "range"))
    proof.assume(
        "k = 1 - alpha; r' = k r + xi from the data, so r_i is a combination of xi_j, j < i, and "
        "<r', xi'> = c <r', xi>: the inner products of xi' with all earlier innovations are c times those of xi"
    )
    k, J = symbols("k J", positive=True)
    c = symbols("c", real=True)
    e, f = symbols("e f", real=True)
    below = proof.suppose("k < 1", 1 - k, strict=True)
    most, least = proof.suppose("c <= 1", 1 - c), proof.suppose("c >= -1", 1 + c)
    both = proof.suppose("k c < 1", 1 - k * c, strict=True)
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
    closed = J * (1 + k * c) / ((1 - k * c) * (1 - k**2))
    proof.at_least(
        "It is at most the upper end.",
        high * J / (1 - k) ** 2,
        closed,
        by="(1 + k)(1 - kc) - (1 + kc)(1 - k) = 2k(1 - c)",
        terms=[2 * k * (1 - c) * J / ((1 - k) ** 2 * (1 + k) * (1 - k * c))],
        given=[below, most, both],
        reads=r"\lim D \le \frac J{\alpha^2}",
        concludes=True,
    )
    proof.at_least(
        "It is at least the lower end.",
        closed,
        low * J / (1 + k) ** 2,
        by="(1 + kc)(1 + k) - (1 - kc)(1 - k) = 2k(1 + c)",
        terms=[2 * k * (1 + c) * J / ((1 - k) * (1 + k) ** 2 * (1 - k * c))],
        given=[below, least, both],
        reads=r"\lim D \ge \frac J{(2-\alpha)^2}",
        concludes=True,
    )
    meanings = {J: "innovation energy", k: "one less the fresh fraction", c: "correlation of successive innovations"}
    proof.result("plateau", closed, meanings)
    return proof.finish()

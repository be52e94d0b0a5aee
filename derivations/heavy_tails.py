r"""An amplifying channel gives the limit a heavy tail.

Along an eigenvalue :math:`\lambda` of the channel :math:`x \mapsto Fx + c + N(0,H)` the variance of the models obeys
:math:`V' = \lambda^2(\alpha V_p + (1-\alpha)V) + H`: it settles if and only if :math:`(1-\alpha)\lambda^2 < 1`. The
component of age k has weight :math:`\alpha(1-\alpha)^{k-1}` and is between :math:`|F|^k` times two scales wide, which
makes the tail a power law of exponent :math:`\kappa`, :math:`(1-\alpha)|F|^\kappa = 1`.
"""

from sympy import Integral, Matrix, Rational, S, Symbol, exp, gamma, log, oo, pi, sqrt, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import expectation

name = "heavy-tails"
TWO = S(2)
wrong = {"power": S.One, "exponent": Rational(6, 5)}
scope = "variances in the plane along a real eigenvalue, by induction over generations; the tail on the line"
taken = (
    "that F x F has the square of F's spectral radius, so that the covariance settles with its largest direction; "
    "that a limit of mixtures of centred Gaussians whose variances grow without bound has an infinite variance "
    "(monotone convergence), and that a law with E log(1 + X^2) finite has an entropy below infinity"
)


def derive(*, power: Rational = TWO, exponent: Rational = S.One) -> Derivation:
    """Derive the variance of every model, the critical fraction, the exponent and both bounds of the tail."""
    proof = Proof(name, "Heavy tails", "*own*", cites=("gaussian-integral",))
    proof.assume(
        "0 < alpha < 1; models and data have one mean, which the channel keeps; data is Gaussian of variance V_p > 0",
        "G is the modulus of the largest eigenvalue, above 1; H >= 0 is the noise's variance along it",
    )
    _variance(proof, power)
    _moments(proof)
    _tail(proof, exponent)
    return proof.finish()


def _variance(proof: Proof, power: Rational) -> None:
    """Derive the recursion of the variance in the plane, its solution and where it settles."""
    root, t = symbols("lambda t", real=True)
    a, q1, q2, q3, h1, h2, h3 = symbols("F12 Q1 Q2 Q3 H1 H2 H3", real=True)
    # w^T F = lambda w^T for w = (t, 1): the second row of F follows from the first, seen from w.
    first = symbols("F11", real=True)
    matrix = Matrix([[first, a], [root * t - t * first, root - t * a]])
    w = Matrix([t, 1])
    trained, noise = Matrix([[q1, q2], [q2, q3]]), Matrix([[h1, h2], [h2, h3]])
    proof.equal(
        "In the plane, along a left eigenvector w with a real eigenvalue: only the eigenvalue is left of F.",
        (w.T * (matrix * trained * matrix.T + noise) * w)[0],
        root**2 * (w.T * trained * w)[0] + (w.T * noise * w)[0],
        by="w^T F = lambda w^T",
        reads=r"w^T(FQF^T+H)w = \lambda^2\,w^TQw + w^THw",
    )
    gain, alpha, data, size = symbols("G alpha V_p H", positive=True)
    off = symbols("d", real=True)
    factor = (1 - alpha) * gain**2
    limit = (alpha * gain**2 * data + size) / (1 - factor)
    proof.equal(
        "Means are equal, so variances mix: V' = G^2 (alpha V_p + (1 - alpha) V) + H. What V is off from V_L is "
        "multiplied by (1 - alpha) G^2; by induction by its N-th power after N generations.",
        gain**2 * (alpha * data + (1 - alpha) * (limit + off)) + size,
        limit + factor * off,
        by="V_L is the fixed point",
        reads=r"V_N = V_L + \big((1-\alpha)G^2\big)^N(V_0-V_L),\quad V_L = \frac{\alpha G^2V_p+H}{1-(1-\alpha)G^2}",
        concludes=True,
    )
    before, now = symbols("V_before V_now", positive=True)
    grown = symbols("g", positive=True)
    proof.equal(
        "An increment is multiplied by the same factor: the variance settles if and only if it is below 1.",
        (factor * now + alpha * gain**2 * data + size) - (factor * before + alpha * gain**2 * data + size),
        factor * (now - before),
        by="difference of two generations",
        reads=r"V_{n+1}-V_n = (1-\alpha)G^2\,(V_n-V_{n-1})",
    )
    more = symbols("u", real=True)
    proof.equal(
        "The factor is 1 at alpha* = 1 - 1/G^2, and below 1 above it.",
        1 - factor.subs(alpha, 1 - gain ** (-power) + more),
        gain**2 * more,
        by="alpha = alpha* + u",
        reads=r"1-(1-\alpha)G^2 = G^2(\alpha-\alpha^*),\quad \alpha^* = 1-G^{-2}",
        concludes=True,
    )
    proof.at_least(
        "At alpha* and below the variance grows by alpha G^2 V_p + H or more in every generation: without bound.",
        ((1 + grown) * now + alpha * gain**2 * data + size) - now,
        alpha * gain**2 * data + size,
        by="the factor is 1 + g with g >= 0",
        terms=[grown * now],
        reads=r"V_{n+1}-V_n \ge \alpha G^2V_p+H",
        concludes=True,
    )
    meanings = {gain: "modulus of the eigenvalue", alpha: "fresh fraction", data: "variance of the data"}
    proof.result("variance", limit, {**meanings, size: "variance of the channel's noise"})


def _moments(proof: Proof) -> None:
    """Derive what a channel makes of fourth moments: the leading factor is F^m."""
    x, z, f, h = symbols("x z F h", real=True)
    proof.equal(
        "Of a moment of order m, here 4 given X = x, the channel makes F^m times it and lower ones; so those of the "
        "models settle if and only if (1 - alpha) |F|^m < 1 (here noise h Z).",
        expectation((f * x + h * z) ** 4, [z], Matrix([0]), Matrix([[1]])),
        f**4 * x**4 + 6 * f**2 * h**2 * x**2 + 3 * h**4,
        by="Gaussian moments",
        reads=r"\mathbb E(FX+\sqrt HZ)^4 = F^4\mu_4+6F^2H\mu_2+3H^2",
    )


def _tail(proof: Proof, exponent: Rational) -> None:
    """Derive the exponent, the width of an age, and what the geometric law of ages makes of both."""
    gain = Symbol("F", positive=True)
    share, kept = symbols("q k", positive=True)
    order = exponent * log(1 / share) / log(gain)
    proof.equal(
        "The exponent: with q = 1 - alpha, q F^kappa = 1.",
        exp(log(share) + order * log(gain)),
        S.One,
        by="kappa = log(1/q)/log F",
        reads=r"(1-\alpha)|F|^\kappa = 1,\quad \kappa = \frac{\log(1/(1-\alpha))}{\log|F|}",
        concludes=True,
    )
    data, noise, above = symbols("V_p H u", positive=True)
    square = 1 + above
    wide = kept * (data + noise / above) - noise / above
    proof.equal(
        "The width of age k, with F^2 = 1 + u and K = F^2k: one more generation is K -> K F^2.",
        square * wide + noise,
        wide.subs(kept, square * kept),
        by="the fixed point of v -> F^2 v + H is -H/u",
        reads=r"\sigma_k^2 = F^{2k}\Big(V_p+\frac{H}{F^2-1}\Big)-\frac{H}{F^2-1}",
    )
    proof.at_least(
        "From above.",
        kept * (data + noise / above),
        wide,
        by="H >= 0",
        terms=[noise / above],
        reads=r"\sigma_k^2 \le F^{2k}(V_p+H/(F^2-1))",
    )
    extra = symbols("e", nonnegative=True)
    proof.at_least(
        "From below, K = 1 + e.",
        wide.subs(kept, 1 + extra),
        (1 + extra) * data,
        by="K >= 1",
        terms=[extra * noise / above],
        reads=r"\sigma_k^2 \ge F^{2k}V_p",
    )
    z, m = symbols("z m", positive=True)
    proof.equal(
        "Absolute moments of N(0, 1).",
        2 * Integral(z**m * exp(-(z**2) / 2), (z, 0, oo)) / sqrt(2 * pi),
        2 ** (m / 2) * gamma((m + 1) / 2) / sqrt(pi),
        by="z^2/2 is the variable of a Gamma function",
        reads=r"M_\kappa = \mathbb E|Z|^\kappa = 2^{\kappa/2}\Gamma(\tfrac{\kappa+1}2)/\sqrt\pi",
    )
    power = symbols("p", positive=True)
    part, left = symbols("f_q l", nonnegative=True)
    # q^y for y = floor(y) + a fraction: q^floor(y) times a factor between q and 1.
    proof.at_least(
        "Ages are geometric: P(age > y) = q^floor(y), and q^y is q^floor(y) times q^f, here q + l, for a fraction f.",
        power / share * (share + left),
        power,
        by="q^f >= q",
        terms=[power * left / share],
        reads=r"P(k>y) \le q^{y-1}",
    )
    proof.at_least(
        "And from below: q^f is at most 1, here 1 - f_q.",
        power,
        power * (1 - part),
        by="q^f <= 1",
        terms=[power * part],
        reads=r"P(k>y) \ge \min(1,q^y)",
    )
    t = symbols("t", real=True)
    proof.at_least(
        "The minimum of 1 and t is at least t - t^2: of 1.",
        S.One,
        t - t**2,
        by="completed square",
        terms=[(t - Rational(1, 2)) ** 2, Rational(3, 4)],
    )
    proof.at_least("And of t.", t, t - t**2, by="squares", terms=[t**2], reads=r"\min(1,t) \ge t-t^2")
    scale, x, young = symbols("s x Z", positive=True)
    k = log(1 / share) / log(gain)
    proof.equal(
        "An age whose width F^k s |Z| passes x: k > y = log(x/(s |Z|))/log F, and q^y is the power law.",
        log(share) * log(x / (scale * young)) / log(gain),
        k * exponent * log(scale * young / x),
        by="logarithms",
        reads=r"q^{y} = (s|Z|/x)^\kappa",
        concludes=True,
    )
    ratio = symbols("r", positive=True)
    absolute = 2 ** (m / 2) * gamma((m + 1) / 2) / sqrt(pi)
    density = 2 * exp(-(z**2) / 2) / sqrt(2 * pi)
    upper = absolute * ratio**m / share
    proof.equal(
        "Averaged over Z, with m = kappa and t = (r |Z|)^m: of t/q, the bound from above, r = sqrt(V_p + H/u)/x.",
        Integral(density * (ratio * z) ** m / share, (z, 0, oo)),
        upper,
        by="absolute moments",
        reads=r"P(|X|>x) \le \frac{M_\kappa r^\kappa}{1-\alpha}",
        concludes=True,
    )
    lower = absolute * ratio**m - absolute.subs(m, 2 * m) * ratio ** (2 * m)
    proof.equal(
        "Of t - t^2, the bound from below, r = sqrt(V_p)/x.",
        Integral(density * ((ratio * z) ** m - (ratio * z) ** (2 * m)), (z, 0, oo)),
        lower,
        by="absolute moments",
        reads=r"P(|X|>x) \ge M_\kappa r^\kappa-M_{2\kappa}r^{2\kappa}",
        concludes=True,
    )
    meanings = {ratio: "scale over distance", m: "exponent"}
    proof.result("above", upper, {**meanings, share: "one less the fresh fraction"})
    proof.result("below", lower, meanings)
    proof.result("exponent", k, {share: "one less the fresh fraction", gain: "gain"})

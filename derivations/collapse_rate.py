r"""How fast a Gaussian dies that is refitted to its own samples.

:math:`n^d\det S'/\det S` is a product of independent chi-squared variables with :math:`n-1, \dots, n-d` degrees of
freedom (Bartlett), so :math:`\log\det S_N` is a sum of independent variables: its mean a sum of
:math:`\psi(\tfrac{n-j}2)+\log\tfrac2n`, its variance one of :math:`\psi'(\tfrac{n-j}2)`. Bounds of :math:`\psi` make
the fall of one factor at least :math:`\tfrac1{n-j}+\tfrac jn`: in one dimension twice what the mean of S falls by.
"""

from sympy import (
    Derivative,
    Expr,
    Integral,
    Rational,
    S,
    Subs,
    Sum,
    Symbol,
    digamma,
    exp,
    gamma,
    log,
    oo,
    polygamma,
    symbols,
)  # fmt: skip

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "collapse-rate"
wrong = {"twice": S.Zero, "spread": Rational(9, 10)}
scope = "every number of samples and every dimension, factor by factor"
taken = (
    "Bartlett's decomposition of a Wishart determinant, the strong law of large numbers, and that digamma less "
    "logarithm tends to 0 far out, which makes signs of increments signs of the whole"
)


def derive(*, twice: Rational = S.One, spread: Rational = S.One) -> Derivation:
    """Derive mean and variance of one factor, the bounds of digamma and of the rate."""
    proof = Proof(
        name,
        "How fast refitted Gaussians die",
        "*own*; that they collapse: Shumailov et al. 2024, Alemohammad et al. 2023",
        cites=("finite-samples",),
    )
    proof.assume(
        "no fresh data; n independent samples of the last Gaussian, fitted by maximum likelihood",
        "factor j of det S'/det S is X/n, X chi-squared with m = n - j degrees of freedom, j = 1..d < n",
    )
    _factor(proof, spread)
    _digamma(proof)
    _bounds(proof, twice)
    return proof.finish()


def _factor(proof: Proof, spread: Rational) -> None:
    """Derive the mean and the variance of the logarithm of one factor, and its mean."""
    m, x, s, n = symbols("m x s n", positive=True)
    density = x ** (m / 2 - 1) * exp(-x / 2) / (2 ** (m / 2) * gamma(m / 2))
    moment = 2**s * gamma(m / 2 + s) / gamma(m / 2) / n**s
    proof.equal(
        "Power moments of one factor.",
        Integral((x / n) ** s * density, (x, 0, oo)),
        moment,
        by="Euler's integral",
        reads=r"\mathbb E(X/n)^s = (\tfrac2n)^s\,\Gamma(\tfrac m2+s)/\Gamma(\tfrac m2)",
    )
    term = digamma(m / 2) + log(2) - log(n)
    proof.equal(
        "The derivative at 0 is the mean of the logarithm; log det S_N is N such sums, and the strong law applies.",
        Subs(Derivative(moment, s), s, 0),
        term,
        by="derivative of the logarithm of the Gamma function",
        reads=r"\tfrac1N\log\det S_N\to\sum_{j=1}^d\psi\big(\tfrac{n-j}2\big)+d\log\tfrac2n",
        concludes=True,
    )
    proof.equal(
        "The second derivative of its logarithm is the variance.",
        Subs(Derivative(log(2) * s + log(gamma(m / 2 + s)) - log(gamma(m / 2)) - s * log(n), s, 2), s, 0),
        spread * polygamma(1, m / 2),
        by="trigamma",
        reads=r"\mathrm{Var}\log(X/n) = \psi'(\tfrac m2)",
        concludes=True,
    )
    proof.equal(
        "The mean of one factor: with m = n - 1 that of S' over S.",
        moment.subs(s, 1),
        m / n,
        by="the functional equation of the Gamma function",
        reads=r"\mathbb E\,S'_{11} = (1-\tfrac1n)S_{11}",
    )
    proof.result("rate", term, {m: "degrees of freedom n - j", n: "samples"})
    proof.result("spread", polygamma(1, m / 2), {m: "degrees of freedom n - j"})


def _digamma(proof: Proof) -> None:
    """Derive the increments whose signs bound digamma."""
    t = Symbol("t", nonnegative=True)
    x = Symbol("x", positive=True)

    def upper(point: Expr) -> Expr:
        return digamma(point) - log(point) + 1 / (2 * point)

    def lower(point: Expr) -> Expr:
        return upper(point) + 1 / (12 * point**2)

    first = t / 2 + t / (2 * (1 + t)) - log(1 + t)
    proof.equal(
        "Increments of psi(x) - log x + 1/(2 x), which tends to 0; t = 1/x.",
        upper(x + 1).rewrite(digamma).expand(func=True) - upper(x),
        first.subs(t, 1 / x).subs(log(1 + 1 / x), log(x + 1) - log(x)),
        by="psi(x + 1) = psi(x) + 1/x",
    )
    proof.convex_minimum(
        "They are not negative, so psi(x) <= log x - 1/(2 x).",
        first,
        t,
        0,
        by="the trapezoid of a convex function",
        reads=r"\psi(x) \le \log x-\tfrac1{2x}",
    )
    second = log(1 + t) - t / 2 - t / (2 * (1 + t)) + t**2 / 12 - t**2 / (12 * (1 + t) ** 2)
    proof.equal(
        "Increments of psi(x) - log x + 1/(2 x) + 1/(12 x^2), which tends to 0.",
        lower(x + 1).expand(func=True) - lower(x),
        -second.subs(t, 1 / x).subs(log(1 + 1 / x), log(x + 1) - log(x)),
        by="psi(x + 1) = psi(x) + 1/x",
    )
    proof.convex_minimum(
        "They are not positive, so psi(x) >= log x - 1/(2 x) - 1/(12 x^2).",
        second,
        t,
        0,
        by="the corrected trapezoid",
        reads=r"\psi(x) \ge \log x-\tfrac1{2x}-\tfrac1{12x^2}",
    )


def _bounds(proof: Proof, twice: Rational) -> None:
    """Derive the bounds of the rate from those of digamma at x = m/2 and of the logarithm."""
    m = Symbol("m", positive=True)
    j = Symbol("j", positive=True)
    gap = Symbol("P", real=True)
    n = m + j
    top = proof.suppose("P <= -1/m, of P = psi(m/2) - log(m/2)", -1 / m - gap)
    low = proof.suppose("P >= -1/m - 1/(3 m^2)", gap + 1 / m + 1 / (3 * m**2))
    r = Symbol("r", positive=True)
    above = proof.convex_minimum("log r <= r - 1.", r - 1 - log(r), r, 1, by="convexity")
    share, rest = proof.instance(above, {r: m / n}), proof.instance(above, {r: n / m})
    fall = -gap - log(m) + log(m + j)
    proof.at_least(
        "One factor falls by at least 1/(n - j) + j/n in the mean of its logarithm.",
        fall,
        twice / m + j / n,
        by="psi(m/2) <= log(m/2) - 1/m, and log(m/n) <= m/n - 1",
        terms=[-twice / m - gap, m / n - 1 - log(m) + log(m + j)],
        given=[top, share],
        reads=r"-\psi(\tfrac{n-j}2)-\log\tfrac2n \ge \tfrac1{n-j}+\tfrac jn",
        concludes=True,
    )
    proof.at_least(
        "And by at most (1 + j)/(n - j) + 1/(3 (n - j)^2).",
        (twice + j) / m + 1 / (3 * m**2),
        fall,
        by="the other bounds",
        terms=[gap + twice / m + 1 / (3 * m**2), n / m - 1 + log(m) - log(m + j)],
        given=[low, rest],
        reads=r"-\psi(\tfrac{n-j}2)-\log\tfrac2n \le \tfrac{1+j}{n-j}+\tfrac1{3(n-j)^2}",
        concludes=True,
    )
    held = Symbol("i", nonnegative=True)
    whole = m + held
    proof.at_least(
        "With the divisor n - 1, i = j - 1: the mean of S stays, and one factor still falls by at least 1/(n - j).",
        -gap - log(m) + log(m + held),
        twice / m + held / whole,
        by="psi(m/2) <= log(m/2) - 1/m, and log(m/(n - 1)) <= m/(n - 1) - 1",
        terms=[-twice / m - gap, m / whole - 1 - log(m) + log(m + held)],
        given=[top, proof.instance(above, {r: m / whole})],
        reads=r"-\psi(\tfrac{n-j}2)-\log\tfrac2{n-1} \ge \tfrac1{n-j}+\tfrac{j-1}{n-1}",
        concludes=True,
    )
    d = Symbol("d", integer=True, positive=True)
    k = Symbol("k", integer=True, positive=True)
    proof.equal(
        "To first order in 1/n the sum over factors counts the parameters of a Gaussian; the mean's are d/n.",
        Sum(1 + k, (k, 1, d)),
        d * (d + 3) / 2,
        by="arithmetic series",
        reads=r"\sum_j(1+j) = \tfrac{d(d+3)}2",
    )

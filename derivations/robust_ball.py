r"""A ball around the ideal limit.

Noising contracts :math:`W_2` by :math:`e^{-t/2}` (two copies driven by the same noise), mixing with the same data by
:math:`\sqrt{1-\alpha}` (couple the shares one by one), :math:`W_1` by :math:`1-\alpha`. With an error of at most
:math:`w` a generation the distances from the fixed point obey :math:`d_{i+1}\le R d_i + w`.
"""

from sympy import Rational, S, Symbol, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "robust-ball"
wrong = {"one": Rational(4, 5)}
scope = "any laws with second moments, any number of generations by induction"
taken = "that an optimal coupling exists; the triangle inequality of W_p"


def derive(*, one: Rational = S.One) -> Derivation:
    """Derive both contractions and the ball."""
    proof = Proof(name, "A ball around the limit", "the limit paper; the constants: *own*")
    proof.assume("a = exp(-t0/2) in (0, 1], alpha in [0, 1], L the fixed point: OU_t0(alpha p + (1-alpha) L) = L")
    a, noise, x, y = symbols("a s x y", real=True)
    proof.equal(
        "Two points driven by the same noise come nearer by the factor a.",
        ((a * x + noise) - (a * y + noise)) ** 2,
        one * a**2 * (x - y) ** 2,
        by="the noise cancels",
        reads=r"W_p(OU_t\mu, OU_t\nu) \le e^{-t/2}\,W_p(\mu,\nu)",
    )
    p, first, second, alpha = symbols("p m n alpha", positive=True)
    proof.equal(
        "Two mixtures with the same data differ by the models' share, for which their best coupling is used.",
        (alpha * p + (1 - alpha) * first) - (alpha * p + (1 - alpha) * second),
        one * (1 - alpha) * (first - second),
        by="the data's share cancels",
        reads=r"W_2^2(\alpha p + (1-\alpha)\mu, \alpha p + (1-\alpha)\nu) \le (1-\alpha) W_2^2(\mu,\nu),\quad "
        r"W_1 = (1-\alpha) W_1",
    )
    rate, start, error = symbols("R d w", positive=True)
    n = Symbol("n", integer=True, nonnegative=True)
    ball = rate**n * start + error * (1 - rate**n) / (1 - rate)
    proof.equal(
        "Induction: the ball of generation n is carried to that of generation n + 1.",
        rate * ball + one * error,
        rate ** (n + 1) * start + error * (1 - rate ** (n + 1)) / (1 - rate),
        by="geometric sum",
        reads=r"R\Big(R^n d + w\frac{1-R^n}{1-R}\Big) + w = R^{n+1} d + w\frac{1-R^{n+1}}{1-R}",
        concludes=True,
    )
    bound, short, gap = symbols("B s g", nonnegative=True)
    proof.at_least(
        "If d_n = B_n - s and d_{n+1} = R d_n + w - g then B_{n+1} = R B_n + w bounds d_{n+1}.",
        rate * bound + one * error,
        rate * (bound - short) + error - gap,
        by="both gaps are non-negative",
        terms=[rate * short, gap],
        reads=r"W_2(\hat p_N, L) \le R^N W_2(\hat p_0, L) + w\frac{1-R^N}{1-R}",
        concludes=True,
    )
    proof.result("ball", ball, {rate: "contraction", start: "first distance", error: "error", n: "generations"})
    return proof.finish()

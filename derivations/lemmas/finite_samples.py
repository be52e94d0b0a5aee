r"""Refitting a Gaussian to finitely many samples.

Maximum likelihood on ``n`` samples has :math:`E\,KL(\hat p\|p) = \tfrac12(\log\tfrac n2 - \psi(\tfrac{n-1}2))` in
one dimension; without fresh data :math:`E\sigma_N^2 = \sigma^2(1-1/n)^N`; with them the first-order plateau of
the chi-squared divergence is :math:`2/(n\alpha(2-\alpha))`.
"""

from sympy import (
    Derivative,
    Function,
    Integral,
    Limit,
    Rational,
    S,
    Subs,
    Symbol,
    digamma,
    exp,
    gamma,
    log,
    oo,
    rsolve,
    symbols,
)

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "finite-samples"
wrong = {"one": Rational(4, 5)}


def derive(*, one: Rational = S.One) -> Derivation:
    """Derive the expected divergence of a fit, the shrinking variance and the first-order plateau."""
    proof = Proof(
        name,
        "Finite samples: digamma and collapse",
        "standard; the plateau is *own*",
        lemma=True,
        cites=("gaussian-kl", "gaussian-chi2", "incoherent"),
    )
    proof.assume(
        "n independent samples of N(m, S), d = 1; n s^2/S is chi-squared with k = n - 1 degrees of freedom, the "
        "mean's variance is S/n"
    )
    k, x, s, n = symbols("k x s n", positive=True)
    density = x ** (k / 2 - 1) * exp(-x / 2) / (2 ** (k / 2) * gamma(k / 2))
    power_moment = 2**s * gamma(k / 2 + s) / gamma(k / 2)
    proof.equal(
        "Power moments of the chi-squared law.",
        Integral(x**s * density, (x, 0, oo)),
        power_moment,
        by="Euler's integral",
        reads=r"E X^s = 2^s\,\Gamma(\tfrac k2+s)/\Gamma(\tfrac k2)",
    )
    log_moment = digamma(k / 2) + log(2)
    proof.equal(
        "Their derivative at 0 is the mean logarithm.",
        Subs(Derivative(power_moment, s), s, 0),
        one * log_moment,
        by="psi = Gamma'/Gamma",
        reads=r"E\log X = \psi(\tfrac k2) + \log 2",
    )
    proof.equal("The first moment is k.", power_moment.subs(s, 1), one * k, by="Gamma(z+1) = z Gamma(z)")
    variance_ratio, mean_square = (n - 1) / n, 1 / n
    mean_log = digamma((n - 1) / 2) + log(2) - log(n)
    expected = one * (log(n / 2) - digamma((n - 1) / 2)) / 2
    proof.equal(
        "The expected divergence of the fit from the truth: E(s^2/S) = (n-1)/n, E(mean error)^2/S = 1/n.",
        (variance_ratio - 1 + mean_square - mean_log) / 2,
        expected,
        by="gaussian-kl",
        reads=r"E\,KL(\hat p\|p) = \tfrac12\big(\log\tfrac n2 - \psi(\tfrac{n-1}2)\big)",
    )
    N = Symbol("N", integer=True, nonnegative=True)
    v = Function("v")
    size, start = symbols("z S", positive=True)
    proof.equal(
        "Without fresh data the mean variance shrinks by (1 - 1/n) a generation.",
        rsolve(v(N + 1) - (1 - 1 / n) * v(N), v(N), {v(0): start}),
        start * (1 - one / n) ** N,
        by="tower property and rsolve",
        reads=r"E\sigma_N^2 = \sigma^2(1-\tfrac1n)^N",
    )
    proof.equal(
        "It tends to zero (n = 1 + z): by Markov's inequality, and as the sum over N converges, the variance "
        "collapses almost surely.",
        Limit(start * (1 - one / (1 + size)) ** N, N, oo),
        0,
        by="geometric sequence; Borel-Cantelli",
    )
    dm, ds, eps = symbols("a b epsilon", real=True)
    ratio_variance = 1 + eps * ds
    chi2 = (
        1 / (ratio_variance * (2 - ratio_variance)) ** Rational(1, 2) * exp(eps**2 * dm**2 / (2 - ratio_variance)) - 1
    )
    proof.equal(
        "Small deviations of mean and variance: chi2 = a^2 + b^2/2 to second order (unit variance).",
        Limit(chi2 / eps**2, eps, 0),
        dm**2 + one * ds**2 / 2,
        by="Taylor's expansion of gaussian-chi2",
        reads=r"\chi^2(N(\epsilon a,1+\epsilon b)\|N(0,1)) = \epsilon^2(a^2 + \tfrac12b^2) + \dots",
    )
    alpha = Symbol("alpha", positive=True)
    innovation_energy = 1 / n + one * (2 / n) / 2
    proof.equal(
        "With E a^2 = 1/n and E b^2 = 2/n each generation's innovation energy is 2/n; innovations are "
        "uncorrelated, so incoherent applies.",
        innovation_energy / (1 - (1 - alpha) ** 2),
        2 / (n * alpha * (2 - alpha)),
        by="incoherent; d(d+3)/2 = 2 for d = 1",
        reads=r"E D_\infty \approx \frac{2}{n\,\alpha(2-\alpha)}",
    )
    proof.result("expected_kl", expected, {n: "samples"})
    proof.result("variance", start * (1 - one / n) ** N, {start: "first variance", n: "samples", N: "generations"})
    proof.result("plateau", 2 / (n * alpha * (2 - alpha)), {n: "samples", alpha: "fresh fraction"})
    return proof.finish()

r"""The filter in the Hilbert space of a kernel.

The embedding :math:`\mu_p = E\,k(X,\cdot)` is linear in the law, so :math:`r_i = \mu_{\hat p_i} - \mu_p` obeys
:math:`r_{i+1} = (1-\alpha) r_i + \xi_i` in a Hilbert space whose norm is the maximum mean discrepancy. Everything
that holds of vectors holds there. A Gaussian kernel has closed means between Gaussians.
"""

from sympy import Integral, Rational, S, exp, oo, pi, sqrt, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "mmd-filter"
wrong = {"one": Rational(4, 5)}
scope = "vectors of three coordinates, one step and by induction; the kernel's mean in d = 1, one factor an axis"
taken = "that a kernel has a Hilbert space; that convolving Gaussians adds covariances"


def derive(*, one: Rational = S.One) -> Derivation:
    """Derive the kernel's mean, one step of the filter and the lower end of the range."""
    proof = Proof(
        name,
        "The filter in the norm of a kernel",
        "*own*; kernels: Gretton et al. 2012",
        cites=("filter", "coherent"),
    )
    proof.assume("X - Y is N(g, s) for independent Gaussians X and Y on the line, s the sum of their variances")
    x, gap = symbols("x g", real=True)
    width2, spread = symbols("L s", positive=True)
    proof.equal(
        "The exponents of kernel and density, the square completed (L = l^2).",
        x**2 / (2 * width2) + (x - gap) ** 2 / (2 * spread),
        (x - gap * width2 / (width2 + spread)) ** 2 * (width2 + spread) / (2 * width2 * spread)
        + one * gap**2 / (2 * (width2 + spread)),
        by="expand",
    )
    proof.equal(
        "The integral of what is left, over that of the density.",
        Integral(exp(-(x**2) * (width2 + spread) / (2 * width2 * spread)), (x, -oo, oo)) / sqrt(2 * pi * spread),
        sqrt(one * width2 / (width2 + spread)),
        by="both are positive",
        reads=r"E\,k(X,Y) = \frac{l}{\sqrt{l^2+s}}\,e^{-g^2/(2(l^2+s))}",
    )
    k = symbols("k", nonnegative=True)
    r, xi = symbols("r1:4", real=True), symbols("xi1:4", real=True)
    inner = sum(a * b for a, b in zip(r, xi, strict=True))
    norm_r, norm_xi = sum(a**2 for a in r), sum(b**2 for b in xi)
    proof.equal(
        "One step of the filter, k = 1 - alpha; unrolled as in `filter`, where cross terms are these inner products.",
        sum((k * a + b) ** 2 for a, b in zip(r, xi, strict=True)),
        k**2 * norm_r + 2 * one * k * inner + norm_xi,
        by="bilinearity",
        reads=r"D_{i+1} = (1-\alpha)^2 D_i + 2(1-\alpha)\langle r_i,\xi_i\rangle + J_i",
        concludes=True,
    )
    before, after, product = symbols("a b i", real=True)
    size = proof.suppose(
        "i >= -a b, by Cauchy-Schwarz: i = <r_{i+1}, r_i>, a and b their norms", product + before * after
    )
    proof.at_least(
        "The lower end of the range: xi_i = r_{i+1} - k r_i is at most b + k a in norm.",
        (after + one * k * before) ** 2,
        after**2 - 2 * k * product + k**2 * before**2,
        by="the supposition, times 2 k",
        terms=[2 * k * (product + before * after)],
        given=[size],
        reads=r"\sqrt{D_{i+1}} + (1-\alpha)\sqrt{D_i} \ge \sqrt{J_i}",
        concludes=True,
    )
    proof.result(
        "height", sqrt(one * width2 / (width2 + spread)), {width2: "squared width", spread: "sum of the variances"}
    )
    return proof.finish()

r"""The slack of the path bound for every stochasticity is a completed square.

The sampler :math:`dY = [Y/2 + k(\nabla\log q_t + e)]ds + \lambda dB` with :math:`k = (1 + \lambda^2)/2` keeps the
marginals of q without error, and :math:`\frac{d}{ds}KL = E[k\,e\cdot g - \tfrac{\lambda^2}2|g|^2]` with it.
"""

from sympy import Expr, Function, Matrix, S, Symbol, diff, log

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import divergence, gradient, laplacian, positive_function, vector

name = "lambda-slack"
wrong = {"power": S.Zero}
scope = "any densities, drifts and errors, pointwise, d = 1 and 2, any lambda > 0"
taken = "the Fokker-Planck equations; Girsanov's theorem for the name of the bound; boundary terms vanish"


TWICE = S(2)


def levels(lam: Symbol) -> tuple[Expr, Expr]:
    """Return k, what an error is multiplied by, and half of the noise, of the sampler of one stochasticity."""
    return (1 + lam**2) / 2, lam**2 / 2


def rate_residual(points: list[Symbol], lam: Symbol) -> Expr:
    r"""Residual of :math:`\partial_s(p\log(p/q)) = p(k e\cdot g - \tfrac{\lambda^2}2|g|^2) - \nabla\cdot J`."""
    s, (gain, noise) = Symbol("s", real=True), levels(lam)
    p, q = positive_function("p", *points, s), positive_function("q", *points, s)
    drift = Matrix([Function(f"b{i}")(*points, s) for i in range(len(points))])
    error = gain * Matrix([Function(f"e{i}")(*points, s) for i in range(len(points))])
    flow_p = -divergence((drift + error) * p, points) + noise * laplacian(p, points)
    flow_q = -divergence(drift * q, points) + noise * laplacian(q, points)
    ratio = log(p) - log(q)
    g = gradient(ratio, points)
    flux = ((drift + error) * p - noise * gradient(p, points)) * ratio + error * p - noise * p * g
    left = diff(p * ratio, s).subs({diff(p, s): flow_p, diff(q, s): flow_q})
    return left - p * ((error.T * g)[0] - noise * (g.T * g)[0]) + divergence(flux, points)


def derive(*, power: Expr = TWICE) -> Derivation:
    """Derive the identity; `power` is that of (1 + lambda^2)/(2 lambda) in the bound."""
    proof = Proof(
        name, "The slack for every stochasticity", "*own*; the optimal lambda: arXiv 2303.08797", cites=("slack",)
    )
    proof.assume(
        "p^ and q are smooth, positive and decay; drift and error are arbitrary", "both start from the same law"
    )
    x, y = Symbol("x", real=True), Symbol("y", real=True)
    lam = Symbol("lambda", positive=True)
    q = positive_function("q", x)
    gain, noise = levels(lam)
    proof.equal(
        "Without error every sampler moves q in the same way: noise that is added is taken back by the score.",
        -diff((x / 2 + gain * diff(log(q), x)) * q, x) + noise * diff(q, x, 2),
        -diff((x / 2 + diff(log(q), x)) * q, x) + diff(q, x, 2) / 2,
        by="q (log q)' = q' and k - lambda^2/2 = 1/2",
        reads=r"-\partial_x\big[(\tfrac x2 + k\,\partial_x\log q)q\big] + \tfrac{\lambda^2}2\partial_x^2 q"
        r" = -\partial_x(\tfrac x2 q) - \tfrac12\partial_x^2 q",
    )
    for points in ([x], [x, y]):
        proof.equal(
            f"The integrand of KL changes at p (k e.g - lambda^2 |g|^2/2), up to a divergence (d = {len(points)}).",
            rate_residual(points, lam),
            0,
            by="both Fokker-Planck equations; integration by parts written as an exact flux",
            reads=r"\partial_s\Big(\hat p\log\frac{\hat p}{q}\Big) = \hat p\,(k\,e\cdot g - \tfrac{\lambda^2}2|g|^2)"
            r" - \nabla\cdot J",
        )
    e, g = vector("e"), vector("g")
    factor = ((1 + lam**2) / (2 * lam)) ** power / 2
    rate = gain * (e.T * g)[0] - lam**2 / 2 * (g.T * g)[0]
    away = (gain / lam**2) * e - g
    proof.equal(
        "The bound's density less that rate is a square: integrated, the slack.",
        factor * (e.T * e)[0] - rate,
        lam**2 / 2 * (away.T * away)[0],
        by="completing the square",
        reads=r"\tfrac{(1+\lambda^2)^2}{8\lambda^2}|e|^2 - (k\,e\cdot g - \tfrac{\lambda^2}2|g|^2)"
        r" = \tfrac{\lambda^2}2\big|\tfrac{k}{\lambda^2}e - g\big|^2",
        concludes=True,
    )
    best = (1 + lam**2) ** 2 / (8 * lam**2)
    proof.at_least(
        "The factor is at least one half, and is one half for lambda = 1 alone.",
        best,
        S.Half,
        by="(1 + lambda^2)^2 - 4 lambda^2 = (1 - lambda^2)^2",
        terms=[(1 - lam**2) ** 2 / (8 * lam**2)],
        reads=r"\tfrac{(1+\lambda^2)^2}{8\lambda^2} - \tfrac12 = \tfrac{(1-\lambda^2)^2}{8\lambda^2} \ge 0",
    )
    proof.result("factor", best, {lam: "stochasticity"})
    return proof.finish()

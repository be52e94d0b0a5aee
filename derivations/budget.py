r"""The error budget: start, discretisation and score bound what the endpoint is off by.

The endpoint forgets the path, so :math:`KL(q\|\hat p)` is at most KL of the path laws: that of the starts, and by
Girsanov half the mean square of the drift's difference. Of the martingale scheme that is closed, by de Bruijn's
identity for the entropy.
"""

from sympy import Integral, Matrix, Rational, S, Symbol, diff, exp, log, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.steps import IDEAL_PATHS, LEARNED_PATHS, data_processing
from derivations.frame.tools import divergence, gradient, laplacian, positive_function

name = "budget"
wrong = {"half": Rational(2, 5), "initial": S.Half}
scope = "two endpoints with two paths each, any weights; any density on the line and in the plane; any step"
taken = "Girsanov's theorem between one step (lemma girsanov) and paths; boundary terms vanish"


def entropy_residual(points: list[Symbol], half: Rational) -> object:
    r"""Residual of :math:`-\partial_t(q\log q) = \tfrac12 q|s|^2 - \tfrac d2 q + \nabla\cdot F` for the forward
    process.
    """
    t = Symbol("t", real=True)
    q = positive_function("q", *points, t)
    x = Matrix(points)
    flow = divergence(x * q, points) / 2 + laplacian(q, points) / 2
    slope = gradient(q, points)
    current = x * q / 2 + slope / 2
    flux = -(log(q) + 1) * current + x * q / 2
    left = -diff(q * log(q), t).subs(diff(q, t), flow)
    return left - (half * (slope.T * slope)[0] / q - len(points) * q / 2) - divergence(flux, points)


def derive(*, half: Rational = S.Half, initial: Rational = S.One) -> Derivation:
    """Derive the bound, the entropy's rate, and the martingale scheme's parts."""
    proof = Proof(name, "The error budget", "*own*", cites=("girsanov",))
    proof.assume(
        "the ideal process in reverse time has the law of the forward process; the sampler's path law is that "
        "between the grid's times, with the same noise"
    )
    loss = data_processing(
        proof,
        "The endpoint forgets the path (log-sum inequality): KL of the endpoints is that of the paths less a loss.",
        IDEAL_PATHS,
        LEARNED_PATHS,
        reads=r"KL(P^*\|\hat P) - KL(q\|\hat p) \ge 0",
    )
    start, square = symbols("KL_T S", nonnegative=True)
    proof.at_least(
        "KL of the path laws is KL of the starts and, by Girsanov, half the mean square of the drift's difference.",
        initial * start + half * square,
        start + square / 2 - loss,
        by="the chain rule of KL; the loss is the last step's gap",
        terms=[loss],
        reads=r"KL(q\|\hat p) \le KL(q_T\|\hat q_T) + \tfrac12\sum_k\int E|f_k(X_k) - s_t(X_t)|^2 dt",
        concludes=True,
    )
    x, y = symbols("x y", real=True)
    for points, words in (([x], "one dimension"), ([x, y], "two dimensions")):
        proof.equal(
            f"De Bruijn: the entropy changes at the rate (J - d)/2, up to a divergence ({words}, any density).",
            entropy_residual(points, half),
            0,
            by="the Fokker-Planck equation; integration by parts written as an exact flux",
            reads=r"-\partial_t(q\log q) = \tfrac12 q|s|^2 - \tfrac d2 q + \nabla\cdot F",
        )
    h, w, fisher, path = symbols("h w J I", positive=True)
    energy = Symbol("E", nonnegative=True)
    scheme = half * (path - (1 - exp(-h)) * fisher) + half * (1 - exp(-h)) * energy
    proof.equal(
        "A step of the martingale scheme, whose drift is y/2 + r (s + e)(y_k): the mean square is J(t) - r^2 J(t_k) "
        "+ r^2 E|e|^2, and I is the integral of J(t), twice the growth of the entropy and d h.",
        path / 2 + Integral(exp(-w) * (energy - fisher) / 2, (w, 0, h)),
        scheme,
        by="E[s_t | X_k] = r s_k leaves no product of error and discretisation",
        reads=r"\tfrac12\int E|r(s+e)_k - s_t|^2dt = \tfrac12\big(I - (1-e^{-h})J(t_k)\big)"
        r" + \tfrac12(1-e^{-h})E|e_k|^2",
        concludes=True,
    )
    proof.result(
        "martingale",
        scheme,
        {
            h: "step h",
            fisher: "Fisher information at the step's start",
            path: "integral of the Fisher information over the step",
            energy: "mean square of the error at the step's start",
        },
    )
    return proof.finish()

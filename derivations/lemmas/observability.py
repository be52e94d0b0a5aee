r"""Observability: what the endpoint sees of an error.

:math:`u(y) = E_*[M \mid Y_{end} = y]` is the score of the endpoint law in the error's scale, so its variance is a
Fisher information; and :math:`u(y) = -\int E[(\nabla\cdot e + e\cdot\nabla\log q_t)(X_t) \mid X_{t_0} = y]\,dt`:
the Stein operator of the error, smoothed by the forward semigroup.
"""

from sympy import Derivative, Expr, Function, Limit, Matrix, Rational, S, Subs, Symbol, diff, exp, log, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import (
    covariance,
    divergence,
    expectation,
    gradient,
    laplacian,
    log_density,
    positive_function,
    vector,
    weighted,
)

name = "observability"
wrong = {"half": Rational(1, 3)}


def linearised_residual(points: list[Symbol], half: Expr) -> Expr:
    """Residual of the equation of w for the perturbed law q (1 + delta w), arbitrary density and error."""
    q, w = positive_function("q", *points), Function("w")(*points)
    error = [Function(f"e{i}")(*points) for i in range(len(points))]
    score = gradient(log(q), points)
    drift = [x / 2 + s for x, s in zip(points, score, strict=True)]

    def reverse(density: Expr) -> Expr:
        return -divergence([b * density for b in drift], points) + laplacian(density, points) / 2

    change = reverse(q * w) - divergence([e * q for e in error], points) - w * reverse(q)
    ornstein = half * laplacian(w, points) - half * sum(x * diff(w, x) for x in points)
    stein = divergence(error, points) + sum(e * s for e, s in zip(error, score, strict=True))
    return change / q - (ornstein - stein)


def derive(*, half: Rational = S.Half) -> Derivation:
    """Derive the Stein identity for arbitrary densities and the Fisher information of Gaussians."""
    proof = Proof(
        name,
        "Observability as Fisher information; the Stein identity",
        "*own*",
        lemma=True,
        cites=("gaussian-integral", "propagator"),
    )
    proof.assume("densities and errors are smooth and decay; they are otherwise arbitrary (so mixtures are covered)")
    delta = Symbol("delta", real=True)
    weights, m, v = (
        symbols("w1 w2 w3", positive=True),
        symbols("M1 M2 M3", real=True),
        symbols("V1 V2 V3", nonnegative=True),
    )
    endpoint = log(weighted(weights, [exp(delta * a - delta**2 * b / 2) for a, b in zip(m, v, strict=True)]))
    proof.equal(
        "u is the score: differentiate the endpoint's log-probability in the error's scale (three paths to one "
        "endpoint).",
        Subs(Derivative(endpoint, delta), delta, 0),
        weighted(weights, m) / sum(weights),
        by="derivative of a sum; the path density is exp(delta M - delta^2 [M]/2)",
        reads=r"\partial_\delta\log\hat p_\delta(y)\big|_0 = E_*[M\mid Y_{end}=y] = u(y)",
    )
    x, y = symbols("x y", real=True)
    for text, points in (
        (
            "The relative perturbation w of the reverse process follows the forward semigroup, driven by minus the "
            "Stein operator of e.",
            [x],
        ),
        ("The same in two dimensions.", [x, y]),
    ):
        proof.equal(
            text,
            linearised_residual(points, half),
            0,
            by="linearise both Fokker-Planck equations, divide by q",
            reads=r"\partial_s w = \tfrac12\Delta w - \tfrac12 x\cdot\nabla w - (\nabla\cdot e + e\cdot\nabla\log "
            r"q)",
        )
    a = Symbol("a", positive=True)
    spread = 1 - a**2
    log_kernel = log_density(Matrix([x]), Matrix([a * y]), Matrix([spread]))
    slope = diff(log_kernel, y)
    proof.equal(
        "Mehler's kernel N(a y, 1 - a^2), a = exp(-tau/2), solves the backward equation, so the driven equation "
        "integrates to u.",
        -a / 2 * diff(log_kernel, a),
        half * (diff(slope, y) + slope**2) - half * y * slope,
        by="Duhamel's formula",
        reads=r"\partial_\tau k = \tfrac12\partial_y^2 k - \tfrac12 y\,\partial_y k \;\Longrightarrow\; u(y) = "
        r"-\int (P_{t-t_0} g_t)(y)\,dt",
    )
    proof.equal(
        "It starts as a point mass: its variance vanishes at a = 1.",
        Limit(spread, a, 1),
        0,
        by="the variance of Mehler's kernel",
    )
    ratio, v0 = symbols("rho S_0", positive=True)
    centre, later = Symbol("m_0", real=True), Symbol("S_t", positive=True)
    propagator = ratio * v0 / later
    proof.equal(
        "For a Gaussian and a constant offset b the integrand is b Phi(t) (y - m)/S_t0: with propagator, u = Delta "
        "(y - m)/S_t0.",
        -expectation(-(x - ratio * centre) / later, [x], Matrix([ratio * y]), Matrix([[1 - ratio**2]])),
        2 * half * propagator * (y - centre) / v0,
        by="the score of N(m_t, S_t), m_t = rho m, rho = exp(-(t - t0)/2); Phi = rho S_t0/S_t",
        reads=r"-E[b\cdot\nabla\log q_t(X_t)\mid X_{t_0}=y] = b\,\Phi(t)\,(y-m)/S_{t_0}",
    )
    q, e = positive_function("q", x, y), [Function("e1")(x, y), Function("e2")(x, y)]
    score = gradient(log(q), [x, y])
    stein = divergence(e, [x, y]) + sum(c * s for c, s in zip(e, score, strict=True))
    proof.equal(
        "The Stein operator times q is an exact divergence: E_q u = 0.",
        q * stein,
        divergence([q * c for c in e], [x, y]),
        by="product rule",
        reads=r"q\,(\nabla\cdot e + e\cdot\nabla\log q) = \nabla\cdot(q e)",
    )
    psi = Function("psi")(x, y)
    rotated = [diff(psi, y) / q, -diff(psi, x) / q]
    proof.equal(
        "For a q-solenoidal error it vanishes, so u = 0 and eta = 0.",
        Derivative(rotated[0], x) + Derivative(rotated[1], y),
        -sum(c * s for c, s in zip(rotated, score, strict=True)),
        by="div(q e) = 0",
        reads=r"\nabla\cdot(q e) = 0 \;\Longrightarrow\; \nabla\cdot e + e\cdot\nabla\log q = 0",
    )
    mean, dm, dv = symbols("m dm dS", real=True)
    variance = Symbol("S", positive=True)
    tilt = dm * (x - mean) / variance + dv * ((x - mean) ** 2 / variance**2 - 1 / variance) / 2
    proof.equal(
        "For a Gaussian endpoint with tangents (m', S') the score is a quadratic ...",
        Subs(
            Derivative(log_density(Matrix([x]), Matrix([mean + delta * dm]), Matrix([variance + delta * dv])), delta),
            delta,
            0,
        ),
        tilt,
        by="chain rule",
        reads=r"u(x) = m'\,\frac{x-m}{S} + \tfrac12 S'\Big(\frac{(x-m)^2}{S^2} - \frac1S\Big)",
    )
    information = dm**2 / variance + half * dv**2 / variance**2
    proof.equal(
        "... whose variance is the Fisher information.",
        expectation(tilt**2, [x], Matrix([mean]), Matrix([[variance]])),
        information,
        by="fourth moments (Stein's recursion)",
        reads=r"\operatorname{Var} u = m'^2/S + \tfrac12 S'^2/S^2",
    )
    z, mm, S, shift = vector("z"), vector("m"), covariance("s"), vector("n")
    t11, t12, t22 = symbols("t11 t12 t22", real=True)
    T = Matrix([[t11, t12], [t12, t22]])
    inverse = S.inv()
    # whiten: z = m + L y with S = L L^T
    factor = S.cholesky(hermitian=False)
    white = vector("y")
    U, n = factor.inv() * T * factor.inv().T, factor.inv() * shift
    quadratic = (n.T * white)[0] + ((white.T * U * white)[0] - U.trace()) / 2
    direct = (
        (shift.T * inverse * (z - mm))[0]
        + ((z - mm).T * inverse * T * inverse * (z - mm))[0] / 2
        - (inverse * T).trace() / 2
    )
    proof.equal(
        "Two dimensions: the score, in the whitened coordinate y = L^{-1}(z - m).",
        direct.subs(dict(zip(z, mm + factor * white, strict=True))),
        quadratic,
        by="S = L L^T",
        reads=r"u = m'^T S^{-1}(z-m) + \tfrac12 (z-m)^T S^{-1}S'S^{-1}(z-m) - \tfrac12\operatorname{tr}S^{-1}S'",
    )
    u11, u12, u22 = symbols("u11 u12 u22", real=True)
    generic = Matrix([[u11, u12], [u12, u22]])
    k = vector("k")
    square = ((k.T * white)[0] + ((white.T * generic * white)[0] - generic.trace()) / 2) ** 2
    proof.equal(
        "Its variance: eta eps*^2 for a general covariance, mean tangent and covariance tangent.",
        expectation(square, list(white), Matrix([0, 0]), Matrix([[1, 0], [0, 1]])),
        (k.T * k)[0] + half * (generic * generic).trace(),
        by="Stein's recursion; tr(S^{-1}S'S^{-1}S') = tr(U^2) with U = L^{-1} S' L^{-T}",
        reads=r"\eta\varepsilon_*^2 = m'^T S^{-1}m' + \tfrac12\operatorname{tr}(S^{-1}S'S^{-1}S')",
    )
    proof.result(
        "visible_energy",
        information,
        {dm: "tangent of the mean", dv: "tangent of the variance", variance: "endpoint variance"},
    )
    return proof.finish()

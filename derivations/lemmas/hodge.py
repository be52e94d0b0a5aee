r"""Gradient and solenoidal parts in a weight.

For the weight ``N(m, V)`` and :math:`e = A x + b`: ``B`` symmetric with :math:`BV + VB = AV + VA^T` gives the
gradient part :math:`B(x-m) + Am + b`; :math:`Q = AV - BV` is antisymmetric and :math:`Q V^{-1}(x-m)` is the
solenoidal part. For a mixture, the posterior-weighted sum of the components' solenoidal fields is solenoidal for
the mixture; without the weight neither the field nor the condition is right.
"""

from sympy import Matrix, Rational, S, Symbol, diff, exp, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import covariance, divergence, expectation, log_density, vector

name = "hodge"
wrong = {"one": Rational(5, 4)}


def derive(*, one: Rational = S.One) -> Derivation:
    """Derive the split for a general 2 x 2 covariance and matrix, and the invisible fields of mixtures."""
    proof = Proof(
        name,
        "The weighted Hodge split",
        "standard; mixtures *own*; dual form: the gradient paper",
        lemma=True,
        cites=("gaussian-integral",),
    )
    proof.assume(
        "two dimensions; V is a general covariance, A a general matrix; Q = kappa J is the general antisymmetric "
        "matrix"
    )
    V, x, m, b = covariance("v"), vector("x"), vector("m"), vector("b")
    A = Matrix(2, 2, symbols("A11 A12 A21 A22", real=True))
    J = Matrix([[0, 1], [-1, 0]])
    P = V.inv()
    kappa = one * (A[0, 1] - A[1, 0]) / P.trace()
    Q = kappa * J
    B = A - Q * P
    proof.equal(
        "The gradient part's matrix is symmetric.", B, B.T, by="kappa = (A12 - A21) / tr V^{-1}", reads="B = B^T"
    )
    proof.equal(
        "It solves the Lyapunov equation.",
        B * V + V * B,
        A * V + V * A.T,
        by="Q = AV - BV is antisymmetric",
        reads=r"BV + VB = AV + VA^T",
    )
    proof.equal(
        "What is left of A V is antisymmetric, with kappa off its diagonal.",
        (A * V - B * V)[0, 1],
        kappa,
        by="Q = AV - BV",
        reads=r"Q_{12} = \kappa = \frac{A_{12}-A_{21}}{\operatorname{tr}V^{-1}}",
    )
    log_weight = log_density(x, m, V)
    centred = x - m
    rest = Q * P * centred
    proof.equal(
        "The rest is solenoidal for the weight (divided by the density).",
        divergence(rest, list(x)) + sum(rest[i] * diff(log_weight, x[i]) for i in (0, 1)),
        0,
        by="tr(Q V^{-1}) = 0 and y^T Q y = 0",
        reads=r"\nabla\cdot(r v)/r = \operatorname{tr}(QV^{-1}) - (x-m)^T V^{-1}QV^{-1}(x-m) = 0",
    )
    # below: moments in the general symmetric B and antisymmetric Q = kappa J
    s11, s12, s22, k = symbols("B11 B12 B22 kappa", real=True)
    S, R = Matrix([[s11, s12], [s12, s22]]), k * J
    constant = A * m + b
    y = vector("y")
    grad, sole = S * y + constant, R * P * y
    proof.equal(
        "The two parts are orthogonal in the weight.",
        expectation((grad.T * sole)[0], list(y), Matrix([0, 0]), V),
        0,
        by="E[y y^T] = V and tr(B Q^T) = 0",
        reads=r"E[\nabla\varphi\cdot v] = \operatorname{tr}(B\,V\,V^{-1}Q^T) = 0",
    )
    proof.equal(
        "Energy of the gradient part.",
        expectation((grad.T * grad)[0], list(y), Matrix([0, 0]), V),
        (S * V * S).trace() + one * (constant.T * constant)[0],
        by="second moments",
        reads=r"E|\nabla\varphi|^2 = \operatorname{tr}(BVB) + |Am+b|^2",
    )
    proof.equal(
        "Energy of the solenoidal part.",
        expectation((sole.T * sole)[0], list(y), Matrix([0, 0]), V),
        (R * P * R.T).trace(),
        by="second moments",
        reads=r"E|v|^2 = \operatorname{tr}(QV^{-1}Q^T)",
    )
    f = vector("f")
    proof.at_least(
        "Dual form: for every gradient field f the concave functional is at most the squared norm of the gradient "
        "part f*.",
        (grad.T * grad)[0],
        2 * (grad.T * f)[0] - one * (f.T * f)[0],
        by="a square; e may stand for its gradient part, as E[v.f] = 0",
        terms=[(grad[0] - f[0]) ** 2, (grad[1] - f[1]) ** 2],
        reads=r"|\nabla\varphi|^2 - (2\nabla\varphi\cdot\nabla f - |\nabla f|^2) = |\nabla\varphi - \nabla f|^2 \ge "
        r"0",
    )

    n, S1, S2, w = vector("n"), covariance("s"), covariance("t"), Symbol("w", positive=True)
    k1, k2 = symbols("kappa1 kappa2", real=True)
    total = 0
    for weight, mean, cov, scale in ((w, m, S1, k1), (1 - w, n, S2, k2)):
        flow = scale * J * cov.inv() * (x - mean)
        log_bell = log_density(x, mean, cov)
        bell = Symbol("N1" if mean == m else "N2", positive=True)
        # div(N v) = N (div v + v . grad log N); the posterior weight w N / q times q is w N
        total += weight * bell * (divergence(flow, list(x)) + sum(flow[i] * diff(log_bell, x[i]) for i in (0, 1)))
    proof.equal(
        "A mixture: the posterior-weighted sum of solenoidal fields is solenoidal, for any Q_k (q v = sum of w_k "
        "N_k Q_k S_k^{-1}(x - m_k)).",
        total,
        0,
        by="each summand is solenoidal for its own component",
        reads=r"\nabla\cdot(q v) = \sum_k w_k\nabla\cdot\big(N_k Q_k S_k^{-1}(x-m_k)\big) = 0",
    )
    left, right = Matrix([-1, 0]), Matrix([1, 0])
    bells = [exp(-((x - mean).T * (x - mean))[0] / 2) for mean in (left, right)]
    q = sum(bells) / 2
    flows = [twist * J * (x - mean) for twist, mean in ((1, left), (2, right))]
    posterior = [sum(bell * flow[i] for bell, flow in zip(bells, flows, strict=True)) / (2 * q) for i in (0, 1)]
    plain = [sum(flow[i] for flow in flows) / 2 for i in (0, 1)]
    point = {x[0]: Rational(1, 2), x[1]: Rational(1)}
    proof.equal(
        "Example: two unit components at (-1, 0) and (1, 0), Q = J and 2 J.  Weighted, the field is solenoidal for "
        "q ...",
        divergence([q * c for c in posterior], list(x)),
        0,
        by="substitution",
        reads=r"\nabla\cdot(q v_{posterior}) = 0",
    )
    proof.differ(
        "... although its plain divergence is not zero: the unweighted condition is the wrong one.",
        divergence(posterior, list(x)),
        0,
        point,
        by="an exact point",
        reads=r"\nabla\cdot v_{posterior} \ne 0",
    )
    proof.differ(
        "The unweighted field has no divergence, yet it is not solenoidal for q, so it is visible.",
        divergence([q * c for c in plain], list(x)),
        0,
        point,
        by="an exact point",
        reads=r"\nabla\cdot v_{plain} = 0,\quad \nabla\cdot(q v_{plain}) \ne 0",
    )
    covs = symbols("V11 V12 V22", real=True)
    weight = Matrix([[covs[0], covs[1]], [covs[1], covs[2]]])
    twist = one * (A[0, 1] - A[1, 0]) / weight.inv().trace()
    meanings = dict.fromkeys(A, "entry of the error's matrix") | dict.fromkeys(covs, "entry of the covariance")
    entries = {covs[0]: V[0, 0], covs[1]: V[0, 1], covs[2]: V[1, 1]}
    proof.result("antisymmetric_entry", twist, meanings, where=entries)
    return proof.finish()

r"""Euler-Maruyama on a linear equation: its exact law and its weak order.

For :math:`dY = (FY+f)ds + dB` one step maps moments to :math:`(I+hF)m + hf` and :math:`(I+hF)V(I+hF)^T + hI`; the
bias of mean and variance is of first order in ``h``, with explicit leading constants.
"""

from sympy import Expr, Function, Limit, Matrix, Rational, S, Symbol, eye, log, rsolve, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import covariance, expectation, vector

name = "euler-maruyama"
wrong = {"one": Rational(4, 5)}


def derive(*, one: Rational = S.One) -> Derivation:
    """Derive the discrete moments, their solution, the weak order and the path divergence of two chains."""
    proof = Proof(
        name,
        "Euler-Maruyama's discrete law",
        "standard; Kloeden and Platen (1992)",
        lemma=True,
        cites=("gaussian-integral", "girsanov"),
    )
    proof.assume("step h > 0; in two dimensions F, f, mean and covariance are general")
    h = Symbol("h", positive=True)
    y, xi, m, f = vector("y"), vector("w"), vector("m"), vector("f")
    V, F = covariance("v"), Matrix(2, 2, symbols("F11 F12 F21 F22", real=True))
    joint_mean = Matrix([*m, 0, 0])
    joint_cov = Matrix.zeros(4, 4)
    joint_cov[:2, :2], joint_cov[2:, 2:] = V, h * eye(2)
    points = [*y, *xi]
    step = y + h * (F * y + f) + xi

    def mean_of(expression: Expr) -> Expr:
        return expectation(expression, points, joint_mean, joint_cov)

    new_mean = step.applyfunc(mean_of)
    transition = eye(2) + one * h * F
    proof.equal("One step's mean.", new_mean, transition * m + h * f, by="linearity", reads=r"m' = (I+hF)m + hf")
    centred = step - new_mean
    proof.equal(
        "One step's covariance, noise w ~ N(0, h I) independent of y.",
        Matrix(2, 2, lambda i, j: mean_of(centred[i] * centred[j])),
        transition * V * transition.T + h * eye(2),
        by="second moments",
        reads=r"V' = (I+hF)V(I+hF)^T + hI",
    )
    n = Symbol("n", integer=True, nonnegative=True)
    v0, rate = symbols("v_0 lambda", positive=True)
    v = Function("v")
    a = Symbol("a", positive=True)
    solved = rsolve(v(n + 1) - a**2 * v(n) - h, v(n), {v(0): v0})
    proof.equal(
        "One dimension, F = -lambda, a = 1 - h lambda: the variance after n steps.",
        solved,
        one * h * (1 - a ** (2 * n)) / (1 - a**2) + a ** (2 * n) * v0,
        by="rsolve",
        reads=r"V_n = h\,\frac{1-a^{2n}}{1-a^2} + a^{2n}V_0",
    )
    stationary = h / (1 - (1 - h * rate) ** 2)
    proof.equal(
        "Weak order one: the stationary variance misses 1/(2 lambda) by h/4 to first order.",
        Limit((stationary - 1 / (2 * rate)) / h, h, 0),
        one / 4,
        by="Taylor's expansion",
        reads=r"\lim_{h\to0}\frac1h\Big(\frac{h}{1-(1-h\lambda)^2} - \frac1{2\lambda}\Big) = \frac14",
    )
    total = Symbol("T", positive=True)
    proof.equal(
        "The mean's logarithm after T/h steps misses -lambda T by -lambda^2 T h/2 to first order.",
        Limit((total / h * log(1 - rate * h) + rate * total) / h, h, 0),
        -one * rate**2 * total / 2,
        by="Taylor's expansion of the logarithm",
        reads=r"\frac{T}{h}\log(1-h\lambda) = -\lambda T - \tfrac12\lambda^2Th + O(h^2)",
    )
    e, noise = vector("e"), vector("z")
    ratio = (e.T * noise)[0] - h * (e.T * e)[0] / 2
    proof.equal(
        "Two chains with the same noise: the KL of one step is h |e|^2/2 exactly, so the paths' is (h/2) sum "
        "E|e_k|^2.",
        expectation(ratio, list(noise), h * e, h * eye(2)),
        one * h * (e.T * e)[0] / 2,
        by="girsanov",
        reads=r"KL(\hat P\|P^*) = \tfrac h2\sum_k\hat E|e_k|^2",
    )
    proof.result(
        "variance_after",
        one * h * (1 - a ** (2 * n)) / (1 - a**2) + a ** (2 * n) * v0,
        {h: "step size", a: "1 - h lambda", n: "steps", v0: "start variance"},
    )
    return proof.finish()

r"""Only the gradient part of the error moves the divergence.

Split :math:`e = \nabla\varphi + v`. If ``v`` is solenoidal for the learned density, or for the ideal one, then
:math:`E_{\hat p}[v\cdot g] = 0`, so the slack identity holds with the gradient part alone. The second inequality
of the statement, :math:`\tfrac12\hat E\int|\Pi e|^2 \le \tfrac12\hat\varepsilon^2`, is Pythagoras' theorem in the
learned weight; in the ideal weight it is **not** true in general, and the last steps give an exact
counterexample.
"""

from sympy import Derivative, Function, Matrix, Rational, S, Symbol, diff, exp, eye, log, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import divergence, gradient, positive_function, vector

name = "gradient-kl"
wrong = {"half": Rational(2, 5), "swirl": S.Zero}
scope = "any densities, pointwise, d = 2; the counterexample for one Gaussian"
taken = "that the split exists; boundary terms vanish; what the counterexample's projection is"


def derive(*, half: Rational = S.Half, swirl: Rational = S.One) -> Derivation:
    """Derive the projected bound in both weights, and show where the comparison with the full energy fails."""
    proof = Proof(
        name, "The gradient part bounds the divergence", "the gradient paper; counterexample *own*", cites=("slack",)
    )
    proof.assume(
        "two dimensions: a solenoidal field is v = (psi_y, -psi_x)/r for an arbitrary stream function psi and "
        "weight r, so div(r v) = 0",
        "smooth, decaying: divergences integrate to zero",
    )
    x, y = symbols("x y", real=True)
    points = [x, y]
    p, q = positive_function("p", x, y), positive_function("q", x, y)
    psi, phi = Function("psi")(x, y), Function("varphi")(x, y)
    rotation = Matrix([diff(psi, y), -diff(psi, x)])
    g = gradient(log(p) - log(q), points)

    proof.equal(
        "Weight p^: p^ v.g is an exact divergence, so its expectation vanishes.",
        p * ((rotation / p).T * g)[0],
        divergence(rotation * (log(p) - log(q)), points),
        by="product rule and div(p v) = 0",
        reads=r"\hat p\, v\cdot g = \nabla\cdot\big(\hat p v\log(\hat p/q)\big),\quad \nabla\cdot(\hat p v) = 0",
    )
    proof.equal(
        "Weight q: the same, as p^ g = q grad(p^/q).",
        p * ((rotation / q).T * g)[0],
        divergence(rotation * p / q, points),
        by="product rule and div(q v) = 0",
        reads=r"\hat p\, v\cdot g = \nabla\cdot(\hat p v),\quad \nabla\cdot(q v) = 0",
    )
    gradient_part, v, gg = vector("f"), vector("v"), vector("g")
    error = gradient_part + v
    rate = (error.T * gg)[0] - half * (gg.T * gg)[0]
    proof.at_least(
        "So, with the term v.g of mean zero taken off, half the square of the gradient part bounds the rate of the "
        "KL.",
        (gradient_part.T * gradient_part)[0] / 2,
        rate - (v.T * gg)[0],
        by="completing the square, as in slack",
        terms=[(gradient_part[i] - gg[i]) ** 2 / 2 for i in (0, 1)],
        reads=r"\tfrac12|\Pi e|^2 - (\Pi e\cdot g - \tfrac12|g|^2) = \tfrac12|\Pi e - g|^2 \ge 0",
    )
    proof.equal(
        "In the weight p^ the two parts are orthogonal: p^ v.grad(phi) is an exact divergence.",
        p * ((rotation / p).T * gradient(phi, points))[0],
        divergence(rotation * phi, points),
        by="product rule and div(p v) = 0",
        reads=r"\hat p\, v\cdot\nabla\varphi = \nabla\cdot(\hat p v\varphi)",
    )
    proof.at_least(
        "Pythagoras: with the cross term of mean zero taken off, the gradient part has at most the energy of the "
        "error.",
        half * ((error.T * error)[0] - 2 * (gradient_part.T * v)[0]),
        (gradient_part.T * gradient_part)[0] / 2,
        by="|e|^2 = |grad phi|^2 + |v|^2 + 2 v.grad phi",
        terms=[v[0] ** 2 / 2, v[1] ** 2 / 2],
        reads=r"KL(\hat p\|q) \le \tfrac12\hat E\int|\Pi e|^2 ds \le \tfrac12\hat\varepsilon^2 \quad(\Pi \text{ in "
        r"} L^2(\hat p_s))",
        concludes=True,
    )

    proof.equal(
        "What is between them is the energy of the solenoidal part.",
        (error.T * error)[0] - 2 * (gradient_part.T * v)[0],
        (gradient_part.T * gradient_part)[0] + swirl * (v.T * v)[0],
        by="the cross term has mean zero",
        reads=r"\hat\varepsilon^2 = \hat E\int|\Pi e|^2 ds + \hat E\int|v|^2 ds",
    )
    s = Symbol("s", nonnegative=True)
    V = Matrix([[1 + s, 0], [0, (1 + exp(-2 * s)) / 2]])
    A = Matrix([[Rational(1, 2), 0], [0, -Rational(1, 2)]])
    drift = A - eye(2) / 2
    proof.equal(
        "Counterexample in the weight q = N(0, I): the gradient error diag(1/2, -1/2) x widens one direction and "
        "narrows the other.",
        V.applyfunc(lambda entry: Derivative(entry, s)),
        drift * V + V * drift.T + eye(2),
        by="the moment equation of the learned process",
    )
    b = Symbol("b", positive=True)
    twist, bell = Matrix([b * y, -b * x]), exp(-(x**2 + y**2) / 2)
    proof.equal(
        "Of the error 2 b (x2, 0) the field b (x2, -x1) is q-solenoidal ...",
        Derivative(bell * twist[0], x) + Derivative(bell * twist[1], y),
        0,
        by="both derivatives are x1 x2 times a multiple of q, with opposite signs",
        reads=r"\nabla\cdot(q v) = 0,\quad v = b(x_2, -x_1)",
    )
    proof.equal(
        "... and the rest is the gradient of b x1 x2: it is the projection.",
        Matrix([Derivative(b * x * y, coordinate) for coordinate in points]),
        Matrix([2 * b * y, 0]) - twist,
        by="product rule",
        reads=r"\Pi_q(2b x_2, 0) = b(x_2, x_1) = \nabla(b x_1 x_2)",
    )
    full, part = Matrix([[0, 2 * b], [0, 0]]), Matrix([[0, b], [b, 0]])
    at_one = V.subs(s, 1)
    proof.positive(
        "At s = 1 switch to the error 2 b (x2, 0): its q-gradient part is b (x2, x1), as b (x2, -x1) is "
        "q-solenoidal. It has more learned energy than the error itself: E|Pi e|^2 - E|e|^2 > 0.",
        ((part * at_one * part.T).trace() - (full * at_one * full.T).trace()).simplify(),
        by="2 - 3 (1 + exp(-2))/2 > 0; until s = 1 the two energies agree",
        reads=r"E_{\hat p}|\Pi_q e|^2 - E_{\hat p}|e|^2 = b^2 (V_{11} - 3 V_{22}) = b^2\big(\tfrac12 - \tfrac32 "
        r"e^{-2}\big) > 0",
    )
    projected = Symbol("projected_energy", nonnegative=True)
    proof.result(
        "bound",
        half * projected,
        {projected: "learned-path energy of the gradient part"},
        where={projected: (gradient_part.T * gradient_part)[0]},
    )
    return proof.finish()

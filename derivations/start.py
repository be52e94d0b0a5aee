r"""A start in N(0, I): the flow keeps what it starts with, noise forgets a part.

In an eigendirection, with :math:`r = e^{-(T-t_0)}`, the variance :math:`l` at the stop and
:math:`l_T = r l + 1 - r`: the propagators of flow and stochastic sampler are :math:`\sqrt{l/l_T}` and
:math:`\sqrt r\,l/l_T`.
"""

from sympy import Rational, S, Subs, Symbol, diff, log, sqrt, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation

name = "start"
wrong = {"kept": Rational(0), "rate": Rational(2), "share": Rational(9, 10)}
scope = "every axis of a Gaussian, any mean and variance, any stop and horizon"
taken = "that the axes of a Gaussian decouple"


def derive(*, kept: Rational = S.One, rate: Rational = S.One, share: Rational = S.One) -> Derivation:
    """Derive both endpoints and the three inequalities; `kept` weighs the noise's part of the variance.

    `rate` is the power of r in the decay, `share` multiplies what is the flow's.
    """
    proof = Proof(
        name, "A wrong start", "*own*; W2 of centred laws: arXiv 2405.14250", cites=("gaussian-kl", "propagator")
    )
    proof.assume("the score is exact, the sampler starts in N(0, I), the data are Gaussian")
    w, end, m = Symbol("w", positive=True), Symbol("l", positive=True), Symbol("m", real=True)
    r = 1 / (1 + w)
    far = r * end + 1 - r
    u = r * end / far
    t = Symbol("t", nonnegative=True)
    moving = (end - 1) / (1 + t) + 1
    proof.equal(
        "The flow's propagator: the square root of the variance solves its equation (1 + t is exp of the time).",
        diff(sqrt(moving), t) * (1 + t) / sqrt(moving),
        -(S.Half - 1 / (2 * moving)),
        by="d/dt of log sqrt(l_t) is minus the flow's rate 1/2 - 1/(2 l_t)",
        reads=r"\frac{d}{dt}\log\sqrt{l_t} = -\big(\tfrac12 - \tfrac1{2 l_t}\big)",
    )
    proof.equal(
        "It starts at the data's variance.",
        Subs(moving, t, 0),
        end,
        by="t = 0",
        reads=r"l_0 = l",
    )
    flow = end / far
    noisy = kept * (end - (sqrt(r) * end / far) ** 2 * far) + (sqrt(r) * end / far) ** 2
    proof.equal(
        "The flow carries the variance 1 to l/l_T, off by (1 - l_T)/l_T of l.",
        flow / end - 1,
        (1 - far) / far,
        by="the propagator squared",
        reads=r"\frac{v_{ODE}}l - 1 = \frac{1 - l_T}{l_T} =: D",
    )
    proof.equal(
        "The stochastic sampler is off by u D, with u = r l/l_T.",
        noisy / end - 1,
        u * (1 - far) / far,
        by="its propagator squared, and the noise that keeps l when it starts from l_T",
        reads=r"\frac{v_{SDE}}l - 1 = u\,D",
    )
    proof.at_least(
        "u is at most 1.", S.One, u, by="l_T - r l = 1 - r",
        terms=[w / (w + end)], reads=r"u = \frac{r\,l}{r\,l + 1 - r} \le 1",
    )  # fmt: skip
    proof.equal(
        "The flow's KL from the data is that of N(0, I) from q_T: variance by variance, mean by mean.",
        (flow / end - 1 - (log(flow) - log(end)) + (sqrt(u) * m) ** 2 / end) / 2,
        (1 / far - 1 - log(1 / far) + (sqrt(r) * m) ** 2 / far) / 2,
        by="gaussian-kl; the flow is a bijection",
        reads=r"KL(\hat p^{ODE}\|q) = KL(\gamma\|q_T)",
    )
    z, y, a = symbols("z y a", positive=True)
    tangent = proof.convex_minimum(
        "The logarithm lies below its tangent at 1.", z - 1 - log(z), z, 1, by="the second derivative 1/z^2",
        reads=r"z - 1 - \log z \ge 0",
    )  # fmt: skip
    # y = 1 + x > 0 and the part 1/(1 + a) in place of u or r.
    part, mixed = 1 / (1 + a), (a + y) / (1 + a)
    first = proof.instance(tangent, {z: y / mixed})
    second = proof.instance(tangent, {z: 1 / mixed})
    concave = proof.at_least(
        "The logarithm is concave: u log(1 + x) <= log(1 + u x).",
        log(mixed),
        part * log(y),
        by="tangents at 1 + u x",
        terms=[part * first.expression, (1 - part).simplify() * second.expression],
        given=(first, second),
        reads=r"u\log(1 + x) \le \log(1 + ux)",
    )
    plain = proof.instance(tangent, {z: y})
    proof.at_least(
        "So the stochastic sampler's KL is at most the flow's (the mean's part is u^2 m^2 against u m^2).",
        share * (y - 1 - log(y)),
        part * (y - 1) - log(mixed),
        by="the concavity, and (1 - u)(x - log(1 + x)) >= 0",
        terms=[(1 - part).simplify() * plain.expression, concave.expression],
        given=(plain, concave),
        reads=r"ux - \log(1 + ux) \le x - \log(1 + x)\;\Longrightarrow\; KL(\hat p^{SDE}\|q) \le KL(\hat p^{ODE}\|q)",
        concludes=True,
    )
    proof.at_least(
        "Twice KL(q_T || N(0, I)) is at most 2 r KL(q || N(0, I)): r in place of u, and the mean's part is equal.",
        part**rate * (y - 1 - log(y) + m**2),
        mixed - 1 - log(mixed) + part * m**2,
        by="the concavity",
        terms=[concave.expression],
        given=(concave,),
        reads=r"KL(q_T\|\gamma) \le e^{-(T-t_0)}KL(q\|\gamma)",
    )
    c, d = symbols("c d", nonnegative=True)
    proof.at_least(
        "In W2: sqrt(1 + u x) lies between 1 and sqrt(1 + x), at the distance c from 1 where that is c + d.",
        (c + d) ** 2,
        c**2,
        by="0 <= u <= 1",
        terms=[d**2, 2 * c * d],
        reads=r"(\sqrt{1+ux} - 1)^2 \le (\sqrt{1+x} - 1)^2",
    )
    proof.result("flow_variance", flow, {end: "variance at the stop", w: "exp(T - t0) - 1"})
    proof.result("noisy_change", u * (1 - far) / far, {end: "variance at the stop", w: "exp(T - t0) - 1"})
    return proof.finish()

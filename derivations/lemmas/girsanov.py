r"""Girsanov's energies through the discretised chain.

One step of size h draws ``N(y + h b, h I)`` under the ideal law and ``N(y + h (b + e), h I)`` under the learned
one. The path divergences are :math:`KL(\hat P\|P^*) = \tfrac12\hat\varepsilon^2` and :math:`KL(P^*\|\hat P) =
\tfrac12\varepsilon_*^2`; ``prop-3.1`` and ``girsanov-forward`` pass to the endpoint.
"""

from sympy import Matrix, Rational, S, Symbol, eye, log, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.tools import expectation, gaussian_integral, log_density, vector

name = "girsanov"
wrong = {"half": Rational(2, 5)}


def derive(*, half: Rational = S.Half) -> Derivation:
    """Derive both path energies exactly for any step size."""
    proof = Proof(
        name,
        "Girsanov energies",
        "the paper, Proposition 3.1; Girsanov's theorem",
        lemma=True,
        cites=("gaussian-integral",),
    )
    proof.assume(
        "the learned energy is finite and the Girsanov density is a martingale (the continuous limit h -> 0)"
    )
    h = Symbol("h", positive=True)
    y, b, e, z = vector("y"), vector("b"), vector("e"), vector("z")
    spread = h * eye(2)
    ideal, learned = y + h * b, y + h * (b + e)
    ratio = log_density(z, learned, spread) - log_density(z, ideal, spread)
    noise = z - ideal
    energy = (e.T * e)[0]

    proof.equal(
        "The log-ratio of one step is e.dB - h |e|^2/2 with dB = z - y - h b (two dimensions, any drift and error).",
        ratio,
        (e.T * noise)[0] - half * h * energy,
        by="difference of two squares",
        reads=r"\log\frac{\hat p(z|y)}{p^*(z|y)} = e\cdot dB - \tfrac h2 |e|^2",
    )
    proof.equal(
        "Its expectation under the learned step, given where the step starts, is h |e|^2/2.",
        expectation(ratio, list(z), learned, spread),
        half * h * energy,
        by="E dB = h e under the learned step",
        reads=r"\hat E\Big[\log\frac{\hat p}{p^*}\,\Big|\,y\Big] = \tfrac h2 |e(y)|^2",
    )
    proof.equal(
        "Under the ideal step the opposite log-ratio has the same expectation.",
        expectation(-ratio, list(z), ideal, spread),
        half * h * energy,
        by="E dB = 0 under the ideal step",
        reads=r"E_*\Big[\log\frac{p^*}{\hat p}\,\Big|\,y\Big] = \tfrac h2 |e(y)|^2",
    )
    step, slope = symbols("e0 k", real=True)
    start, x = symbols("y0 x", real=True)
    inner = half * h * (slope * x) ** 2
    direct = expectation(
        (step * (x - start) - h * step**2 / 2) + inner, [x], Matrix([start + h * step]), Matrix([[h]])
    )
    mean_square = (start + h * step) ** 2 + h
    proof.equal(
        "Steps add up (chain rule): average the second step's h |e(x)|^2/2 over where the first one ends; shown "
        "for an error e0"
        " and then an error k x that depends on the state.",
        direct,
        half * h * (step**2 + slope**2 * mean_square),
        by="tower property",
        reads=r"\hat E[Z] = \tfrac h2\big(\hat E e_0^2 + \hat E e_1(x)^2\big)",
    )
    proof.equal(
        "The density ratio has mean 1 under the ideal law, so it is a martingale along the chain.",
        log(gaussian_integral(((x - start) * step - h * step**2 * half - (x - start) ** 2 / (2 * h)).expand(), x)),
        log(gaussian_integral(-(x**2) / (2 * h), x)),
        by="the Gaussian integral",
        reads=r"E_* e^{e_0 dB - h e_0^2/2} = 1",
    )
    proof.result(
        "step_kl",
        half * h * energy,
        {h: "step size", e[0]: "first entry of the error", e[1]: "second entry of the error"},
    )
    return proof.finish()

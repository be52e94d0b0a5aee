r"""Girsanov's energies through Euler paths of any number of steps.

The energy is the mean of the sum of :math:`h|e|^2` over the steps, the divergence the mean log-ratio of the densities
of the paths. One step of size h draws ``N(y + h b, h I)`` under the ideal law and ``N(y + h (b + e), h I)`` under
the learned one. The path divergences are :math:`KL(\hat P\|P^*) = \tfrac12\hat\varepsilon^2` and
:math:`KL(P^*\|\hat P) = \tfrac12\varepsilon_*^2`; ``prop-3.1`` and ``girsanov-forward`` pass to the endpoint.
"""

from sympy import Rational, S, Symbol, eye, log, symbols

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.steps import euler_chain
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
    weights, before = symbols("w1:4", positive=True), symbols("l1:4", real=True)
    starts, drifts, errors = ([vector(f"{letter}{i}") for i in range(3)] for letter in "ybe")
    after, energies = S.Zero, S.Zero
    for w, so_far, there, pull, error in zip(weights, before, starts, drifts, errors, strict=True):
        centres = there + h * (pull + error), there + h * pull
        jump = log_density(z, centres[0], spread) - log_density(z, centres[1], spread)
        after += w * (so_far + expectation(jump, list(z), centres[0], spread))
        energies += w * (error.T * error)[0]
    proof.equal(
        "One step more, from paths that are anywhere: their log-ratio so far is l_i, drift and error are arbitrary "
        "there. The mean log-ratio grows by half of what the energy grows by. By induction the divergence of paths "
        "of any number of steps is half their energy, the mean of the sum of h |e|^2.",
        after,
        sum(w * so_far for w, so_far in zip(weights, before, strict=True)) + half * h * energies,
        by="tower property, and the second step",
        reads=r"\hat E[Z_{n+1}] = \hat E[Z_n] + \tfrac h2 \hat E|e_n|^2,\quad KL(\hat P\|P^*) = \hat E[Z_n]",
    )
    chain, opposite = euler_chain(learned=True), euler_chain(learned=False)
    proof.equal(
        "Two steps in full, with a drift of first and an error of second degree in the state: the mean under the "
        "learned paths of the log-ratio of the paths' densities is half the energy.",
        chain.divergence,
        half * chain.energy,
        by="Gaussian moments, the second step before the first",
        reads=r"KL(\hat P\|P^*) = \tfrac h2\big(e_0^2 + \hat E e_1(x_1)^2\big)",
    )
    proof.equal(
        "The same under the ideal paths, with the opposite log-ratio.",
        opposite.divergence,
        half * opposite.energy,
        by="Gaussian moments, the second step before the first",
        reads=r"KL(P^*\|\hat P) = \tfrac h2\big(e_0^2 + E_* e_1(x_1)^2\big)",
    )
    step = Symbol("e0", real=True)
    start, x = symbols("y0 x", real=True)
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
    total = Symbol("E", nonnegative=True)
    proof.result(
        "path_kl", half * total, {total: "energy, the mean of h |e|^2 summed over steps"}, where={total: chain.energy}
    )
    return proof.finish()

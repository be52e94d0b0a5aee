r"""The learned energy bounds the divergence of the endpoints.

The path divergence is :math:`KL(\hat P\|P^*) = \tfrac12\hat\varepsilon^2` by ``girsanov``, and the endpoint forgets
the path. ``slack`` shows the same a second way, with what is given away.
"""

from sympy import Rational, S, Symbol

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.steps import IDEAL_PATHS, LEARNED_PATHS, data_processing, euler_chain, half_of_energy

name = "prop-3.1"
wrong = {"half": Rational(2, 5)}
scope = "log-sum for two endpoints with two paths each, any weights; Euler paths of two steps, more by lemma girsanov"
taken = "that energy and divergence of Euler paths tend to those of the process as the step tends to 0"


def derive(*, half: Rational = S.Half) -> Derivation:
    """Derive the bound from the path divergence."""
    proof = Proof(name, "The learned energy bounds the drift", "the paper, Proposition 3.1", cites=("girsanov",))
    loss = data_processing(
        proof,
        "The endpoint forgets the path (log-sum inequality): KL(p^ || q) is the path divergence less a loss.",
        LEARNED_PATHS,
        IDEAL_PATHS,
        reads=r"KL(\hat P\|P^*) - KL(\hat p\|q) \ge 0",
    )
    chain = euler_chain(learned=True)
    half_of_energy(
        proof,
        "The path divergence, the mean of the log-ratio of the densities of Euler paths, is half the energy, the "
        "mean of h |e|^2 over the steps; so KL(p^ || q) is at most half the learned energy.",
        chain,
        loss,
        half=half,
        reads=r"KL(\hat p\|q) \le KL(\hat P\|P^*) = \tfrac12\hat E\sum_i h |e_i|^2 \to \tfrac12\hat\varepsilon^2",
    )
    energy = Symbol("learned_energy", nonnegative=True)
    proof.result("upper_bound", half * energy, {energy: "learned-path energy"}, where={energy: chain.energy})
    return proof.finish()

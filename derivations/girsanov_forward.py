r"""The ideal energy bounds the divergence of the endpoints the other way round.

The laws of ``prop-3.1`` are exchanged: :math:`KL(P^*\|\hat P) = \tfrac12\varepsilon_*^2` by ``girsanov``.
"""

from sympy import Rational, S, Symbol

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.steps import IDEAL_PATHS, LEARNED_PATHS, data_processing, euler_chain, half_of_energy

name = "girsanov-forward"
wrong = {"half": Rational(2, 5)}
scope = "log-sum for two endpoints with two paths each, any weights; Euler paths of two steps, more by lemma girsanov"
taken = "that energy and divergence of Euler paths tend to those of the process as the step tends to 0"


def derive(*, half: Rational = S.Half) -> Derivation:
    """Derive the bound from the path divergence."""
    proof = Proof(name, "The ideal energy bounds the reverse drift", "Girsanov's theorem", cites=("girsanov",))
    loss = data_processing(
        proof,
        "The endpoint forgets the path (log-sum inequality): KL(q || p^) is the path divergence less a loss.",
        IDEAL_PATHS,
        LEARNED_PATHS,
        reads=r"KL(P^*\|\hat P) - KL(q\|\hat p) \ge 0",
    )
    chain = euler_chain(learned=False)
    half_of_energy(
        proof,
        "The path divergence, the mean of the log-ratio of the densities of Euler paths, is half the energy, the "
        "mean of h |e|^2 over the steps; so KL(q || p^) is at most half the ideal energy.",
        chain,
        loss,
        half=half,
        reads=r"KL(q\|\hat p) \le KL(P^*\|\hat P) = \tfrac12 E_*\sum_i h |e_i|^2 \to \tfrac12\varepsilon_*^2",
    )
    energy = Symbol("ideal_energy", nonnegative=True)
    proof.result("upper_bound", half * energy, {energy: "ideal-path energy"}, where={energy: chain.energy})
    return proof.finish()

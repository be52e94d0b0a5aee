r"""The ideal energy bounds the divergence of the endpoints the other way round.

The laws of ``prop-3.1`` are exchanged: :math:`KL(P^*\|\hat P) = \tfrac12\varepsilon_*^2` by ``girsanov``.
"""

from sympy import Rational, S, Symbol

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.steps import IDEAL_PATHS, LEARNED_PATHS, data_processing

name = "girsanov-forward"
wrong = {"half": Rational(2, 5)}
scope = "two endpoints with two paths each, any weights"
taken = "Girsanov's theorem between one step (lemma girsanov) and paths"


def derive(*, half: Rational = S.Half) -> Derivation:
    """Derive the bound from the path divergence."""
    proof = Proof(name, "The ideal energy bounds the reverse drift", "Girsanov's theorem", cites=("girsanov",))
    paths = data_processing(
        proof,
        "The endpoint forgets the path (log-sum inequality): KL(q || p^) is at most the path divergence, half the "
        "ideal energy.",
        IDEAL_PATHS,
        LEARNED_PATHS,
        half=half,
        reads=r"KL(q\|\hat p) \le KL(P^*\|\hat P) = \tfrac12\varepsilon_*^2",
    )
    energy = Symbol("ideal_energy", nonnegative=True)
    proof.result("upper_bound", half * energy, {energy: "ideal-path energy"}, where={energy: paths})
    return proof.finish()

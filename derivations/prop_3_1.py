r"""The learned energy bounds the divergence of the endpoints.

The path divergence is :math:`KL(\hat P\|P^*) = \tfrac12\hat\varepsilon^2` by ``girsanov``, and the endpoint forgets
the path. ``slack`` shows the same a second way, with what is given away.
"""

from sympy import Rational, S, Symbol

from derivations.frame.proof import Proof
from derivations.frame.record import Derivation
from derivations.frame.steps import IDEAL_PATHS, LEARNED_PATHS, data_processing

name = "prop-3.1"
wrong = {"half": Rational(2, 5)}
scope = "two endpoints with two paths each, any weights"
taken = "Girsanov's theorem between one step (lemma girsanov) and paths"


def derive(*, half: Rational = S.Half) -> Derivation:
    """Derive the bound from the path divergence."""
    proof = Proof(name, "The learned energy bounds the drift", "the paper, Proposition 3.1", cites=("girsanov",))
    paths = data_processing(
        proof,
        "The endpoint forgets the path (log-sum inequality): KL(p^ || q) is at most the path divergence, half the "
        "learned energy.",
        LEARNED_PATHS,
        IDEAL_PATHS,
        half=half,
        reads=r"KL(\hat p\|q) \le KL(\hat P\|P^*) = \tfrac12\hat\varepsilon^2",
    )
    energy = Symbol("learned_energy", nonnegative=True)
    proof.result("upper_bound", half * energy, {energy: "learned-path energy"}, where={energy: paths})
    return proof.finish()

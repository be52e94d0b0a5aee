"""The flow: what bounds KL where the energy alone does not."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import FINITE_ENERGY, Comparison, at_most, theorem
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.process.statistics import Statistics


@theorem(
    "flow-kl",
    kind="upper",
    source="own",
    chapter="probability flows",
    assumes=(FINITE_ENERGY,),
    controls={"factor": 0.45},
    latex=r"\mathrm{KL}(\hat p\,\|\,q)\le\tfrac12\int"
    r"\sqrt{\mathbb E_{\hat p_s}|e|^2\;\mathbb E_{\hat p_s}|\nabla\log(\hat p_s/q_s)|^2}\,ds",
)
def flow_kl(s: Statistics, factor: float = 1 / 2) -> Iterator[Comparison]:
    """A flow's drift is bounded by energy and relative Fisher information.

    KL of the endpoints grows at half the mean product of the error with the score of the drift, of which
    Cauchy-Schwarz makes the root of energy times relative Fisher information. A constant error on one Gaussian is a
    case of equality. With noise of stochasticity lambda the factor is (1 + lambda^2)/2.
    """
    gain = Enclosure.exact(factor * (1.0 + s.stochasticity**2))
    yield at_most("KL(p^ || q) <= int sqrt(E|e|^2 I)/2", s.kl, s.initial_kl + s.flow_integral * gain)

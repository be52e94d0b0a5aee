"""Score matching alone does not control the flow: a statement that is kept because it is refuted."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import FINITE_ENERGY, MATCHED, Comparison, at_most, theorem
from gausscollapse.core.verdict import Outcome
from gausscollapse.process.statistics import Statistics
from gausscollapse.theorems.instances.flows import IS_FLOW


@theorem(
    "flow-no-energy-bound",
    kind="upper",
    source="own (refuted)",
    chapter="probability flows",
    assumes=(IS_FLOW, MATCHED, FINITE_ENERGY),
    controls={"factor": 8.0},
    latex=r"\mathrm{KL}(\hat p\,\|\,q)\le\tfrac12\hat\varepsilon^2\quad\text{for the flow}",
    expected=Outcome.VIOLATED,
)
def flow_no_energy_bound(s: Statistics, factor: float = 1 / 2) -> Iterator[Comparison]:
    """The energy alone does not bound the drift of a flow.

    What proposition 3.1 says of the stochastic sampler is false of the flow, with any constant: on N(0, 1) a constant
    error of energy E over the time T has KL = E T/8, which is 32 for T = 256 and E = 1. With noise the same error
    costs 0.0078.
    """
    yield at_most("KL(p^ || q) <= eps^^2/2", s.kl, factor * s.learned_energy)

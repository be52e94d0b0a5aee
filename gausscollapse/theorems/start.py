"""A start in N(0, I): noise forgets it faster than the flow."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import Comparison, at_most, equal, theorem
from gausscollapse.checking.sides import around, value
from gausscollapse.theorems.instances.wrong_starts import EXACT_SCORE, StartStatistics


@theorem(
    "start",
    kind="upper",
    source="own; W2 of centred laws: arXiv 2405.14250",
    chapter="wrong starts",
    assumes=(EXACT_SCORE,),
    controls={"rate": 2.0, "share": 0.9},
    latex=r"\mathrm{KL}(\hat p^{\mathrm{SDE}}\,\|\,q)\le\mathrm{KL}(\hat p^{\mathrm{ODE}}\,\|\,q)"
    r"=\mathrm{KL}(\gamma\,\|\,q_T),\quad"
    r"\mathrm{KL}(q_T\,\|\,\gamma)\le e^{-(T-t_0)}\,\mathrm{KL}(q\,\|\,\gamma)",
)
def start(s: StartStatistics, rate: float = 1.0, share: float = 1.0) -> Iterator[Comparison]:
    """Noise forgets a wrong start, the flow keeps it.

    With the exact score and a start in N(0, I) the flow ends exactly as far from the data in KL as it began. The
    stochastic sampler ends nearer, in KL and in the 2-Wasserstein distance, for any Gaussian data. How far q_T is
    from N(0, I) decays like exp(-(T - t0)), with equality where the covariance is the identity.
    """
    flow, noisy = s.flow, s.noisy
    decay = np.exp(-rate * s.span)
    kept = around(decay, 4e-16 * (1.0 + rate * s.span) * decay, "decay", "closed-form")
    yield at_most(
        "KL(q_T || N(0, I)) <= exp(-(T - t0)) KL(q || N(0, I))", s.distance("horizon"), s.distance("stop") * kept
    )
    yield at_most("KL of the SDE <= KL of the ODE", noisy.kl, share * flow.kl)
    yield at_most("W2 of the SDE <= W2 of the ODE", noisy.wasserstein2, share * flow.wasserstein2)
    yield equal("KL of the ODE = KL of the start", flow.kl, share * flow.initial_kl, scale=value(flow.kl) + 1e-12)

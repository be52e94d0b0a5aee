"""Proposition 3.1 of the paper: the learned energy bounds the drift of one generation."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import FINITE_ENERGY, REVERSE_EQUATION, Comparison, at_most, theorem
from gausscollapse.process.statistics import Statistics


@theorem(
    "prop-3.1",
    kind="upper",
    source="arXiv 2602.16601, proposition 3.1",
    assumes=(REVERSE_EQUATION, FINITE_ENERGY),
    controls={"factor": 0.25},
    latex=r"\mathrm{KL}(\hat p\,\|\,q)\le\mathrm{KL}(\hat P\,\|\,P^*)=\tfrac12\hat\varepsilon^2",
    boxes=("constant offset", "amplified score", "stationary affine"),
)
def prop_3_1(s: Statistics, factor: float = 1 / 2) -> Iterator[Comparison]:
    """Learned energy bounds the drift.

    The KL divergence of the learned endpoint from the ideal one is at most half the learned-path energy of the score
    error (plus the KL of the starting laws where they differ).
    """
    yield at_most("KL(p^ || q) <= eps^^2/2", s.kl, s.initial_kl + factor * s.learned_energy)

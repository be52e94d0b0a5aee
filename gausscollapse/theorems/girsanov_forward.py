"""Girsanov's theorem with the laws exchanged: the ideal energy bounds the reverse drift."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import MATCHED, REVERSE_EQUATION, Comparison, at_most, theorem
from gausscollapse.process.statistics import Statistics


@theorem(
    "girsanov-forward",
    kind="upper",
    source="standard (Girsanov)",
    assumes=(REVERSE_EQUATION, MATCHED),
    controls={"factor": 0.25},
    latex=r"\mathrm{KL}(q\,\|\,\hat p)\le\mathrm{KL}(P^*\,\|\,\hat P)=\tfrac12\varepsilon_*^2",
    boxes=("constant offset", "amplified score", "stationary affine"),
)
def girsanov_forward(s: Statistics, factor: float = 1 / 2) -> Iterator[Comparison]:
    """Ideal energy bounds the reverse drift.

    The KL divergence of the ideal endpoint from the learned one is at most half the ideal-path energy.
    """
    yield at_most("KL(q || p^) <= eps*^2/2", s.reverse_kl, factor * s.ideal_energy)

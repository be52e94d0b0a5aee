"""Gradient-only errors: the solenoidal part of an error costs nothing at the endpoint."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import FINITE_ENERGY, MATCHED, REVERSE_EQUATION, Comparison, at_most, equal, theorem
from gausscollapse.process.statistics import Statistics


@theorem(
    "gradient-kl",
    kind="upper",
    source="arXiv 2606.06179",
    assumes=(REVERSE_EQUATION, MATCHED, FINITE_ENERGY),
    controls={"factor": 0.25, "swirl": 0.0},
    latex=r"\mathrm{KL}(\hat p\,\|\,q)\le\tfrac12\,\mathbb E_{\hat P}\int|\Pi e|^2\,ds",
)
def gradient_kl(s: Statistics, factor: float = 1 / 2, swirl: float = 1.0) -> Iterator[Comparison]:
    """Only the gradient part drifts.

    KL of the endpoints is at most half the learned-path energy of the error's gradient part, whether split in L^2 of
    the learned or of the ideal marginals; the learned split is orthogonal.
    """
    learned, ideal = s.gradient_energy("learned"), s.gradient_energy("ideal")
    yield at_most("KL <= half the gradient energy (learned weight)", s.kl, factor * learned)
    yield at_most("KL <= half the gradient energy (ideal weight)", s.kl, factor * ideal)
    yield equal("gradient + solenoidal energy = eps^^2", learned + swirl * s.swirl_energy, s.learned_energy)

"""Three halves of the energy: the upper bound of theorem 3.4 with a constant of 3/2 where the paper has 4."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import FINITE_PATH, MATCHED, REVERSE_EQUATION, Comparison, at_most, theorem
from gausscollapse.process.statistics import Statistics


@theorem(
    "three-halves",
    kind="upper",
    source="own (sharpens arXiv 2602.16601, theorem 3.4)",
    assumes=(REVERSE_EQUATION, MATCHED, FINITE_PATH),
    controls={"factor": 1.0},
    latex=r"\chi^2(\hat p\,\|\,q)\le\chi^2(\hat P\,\|\,P^*)\le\tfrac32\varepsilon_*^2+(K+2C')\varepsilon_*^4",
    boxes=("constant offset",),
)
def three_halves(s: Statistics, factor: float = 3 / 2) -> Iterator[Comparison]:
    """Three halves of the energy bound the drift.

    Chi-squared of the paths, and with it that of the endpoints, is at most three halves of the energy plus the
    remainder of the paper.
    """
    bound = factor * s.ideal_energy + s.variation_square + 2.0 * s.taylor_square
    yield at_most("chi2(p^ || q) <= 3/2 eps*^2 + (K + 2 C') eps*^4", s.chi2, bound)
    yield at_most("chi2(P^ || P*) <= 3/2 eps*^2 + (K + 2 C') eps*^4", s.path_chi2, bound)

"""Theorem 3.4 of the paper: energy and drift are of one order."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import FINITE_PATH, MATCHED, REVERSE_EQUATION, Comparison, at_least, at_most, theorem
from gausscollapse.process.statistics import Statistics
from gausscollapse.theorems.prop_3_3 import is_perturbative


@theorem(
    "thm-3.4",
    kind="two-sided",
    source="arXiv 2602.16601, theorem 3.4",
    assumes=(REVERSE_EQUATION, MATCHED, FINITE_PATH),
    controls={"upper": 0.5, "perturbative": 1.25},
    latex=r"\tfrac18\eta\varepsilon_*^2\le\chi^2(\hat p\,\|\,q)\le 4\varepsilon_*^2+(K+2C')\varepsilon_*^4",
    boxes=("constant offset",),
)
def thm_3_4(s: Statistics, upper: float = 4.0, perturbative: float = 1 / 8) -> Iterator[Comparison]:
    """Energy and drift are of one order.

    Chi-squared of the endpoints is at most four times the energy plus a remainder, and at least an eighth of the
    observable energy once the energy is small.
    """
    bound = upper * s.ideal_energy + s.variation_square + 2.0 * s.taylor_square
    yield at_most("chi2 <= 4 eps*^2 + (K + 2 C') eps*^4", s.chi2, bound)
    yield at_least("chi2 >= eta eps*^2/8", s.chi2, perturbative * s.observed_energy, where=is_perturbative(s))

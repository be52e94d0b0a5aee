"""Half of the observable energy: proposition 3.3 and theorem 3.4 with sharper constants, any data."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import FINITE_PATH, MATCHED, REVERSE_EQUATION, Comparison, at_least, at_most, theorem
from gausscollapse.process.statistics import Statistics
from gausscollapse.theorems.prop_3_3 import remainder


@theorem(
    "half",
    kind="two-sided",
    source="own (sharpens arXiv 2602.16601, proposition 3.3 and theorem 3.4)",
    assumes=(REVERSE_EQUATION, MATCHED, FINITE_PATH),
    controls={"leading": 1.25, "upper": 0.5, "least": 1.25, "most": 0.5},
    latex=r"(1-s)\eta\varepsilon_*^2-\tfrac{1-s}{s}C\varepsilon_*^4\le\chi^2(\hat p\,\|\,q)"
    r"\le(1+s)\eta\varepsilon_*^2+(1+\tfrac{1}{s})C\varepsilon_*^4\ (0<s<1),\quad C=K/8+C';\qquad"
    r"0.41789\le\frac{\chi^2}{\eta\varepsilon_*^2}\le1.83211\ \text{if}\ \varepsilon_*^2\le\eta/(8C)",
    boxes=("constant offset",),
)
def half(
    s: Statistics, leading: float = 1 / 2, upper: float = 2.0, least: float = 0.41789, most: float = 1.83211
) -> Iterator[Comparison]:
    """Half of the observable energy is drift.

    Chi-squared of the endpoints is at least half the observable energy less C eps*^4, and at most twice both. All
    shares s of that kind at once: the roots of chi-squared and of the observable energy differ by at most sqrt(C)
    eps*^2. Where the paper's remainder is small, chi-squared is between 0.418 and 1.833 observable energies.
    """
    rest = remainder(s)
    yield at_least("chi2 >= eta eps*^2/2 - C eps*^4", s.chi2, leading * s.observed_energy - rest)
    yield at_most("chi2 <= 2 eta eps*^2 + 2 C eps*^4", s.chi2, upper * s.observed_energy + 2.0 * rest)
    yield at_most(
        "|sqrt chi2 - sqrt(eta eps*^2)| <= sqrt(C) eps*^2", abs(s.chi2.sqrt() - s.observed_energy.sqrt()), rest.sqrt()
    )
    small = np.asarray((8.0 * rest).certainly_at_most(s.observed_energy))
    yield at_least("chi2 >= 0.41789 eta eps*^2", s.chi2, least * s.observed_energy, where=small)
    yield at_most("chi2 <= 1.83211 eta eps*^2", s.chi2, most * s.observed_energy, where=small)

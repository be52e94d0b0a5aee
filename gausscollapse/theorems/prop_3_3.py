"""Proposition 3.3 of the paper: observable energy forces drift."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import FINITE_PATH, MATCHED, REVERSE_EQUATION, Comparison, Flags, at_least, theorem
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.process.statistics import Statistics


def remainder(s: Statistics) -> Enclosure:
    """Return ``C eps*^4 = E[M]^2/8 + E(e^Z - 1 - Z)^2``, shape (B,)."""
    return 0.125 * s.variation_square + s.taylor_square


def is_perturbative(s: Statistics) -> Flags:
    """Return where ``eps*^2 <= min(1, eta/(8 C))`` for certain: ``8 C eps*^4 <= eta eps*^2``; shape (B,)."""
    small = np.asarray(s.ideal_energy.upper) <= 1.0
    return np.asarray(small & np.asarray((8.0 * remainder(s)).certainly_at_most(s.observed_energy)))


@theorem(
    "prop-3.3",
    kind="lower",
    source="arXiv 2602.16601, proposition 3.3",
    assumes=(REVERSE_EQUATION, MATCHED, FINITE_PATH),
    controls={"leading": 1.25, "perturbative": 1.25},
    latex=r"\chi^2(\hat p\,\|\,q)\ge\tfrac14\eta\varepsilon_*^2-C\varepsilon_*^4,\quad C=K/8+C';\qquad"
    r"\ge\tfrac18\eta\varepsilon_*^2\ \text{if}\ \varepsilon_*^2\le\min(1,\eta/(8C))",
    boxes=("constant offset",),
)
def prop_3_3(s: Statistics, leading: float = 1 / 4, perturbative: float = 1 / 8) -> Iterator[Comparison]:
    """Observable energy forces drift.

    Chi-squared of the endpoints is at least a quarter of the observable energy less a remainder of second order in
    the energy, and at least an eighth of it once the energy is small.
    """
    yield at_least("chi2 >= eta eps*^2/4 - C eps*^4", s.chi2, leading * s.observed_energy - remainder(s))
    yield at_least("chi2 >= eta eps*^2/8", s.chi2, perturbative * s.observed_energy, where=is_perturbative(s))

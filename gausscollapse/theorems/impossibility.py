"""Invisible errors: no function of the energy alone bounds the drift from below."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import MATCHED, PLANE, REVERSE_EQUATION, Comparison, equal, theorem
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.process.statistics import Statistics


@theorem(
    "impossibility",
    kind="identity",
    source="arXiv 2606.06179",
    assumes=(REVERSE_EQUATION, MATCHED, PLANE),
    controls={"leak": 0.01},
    latex=r"\forall E\ \exists e:\ \varepsilon_*^2=E,\ \hat p=q",
)
def impossibility(s: Statistics, energy: float = 100.0, leak: float = 0.0) -> Iterator[Comparison]:
    """Energy alone forces nothing.

    On every Gaussian of dimension two or more there are errors of any ideal energy whose endpoint is exactly the
    ideal one: no increasing function of the energy bounds a divergence from below.
    """
    blind = s.invisible(energy=energy, leak=leak)
    wished, nothing = np.full(s.size, energy), Enclosure.exact(np.zeros(s.size))
    yield equal("eps*^2 is as large as wished", blind.ideal_energy, Enclosure.exact(wished))
    yield equal("chi2(p^ || q) = 0", blind.chi2, nothing, scale=wished)
    yield equal("KL(p^ || q) = 0", blind.kl, nothing, scale=wished)
    yield equal("eta eps*^2 = 0", blind.observed_energy, nothing, scale=wished)

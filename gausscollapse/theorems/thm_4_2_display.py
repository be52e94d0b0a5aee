"""A display attributed to theorem 4.2 of the paper's version 2: kept because it is refuted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import Comparison, at_most, theorem
from gausscollapse.checking.sides import around
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.verdict import Outcome
from gausscollapse.retraining.statistics import RetrainingStatistics
from gausscollapse.theorems.instances.trajectory_assumptions import FINITE_DRIFT, LAST_MODEL, OFFSETS, SOME_GENERATION


@theorem(
    "thm-4.2-display",
    kind="upper",
    source="arXiv 2602.16601 v2, theorem 4.2, as transcribed by a public reproduction",
    chapter="summable errors",
    assumes=(LAST_MODEL, SOME_GENERATION, FINITE_DRIFT, OFFSETS),
    controls={"constant": 1e6},
    latex=r"D_{N+1}+C_{\mathrm{bias}}\asymp\sum_i(1-\alpha)^{2(N-i)}\varepsilon_i^2+(1-\alpha)^{2(N+1)}D_0",
    expected=Outcome.VIOLATED,
)
def thm_4_2_display(s: RetrainingStatistics, bias: float = 1e-3, constant: float = 1e3) -> Iterator[Comparison]:
    """A display that is false as transcribed.

    A public reproduction of version 2 of the paper shows D_{N+1} + C_bias, C_bias > 0 a constant, as equivalent up
    to constants to the discounted sum of the energies, under summable energies. The right side tends to 0 and the
    left does not: refuted, for C_bias = 0.001 and C = 1000, by offsets of geometric size. The transcription is that
    reproduction's; what holds is filter, coherent, incoherent and discounted.
    """
    energies, _ = s.offset_energy
    # The width is a tolerance, not a bound: the data's condition would enter.
    drive = around(energies, 1e-9 * energies, "offset energies", "numeric")
    sums, last = s.recursive(drive, (1.0 - s.fresh) ** 2, s.drift[:, 0]), s.generations
    left = s.drift[:, last] + Enclosure.exact(np.full(s.size, bias))
    yield at_most("D_{N+1} + C_bias <= C * discounted sum", left, constant * sums[:, last])

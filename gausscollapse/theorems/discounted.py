"""A discounted bound of the drift that needs no angle between innovations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import Comparison, at_most, theorem
from gausscollapse.checking.sides import rounded, widened
from gausscollapse.retraining.statistics import RetrainingStatistics
from gausscollapse.theorems.instances.trajectory_assumptions import FINITE, LAST_MODEL, SOME_GENERATION

DISCOUNTS = (0.1, 1.0, 10.0)


@theorem(
    "discounted",
    kind="upper",
    source="own",
    chapter="retraining",
    assumes=(LAST_MODEL, SOME_GENERATION, FINITE),
    controls={"one": 0.5, "supremum": 0.9},
    latex=r"D_N\le(1+\tfrac1\theta)\sum_i g^{N-1-i}J_i+g^ND_0,\quad g=(1+\theta)(1-\alpha)^2;\qquad"
    r"J_i\le\sup(q_i/p)\,I_i",
)
def discounted(s: RetrainingStatistics, one: float = 1.0, supremum: float = 1.0) -> Iterator[Comparison]:
    """A discounted bound without angles.

    For every theta > 0 the drift is at most 1 + 1/theta times the sum of the energies discounted by
    (1 + theta)(1 - a)^2; and an innovation energy is at most sup(q/p) times the intra-generation divergence.
    """
    for theta in DISCOUNTS:
        growth = (1.0 + theta) * (1.0 - s.fresh) ** 2
        sums = s.recursive(rounded(one + 1.0 / theta) * s.energy, growth, s.drift[:, 0])
        bound = widened(sums, s.generations)
        for n in range(1, s.generations + 1):
            yield at_most(f"D_{n} <= bound, theta = {theta:g}", s.drift[:, n], bound[:, n])
    numbers, intra, known = s.intra
    # The first training law may be the data itself: then sup = 1 and J_0 = I_0.
    there = known & np.isfinite(s.ratio_supremum.upper) & ~(s.from_data & (numbers == 0))
    ratio = supremum * s.ratio_supremum
    yield at_most("J_i <= sup(q_i/p) I_i", s.energy[np.arange(s.size), numbers], ratio * intra, where=there)

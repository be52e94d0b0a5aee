"""An error that shows within a generation is an innovation of the recursion."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import Comparison, at_least, theorem
from gausscollapse.checking.sides import rounded
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.retraining.statistics import RetrainingStatistics
from gausscollapse.theorems.instances.trajectory_assumptions import FINITE, LAST_MODEL, SOME_GENERATION


@theorem(
    "innovation",
    kind="lower",
    source="arXiv 2602.16601",
    chapter="retraining",
    assumes=(LAST_MODEL, SOME_GENERATION, FINITE),
    controls={"factor": 1.5, "half": 2.0},
    latex=r"J_i\ge\alpha I_i,\qquad D_{i+1}+(1-\alpha)^2D_i\ge\tfrac12\alpha I_i",
)
def innovation(s: RetrainingStatistics, factor: float = 1.0, half: float = 1 / 2) -> Iterator[Comparison]:
    """An error that shows is an innovation.

    The innovation energy is at least a times the intra-generation divergence, so two successive drifts carry half of
    that.
    """
    numbers, intra, known = s.intra
    rows = np.arange(s.size)
    fresh = s.fresh[rows, numbers]
    visible = Enclosure.exact(fresh) * intra
    both = s.drift[rows, numbers + 1] + rounded((1.0 - fresh) ** 2) * s.drift[rows, numbers]
    yield at_least("J_i >= a I_i", s.energy[rows, numbers], factor * visible, where=known)
    yield at_least("D_{i+1} + (1-a)^2 D_i >= a I_i/2", both, half * visible, where=known)
    last = s.generations - 1
    moved = Enclosure.exact(s.fresh[:, last]) * s.visible_shift[:, last]
    yield at_least("J_i >= a |mean move|^2", s.energy[:, last], factor * moved)

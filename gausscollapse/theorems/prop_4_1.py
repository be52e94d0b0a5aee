"""Proposition 4.1 of the paper: errors that do not vanish force drift that does not vanish."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import Comparison, at_least, theorem
from gausscollapse.checking.sides import largest, rounded, smallest, total
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.retraining.statistics import RetrainingStatistics
from gausscollapse.theorems.instances.trajectory_assumptions import FINITE, FROM_DATA, LAST_MODEL, STEADY_FRESH


@theorem(
    "prop-4.1",
    kind="lower",
    source="arXiv 2602.16601, proposition 4.1",
    chapter="long runs",
    assumes=(LAST_MODEL, FINITE, FROM_DATA, STEADY_FRESH),
    controls={"factor": 8.0},
    latex=r"(1+(1-\alpha)^2)\sum D_i\ge\tfrac\alpha2\sum I_i,\qquad"
    r"\limsup D_i\ge\frac{\alpha\,\underline\eta\,\underline e}{16(1+(1-\alpha)^2)}",
)
def prop_4_1(s: RetrainingStatistics, factor: float = 1.0) -> Iterator[Comparison]:
    """Errors that do not vanish force drift that does not vanish.

    The sum of the drifts is at least a constant times the sum of the intra-generation divergences, and late drift at
    least a constant times the smallest of them. The paper's statement puts eta eps^2/8 for I_i, which prop-3.3
    allows in the perturbative regime; here I_i is represented by the squared move of the mean under the training law.
    """
    fresh, count = s.constant_fresh, s.generations
    both = rounded(1.0 + (1.0 - fresh) ** 2)
    forced = [0.5 * factor * Enclosure.exact(fresh) * s.visible_shift[:, n] for n in range(count)]
    drifts, half = [s.drift[:, n] for n in range(count + 1)], count // 2
    yield at_least("(1 + (1-a)^2) sum D_i >= a/2 sum I_i", both * total(drifts), total(forced))
    yield at_least(
        "(1 + (1-a)^2) max D_i >= a/2 min I_i late", both * largest(drifts[half:]), smallest(forced[half:])
    )

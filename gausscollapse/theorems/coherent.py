"""Aligned errors are the worst: the triangle inequality over generations."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import Comparison, at_most, theorem
from gausscollapse.checking.sides import rounded
from gausscollapse.retraining.statistics import RetrainingStatistics
from gausscollapse.theorems.instances.trajectory_assumptions import FINITE, LAST_MODEL, MORE_THAN_ONE


@theorem(
    "coherent",
    kind="upper",
    source="own",
    chapter="retraining",
    assumes=(LAST_MODEL, MORE_THAN_ONE, FINITE),
    controls={"factor": 0.99},
    latex=r"\sqrt{D_N}\le\sum_i(1-\alpha)^{N-1-i}\sqrt{J_i}+(1-\alpha)^N\sqrt{D_0}",
)
def coherent(s: RetrainingStatistics, factor: float = 1.0) -> Iterator[Comparison]:
    """Aligned errors are the worst.

    The root of the drift is at most the discounted sum of the roots of the innovation energies; aligned innovations
    attain it.
    """
    sizes = s.recursive(s.energy.sqrt(), 1.0 - s.fresh, s.drift[:, 0].sqrt())
    for n in range(1, s.generations + 1):
        # From the data the first step is the equality D_1 = J_0, which enclosures cannot decide.
        where = ~s.from_data if n == 1 else None
        bound = rounded(factor) * sizes[:, n]
        yield at_most(f"sqrt D_{n} <= sum of sqrt J", s.drift[:, n].sqrt(), bound, where=where)

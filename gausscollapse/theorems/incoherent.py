"""Orthogonal errors: the drift is the discounted sum of their energies."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import Comparison, equal, theorem
from gausscollapse.checking.sides import widened
from gausscollapse.retraining.statistics import RetrainingStatistics
from gausscollapse.theorems.instances.trajectory_assumptions import FINITE, LAST_MODEL, ORTHOGONALITY, SOME_GENERATION


@theorem(
    "incoherent",
    kind="identity",
    source="own",
    chapter="orthogonal innovations",
    assumes=(LAST_MODEL, SOME_GENERATION, FINITE, ORTHOGONALITY),
    controls={"power": 1.0},
    latex=r"D_N=\sum_i(1-\alpha)^{2(N-1-i)}J_i+(1-\alpha)^{2N}D_0",
)
def incoherent(s: RetrainingStatistics, power: float = 2.0) -> Iterator[Comparison]:
    """Orthogonal errors give the discounted sum.

    If the innovations are orthogonal in L^2(p), the drift is exactly the sum of their energies discounted by
    (1 - a)^2 a generation.
    """
    sums = s.recursive(s.energy, (1.0 - s.fresh) ** power, s.drift[:, 0])
    for n in range(1, s.generations + 1):
        yield equal(f"D_{n} = discounted sum", s.drift[:, n], widened(sums[:, n], n))

"""Fresh data discounts the drift, exactly."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import Comparison, equal, theorem
from gausscollapse.checking.sides import rounded, size
from gausscollapse.retraining.statistics import RetrainingStatistics
from gausscollapse.theorems.instances.trajectory_assumptions import FINITE, LAST_MODEL, SOME_GENERATION


@theorem(
    "refresh",
    kind="identity",
    source="arXiv 2602.16601",
    chapter="retraining",
    assumes=(LAST_MODEL, SOME_GENERATION, FINITE),
    controls={"power": 1.9},
    latex=r"\chi^2(q_i\,\|\,p)=(1-\alpha)^2D_i",
)
def refresh(s: RetrainingStatistics, power: float = 2.0) -> Iterator[Comparison]:
    """Fresh data discounts the drift.

    Mixing in a fraction a of fresh data multiplies chi-squared against the data by (1 - a)^2 exactly.
    """
    for i in range(s.generations):
        drift, kept = s.drift[:, i], rounded((1.0 - s.fresh[:, i]) ** power)
        yield equal(f"chi2(q_{i} || p) = (1-a)^2 D_{i}", s.refreshed[:, i], kept * drift, scale=size(drift))

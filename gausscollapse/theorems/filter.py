"""Retraining is an autoregressive filter of its innovations: the drift is a double sum over them."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import Comparison, equal, theorem
from gausscollapse.checking.sides import size
from gausscollapse.retraining.statistics import RetrainingStatistics
from gausscollapse.theorems.instances.trajectory_assumptions import FINITE, LAST_MODEL, SOME_GENERATION


@theorem(
    "filter",
    kind="identity",
    source="own",
    chapter="retraining",
    assumes=(LAST_MODEL, SOME_GENERATION, FINITE),
    controls={"cross": (0.0, 1.01)},
    latex=r"D_N=\sum_{i,j}(1-\alpha)^{2N-2-i-j}\langle\xi_i,\xi_j\rangle+\dots",
)
def filter_identity(s: RetrainingStatistics, cross: float = 1.0) -> Iterator[Comparison]:
    """Retraining is an autoregressive filter.

    The drift is the double sum of the inner products of the innovations, discounted by (1 - a) a generation:
    r_{i+1} = (1 - a) r_i + xi_i.
    """
    sums = s.filtered(cross=cross)
    for n in range(1, s.generations + 1):
        yield equal(f"D_{n} = double sum", s.drift[:, n], sums[:, n], scale=size(s.drift[:, n]))

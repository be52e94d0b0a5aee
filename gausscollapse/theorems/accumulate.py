"""Training on everything so far: a harmonic filter, whose drift diverges where errors are aligned."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import Comparison, at_least, at_most, equal, theorem
from gausscollapse.checking.sides import largest, rounded, size, total
from gausscollapse.retraining.statistics import RetrainingStatistics
from gausscollapse.theorems.instances.trajectory_assumptions import ACCUMULATING, FINITE, TWO_GENERATIONS


@theorem(
    "accumulate",
    kind="two-sided",
    source="own",
    chapter="accumulated data",
    assumes=(ACCUMULATING, TWO_GENERATIONS, FINITE),
    controls={"lag": 1.0, "factor": 0.9, "one": 1.5},
    latex=r"r_N=\xi_{N-1}+\sum_{j\le N-2}\frac{\xi_j}{j+2},\qquad"
    r"\sum_i\frac{D_{i+1}}{i+2}=\sum_i\frac{\|R_i\|^2+J_i(1-\frac{1}{i+2})}{i+2}+\|R_N\|^2",
)
def accumulate(
    s: RetrainingStatistics, lag: float = 2.0, factor: float = 1.0, one: float = 1.0
) -> Iterator[Comparison]:
    """Accumulated data make a harmonic filter.

    An error of generation j counts 1/(j + 2) for ever after. Equal energies J give H_N^2 J where errors are aligned,
    which diverges, and J times the sum of 1/j^2, towards pi^2/6 J, where they are orthogonal; and the drift, weighted
    harmonically, is never much below J: limsup D >= J.
    """
    last, j = s.generations, np.arange(s.generations)
    weights = np.where(j < np.arange(last + 1)[:, None] - 1, 1.0 / (j + lag), 0.0) + np.eye(last + 1, last, -1)
    sums, roots = s.weighted(weights), s.energy.sqrt()
    kept = None
    for n in range(2, last + 1):
        yield equal(f"D_{n} = harmonic double sum", s.drift[:, n], sums[:, n], scale=size(s.drift[:, n]))
        term = rounded(1.0 / n) * roots[:, n - 2]
        kept = term if kept is None else kept + term
        bound = rounded(factor) * (roots[:, n - 1] + kept)
        yield at_most(f"sqrt D_{n} <= harmonic sum of sqrt J", s.drift[:, n].sqrt(), bound)
    parts = [(rounded(1.0 / (i + 2.0)), rounded(one - 1.0 / (i + 2.0))) for i in range(last - 1)]
    mean = total([share * s.drift[:, i + 1] for i, (share, _) in enumerate(parts)])
    forced = total([share * part * s.energy[:, i] for i, (share, part) in enumerate(parts)])
    trained = [share * s.refreshed[:, i] for i, (share, _) in enumerate(parts)]
    identity = total([*trained, forced, s.refreshed[:, last - 1]])
    yield equal("weighted drift = weighted energies and training laws", mean, identity, scale=size(mean))
    whole = total([share for share, _ in parts])
    drifts = largest([s.drift[:, i + 1] for i in range(last - 1)])
    yield at_least("max D >= weighted mean of J (1 - 1/(i + 2))", whole * drifts, forced)

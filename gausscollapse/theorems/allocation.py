"""Where to put fresh data: refreshes of 2 - sqrt 2 for orthogonal errors, full ones for aligned errors."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gausscollapse.checking import Comparison, at_least, equal, theorem
from gausscollapse.checking.sides import rounded
from gausscollapse.theorems.instances.refresh_cycles import CycleStatistics


@theorem(
    "allocation",
    kind="two-sided",
    source="own",
    chapter="refresh cycles",
    controls={"root": 0.5, "third": 0.4, "power": 1.0},
    latex=r"\frac{1}{k}\sum_i D_i=J\frac{1+(k-1)(1-a)^2}{a(2-a)}+J\frac{k-1}{2}\ge(\sqrt{2}-1)\frac{kJ}{a}",
)
def allocation(
    s: CycleStatistics, root: float = math.sqrt(2.0) - 1.0, third: float = 1.0 / 3.0, power: float = 2.0
) -> Iterator[Comparison]:
    """Refresh by 0.586, or in full.

    With a mean fresh fraction A = a/k, a refresh by a in every k-th generation has a closed mean drift. For
    orthogonal innovations it is at least (sqrt 2 - 1) J/A, which refreshes by 2 - sqrt 2 reach as A tends to 0, where
    a constant fraction costs J/(2 A); for aligned ones at least J/(3 A^2), which full refreshes reach, where a
    constant fraction costs J/A^2. To call full refreshes the best for orthogonal ones is to put 1/2 for the first.
    """
    a, k = s.refresh, s.period
    mean, count = a / k, k - 1.0
    orthogonal, aligned = s.orthogonal, s.aligned
    closed = (1.0 + count * (1.0 - a) ** power) / (a * (2.0 - a)) + 0.5 * count
    yield equal("orthogonal: mean drift", orthogonal, rounded(closed, power=10.0), scale=closed)
    low = (1.0 + count * (1.0 - a)) / a
    closed = low**2 + low * count + count * (2.0 * k - 1.0) / 6.0
    yield equal("aligned: mean drift", aligned, rounded(closed, power=10.0), scale=closed)
    yield at_least("orthogonal: at least (sqrt 2 - 1) J/A", orthogonal, rounded(root / mean, power=2.0))
    yield at_least("aligned: at least J/(3 A^2)", aligned, rounded(third / mean**2, power=2.0))

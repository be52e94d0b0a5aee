"""The range of long-run drift for a given innovation energy, with both ends attained."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import Comparison, at_least, at_most, equal, theorem
from gausscollapse.checking.sides import largest, rounded
from gausscollapse.retraining.statistics import RetrainingStatistics
from gausscollapse.theorems.instances.trajectory_assumptions import FINITE, FROM_DATA, LAST_MODEL, STEADY_FRESH


@theorem(
    "range",
    kind="two-sided",
    source="own",
    chapter="long runs",
    assumes=(LAST_MODEL, FINITE, FROM_DATA, STEADY_FRESH),
    controls={"high": 0.99, "low": 1.01},
    latex=r"\frac{J}{(2-\alpha)^2}\le\limsup_i D_i\le\frac{J}{\alpha^2}",
)
def long_run_range(s: RetrainingStatistics, low: float = 1.0, high: float = 1.0) -> Iterator[Comparison]:
    """Long-run drift lies between two exact ends.

    From the data, drift never exceeds the largest innovation energy over a^2; of two successive drifts one is at
    least the energy between them over (2 - a)^2. Constant and alternating innovations attain the ends; the
    incoherent value is their geometric mean.
    """
    fresh, last = s.constant_fresh, s.generations
    energies = [s.energy[:, n] for n in range(last)]
    lowest, highest = rounded(low / (2.0 - fresh) ** 2), rounded(high / fresh**2)
    late = largest([s.drift[:, last - 1], s.drift[:, last]])
    yield at_most("D_N <= max J/a^2", s.drift[:, last], highest * largest(energies))
    yield at_least("max(D_{N-1}, D_N) >= J/(2-a)^2", late, lowest * energies[-1])
    middle = rounded(1.0 / (fresh * (2.0 - fresh)))
    ends = rounded(1.0 / ((2.0 - fresh) ** 2 * fresh**2)).sqrt()
    yield equal("1/(a(2-a)) is the geometric mean of the ends", middle, ends)

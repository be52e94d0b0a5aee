"""One number places a run in the range of the long-run drift: the correlation of successive innovations."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import Comparison, at_least, at_most, equal, theorem
from gausscollapse.checking.sides import rounded
from gausscollapse.theorems.instances.correlated_runs import CorrelatedStatistics


@theorem(
    "spectral",
    kind="two-sided",
    source="own",
    chapter="correlated innovations",
    controls={"sign": -1.0, "high": 0.9, "low": 1.1},
    latex=r"\langle\xi_i,\xi_j\rangle=Jc^{|i-j|}\Rightarrow"
    r"\lim D_i=\frac{J(1+(1-\alpha)c)}{(1-(1-\alpha)c)\alpha(2-\alpha)}",
)
def spectral(s: CorrelatedStatistics, sign: float = 1.0, low: float = 1.0, high: float = 1.0) -> Iterator[Comparison]:
    """The correlation of innovations places a run in its range.

    Where two innovations n generations apart have the inner product J c^n, the drift tends to a closed form: J/a^2
    for c = 1, the incoherent value for c = 0, J/(2 - a)^2 for c = -1, and it grows with c.
    """
    a, kept = s.fresh, (1.0 - s.fresh) * s.correlation * sign
    closed = (1.0 + kept) / ((1.0 - kept) * a * (2.0 - a))
    yield equal("D = closed form in c", s.drift, rounded(closed, power=4.0), scale=closed)
    yield at_most("D <= J/a^2", s.drift, rounded(high / a**2))
    yield at_least("D >= J/(2 - a)^2", s.drift, rounded(low / (2.0 - a) ** 2))

"""The spectrum of innovations gives the long-run drift; one correlation places a run in its range."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import Comparison, at_least, at_most, equal, theorem
from gausscollapse.checking.sides import rounded
from gausscollapse.theorems.instances.correlated_runs import CorrelatedStatistics


@theorem(
    "spectral",
    kind="two-sided",
    source="own",
    chapter="correlated innovations",
    controls={"sign": -1.0, "power": 1.0, "low": 1.1, "high": 0.9, "least": 1.1, "most": 0.9},
    latex=r"\lim D_i=\int\big|1-(1-\alpha)e^{i\omega}\big|^{-2}\mu(d\omega),\quad"
    r"\tfrac{J}{1-2(1-\alpha)c+(1-\alpha)^2}\le\lim D_i\le\tfrac{J(1+2(1-\alpha)c+(1-\alpha)^2)}{(1-(1-\alpha)^2)^2},"
    r"\quad\langle\xi_i,\xi_j\rangle=Jc^{|i-j|}\Rightarrow"
    r"\lim D_i=\tfrac{J(1+(1-\alpha)c)}{(1-(1-\alpha)c)\alpha(2-\alpha)}",
)
def spectral(
    s: CorrelatedStatistics,
    sign: float = 1.0,
    power: float = 2.0,
    low: float = 1.0,
    high: float = 1.0,
    least: float = 1.0,
    most: float = 1.0,
) -> Iterator[Comparison]:
    """The spectrum of innovations places a run in its range.

    Where inner products of innovations depend on how many generations lie between, they have a spectral measure, and
    drift tends to the energy of each frequency times its gain: from J/a^2 for what repeats to J/(2 - a)^2 for what
    alternates. The correlation c of successive innovations alone leaves an interval of which both ends are attained;
    if two n generations apart have the inner product J c^n, it gives the drift.
    """
    a, k = s.fresh, 1.0 - s.fresh
    half = np.sin(0.5 * s.angles) if sign > 0.0 else np.cos(0.5 * s.angles)
    square = a[:, None] ** 2 + 4.0 * k[:, None] * half**2
    kept = k * s.correlation * sign
    forgotten = (1.0 + kept) / ((1.0 - kept) * a * (2.0 - a))
    closed = np.sum(s.weights * square ** (-0.5 * power), axis=1) + s.rest * forgotten
    yield equal("D = sum of energies times gains", s.drift, rounded(closed, power=4.0), scale=closed)
    # (1 - c) and (1 + c) from half angles, so that nothing cancels.
    apart = 2.0 * np.sum(s.weights * np.sin(0.5 * s.angles) ** 2, axis=1) + s.rest * (1.0 - s.correlation)
    near = 2.0 * np.sum(s.weights * np.cos(0.5 * s.angles) ** 2, axis=1) + s.rest * (1.0 + s.correlation)
    lower, upper = 1.0 / (a**2 + 2.0 * k * apart), (a**2 + 2.0 * k * near) / (a * (2.0 - a)) ** 2
    yield at_most("D <= J (1 + 2 k c + k^2)/(1 - k^2)^2", s.drift, rounded(most * upper, power=4.0))
    yield at_least("D >= J/(1 - 2 k c + k^2)", s.drift, rounded(least * lower, power=4.0))
    yield at_most("D <= J/a^2", s.drift, rounded(high / a**2))
    yield at_least("D >= J/(2 - a)^2", s.drift, rounded(low / (2.0 - a) ** 2))

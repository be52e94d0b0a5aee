"""Early stopping is a low-pass filter of Hermite coefficients (relative to N(0, I))."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import Comparison, equal, theorem
from gausscollapse.checking.sides import around, value
from gausscollapse.core.rounding import EPS
from gausscollapse.retraining.limit_law import hermite_multiplier
from gausscollapse.retraining.statistics import RetrainingStatistics
from gausscollapse.theorems.instances.trajectory_assumptions import LAST_MODEL, STOPPED

DEGREES = (1, 2, 3)


@theorem(
    "hermite",
    kind="identity",
    source="arXiv 2606.13796",
    chapter="early stopping",
    assumes=(LAST_MODEL, STOPPED),
    controls={"time": 1.01},
    latex=r"c_k(L)=\frac{\alpha g}{1-(1-\alpha)g}\,c_k(p),\quad g=e^{-kt_0/2}",
)
def hermite(s: RetrainingStatistics, time: float = 1.0) -> Iterator[Comparison]:
    """Early stopping is a low-pass filter.

    Every Hermite coefficient of degree k of the limit law is that of the data times a g/(1 - (1 - a) g),
    g = exp(-k t0/2).
    """
    fresh = np.where(s.stopping_times > 0.0, s.constant_fresh, 1.0)
    pairs = [(float(a), time * float(stop)) for a, stop in zip(fresh, s.stopping_times, strict=True)]
    for degree in DEGREES:
        limit, data = s.hermite(degree)
        kept = np.array([hermite_multiplier(degree, fresh=a, time=stop) for a, stop in pairs])
        # exp and expm1 of a product rounded once, sums of positive numbers, one quotient
        rounding = EPS * (16.0 + 2.0 * degree * np.array([stop for _, stop in pairs])) * kept
        right = around(kept, rounding, "multiplier") * data
        scale = np.maximum(np.abs(value(data)), 1e-3)
        yield equal(f"degree {degree}: c(limit) = multiplier c(data)", limit, right, scale=scale)

"""Early stopping that is annealed: stopping times that tend to 0, with fresh data and without."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import Comparison, at_most, equal, theorem
from gausscollapse.checking.sides import rounded, value
from gausscollapse.theorems.instances.annealed_statistics import AnnealedStatistics
from gausscollapse.theorems.instances.norm_assumptions import STOPPED_ANNEALED

DEGREES = (1, 2, 3)


@theorem(
    "annealed",
    kind="two-sided",
    source="arXiv 2606.13796 (any schedule that tends to 0); the exact form: own",
    chapter="annealed early stopping",
    assumes=(STOPPED_ANNEALED,),
    controls={"keeps": 0.0},
    latex=r"r_N=-\sum_i(1-g_i)\prod_{j>i}(1-\alpha)g_j+r_0\prod_j(1-\alpha)g_j,\quad g_i=e^{-kt_i/2},\quad"
    r"r_i=c_k(\hat p_i)/c_k(p)-1",
)
def annealed(s: AnnealedStatistics, keeps: float = 1.0) -> Iterator[Comparison]:
    """Annealed early stopping loses what its last times take.

    With a perfect score that stops at t_i the relative error of every Hermite coefficient of degree k is a discounted
    sum of 1 - exp(-k t_i/2); it is at most (k/2) sum (1 - a)^(N-1-i) t_i, so it tends to 0 with t_i, as fast as
    -k t_N/(2 a) for slow schedules. Without fresh data a coefficient is exp(-(k/2) sum t_i) of what it was: t_i -> 0
    is not enough. Measured by chi-squared from p the loss of one step is t^2 B, B = ((1 - s^2)/s^2)^2/2 + m^2/(4 s^2)
    for N(m, s^2), which grows without bound as s -> 0; the coefficients need no such constant.
    """
    count = s.generations
    keep = (1.0 - s.fresh) ** keeps
    closed = (s.fresh == 0.0) & s.annealed
    for degree in DEGREES:
        data, first, last = (s.coefficient(degree, n) for n in (None, 0, count))
        lost, left, linear = np.zeros(s.size), np.ones(s.size), np.zeros(s.size)
        for i in range(count):
            g = np.exp(-0.5 * degree * s.times[:, i])
            lost = keep * g * lost - np.expm1(-0.5 * degree * s.times[:, i])
            left = left * keep * g
            linear = keep * linear + 0.5 * degree * s.times[:, i]
        # Times were read from rounded factors: exp of each is off by a few units, N of them and N sums.
        power = 8 * (count + 2) * degree
        start = rounded(left, power=power) * (first - data)
        scale = np.maximum(np.maximum(np.abs(value(data)), np.abs(value(first))), 1e-3)
        expected = data - rounded(lost, power=power) * data + start
        yield equal(f"degree {degree}: c(p^_N) = closed form", last, expected, scale=scale)
        bound = rounded(linear, power=power) * abs(data) + rounded(keep**count, power=count) * abs(first - data)
        yield at_most(f"degree {degree}: loss <= (k/2) sum of times", abs(last - data), bound, where=s.told(degree))
        total = np.exp(-0.5 * degree * np.sum(s.times, axis=1))
        yield equal(
            f"degree {degree}: without fresh data exp(-(k/2) sum t_i)", last, rounded(total, power=power) * first,
            scale=scale, where=closed,
        )  # fmt: skip

"""Retraining with a perfect score that stops early converges geometrically.

L is the limit law, ``sum_k a (1-a)^(k-1) OU_{k t0}(p)``.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import Comparison, at_most, theorem
from gausscollapse.checking.sides import rounded
from gausscollapse.retraining.statistics import RetrainingStatistics
from gausscollapse.theorems.instances.trajectory_assumptions import LAST_MODEL, SOME_GENERATION, STANDARD, STOPPED


@theorem(
    "early-stopping",
    kind="upper",
    source="arXiv 2606.13796; the factor exp(-t0/2) and the norm: own",
    chapter="early stopping",
    assumes=(LAST_MODEL, SOME_GENERATION, STOPPED, STANDARD),
    controls={"rate": 0.95},
    latex=r"\|\hat p_N-L\|\le((1-\alpha)e^{-t_0/2})^N\|\hat p_0-L\|,\quad"
    r"L=\sum_{k\ge1}\alpha(1-\alpha)^{k-1}\mathrm{OU}_{kt_0}(p)",
)
def early_stopping(s: RetrainingStatistics, rate: float = 1.0) -> Iterator[Comparison]:
    """Retraining with early stopping converges geometrically.

    In L^2(1/N(0, I)) the distance of the models from the limit law contracts by (1 - a) exp(-t0/2) a generation, so
    by 1 - a at least.
    """
    distances = s.distance_to_limit
    slow = rate * (1.0 - np.where(s.stopping_times > 0.0, s.constant_fresh, 1.0)) ** 2
    fast = slow * np.exp(-s.stopping_times)
    for n in range(1, len(distances)):
        for words, step in (("(1-a)", slow), ("((1-a) exp(-t0/2))", fast)):
            # exp(-t0) of a t0 that was itself rounded: t0 more roundings for every power.
            bound = rounded(step**n, power=n * (1.0 + s.stopping_times)) * distances[0]
            yield at_most(f"||p^_{n} - L|| <= {words}^{n} ||p - L||", distances[n], bound)

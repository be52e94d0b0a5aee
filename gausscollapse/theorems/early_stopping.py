"""The early-stopping chapter: the limit of retraining with a perfect score that stops early.

L is the limit law, ``sum_k a (1-a)^(k-1) OU_{k t0}(p)``; ``c_k`` are Hermite coefficients relative to N(0, I).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gausscollapse.checking.statement import IDENTITY, UPPER, Assumption, Comparison, Control, Theorem
from gausscollapse.retraining.early_stopping import hermite_multiplier
from gausscollapse.theorems.instances.retraining import STOPPING
from gausscollapse.theorems.instances.trajectory_statistics import TrajectoryStatistics, around
from gausscollapse.theorems.retraining import SOME_GENERATION, rounded

Statistics = TrajectoryStatistics
Constants = Mapping[str, float]

LIMIT_PAPER = "arXiv 2606.13796"

DEGREES = (1, 2, 3)

STOPPED = Assumption(
    "every step is early stopping at one time, and the fresh fraction is constant and at least 0.05",
    lambda s: (s.stopping_times > 0.0, s.stopping_times),
)
STANDARD = Assumption(
    "start and limit have finite chi-squared against N(0, I)",
    lambda s: (np.isfinite(s.distance_to_limit[0].upper), np.asarray(s.distance_to_limit[0].value)),
)


def early_stopping(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare the distance to the limit after one and two generations with the contracted distance at the start."""
    distances = s.distance_to_limit
    share = np.where(s.stopping_times > 0.0, s.constant_fresh, 1.0)
    slow = k["rate"] * (1.0 - share) ** 2
    fast = slow * np.exp(-s.stopping_times)
    comparisons = []
    for n in range(1, len(distances)):
        for words, rate in (("(1-a)", slow), ("((1-a) exp(-t0/2))", fast)):
            bound = rounded(rate**n) * distances[0]
            comparisons.append(Comparison(f"||p^_{n} - L|| <= {words}^{n} ||p - L||", UPPER, distances[n], bound))
    return comparisons


def hermite(s: Statistics, k: Constants) -> Sequence[Comparison]:
    """Compare the Hermite coefficients of the limit law with those of the data times the multiplier."""
    comparisons = []
    for degree in DEGREES:
        limit, data = s.hermite(degree)
        shares = np.where(s.stopping_times > 0.0, s.constant_fresh, 1.0)
        multiplier = np.array(
            [
                hermite_multiplier(degree, fresh=float(share), time=k["time"] * float(time))
                for share, time in zip(shares, s.stopping_times, strict=True)
            ]
        )
        right = around(multiplier, 1e-14 * multiplier, "multiplier") * data
        comparisons.append(
            Comparison(
                f"degree {degree}: c(limit) = multiplier c(data)", IDENTITY, limit, right,
                scale=np.maximum(np.abs(np.asarray(data.value)), 1e-3),
            )
        )  # fmt: skip
    return comparisons


THEOREMS = (
    Theorem(
        chapter=STOPPING,
        id="early-stopping",
        title="Retraining with early stopping converges geometrically",
        derivation="early-stopping",
        words="In L^2(1/N(0, I)) the distance of the models from the limit law contracts by (1 - a) exp(-t0/2) a "
        "generation, so by 1 - a at least.",
        latex=r"\|\hat p_N-L\|\le((1-\alpha)e^{-t_0/2})^N\|\hat p_0-L\|,\quad"
        r"L=\sum_{k\ge1}\alpha(1-\alpha)^{k-1}\mathrm{OU}_{kt_0}(p)",
        source=f"{LIMIT_PAPER}; the factor exp(-t0/2) and the norm: own",
        kind="upper",
        statement=early_stopping,
        constants={"rate": 1.0},
        assumptions=(SOME_GENERATION, STOPPED, STANDARD),
        controls=(Control("rate times 0.95", {"rate": 0.95}),),
    ),
    Theorem(
        chapter=STOPPING,
        id="hermite",
        title="Early stopping is a low-pass filter",
        derivation="early-stopping",
        words="Every Hermite coefficient of degree k of the limit law is that of the data times "
        "a g/(1 - (1 - a) g), g = exp(-k t0/2).",
        latex=r"c_k(L)=\frac{\alpha g}{1-(1-\alpha)g}\,c_k(p),\quad g=e^{-kt_0/2}",
        source=LIMIT_PAPER,
        kind="identity",
        statement=hermite,
        constants={"time": 1.0},
        assumptions=(STOPPED,),
        controls=(Control("t0 replaced by 1.01 t0", {"time": 1.01}),),
    ),
)

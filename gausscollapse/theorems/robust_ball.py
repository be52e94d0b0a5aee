"""Early stopping with errors: the models stay in a ball around the ideal limit law."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import Comparison, at_most, theorem
from gausscollapse.checking.sides import rounded
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array
from gausscollapse.theorems.instances.norm_assumptions import STOPPED_WITH_SHIFTS
from gausscollapse.theorems.instances.robust_statistics import RobustStatistics


@theorem(
    "robust-ball",
    kind="upper",
    source="arXiv 2606.13796 (a ball in W2); the constants and W1: own",
    chapter="early stopping with errors",
    assumes=(STOPPED_WITH_SHIFTS,),
    controls={"rate": 2.0},
    latex=r"W_2(\hat p_N,L)\le R^NW_2(\hat p_0,L)+w\tfrac{1-R^N}{1-R},\ R=e^{-t_0/2}\sqrt{1-\alpha};\quad"
    r"W_1:\ R_1=e^{-t_0/2}(1-\alpha)",
)
def robust_ball(s: RobustStatistics, rate: float = 1.0) -> Iterator[Comparison]:
    """Errors of early stopping keep the models in a ball around the ideal limit.

    If every model is within w of the noised training law in W2, its distance from the limit law L is at most
    R^N times the first one plus w (1 - R^N)/(1 - R), R = exp(-t0/2) sqrt(1 - a); in W1, which is a norm, the same
    holds with R = exp(-t0/2) (1 - a).
    """
    count, decay = s.generations, np.exp(-0.5 * s.time)
    for order, contraction in ((1, decay * (1.0 - s.fresh)), (2, decay * np.sqrt(1.0 - s.fresh))):
        bound = _ball(contraction**rate, count, s.shift, s.distance(order, 0))
        yield at_most(
            f"W{order}(p^_N, L) <= R^N W{order}(p^_0, L) + w (1-R^N)/(1-R)", s.distance(order, count), bound
        )


def _ball(rate: Array, count: int, error: Array, first: Enclosure) -> Enclosure:
    """Return ``R^N d + w (1 + R + ... + R^(N-1))``; exp of a rounded time takes more roundings the longer it is."""
    powers = rounded(sum(rate**n for n in range(count)), power=2 * count + 2)
    return rounded(rate**count, power=2 * count + 2) * first + powers * rounded(error)

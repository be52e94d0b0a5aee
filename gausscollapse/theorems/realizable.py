"""Realizable errors: de Bruijn's identity between the two ends of the diffusion."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import Comparison, equal, theorem
from gausscollapse.checking.sides import value
from gausscollapse.theorems.instances.realizable import IS_REALIZABLE, RealizableStatistics


@theorem(
    "realizable",
    kind="identity",
    source="own (de Bruijn's identity)",
    chapter="realizable errors",
    assumes=(IS_REALIZABLE,),
    controls={"factor": 0.49, "final": 0.0},
    latex=r"\mathrm{KL}(q\,\|\,\tilde q)=\mathrm{KL}(q_T\,\|\,\tilde q_T)"
    r"+\tfrac12\int\mathbb E_{q_t}|\nabla\log q_t-\nabla\log\tilde q_t|^2\,dt",
)
def realizable(s: RealizableStatistics, factor: float = 1 / 2, final: float = 1.0) -> Iterator[Comparison]:
    """A realizable error is worth the relative entropy it removes.

    If the learned score is the exact score of another law, the KL divergence of the two laws at the stop equals that
    at the horizon plus half the ideal-path energy of the error.
    """
    left = s.divergence("stop")
    right = final * s.divergence("horizon") + factor * s.energy
    scale = np.maximum(value(left), np.finfo(float).tiny)
    yield equal("KL(q_t0 || q~_t0) = KL(q_T || q~_T) + energy/2", left, right, scale=scale)

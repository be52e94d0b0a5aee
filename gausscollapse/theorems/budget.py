"""The error budget of a sampler: start, discretisation, score."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import Comparison, at_most, theorem
from gausscollapse.theorems.instances.chain_statistics import ChainStatistics


@theorem(
    "budget",
    kind="upper",
    source="own",
    chapter="samplers",
    controls={"half": 0.25, "initial": 0.5},
    latex=r"\mathrm{KL}(q\,\|\,\hat p)\le\mathrm{KL}(q_T\,\|\,\hat q_T)+\tfrac12\sum_k\int_{t_{k+1}}^{t_k}"
    r"\mathbb E|f_k(X_k)-s_t(X_t)|^2\,dt",
)
def budget(s: ChainStatistics, half: float = 0.5, initial: float = 1.0) -> Iterator[Comparison]:
    """Three exact parts bound a sampler's error.

    KL of the data, noised up to the stop, from the endpoint of a discretised chain is at most KL of its start, what
    discretisation costs with the exact score, and what the score error adds; each part is exact.
    """
    right = initial * s.start + (2.0 * half) * (s.discretisation + s.score)
    yield at_most("KL(q || p^) <= start + discretisation + score", s.endpoint_kl, right)

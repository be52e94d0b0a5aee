"""What a step of a sampler misses is an exact sum of squares and Fisher informations, for any data."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import Comparison, equal, theorem
from gausscollapse.checking.sides import size
from gausscollapse.theorems.instances.chain_statistics import ChainStatistics

NEGLIGIBLE = 1e-6


@theorem(
    "discretisation",
    kind="identity",
    source="own",
    chapter="samplers",
    controls={"frozen": 0.9, "entropy": 0.9},
    latex=r"\mathbb E|f(X_k)-s_t(X_t)|^2=\mathbb E|f(X_k)-r\,s_k(X_k)|^2+\mathcal F(t)-r^2\mathcal F(t_k),"
    r"\quad r=e^{-(t_k-t)/2}",
)
def discretisation(s: ChainStatistics, frozen: float = 1.0, entropy: float = 1.0) -> Iterator[Comparison]:
    """What a step misses is exact.

    For data of any law and every function f of the state at the beginning of a step, the mean square of f less the
    score at a later time t is that of f less r times the score at the beginning, and the growth of the Fisher
    information. Over all steps it is a sum of entropies, Fisher informations and second moments.
    """
    now, before = s.fisher_gap
    left, right = s.drift_square, s.projected_square + now - frozen * before
    yield equal("E|f - s_t|^2 = E|f - r s_k|^2 + F(t) - r^2 F(t_k)", left, right, scale=size(left + now + before))
    closed = entropy * s.discretisation + s.score
    # Where a scheme is exact both sides are 0: they are judged against what cancels.
    scale = size(s.discretisation) + size(s.score) + NEGLIGIBLE * size(now)
    yield equal("path KL = discretisation + score", s.path_square, closed, scale=scale)

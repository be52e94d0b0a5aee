"""The filter in norms that need no tails: total variation, 1-Wasserstein, the norm of a kernel."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import Comparison, at_most, equal, theorem
from gausscollapse.checking.sides import rounded, size
from gausscollapse.theorems.instances.norm_assumptions import LINE, ONE_GENERATION, REPLACED
from gausscollapse.theorems.instances.norm_statistics import NORMS, NormStatistics, discounted


@theorem(
    "norm-filter",
    kind="two-sided",
    source="own",
    chapter="other norms",
    assumes=(REPLACED, ONE_GENERATION, LINE),
    controls={"power": 1.1},
    latex=r"\|q_i-p\|=(1-\alpha)\|\hat p_i-p\|,\quad\|\hat p_N-p\|\le\sum_i(1-\alpha)^{N-1-i}\|\hat p_{i+1}-q_i\|"
    r"+(1-\alpha)^N\|\hat p_0-p\|,\quad\mathrm{TV}_N\le\tfrac12\sum_i(1-\alpha)^{N-1-i}\hat\varepsilon_i",
)
def norm_filter(s: NormStatistics, power: float = 1.0) -> Iterator[Comparison]:
    """The filter holds in every norm.

    In total variation, in W1 and under a kernel fresh data shrink the drift by exactly 1 - a, and drift is at most
    the discounted sum of what the generations add. By Pinsker's inequality a generation adds at most sqrt(KL/2) in
    total variation, so at most half of the root of its learned energy: no tails enter, and the bound is finite.
    """
    last, keep = s.generations, rounded((1.0 - s.fresh) ** power)
    for norm in NORMS:
        before, after = s.deviation(norm, last - 1), s.refreshed(norm, last - 1)
        yield equal(f"{norm}(q, p) = (1-a) {norm}(p^, p)", after, keep[:, last - 1] * before, scale=size(before))
        steps = [s.innovation(norm, i) for i in range(last)]
        bound = discounted(steps, keep, s.deviation(norm, 0))
        # One generation from the data is an equality, which enclosures cannot decide.
        where = None if last > 1 else ~s.from_data
        yield at_most(f"{norm} of model {last} <= discounted sum", s.deviation(norm, last), bound, where=where)
    pinsker = [(0.5 * s.divergence("KL", "new", "trained", i)).clipped(at_least=0.0).sqrt() for i in range(last)]
    bound = discounted(pinsker, keep, s.deviation("TV", 0))
    yield at_most("TV <= discounted sum of sqrt(KL/2)", s.deviation("TV", last), bound)

"""One generation in relative entropy and in the Hellinger distance: what a step adds, what fresh data take away."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import Comparison, at_most, theorem
from gausscollapse.checking.sides import around, rounded
from gausscollapse.theorems.instances.norm_assumptions import LINE, ONE_GENERATION, REPLACED
from gausscollapse.theorems.instances.norm_statistics import NormStatistics

ORDERS = (1.5, 2.0, 4.0)


@theorem(
    "kl-step",
    kind="upper",
    source="own",
    chapter="other norms",
    assumes=(REPLACED, ONE_GENERATION, LINE),
    controls={"one": 0.0},
    latex=r"\mathrm{KL}(\hat p_{i+1}\|p)\le\tfrac{v}{v-1}\mathrm{KL}(\hat p_{i+1}\|q_i)+R_v(q_i\|p),\quad"
    r"\mathrm{KL}(p\|q_i)\le\log\tfrac{1}{\alpha},\quad H_{i+1}\le\sqrt{1-\alpha}\,H_i+H(\hat p_{i+1},q_i)",
)
def kl_step(s: NormStatistics, one: float = 1.0) -> Iterator[Comparison]:
    """One generation in relative entropy.

    For every v > 1 the relative entropy of the new model is at most v/(v - 1) times what the generation adds, plus
    the Renyi divergence R_v of its training law; a model proportional to q (q/p)^(v-1) attains it. Fresh data shrink
    relative entropies by 1 - a, keep KL(p || q) below log(1/a), and shrink the Hellinger distance by sqrt(1 - a). For
    v = 2 the two terms are at most the learned energy and log(1 + (1 - a)^2 D_i).
    """
    i = s.generations - 1
    new, added = s.divergence("KL", "new", "data", i), s.divergence("KL", "new", "trained", i)
    for order in ORDERS:
        bound = rounded(1.0 + one / (order - 1.0)) * added + s.divergence("Renyi", "trained", "data", i, order)
        yield at_most(f"KL(p^_(i+1) || p) <= v/(v-1) KL(p^_(i+1) || q_i) + R_v(q_i || p), v = {order:g}", new, bound)
    fresh = s.fresh[:, i]
    keep, moved = rounded(1.0 - fresh), ~s.starts_here(i)
    model, trained = s.divergence("KL", "model", "data", i), s.divergence("KL", "trained", "data", i)
    yield at_most("KL(q_i || p) <= (1-a) KL(p^_i || p)", trained, keep * model, where=moved)
    back, reverse = s.divergence("KL", "data", "model", i), s.divergence("KL", "data", "trained", i)
    yield at_most("KL(p || q_i) <= (1-a) KL(p || p^_i)", reverse, keep * back, where=moved)
    with np.errstate(divide="ignore"):
        most = np.where(fresh > 0.0, -np.log(np.maximum(fresh, 1e-300)), np.inf)
    yield at_most("KL(p || q_i) <= log(1/a)", reverse, around(most, 1e-15 * (1.0 + np.abs(most)), "logarithm"))
    steps = [s.divergence("Hellinger", *pair, i) for pair in (("new", "data"), ("model", "data"), ("new", "trained"))]
    yield at_most(
        "H_(i+1) <= sqrt(1-a) H_i + H(p^_(i+1), q_i)", steps[0], keep.sqrt() * steps[1] + steps[2], where=moved
    )

"""The best early-stopping time where the score is worse near the data, to leading order in the score error."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import Assumption, Comparison, tends_to, theorem
from gausscollapse.checking.sides import rounded
from gausscollapse.theorems.instances.stopping_tradeoffs import TradeoffStatistics

LEAST = 0.01
MOVED = Assumption("early stopping moves the data: B is not near 0", lambda s: (s.curvature > LEAST, s.curvature))


@theorem(
    "stopping",
    kind="limit",
    source="own",
    chapter="early stopping and score errors",
    assumes=(MOVED,),
    controls={"share": 0.0, "twice": 1.0, "square": 1.0},
    latex=r"\frac{t_0^{\mathrm{best}}}{t_0^*}\to 1\ (s\to 0),\quad t_0^*=\Big[\frac{\kappa s\alpha}{2B_p(2-\alpha)}"
    r"\Big]^{1/(\kappa+2)},\quad B_p=\frac{1}{2}\Big(\frac{1-v}{v}\Big)^2+\frac{m^2}{4v}",
)
def stopping(
    s: TradeoffStatistics, share: float = 1.0, twice: float = 2.0, square: float = 0.5
) -> Iterator[Comparison]:
    """Less fresh data wants a smaller stopping time.

    A stop at t0 leaves a bias, the same in every generation: to leading order t0^2 B/a^2 in chi-squared, with
    B = ((1 - v)/v)^2/2 + m^2/(4 v) for N(m, v) data, v > 1/2. B grows without bound as v falls; below 1/2 the drift
    of the limit is infinite for every t0 > 0, by its oldest components. A score error of energy s t0^-k in every
    generation, orthogonal to the others, accumulates to s t0^-k/(a (2 - a)). The best stop is
    [k s a/(2 B (2 - a))]^(1/(k + 2)) to leading order in s: the exact best one over it, and the drift there over the
    least one, are followed to s = 0, numerically. What lies beyond is of the order of t0/a, relative. Of the two
    leading terms alone it is the exact minimiser.
    """
    closed = square * ((1.0 - s.variance) / s.variance) ** 2 + s.mean**2 / (4.0 * s.variance)
    yield tends_to("a^2 chi2(L)/t0^2 -> B", s.bias, rounded(closed, power=2.0))
    # The formula with other constants, over the formula.
    odds = s.fresh / (2.0 - s.fresh)
    ratio = (odds ** (share - 1.0) * 2.0 / twice) ** (1.0 / (s.exponent + 2.0))
    yield tends_to("best stop over formula -> 1", s.stop, rounded(np.asarray(ratio), power=8.0))
    yield tends_to("drift at formula over least drift -> 1", s.excess, rounded(np.ones(s.size)))

"""The appendix form of theorem 4.2, with the bias that an instance needs."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import Comparison, at_most, theorem
from gausscollapse.checking.sides import rounded, widened
from gausscollapse.retraining.statistics import RetrainingStatistics
from gausscollapse.theorems.instances.trajectory_assumptions import FINITE, LAST_MODEL, MORE_THAN_ONE


@theorem(
    "appendix-4.2",
    kind="upper",
    source="arXiv 2602.16601 v2, appendix, as audited by a public reproduction; the constant: own",
    chapter="retraining",
    assumes=(LAST_MODEL, MORE_THAN_ONE, FINITE),
    controls={"surplus": 0.98},
    latex=r"\bigl|D_N-(1-\alpha)^{2N}D_0-\sum_i(1-\alpha)^{2(N-1-i)}J_i\bigr|\le C_{\mathrm{bias}}"
    r"=\bigl(\sum_iv_i\bigr)^2-\sum_iv_i^2,\quad v_i=(1-\alpha)^{N-1-i}\sqrt{J_i}",
)
def appendix_4_2(s: RetrainingStatistics, surplus: float = 1.0) -> Iterator[Comparison]:
    """The drift is the discounted sum up to a bias.

    The appendix states D_N <= decayed start + discounted sum + C_bias, and a bound from below with a signed start.
    What an instance needs is C_bias = max_N |D_N - (1 - a)^(2N) D_0 - sum (1 - a)^(2(N-1-i)) J_i|: at most the square
    of the sum less the sum of squares of the norms (1 - a)^(N-1-i) sqrt(J_i) and (1 - a)^N sqrt(D_0), with equality
    for aligned innovations. It is finite for every instance and tends to 0 with summable energies; a constant that
    serves all instances does not exist.
    """
    keep = 1.0 - s.fresh
    squares = s.recursive(s.energy, keep**2, s.drift[:, 0])
    sums = s.recursive(s.energy.sqrt(), keep, s.drift[:, 0].sqrt())
    for n in range(1, s.generations + 1):
        discounted = widened(squares[:, n], n)
        bias = rounded(surplus) * (sums[:, n] * sums[:, n] - discounted)
        # From the data the first step has no other to be aligned with: 0 = 0.
        where = ~s.from_data if n == 1 else None
        yield at_most(f"|D_{n} - discounted sum| <= C_bias", abs(s.drift[:, n] - discounted), bias, where=where)

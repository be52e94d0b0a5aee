"""Any workflow is a filter of its innovations: what is left of each error, and what that makes of the drift."""

from __future__ import annotations

from collections.abc import Iterator

from gausscollapse.checking import Comparison, at_most, equal, theorem
from gausscollapse.checking.sides import rounded, size
from gausscollapse.retraining.statistics import RetrainingStatistics
from gausscollapse.theorems.instances.trajectory_assumptions import FINITE, MORE_THAN_ONE, ORTHOGONALITY


@theorem(
    "memory",
    kind="two-sided",
    source="own",
    chapter="workflows",
    assumes=(MORE_THAN_ONE, FINITE),
    controls={"cross": (0.0, 1.01), "factor": 0.9, "power": 3.0},
    latex=r"D_N=\sum_{i,j}G_{Ni}G_{Nj}\langle\xi_i,\xi_j\rangle\le\Big(\sum_iG_{Ni}\sqrt{J_i}\Big)^2,\qquad "
    r"G_{n+1}=\sum_jW_{nj}G_j+e_n",
)
def memory(
    s: RetrainingStatistics, cross: float = 1.0, factor: float = 1.0, power: float = 2.0
) -> Iterator[Comparison]:
    """Any workflow is a filter with a memory.

    Whatever is kept of earlier models, with weights W, the drift is the double sum of the inner products of the
    innovations in the coefficients G of the workflow: at most the square of the sum of G sqrt(J), which aligned
    innovations attain, and the sum of G^2 J where innovations are orthogonal.
    """
    sums, initial = s.filtered(cross=cross), s.drift[:, 0]
    orthogonal = ORTHOGONALITY.check(s)[0] & s.from_data
    sizes = s.remembered(s.energy.sqrt(), initial.sqrt(), power=1.0)
    squares = s.remembered(s.energy, initial, power=power)
    for n in range(1, s.generations + 1):
        yield equal(f"D_{n} = double sum", s.drift[:, n], sums[:, n], scale=size(s.drift[:, n]))
        # From the data the first step is the equality D_1 = J_0, which enclosures cannot decide.
        where = ~s.from_data if n == 1 else None
        bound = rounded(factor) * sizes[:, n]
        yield at_most(f"sqrt D_{n} <= sum of G sqrt J", s.drift[:, n].sqrt(), bound, where=where)
        yield equal(f"D_{n} = sum of G^2 J, orthogonal", s.drift[:, n], squares[:, n], where=orthogonal)

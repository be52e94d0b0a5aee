"""The filter in the Hilbert space of a kernel: drift of any data in any dimension, and it is finite."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import Comparison, at_least, at_most, equal, theorem
from gausscollapse.checking.sides import largest, rounded, size
from gausscollapse.theorems.instances.embedded_statistics import KernelStatistics
from gausscollapse.theorems.instances.norm_assumptions import ONE_GENERATION, REPLACED


@theorem(
    "mmd-filter",
    kind="two-sided",
    source="own",
    chapter="the norm of a kernel",
    assumes=(REPLACED, ONE_GENERATION),
    controls={"cross": (0.0, 1.01)},
    latex=r"\mathrm{MMD}^2(\hat p_N,p)=\sum_{i,j}(1-\alpha)^{2N-2-i-j}\langle\xi_i,\xi_j\rangle+\dots,\quad"
    r"\mathrm{MMD}(\hat p_N,p)\le\sum_i(1-\alpha)^{N-1-i}\|\xi_i\|+(1-\alpha)^N\mathrm{MMD}(\hat p_0,p)",
)
def mmd_filter(s: KernelStatistics, cross: float = 1.0) -> Iterator[Comparison]:
    """The filter holds in the norm of a kernel.

    The maximum mean discrepancy is the norm of a Hilbert space, so that the double sum over innovations, the coherent
    bound and both ends of the range hold word for word, for mixture data in any dimension, chi-squared infinite or
    not. Between Gaussian mixtures a Gaussian kernel has closed forms.
    """
    last, sums = s.generations, s.filtered(cross=cross)
    keep, drift = 1.0 - s.fresh, s.drift
    sizes = s.recursive(s.energy.sqrt(), keep, drift[:, 0].sqrt())
    for n in range(1, last + 1):
        yield equal(f"MMD_{n}^2 = double sum", drift[:, n], sums[:, n], scale=size(drift[:, n]))
        where = ~s.from_data if n == 1 else None
        yield at_most(f"MMD_{n} <= coherent sum", drift[:, n].sqrt(), sizes[:, n], where=where)
        both = drift[:, n].sqrt() + rounded(keep[:, n - 1]) * drift[:, n - 1].sqrt()
        yield at_least(f"MMD_{n} + (1-a) MMD_{n - 1} >= ||xi||", both, s.energy[:, n - 1].sqrt(), where=where)
    steady = s.from_data & (s.constant_fresh > 0.0) & (last > 1)
    fresh = np.where(steady, s.constant_fresh, 1.0)
    bound = rounded(1.0 / fresh**2) * largest([s.energy[:, n] for n in range(last)])
    yield at_most("MMD_N^2 <= max J/a^2", drift[:, last], bound, where=steady)

"""Growth without fresh data; plateau and decay with it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gausscollapse.checking import Comparison, at_least, at_most, theorem
from gausscollapse.checking.sides import largest, rounded, smallest, total
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array
from gausscollapse.retraining.statistics import RetrainingStatistics
from gausscollapse.theorems.instances.trajectory_assumptions import (
    FINITE,
    FROM_DATA,
    LAST_MODEL,
    REGIME,
    SOME_GENERATION,
)

# Offsets are called orthogonal up to this share of their lengths. It costs |sum c|^2 a share N e of sum |c|^2, and
# exp((1-e) x) - 1 >= (1 - e (1 + x)) (exp(x) - 1) each energy.
ORTHOGONAL = 2e-12


def _tail(roots: list[Enclosure], fresh: Array) -> Enclosure:
    """Return ``(1-a)^(N/2) sum of early sqrt J + sup of late sqrt J/a``."""
    half = len(roots) // 2
    if not half:
        return total(roots)
    old = total(roots[:half]) * rounded((1.0 - fresh) ** (len(roots) - half), power=len(roots) - half)
    return old + largest(roots[half:]) / Enclosure.exact(fresh)


@theorem(
    "regimes",
    kind="two-sided",
    source="own",
    chapter="regimes",
    assumes=(LAST_MODEL, SOME_GENERATION, FINITE, FROM_DATA, REGIME),
    controls={"square": 1.5, "linear": 1.5, "plateau": 0.9, "late": 0.5, "floor": 2.5},
    latex=r"\alpha=0:\ D_N\ge ND_1,\ N^2D_1;\qquad\alpha>0:\ D_N\le\max J/\alpha^2,\ "
    r"\sum D\ge\sum J/(2-\alpha)^2",
)
def regimes(
    s: RetrainingStatistics,
    square: float = 1.0,
    linear: float = 1.0,
    plateau: float = 1.0,
    late: float = 1.0,
    floor: float = 1.0,
) -> Iterator[Comparison]:
    """Growth, plateau, decay.

    Without fresh data drift grows at least like N for orthogonal and like N^2 for aligned errors; with fresh data it
    stays below a plateau, vanishes with errors that vanish, and is not summable if the energies are not.
    """
    count, some = s.generations, s.constant_fresh > 0.0
    fresh = np.where(some, s.constant_fresh, 1.0)
    drifts, energies = [s.drift[:, n] for n in range(count + 1)], [s.energy[:, n] for n in range(count)]
    aligned, orthogonal = s.closed_offsets
    last, roots = drifts[-1], [energy.sqrt() for energy in energies]
    yield at_least("a = 0, aligned errors: D_N >= N^2 D_1", last, square * count**2.0 * drifts[1], where=aligned)
    least = smallest(energies)
    kept = rounded(np.maximum(1.0 - ORTHOGONAL * count * (1.0 + np.log1p(np.asarray(least.upper))), 0.0))
    yield at_least(
        "a = 0, orthogonal errors: D_N >= N min D_1", last, linear * count * kept * least, where=orthogonal
    )
    bound = plateau * largest(energies) / rounded(fresh**2)
    yield at_most("a > 0: D_N <= max J/a^2 (plateau)", last, bound, where=some)
    name = "a > 0: sqrt D_N <= (1-a)^(N/2) sum sqrt J + sup late sqrt J/a"
    yield at_most(name, last.sqrt(), late * _tail(roots, fresh), where=some)
    lowest = floor * total(energies) / rounded((2.0 - fresh) ** 2)
    yield at_least("a > 0: sum D >= sum J/(2-a)^2", total(drifts), lowest, where=some)

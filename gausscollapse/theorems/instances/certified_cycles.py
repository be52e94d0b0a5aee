"""Mean drift of refreshed runs in rational numbers, as a sum over all innovations of the past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.named import Named
from gausscollapse.core.validation import Array


class CertifiedCycleStatistics(Named):
    """Mean drift of one run over one innovation energy, without rounding; shape (1,) each.

    With ``b = 1 - a`` the model that is m generations past a refresh holds m + 1 innovations in full, k of them b
    times, k of them b^2 times, and so on: nothing is solved for.

    Parameters
    ----------
    count : int
        Generations k of a cycle.
    share : float
        Fresh fraction a of the last one, in (0, 1]; the others have none.
    """

    def __init__(self, count: int, share: float) -> None:
        self._count, self._share = count, Fraction(share)

    @property
    def undecided(self) -> Mapping[str, str]:
        """Nothing: every number is rational."""
        return {}

    @property
    def size(self) -> int:
        """Number of runs, 1."""
        return 1

    @cached_property
    def period(self) -> Array:
        """Generations of a cycle, shape (1,)."""
        return np.array([float(self._count)])

    @cached_property
    def refresh(self) -> Array:
        """Fresh fraction of the refresh, shape (1,)."""
        return np.array([float(self._share)])

    @cached_property
    def orthogonal(self) -> Enclosure:
        """Mean drift for orthogonal innovations, shape (1,)."""
        k, b = self._count, 1 - self._share
        return self._mean([m + 1 + k * b**2 / (1 - b**2) for m in range(k)])

    @cached_property
    def aligned(self) -> Enclosure:
        """Mean drift for aligned innovations, shape (1,)."""
        k, b = self._count, 1 - self._share
        return self._mean([(m + 1 + k * b / (1 - b)) ** 2 for m in range(k)])

    def _mean(self, drifts: Sequence[Fraction]) -> Enclosure:
        found = Enclosure.exact(sum(drifts, Fraction(0)) / self._count, "rational numbers", "certified")
        value, lower, upper = (np.array([float(part)]) for part in (found.value, found.lower, found.upper))
        return Enclosure(value, lower, upper, found.method, found.guarantee)

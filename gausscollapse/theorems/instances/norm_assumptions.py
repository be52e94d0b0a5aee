"""Assumptions of theorems in other norms, checked on every trajectory."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from gausscollapse.checking.comparison import Flags
from gausscollapse.checking.definition import Assumption
from gausscollapse.core.validation import Array


class _Counted(Protocol):
    @property
    def size(self) -> int: ...
    @property
    def generations(self) -> int: ...


def _some(s: _Counted) -> tuple[Flags, Array]:
    return np.full(s.size, s.generations >= 1), np.full(s.size, float(s.generations))


ONE_GENERATION = Assumption("there is at least one generation", _some)
REPLACED = Assumption(
    "the last model replaces all before it, and every step is a channel",
    lambda s: (s.replaced, s.replaced.astype(np.float64)),
)
LINE = Assumption("the data are on the line", lambda s: (s.on_the_line, s.on_the_line.astype(np.float64)))
STOPPED_WITH_SHIFTS = Assumption(
    "on the line, every step is early stopping at one time with shifts of one size, and the fresh fraction is "
    "constant and at least 0.3",
    lambda s: (s.stopped, s.stopped.astype(np.float64)),
)
STOPPED_ANNEALED = Assumption(
    "every step is early stopping at a time of its own, and the fresh fraction is constant",
    lambda s: (s.annealed, s.annealed.astype(np.float64)),
)

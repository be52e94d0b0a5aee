"""Single enclosures as one array."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gausscollapse.core.enclosure import GUARANTEES, Enclosure


def stacked(parts: Sequence[Enclosure]) -> Enclosure:
    """Return enclosures of one number each as one of an array, with the last's method and the weakest guarantee."""
    value, lower, upper = (
        np.array([float(getattr(part, end)) for part in parts]) for end in ("value", "lower", "upper")
    )
    weakest = max((part.guarantee for part in parts), key=GUARANTEES.index, default=GUARANTEES[0])
    return Enclosure(value, lower, upper, parts[-1].method if parts else "none", weakest)

"""Intervals of what was solved twice, on two grids: the finer answer, widened by what changed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.stacking import stacked
from gausscollapse.core.validation import Array

# How far what follows from moment equations is trusted, relative to its size.
LOOSE = 1e-8
# Half width in changes between grids, as where values converge at an order that is not known.
ROUGH = 4.0
METHOD = "learned processes over generations"


def widened(found: Enclosure, other: Enclosure, scale: Array | None = None) -> Enclosure:
    """Return an enclosure of the finer of two solutions, widened by what changed and by its tolerance.

    Errors stay: no generation counts as better known, relative to its size, than one before it (of a matrix, than
    any); and changes count four times, since their order may not show yet.
    """
    value, before = np.asarray(found.value), np.asarray(other.value)
    size = np.abs(value) if scale is None else scale
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(value == before, 0.0, np.abs(value - before) / size)
        share = np.where(np.isnan(share), np.inf, share)
        if share.ndim == 1:
            share = np.maximum.accumulate(share)
        elif share.size:
            share = np.full(share.shape, np.max(share))
        change = np.where(share + size == 0.0, 0.0, (ROUGH * share + LOOSE) * size)
    change = np.where(np.isnan(change), 0.0, change)
    lower, upper = np.asarray(found.lower) - change, np.asarray(found.upper) + change
    return Enclosure(found.value, lower, upper, METHOD, "numeric")


def widened_each(found: Sequence[Enclosure], other: Sequence[Enclosure]) -> tuple[Enclosure, ...]:
    """Return enclosures of one number a generation, each widened as in `widened`."""
    wider = widened(stacked(found), stacked(other))
    return tuple(wider[i] for i in range(len(found)))

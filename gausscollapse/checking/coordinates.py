"""Coordinates of a family of instances: their ends, and the core where most points are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gausscollapse.core.validation import Array


@dataclass(frozen=True)
class Range:
    """Ends of a coordinate, and of its core."""

    low: float
    core_low: float
    core_high: float
    high: float

    @classmethod
    def logarithms(cls, *ends: float) -> Range:
        """Return the range whose ends are the logarithms of four numbers."""
        return cls(*(float(np.log(end)) for end in ends))


Ranges = Mapping[str, tuple[int, Range]]


def ends(ranges: Ranges, which: str) -> Array:
    """Return one kind of end, "low", "core_low", "core_high" or "high", of all coordinates in a row."""
    return np.concatenate([np.full(count, getattr(each, which)) for count, each in ranges.values()])


def split(ranges: Ranges, points: Array) -> dict[str, Array]:
    """Return the columns of points (n, k) by the coordinates' names, each (n, count)."""
    stops = np.cumsum([count for count, _ in ranges.values()])
    return dict(zip(ranges, np.split(points, stops[:-1], axis=1), strict=True))

"""What may be relied on of an error's smoothness: where it jumps, and how fast it varies between jumps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gausscollapse.core.validation import Array


@dataclass(frozen=True)
class Smoothness:
    """The smoothness of a score error that guarantees rest on.

    Parameters
    ----------
    breakpoints, break_times : tuple of float
        Points x of the line and times t where the error or a derivative may jump.
    length_scale, time_scale : float
        Lengths and times over which it is well approximated by one polynomial of degree 7; 0 where nothing is known.

    Notes
    -----
    Lengths are those of the data, times those of the forward process.
    """

    breakpoints: tuple[float, ...] = ()
    break_times: tuple[float, ...] = ()
    length_scale: float = 0.0
    time_scale: float = 0.0

    @property
    def known(self) -> bool:
        """Whether both scales are known."""
        return self.length_scale > 0.0 and self.time_scale > 0.0

    def joined(self, other: Smoothness) -> Smoothness:
        """Return the smoothness of a sum."""
        return Smoothness(
            tuple(sorted({*self.breakpoints, *other.breakpoints})),
            tuple(sorted({*self.break_times, *other.break_times})),
            min(self.length_scale, other.length_scale),
            min(self.time_scale, other.time_scale),
        )


UNKNOWN = Smoothness()
# The built-in fields are analytic; they vary as the marginals do, which the rules follow anyway.
ANALYTIC = Smoothness(length_scale=np.inf, time_scale=np.inf)


def panels(low: float, high: float, cuts: tuple[float, ...], width: float) -> Array:
    """Return the edges of panels from `low` to `high`, cut at `cuts` and no wider than `width`."""
    inner = [cut for cut in sorted(set(cuts)) if low < cut < high]
    edges = [low]
    for end in (*inner, high):
        count = max(1, int(np.ceil((end - edges[-1]) / width * (1.0 - 1e-12))))
        edges.extend(np.linspace(edges[-1], end, count + 1)[1:].tolist())
    return np.array(edges)

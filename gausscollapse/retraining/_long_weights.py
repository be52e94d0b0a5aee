"""Weights to twice the precision of floats: what cancels in a difference of two laws is not rounded before.

A number is ``high + low`` with ``|low| <= ulp(high)/2``. Sums and products are Knuth's and Dekker's; an operation is
off by `LONG_EPS` of its operands (Joldes, Muller and Popescu 2017 have 3 u^2 for the sum of positive numbers and
5 u^2 for the product, u = 2^-53).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gausscollapse.core.validation import Array

LONG_EPS = 8.0 * 2.0**-106


@dataclass(frozen=True, eq=False)
class LongWeights:
    """Numbers ``high + low``, both of shape (n,)."""

    high: Array
    low: Array

    @classmethod
    def of(cls, weights: Array) -> LongWeights:
        """Return floats, which are exact."""
        # A copy: a read-only array would be another signature of the kernels.
        return cls(np.array(weights, dtype=np.float64), np.zeros(np.shape(weights)))

    def chosen(self, chosen: np.ndarray) -> LongWeights:
        """Return some of the numbers."""
        return LongWeights(self.high[chosen], self.low[chosen])

    def plus(self, other: LongWeights) -> LongWeights:
        """Return the sum, entry by entry."""
        high, rest = two_sum(self.high, other.high)
        low, beyond = two_sum(self.low, other.low)
        high, rest = _quick_two_sum(high, rest + low)
        return LongWeights(*_quick_two_sum(high, rest + beyond))


def complement(fraction: float) -> tuple[float, float]:
    """Return ``1 - a`` for a in [0, 1], high and low."""
    high, low = two_sum(np.ones(()), np.asarray(-fraction))
    return float(high), float(low)


def merged(entries: np.ndarray, weights: LongWeights) -> tuple[np.ndarray, LongWeights]:
    """Return distinct entries, ascending, and the sums of their weights; an entry may be named many times."""
    if np.all(entries[1:] > entries[:-1]):
        return entries, weights
    order = np.argsort(entries, kind="stable")
    ordered, rest = entries[order], weights.chosen(order)
    first = np.ones(ordered.size, dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(first)
    counts = np.diff(starts, append=ordered.size)
    total = rest.chosen(starts)
    for repeat in range(1, int(counts.max(initial=0))):
        there = np.flatnonzero(counts > repeat)
        more = total.chosen(there).plus(rest.chosen(starts[there] + repeat))
        total.high[there], total.low[there] = more.high, more.low
    return ordered[starts], total


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """Return the rounded sum and what was rounded off, exactly."""
    total = a + b
    virtual = total - a
    return total, (a - (total - virtual)) + (b - virtual)


def _quick_two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    total = a + b
    return total, b - (total - a)

"""Kernels: weighted sums of laws over the pool, to twice the precision of floats. They know arrays only.

Sums and products are Knuth's and Dekker's, as in `_long_weights`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gausscollapse.core.kernel_sources import cached_kernel

SPLITTER = 2.0**27 + 1.0


@njit
def _two_sum(a, b):  # type: ignore[no-untyped-def]
    total = a + b
    virtual = total - a
    return total, (a - (total - virtual)) + (b - virtual)


@njit
def _times(high, low, factor, rest):  # type: ignore[no-untyped-def]
    product = high * factor
    scaled = SPLITTER * high
    first = scaled - (scaled - high)
    second = high - first
    scaled = SPLITTER * factor
    third = scaled - (scaled - factor)
    fourth = factor - third
    lost = ((first * third - product) + first * fourth + second * third) + second * fourth
    lost += high * rest + low * factor
    total = product + lost
    return total, lost - (total - product)


@njit
def _plus(high, low, other, rest):  # type: ignore[no-untyped-def]
    total, lost = _two_sum(high, other)
    lower, beyond = _two_sum(low, rest)
    lost += lower
    first = total + lost
    second = lost - (first - total) + beyond
    total = first + second
    return total, second - (total - first)


@cached_kernel(__file__)
def weighted_sum(  # type: ignore[no-untyped-def]
    entries, high, low, factor, factor_low, others, other_high, other_low, other_factor, other_factor_low, keep_zeros
):
    """Return the entries of ``factor law + other_factor other`` and their weights, high and low.

    Entries are ascending and distinct, here and there; weights that are zero are left out unless `keep_zeros`.
    """
    size, most = entries.size, entries.size + others.size
    found, sums, rests = np.empty(most, dtype=np.int64), np.empty(most), np.empty(most)
    i, j, n = 0, 0, 0
    while i < size or j < others.size:
        here = j >= others.size or (i < size and entries[i] <= others[j])
        there = i >= size or (j < others.size and others[j] <= entries[i])
        found[n] = entries[i] if here else others[j]
        if here:
            total, rest = _times(high[i], low[i], factor, factor_low)
            i += 1
        if there:
            second, lost = _times(other_high[j], other_low[j], other_factor, other_factor_low)
            j += 1
            if here:
                total, rest = _plus(total, rest, second, lost)
            else:
                total, rest = second, lost
        if keep_zeros or total != 0.0:
            sums[n], rests[n] = total, rest
            n += 1
    return found[:n], sums[:n], rests[:n]


@cached_kernel(__file__)
def differences(  # type: ignore[no-untyped-def]
    starts, entries, high, low, other_starts, others, other_high, other_low
):
    """Return, pair by pair of laws, all entries of both, the difference of the weights and their sum, rounded.

    Law k of either side has the places ``starts[k]`` to ``starts[k + 1]`` of its other arrays; what is returned first
    says the same of the pairs. Entries are ascending and distinct; a weight that cancelled is kept as 0.
    """
    count, most = starts.size - 1, entries.size + others.size
    ends, found = np.zeros(count + 1, dtype=np.int64), np.empty(most, dtype=np.int64)
    left, both = np.empty(most), np.empty(most)
    n = 0
    for k in range(count):
        i, j = starts[k], other_starts[k]
        while i < starts[k + 1] or j < other_starts[k + 1]:
            here = j >= other_starts[k + 1] or (i < starts[k + 1] and entries[i] <= others[j])
            there = i >= starts[k + 1] or (j < other_starts[k + 1] and others[j] <= entries[i])
            if here and there:
                left[n], _ = _plus(high[i], low[i], -other_high[j], -other_low[j])
                both[n], _ = _plus(high[i], low[i], other_high[j], other_low[j])
            elif here:
                left[n], both[n] = high[i], high[i]
            else:
                left[n], both[n] = -other_high[j], other_high[j]
            found[n] = entries[i] if here else others[j]
            n += 1
            i += here
            j += there
        ends[k + 1] = n
    return ends, found[:n], left[:n], both[:n]


@njit
def _over(high, low, divisor, rest):  # type: ignore[no-untyped-def]
    first = high / divisor
    product, lost = _times(divisor, rest, first, 0.0)
    difference, lower = _plus(high, low, -product, -lost)
    second = (difference + lower) / divisor
    total = first + second
    return total, second - (total - first)


@cached_kernel(__file__)
def weighted_mean(starts, entries, high, low, chosen, shares, width):  # type: ignore[no-untyped-def]
    """Return the entries of ``sum_k shares_k law_k / sum_k shares_k`` and their weights, high and low.

    Law j has the places ``starts[j]`` to ``starts[j + 1]`` of the other arrays; `chosen` are the laws that count, and
    entries are below `width`. A weight is off by one sum and one product a law and by one division, relative to it.
    """
    sums, rests, met = np.zeros(width), np.zeros(width), np.zeros(width, dtype=np.bool_)
    whole, beyond = 0.0, 0.0
    for k in range(chosen.size):
        whole, beyond = _plus(whole, beyond, shares[k], 0.0)
        for place in range(starts[chosen[k]], starts[chosen[k] + 1]):
            term, lost = _times(high[place], low[place], shares[k], 0.0)
            entry = entries[place]
            sums[entry], rests[entry] = _plus(sums[entry], rests[entry], term, lost)
            met[entry] = True
    found = np.flatnonzero(met)
    above, below = np.empty(found.size), np.empty(found.size)
    for n in range(found.size):
        above[n], below[n] = _over(sums[found[n]], rests[found[n]], whole, beyond)
    return found, above, below

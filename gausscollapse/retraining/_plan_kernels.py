"""Kernels: dynamic programming over drift and its inner product with the next innovation. They know arrays only."""

from __future__ import annotations

import numpy as np
from numba import njit

from gausscollapse.core.kernel_sources import cached_kernel


@njit
def _between(values, roots, crosses, drift, cross):  # type: ignore[no-untyped-def]
    # Bilinear between the nodes of a grid: the value is concave, so this is below it. Past the end: its last node.
    i = min(max(np.searchsorted(roots, drift) - 1, 0), roots.size - 2)
    u = min(max((drift - roots[i]) / (roots[i + 1] - roots[i]), 0.0), 1.0)
    if crosses.size == 1:
        return (1.0 - u) * values[i, 0] + u * values[i + 1, 0]
    j = min(max(np.searchsorted(crosses, cross) - 1, 0), crosses.size - 2)
    v = min(max((cross - crosses[j]) / (crosses[j + 1] - crosses[j]), 0.0), 1.0)
    low = (1.0 - u) * values[i, j] + u * values[i + 1, j]
    high = (1.0 - u) * values[i, j + 1] + u * values[i + 1, j + 1]
    return (1.0 - v) * low + v * high


@cached_kernel(__file__)
def backward(drifts, crosses, shares, price, weights, c):  # type: ignore[no-untyped-def]
    """Return the values (N + 1, drifts, crosses): least weighted drift to come, fresh data paid for."""
    count = weights.size
    values = np.zeros((count + 1, drifts.size, crosses.size))
    for n in range(count - 1, -1, -1):
        for i in range(drifts.size):
            for j in range(crosses.size):
                best = np.inf
                for share in shares:
                    k = 1.0 - share
                    drift = max(k * k * drifts[i] + 2.0 * k * crosses[j] + 1.0, 0.0)
                    cross = c * (k * crosses[j] + 1.0)
                    cost = weights[n] * drift + price * share
                    best = min(best, cost + _between(values[n + 1], drifts, crosses, drift, cross))
                values[n, i, j] = best
    return values


@cached_kernel(__file__)
def forward(values, drifts, crosses, shares, price, weights, c):  # type: ignore[no-untyped-def]
    """Return the fresh fractions (N,) that the values choose, from the data."""
    chosen = np.zeros(weights.size)
    drift, cross = 0.0, 0.0
    for n in range(weights.size):
        best, k = np.inf, 1.0
        for share in shares:
            kept = 1.0 - share
            after = max(kept * kept * drift + 2.0 * kept * cross + 1.0, 0.0)
            inner = c * (kept * cross + 1.0)
            cost = weights[n] * after + price * share + _between(values[n + 1], drifts, crosses, after, inner)
            if cost < best:
                best, k, chosen[n] = cost, kept, share
        drift, cross = max(k * k * drift + 2.0 * k * cross + 1.0, 0.0), c * (k * cross + 1.0)
    return chosen

"""Kernel: score and log-density of a Gaussian kernel density estimate. It knows arrays only.

Queries are taken in blocks whose coordinates lie side by side, centres in tiles. Each tile's greatest exponent is
known before its exponentials are taken, and the sums so far are scaled to it (online log-sum-exp): nothing under- or
overflows, and memory does not grow with the number of centres.
"""

from __future__ import annotations

import numpy as np

from gausscollapse.core.kernel_sources import cached_kernel
from gausscollapse.core.random_kernels import power_of_two

QUERIES, TILE = 128, 32
LOG2_E = float(np.log2(np.e))
LOG_2 = float(np.log(2.0))


@cached_kernel(__file__, nogil=True, error_model="numpy", fastmath={"contract"})
def scores(x, centres, keep, variance, out, logs):  # type: ignore[no-untyped-def]
    """Fill scores (m, d) and ``log sum_j exp(-|x - keep c_j|^2/(2 variance))`` (m,) at points (m, d).

    `contract` fuses multiplications and additions; no other liberty is taken with the order of operations.
    """
    count, d = x.shape
    factor = -0.5 * LOG2_E / variance
    block = np.empty((d, QUERIES))
    sums = np.empty((d, QUERIES))
    exponents = np.empty((TILE, QUERIES))
    top = np.empty(QUERIES)
    tile_top = np.empty(QUERIES)
    total = np.empty(QUERIES)
    for first in range(0, count, QUERIES):
        width = min(QUERIES, count - first)
        for n in range(QUERIES):
            row = first + min(n, width - 1)
            for i in range(d):
                block[i, n] = x[row, i]
                sums[i, n] = 0.0
            top[n] = -np.inf
            total[n] = 0.0
        for start in range(0, centres.shape[0], TILE):
            size = min(TILE, centres.shape[0] - start)
            for n in range(QUERIES):
                tile_top[n] = top[n]
            for j in range(size):
                line = exponents[j]
                for n in range(QUERIES):
                    line[n] = 0.0
                for i in range(d):
                    centre = keep * centres[start + j, i]
                    row_i = block[i]
                    for n in range(QUERIES):
                        gap = row_i[n] - centre
                        line[n] += gap * gap
                for n in range(QUERIES):
                    value = factor * line[n]
                    line[n] = value
                    tile_top[n] = value if value > tile_top[n] else tile_top[n]
            for n in range(QUERIES):
                # The first tile meets -inf: the sums are 0 and stay so.
                scale = power_of_two(top[n] - tile_top[n])
                total[n] *= scale
                for i in range(d):
                    sums[i, n] *= scale
                top[n] = tile_top[n]
            for j in range(size):
                line = exponents[j]
                for n in range(QUERIES):
                    value = power_of_two(line[n] - top[n])
                    line[n] = value
                    total[n] += value
                for i in range(d):
                    centre = keep * centres[start + j, i]
                    row_i = sums[i]
                    for n in range(QUERIES):
                        row_i[n] += line[n] * centre
        for n in range(width):
            for i in range(d):
                out[first + n, i] = (sums[i, n] / total[n] - block[i, n]) / variance
            logs[first + n] = LOG_2 * top[n] + np.log(total[n])

"""Kernels: Euler-Maruyama chains of mixtures whose components are isotropic, in their own coordinates.

State of a path: the coordinates x in the span of the component means, and the square s of the distance from it. With
``g = sum_k p_k/v_k`` one step is

    x' = (1 + h/2 - h g) x + h sum_k p_k m_k/v_k + sqrt(h) z
    s' = ((1 + h/2 - h g) sqrt(s) + sqrt(h) z0)^2 + h chi^2_{q-1}

with q coordinates outside the span: their drift is radial, so the square of their norm is a Markov chain itself.
Blocks of `BLOCK` paths are stored as rows, as in `_sampler_kernels`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from gausscollapse.core.kernel_sources import cached_kernel
from gausscollapse.core.random_kernels import (
    BLOCK,
    INNER,
    OPTIONS,
    ROUNDER,
    S52,
    as_bits,
    as_float,
    load,
    log_unit,
    normal_pair,
    seed_block,
    separate,
    store,
    uniform_row,
)

# Fused multiplications and additions: no order changes, but the last bits depend on whether the processor has them.
FUSED: dict[str, Any] = {**INNER, "fastmath": {"contract"}}
# So many uniforms are multiplied before a logarithm is taken: the product stays a normal float.
FACTORS = 8


@njit(**FUSED)
def exponential(x):  # type: ignore[no-untyped-def]
    """Return ``2^x`` within a relative error of 2e-12, from a Chebyshev polynomial; below -1000 that of -1000."""
    bounded = x if x > -1000.0 else -1000.0
    shifted = bounded + ROUNDER
    f = bounded - (shifted - ROUNDER)
    w = f * f
    low = (1.0 + f * 0.6931471805459335) + w * (0.2402265069581299 + f * 0.05550410941205933)
    high = (0.009618129159402558 + f * 0.0013333450568000645) + w * (
        0.00015403455852453838 + f * 1.5310079402249296e-05
    )
    v = w * w
    value = low + v * (high + v * 1.3255224878668817e-06)
    return as_float(as_bits(value) + (as_bits(shifted) << S52))


@njit(**INNER)
def chi_squared(w, state, degrees, row, spare, normal):  # type: ignore[no-untyped-def]
    """Fill a row with chi-squared numbers: -2 log of uniforms, and one squared normal where `degrees` is odd.

    That normal is taken from a row where `normal` >= 0, else drawn.
    """
    separate()
    for n in range(BLOCK):
        store(w, row * BLOCK + n, 0.0)
    pairs = degrees // 2
    while pairs > 0:
        size = min(pairs, FACTORS)
        uniform_row(state, w, spare)
        for _ in range(1, size):
            uniform_row(state, w, spare + 1)
            for n in range(BLOCK):
                store(w, spare * BLOCK + n, load(w, spare * BLOCK + n) * load(w, (spare + 1) * BLOCK + n))
        for n in range(BLOCK):
            here = row * BLOCK + n
            store(w, here, load(w, here) - 2.0 * log_unit(load(w, spare * BLOCK + n)))
        pairs -= size
    if degrees % 2 == 1:
        if normal < 0:
            normal_pair(state, w, spare, spare + 1)
        source = spare if normal < 0 else normal
        for n in range(BLOCK):
            here, value = row * BLOCK + n, load(w, source * BLOCK + n)
            store(w, here, load(w, here) + value * value)


@njit(**FUSED)
def square_norm(w, r, target):  # type: ignore[no-untyped-def]
    """Fill a row with ``|x|^2 + s``."""
    separate()
    for n in range(BLOCK):
        store(w, target * BLOCK + n, load(w, r * BLOCK + n))
    for i in range(r):
        for n in range(BLOCK):
            here, x = target * BLOCK + n, load(w, i * BLOCK + n)
            store(w, here, load(w, here) + x * x)


@njit(**FUSED)
def raise_top(w, r, k, norm, top, spare, table, plan):  # type: ignore[no-untyped-def]
    """Raise a row to the exponent of one component."""
    separate()
    lines, constants, slopes = plan[1], plan[2], plan[3]
    constant, slope = load(table, constants + k), load(table, slopes + k)
    for n in range(BLOCK):
        store(w, spare * BLOCK + n, constant + slope * load(w, norm * BLOCK + n))
    for i in range(r):
        line = load(table, lines + k * r + i)
        for n in range(BLOCK):
            here = spare * BLOCK + n
            store(w, here, load(w, here) + line * load(w, i * BLOCK + n))
    for n in range(BLOCK):
        value, most = load(w, spare * BLOCK + n), load(w, top * BLOCK + n)
        store(w, top * BLOCK + n, value if value > most else most)


@njit(**FUSED)
def two_in_plane(w, k, norm, top, total, sums, drift, table, plan):  # type: ignore[no-untyped-def]
    """Add the weights p of two components, ``p/v`` and ``p m/v``, where the span is a plane: all in registers."""
    separate()
    means, lines, constants, slopes, precisions = plan
    c0, c1 = load(table, constants + k), load(table, constants + k + 1)
    b0, b1 = load(table, slopes + k), load(table, slopes + k + 1)
    g0, g1 = load(table, precisions + k), load(table, precisions + k + 1)
    x0, y0 = load(table, lines + 2 * k), load(table, lines + 2 * k + 1)
    x1, y1 = load(table, lines + 2 * k + 2), load(table, lines + 2 * k + 3)
    m0, n0 = load(table, means + 2 * k), load(table, means + 2 * k + 1)
    m1, n1 = load(table, means + 2 * k + 2), load(table, means + 2 * k + 3)
    for n in range(BLOCK):
        x, y = load(w, n), load(w, BLOCK + n)
        square, most = load(w, norm * BLOCK + n), load(w, top * BLOCK + n)
        p = exponential(c0 + b0 * square + x0 * x + y0 * y - most)
        q = exponential(c1 + b1 * square + x1 * x + y1 * y - most)
        store(w, total * BLOCK + n, load(w, total * BLOCK + n) + p + q)
        p, q = g0 * p, g1 * q
        store(w, sums * BLOCK + n, load(w, sums * BLOCK + n) + p + q)
        store(w, drift * BLOCK + n, load(w, drift * BLOCK + n) + m0 * p + m1 * q)
        store(w, (drift + 1) * BLOCK + n, load(w, (drift + 1) * BLOCK + n) + n0 * p + n1 * q)


@njit(**FUSED)
def two_in_span(w, r, k, norm, top, total, sums, drift, rows, table, plan):  # type: ignore[no-untyped-def]
    """Do the same in a span of any dimension, with two rows of work space."""
    separate()
    means, lines, constants, slopes, precisions = plan
    one, two = rows * BLOCK, (rows + 1) * BLOCK
    c0, c1 = load(table, constants + k), load(table, constants + k + 1)
    b0, b1 = load(table, slopes + k), load(table, slopes + k + 1)
    g0, g1 = load(table, precisions + k), load(table, precisions + k + 1)
    for n in range(BLOCK):
        square, most = load(w, norm * BLOCK + n), load(w, top * BLOCK + n)
        store(w, one + n, c0 + b0 * square - most)
        store(w, two + n, c1 + b1 * square - most)
    for i in range(r):
        x0, x1 = load(table, lines + k * r + i), load(table, lines + (k + 1) * r + i)
        for n in range(BLOCK):
            x = load(w, i * BLOCK + n)
            store(w, one + n, load(w, one + n) + x0 * x)
            store(w, two + n, load(w, two + n) + x1 * x)
    for n in range(BLOCK):
        p, q = exponential(load(w, one + n)), exponential(load(w, two + n))
        store(w, total * BLOCK + n, load(w, total * BLOCK + n) + p + q)
        p, q = g0 * p, g1 * q
        store(w, sums * BLOCK + n, load(w, sums * BLOCK + n) + p + q)
        store(w, one + n, p)
        store(w, two + n, q)
    for i in range(r):
        m0, m1 = load(table, means + k * r + i), load(table, means + (k + 1) * r + i)
        for n in range(BLOCK):
            here = (drift + i) * BLOCK + n
            store(w, here, load(w, here) + m0 * load(w, one + n) + m1 * load(w, two + n))


@cached_kernel(__file__, **OPTIONS)
def run_blocks(  # type: ignore[no-untyped-def]
    blocks, first_block, key, offset, paths, r, degrees, start, probes, times, table, basis, w, state, out
):  # fmt: skip
    """Run blocks of paths from the horizon to the stop.

    Table a step: means m (K, r), lines ``2 b m log2(e)`` (K, r), constants, slopes ``-b log2(e)`` and precisions
    2 b (K each), b = 1/(2 v), K even: exponents are ``constant + slope (|x|^2 + s) + line . x``, taken relative
    to the greatest of those of the components `probes`, which no other may exceed by 1000. `start`: cumulative
    weights, means (., r) and deviations of the start. `basis`: rows of the span (r, d) and of what is outside.
    """
    cumulative, centres, deviations = start
    inside, outside = basis
    count, d = table.shape[1] // (2 * r + 3), out.shape[1]
    square, noise, radial, total, top, sums, spare = r, r + 1, r + 2, r + 3, r + 4, r + 5, r + 6
    normal, drift, norm, rows = r + 8, 2 * r + 10, 3 * r + 10, 3 * r + 11
    size = count * r
    plan = (0, size, 2 * size, 2 * size + count, 2 * size + 2 * count)
    for block in range(blocks):
        first = (first_block + block) * BLOCK
        seed_block(key[0], key[1], offset + np.uint64(first), state)
        uniform_row(state, w, spare)
        for i in range(0, r, 2):
            normal_pair(state, w, normal + i, normal + i + 1)
        for n in range(BLOCK):
            u = load(w, spare * BLOCK + n)
            k = 0
            while k + 1 < cumulative.size and u > cumulative[k]:
                k += 1
            for i in range(r):
                store(w, i * BLOCK + n, centres[k, i] + deviations[k] * load(w, (normal + i) * BLOCK + n))
            store(w, sums * BLOCK + n, deviations[k] * deviations[k])
        chi_squared(w, state, degrees, square, spare, -1)
        for n in range(BLOCK):
            store(w, square * BLOCK + n, load(w, square * BLOCK + n) * load(w, sums * BLOCK + n))
        for step in range(table.shape[0]):
            line = table[step]
            h, root = times[step, 0], times[step, 1]
            for n in range(BLOCK):
                store(w, top * BLOCK + n, -1e300)
                store(w, total * BLOCK + n, 0.0)
                store(w, sums * BLOCK + n, 0.0)
            for i in range(r):
                for n in range(BLOCK):
                    store(w, (drift + i) * BLOCK + n, 0.0)
            square_norm(w, r, norm)
            for j in range(probes.size):
                raise_top(w, r, probes[j], norm, top, rows, line, plan)
            for k in range(0, count, 2):
                if r == 2:
                    two_in_plane(w, k, norm, top, total, sums, drift, line, plan)
                else:
                    two_in_span(w, r, k, norm, top, total, sums, drift, rows, line, plan)
            for n in range(BLOCK):
                scale = h / load(w, total * BLOCK + n)
                store(w, total * BLOCK + n, scale)
                store(w, sums * BLOCK + n, 1.0 + 0.5 * h - scale * load(w, sums * BLOCK + n))
            for i in range(0, r + 1, 2):
                normal_pair(state, w, normal + i, normal + i + 1)
            # Pairs are drawn: with r even the last normal is not used by the state.
            chi_squared(w, state, degrees - 1, radial, spare, normal + r + 1 if r % 2 == 0 else -1)
            for i in range(r):
                for n in range(BLOCK):
                    moved = load(w, sums * BLOCK + n) * load(w, i * BLOCK + n)
                    pulled = load(w, total * BLOCK + n) * load(w, (drift + i) * BLOCK + n)
                    store(w, i * BLOCK + n, moved + pulled + root * load(w, (normal + i) * BLOCK + n))
            for n in range(BLOCK):
                distant = load(w, sums * BLOCK + n) * np.sqrt(load(w, square * BLOCK + n))
                distant = distant + root * load(w, (normal + r) * BLOCK + n)
                store(w, square * BLOCK + n, distant * distant + h * load(w, radial * BLOCK + n))
        for n in range(BLOCK):
            store(w, noise * BLOCK + n, 0.0)
        for i in range(min(BLOCK, paths - first)):
            for c in range(d):
                value = 0.0
                for j in range(r):
                    value += inside[j, c] * w[j * BLOCK + i]
                out[first + i, c] = value
        # The direction outside the span is uniform: that of normals, whose squares are summed first.
        for i in range(0, degrees, 2):
            normal_pair(state, w, rows + i, rows + i + 1)
        for i in range(degrees):
            for n in range(BLOCK):
                here, value = noise * BLOCK + n, load(w, (rows + i) * BLOCK + n)
                store(w, here, load(w, here) + value * value)
        for n in range(min(BLOCK, paths - first)):
            length = np.sqrt(w[square * BLOCK + n] / w[noise * BLOCK + n])
            for c in range(d):
                value = 0.0
                for j in range(degrees):
                    value += outside[j, c] * w[(rows + j) * BLOCK + n]
                out[first + n, c] += length * value


def workspace(r: int, degrees: int) -> int:
    """Return the number of rows that `run` needs."""
    return 3 * r + 13 + max(2, degrees)

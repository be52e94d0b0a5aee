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

from gausscollapse.reverse._random_kernels import (
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
    sources,
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
def four_distances(w, r, k, target, table):  # type: ignore[no-untyped-def]
    """Fill four rows with the squared distances from the means of four components, k and those after it."""
    separate()
    square = r * BLOCK
    one, two, three, four = target * BLOCK, (target + 1) * BLOCK, (target + 2) * BLOCK, (target + 3) * BLOCK
    for n in range(BLOCK):
        value = load(w, square + n)
        store(w, one + n, value)
        store(w, two + n, value)
        store(w, three + n, value)
        store(w, four + n, value)
    for i in range(r):
        here = i * BLOCK
        m0, m1 = load(table, k * r + i), load(table, (k + 1) * r + i)
        m2, m3 = load(table, (k + 2) * r + i), load(table, (k + 3) * r + i)
        for n in range(BLOCK):
            x = load(w, here + n)
            a, b, c, d = x - m0, x - m1, x - m2, x - m3
            store(w, one + n, load(w, one + n) + a * a)
            store(w, two + n, load(w, two + n) + b * b)
            store(w, three + n, load(w, three + n) + c * c)
            store(w, four + n, load(w, four + n) + d * d)


@njit(**FUSED)
def raise_top(w, r, k, top, spare, table, constants, slopes):  # type: ignore[no-untyped-def]
    """Raise a row to the exponent ``c_k + b_k D_k`` of one component."""
    separate()
    constant, slope = load(table, constants + k), load(table, slopes + k)
    for n in range(BLOCK):
        store(w, spare * BLOCK + n, load(w, r * BLOCK + n))
    for i in range(r):
        centre = load(table, k * r + i)
        for n in range(BLOCK):
            gap = load(w, i * BLOCK + n) - centre
            store(w, spare * BLOCK + n, load(w, spare * BLOCK + n) + gap * gap)
    for n in range(BLOCK):
        value, most = constant + slope * load(w, spare * BLOCK + n), load(w, top * BLOCK + n)
        store(w, top * BLOCK + n, value if value > most else most)


@njit(**FUSED)
def four_pulls(w, r, k, rows, top, total, sums, drift, table, constants, slopes, precisions):  # type: ignore[no-untyped-def]
    """Add the weights of four components, ``p/v`` and ``p m/v``; `rows` holds the distances from their means."""
    separate()
    c0, c1 = load(table, constants + k), load(table, constants + k + 1)
    c2, c3 = load(table, constants + k + 2), load(table, constants + k + 3)
    b0, b1 = load(table, slopes + k), load(table, slopes + k + 1)
    b2, b3 = load(table, slopes + k + 2), load(table, slopes + k + 3)
    g0, g1 = load(table, precisions + k), load(table, precisions + k + 1)
    g2, g3 = load(table, precisions + k + 2), load(table, precisions + k + 3)
    one, two, three, four = rows * BLOCK, (rows + 1) * BLOCK, (rows + 2) * BLOCK, (rows + 3) * BLOCK
    for n in range(BLOCK):
        most = load(w, top * BLOCK + n)
        p0 = exponential(c0 + b0 * load(w, one + n) - most)
        p1 = exponential(c1 + b1 * load(w, two + n) - most)
        p2 = exponential(c2 + b2 * load(w, three + n) - most)
        p3 = exponential(c3 + b3 * load(w, four + n) - most)
        store(w, total * BLOCK + n, load(w, total * BLOCK + n) + (p0 + p1) + (p2 + p3))
        p0, p1, p2, p3 = g0 * p0, g1 * p1, g2 * p2, g3 * p3
        store(w, sums * BLOCK + n, load(w, sums * BLOCK + n) + (p0 + p1) + (p2 + p3))
        store(w, one + n, p0)
        store(w, two + n, p1)
        store(w, three + n, p2)
        store(w, four + n, p3)
    for i in range(r):
        here = (drift + i) * BLOCK
        m0, m1 = load(table, k * r + i), load(table, (k + 1) * r + i)
        m2, m3 = load(table, (k + 2) * r + i), load(table, (k + 3) * r + i)
        for n in range(BLOCK):
            first = m0 * load(w, one + n) + m1 * load(w, two + n)
            second = m2 * load(w, three + n) + m3 * load(w, four + n)
            store(w, here + n, load(w, here + n) + first + second)


def _cached_entry(text: int) -> Any:
    """Return `run` compiled, its cache keyed by the text of all kernels: numba looks at one file alone."""

    @njit(cache=True, **OPTIONS)
    def run(  # type: ignore[no-untyped-def]
        blocks, first_block, key, offset, paths, r, degrees, start, probes, times, table, basis, w, state, out
    ):  # fmt: skip
        """Run blocks of paths from the horizon to the stop.

        Table a step: means (K, r), constants, slopes and precisions (K each), K a multiple of four. Exponents are
        taken relative to the greatest of those of the components `probes`, which no other may exceed by 1000.
        `start`: cumulative weights, means (., r) and deviations of the start. `basis`: the rows of the span (r, d)
        and of what is outside (q, d).
        """
        cumulative, centres, deviations = start
        inside, outside = basis
        count, d = table.shape[1] // (r + 3), out.shape[1]
        square, noise, radial, total, top, sums, spare = r, r + 1, r + 2, r + 3, r + 4, r + 5, r + 6
        normal, drift, rows = r + 8, 2 * r + 10, 3 * r + 10
        constants, slopes, precisions = count * r, count * (r + 1), count * (r + 2)
        for block in range(blocks if text >= 0 else 0):
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
                for j in range(probes.size):
                    raise_top(w, r, probes[j], top, rows, line, constants, slopes)
                for k in range(0, count, 4):
                    four_distances(w, r, k, rows, line)
                    four_pulls(w, r, k, rows, top, total, sums, drift, line, constants, slopes, precisions)
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

    return run


run_blocks = _cached_entry(sources("_isotropic_kernels.py"))


def workspace(r: int, degrees: int) -> int:
    """Return the number of rows that `run` needs."""
    return 3 * r + 12 + max(4, degrees)

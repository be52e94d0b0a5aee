"""Kernels: Euler-Maruyama chains of mixtures whose components are isotropic, in their own coordinates.

State of a path: the coordinates x in the span of the component means, and the square s of the distance from it. With
``g = sum_k p_k/v_k`` one step is

    x' = (1 + h/2 - h g) x + h sum_k p_k m_k/v_k + sqrt(h) z
    s' = ((1 + h/2 - h g) sqrt(s) + sqrt(h) z0)^2 + h chi^2_{q-1}

with q coordinates outside the span: their drift is radial, so the square of their norm is a Markov chain itself.
Blocks of `BLOCK` paths are stored as rows, as in `_sampler_kernels`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

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


class Rows(NamedTuple):
    """Rows of a block in a span of dimension r with q coordinates outside.

    Parameters
    ----------
    square, noise, radial : int
        The state's s; squares of the normals that give the direction at the end; the chi-squared part of a step.
    total, top, sums : int
        Sum of weights p; greatest exponent of the probes; sum of ``p/v``.
    spare : int
        First of two rows for drawing.
    normal, drift : int
        First of r + 2 rows of normals, and of r rows of ``p m/v``.
    norm, work : int
        ``|x|^2 + s``; first of max(2, q) rows of work space.
    size : int
        Number of rows. The first r of them are x.
    """

    square: int
    noise: int
    radial: int
    total: int
    top: int
    sums: int
    spare: int
    normal: int
    drift: int
    norm: int
    work: int
    size: int


def rows_of(r: int, degrees: int) -> Rows:
    """Return the rows for a span of dimension `r` and `degrees` coordinates outside."""
    # A pair of normals may reach one row further than needed, here and in the work space.
    return Rows(
        square=r, noise=r + 1, radial=r + 2, total=r + 3, top=r + 4, sums=r + 5, spare=r + 6, normal=r + 8,
        drift=2 * r + 10, norm=3 * r + 10, work=3 * r + 11, size=3 * r + 13 + max(2, degrees),
    )  # fmt: skip


class Columns(NamedTuple):
    """First entries of means m (K, r), lines ``2 b m log2(e)`` (K, r), constants, slopes ``-b log2(e)``, precisions.

    The last three have K entries, ``b = 1/(2 v)`` and the precision is ``1/v``; K is even.
    """

    components: int
    means: int
    lines: int
    constants: int
    slopes: int
    precisions: int


def columns_of(count: int, r: int) -> Columns:
    """Return the columns for K = `count` components in a span of dimension `r`."""
    end = 2 * count * r
    return Columns(
        components=count, means=0, lines=count * r, constants=end, slopes=end + count, precisions=end + 2 * count
    )


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
def raise_top(w, r, k, rows, columns, table):  # type: ignore[no-untyped-def]
    """Raise a row to the exponent of one component."""
    separate()
    constant, slope = load(table, columns.constants + k), load(table, columns.slopes + k)
    for n in range(BLOCK):
        store(w, rows.work * BLOCK + n, constant + slope * load(w, rows.norm * BLOCK + n))
    for i in range(r):
        line = load(table, columns.lines + k * r + i)
        for n in range(BLOCK):
            here = rows.work * BLOCK + n
            store(w, here, load(w, here) + line * load(w, i * BLOCK + n))
    for n in range(BLOCK):
        value, most = load(w, rows.work * BLOCK + n), load(w, rows.top * BLOCK + n)
        store(w, rows.top * BLOCK + n, value if value > most else most)


@njit(**FUSED)
def two_in_plane(w, k, rows, columns, table):  # type: ignore[no-untyped-def]
    """Add the weights p of two components, ``p/v`` and ``p m/v``, where the span is a plane: all in registers."""
    separate()
    c0, c1 = load(table, columns.constants + k), load(table, columns.constants + k + 1)
    b0, b1 = load(table, columns.slopes + k), load(table, columns.slopes + k + 1)
    g0, g1 = load(table, columns.precisions + k), load(table, columns.precisions + k + 1)
    line, mean = columns.lines + 2 * k, columns.means + 2 * k
    x0, y0, x1, y1 = load(table, line), load(table, line + 1), load(table, line + 2), load(table, line + 3)
    m0, n0, m1, n1 = load(table, mean), load(table, mean + 1), load(table, mean + 2), load(table, mean + 3)
    norm, top, total, sums, drift = rows.norm, rows.top, rows.total, rows.sums, rows.drift
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
def two_in_span(w, r, k, rows, columns, table):  # type: ignore[no-untyped-def]
    """Do the same in a span of any dimension, with two rows of work space."""
    separate()
    one, two = rows.work * BLOCK, (rows.work + 1) * BLOCK
    norm, top, total, sums = rows.norm * BLOCK, rows.top * BLOCK, rows.total * BLOCK, rows.sums * BLOCK
    c0, c1 = load(table, columns.constants + k), load(table, columns.constants + k + 1)
    b0, b1 = load(table, columns.slopes + k), load(table, columns.slopes + k + 1)
    g0, g1 = load(table, columns.precisions + k), load(table, columns.precisions + k + 1)
    for n in range(BLOCK):
        square, most = load(w, norm + n), load(w, top + n)
        store(w, one + n, c0 + b0 * square - most)
        store(w, two + n, c1 + b1 * square - most)
    for i in range(r):
        x0, x1 = load(table, columns.lines + k * r + i), load(table, columns.lines + (k + 1) * r + i)
        for n in range(BLOCK):
            x = load(w, i * BLOCK + n)
            store(w, one + n, load(w, one + n) + x0 * x)
            store(w, two + n, load(w, two + n) + x1 * x)
    for n in range(BLOCK):
        p, q = exponential(load(w, one + n)), exponential(load(w, two + n))
        store(w, total + n, load(w, total + n) + p + q)
        p, q = g0 * p, g1 * q
        store(w, sums + n, load(w, sums + n) + p + q)
        store(w, one + n, p)
        store(w, two + n, q)
    for i in range(r):
        m0, m1 = load(table, columns.means + k * r + i), load(table, columns.means + (k + 1) * r + i)
        for n in range(BLOCK):
            here = (rows.drift + i) * BLOCK + n
            store(w, here, load(w, here) + m0 * load(w, one + n) + m1 * load(w, two + n))


@cached_kernel(__file__, **OPTIONS)
def run_radial_blocks(  # type: ignore[no-untyped-def]
    blocks, first_block, key, paths, r, degrees, rows, columns, start, probes, times, table, basis, w, state, out
):  # fmt: skip
    """Run blocks of paths from the horizon to the stop.

    `rows` and `columns` say what the rows of w and the columns of the table hold. Exponents of components are
    ``constant + slope (|x|^2 + s) + line . x``, taken relative to the greatest of those of the components
    `probes`, which no other may exceed by 1000. `start`: cumulative weights, means (., r) and deviations of the
    start. `basis`: rows of the span (r, d) and of what is outside.
    """
    cumulative, centres, deviations = start
    inside, outside = basis
    count, d = columns.components, out.shape[1]
    square, noise, radial, total = rows.square, rows.noise, rows.radial, rows.total
    top, sums, spare, normal, drift = rows.top, rows.sums, rows.spare, rows.normal, rows.drift
    for block in range(blocks):
        first = (first_block + block) * BLOCK
        seed_block(key[0], key[1], np.uint64(first), state)
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
            square_norm(w, r, rows.norm)
            for j in range(probes.size):
                raise_top(w, r, probes[j], rows, columns, line)
            for k in range(0, count, 2):
                if r == 2:
                    two_in_plane(w, k, rows, columns, line)
                else:
                    two_in_span(w, r, k, rows, columns, line)
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
            normal_pair(state, w, rows.work + i, rows.work + i + 1)
        for i in range(degrees):
            for n in range(BLOCK):
                here, value = noise * BLOCK + n, load(w, (rows.work + i) * BLOCK + n)
                store(w, here, load(w, here) + value * value)
        for n in range(min(BLOCK, paths - first)):
            length = np.sqrt(w[square * BLOCK + n] / w[noise * BLOCK + n])
            for c in range(d):
                value = 0.0
                for j in range(degrees):
                    value += outside[j, c] * w[(rows.work + j) * BLOCK + n]
                out[first + n, c] += length * value

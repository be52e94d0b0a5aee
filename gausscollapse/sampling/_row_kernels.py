"""Kernels: matrices, weighted sums and softmax of rows, each of which holds one number a path of a block."""

from __future__ import annotations

from numba import njit

from gausscollapse.core.random_kernels import BLOCK, INNER, load, power_from, power_parts, separate, store
from gausscollapse.sampling._layout import DENSE, DIAGONAL_MAP, NOTHING


@njit(**INNER)
def fill(w, row, value):  # type: ignore[no-untyped-def]
    """Set a row to a number."""
    separate()
    for n in range(BLOCK):
        store(w, row * BLOCK + n, value)


@njit(**INNER)
def linear(w, source, columns, target, rows, table, entry, constants):  # type: ignore[no-untyped-def]
    """Add ``matrix @ source`` to the target rows, which begin as constants where ``constants >= 0``.

    The work is done in tiles of two rows by four columns; the order of each sum is that of the code. No literals are
    passed, here and elsewhere: numba would compile the function once more for each.
    """
    separate()
    begun = 0
    if constants >= 0:
        begun = 2 - columns % 2
        for i in range(rows):
            constant, a = load(table, constants + i), entry + i * columns
            a0, a1 = load(table, a), load(table, a + begun - 1)
            here, there = source * BLOCK, (target + i) * BLOCK
            if begun == 1:
                for n in range(BLOCK):
                    store(w, there + n, constant + a0 * load(w, here + n))
            else:
                for n in range(BLOCK):
                    store(w, there + n, constant + a0 * load(w, here + n) + a1 * load(w, here + BLOCK + n))
    i = 0
    while i + 1 < rows:
        j = begun
        a = entry + i * columns
        b = a + columns
        while j + 3 < columns:
            a0, a1, a2, a3 = (
                load(table, a + j),
                load(table, a + j + 1),
                load(table, a + j + 2),
                load(table, a + j + 3),
            )
            b0, b1, b2, b3 = (
                load(table, b + j),
                load(table, b + j + 1),
                load(table, b + j + 2),
                load(table, b + j + 3),
            )
            here, there = (source + j) * BLOCK, (target + i) * BLOCK
            for n in range(BLOCK):
                x0, x1 = load(w, here + n), load(w, here + BLOCK + n)
                x2, x3 = load(w, here + 2 * BLOCK + n), load(w, here + 3 * BLOCK + n)
                first, second = load(w, there + n), load(w, there + BLOCK + n)
                store(w, there + n, (first + a0 * x0 + a1 * x1) + (a2 * x2 + a3 * x3))
                store(w, there + BLOCK + n, (second + b0 * x0 + b1 * x1) + (b2 * x2 + b3 * x3))
            j += 4
        while j + 1 < columns:
            a0, a1, b0, b1 = load(table, a + j), load(table, a + j + 1), load(table, b + j), load(table, b + j + 1)
            here, there = (source + j) * BLOCK, (target + i) * BLOCK
            for n in range(BLOCK):
                x0, x1 = load(w, here + n), load(w, here + BLOCK + n)
                first, second = load(w, there + n), load(w, there + BLOCK + n)
                store(w, there + n, first + a0 * x0 + a1 * x1)
                store(w, there + BLOCK + n, second + b0 * x0 + b1 * x1)
            j += 2
        if j < columns:
            a0, b0 = load(table, a + j), load(table, b + j)
            here, there = (source + j) * BLOCK, (target + i) * BLOCK
            for n in range(BLOCK):
                x0 = load(w, here + n)
                first, second = load(w, there + n), load(w, there + BLOCK + n)
                store(w, there + n, first + a0 * x0)
                store(w, there + BLOCK + n, second + b0 * x0)
        i += 2
    if i < rows:
        a = entry + i * columns
        j = begun
        while j + 3 < columns:
            a0, a1, a2, a3 = (
                load(table, a + j),
                load(table, a + j + 1),
                load(table, a + j + 2),
                load(table, a + j + 3),
            )
            here, there = (source + j) * BLOCK, (target + i) * BLOCK
            for n in range(BLOCK):
                x0, x1 = load(w, here + n), load(w, here + BLOCK + n)
                x2, x3 = load(w, here + 2 * BLOCK + n), load(w, here + 3 * BLOCK + n)
                store(w, there + n, (load(w, there + n) + a0 * x0 + a1 * x1) + (a2 * x2 + a3 * x3))
            j += 4
        while j < columns:
            a0 = load(table, a + j)
            here, there = (source + j) * BLOCK, (target + i) * BLOCK
            for n in range(BLOCK):
                store(w, there + n, load(w, there + n) + a0 * load(w, here + n))
            j += 1


@njit(**INNER)
def softmax(w, row, count, spare):  # type: ignore[no-untyped-def]
    """Turn rows of base-2 logarithms into weights that sum to one; three rows of work space."""
    separate()
    top, total, fraction = spare * BLOCK, (spare + 1) * BLOCK, (spare + 2) * BLOCK
    if count == 1:
        fill(w, row, 1.0)
        return
    for n in range(BLOCK):
        first, second = load(w, row * BLOCK + n), load(w, (row + 1) * BLOCK + n)
        store(w, top + n, first if first > second else second)
    for k in range(2, count):
        here = (row + k) * BLOCK
        for n in range(BLOCK):
            first, second = load(w, top + n), load(w, here + n)
            store(w, top + n, first if first > second else second)
    fill(w, spare + 1, 0.0)
    for k in range(count):
        here = (row + k) * BLOCK
        for n in range(BLOCK):
            part, shift = power_parts(load(w, here + n) - load(w, top + n))
            store(w, fraction + n, part)
            store(w, here + n, shift)
        for n in range(BLOCK):
            value = power_from(load(w, fraction + n), load(w, here + n))
            store(w, here + n, value)
            store(w, total + n, load(w, total + n) + value)
    for n in range(BLOCK):
        store(w, total + n, 1.0 / load(w, total + n))
    for k in range(count):
        here = (row + k) * BLOCK
        for n in range(BLOCK):
            store(w, here + n, load(w, here + n) * load(w, total + n))


@njit(**INNER)
def weighted_sum(w, weights, count, source, d, target):  # type: ignore[no-untyped-def]
    """Add ``-sum_k weights_k source_k`` to d target rows; the k-th source begins ``k d`` rows further on."""
    separate()
    for i in range(d):
        there = (target + i) * BLOCK
        k = 0
        while k + 1 < count:
            p, g = (weights + k) * BLOCK, (source + k * d + i) * BLOCK
            q = (source + (k + 1) * d + i) * BLOCK
            for n in range(BLOCK):
                first = load(w, p + n) * load(w, g + n)
                second = load(w, p + BLOCK + n) * load(w, q + n)
                store(w, there + n, load(w, there + n) - first - second)
            k += 2
        if k < count:
            p, g = (weights + k) * BLOCK, (source + k * d + i) * BLOCK
            for n in range(BLOCK):
                store(w, there + n, load(w, there + n) - load(w, p + n) * load(w, g + n))


@njit(**INNER)
def scaled(w, kind, source, target, d, table, entry):  # type: ignore[no-untyped-def]
    """Add d rows times a number or a diagonal to target rows."""
    separate()
    for i in range(d):
        factor = load(table, entry + (i if kind == DIAGONAL_MAP else 0))
        here, there = (source + i) * BLOCK, (target + i) * BLOCK
        for n in range(BLOCK):
            store(w, there + n, load(w, there + n) + factor * load(w, here + n))


@njit(inline="always", **INNER)
def apply(w, kind, source, columns, target, d, table, entry):  # type: ignore[no-untyped-def]
    """Add a row block to d target rows by a number, a diagonal or a dense matrix."""
    if kind == DENSE:
        linear(w, source, columns, target, d, table, entry, -d)
    elif kind != NOTHING:
        scaled(w, kind, source, target, d, table, entry)

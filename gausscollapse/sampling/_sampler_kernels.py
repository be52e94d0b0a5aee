"""Kernels: steps of blocks of paths. They know arrays only.

One step of a block with rows x (state), z (normals) and features phi (posteriors, scores, cosines, values from
outside):

    x' = F x + f + sum_features W phi + sqrt(v) z        e = E x + c + sum_features V phi

All matrices are tabulated per step. A plan, one record a feature, says how each is computed and mapped; `_layout`
names its fields and the rows and table entries that all have.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gausscollapse.core.kernel_sources import cached_kernel
from gausscollapse.core.random_kernels import (
    BLOCK,
    INNER,
    OPTIONS,
    cosine_of_turns,
    load,
    normal_pair,
    seed_block,
    store,
    uniform_row,
)
from gausscollapse.sampling._layout import COSINE, DENSE, DIAGONAL, DIAGONAL_MAP, FULL, SHARED
from gausscollapse.sampling._row_kernels import apply, fill, linear, softmax, weighted_sum


@njit(inline="always", **INNER)
def shared_posterior(w, x, d, count, row, spare, table, entry):  # type: ignore[no-untyped-def]
    """Posteriors of a mixture with one covariance: table of constants (K), slopes (K, d)."""
    linear(w, x, d, row, count, table, entry + count, entry)
    softmax(w, row, count, spare)


@njit(inline="always", **INNER)
def diagonal_score(w, x, d, count, row, spare, table, entry):  # type: ignore[no-untyped-def]
    """Score of a mixture with diagonal covariances.

    Table: constants (K), slopes (K, d), curvatures (K, d), centres (d, K), precisions (d, K).
    """
    squares, weights, sums = spare + 3, spare + 3 + d, spare + 3 + d + count
    for i in range(d):
        here, there = (x + i) * BLOCK, (squares + i) * BLOCK
        for n in range(BLOCK):
            value = load(w, here + n)
            store(w, there + n, value * value)
    linear(w, x, d, weights, count, table, entry + count, entry)
    entry += count + count * d
    linear(w, squares, d, weights, count, table, entry, -d)
    entry += count * d
    softmax(w, weights, count, spare)
    for i in range(d):
        fill(w, row + i, 0.0)
        fill(w, sums + i, 0.0)
    linear(w, weights, count, row, d, table, entry, -d)
    linear(w, weights, count, sums, d, table, entry + count * d, -d)
    for i in range(d):
        here, there, slope = (x + i) * BLOCK, (row + i) * BLOCK, (sums + i) * BLOCK
        for n in range(BLOCK):
            store(w, there + n, load(w, there + n) - load(w, here + n) * load(w, slope + n))


@njit(inline="always", **INNER)
def full_score(w, x, d, count, row, spare, swirl, table, entry):  # type: ignore[no-untyped-def]
    """Score of a mixture with full covariances, and with `swirl` the swirling part behind it.

    Table a component: constant, -log2(e)/2, mean (d), minus precision times mean (d), precision (d, d), and with
    `swirl` a matrix Q (d, d).
    """
    weights = spare + 3
    pulls = weights + count
    size = 2 + 2 * d + d * d * (1 + swirl)
    for k in range(count):
        base, pull = entry + k * size, pulls + k * d
        linear(w, x, d, pull, d, table, base + 2 + 2 * d, base + 2 + d)
        here = (weights + k) * BLOCK
        fill(w, weights + k, load(table, base))
        factor = load(table, base + 1)
        i = 0
        while i + 3 < d:
            m0, m1, m2, m3 = (
                load(table, base + 2 + i),
                load(table, base + 3 + i),
                load(table, base + 4 + i),
                load(table, base + 5 + i),
            )
            g, y = (pull + i) * BLOCK, (x + i) * BLOCK
            for n in range(BLOCK):
                first = load(w, g + n) * (load(w, y + n) - m0)
                second = load(w, g + BLOCK + n) * (load(w, y + BLOCK + n) - m1)
                third = load(w, g + 2 * BLOCK + n) * (load(w, y + 2 * BLOCK + n) - m2)
                fourth = load(w, g + 3 * BLOCK + n) * (load(w, y + 3 * BLOCK + n) - m3)
                store(w, here + n, load(w, here + n) + factor * ((first + second) + (third + fourth)))
            i += 4
        while i < d:
            m0 = load(table, base + 2 + i)
            g, y = (pull + i) * BLOCK, (x + i) * BLOCK
            for n in range(BLOCK):
                store(w, here + n, load(w, here + n) + factor * (load(w, g + n) * (load(w, y + n) - m0)))
            i += 1
    softmax(w, weights, count, spare)
    for i in range(d):
        fill(w, row + i, 0.0)
    weighted_sum(w, weights, count, pulls, d, row)
    if swirl == 1:
        turned = pulls + count * d
        for i in range(d):
            fill(w, row + d + i, 0.0)
        for k in range(count):
            for i in range(d):
                fill(w, turned + i, 0.0)
            linear(w, pulls + k * d, d, turned, d, table, entry + k * size + 2 + 2 * d + d * d, -d)
            weighted_sum(w, weights + k, swirl, turned, d, row + d)


@njit(inline="always", **INNER)
def cosines(w, x, d, count, row, table, entry):  # type: ignore[no-untyped-def]
    """``cos(2 pi (phase + frequency . x))``: table of phases (R), frequencies (R, d)."""
    linear(w, x, d, row, count, table, entry + count, entry)
    for k in range(count):
        here = (row + k) * BLOCK
        for n in range(BLOCK):
            store(w, here + n, cosine_of_turns(load(w, here + n)))


@njit(inline="always", **INNER)
def begin(w, state, x, z, d, spare, start):  # type: ignore[no-untyped-def]
    """Draw the start of a block from a mixture: one word for the component, then d normals."""
    uniform_row(state, w, z)
    for i in range(0, d, 2):
        normal_pair(state, w, x + i, x + i + 1 if i + 1 < d else spare)
    for n in range(BLOCK):
        u = load(w, z * BLOCK + n)
        k = 0
        while k + 1 < start.cumulative.size and u > start.cumulative[k]:
            k += 1
        # From the last coordinate on: those before are still the normals.
        for i in range(d - 1, -1, -1):
            value = start.centres[k, i]
            for j in range(i + 1):
                value += start.factors[k, i, j] * load(w, (x + j) * BLOCK + n)
            store(w, (x + i) * BLOCK + n, value)


@njit(inline="always", **INNER)
def normals(w, state, z, d, spare, step):  # type: ignore[no-untyped-def]
    """Fill d rows with normals; where d is odd, every second step takes the spare row of the step before."""
    i = 0
    while i + 1 < d:
        normal_pair(state, w, z + i, z + i + 1)
        i += 2
    if i < d:
        if step % 2 == 0:
            normal_pair(state, w, z + i, spare)
        else:
            here, there = (z + i) * BLOCK, spare * BLOCK
            for n in range(BLOCK):
                store(w, here + n, load(w, there + n))


@njit(inline="always", **INNER)
def advance(w, state, d, step, x, z, plan, layout, table, record):  # type: ignore[no-untyped-def]
    """Make one step of a block: the new state is left in the rows z, whose place x then takes."""
    normals(w, state, z, d, layout.spare_row, step)
    for b in range(plan.shape[0]):
        item = plan[b]
        kind, count, entry, row, spare = item.kind, item.count, item.entry, item.row, item.spare
        if kind == SHARED:
            shared_posterior(w, x, d, count, row, spare, table, entry)
        elif kind == DIAGONAL:
            diagonal_score(w, x, d, count, row, spare, table, entry)
        elif kind == FULL:
            full_score(w, x, d, count, row, spare, item.swirl, table, entry)
        elif kind == COSINE:
            cosines(w, x, d, count, row, table, entry)
    width = layout.width
    weights, roots, noises = layout.step, layout.step + width, layout.step + 2 * width
    if record:
        e, energy, martingale = layout.error_row, layout.energy_row, layout.martingale_row
        for i in range(d):
            fill(w, e + i, load(table, layout.error_constant + i))
        # The state itself comes first.
        kind, source, columns, entry = layout.error_kind, x, d, layout.error
        for b in range(plan.shape[0] + 1):
            apply(w, kind, source, columns, e, d, table, entry)
            if b < plan.shape[0]:
                item = plan[b]
                kind, source, columns, entry = item.error_kind, item.row, item.rows, item.error
        for i in range(d):
            here, noise = (e + i) * BLOCK, (z + i) * BLOCK
            own = i if width > 1 else 0
            h, root = load(table, weights + own), load(table, roots + own)
            for n in range(BLOCK):
                value = load(w, here + n)
                store(w, energy * BLOCK + n, load(w, energy * BLOCK + n) + h * value * value)
                store(w, martingale * BLOCK + n, load(w, martingale * BLOCK + n) + root * value * load(w, noise + n))
    for i in range(d):
        offset = load(table, layout.drift_constant + i)
        root = load(table, noises + (i if width > 1 else 0))
        # Where the map is dense the number is not used.
        factor = load(table, layout.drift + (i if layout.drift_kind == DIAGONAL_MAP else 0))
        here, there = (x + i) * BLOCK, (z + i) * BLOCK
        if layout.drift_kind != DENSE:
            for n in range(BLOCK):
                store(w, there + n, root * load(w, there + n) + offset + factor * load(w, here + n))
        else:
            for n in range(BLOCK):
                store(w, there + n, root * load(w, there + n) + offset)
    if layout.drift_kind == DENSE:
        linear(w, x, d, z, d, table, layout.drift, -d)
    for b in range(plan.shape[0]):
        item = plan[b]
        apply(w, item.drift_kind, item.row, item.rows, z, d, table, item.drift)


@njit(inline="always", **INNER)
def keep(w, x, d, first, paths, out):  # type: ignore[no-untyped-def]
    """Copy the states of a block to rows of an array (paths, d)."""
    for n in range(min(BLOCK, paths - first)):
        for i in range(d):
            out[first + n, i] = w[(x + i) * BLOCK + n]


@njit(inline="always", **INNER)
def expand(w, state, x, z, d, spare, expansion, first, paths, out):  # type: ignore[no-untyped-def]
    """Store ``offset + matrix @ (state, normals)``: the coordinates that one draw gives exactly."""
    matrix, offset = expansion
    full = offset.size
    for i in range(0, full - d, 2):
        normal_pair(state, w, z + i, z + i + 1 if i + 1 < full - d else spare)
    for n in range(min(BLOCK, paths - first)):
        for i in range(full):
            value = offset[i]
            for j in range(d):
                value += matrix[i, j] * w[(x + j) * BLOCK + n]
            for j in range(full - d):
                value += matrix[i, d + j] * w[(z + j) * BLOCK + n]
            out[first + n, i] = value


@cached_kernel(__file__, **OPTIONS)
def run_blocks(  # type: ignore[no-untyped-def]
    blocks, first_block, key, offset_path, paths, d, rows, steps, start, plan, layout, table, record, stops,
    expansion, work, states, kept
):  # fmt: skip
    """Run `blocks` blocks from `first_block` on through the steps from ``steps[0]`` to ``steps[1]``.

    `work` and `states` hold one block's rows and streams, or those of all `blocks`: then they are kept from one
    call to the next. `kept` receives the states after `stops` steps.
    """
    begin_step, end_step = steps
    resident = states.shape[0] > 1
    for block in range(blocks):
        slot = block if resident else 0
        w, state = work[slot], states[slot]
        first = (first_block + block) * BLOCK
        x, z = 0, rows
        if begin_step == 0:
            seed_block(key[0], key[1], offset_path + np.uint64(first), state)
            begin(w, state, x, z, d, layout.spare_row, start)
            fill(w, layout.energy_row, 0.0)
            fill(w, layout.martingale_row, 0.0)
        elif begin_step % 2 == 1:
            x, z = z, x
        shot = 0
        for step in range(begin_step, end_step + 1):
            while shot < stops.size and stops[shot] <= step:
                if stops[shot] == step and expansion.offset.size > d:
                    expand(w, state, x, z, d, layout.spare_row, expansion, first, paths, kept.snapshots[shot])
                elif stops[shot] == step:
                    keep(w, x, d, first, paths, kept.snapshots[shot])
                shot += 1
            if step < end_step:
                advance(w, state, d, step, x, z, plan, layout, table[step], record)
                x, z = z, x
        if end_step == table.shape[0] and record:
            for n in range(min(BLOCK, paths - first)):
                kept.energy[first + n] = w[layout.energy_row * BLOCK + n]
                kept.martingale[first + n] = w[layout.martingale_row * BLOCK + n]

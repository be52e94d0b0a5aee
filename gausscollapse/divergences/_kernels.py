"""Importance sampling in numba: draws from a carrier, log-densities by forward substitution, sums a block.

Every draw has its own stream of the package's random numbers, keyed by (seed, `PURPOSE`, lane), and every block its
own row of sums, so that results do not depend on threads.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from gausscollapse.core.kernel_sources import cached_kernel
from gausscollapse.core.random_kernels import BLOCK as LANES
from gausscollapse.core.random_kernels import STREAM_ROWS, normal_pair, seed_block, uniform_row

# contract: fused multiply-add. reassoc: sums may be vectorised. NaN and infinities keep their meaning.
FLAGS = {"contract", "reassoc"}
# Draws whose densities are computed together, and draws of a block.
BATCH = 64
BLOCK = 8 * LANES
# Sets these streams apart from those of the sampler, whose second word is a generation.
PURPOSE = np.uint64(2**63)

KL, JEFFREYS, GAP, POWER, VARIATION, FISHER = range(6)


@numba.njit(fastmath=FLAGS)
def _logs(x, means, factors, heights, y, joint, logs):  # type: ignore[no-untyped-def]
    """Write log-densities of a mixture at the points x (d, B) and logs of its terms, joint (K, B).

    Whitened points stay in y (K, d, B), or in y (1, d, B) those of the last component only.
    """
    components, dim = means.shape
    count = x.shape[1]
    for k in range(components):
        row = joint[k]
        white = y[k % y.shape[0]]
        for b in range(count):
            row[b] = heights[k]
        for i in range(dim):
            out = white[i]
            mean = means[k, i]
            for b in range(count):
                out[b] = x[i, b] - mean
            for j in range(i):
                factor = factors[k, i, j]
                if factor != 0.0:
                    earlier = white[j]
                    for b in range(count):
                        out[b] -= factor * earlier[b]
            reciprocal = 1.0 / factors[k, i, i]
            for b in range(count):
                out[b] *= reciprocal
                row[b] -= 0.5 * out[b] * out[b]
    for b in range(count):
        largest = joint[0, b]
        for k in range(1, components):
            largest = max(largest, joint[k, b])
        total = 0.0
        for k in range(components):
            gap = joint[k, b] - largest
            if gap > -45.0:
                total += math.exp(gap)
        logs[b] = largest + math.log(total)


@numba.njit(fastmath=FLAGS)
def _scores(factors, y, joint, logs, score):  # type: ignore[no-untyped-def]
    """Write the scores (d, B); y is overwritten by ``L^-T y``."""
    components, dim, count = y.shape
    score[:] = 0.0
    for k in range(components):
        for b in range(count):
            weight = math.exp(joint[k, b] - logs[b])
            for i in range(dim - 1, -1, -1):
                value = y[k, i, b]
                for j in range(i + 1, dim):
                    value -= factors[k, j, i] * y[k, j, b]
                value /= factors[k, i, i]
                y[k, i, b] = value
                score[i, b] -= weight * value


@numba.njit(inline="always")
def _remainder(t):  # type: ignore[no-untyped-def]
    """Return ``exp(t) - 1 - t``."""
    if abs(t) < 0.5:
        series = 1.0
        for k in range(16, 2, -1):
            series = 1.0 + t / k * series
        return 0.5 * t * t * series
    return math.expm1(t) - t


@numba.njit
def _value(kind, order, log_p, log_q, log_unit, squared_gap):  # type: ignore[no-untyped-def]
    t = log_p - log_q
    p = math.exp(log_p - log_unit)
    if kind == FISHER:
        return p * squared_gap
    if kind == POWER:
        return math.exp(order * log_p + (1.0 - order) * log_q - log_unit)
    q = math.exp(log_q - log_unit)
    if abs(t) < 0.5:
        if kind == KL:
            return p * _remainder(-t)
        if kind == JEFFREYS:
            return q * math.expm1(t) * t
        if kind == VARIATION:
            return 0.5 * q * abs(math.expm1(t))
        return q * abs(_remainder(order * t) - order * _remainder(t))
    if kind == KL:
        return p * t - p + q
    if kind == JEFFREYS:
        return (p - q) * t
    if kind == VARIATION:
        return 0.5 * abs(p - q)
    power = math.exp(order * log_p + (1.0 - order) * log_q - log_unit)
    return abs(power - order * p - (1.0 - order) * q)


@cached_kernel(__file__, parallel=True, nogil=True)
def sample_blocks(  # type: ignore[no-untyped-def]
    key, first, kind, order, shift, cdf, carrier_means, carrier_factors, carrier_heights, p, q, reuse, out
):
    """Fill one row of `out` a block: sum, sum of squares and maximum of integrand over carrier, times exp(-shift).

    Parameters
    ----------
    key : uint64
        Seed.
    first : int
        Number of the first block.
    kind, order, shift : int, float, float
        Integrand, its order, and the natural logarithm of the scale.
    cdf, carrier_means, carrier_factors, carrier_heights : ndarray
        Carrier: cumulative weights (K,), means (K, d), Cholesky factors (K, d, d), heights (K,):
        logs of weight over normaliser.
    p, q : tuple of ndarray
        Means, factors and heights of both laws.
    reuse : bool
        Whether the carrier is ``p/2 + q/2``, so that its density needs no work.
    out : ndarray, shape (blocks, 3)
        Sums.
    """
    dim = carrier_means.shape[1]
    for block in numba.prange(out.shape[0]):
        state = np.empty(STREAM_ROWS * LANES, dtype=np.uint64)
        seed_block(key, PURPOSE, np.uint64((first + block) * LANES), state)
        x = np.empty((dim, BATCH))
        # Rows of normals, of which there are pairs, and one of uniforms.
        z = np.empty((dim + 2) * LANES)
        normals = np.empty((BATCH, dim))
        log_p, log_q, log_c = np.empty(BATCH), np.empty(BATCH), np.empty(BATCH)
        size_p, size_q, size_c = p[0].shape[0], q[0].shape[0], carrier_means.shape[0]
        kept_p, kept_q = (size_p, size_q) if kind == FISHER else (1, 1)
        y_p, joint_p = np.empty((kept_p, dim, BATCH)), np.empty((size_p, BATCH))
        y_q, joint_q = np.empty((kept_q, dim, BATCH)), np.empty((size_q, BATCH))
        y_c, joint_c = np.empty((1, dim, BATCH)), np.empty((size_c, BATCH))
        score_p, score_q = np.zeros((dim, BATCH)), np.zeros((dim, BATCH))
        total = 0.0
        squares = 0.0
        largest = 0.0
        for draw in range(0, BLOCK, BATCH):
            lane = draw % LANES
            if lane == 0:
                uniform_row(state, z, dim + 1)
                for i in range(0, dim, 2):
                    normal_pair(state, z, i, i + 1)
            for i in range(dim):
                for b in range(BATCH):
                    normals[b, i] = z[i * LANES + lane + b]
            for b in range(BATCH):
                k = 0
                while k < size_c - 1 and z[(dim + 1) * LANES + lane + b] > cdf[k]:
                    k += 1
                for i in range(dim):
                    value = carrier_means[k, i]
                    for j in range(i + 1):
                        value += carrier_factors[k, i, j] * normals[b, j]
                    x[i, b] = value
            _logs(x, p[0], p[1], p[2], y_p, joint_p, log_p)
            _logs(x, q[0], q[1], q[2], y_q, joint_q, log_q)
            if not reuse:
                _logs(x, carrier_means, carrier_factors, carrier_heights, y_c, joint_c, log_c)
            if kind == FISHER:
                _scores(p[1], y_p, joint_p, log_p, score_p)
                _scores(q[1], y_q, joint_q, log_q, score_q)
            for b in range(BATCH):
                if reuse:
                    top = max(log_p[b], log_q[b])
                    unit = top + math.log1p(math.exp(-abs(log_p[b] - log_q[b]))) - math.log(2.0)
                else:
                    unit = log_c[b]
                gap = 0.0
                if kind == FISHER:
                    for i in range(dim):
                        gap += (score_p[i, b] - score_q[i, b]) ** 2
                value = _value(kind, order, log_p[b], log_q[b], unit + shift, gap)
                total += value
                squares += value * value
                largest = max(largest, value)
        out[block, 0] = total
        out[block, 1] = squares
        out[block, 2] = largest

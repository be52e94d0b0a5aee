"""Importance sampling in numba: draws from a carrier, log-densities by forward substitution, sums a block.

Every block has its own generator (xoshiro256++, Blackman and Vigna 2019, seeded by splitmix64 from the key and the
block's number) and its own row of sums, so that results do not depend on threads. Normals come from a ziggurat
of 256 layers (Marsaglia and Tsang 2000, with Doornik's independent bits).
"""

from __future__ import annotations

import math

import numba
import numpy as np

# contract: fused multiply-add. reassoc: sums may be vectorised. NaN and infinities keep their meaning.
FLAGS = {"contract", "reassoc"}
BATCH = 64
BATCHES = 32
BLOCK = BATCH * BATCHES

KL, JEFFREYS, GAP, POWER, VARIATION, FISHER = range(6)
_LAYERS = 256
_EDGE = 3.6541528853610088


def _ziggurat() -> tuple[np.ndarray, np.ndarray]:
    """Return the right ends x_i of the layers, the first of them virtual, and the densities there."""
    area = _EDGE * math.exp(-0.5 * _EDGE**2) + math.sqrt(math.pi / 2.0) * math.erfc(_EDGE / math.sqrt(2.0))
    ends = np.zeros(_LAYERS + 1)
    ends[0] = area / math.exp(-0.5 * _EDGE**2)
    ends[1] = _EDGE
    for i in range(2, _LAYERS):
        ends[i] = math.sqrt(-2.0 * math.log(area / ends[i - 1] + math.exp(-0.5 * ends[i - 1] ** 2)))
    return ends, np.exp(-0.5 * ends**2)


_ENDS, _HEIGHTS = _ziggurat()


@numba.njit(cache=True, inline="always")
def _next(state):  # type: ignore[no-untyped-def]
    total = state[0] + state[3]
    result = ((total << np.uint64(23)) | (total >> np.uint64(41))) + state[0]
    shifted = state[1] << np.uint64(17)
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= shifted
    state[3] = (state[3] << np.uint64(45)) | (state[3] >> np.uint64(19))
    return result


@numba.njit(cache=True, inline="always")
def _uniform(state):  # type: ignore[no-untyped-def]
    return (np.float64(_next(state) >> np.uint64(11)) + 0.5) * 2.0**-53


@numba.njit(cache=True)
def _seed(state, key, block):  # type: ignore[no-untyped-def]
    counter = key ^ (np.uint64(block + 1) * np.uint64(0xD1342543DE82EF95))
    for i in range(4):
        counter += np.uint64(0x9E3779B97F4A7C15)
        z = counter
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state[i] = z ^ (z >> np.uint64(31))


@numba.njit(cache=True)
def _normal(state):  # type: ignore[no-untyped-def]
    while True:
        bits = _next(state)
        layer = np.int64(bits & np.uint64(255))
        signed = 2.0 * ((np.float64(bits >> np.uint64(11)) + 0.5) * 2.0**-53) - 1.0
        x = signed * _ENDS[layer]
        if abs(x) < _ENDS[layer + 1]:
            return x
        if layer == 0:
            # tail beyond the edge, by rejection from an exponential
            while True:
                tail = -math.log(_uniform(state)) / _EDGE
                if -2.0 * math.log(_uniform(state)) > tail * tail:
                    return math.copysign(_EDGE + tail, x)
        low, high = _HEIGHTS[layer], _HEIGHTS[layer + 1]
        if low + (high - low) * _uniform(state) < math.exp(-0.5 * x * x):
            return x


@numba.njit(cache=True)
def fill_normals(key, out):  # type: ignore[no-untyped-def]
    """Fill `out` (n,) with standard normals of the generator of block 0: what tests look at."""
    state = np.empty(4, dtype=np.uint64)
    _seed(state, key, 0)
    for i in range(out.size):
        out[i] = _normal(state)


@numba.njit(cache=True, fastmath=FLAGS)
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


@numba.njit(cache=True, fastmath=FLAGS)
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


@numba.njit(cache=True, inline="always")
def _remainder(t):  # type: ignore[no-untyped-def]
    """Return ``exp(t) - 1 - t``."""
    if abs(t) < 0.5:
        series = 1.0
        for k in range(16, 2, -1):
            series = 1.0 + t / k * series
        return 0.5 * t * t * series
    return math.expm1(t) - t


@numba.njit(cache=True)
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


@numba.njit(parallel=True, nogil=True, cache=True)
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
        state = np.empty(4, dtype=np.uint64)
        _seed(state, key, first + block)
        x = np.empty((dim, BATCH))
        z = np.empty(dim)
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
        for _ in range(BATCHES):
            for b in range(BATCH):
                place = _uniform(state)
                k = 0
                while k < size_c - 1 and place > cdf[k]:
                    k += 1
                for i in range(dim):
                    z[i] = _normal(state)
                for i in range(dim):
                    value = carrier_means[k, i]
                    for j in range(i + 1):
                        value += carrier_factors[k, i, j] * z[j]
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

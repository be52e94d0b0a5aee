"""Kernels: the random numbers and elementary functions of `_random_kernels` in float32, and the choice between both.

The same words are used up as in float64, each pair of them for a pair of normals: a run in float32 follows the paths
of the run in float64 up to rounding. Polynomials of Cephes (Moshier) and of fdlibm's single-precision functions.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from gausscollapse.core.random_kernels import (
    BLOCK,
    INNER,
    ONE_BITS,
    ONE_LESS_HALF_BIT,
    S12,
    S32,
    as_bits,
    as_float,
    load,
    next_word,
    separate,
    store,
)

BITS_OF_ONE, MANTISSA, SIGN, ROOT_HALF_BITS = (np.uint32(k) for k in (0x3F800000, 0x007FFFFF, 0x80000000, 0x3F3504F3))
BIAS = np.uint32(0x3F800000 - 0x3F3504F3)
T1, T2, T9, T23 = (np.uint32(k) for k in (1, 2, 9, 23))
HALF, ONE, THREE_HALVES, TWO, FOUR = (np.float32(x) for x in (0.5, 1.0, 1.5, 2.0, 4.0))
QUARTER_TURN = np.float32(math.pi / 2.0)
EXPONENT = np.float32(127.0)
LN2 = np.float32(math.log(2.0))
# Below 2^-120 a weight is nothing in float32.
LOWEST = np.float32(-120.0)
ROUNDER = np.float32(12582912.0)
LOG = tuple(np.float32(c) for c in (0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841))
SINE = tuple(np.float32(c) for c in (-1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4))
COSINE = tuple(np.float32(c) for c in (4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5))
POWER = tuple(np.float32(math.log(2.0) ** k / math.factorial(k)) for k in range(8))


@njit(**INNER)
def log_unit(u):  # type: ignore[no-untyped-def]
    """Return log(u) of a normal float32 u > 0, within 2 ulp or so."""
    shifted = np.uint32(as_bits(u) + BIAS)
    exponent = np.float32(np.int32(shifted >> T23)) - EXPONENT
    f = as_float(np.uint32((shifted & MANTISSA) + ROOT_HALF_BITS)) - ONE
    s = f / (TWO + f)
    z = s * s
    tail = z * (LOG[0] + z * (LOG[1] + z * (LOG[2] + z * LOG[3])))
    return exponent * LN2 + s * (TWO + tail)


@njit(**INNER)
def sine(x):  # type: ignore[no-untyped-def]
    """Return sin(x) for ``|x| <= pi/4``."""
    z = x * x
    return x + x * z * (SINE[0] + z * (SINE[1] + z * SINE[2]))


@njit(**INNER)
def cosine(x):  # type: ignore[no-untyped-def]
    """Return cos(x) for ``|x| <= pi/4``."""
    z = x * x
    return ONE - HALF * z + z * z * (COSINE[0] + z * (COSINE[1] + z * COSINE[2]))


@njit(**INNER)
def power_parts(x):  # type: ignore[no-untyped-def]
    """Return f, ``|f| <= 1/2``, and the shifted bits of the integer ``x - f``, for x <= 0, taken as -120 below."""
    bounded = x if x > LOWEST else LOWEST
    shifted = bounded + ROUNDER
    return bounded - (shifted - ROUNDER), as_float(np.uint32(as_bits(shifted) << T23))


@njit(**INNER)
def power_from(f, shift):  # type: ignore[no-untyped-def]
    """Return ``2^x`` within 1 ulp or so, from the parts of x."""
    w = f * f
    low = (POWER[0] + f * POWER[1]) + w * (POWER[2] + f * POWER[3])
    high = (POWER[4] + f * POWER[5]) + w * (POWER[6] + f * POWER[7])
    return as_float(np.uint32(as_bits(low + w * w * high) + as_bits(shift)))


@njit(**INNER)
def cosine_of_turns(x):  # type: ignore[no-untyped-def]
    """Return ``cos(2 pi x)`` for ``|x| < 2^20``."""
    quarters = FOUR * x
    shifted = quarters + ROUNDER
    angle = (quarters - (shifted - ROUNDER)) * QUARTER_TURN
    quadrant = as_bits(shifted)
    value = sine(angle) if np.uint32(quadrant & T1) != np.uint32(0) else cosine(angle)
    return as_float(np.uint32(as_bits(value) ^ np.uint32(((quadrant + T1) & T2) << np.uint32(30))))


@njit(**INNER)
def uniform_row(state, w, row):  # type: ignore[no-untyped-def]
    """Advance the streams of a block by one word and store one row of uniforms in (0, 1]."""
    separate()
    for n in range(BLOCK):
        word = next_word(state, n)
        store(w, row * BLOCK + n, np.float32(as_float((word >> S12) | ONE_BITS) - ONE_LESS_HALF_BIT))


@njit(**INNER)
def normal_pair(state, w, first, second):  # type: ignore[no-untyped-def]
    """Advance the streams of a block by two words and store two rows of independent standard normals."""
    separate()
    for n in range(BLOCK):
        one, two = next_word(state, n), next_word(state, n)
        store(w, first * BLOCK + n, np.float32(as_float((one >> S12) | ONE_BITS) - ONE_LESS_HALF_BIT))
        store(w, second * BLOCK + n, as_float(np.uint32(two >> S32)))
    for n in range(BLOCK):
        here = first * BLOCK + n
        store(w, here, -TWO * log_unit(load(w, here)))
    for n in range(BLOCK):
        radius = np.sqrt(load(w, first * BLOCK + n))
        bits = as_bits(load(w, second * BLOCK + n))
        angle = (
            as_float(np.uint32(np.uint32(np.uint32(bits << T2) >> T9) | BITS_OF_ONE)) - THREE_HALVES
        ) * QUARTER_TURN
        x = as_float(np.uint32(as_bits(radius * cosine(angle)) ^ np.uint32(np.uint32(bits << T1) & SIGN)))
        y = radius * sine(angle)
        swap = np.uint32(bits & SIGN) != np.uint32(0)
        store(w, first * BLOCK + n, y if swap else x)
        store(w, second * BLOCK + n, x if swap else y)

"""Kernels: one xoshiro256++ stream a path, normals by Box-Muller, and elementary functions that vectorise.

Everything works on blocks of `BLOCK` paths, stored as rows of `BLOCK` numbers in one flat array: the compiler then
sees constant distances between rows and vectorises the loops over paths. Only additions, multiplications,
divisions, square roots and integer operations occur, none of them contracted or reordered, so the bits of a result
do not depend on the machine's vector width. Loops are short on purpose: a processor overlaps as many paths as the
operations of one leave room for. Sources: Blackman and Vigna (2021) for xoshiro256++, Steele, Lea and
Flood (2014) for SplitMix64, Box and Muller (1958); polynomials of Cephes (Moshier) and of fdlibm.
"""

# numba's interface gives intrinsics arguments that few of them use.
# ruff: noqa: ARG001

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending, njit, types
from numba.core.options import DefaultOptions

# Strict: no contraction, no reordering.
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
# What no Python code calls: without wrappers, and without reference counting, which numba keeps a private option.
INNER: dict[str, Any] = {
    **OPTIONS,
    **{
        name: name != "_nrt"
        for name in ("no_cpython_wrapper", "no_cfunc_wrapper", "_nrt")
        if hasattr(DefaultOptions, name)
    },
}

BLOCK = 256
# Rows of a block's streams: four of state, one of scratch.
STREAM_ROWS = 5


# Untyped, so that type checkers see the functions as the kernels call them.
intrinsic: Any = extending.intrinsic

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX1 = np.uint64(0xBF58476D1CE4E5B9)
MIX2 = np.uint64(0x94D049BB133111EB)
ZERO, ONE = np.uint64(0), np.uint64(1)
S1, S2, S12, S17, S19, S23, S27, S30, S31, S41, S45, S52, S63 = (
    np.uint64(k) for k in (1, 2, 12, 17, 19, 23, 27, 30, 31, 41, 45, 52, 63)
)
ONE_BITS = np.uint64(0x3FF0000000000000)
MANTISSA = np.uint64(0x000FFFFFFFFFFFFF)
SIGN = np.uint64(0x8000000000000000)
# Bits of sqrt(1/2), and the exponent of one: the reduction of log to [sqrt(1/2), sqrt(2)).
ROOT_HALF_BITS = np.uint64(0x3FE6A09E667F3BCD)
SHIFT_BITS = np.uint64(0x4330000000000000)
SHIFT = 4503599627370496.0
BIAS = np.uint64(0x3FF0000000000000 - 0x3FE6A09E667F3BCD)
LN2 = 0.6931471805599453
# Adding it rounds to an integer, found in the lowest bits.
ROUNDER = 6755399441055744.0
ONE_LESS_HALF_BIT = 1.0 - 2.0**-53


@intrinsic
def load(typingctx, array, index):  # type: ignore[no-untyped-def]
    """Return ``array[index]`` of a contiguous array, without the wraparound of negative indices."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.load(builder.gep(data, [args[1]], inbounds=True))

    return array.dtype(array, types.intp), generate


@intrinsic
def store(typingctx, array, index, value):  # type: ignore[no-untyped-def]
    """Set ``array[index] = value`` in a contiguous array, without the wraparound of negative indices."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        builder.store(args[2], builder.gep(data, [args[1]], inbounds=True))
        return context.get_dummy_value()

    return types.void(array, types.intp, array.dtype), generate


@intrinsic
def separate(typingctx):  # type: ignore[no-untyped-def]
    """Keep the function that calls this from being copied into its callers: compile time stays short."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def as_float(typingctx, bits):  # type: ignore[no-untyped-def]
    """Return the float64 with the given 64 bits."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.uint64), generate


@intrinsic
def as_bits(typingctx, value):  # type: ignore[no-untyped-def]
    """Return the 64 bits of a float64."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.bitcast(args[0], ir.IntType(64))

    return types.uint64(types.float64), generate


@njit(**INNER)
def mix(x):  # type: ignore[no-untyped-def]
    """Return SplitMix64's output function of a 64-bit word, a bijection."""
    x = (x ^ (x >> S30)) * MIX1
    x = (x ^ (x >> S27)) * MIX2
    return x ^ (x >> S31)


@njit(**INNER)
def seed_block(seed, generation, first, state):  # type: ignore[no-untyped-def]
    """Fill the states of `BLOCK` paths from number `first` on.

    Three rounds of an invertible mixing of the 256 bits (seed, generation, path, 0), each built on SplitMix64's
    output function: different keys always give different states.
    """
    separate()
    for n in range(BLOCK):
        a, b, c, d = seed, generation, first + np.uint64(n), np.uint64(0)
        salt = GOLDEN
        for _ in range(3):
            d = d + mix(a + salt)
            salt = salt + GOLDEN
            a = a + mix(b + salt)
            salt = salt + GOLDEN
            b = b + mix(c + salt)
            salt = salt + GOLDEN
            c = c + mix(d + salt)
            salt = salt + GOLDEN
        store(state, n, a)
        store(state, BLOCK + n, b)
        store(state, 2 * BLOCK + n, c)
        store(state, 3 * BLOCK + n, d)


@njit(**INNER)
def log_quotient(u):  # type: ignore[no-untyped-def]
    """Return ``s = f/(2 + f)`` of ``u = 2^k (1 + f)`` in [sqrt(1/2), sqrt(2)) 2^k."""
    f = as_float(((as_bits(u) + BIAS) & MANTISSA) + ROOT_HALF_BITS) - 1.0
    return f / (2.0 + f)


@njit(**INNER)
def log_from(u, s):  # type: ignore[no-untyped-def]
    """Return ``log(u) = k log(2) + 2 artanh(s)`` with s from `log_quotient` (polynomial of fdlibm)."""
    exponent = as_float(((as_bits(u) + BIAS) >> S52) | SHIFT_BITS) - (SHIFT + 1023.0)
    z = s * s
    w = z * z
    even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    odd = z * (
        6.666666666666735130e-01
        + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01))
    )
    return exponent * LN2 + s * (2.0 + (even + odd))


@njit(**INNER)
def log_unit(u):  # type: ignore[no-untyped-def]
    """Return log(u) of a normal float64 u > 0, within 2 ulp or so."""
    return log_from(u, log_quotient(u))


@njit(**INNER)
def sine(x):  # type: ignore[no-untyped-def]
    """Return sin(x) for ``|x| <= pi/4`` (Cephes)."""
    z = x * x
    w = z * z
    low = -1.66666666666666307295e-1 + z * 8.33333333332211858878e-3
    middle = -1.98412698295895385996e-4 + z * 2.75573136213857245213e-6
    high = -2.50507477628578072866e-8 + z * 1.58962301576546568060e-10
    return x + x * z * (low + w * (middle + w * high))


@njit(**INNER)
def cosine(x):  # type: ignore[no-untyped-def]
    """Return cos(x) for ``|x| <= pi/4`` (Cephes)."""
    z = x * x
    w = z * z
    low = 4.16666666666665929218e-2 + z * -1.38888888888730564116e-3
    middle = 2.48015872888517045348e-5 + z * -2.75573141792967388112e-7
    high = 2.08757008419747316778e-9 + z * -1.13585365213876817300e-11
    return 1.0 - 0.5 * z + w * (low + w * (middle + w * high))


@njit(**INNER)
def power_parts(x):  # type: ignore[no-untyped-def]
    """Return f, ``|f| <= 1/2``, and the shifted bits of the integer ``x - f``, for x <= 0, taken as -1000 below."""
    bounded = x if x > -1000.0 else -1000.0
    shifted = bounded + ROUNDER
    return bounded - (shifted - ROUNDER), as_float(as_bits(shifted) << S52)


@njit(**INNER)
def power_from(f, shift):  # type: ignore[no-untyped-def]
    """Return ``2^x`` within 1 ulp or so, from the parts of x."""
    w = f * f
    v = w * w
    first = (1.0 + f * 0.6931471805599453) + w * (0.24022650695910158 + f * 0.055504108664821625)
    second = (0.009618129107587256 + f * 0.001333355814640647) + w * (
        0.00015403530463724353 + f * 1.5252733841556773e-05
    )
    third = (1.3215432535912375e-06 + f * 1.0178057087733941e-07) + w * (
        7.074194297288521e-09 + f * 4.4558179083360645e-10
    )
    return as_float(as_bits(first + v * (second + v * third)) + as_bits(shift))


@njit(**INNER)
def power_of_two(x):  # type: ignore[no-untyped-def]
    """Return ``2^x`` for x <= 0 within 1 ulp or so; 0 below -1000."""
    fraction, shift = power_parts(x)
    value = power_from(fraction, shift)
    return value if x > -1000.0 else 0.0


@njit(**INNER)
def cosine_of_turns(x):  # type: ignore[no-untyped-def]
    """Return ``cos(2 pi x)`` for ``|x| < 2^50``."""
    quarters = 4.0 * x
    shifted = quarters + ROUNDER
    angle = (quarters - (shifted - ROUNDER)) * 1.57079632679489661923
    quadrant = as_bits(shifted)
    value = sine(angle) if (quadrant & ONE) != ZERO else cosine(angle)
    return as_float(as_bits(value) ^ ((((quadrant + ONE) >> ONE) & ONE) << S63))


@njit(**INNER)
def next_word(state, n):  # type: ignore[no-untyped-def]
    """Return the next word of path n of a block, and advance its stream (xoshiro256++)."""
    a, b, c, d = load(state, n), load(state, BLOCK + n), load(state, 2 * BLOCK + n), load(state, 3 * BLOCK + n)
    total = a + d
    word = ((total << S23) | (total >> S41)) + a
    moved = b << S17
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= moved
    store(state, n, a)
    store(state, BLOCK + n, b)
    store(state, 2 * BLOCK + n, c)
    store(state, 3 * BLOCK + n, (d << S45) | (d >> S19))
    return word


@njit(**INNER)
def uniform_row(state, w, row):  # type: ignore[no-untyped-def]
    """Advance the streams of a block by one word and store one row of uniforms in (0, 1)."""
    separate()
    for n in range(BLOCK):
        word = next_word(state, n)
        store(w, row * BLOCK + n, as_float((word >> S12) | ONE_BITS) - ONE_LESS_HALF_BIT)


@njit(**INNER)
def normal_pair(state, w, first, second):  # type: ignore[no-untyped-def]
    """Advance the streams of a block by two words and store two rows of independent standard normals."""
    separate()
    spare, here, there = 4 * BLOCK, first * BLOCK, second * BLOCK
    for n in range(BLOCK):
        one, two = next_word(state, n), next_word(state, n)
        # (k + 1/2)/2^52 with k the upper 52 bits.
        store(w, here + n, as_float((one >> S12) | ONE_BITS) - ONE_LESS_HALF_BIT)
        store(w, there + n, as_float(two))
    for n in range(BLOCK):
        store(state, spare + n, as_bits(log_quotient(load(w, here + n))))
    for n in range(BLOCK):
        store(w, here + n, -2.0 * log_from(load(w, here + n), as_float(load(state, spare + n))))
    for n in range(BLOCK):
        radius = np.sqrt(load(w, here + n))
        bits = as_bits(load(w, there + n))
        # The upper two bits choose the quadrant, the next 52 the angle in it.
        angle = (as_float(((bits << S2) >> S12) | ONE_BITS) - 1.5) * 1.57079632679489661923
        x = as_float(as_bits(radius * cosine(angle)) ^ ((bits << S1) & SIGN))
        y = radius * sine(angle)
        swap = (bits & SIGN) != ZERO
        store(w, here + n, y if swap else x)
        store(w, there + n, x if swap else y)

"""Kernels in float64 or float32, chosen by the type of the array of rows `w`, or of the number."""

# The choosers take what the functions take, and look at one argument.
# ruff: noqa: ARG001

from __future__ import annotations

from typing import Any

from numba import extending, types

from gausscollapse.core import random_kernels as double
from gausscollapse.core.random_kernels import INNER
from gausscollapse.sampling import _single_kernels as single

overload: Any = extending.overload


def declared(function: Any) -> Any:
    """Return a function that only kernels call, and type checkers leave alone."""
    return function


@declared
def uniform_row(state, w, row):  # type: ignore[no-untyped-def]
    """Advance the streams of a block by one word and store one row of uniforms."""
    raise NotImplementedError


@declared
def normal_pair(state, w, first, second):  # type: ignore[no-untyped-def]
    """Advance the streams of a block by two words and store two rows of independent standard normals."""
    raise NotImplementedError


@declared
def power_parts(x):  # type: ignore[no-untyped-def]
    """Return fraction and shifted bits of the integer nearest to x <= 0."""
    raise NotImplementedError


@declared
def power_from(f, shift):  # type: ignore[no-untyped-def]
    """Return ``2^x`` from the parts of x."""
    raise NotImplementedError


@declared
def cosine_of_turns(x):  # type: ignore[no-untyped-def]
    """Return ``cos(2 pi x)``."""
    raise NotImplementedError


@overload(uniform_row, jit_options=INNER)
def _uniform_row(state, w, row):  # type: ignore[no-untyped-def]
    return (single if w.dtype == types.float32 else double).uniform_row.py_func


@overload(normal_pair, jit_options=INNER)
def _normal_pair(state, w, first, second):  # type: ignore[no-untyped-def]
    return (single if w.dtype == types.float32 else double).normal_pair.py_func


@overload(power_parts, jit_options=INNER)
def _power_parts(x):  # type: ignore[no-untyped-def]
    return (single if x == types.float32 else double).power_parts.py_func


@overload(power_from, jit_options=INNER)
def _power_from(f, shift):  # type: ignore[no-untyped-def]
    return (single if f == types.float32 else double).power_from.py_func


@overload(cosine_of_turns, jit_options=INNER)
def _cosine_of_turns(x):  # type: ignore[no-untyped-def]
    return (single if x == types.float32 else double).cosine_of_turns.py_func

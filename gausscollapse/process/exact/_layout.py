"""Where the numbers of the equations are in one state, by name: read by the kernels and by NumPy alike.

The functions are plain Python that numba compiles; they know arrays only.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gausscollapse.core.validation import Array

MOMENTS, GEOMETRY, EXPONENTIAL = 0, 1, 2

# Columns of `Moments.sums`; the moment equations have the first three, the geometry all.
IDEAL, THIRD, FOURTH, SLACK, GRADIENT_LEARNED, GRADIENT_IDEAL, SWIRL, FLOW = range(8)
# Columns of `Riccati.sums`.
VARIANCE, Q3, Q4 = range(3)


class Status(IntEnum):
    """How an integration ended."""

    DONE = 0
    BLOWN_UP = 1
    BEYOND_FLOATS = 2
    TOO_MANY_STEPS = 3


class MomentPlaces(NamedTuple):
    """Where the parts of a state of the moment equations start."""

    y1: int
    X1: int
    y2: int
    X2: int
    sums: int


class Moments(NamedTuple):
    """Views of states (..., size) of the moment equations: vectors (..., d), matrices (..., d, d), sums (..., k)."""

    y1: Array
    X1: Array
    y2: Array
    X2: Array
    sums: Array


class RiccatiPlaces(NamedTuple):
    """Where the parts of a state of the Riccati equations start."""

    V: int
    v: int
    P3: int
    p3: int
    P4: int
    sums: int


class Riccati(NamedTuple):
    """Views of states (..., size) of the Riccati equations: vectors (..., d), matrices (..., d, d), sums (..., 3)."""

    V: Array
    v: Array
    P3: Array
    p3: Array
    P4: Array
    sums: Array


class ErrorGroups(NamedTuple):
    """Parts of a state whose error is judged together, arrays of one length.

    ``start:end`` is the part, `accumulated` says that its size is the sum of its increments, and `order` is that of
    the part in the error.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    accumulated: NDArray[np.bool_]
    order: NDArray[np.int64]


class Tableau(NamedTuple):
    """A Runge-Kutta pair: stages (s, s), weights (s,), nodes (s,), and the weights of two error estimates (s,)."""

    stages: Array
    weights: Array
    nodes: Array
    error3: Array
    error5: Array


class Form(NamedTuple):
    """One process in the eigenbasis of its data covariance, as `Batch` has many."""

    eig: Array
    mean: Array
    slope: Array
    offset: Array
    response: Array
    share: float
    change: Array
    basis: Array
    target_eig: Array
    shift: Array
    stochasticity: float


class Exponent(NamedTuple):
    """Parameters of the exponential moment ``E exp(kappa int |e|^2)`` under the drift error ``theta e``."""

    theta: float
    kappa: float


def moment_places(d: int) -> MomentPlaces:
    """Return where y1, X1, y2, X2 and the sums start."""
    n = d * d
    return MomentPlaces(0, d, d + n, 2 * d + n, 2 * d + 2 * n)


def moment_views(at: MomentPlaces, state: Array) -> Moments:
    """Return the parts of states (..., size) by name."""
    d = at.X1 - at.y1
    square = (*state.shape[:-1], d, d)
    return Moments(
        state[..., at.y1 : at.X1],
        state[..., at.X1 : at.y2].reshape(square),
        state[..., at.y2 : at.X2],
        state[..., at.X2 : at.sums].reshape(square),
        state[..., at.sums :],
    )


def riccati_places(d: int) -> RiccatiPlaces:
    """Return where V, v, P3, p3, P4 and the sums start."""
    n = d * d
    return RiccatiPlaces(0, n, n + d, 2 * n + d, 2 * n + 2 * d, 3 * n + 2 * d)


def riccati_views(at: RiccatiPlaces, state: Array) -> Riccati:
    """Return the parts of states (..., size) by name."""
    d = at.P3 - at.v
    square = (*state.shape[:-1], d, d)
    return Riccati(
        state[..., at.V : at.v].reshape(square),
        state[..., at.v : at.P3],
        state[..., at.P3 : at.p3].reshape(square),
        state[..., at.p3 : at.P4],
        state[..., at.P4 : at.sums].reshape(square),
        state[..., at.sums :],
    )


def groups_of(ends: Sequence[int], orders: Sequence[int], sums: Sequence[int]) -> ErrorGroups:
    """Return the groups between `ends` with their orders, and one for each sum after them with its order."""
    pairs = [*itertools.pairwise(ends), *((ends[-1] + k, ends[-1] + k + 1) for k in range(len(sums)))]
    start, end = np.array(pairs, dtype=np.int64).T
    accumulated = np.arange(start.size) >= len(orders)
    return ErrorGroups(
        np.ascontiguousarray(start), np.ascontiguousarray(end), accumulated, np.array([*orders, *sums])
    )


@cache
def error_groups(mode: int, d: int) -> ErrorGroups:
    """Return the error groups of a mode; the last one ends where the state does."""
    if mode == EXPONENTIAL:
        ends = riccati_places(d)
        return groups_of([ends.V, ends.P3, ends.p3, ends.P4, ends.sums], [2, 3, 3, 4], [4, 3, 4])
    at = moment_places(d)
    orders = [2, 3, 4] if mode == MOMENTS else [2, 3, 4, 2, 2, 2, 2, 2]
    return groups_of([at.y1, at.y2, at.sums], [1, 2], orders)


def state_size(mode: int, d: int) -> int:
    """Return the length of a state."""
    return int(error_groups(mode, d).end[-1])

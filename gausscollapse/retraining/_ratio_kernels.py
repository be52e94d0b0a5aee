"""Kernels of integrals of Gaussians over one Gaussian, see `ratios`: the integrals, and sums of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from gausscollapse.core.kernel_sources import cached_kernel
from gausscollapse.core.rounding import EPS
from gausscollapse.retraining._inverse_norm import inverse_norm
from gausscollapse.retraining.ratio_states import DIVERGENT, FINITE, UNDECIDED


@cached_kernel(__file__)
def quadratic_forms(
    starts: Any, entries: Any, weights: Any, slacks: Any, sizes: Any, values: Any, errors: Any, wild: Any
) -> tuple[Any, Any, Any]:
    """Return ``sum u_a u_b V_ab``, a bound of its error and the count of wild pairs for every sparse row.

    The bound is ``sum z_a z_b E_ab + (2 |u_a| + s_a) s_b |V_ab|``.

    Parameters
    ----------
    starts, entries, weights : ndarray
        Rows in compressed form: row i has entries ``entries[starts[i]:starts[i + 1]]``.
    slacks, sizes : ndarray
        Bounds s of the errors of the weights, and what the errors of the values count with, z, in the same places.
    values, errors, wild : ndarray, shape (P, P)
        Symmetric matrices.
    """
    count = starts.size - 1
    sums, bounds, flags = np.zeros(count), np.zeros(count), np.zeros(count)
    for row in range(count):
        for i in range(starts[row], starts[row + 1]):
            a = entries[i]
            total = 0.0
            bound = 0.0
            loose = 0.0
            for j in range(starts[row], starts[row + 1]):
                b = entries[j]
                total += weights[j] * values[a, b]
                bound += sizes[j] * errors[a, b]
                loose += slacks[j] * abs(values[a, b])
                if weights[i] != 0.0 and weights[j] != 0.0:
                    flags[row] += 1.0 * wild[a, b]
            sums[row] += weights[i] * total
            bounds[row] += sizes[i] * bound + (2.0 * abs(weights[i]) + slacks[i]) * loose
    return sums, bounds, flags


@njit
def _log_det_and_solve(matrix: Any, near: bool, first: Any, second: Any) -> float:
    """Solve in place for two right-hand sides; `near`: `matrix` holds ``G - I`` and no pivoting is needed."""
    d = matrix.shape[0]
    log_det = 0.0
    for k in range(d):
        if near:
            pivot = 1.0 + matrix[k, k]
            log_det += math.log1p(matrix[k, k])
        else:
            best = k
            for i in range(k + 1, d):
                if abs(matrix[i, k]) > abs(matrix[best, k]):
                    best = i
            if best != k:
                for j in range(d):
                    matrix[k, j], matrix[best, j] = matrix[best, j], matrix[k, j]
                first[k], first[best] = first[best], first[k]
                second[k], second[best] = second[best], second[k]
            pivot = matrix[k, k]
            if pivot == 0.0:
                return math.inf
            log_det += math.log(abs(pivot))
        for i in range(k + 1, d):
            factor = matrix[i, k] / pivot
            for j in range(k + 1, d):
                matrix[i, j] -= factor * matrix[k, j]
            first[i] -= factor * first[k]
            second[i] -= factor * second[k]
    for k in range(d - 1, -1, -1):
        for j in range(k + 1, d):
            first[k] -= matrix[k, j] * first[j]
            second[k] -= matrix[k, j] * second[j]
        pivot = 1.0 + matrix[k, k] if near else matrix[k, k]
        first[k] /= pivot
        second[k] /= pivot
    return log_det


@njit
def _state(root_a: Any, root_b: Any, loose_a: float, loose_b: float, work: Any, whitened: Any) -> int:
    """Return whether ``M = I + W^T W - L_a^T L_a`` is positive definite, or `UNDECIDED` within rounding.

    `loose` are the errors of R relative to its smallest eigenvalue; M moves by as much, that of b times ``||W||^2``.
    """
    d = root_a.shape[0]
    size, whitened_size = float(d), 0.0
    for j in range(d):
        for i in range(d):
            total = root_a[i, j]
            for k in range(i):
                total -= root_b[i, k] * whitened[k, j]
            whitened[i, j] = total / root_b[i, i]
            whitened_size += whitened[i, j] ** 2
            size += root_a[i, j] ** 2
    size += whitened_size
    if not (loose_a < 0.25 and loose_b < 0.25 and size < 1e300):
        return UNDECIDED
    margin = 64.0 * d * EPS * size + 2.0 * loose_a + 2.0 * loose_b * whitened_size
    if _factorises(root_a, whitened, -margin, work):
        return FINITE
    return UNDECIDED if _factorises(root_a, whitened, margin, work) else DIVERGENT


@njit
def _factorises(root_a: Any, whitened: Any, added: float, work: Any) -> bool:
    """Return whether Cholesky's factorisation of ``(1 + added) I + W^T W - L_a^T L_a`` exists."""
    d = root_a.shape[0]
    for j in range(d):
        for i in range(j, d):
            total = 1.0 + added if i == j else 0.0
            for k in range(d):
                total += whitened[k, i] * whitened[k, j] - root_a[k, i] * root_a[k, j]
            for k in range(j):
                total -= work[i, k] * work[j, k]
            if i == j:
                if total <= 0.0:
                    return False
                work[j, j] = math.sqrt(total)
            else:
                work[i, j] = total / work[j, j]
    return True


@njit
def _loose(root: Any, spread: Any, error: float) -> float:
    """Return the error of R, that of its factorisation included, times the norm of its inverse."""
    d = root.shape[0]
    inverse = 0.0
    column = np.empty(d)
    for j in range(d):
        for i in range(d):
            total = 1.0 if i == j else 0.0
            for k in range(i):
                total -= root[i, k] * column[k]
            column[i] = total / root[i, i]
            inverse += column[i] ** 2
    loose: float = (error + 32.0 * d * EPS * _norm(spread)) * inverse
    return loose


@njit
def _norm(x: Any) -> float:
    total = 0.0
    for value in x.ravel():
        total += value * value
    return math.sqrt(total)


@cached_kernel(__file__)
def fill(
    ya: Any, xa: Any, ra: Any, dya: Any, dxa: Any, la: Any, log_a: Any,
    yb: Any, xb: Any, rb: Any, dyb: Any, dxb: Any, lb: Any, log_b: Any,
    symmetric: bool, values: Any, errors: Any, states: Any,
) -> None:  # fmt: skip
    count, d = ya.shape
    others = yb.shape[0]
    size_a = np.array([_norm(xa[a]) for a in range(count)])
    size_b = np.array([_norm(xb[b]) for b in range(others)])
    loose_a = np.array([_loose(la[a], ra[a], dxa[a]) for a in range(count)])
    loose_b = np.array([_loose(lb[b], rb[b], dxb[b]) for b in range(others)])
    length_a = np.array([_norm(ya[a]) for a in range(count)])
    length_b = np.array([_norm(yb[b]) for b in range(others)])
    matrix = np.empty((d, d))
    whitened = np.empty((d, d))
    first = np.empty(d)
    second = np.empty(d)
    unit = 16.0 * d * EPS
    scale_a, scale_b = np.exp(log_a), np.exp(log_b)
    for a in range(count):
        for b in range(a if symmetric else 0, others):
            growth = 1.0
            log_ratio = 0.0
            near = True
            if size_a[a] == 0.0 and size_b[b] == 0.0:
                # Equal covariances: log I_ab = y_a . y_b.
                for i in range(d):
                    log_ratio += ya[a, i] * yb[b, i]
            else:
                square = 0.0
                for i in range(d):
                    for j in range(d):
                        total = 0.0
                        for k in range(d):
                            total += xa[a, i, k] * xb[b, k, j]
                        matrix[i, j] = -total
                        square += total * total
                near = square < 0.25
                if near:
                    growth = 1.0 / (1.0 - math.sqrt(square))
                else:
                    state = _state(la[a], lb[b], loose_a[a], loose_b[b], matrix, whitened)
                    if state != FINITE:
                        values[a, b], errors[a, b], states[a, b] = 0.0, 0.0, state
                        if symmetric:
                            values[b, a], errors[b, a], states[b, a] = 0.0, 0.0, state
                        continue
                    for i in range(d):
                        for j in range(d):
                            total = ra[a, i, j] + rb[b, i, j]
                            for k in range(d):
                                total -= ra[a, i, k] * rb[b, k, j]
                            matrix[i, j] = total
                for i in range(d):
                    first[i] = ya[a, i]
                    second[i] = 0.0
                    for k in range(d):
                        second[i] += xa[a, i, k] * yb[b, k]
                if not near:
                    growth = max(1.0, inverse_norm(matrix))
                log_det = _log_det_and_solve(matrix, near, first, second)
                log_ratio = -0.5 * log_det
                for i in range(d):
                    partner = yb[b, i]
                    for k in range(d):
                        partner += 0.5 * xb[b, i, k] * ya[a, k]
                    log_ratio += first[i] * partner + 0.5 * yb[b, i] * second[i]
            # Propagation of the errors of y and X (and of the arithmetic) through log I_ab: sizes count with their
            # errors, so that products of errors are inside where y and X are 0.
            by_a = dxa[a] + unit * size_a[a]
            by_b = dxb[b] + unit * size_b[b]
            of_ya = dya[a] + unit * length_a[a]
            of_yb = dyb[b] + unit * length_b[b]
            full_a, full_b = size_a[a] + by_a, size_b[b] + by_b
            long_a, long_b = length_a[a] + of_ya, length_b[b] + of_yb
            of_matrix = by_a * full_b + full_a * by_b
            if not near:
                of_matrix += unit * (1.0 + full_a) * (1.0 + full_b)
            pull = long_b + 0.5 * full_b * long_a
            push = full_a * long_b
            of_pull = of_yb + 0.5 * (by_b * long_a + full_b * of_ya)
            of_push = by_a * long_b + full_a * of_yb
            error = growth * (
                0.5 * d * of_matrix
                + of_ya * pull + long_a * of_pull + 0.5 * (of_yb * push + long_b * of_push)
            ) + growth * growth * of_matrix * (long_a * pull + 0.5 * long_b * push)  # fmt: skip
            moved = growth * of_matrix
            # Errors beyond half of 1/||G^{-1}|| may make G singular: finite, and of a size that is not known.
            error = error / (1.0 - moved) ** 2 if moved < 0.5 else math.inf
            scale = scale_a[a] * scale_b[b]
            if log_ratio < 1.0:
                value = scale * math.expm1(log_ratio)
                extra = 0.0
            else:
                exponent = log_ratio + log_a[a] + log_b[b]
                value = math.exp(exponent) - scale if exponent < 709.0 else math.inf
                extra = abs(log_a[a]) + abs(log_b[b]) + log_ratio
            relative = math.inf if error > 700.0 else (1.001 * error if error < 1e-3 else math.expm1(error))
            spread = (value + scale) * relative + 4.0 * EPS * (1.0 + extra) * abs(value)
            values[a, b], errors[a, b], states[a, b] = value, spread, FINITE
            if symmetric:
                values[b, a], errors[b, a], states[b, a] = value, spread, FINITE

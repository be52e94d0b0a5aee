"""What a logarithm or an exponential leaves of its tangent, without cancellation."""

from __future__ import annotations

from typing import Any

import numpy as np

from gausscollapse.core.validation import Array

# Coefficients of artanh(s)/s by powers of s^2, from the second last to the first.
FACTORS = tuple(1.0 / (2 * k + 1) for k in range(8, 0, -1))


def excess(x: Any) -> Array:
    """Return ``x - log(1 + x)`` for x > -1 to full relative accuracy.

    Below 0.1 in size it uses ``x - log1p(x) = 2 s^2/(1 - s) - 2 sum_{k >= 1} s^(2k+1)/(2k+1)`` with
    ``s = x/(2 + x)``, from ``log1p(x) = 2 artanh(s)``.
    """
    x = np.asarray(x, dtype=np.float64)
    small = np.abs(x) < 0.1
    if small.all():
        return _series(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        direct = np.asarray(x - np.log1p(x))
    if small.any():
        direct[small] = _series(x[small])
    return direct


def _series(x: Array) -> Array:
    s = x / (2.0 + x)
    square = s * s
    tail = np.full_like(s, 1.0 / 19.0)
    for factor in FACTORS:
        tail *= square
        tail += factor
    return np.asarray(2.0 * square / (1.0 - s) - 2.0 * s * (tail * square))


def exponential_excess(x: Any) -> Array:
    """Return ``exp(x) - 1 - x`` to full relative accuracy; inf for x = inf.

    ``exp(x) - 1 - x = excess(expm1(x))``, since ``log1p(expm1(x)) = x``.
    """
    x = np.asarray(x, dtype=np.float64)
    small = np.abs(x) < 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        direct = np.where(np.isinf(x), np.inf, np.expm1(x) - x)
    return np.where(small, excess(np.expm1(np.where(small, x, 0.0))), direct)

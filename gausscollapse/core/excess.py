"""What a logarithm or an exponential leaves of its tangent, without cancellation."""

from __future__ import annotations

from typing import Any

import numpy as np

from gausscollapse.core.validation import Array


def excess(x: Any) -> Array:
    """Return ``x - log(1 + x)`` for x > -1 to full relative accuracy.

    Below 0.1 in size it uses ``x - log1p(x) = 2 s^2/(1 - s) - 2 sum_{k >= 1} s^(2k+1)/(2k+1)`` with
    ``s = x/(2 + x)``, from ``log1p(x) = 2 artanh(s)``.
    """
    x = np.asarray(x, dtype=np.float64)
    s = x / (2.0 + x)
    square = s * s
    tail = np.zeros_like(s)
    for k in range(9, 0, -1):
        tail += 1.0 / (2 * k + 1)
        tail *= square
    series = 2.0 * square / (1.0 - s) - 2.0 * s * tail
    with np.errstate(divide="ignore", invalid="ignore"):
        direct = x - np.log1p(x)
    return np.asarray(np.where(np.abs(x) < 0.1, series, direct))


def exponential_excess(x: Any) -> Array:
    """Return ``exp(x) - 1 - x`` to full relative accuracy; inf for x = inf.

    ``exp(x) - 1 - x = excess(expm1(x))``, since ``log1p(expm1(x)) = x``.
    """
    x = np.asarray(x, dtype=np.float64)
    small = np.abs(x) < 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        direct = np.where(np.isinf(x), np.inf, np.expm1(x) - x)
    return np.where(small, excess(np.expm1(np.where(small, x, 0.0))), direct)

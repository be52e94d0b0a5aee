"""Which operations on floats are exact, and ends moved outwards where they are not."""

from __future__ import annotations

from typing import Any

import numpy as np

# The unit roundoff: a float that is rounded moves by at most this share.
EPS = 2.0**-53


def outwards(low: Any, high: Any, exact: Any) -> tuple[Any, Any]:
    """Move both ends outwards by one unit in the last place, save where the operation was exact."""
    with np.errstate(over="ignore"):
        return np.where(exact, low, np.nextafter(low, -np.inf)), np.where(exact, high, np.nextafter(high, np.inf))


def exact_sum(a: Any, b: Any) -> Any:
    """Return where a + b has no rounding error: Knuth's two-sum has a zero second term, or an operand is infinite."""
    with np.errstate(invalid="ignore", over="ignore"):
        total = np.add(a, b)
        virtual = np.subtract(total, a)
        error = np.subtract(a, np.subtract(total, virtual)) + np.subtract(b, virtual)
    return np.equal(error, 0.0) | np.isinf(a) | np.isinf(b)


def exact_product(a: Any, b: Any) -> Any:
    """Return where a * b has no rounding error: an operand is 0 or infinite, or a power of two within range."""

    def simple(x: Any) -> Any:
        return np.equal(np.abs(np.frexp(x)[0]), 0.5)

    with np.errstate(over="ignore", invalid="ignore"):
        size = np.abs(np.multiply(a, b))
    in_range = np.greater_equal(size, np.finfo(np.float64).tiny) & np.isfinite(size)
    special = np.equal(a, 0.0) | np.equal(b, 0.0) | np.isinf(a) | np.isinf(b)
    return special | ((simple(a) | simple(b)) & in_range)


def product(a: Any, b: Any) -> Any:
    """Multiply with the convention 0 * inf = 0 of measure theory."""
    with np.errstate(invalid="ignore", over="ignore"):
        found = np.multiply(a, b)
    return np.where(np.equal(a, 0.0) | np.equal(b, 0.0), 0.0, found)

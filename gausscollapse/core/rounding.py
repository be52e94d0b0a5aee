"""Which operations on floats are exact, and ends moved outwards where they are not."""

from __future__ import annotations

from typing import Any

import numpy as np

# The unit roundoff: a float that is rounded moves by at most this share.
EPS = 2.0**-53
TINY = np.finfo(np.float64).tiny
# The bits of a float after its sign and its exponent.
FRACTION = (1 << 52) - 1


def outwards(low: Any, high: Any, exact: Any) -> tuple[Any, Any]:
    """Move both ends outwards by one unit in the last place, save where the operation was exact."""
    with np.errstate(over="ignore"):
        below, above = np.nextafter(low, -np.inf), np.nextafter(high, np.inf)
    if exact is False:
        return below, above
    return np.where(exact, low, below), np.where(exact, high, above)


def sum_of(a: Any, b: Any) -> tuple[Any, Any]:
    """Return a + b, and where it has no rounding error.

    That is where Knuth's two-sum has a zero second term, or an operand is infinite.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        total = np.add(a, b)
        virtual = np.subtract(total, a)
        error = np.subtract(a, np.subtract(total, virtual)) + np.subtract(b, virtual)
    return total, np.equal(error, 0.0) | np.isinf(a) | np.isinf(b)


def exact_product(a: Any, b: Any) -> Any:
    """Return where a * b has no rounding error: an operand is 0 or infinite, or a power of two within range.

    Powers of two below the range of normal floats are not known as such.
    """
    bare = _is_bare(a) | _is_bare(b)
    if not bare.any():
        return bare
    with np.errstate(over="ignore", invalid="ignore"):
        size = np.abs(np.multiply(a, b))
    in_range = np.greater_equal(size, TINY) & np.isfinite(size)
    return bare & (in_range | np.equal(a, 0.0) | np.equal(b, 0.0) | np.isinf(a) | np.isinf(b))


def _is_bare(x: Any) -> Any:
    """Return where a float is nothing but sign and exponent: a power of two, 0 or infinite."""
    return (np.asarray(x, dtype=np.float64).view(np.int64) & FRACTION) == 0


def product(a: Any, b: Any) -> Any:
    """Multiply with the convention 0 * inf = 0 of measure theory."""
    with np.errstate(invalid="ignore", over="ignore"):
        found = np.multiply(a, b)
    return np.where(np.equal(a, 0.0) | np.equal(b, 0.0), 0.0, found)

"""Arithmetic of sides: numbers with a derived error, and extremes and sums of enclosures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gausscollapse.core.arguments import checked
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array


def value(enclosure: Enclosure) -> Array:
    """Return the values of an enclosure as an array."""
    return np.asarray(enclosure.value)


def around(number: Any, error: Any, method: str, guarantee: str = "closed-form") -> Enclosure:
    """Return ``number +- error``; an infinite number is exact."""
    number, error = np.asarray(number, dtype=np.float64), np.asarray(error, dtype=np.float64)
    error = np.where(np.isinf(number), 0.0, error)
    return Enclosure(number, number - error, number + error, method, guarantee)


def rounded(number: Any, *, power: int = 1) -> Enclosure:
    """Return numbers that a handful of operations computed from exact ones, 9 roundings 2^-53; powers of such."""
    return around(number, 1e-15 * max(power, 1) * np.abs(np.asarray(number)), "exact")


def widened(enclosure: Enclosure, count: int) -> Enclosure:
    """Return an enclosure with the rounding of `count` powers of an exact number added."""
    return enclosure * around(np.ones(enclosure.shape), 1e-15 * count, "exact")


def size(enclosure: Enclosure) -> Array:
    """Return the size to judge an identity against; 1e-300 where it is 0."""
    return np.maximum(np.abs(value(enclosure)), 1e-300)


def largest(parts: Sequence[Enclosure]) -> Enclosure:
    """Return the largest of some enclosures of one shape, entry by entry."""
    middle, lower, upper = (
        np.maximum.reduce([np.asarray(getattr(p, end)) for p in parts]) for end in ("value", "lower", "upper")
    )
    return Enclosure(middle, lower, upper, parts[0].method, parts[0].guarantee)


def smallest(parts: Sequence[Enclosure]) -> Enclosure:
    """Return the smallest of some enclosures of one shape, entry by entry."""
    return -largest([-part for part in parts])


def total(parts: Sequence[Enclosure]) -> Enclosure:
    """Return the sum of some enclosures of one shape."""
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + part
    return whole


@checked
def increasing(function: Callable[[Any], Any], x: Enclosure) -> Enclosure:
    """Return an increasing function of an enclosure, its ends moved outwards by four units in the last place.

    Parameters
    ----------
    function : callable
        Increasing, from array to array, accurate to four units in the last place: ``np.exp``, ``np.log1p``, ...
    x : Enclosure
        Where to evaluate it.

    Returns
    -------
    Enclosure
        With the guarantee of `x`.

    Examples
    --------
    >>> import numpy as np
    >>> from gausscollapse import Enclosure
    >>> from gausscollapse.theorems import increasing
    >>> float(increasing(np.exp, Enclosure.exact(0.0)))
    1.0
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        low, middle, high = (np.asarray(function(np.asarray(end))) for end in (x.lower, x.value, x.upper))
        low, high = low - 4.0 * np.spacing(np.abs(low)), high + 4.0 * np.spacing(np.abs(high))
    low, high = np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)
    return Enclosure(np.clip(middle, low, high), low, high, x.method, x.guarantee)

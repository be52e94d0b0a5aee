"""Arithmetic of sides: numbers with a derived error, and extremes and sums of enclosures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gausscollapse.core.arguments import asked, checked
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array

# The factor counts the higher orders (Higham: n u/(1 - n u)) of up to 10^6 numbers.
NINE_ROUNDINGS = 9.0 * 2.0**-53 * (1.0 + 2.0**-20)
SMALLEST = float(np.finfo(np.float64).smallest_subnormal)


def value(enclosure: Enclosure) -> Array:
    """Return the values of an enclosure as an array."""
    return np.asarray(enclosure.value)


def around(number: Any, error: Any, method: str, guarantee: str = "closed-form") -> Enclosure:
    """Return ``number +- error``; an infinite number is exact."""
    number, error = np.asarray(number, dtype=np.float64), np.asarray(error, dtype=np.float64)
    error = np.where(np.isinf(number), 0.0, error)
    return Enclosure(number, number - error, number + error, method, guarantee)


def rounded(number: Any, *, power: Any = 1) -> Enclosure:
    """Return numbers that at most nine roundings of 2^-53 made from exact ones; `power` times as many of powers.

    A term such as ``(1 - a)^2`` takes four, ``1/((2 - a)^2 a^2)`` seven: each sum, product and quotient one, an
    integer power of x that of x as often as its exponent and two of its own, ``exp(-t)`` two. What is so small that
    it has fewer digits is off by the smallest float. Source: Higham 2002, lemma 3.1.

    Parameters
    ----------
    number : array_like
        The numbers.
    power : array_like
        How often nine roundings are counted, at least once; 1 by default.
    """
    number = np.asarray(number, dtype=np.float64)
    count = np.maximum(power, 1.0)
    small = np.abs(number) * NINE_ROUNDINGS < SMALLEST / NINE_ROUNDINGS
    # An exact 0 that is no power is one of x = 0.
    below = np.where(small & ((number != 0.0) | (count > 1.0)), 2.0 * count * SMALLEST, 0.0)
    return around(number, NINE_ROUNDINGS * count * np.abs(number) + below, "exact")


def widened(enclosure: Enclosure, count: int) -> Enclosure:
    """Return an enclosure with nine roundings of `count` factors added; see `rounded`."""
    return enclosure * around(np.ones(enclosure.shape), NINE_ROUNDINGS * max(count, 1), "exact")


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


def _answers(function: Callable[[Any], Any], points: Array) -> Array:
    """Return what a caller's function makes of an array, refused where it is no array of floats of the same shape."""
    values = np.asarray(asked("function", function, points))
    if values.dtype.kind != "f" or values.shape != points.shape:
        problem = f"returns shape {values.shape} of {values.dtype} for shape {points.shape}"
        raise InvalidArgumentError("function", function, problem, "floats of the shape of what it is given")
    return values


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
        low, middle, high = (_answers(function, np.asarray(end)) for end in (x.lower, x.value, x.upper))
        low, high = low - 4.0 * np.spacing(np.abs(low)), high + 4.0 * np.spacing(np.abs(high))
    low, high = np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)
    if np.any(np.isnan(middle)):
        raise InvalidArgumentError(
            "function", function, "is NaN at the value of x", "a function that is defined there"
        )
    return Enclosure(np.clip(middle, low, high), low, high, x.method, x.guarantee)

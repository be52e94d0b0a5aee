"""Intervals of closed forms whose arguments are known up to an error: arrays of shape (B,) throughout."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array

# Squares of states underflow on the way to numbers below this size.
FAINT = 1e-280
# Share of the natural size of a state that is rounding.
ROUNDING = 2e-14

Profile = Callable[[Array], Array]


class Interval(NamedTuple):
    """A value between two ends, not yet put in order."""

    value: Array
    lower: Array
    upper: Array

    def plus(self, term: Array, error: Array | float = 0.0) -> Interval:
        """Return the sum with a number that is known up to `error`."""
        return Interval(self.value + term, self.lower + term - error, self.upper + term + error)

    def where(self, condition: NDArray[np.bool_], other: Interval) -> Interval:
        """Return this interval where the condition holds, else the other."""
        return Interval(*(np.where(condition, a, b) for a, b in zip(self, other, strict=True)))


def about(value: Array, error: Array) -> Interval:
    """Return a number that is known up to `error`."""
    return Interval(value, value - error, value + error)


def one(x: Array) -> Array:
    """Return 1, the weight of a mean that needs none."""
    return np.ones_like(x)


def enclose_spectral(
    weight: Profile, volume: Profile, mean: Array, eigenvalues: Array, error: Array, mean_error: Array | None = None
) -> Interval:
    """Return ``sum(mean^2 weight(x) + volume(x))/2`` with x known up to `error` and mean up to `mean_error`.

    Parameters
    ----------
    weight : callable
        Monotone and positive where it is finite.
    volume : callable
        Non-negative, 0 at 0 and monotone on either side.
    mean, eigenvalues : ndarray, shape (..., d)
        Arguments.
    error : ndarray, shape (...)
        Bound of the error of each eigenvalue.
    mean_error : ndarray, shape (...), optional
        Bound of the error of each entry of the mean; `error` by default.

    Returns
    -------
    Interval
        Shape (...); inf where a function is NaN or infinite (outside its domain).
    """
    width = error[..., None]
    shift = width if mean_error is None else mean_error[..., None]
    size = np.abs(mean)
    with np.errstate(invalid="ignore"):
        small, large = np.maximum(np.nan_to_num(size - shift, nan=0.0), 0.0), size + shift

    def cleaned(function: Profile, x: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            result = function(x)
        return np.where(np.isnan(result) | (result < 0.0), np.inf, result)

    def product(squares: Array, weights: Array) -> Array:
        with np.errstate(invalid="ignore", over="ignore"):
            return np.where(squares == 0.0, 0.0, squares * weights)

    left, right = eigenvalues - width, eigenvalues + width
    weights = [cleaned(weight, x) for x in (left, eigenvalues, right)]
    volumes = [cleaned(volume, x) for x in (left, eigenvalues, right)]
    crossing = (left <= 0.0) & (right >= 0.0)
    lower = product(small**2, np.minimum(weights[0], weights[2])) + np.where(
        crossing, 0.0, np.minimum(volumes[0], volumes[2])
    )
    value = product(size**2, weights[1]) + volumes[1]
    upper = product(large**2, np.maximum(weights[0], weights[2])) + np.maximum(volumes[0], volumes[2])
    return Interval(*(0.5 * np.sum(part, axis=-1) for part in (value, lower, upper)))


def raised(function: Profile, exponent: Interval) -> Interval:
    """Return an exponential of an interval; a finite lower exponent keeps a finite lower end."""
    with np.errstate(over="ignore"):
        low = np.asarray(function(exponent.lower))
        low = np.where(np.isinf(low) & np.isfinite(exponent.lower), np.finfo(float).max, low)
        return Interval(np.asarray(function(exponent.value)), low, np.asarray(function(exponent.upper)))


def exponential(log: Interval, method: str, log_name: str) -> Enclosure:
    """Return exp of an interval as a numeric enclosure, true below and beyond the range of floats as well.

    `log_name` is where the method says that the number itself is to be had.
    """
    value, low, high = raised(np.exp, log)
    faint = high < np.finfo(float).tiny
    low, high = np.where(low < np.finfo(float).tiny, 0.0, low), np.where(faint, np.nextafter(high, 1.0), high)
    value = np.clip(value, low, high)
    lost = np.any(faint | (np.isinf(high) & np.isfinite(log.upper)))
    note = f" (beyond the range of floats: {log_name} has the logarithm)" if lost else ""
    return Enclosure(value, low, high, method + note, "numeric")


def squared(root: Array, error: Array) -> Interval:
    """Return the square of a number that is known up to `error`."""
    size = np.abs(root)
    return Interval(size**2, np.maximum(size - error, 0.0) ** 2, (size + error) ** 2)


def enclosed(method: str, interval: Interval) -> Enclosure:
    """Return a non-negative numeric enclosure, ends put in order; nothing relative is known below `FAINT`."""
    value = np.maximum(interval.value, 0.0)
    faint = (value > 0.0) & (value < FAINT)
    low = np.where(faint, 0.0, np.minimum(np.maximum(interval.lower, 0.0), value))
    high = np.maximum(np.where(faint, FAINT, interval.upper), np.maximum(interval.upper, value))
    return Enclosure(value, low, high, method, "numeric")

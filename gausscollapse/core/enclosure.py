"""What every computation returns: a number with an interval that holds it, and how that is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gausscollapse.core.exceptions import ComparisonError, InvalidArgumentError
from gausscollapse.core.interval_text import interval_text
from gausscollapse.core.presentation import Facts, Presented
from gausscollapse.core.rounding import TINY, exact_product, outwards, product, sum_of
from gausscollapse.core.validation import as_array, as_choice

Bound: TypeAlias = "float | NDArray[np.float64]"

GUARANTEES = ("certified", "closed-form", "numeric", "statistical")


def _plain(value: Any, argument: str = "value") -> Bound:
    """Return a number or an array of numbers; what is already one of floats is not read again."""
    if type(value) is np.ndarray and value.dtype == np.float64:
        return value if value.ndim else float(value)
    if isinstance(value, float):
        return float(value)
    array = as_array(argument, value, infinite=True)
    return float(array) if array.ndim == 0 else array


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Enclosure(Presented):
    """A number (or an array of numbers) with an interval that holds it, and how that is known.

    Parameters
    ----------
    value : float or ndarray
        Best estimate, ``lower <= value <= upper``. ``float()`` of a scalar enclosure is this value.
    lower, upper : float or ndarray
        Ends of the interval; ``inf`` is a value, NaN is refused.
    method : str
        What computed it, in words.
    guarantee : {"certified", "closed-form", "numeric", "statistical"}
        ``certified``: a theorem (ball arithmetic and rigorous tails). ``closed-form``: a formula, the interval
        being its rounding error. ``numeric``: quadrature or an ODE solved to a stated tolerance.
        ``statistical``: a confidence interval.

    Raises
    ------
    InvalidArgumentError
        On NaN, on ``lower > value`` or ``value > upper``, or on an unknown guarantee.

    Notes
    -----
    Arithmetic is interval arithmetic, rounded outwards by one unit in the last place an operation; the result
    carries the weaker guarantee of its operands. ``inf - inf`` and division by an interval that holds 0 give the
    whole line; ``0 * inf`` is 0. NumPy's numbers and arrays take part: ``array * enclosure`` is an enclosure.
    ``<``, ``<=``, ``>`` and ``>=`` answer where the intervals tell and raise `ComparisonError` where they do not;
    ``==`` with a number asks whether the interval is that number.
    Source: interval arithmetic, Moore 1966; the detection of exact operations is *own* (two-sum: Knuth 1969).

    Examples
    --------
    A mean of samples with its error, times a number that is known exactly:

    >>> import gausscollapse as gc
    >>> mean = gc.Enclosure(2.0, 1.5, 2.5, "100 samples", "statistical")
    >>> print(2.0 * mean)
    4 ± 1 (statistical, 100 samples)

    Comparisons are certain, or refused; what may be left open is asked for:

    >>> bool(mean > 1.0), bool(mean.certainly_above(1.8)), bool(mean.certainly_at_most(3.0))
    (True, False, True)
    >>> mean > 1.8
    Traceback (most recent call last):
    ComparisonError: 2.0 ± 0.5 > 1.8 is not certain; accepted: certainly_above or certainly_at_most, ...
    >>> bool(mean.contains(2.4)), bool(mean.overlaps(gc.Enclosure.exact(2.6)))
    (True, False)

    The two intervals of a difference add up, since the two numbers are not known to be the same:

    >>> print(mean - mean)
    0 ± 1 (statistical, 100 samples)
    >>> print((mean - mean).clipped(at_least=0.0).sqrt().upper)
    1.0000000000000002

    An array of numbers has one interval each:

    >>> import numpy as np
    >>> pair = gc.Enclosure(np.array([1.0, 2.0]), np.array([0.5, 2.0]), np.array([1.5, 2.0]))
    >>> print(len(pair), pair.shape, pair.width, pair[0])
    2 (2,) [1. 0.] 1.0 ± 0.5 (closed-form, exact)
    """

    value: Bound
    lower: Bound
    upper: Bound
    method: str = "exact"
    guarantee: str = "closed-form"

    def facts(self) -> Facts:
        """Return what a notebook shows."""
        if self.shape:
            ends = (("shape", str(self.shape)), ("from", np.min(self.lower)), ("to", np.max(self.upper)))
            return (*ends, ("guarantee", self.guarantee), ("method", self.method))
        return (("value", self.interval), ("guarantee", self.guarantee), ("method", self.method))

    def __post_init__(self) -> None:
        for name in ("value", "lower", "upper"):
            part = getattr(self, name)
            if type(part) is not float:
                object.__setattr__(self, name, _plain(part, name))
        # False for NaN.
        ordered = np.shape(self.lower) == np.shape(self.value) == np.shape(self.upper) and _in_order(
            self.lower, self.value, self.upper
        )
        if not ordered:
            self._require_numbers()
        as_choice("guarantee", self.guarantee, GUARANTEES)
        if not isinstance(self.method, str):
            raise InvalidArgumentError("method", self.method, "is not a text", "what computed it, in words")
        if not ordered:
            raise InvalidArgumentError(
                "value", (self.lower, self.value, self.upper), "is out of order", "lower <= value <= upper"
            )

    def _require_numbers(self) -> None:
        """Refuse NaN and parts of different shapes."""
        for name in ("value", "lower", "upper"):
            if np.isnan(getattr(self, name)).any():
                raise InvalidArgumentError(name, getattr(self, name), "is NaN", "numbers or infinities")
        shapes = tuple(np.shape(part) for part in (self.value, self.lower, self.upper))
        if len(set(shapes)) > 1:
            raise InvalidArgumentError("shapes of value, lower, upper", shapes, "differ", "three equal shapes")

    @classmethod
    def exact(cls, value: Any, method: str = "exact", guarantee: str = "closed-form") -> Self:
        """Return the enclosure of width zero at `value`; what is no float, as 1/3, gets the floats around it."""
        if isinstance(value, float | np.ndarray) and np.asarray(value).dtype == np.float64:
            return cls(value, value, value, method, guarantee)
        plain = _plain(value)
        low, high = outwards(plain, plain, np.equal(np.asarray(value, dtype=object), plain))
        return cls(plain, low, high, method, guarantee)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value; ``()`` for one number."""
        return np.shape(self.value)

    @property
    def width(self) -> Bound:
        """``upper - lower``; infinite as soon as one end alone is infinite, 0 where both ends are the same."""
        with np.errstate(invalid="ignore", over="ignore"):
            return _plain(np.where(np.equal(self.upper, self.lower), 0.0, np.subtract(self.upper, self.lower)))

    @property
    def interval(self) -> str:
        """The number with its half width, ``0.125 ± 3e-11``, or with both ends; see `interval_text`."""
        return interval_text(float(self.value), float(self.lower), float(self.upper))

    @property
    def finite(self) -> Any:
        """Whether the value is known to be finite: the upper end is."""
        return np.isfinite(self.upper)

    def contains(self, value: float) -> Any:
        """Return whether `value` lies in ``[lower, upper]``."""
        as_enclosure(value, "value")
        # Fractions and integers are compared as they are, not as the float next to them.
        point = value if isinstance(value, Enclosure | float | np.ndarray) else np.asarray(value, dtype=object)
        return np.less_equal(self.lower, point) & np.less_equal(point, self.upper)

    def certainly_at_most(self, other: Enclosure | float) -> Any:
        """Return whether every number here is at most every number of `other`."""
        return np.less_equal(self.upper, as_enclosure(other).lower)

    def certainly_above(self, other: Enclosure | float) -> Any:
        """Return whether every number here is greater than every number of `other`."""
        return np.greater(self.lower, as_enclosure(other).upper)

    def overlaps(self, other: Enclosure | float) -> Any:
        """Return whether the two intervals have a point in common."""
        there = as_enclosure(other)
        return np.less_equal(self.lower, there.upper) & np.less_equal(there.lower, self.upper)

    def sqrt(self) -> Enclosure:
        """Return the square root of a non-negative quantity; a negative lower end counts as 0.

        Raises
        ------
        InvalidArgumentError
            If the whole interval is negative.
        """
        if np.any(np.less(self.upper, 0.0)):
            raise InvalidArgumentError("upper", self.upper, "is negative under a square root", "an upper end >= 0")
        low, mid, high = np.sqrt(np.maximum(_rows(self), 0.0))
        low, high = outwards(low, high, False)
        return _build(np.maximum(low, 0.0), mid, np.where(np.equal(self.upper, 0.0), 0.0, high), self, self)

    def clipped(self, *, at_least: float) -> Enclosure:
        """Return the enclosure cut at a bound that is known for other reasons."""
        bound = as_enclosure(at_least, "at_least").value
        low, mid, high = (np.maximum(x, bound) for x in (self.lower, self.value, self.upper))
        return _build(low, mid, high, self, self)

    def __getitem__(self, index: Any) -> Enclosure:
        value, lower, upper = (_plain(np.asarray(x)[index]) for x in (self.value, self.lower, self.upper))
        return _unchecked(value, lower, upper, self.method, self.guarantee)

    def __len__(self) -> int:
        return len(np.asarray(self.value))

    def __iter__(self) -> Iterator[Enclosure]:
        return (self[index] for index in range(len(self)))

    def __float__(self) -> float:
        return float(self.value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.value, dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """Keep the interval under NumPy's arithmetic; any other NumPy function sees the value."""
        operation = OPERATIONS.get(ufunc)
        if operation is not None and method == "__call__" and not options:
            return operation(*(as_enclosure(entry) for entry in inputs))
        plain = (entry.value if isinstance(entry, Enclosure) else entry for entry in inputs)
        return getattr(ufunc, method)(*plain, **options)

    def __format__(self, spec: str) -> str:
        return format(float(self), spec) if spec else str(self)

    def __str__(self) -> str:
        if self.shape:
            return f"Enclosure of {self.shape} values ({self.guarantee}, {self.method})"
        return f"{self.interval} ({self.guarantee}, {self.method})"

    def __add__(self, other: Enclosure | float) -> Enclosure:
        there = as_enclosure(other)
        most = max(_axes(self), _axes(there))
        found, exact = sum_of(_rows(self, most), _rows(there, most))
        low, high = outwards(found[::2], found[::2], exact[::2])
        return _build(low[0], found[1], high[1], self, there)

    def __neg__(self) -> Enclosure:
        value, lower, upper = (_plain(np.negative(x)) for x in (self.value, self.upper, self.lower))
        return _unchecked(value, lower, upper, self.method, self.guarantee)

    def __sub__(self, other: Enclosure | float) -> Enclosure:
        return self + (-as_enclosure(other))

    def __mul__(self, other: Enclosure | float) -> Enclosure:
        there = as_enclosure(other)
        scaled = _scaled(self, there.value, there) if _is_one_number(there) else None
        if scaled is not None:
            return scaled
        most = max(_axes(self), _axes(there))
        # One number has one end, not two; rows are multiplied with columns.
        left, right = _rows(self, most)[::2, None], _rows(there, most)[None, : 1 if _is_one_number(there) else 3 : 2]
        corners, exact = product(left, right), exact_product(left, right)
        low, high = np.minimum.reduce(corners, axis=(0, 1)), np.maximum.reduce(corners, axis=(0, 1))
        low, high = outwards(low, high, exact.any() and np.logical_and.reduce(exact, axis=(0, 1)))
        return _build(low, product(self.value, there.value), high, self, there)

    def __truediv__(self, other: Enclosure | float) -> Enclosure:
        there = as_enclosure(other)
        through_zero = np.less_equal(there.lower, 0.0) & np.greater_equal(there.upper, 0.0)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            high, mid, low = np.divide(1.0, _rows(there))
        low, high = outwards(low, high, False)
        if not through_zero.any():
            return self * _build(low, mid, high, there, there)
        low, high = np.where(through_zero, -np.inf, low), np.where(through_zero, np.inf, high)
        mid = np.where(np.equal(there.value, 0.0), 0.0, mid)
        quotient = self * _build(low, mid, high, there, there)
        low, high = np.where(through_zero, -np.inf, quotient.lower), np.where(through_zero, np.inf, quotient.upper)
        return _build(low, quotient.value, high, self, there)

    def __abs__(self) -> Enclosure:
        low = np.maximum(0.0, np.maximum(self.lower, np.negative(self.upper)))
        high = np.maximum(np.abs(self.lower), np.abs(self.upper))
        return _build(low, np.abs(self.value), high, self, self)

    def __radd__(self, other: float) -> Enclosure:
        return self + other

    def __rmul__(self, other: float) -> Enclosure:
        return self * other

    def __rsub__(self, other: float) -> Enclosure:
        return as_enclosure(other) - self

    def __rtruediv__(self, other: float) -> Enclosure:
        return as_enclosure(other) / self

    def __eq__(self, other: object) -> Any:
        if isinstance(other, Enclosure):
            parts = ((self.value, other.value), (self.lower, other.lower), (self.upper, other.upper))
            same = all(np.array_equal(a, b) for a, b in parts)
            return same and (self.method, self.guarantee) == (other.method, other.guarantee)
        if isinstance(other, int | float | np.ndarray | np.number) and not isinstance(other, bool):
            return _same(self, Enclosure.exact(other))
        return NotImplemented

    def __hash__(self) -> int:
        # Adding 0 turns -0 into 0, which is equal to it.
        return hash((np.asarray(self.value) + 0.0).tobytes() if self.shape else self.value)

    def __lt__(self, other: Enclosure | float) -> Any:
        there = as_enclosure(other)
        return self._certain("<", there, np.less(self.upper, there.lower), np.greater_equal(self.lower, there.upper))

    def __le__(self, other: Enclosure | float) -> Any:
        there = as_enclosure(other)
        return self._certain("<=", there, self.certainly_at_most(there), self.certainly_above(there))

    def __gt__(self, other: Enclosure | float) -> Any:
        there = as_enclosure(other)
        return self._certain(">", there, self.certainly_above(there), self.certainly_at_most(there))

    def __ge__(self, other: Enclosure | float) -> Any:
        there = as_enclosure(other)
        return self._certain(">=", there, np.greater_equal(self.lower, there.upper), np.less(self.upper, there.lower))

    def _certain(self, sign: str, there: Enclosure, true: Any, false: Any) -> Any:
        """Return where a comparison is true, provided that it is everywhere certainly true or certainly false."""
        open_ = ~(np.asarray(true) | np.asarray(false))
        if np.any(open_):
            pair = [
                interval_text(*(float(np.broadcast_to(end, open_.shape)[open_][0]) for end in side))
                for side in ((self.value, self.lower, self.upper), (there.value, there.lower, there.upper))
            ]
            raise ComparisonError(pair[0], sign, pair[1])
        return true


def _same(left: Enclosure, right: Enclosure) -> Any:
    """Return, entry by entry, whether two intervals are the same."""
    return np.equal(left.lower, right.lower) & np.equal(left.upper, right.upper)


OPERATIONS: dict[Any, Callable[..., Any]] = {
    np.add: Enclosure.__add__,
    np.subtract: Enclosure.__sub__,
    np.multiply: Enclosure.__mul__,
    np.true_divide: Enclosure.__truediv__,
    np.negative: Enclosure.__neg__,
    np.absolute: Enclosure.__abs__,
    np.sqrt: Enclosure.sqrt,
    np.less: Enclosure.__lt__,
    np.less_equal: Enclosure.__le__,
    np.greater: Enclosure.__gt__,
    np.greater_equal: Enclosure.__ge__,
    np.equal: _same,
    np.not_equal: lambda left, right: ~_same(left, right),
}


def _is_one_number(enclosure: Enclosure) -> bool:
    return isinstance(enclosure.value, float) and enclosure.lower == enclosure.upper


def _scaled(enclosure: Enclosure, factor: Bound, there: Enclosure) -> Enclosure | None:
    """Return the multiple by a power of two where no entry is rounded; else nothing."""
    if not isinstance(factor, float) or math.frexp(abs(factor))[0] != 0.5:
        return None
    rows = _rows(enclosure)
    with np.errstate(over="ignore"):
        # Adding 0 turns -0 into 0.
        found = factor * rows + 0.0
    size = np.abs(found)
    if not ((np.greater_equal(size, TINY) & np.isfinite(size)) | np.equal(rows, 0.0)).all():
        return None
    low, mid, high = found if factor > 0.0 else found[::-1]
    return _build(low, mid, high, enclosure, there)


def _axes(enclosure: Enclosure) -> int:
    return 0 if isinstance(enclosure.value, float) else enclosure.value.ndim


def _rows(enclosure: Enclosure, axes: int = 0) -> NDArray[np.float64]:
    """Return lower end, value and upper end as the rows of one array, with at least so many axes after the first."""
    rows = np.array((enclosure.lower, enclosure.value, enclosure.upper))
    short = axes + 1 - rows.ndim
    return rows if short <= 0 else rows.reshape(3, *(1,) * short, *rows.shape[1:])


def _in_order(low: Any, mid: Any, high: Any) -> bool:
    """Return whether ``low <= mid <= high`` everywhere; false where one of them is NaN."""
    return bool((np.less_equal(low, mid) & np.less_equal(mid, high)).all())


def _build(low: Any, mid: Any, high: Any, left: Enclosure, right: Enclosure) -> Enclosure:
    method, guarantee = left.method, left.guarantee
    if left is not right:
        guarantee = max(guarantee, right.guarantee, key=GUARANTEES.index)
        if method != right.method and right.method != "exact":
            method = right.method if method == "exact" else f"{method}, {right.method}"
    inside = np.minimum(np.maximum(mid, low), high)
    if not _in_order(low, inside, high):
        low = np.where(np.isnan(low), -np.inf, low)
        high = np.where(np.isnan(high), np.inf, high)
        inside = np.minimum(np.maximum(np.where(np.isnan(mid), 0.0, mid), low), high)
    return _unchecked(_plain(inside), _plain(low), _plain(high), method, guarantee)


def _unchecked(value: Bound, lower: Bound, upper: Bound, method: str, guarantee: str) -> Enclosure:
    """Return the enclosure of parts that are known to be plain, in order and without NaN."""
    result = object.__new__(Enclosure)
    put = object.__setattr__
    put(result, "value", value)
    put(result, "lower", lower)
    put(result, "upper", upper)
    put(result, "method", method)
    put(result, "guarantee", guarantee)
    return result


def as_enclosure(value: Enclosure | float | NDArray[np.float64], argument: str = "other") -> Enclosure:
    """Return `value` itself where it is an enclosure, else the enclosure of width zero at it."""
    if isinstance(value, Enclosure):
        return value
    plain = _plain(value, argument)
    if math.isnan(plain) if isinstance(plain, float) else np.isnan(plain).any():
        raise InvalidArgumentError(argument, value, "is NaN", "numbers or infinities")
    if isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype == np.float64):
        return _unchecked(plain, plain, plain, "exact", "closed-form")
    return Enclosure.exact(value)

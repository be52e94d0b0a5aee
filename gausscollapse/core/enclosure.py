"""What every computation returns: a number with an interval that holds it, and how that is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gausscollapse.core.exceptions import ComparisonError, InvalidArgumentError
from gausscollapse.core.interval_text import interval_text
from gausscollapse.core.presentation import Facts, Presented
from gausscollapse.core.rounding import exact_product, exact_sum, outwards, product
from gausscollapse.core.validation import as_array, as_choice

Bound: TypeAlias = "float | NDArray[np.float64]"

FIELDS = ("value", "lower", "upper", "method", "guarantee")
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
            plain = _plain(getattr(self, name), name)
            object.__setattr__(self, name, plain)
            if np.isnan(plain).any():
                raise InvalidArgumentError(name, plain, "is NaN", "numbers or infinities")
        if not np.shape(self.lower) == np.shape(self.value) == np.shape(self.upper):
            shapes = tuple(np.shape(part) for part in (self.value, self.lower, self.upper))
            raise InvalidArgumentError("shapes of value, lower, upper", shapes, "differ", "three equal shapes")
        as_choice("guarantee", self.guarantee, GUARANTEES)
        if not isinstance(self.method, str):
            raise InvalidArgumentError("method", self.method, "is not a text", "what computed it, in words")
        if np.greater(self.lower, self.value).any() or np.greater(self.value, self.upper).any():
            raise InvalidArgumentError(
                "value", (self.lower, self.value, self.upper), "is out of order", "lower <= value <= upper"
            )

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
        low, mid, high = (np.sqrt(np.maximum(x, 0.0)) for x in (self.lower, self.value, self.upper))
        low, high = outwards(low, high, False)
        return _build(np.maximum(low, 0.0), mid, np.where(np.equal(self.upper, 0.0), 0.0, high), self, self)

    def clipped(self, *, at_least: float) -> Enclosure:
        """Return the enclosure cut at a bound that is known for other reasons."""
        bound = as_enclosure(at_least, "at_least").value
        low, mid, high = (np.maximum(x, bound) for x in (self.lower, self.value, self.upper))
        return _build(low, mid, high, self, self)

    def __getitem__(self, index: Any) -> Enclosure:
        parts = (np.asarray(x)[index] for x in (self.value, self.lower, self.upper))
        value, lower, upper = parts
        return Enclosure(value, lower, upper, self.method, self.guarantee)

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
        with np.errstate(invalid="ignore", over="ignore"):
            low, mid, high = self.lower + there.lower, self.value + there.value, self.upper + there.upper
        low = outwards(low, low, exact_sum(self.lower, there.lower))[0]
        high = outwards(high, high, exact_sum(self.upper, there.upper))[1]
        return _build(low, mid, high, self, there)

    def __neg__(self) -> Enclosure:
        return _build(np.negative(self.upper), np.negative(self.value), np.negative(self.lower), self, self)

    def __sub__(self, other: Enclosure | float) -> Enclosure:
        return self + (-as_enclosure(other))

    def __mul__(self, other: Enclosure | float) -> Enclosure:
        there = as_enclosure(other)
        # One number has one end, not two.
        factors = (there.lower,) if _is_one_number(there) else (there.lower, there.upper)
        pairs = [(a, b) for a in (self.lower, self.upper) for b in factors]
        corners = [product(a, b) for a, b in pairs]
        exact = reduce(np.logical_and, [exact_product(a, b) for a, b in pairs])
        low, high = outwards(reduce(np.minimum, corners), reduce(np.maximum, corners), exact)
        return _build(low, product(self.value, there.value), high, self, there)

    def __truediv__(self, other: Enclosure | float) -> Enclosure:
        there = as_enclosure(other)
        through_zero = np.less_equal(there.lower, 0.0) & np.greater_equal(there.upper, 0.0)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            low, high = outwards(np.divide(1.0, there.upper), np.divide(1.0, there.lower), False)
            low, high = np.where(through_zero, -np.inf, low), np.where(through_zero, np.inf, high)
            mid = np.where(np.equal(there.value, 0.0), 0.0, np.divide(1.0, there.value))
        quotient = self * _build(low, mid, high, there, there)
        if not np.any(through_zero):
            return quotient
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
    return not enclosure.shape and enclosure.lower == enclosure.upper


def _build(low: Any, mid: Any, high: Any, left: Enclosure, right: Enclosure) -> Enclosure:
    guarantee = max(left.guarantee, right.guarantee, key=GUARANTEES.index)
    method = (
        left.method
        if left.method == right.method or right.method == "exact"
        else (right.method if left.method == "exact" else f"{left.method}, {right.method}")
    )
    if np.isnan(low).any() or np.isnan(mid).any() or np.isnan(high).any():
        low = np.where(np.isnan(low), -np.inf, low)
        high = np.where(np.isnan(high), np.inf, high)
        mid = np.where(np.isnan(mid), 0.0, mid)
    mid = np.minimum(np.maximum(mid, low), high)
    return _unchecked(_plain(mid), _plain(low), _plain(high), method, guarantee)


def _unchecked(*parts: Bound | str) -> Enclosure:
    """Return the enclosure with these `FIELDS`, which are known to be plain, in order and without NaN."""
    result = object.__new__(Enclosure)
    for name, part in zip(FIELDS, parts, strict=True):
        object.__setattr__(result, name, part)
    return result


def as_enclosure(value: Enclosure | float | NDArray[np.float64], argument: str = "other") -> Enclosure:
    """Return `value` itself where it is an enclosure, else the enclosure of width zero at it."""
    if isinstance(value, Enclosure):
        return value
    plain = _plain(value, argument)
    if np.isnan(plain).any():
        raise InvalidArgumentError(argument, value, "is NaN", "numbers or infinities")
    if isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype == np.float64):
        return _unchecked(plain, plain, plain, "exact", "closed-form")
    return Enclosure.exact(value)

"""Checks of what the caller hands in: each returns a clean array or number, or raises a named error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError, UnknownNameError

Array: TypeAlias = NDArray[np.float64]

SYMMETRY_TOLERANCE = 1e-10
LARGEST_WORD = 2**64
MOST_BYTES = 2**32


def as_array(argument: str, value: ArrayLike, *, infinite: bool = False) -> Array:
    """Return `value` as a new float64 array without NaN, negative zero or, but where `infinite`, infinity."""
    accepted = "real numbers or infinities" if infinite else "finite real numbers"
    if (type(value) is float or type(value) is np.float64) and math.isfinite(value):
        return np.array(value + 0.0)
    if type(value) is np.ndarray and value.dtype == np.float64:
        # What every other argument becomes; adding 0 as below.
        array = np.asarray(value + 0.0)
        if np.isfinite(array).all():
            return array
    if np.ma.is_masked(value):
        raise InvalidArgumentError(argument, value, "has masked entries", "an array without a mask")
    try:
        raw = np.asarray(value)
        if (
            isinstance(value.obj if isinstance(value, memoryview) else value, bytes | bytearray)
            or _holds_flags(value)
            or raw.dtype.kind not in "iufO"
            or (raw.dtype.kind == "O" and not all(map(_is_real, raw.flat)))
        ):
            raise TypeError(raw.dtype)
        with np.errstate(over="ignore"):
            # Adding 0 turns -0 into 0, so that equal arrays have equal bytes and hashes.
            array = np.asarray(raw.astype(np.float64) + 0.0)
        if raw.dtype.kind == "f" and raw.dtype.itemsize > 8 and not np.array_equal(np.isinf(raw), np.isinf(array)):
            raise OverflowError(raw.dtype)
    except Exception:  # a foreign __array__ or __float__ may raise anything
        raise InvalidArgumentError(argument, value, "is not an array of numbers", accepted) from None
    if not np.all(~np.isnan(array) if infinite else np.isfinite(array)):
        raise InvalidArgumentError(argument, value, f"has NaN{'' if infinite else ' or infinite'} entries", accepted)
    return array


def as_vector(argument: str, value: ArrayLike, dim: int | None = None) -> Array:
    """Return `value` as a vector `(d,)`; a scalar counts as d = 1 (or, where `dim` is given, must fit it)."""
    array = np.atleast_1d(as_array(argument, value))
    if array.ndim != 1 or array.size == 0:
        raise InvalidArgumentError(argument, value, f"has shape {array.shape}", "a vector of shape (d,) with d >= 1")
    if dim is not None and array.size != dim:
        raise DimensionMismatchError(argument, value, f"has dimension {array.size}", f"a vector of shape ({dim},)")
    return array


def as_matrix(argument: str, value: ArrayLike, dim: int | None = None) -> Array:
    """Return `value` as a square matrix `(d, d)`; a scalar counts as d = 1."""
    array = as_array(argument, value)
    if array.ndim == 0 and dim is not None and dim > 1:
        accepted = f"a matrix of shape ({dim}, {dim}), such as {float(array):g} * numpy.eye({dim})"
        raise DimensionMismatchError(argument, value, f"is one number in dimension {dim}", accepted)
    if array.ndim < 2 and array.size == 1:
        array = array.reshape(1, 1)
    if array.ndim != 2 or array.shape[0] != array.shape[1] or array.size == 0:
        raise InvalidArgumentError(argument, value, f"has shape {array.shape}", "a square matrix of shape (d, d)")
    if dim is not None and array.shape[0] != dim:
        raise DimensionMismatchError(
            argument, value, f"has dimension {array.shape[0]}", f"a matrix of shape ({dim}, {dim})"
        )
    return array


def as_symmetric(argument: str, value: ArrayLike, dim: int | None = None) -> Array:
    """Return `value` as an exactly symmetric matrix; asymmetry above 1e-10 of its size is refused."""
    array = as_matrix(argument, value, dim)
    asymmetry = float(np.max(np.abs(array - array.T)))
    if asymmetry > SYMMETRY_TOLERANCE * float(np.max(np.abs(array))):
        raise InvalidArgumentError(
            argument, value, f"is not symmetric (largest difference {asymmetry:.3g})", "a symmetric matrix"
        )
    return 0.5 * array + 0.5 * array.T


def as_covariance(argument: str, value: ArrayLike, dim: int | None = None) -> Array:
    """Return `value` as a symmetric positive definite matrix `(d, d)`."""
    array = as_symmetric(argument, value, dim)
    try:
        np.linalg.cholesky(array)
    except np.linalg.LinAlgError:
        lowest = float(np.linalg.eigvalsh(array)[0])
        raise InvalidArgumentError(
            argument,
            value,
            f"is not positive definite (smallest eigenvalue {lowest:.3g})",
            "a symmetric positive definite matrix",
        ) from None
    return array


def as_semidefinite(argument: str, value: ArrayLike, dim: int | None = None) -> Array:
    """Return `value` as a symmetric positive semi-definite matrix `(d, d)`, up to rounding."""
    array = as_symmetric(argument, value, dim)
    if not np.any(array):
        return array
    eigenvalues = np.linalg.eigvalsh(array)
    if eigenvalues[0] < -1e-12 * max(abs(float(eigenvalues[-1])), abs(float(eigenvalues[0]))):
        raise InvalidArgumentError(
            argument,
            value,
            f"is not positive semi-definite (smallest eigenvalue {eigenvalues[0]:.3g})",
            "a symmetric positive semi-definite matrix",
        )
    return array


def as_antisymmetric(argument: str, value: ArrayLike, dim: int | None = None) -> Array:
    """Return `value` as an exactly antisymmetric matrix `(d, d)`."""
    array = as_matrix(argument, value, dim)
    symmetry = float(np.max(np.abs(array + array.T)))
    if symmetry > SYMMETRY_TOLERANCE * max(float(np.max(np.abs(array))), np.finfo(float).tiny):
        raise InvalidArgumentError(
            argument, value, f"is not antisymmetric (largest sum {symmetry:.3g})", "a matrix Q with Q.T == -Q"
        )
    return 0.5 * (array - array.T)


def as_weights(argument: str, value: ArrayLike) -> Array:
    """Return `value` as non-negative weights `(k,)` that sum to one within 1e-9, normalised to rounding.

    Weights that sum to one up to rounding are kept to the last bit, so that normalising twice is normalising once.
    """
    array = as_vector(argument, value)
    if np.any(array < 0.0):
        raise InvalidArgumentError(argument, value, "has a negative entry", "non-negative weights that sum to 1")
    total = math.fsum(array)
    if abs(total - 1.0) > 1e-9:
        raise InvalidArgumentError(argument, value, f"sums to {total:.12g}", "non-negative weights that sum to 1")
    rounding = array.size * float(np.finfo(np.float64).eps)
    return array if abs(total - 1.0) <= rounding else array / total


def _holds_flags(value: object) -> bool:
    """Whether a list holds a flag among its numbers, which NumPy would turn into 0 or 1."""
    if isinstance(value, list | tuple):
        return any(map(_holds_flags, value))
    return isinstance(value, bool | np.bool_) or (isinstance(value, np.ndarray) and value.dtype.kind == "b")


def _is_real(value: object) -> bool:
    """Whether `value` is one real number: no flag, text, date, complex number, mask or array of numbers."""
    if isinstance(value, np.ndarray | np.generic):
        return value.ndim == 0 and value.dtype.kind in "iuf" and not np.ma.is_masked(value)
    if isinstance(value, bool | str | bytes):
        return False
    return hasattr(type(value), "__float__") or hasattr(type(value), "__index__")


def as_one_each(argument: str, value: ArrayLike, count: int) -> Array:
    """Return one number for all or one each as shape (count,)."""
    array = as_array(argument, value)
    if array.shape not in ((), (1,), (count,)):
        accepted = f"a number, or numbers of shape ({count},)"
        raise InvalidArgumentError(argument, value, f"has shape {array.shape}", accepted)
    return np.broadcast_to(array, (count,))


def as_number(
    argument: str,
    value: object,
    *,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
    below: float | None = None,
) -> float:
    """Return `value` as a finite float inside the stated limits."""
    accepted = "a finite number" + "".join(
        f" {sign} {limit:g}"
        for sign, limit in ((">=", at_least), (">", above), ("<=", at_most), ("<", below))
        if limit is not None
    )
    try:
        if not _is_real(value):
            raise TypeError(type(value))
        number = float(value)  # type: ignore[arg-type]
    except Exception:  # a foreign __float__ may raise anything
        raise InvalidArgumentError(argument, value, "is not a number", accepted) from None
    if not math.isfinite(number):
        raise InvalidArgumentError(argument, value, "is not finite", accepted)
    if (
        (at_least is not None and number < at_least)
        or (above is not None and number <= above)
        or (at_most is not None and number > at_most)
        or (below is not None and number >= below)
    ):
        raise InvalidArgumentError(argument, value, "is out of range", accepted)
    return number


def as_count(argument: str, value: object, *, at_least: int = 0) -> int:
    """Return `value` as an integer that is at least `at_least`; booleans and fractions are refused."""
    accepted = f"an integer >= {at_least}"
    # NumPy's spans of time are among its integers.
    if isinstance(value, bool | np.timedelta64) or not isinstance(value, int | np.integer):
        raise InvalidArgumentError(argument, value, "is not an integer", accepted)
    if value < at_least:
        raise InvalidArgumentError(argument, value, "is out of range", accepted)
    return int(value)


def as_size(
    argument: str,
    value: object,
    *,
    at_least: int = 0,
    each: float,
    unit: str = "GiB",
    most: float | None = None,
    cure: str = "",
) -> int:
    """Return `value` as an integer whose cost, `each` for one, is at most `most`.

    Costs are in bytes, 4 GiB by default, or counts of `unit`. What would run for hours or fill the memory is refused
    at once, with the estimate and what would be accepted.
    """
    number = as_count(argument, value, at_least=at_least)
    largest = int((MOST_BYTES if most is None else most) / each)
    if number > largest:
        cost = (each if most is not None else each / 2**30) * min(number, 10**30)  # integers may leave the range
        accepted = f"an integer from {at_least} to {largest}{cure and ', or ' + cure}"
        raise InvalidArgumentError(argument, value, f"needs about {cost:.3g} {unit}", accepted)
    return number


def require_finite(argument: str, value: object, answer: Array) -> Array:
    """Return `answer` where it is finite: numbers beyond the range of floats are no answer."""
    if not np.all(np.isfinite(answer)):
        raise InvalidArgumentError(argument, value, "leads beyond the range of floats", "numbers of smaller size")
    return answer


def as_text(argument: str, value: object) -> str:
    """Return `value` where it is a text of one printable line."""
    if not isinstance(value, str) or not value or not value.isprintable():
        raise InvalidArgumentError(argument, value, "is no line of text", "a text that can be printed on a line")
    return value


def as_choice(argument: str, value: object, choices: Sequence[str]) -> str:
    """Return `value` where it is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise UnknownNameError(argument, value, "is not known", "one of " + ", ".join(choices))
    return value


def as_points(argument: str, value: ArrayLike, dim: int) -> tuple[Array, tuple[int, ...]]:
    """Return `value` as points `(n, d)` with the shape that one number a point has for this caller.

    Points `(n, d)` give `(n,)`, one point `(d,)` gives `()`; in d = 1 a scalar or a plain vector of n points
    keeps its own shape.
    """
    array = as_array(argument, value)
    if dim == 1 and array.ndim < 2:
        return array.reshape(-1, 1), array.shape
    if array.ndim == 0 or array.ndim > 2 or array.shape[-1] != dim:
        raise DimensionMismatchError(argument, value, f"has shape {array.shape}", f"points of shape (n, {dim})")
    return array.reshape(-1, dim), array.shape[:-1]


def as_generator(argument: str, value: int | np.random.Generator) -> np.random.Generator:
    """Return a NumPy generator from an integer seed >= 0 or from a generator, which is passed through."""
    if isinstance(value, np.random.Generator):
        return value
    return np.random.default_rng(as_count(argument, value))


def as_word(argument: str, value: object) -> int:
    """Return `value` as an integer of 64 bits without a sign: part of the key of a stream."""
    number = as_count(argument, value)
    if number >= LARGEST_WORD:
        raise InvalidArgumentError(argument, value, "does not fit 64 bits", "an integer below 2^64")
    return number


def as_key(argument: str, value: int | np.random.Generator) -> int:
    """Return the 64-bit key of streams: a seed, or one word drawn from a NumPy generator."""
    if isinstance(value, np.random.Generator):
        return int(value.integers(0, LARGEST_WORD, dtype=np.uint64))
    return as_word(argument, value)


def frozen(array: Any) -> Array:
    """Return `array` with writing switched off, so that frozen dataclasses really are."""
    result: Array = np.asarray(array, dtype=np.float64)
    result.setflags(write=False)
    return result

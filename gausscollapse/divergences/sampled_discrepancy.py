"""The maximum mean discrepancy from samples: unbiased, with a standard error and a proven interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError
from gausscollapse.core.presentation import Facts, Presented
from gausscollapse.core.validation import Array, as_array, as_number, require_finite
from gausscollapse.divergences.mean_embeddings import as_width

FEWEST, MOST = 4, 50_000
BLOCK_ENTRIES = 1 << 21


@dataclass(frozen=True, eq=False, repr=False)
class DiscrepancyEstimate(Presented):
    """What two samples tell of the maximum mean discrepancy of their laws.

    Parameters
    ----------
    squared : float
        Unbiased estimate of the square; it may be negative.
    standard_error : float
        Estimated standard deviation of `squared`; where the laws are equal it errs upwards.
    distance : Enclosure
        The distance itself, with an interval that holds it with the confidence asked for, for every sample size.

    Examples
    --------
    Samples of equal laws differ by their noise alone:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> x, y = np.random.default_rng(1).standard_normal((2, 500, 1))
    >>> found = gc.divergences.mmd_from_samples(x, y, width=1.0)
    >>> abs(found.squared) < 4 * found.standard_error, found.distance.lower
    (True, 0.0)
    """

    squared: float
    standard_error: float
    distance: Enclosure

    def facts(self) -> Facts:
        """Return what a notebook shows."""
        return (("square, unbiased", self.squared), ("standard error", self.standard_error), *self.distance.facts())


def mmd_from_samples(x: ArrayLike, y: ArrayLike, *, width: float, confidence: float = 0.999) -> DiscrepancyEstimate:
    """Estimate the maximum mean discrepancy of two laws from samples of them.

    Parameters
    ----------
    x, y : array_like, shape (n, d) and (m, d)
        Independent samples, from 4 to 50 000 points each; of shape (n,) in d = 1.
    width : float
        l of the kernel, as in `mmd`.
    confidence : float
        Of the interval of the distance, above 0 and below 1.

    Returns
    -------
    DiscrepancyEstimate
        The square, unbiased, with its standard error, and the distance with its interval.

    Raises
    ------
    InvalidArgumentError, DimensionMismatchError
        If a sample has too few or too many points, or the samples live in different dimensions.

    Notes
    -----
    ``mean_{i != j} k(x_i, x_j) + mean_{i != j} k(y_i, y_j) - 2 mean k(x_i, y_j)``. Its variance is, by
    Hoeffding's decomposition, ``4 Var f(X)/n + 4 Var f(Y)/m + 2 A/(n (n - 1)) + 2 B/(m (m - 1)) + 4 C/(n m)``, with
    the witness ``f = E k(X, .) - E k(Y, .)`` and the mean squares A, B, C of the doubly centred kernels, all
    estimated. For the interval: ``|MMD(samples) - MMD| <= sqrt(1/n + 1/m) (1 + sqrt(log(1/(1 - confidence))))``
    (McDiarmid's inequality, since ``|k(x, .) - k(x', .)|^2 <= 2``).
    Source: Gretton et al. 2012; the variance and the constant: *own*.

    Examples
    --------
    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> rng = np.random.default_rng(2)
    >>> x, y = rng.standard_normal((400, 2)), 1.0 + rng.standard_normal((400, 2))
    >>> found = gc.divergences.mmd_from_samples(x, y, width=1.0)
    >>> exact = gc.mmd(gc.Gaussian([0, 0], np.eye(2)), gc.Gaussian([1, 1], np.eye(2)), width=1.0)
    >>> bool(found.distance.contains(exact.value)), abs(found.squared - exact.value**2) < 4 * found.standard_error
    (True, True)
    """
    first, second = (_points(name, points) for name, points in (("x", x), ("y", y)))
    if first.shape[1] != second.shape[1]:
        raise DimensionMismatchError(
            "y", y, f"has points of dimension {second.shape[1]}", f"dimension {first.shape[1]}, as x"
        )
    scale = as_width(width)
    level = as_number("confidence", confidence, above=0.0, below=1.0)
    with np.errstate(over="ignore", under="ignore"):
        near, far = (require_finite("width", width, points / scale) for points in (first, second))
        return _estimate(near, far, level)


def _points(argument: str, value: ArrayLike) -> Array:
    points = as_array(argument, value)
    points = points[:, None] if points.ndim == 1 else points
    accepted = f"an array of shape (n, d) with n from {FEWEST} to {MOST}"
    if points.ndim != 2 or points.shape[1] == 0:
        raise InvalidArgumentError(argument, value, f"has shape {points.shape}", accepted)
    if not FEWEST <= len(points) <= MOST:
        raise InvalidArgumentError(argument, value, f"has {len(points)} points", accepted)
    return points


def _kernel(x: Array, y: Array) -> Array:
    # Differences, not squares that cancel.
    squares = np.zeros((len(x), len(y)))
    for axis in range(x.shape[1]):
        squares += np.subtract.outer(x[:, axis], y[:, axis]) ** 2
    return np.asarray(np.exp(-0.5 * squares))


def _blocks(count: int, others: int) -> list[slice]:
    step = max(1, BLOCK_ENTRIES // others)
    return [slice(start, min(start + step, count)) for start in range(0, count, step)]


def _sums(x: Array, y: Array) -> tuple[Array, Array]:
    """Return sums of the kernel over rows and columns."""
    rows, columns = np.empty(len(x)), np.zeros(len(y))
    for part in _blocks(len(x), len(y)):
        block = _kernel(x[part], y)
        rows[part] = block.sum(axis=1)
        columns += block.sum(axis=0)
    return rows, columns


def _centred_square(x: Array, y: Array, rows: Array, columns: Array, middle: float, *, same: bool) -> float:
    """Return the mean of ``(k(x_i, y_j) - rows_i - columns_j + middle)^2``, off the diagonal where both are one."""
    total = 0.0
    for part in _blocks(len(x), len(y)):
        centred = (_kernel(x[part], y) - rows[part, None] - columns + middle) ** 2
        if same:
            centred[np.arange(len(centred)), np.arange(part.start, part.stop)] = 0.0
        total += float(centred.sum())
    return total / (len(x) * (len(y) - same))


def _estimate(x: Array, y: Array, confidence: float) -> DiscrepancyEstimate:
    n, m = len(x), len(y)
    own = [(_sums(part, part)[0] - 1.0) / (len(part) - 1) for part in (x, y)]
    rows, columns = _sums(x, y)
    rows, columns = rows / m, columns / n
    inner, other, between = float(own[0].mean()), float(own[1].mean()), float(rows.mean())
    squared = inner + other - 2.0 * between
    noise = (
        _centred_square(x, x, own[0], own[0], inner, same=True),
        _centred_square(y, y, own[1], own[1], other, same=True),
        _centred_square(x, y, rows, columns, between, same=False),
    )
    # An estimated witness spreads by its own noise as well.
    spread_x = float(np.var(own[0] - rows, ddof=1)) - noise[0] / (n - 1) - noise[2] / m
    spread_y = float(np.var(own[1] - columns, ddof=1)) - noise[1] / (m - 1) - noise[2] / n
    variance = 4.0 * max(spread_x, 0.0) / n + 4.0 * max(spread_y, 0.0) / m
    variance += 2.0 * noise[0] / (n * (n - 1)) + 2.0 * noise[1] / (m * (m - 1)) + 4.0 * noise[2] / (n * m)
    plain = inner * (1.0 - 1.0 / n) + 1.0 / n + other * (1.0 - 1.0 / m) + 1.0 / m - 2.0 * between
    middle = math.sqrt(max(plain, 0.0))
    # Sums of n terms below 1, and exponents whose rounding counts with at most 1.
    lost = math.sqrt(2.0**-50 * (n + m + x.shape[1]))
    reach = math.sqrt(1.0 / n + 1.0 / m) * (1.0 + math.sqrt(-math.log1p(-confidence))) + lost
    distance = Enclosure(
        min(middle, math.sqrt(2.0)), max(0.0, middle - reach), min(middle + reach, 1.4142135623730954),
        f"{n} and {m} samples, {100 * confidence:g} % confidence", "statistical",
    )  # fmt: skip
    return DiscrepancyEstimate(squared, math.sqrt(variance), distance)

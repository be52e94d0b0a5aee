"""The clock ``log(floor + exp(t) - 1)``, in which the fastest mode of the forward process has rate one."""

from __future__ import annotations

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.laws.mixture import Law


def floor_of(law: Law) -> float:
    """Return the smallest eigenvalue of the components' covariances, at most 1."""
    return float(min(1.0, np.min(np.linalg.eigvalsh(law.covs))))


def clock_of_time(t: float, floor: float) -> float:
    """Return the clock at a time."""
    return float(np.log(floor + np.expm1(t)))


def clock_times(first: float, last: float, floor: float, count: int) -> Array:
    """Return `count` times from `first` to `last`, both included, evenly spaced by the clock."""
    times = np.log1p(np.exp(np.linspace(clock_of_time(first, floor), clock_of_time(last, floor), count)) - floor)
    times[0], times[-1] = first, last
    return np.asarray(times)


def gauss_times(first: float, last: float, floor: float, count: int) -> tuple[Array, Array]:
    """Return nodes and weights (count,) of an integral over time, by the Gauss-Legendre rule in the clock."""
    start, end = clock_of_time(first, floor), clock_of_time(last, floor)
    nodes, weights = np.polynomial.legendre.leggauss(count)
    grown = np.exp(0.5 * (start + end) + 0.5 * (end - start) * nodes)
    return np.log1p(grown - floor), 0.5 * (end - start) * weights * grown / (1.0 + grown - floor)

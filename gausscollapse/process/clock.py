"""The clock ``log(floor + exp(t) - 1)``, in which the fastest mode of the forward process has rate one."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from gausscollapse.core.validation import Array, frozen
from gausscollapse.laws.mixture import Law

# Beyond this gap log(exp(gap) + x) = gap + x exp(-gap) to rounding, and exp(gap) would overflow at last.
FAR = 40.0


def floor_of(law: Law) -> float:
    """Return the smallest eigenvalue of the components' covariances, at most 1."""
    return float(min(1.0, np.min(np.linalg.eigvalsh(law.covs))))


def _clock(gap: float, start: float, floor: float) -> tuple[float, float]:
    """Return ``lam`` at the start and the length of a gap by the clock, ``log1p(expm1(gap)/lam)``.

    No two clocks are subtracted, so that short gaps keep their digits.
    """
    lam = float(floor * np.exp(-start) - np.expm1(-start))
    if gap > FAR:
        return lam, float(gap - np.log(lam) + np.log1p((lam - 1.0) * np.exp(-gap)))
    return lam, float(np.log1p(np.expm1(gap) / lam))


def _gaps(lengths: Array, lam: float) -> tuple[Array, Array]:
    """Return the times that lengths by the clock take, and their derivatives; the inverse of `_clock`."""
    far = lengths > FAR
    near = np.log1p(np.expm1(np.where(far, 0.0, lengths)) * lam)
    gaps = np.where(far, lengths + np.log(lam) + np.log1p((1.0 / lam - 1.0) * np.exp(-lengths)), near)
    return gaps, lam / (lam + (1.0 - lam) * np.exp(-lengths))


def clock_gaps(span: float, start: float, floor: float, count: int) -> Array:
    """Return `count` times since `start`, from 0 to `span`, both included, evenly spaced by the clock."""
    lam, length = _clock(span, start, floor)
    gaps = _gaps(np.linspace(0.0, length, count), lam)[0]
    gaps[0], gaps[-1] = 0.0, span
    return gaps


def clock_times(first: float, last: float, floor: float, count: int) -> Array:
    """Return `count` times from `first` to `last`, both included, evenly spaced by the clock."""
    low, high = min(first, last), max(first, last)
    times = low + clock_gaps(high - low, low, floor, count)
    times[-1] = high
    return times if first <= last else np.ascontiguousarray(times[::-1])


@lru_cache(maxsize=32)
def _legendre(count: int) -> tuple[Array, Array]:
    """Return nodes and weights of the rule on [-1, 1]: they are eigenvalues, and asked for many times."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return frozen(nodes), frozen(weights)


def gauss_times(first: float, last: float, floor: float, count: int) -> tuple[Array, Array]:
    """Return nodes and weights (count,) of an integral over time, by the Gauss-Legendre rule in the clock."""
    lam, length = _clock(last - first, first, floor)
    nodes, weights = _legendre(count)
    gaps, speeds = _gaps(0.5 * length * (1.0 + nodes), lam)
    return first + gaps, 0.5 * length * weights * speeds


def clock_nodes(first: float, last: float, floor: float, shares: Array) -> tuple[Array, Array]:
    """Return the times at shares in [0, 1] of the clock, and weights of their mean as an integral over time."""
    lam, length = _clock(last - first, first, floor)
    gaps, speeds = _gaps(length * shares, lam)
    return first + gaps, length / shares.size * speeds

"""The law of what an affine sampler returns: found by probing its map from draws to samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from gausscollapse.core.exceptions import GaussCollapseError
from gausscollapse.core.validation import Array
from gausscollapse.trials.noise import CountedNoise, Noise, PrescribedNoise

# How far random rows may be from the affine map, relative to their size: single precision passes, clipping does not.
AFFINE = 1e-4
CHECKS, FAR = 8, 8.0
MOST_NUMBERS = 2**27

Map = Callable[[Noise, int], Array]


class AffineLaw(NamedTuple):
    """The Gaussian law of an affine map of standard normal draws.

    Parameters
    ----------
    mean, cov : ndarray, shape (d,) and (d, d)
        Its moments.
    error : float
        The greatest distance of samples at random from the map, a length: what rounding inside costs.
    draws : int
        Number of draws of d numbers.
    """

    mean: Array
    cov: Array
    error: float
    draws: int


def affine_law(run: Map, dim: int, *, first: tuple[Array, Array] | None = None) -> AffineLaw | str:
    """Return the law of the samples of ``run(noise, n)``, rows (n, d), or the reason why it is not to be had.

    Every row must be treated alike and by itself. One row has no noise at all, each of the others one number of one
    draw; rows at random, near and far, tell whether the map is affine: with clipping it is not.

    Parameters
    ----------
    run : callable
        The sampler as a map from draws to samples.
    dim : int
        Dimension d.
    first : pair of ndarray, optional
        Mean (d,) and root (d, d) with which the first draw z is replaced by ``mean + root z``.
    """
    counted = CountedNoise()
    try:
        alone = run(_started(counted, first), 1)
        draws = counted.count
        count = 1 + draws * dim + 2 * CHECKS
        if draws == 0:
            return "it draws no noise"
        if draws * count * dim > MOST_NUMBERS:
            return f"probing its map needs {draws * count * dim:.2g} numbers"
        rows = np.zeros((draws, count, dim))
        for k in range(draws):
            place = 1 + k * dim
            rows[k, place : place + dim] = np.eye(dim)
        checks = np.random.default_rng(draws).standard_normal((draws, 2 * CHECKS, dim))
        checks[:, CHECKS:] *= FAR
        rows[:, -2 * CHECKS :] = checks
        found = run(_started(PrescribedNoise(rows), first), count)
    except GaussCollapseError as problem:
        return str(problem)
    if not np.all(np.isfinite(found)):
        return "it returns what is not finite"
    mean = found[0]
    root = (found[1 : 1 + draws * dim] - mean).reshape(draws, dim, dim)
    predicted = mean + np.einsum("kna,kab->nb", checks, root)
    gaps = np.abs(found[-2 * CHECKS :] - predicted)
    scale = np.max(np.abs(found[-2 * CHECKS :]), axis=1) + np.max(np.abs(mean)) + np.max(np.abs(root))
    if np.max(gaps / scale[:, None]) > AFFINE:
        return "its map is not affine (clipping or thresholding?)"
    error = float(np.max(gaps[:CHECKS]))
    if np.max(np.abs(alone[0] - mean)) > AFFINE * (1.0 + np.max(np.abs(mean))) or not np.all(np.isfinite(alone)):
        return "its rows know of each other: one alone is another than among others"
    cov = np.einsum("kab,kac->bc", root, root)
    return AffineLaw(mean, 0.5 * (cov + cov.T), error, draws)


class _Started:
    """Draws whose first one is ``mean + root z``."""

    def __init__(self, noise: Noise, mean: Array, root: Array) -> None:
        self.noise, self.mean, self.root, self.begun = noise, mean, root, False

    def draw(self, n: int, dim: int) -> Array:
        """Return the next draw, shape (n, dim)."""
        found = self.noise.draw(n, dim)
        if self.begun:
            return found
        self.begun = True
        return np.asarray(self.mean + found @ self.root.T)


def _started(noise: Noise, first: tuple[Array, Array] | None) -> Noise:
    return noise if first is None else _Started(noise, *first)

"""Independent ideal paths that share their ends, and what their weights give.

Given its end y, the ideal process run backwards is the forward process from y. Several independent forward paths
from one y, with their weights ``exp(Z)``, therefore give every moment of the density ratio
``(dp^/dq)(y) = E[exp(Z) | Y_end = y]`` and of ``u(y) = E[M | Y_end = y]`` without bias (*own*):
``chi2(p^ || q) = E exp(Z1 + Z2) - 1`` and ``eta eps*^2 = E M1 M2``.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import marginal
from gausscollapse.process.clock import clock_times, floor_of
from gausscollapse.process.process import ReverseProcess

REPLICATES = 4


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Ends of ideal paths, and the functionals of several independent paths to each, at two step sizes.

    Parameters
    ----------
    ends : ndarray, shape (n, d)
        End states, drawn from q.
    martingale, variation : ndarray, shape (2, replicates, n)
        M and [M], coarse steps first.
    """

    ends: Array
    martingale: Array
    variation: Array

    @property
    def exponent(self) -> Array:
        """``Z = M - [M]/2``, shape (2, replicates, n)."""
        with np.errstate(invalid="ignore"):
            return self.martingale - 0.5 * self.variation

    def scaled(self, factor: float) -> Ensemble:
        """Return the functionals of `factor` times the error, on the same paths."""
        return Ensemble(self.ends, factor * self.martingale, factor**2 * self.variation)


# What is beyond floats becomes inf or NaN here, and is judged where means are taken.
@np.errstate(over="ignore", invalid="ignore")
def conditional_paths(process: ReverseProcess, n: int, steps: int, rng: np.random.Generator) -> Ensemble:
    """Return independent ideal paths that share their `n` ends, on a grid and on every second of its times."""
    diffusion = process.diffusion
    times = clock_times(diffusion.stop, diffusion.horizon, floor_of(process.data), 2 * (steps // 2) + 1)
    ends = marginal(process.data, diffusion.stop).sample(n, rng)
    x = np.repeat(ends[None], REPLICATES, axis=0).reshape(-1, process.dim)
    martingale, variation = np.zeros((2, x.shape[0])), np.zeros((2, x.shape[0]))
    older = x
    for k in range(1, times.size):
        gap = times[k] - times[k - 1]
        before, x = x, np.exp(-0.5 * gap) * x + np.sqrt(-np.expm1(-gap)) * rng.standard_normal(x.shape)
        error = process.error.evaluate(x, float(times[k]), data=process.data)
        drift = 0.5 * x + marginal(process.data, float(times[k])).score(x)
        square = np.sum(error**2, axis=1)
        martingale[1] += np.sum(error * (before - x - gap * drift), axis=1)
        variation[1] += gap * square
        if k % 2 == 0:
            wide = times[k] - times[k - 2]
            martingale[0] += np.sum(error * (older - x - wide * drift), axis=1)
            variation[0] += wide * square
            older = x
    shape = (2, REPLICATES, n)
    return Ensemble(ends, martingale.reshape(shape), variation.reshape(shape))


def products(values: Array, order: int) -> Array:
    """Return the mean over all choices of `order` different replicates of the product, shape (n,)."""
    chosen = list(itertools.combinations(range(values.shape[0]), order))
    return np.asarray(np.mean([np.prod(values[list(choice)], axis=0) for choice in chosen], axis=0))


def crossed(first: Array, second: Array) -> Array:
    """Return the mean over ordered pairs of different replicates of ``first_i second_j``, shape (n,)."""
    count = first.shape[0]
    both = np.sum(first, axis=0) * np.sum(second, axis=0) - np.sum(first * second, axis=0)
    return np.asarray(both / (count * (count - 1)))

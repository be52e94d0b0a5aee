"""Where in time an error lives, and how much of it the endpoint sees: from pairs of forward paths.

By the Stein-Ornstein-Uhlenbeck identity (`process/stein.py`) ``u = sum_k u_k``, one term a slice of time. From one
end state two independent paths give u_k twice: ``E u_k u_k'`` is what the endpoint sees of slice k alone,
``E u_k u'`` what the slice adds to the observed energy, and the same points give its energy. Source: *own*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import marginal
from gausscollapse.process.clock import clock_times, floor_of, gauss_times
from gausscollapse.process.process import ReverseProcess
from gausscollapse.process.stein import paired_terms

# Nodes of the Gauss-Legendre rule in a slice of time.
NODES = 3


@dataclass(frozen=True, eq=False)
class ErrorProfile:
    """Numbers of each slice of time and each end state, whose means over end states are wanted.

    Parameters
    ----------
    edges : ndarray, shape (S + 1,)
        Ends of the slices, increasing times.
    energy : ndarray, shape (S, n)
        ``int |e|^2 dt`` over a slice.
    first, second : ndarray, shape (S, n)
        Two independent estimates of u_k at the end state.
    """

    edges: Array
    energy: Array
    first: Array
    second: Array

    @property
    def total_energy(self) -> Array:
        """``int |e|^2 dt`` of each end state, shape (n,)."""
        return np.asarray(self.energy.sum(axis=0))

    @property
    def total_observed(self) -> Array:
        """``u u'``, whose mean is the observed energy, shape (n,)."""
        return np.asarray(self.first.sum(axis=0) * self.second.sum(axis=0))

    @property
    def added(self) -> Array:
        """What each slice adds to the observed energy, shape (S, n); it may be negative."""
        return np.asarray(0.5 * (self.first * self.second.sum(axis=0) + self.second * self.first.sum(axis=0)))


def error_profile(process: ReverseProcess, n: int, generator: np.random.Generator, slices: int) -> ErrorProfile:
    """Return the profile of an error over slices of time that are even by the clock of the narrowest component."""
    diffusion, floor = process.diffusion, floor_of(process.data)
    edges = clock_times(diffusion.stop, diffusion.horizon, floor, slices + 1)
    ends = marginal(process.data, diffusion.stop).sample(n, generator)
    energy, both = np.zeros((slices, n)), np.zeros((2, slices, n))
    for k in range(slices):
        for t, share in zip(*gauss_times(edges[k], edges[k + 1], floor, NODES), strict=True):
            for scores in both:
                score, square = paired_terms(process, ends, generator.standard_normal(ends.shape), float(t))
                scores[k] += share * score
                energy[k] += 0.5 * share * square
    return ErrorProfile(edges, energy, both[0], both[1])

"""Statistics of trajectories in the norm of a Gaussian kernel, under the names that they have in L^2(p)."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from gausscollapse.checking.comparison import Flags
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.theorems.instances.stopping_steps import replaced
from gausscollapse.theorems.instances.trajectory_statistics import TrajectoryStatistics


class KernelStatistics(TrajectoryStatistics):
    """Drift and innovations in the norm of a kernel as wide as the data, for B trajectories of N generations each.

    Parameters
    ----------
    trajectories : sequence of Trajectory
        B of them, of one length and dimension; data of any kind.
    """

    @cached_property
    def replaced(self) -> Flags:
        """Where the last model replaces all before it, and every step is a channel, shape (B,)."""
        return np.array([replaced(run) for run in self.trajectories])

    @cached_property
    def drift(self) -> Enclosure:
        """``MMD(p^_i, p)^2``, shape (B, N + 1)."""
        return self._stacked(lambda run: run.mmd().accumulated_enclosure)

    @cached_property
    def refreshed(self) -> Enclosure:
        """``MMD(q_i, p)^2``, shape (B, N)."""
        return self._stacked(lambda run: run.mmd().refreshed_enclosure)

    @cached_property
    def gram(self) -> Enclosure:
        """``<xi_i, xi_j>``, shape (B, N, N)."""
        return self._stacked(lambda run: run.mmd().innovation_gram_enclosure)

    @cached_property
    def energy(self) -> Enclosure:
        """``MMD(p^_{i+1}, q_i)^2``, shape (B, N)."""
        return self._stacked(lambda run: run.mmd().innovation_energy_enclosure)

    @cached_property
    def cross(self) -> Enclosure:
        """``<xi_i, p^_0 - p>``, shape (B, N)."""
        return self._stacked(lambda run: run.mmd().initial_products_enclosure)

"""Early stopping at a time of its own in every generation: Hermite coefficients of its models."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.named import Named
from gausscollapse.core.rounding import EPS
from gausscollapse.core.stacking import stacked
from gausscollapse.core.validation import Array
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.theorems.instances.stopping_steps import stopped_steps


class AnnealedStatistics(Named):
    """Stopping times, and Hermite coefficients of every model, for B trajectories of N generations each.

    Parameters
    ----------
    trajectories : sequence of Trajectory
        B of them, of one length.
    """

    def __init__(self, trajectories: Sequence[Trajectory]) -> None:
        self.trajectories = tuple(trajectories)
        self._steps = [stopped_steps(run) for run in trajectories]

    @property
    def size(self) -> int:
        """Number B of trajectories."""
        return len(self.trajectories)

    @property
    def generations(self) -> int:
        """Number N of generations."""
        return self.trajectories[0].generations

    @cached_property
    def annealed(self) -> np.ndarray:
        """Where every step is early stopping, and the fresh fraction is constant, shape (B,)."""
        found = []
        for run, steps in zip(self.trajectories, self._steps, strict=True):
            constant = run.generations > 0 and bool(np.all(run.fresh == run.fresh[0]))
            found.append(constant and steps is not None and not np.any(steps.shifts))
        return np.array(found)

    @cached_property
    def times(self) -> Array:
        """Stopping times ``t_0..t_{N-1}``, shape (B, N); 0 where the steps are others."""
        nothing = np.zeros(self.generations)
        return np.array([nothing if steps is None else steps.times for steps in self._steps])

    @cached_property
    def fresh(self) -> Array:
        """The fresh fraction, shape (B,)."""
        return np.array([float(run.fresh[0]) if run.generations else 0.0 for run in self.trajectories])

    def told(self, degree: int) -> np.ndarray:
        """Return where the coefficient of the data is not within rounding of 0, shape (B,)."""
        data = self.coefficient(degree, None)
        return np.asarray((np.abs(data.value) > 1e-6) & np.any(self.times > 0.0, axis=1))

    def coefficient(self, degree: int, generation: int | None) -> Enclosure:
        """Return the Hermite coefficient along the first axis of a model, of the data for None, shape (B,)."""
        laws = [run.data if generation is None else run.models[generation] for run in self.trajectories]
        count = 0 if generation is None else generation
        return stacked([_coefficient(law, degree, count) for law in laws])


def _coefficient(law: Law, degree: int, generations: int) -> Enclosure:
    """Return ``sum_k w_k E He_n(X_k)/sqrt(n!)`` by the recursion of its components, with its rounding."""
    means, excess = law.means[:, 0], law.covs[:, 0, 0] - 1.0
    rows, sizes = [np.ones(means.size), means], [np.ones(means.size), np.abs(means)]
    # Parameters were rounded in each generation, relative to themselves and to the 1 of the excess.
    wide = np.abs(excess) + law.covs[:, 0, 0] + 1.0
    for k in range(2, degree + 1):
        rows.append(means * rows[-1] + (k - 1.0) * excess * rows[-2])
        sizes.append(np.abs(means) * sizes[-1] + (k - 1.0) * wide * sizes[-2])
    scale = math.sqrt(math.factorial(degree))
    value = math.fsum(law.weights * rows[degree]) / scale
    error = 16.0 * EPS * (generations + 8.0) * (degree + 2.0) * math.fsum(law.weights * sizes[degree]) / scale
    return Enclosure(value, value - error, value + error, "Hermite recursion", "closed-form")

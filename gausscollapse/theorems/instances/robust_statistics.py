"""Early stopping with a shift after every generation: how far its models are from the ideal limit law."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.named import Named
from gausscollapse.core.stacking import stacked
from gausscollapse.core.validation import Array
from gausscollapse.divergences.line_norms import SignedLine
from gausscollapse.divergences.line_quantiles import line_wasserstein2
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining.limit_law import early_stopping_limit
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.theorems.instances.stopping_steps import StoppedSteps, stopped_steps

TAIL, LEVELS = 1e-10, 400
LEAST_FRESH = 0.3
UNKNOWN = Enclosure(0.0, 0.0, np.inf, "another trajectory", "numeric")


@dataclass(frozen=True, eq=False)
class _Known:
    run: Trajectory
    steps: StoppedSteps
    fresh: float
    limit: Law


def _known(run: Trajectory) -> _Known | None:
    """Return a trajectory of one stopping time, one shift and one fresh fraction with its ideal limit."""
    steps = stopped_steps(run)
    if run.data.dim > 1 or run.generations == 0 or steps is None:
        return None
    same = np.all(run.fresh == run.fresh[0]) and np.all(steps.times == steps.times[0])
    fresh = float(run.fresh[0])
    if not same or fresh < LEAST_FRESH or steps.times[0] <= 0.0 or len(np.unique(np.abs(steps.shifts))) > 1:
        return None
    limit = early_stopping_limit(run.data, fresh=fresh, time=float(steps.times[0]), tail=TAIL)
    return _Known(run, steps, fresh, limit)


class RobustStatistics(Named):
    """Distances from the ideal limit, for B trajectories of N generations each on the line.

    Parameters
    ----------
    trajectories : sequence of Trajectory
        B of them, of one length.
    """

    def __init__(self, trajectories: Sequence[Trajectory]) -> None:
        self._runs = [_known(run) for run in trajectories]
        self.generations = trajectories[0].generations
        self._distances: dict[tuple[str, int], Enclosure] = {}

    @property
    def size(self) -> int:
        """Number B of trajectories."""
        return len(self._runs)

    @cached_property
    def stopped(self) -> np.ndarray:
        """Where all steps are early stopping at one time with shifts of one size, shape (B,)."""
        return np.array([run is not None for run in self._runs])

    def _numbers(self, of: Callable[[_Known], float]) -> Array:
        return np.array([1.0 if run is None else float(of(run)) for run in self._runs])

    @cached_property
    def time(self) -> Array:
        """t0, shape (B,)."""
        return self._numbers(lambda run: run.steps.times[0])

    @cached_property
    def shift(self) -> Array:
        """``w = W_p(p^_{i+1}, OU_t0 q_i)``, the size of the shift, shape (B,)."""
        return self._numbers(lambda run: abs(run.steps.shifts[0, 0]))

    @cached_property
    def fresh(self) -> Array:
        """The fresh fraction, shape (B,)."""
        return self._numbers(lambda run: run.fresh)

    def distance(self, order: int, generation: int) -> Enclosure:
        """Return ``W_1`` or ``W_2`` (`order`) of a model from the ideal limit, a length, shape (B,)."""
        key = f"W{order}", generation
        if key not in self._distances:
            self._distances[key] = stacked(
                [UNKNOWN if run is None else _distance(run, order, generation) for run in self._runs]
            )
        return self._distances[key]


def _distance(known: _Known, order: int, generation: int) -> Enclosure:
    model = known.run.models[generation]
    if order == 1:
        found = SignedLine.difference(model, known.limit, tolerance=1e-7).wasserstein1()
    else:
        found = line_wasserstein2(model, known.limit, levels=LEVELS)
    # The limit's ages were cut at a mass TAIL, which moves between N(0, 1) and the data at most.
    far = 10.0 * (1.0 + float(np.max(np.abs(known.run.data.means)) + np.sqrt(np.max(known.run.data.covs))))
    lost = far * (TAIL if order == 1 else float(np.sqrt(TAIL)))
    return Enclosure(
        found.value, max(float(found.lower) - lost, 0.0), found.upper + lost, found.method, found.guarantee
    )

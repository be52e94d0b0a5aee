"""Trajectories on the line in other distances than chi-squared: total variation, W1, KL, Renyi and Hellinger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from gausscollapse.checking.comparison import Flags
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.named import Named
from gausscollapse.core.rounding import EPS
from gausscollapse.core.stacking import stacked
from gausscollapse.core.validation import Array
from gausscollapse.divergences.distance import hellinger2
from gausscollapse.divergences.divergence import kl, renyi
from gausscollapse.divergences.line_norms import SignedLine
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.theorems.instances.stopping_steps import replaced

# What distances are computed to: their intervals are stated, and a statement needs a thousandth.
TOLERANCE = 1e-5
NORMS = ("TV", "W1", "MMD")
NOTHING = Enclosure.exact(0.0, "equal laws")


def discounted(steps: Sequence[Enclosure], keep: Enclosure, first: Enclosure) -> Enclosure:
    """Return ``s_N`` of ``s_{n+1} = keep_n s_n + step_n``; `keep` is (B, N), all else (B,)."""
    found = first
    for n, step in enumerate(steps):
        found = keep[:, n] * found + step
    return found


class NormStatistics(Named):
    """Distances of models, training laws and innovations, for B trajectories of N generations each on the line.

    Parameters
    ----------
    trajectories : sequence of Trajectory
        B of them, of one length, in d = 1.
    """

    def __init__(self, trajectories: Sequence[Trajectory]) -> None:
        self.trajectories = tuple(trajectories)
        self._known: dict[tuple[object, ...], Enclosure] = {}

    @cached_property
    def replaced(self) -> Flags:
        """Where the last model replaces all before it, and every step is a channel, shape (B,)."""
        return np.array([replaced(run) for run in self.trajectories])

    @property
    def size(self) -> int:
        """Number B of trajectories."""
        return len(self.trajectories)

    @property
    def generations(self) -> int:
        """Number N of generations."""
        return self.trajectories[0].generations

    @cached_property
    def fresh(self) -> Array:
        """Fresh fractions, shape (B, N)."""
        return np.array([trajectory.fresh for trajectory in self.trajectories])

    @cached_property
    def from_data(self) -> np.ndarray:
        """Where model 0 is the data, shape (B,)."""
        return self.starts_here(0)

    def starts_here(self, generation: int) -> np.ndarray:
        """Return where the model of a generation is the data, shape (B,)."""
        return np.array([run.pool.models[generation].equals(run.pool.data) for run in self.trajectories])

    @cached_property
    def on_the_line(self) -> np.ndarray:
        """Where the data live in d = 1, shape (B,)."""
        return np.array([trajectory.data.dim == 1 for trajectory in self.trajectories])

    def _each(self, key: tuple[object, ...], one: Callable[[Trajectory], Enclosure]) -> Enclosure:
        if key not in self._known:
            unknown = Enclosure(0.0, 0.0, np.inf, "on the line only", "numeric")
            self._known[key] = stacked([one(run) if run.data.dim == 1 else unknown for run in self.trajectories])
        return self._known[key]

    def deviation(self, norm: str, generation: int) -> Enclosure:
        """Return ``||p^_i - p||`` in a norm of `NORMS`, shape (B,)."""
        return self._each(
            ("deviation", norm, generation),
            lambda run: (
                run.mmd().distances_enclosure[generation]
                if norm == "MMD"
                else _norm(
                    norm, run.models[generation], run.data, equal=run.pool.models[generation].equals(run.pool.data)
                )
            ),
        )

    def refreshed(self, norm: str, generation: int) -> Enclosure:
        """Return ``||q_i - p||``, from the training law itself, shape (B,)."""
        return self._each(
            ("refreshed", norm, generation),
            lambda run: (
                run.mmd().refreshed_enclosure[generation].sqrt()
                if norm == "MMD"
                else _norm(
                    norm,
                    run.training_laws[generation],
                    run.data,
                    equal=run.pool.trainings[generation].equals(run.pool.data),
                )
            ),
        )

    def innovation(self, norm: str, generation: int) -> Enclosure:
        """Return ``||p^_{i+1} - q_i||``, shape (B,)."""
        return self._each(
            ("innovation", norm, generation),
            lambda run: run.mmd().innovation_energy_enclosure[generation].sqrt()
            if norm == "MMD"
            else _norm(
                norm, run.models[generation + 1], run.training_laws[generation],
                equal=run.pool.models[generation + 1].equals(run.pool.trainings[generation]),
            ),
        )  # fmt: skip

    def divergence(self, name: str, first: str, second: str, generation: int, order: float = 1.0) -> Enclosure:
        """Return a divergence of two laws of a generation, shape (B,), in nats.

        Parameters
        ----------
        name : {"KL", "Renyi", "Hellinger"}
            Of which the last is the distance, the root of `hellinger2`.
        first, second : {"data", "model", "trained", "new"}
            p, ``p^_i``, ``q_i`` and ``p^_{i+1}``.
        generation : int
            i.
        order : float
            Of the Renyi divergence.
        """
        return self._each(
            (name, first, second, generation, order),
            lambda run: _divergence(name, _law(run, first, generation), _law(run, second, generation), order),
        )


def _law(run: Trajectory, which: str, generation: int) -> Law:
    if which == "data":
        return run.data
    if which == "trained":
        return run.training_laws[generation]
    return run.models[generation + (which == "new")]


def _norm(norm: str, first: Law, second: Law, *, equal: bool) -> Enclosure:
    if equal:
        return NOTHING
    line = SignedLine.difference(first, second, tolerance=TOLERANCE)
    found = line.total_variation() if norm == "TV" else line.wasserstein1()
    # Components and weights of models are rounded, N times at most: relative to their deviation and their distance.
    count, far = 16.0 * EPS * (first.weights.size + second.weights.size), 0.0
    for law in (first, second):
        roots = np.sqrt(law.covs[:, 0, 0])
        far = max(far, float(np.max(np.abs(law.means[:, 0])) / np.min(roots)) + 2.0)
    scale = 1.0 if norm == "TV" else float(np.max(np.sqrt(np.concatenate([first.covs, second.covs]))))
    lost = count * far * max(scale, 1e-300) * (1.0 if norm == "TV" else far)
    return Enclosure(found.value, max(found.lower - lost, 0.0), found.upper + lost, found.method, found.guarantee)


def _divergence(name: str, first: Law, second: Law, order: float) -> Enclosure:
    if first == second:
        return NOTHING
    if name == "KL":
        return kl(first, second, method="quadrature", tolerance=TOLERANCE)
    if name == "Hellinger":
        return hellinger2(first, second, method="quadrature", tolerance=TOLERANCE).sqrt()
    return renyi(first, second, order=order, method="quadrature", tolerance=TOLERANCE)

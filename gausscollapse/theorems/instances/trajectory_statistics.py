"""Statistics of trajectories of one length, stacked: what the retraining theorems compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gausscollapse.checking.sides import around
from gausscollapse.core.enclosure import GUARANTEES, Enclosure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.named import Named
from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining.channels import early_stopping
from gausscollapse.retraining.injected import InjectedTrajectory
from gausscollapse.retraining.limit_law import early_stopping_limit
from gausscollapse.retraining.remembered import remembered
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.retraining.widening import LOOSE, ROUGH
from gausscollapse.retraining.workflows import training_weights
from gausscollapse.theorems.instances.distances_to_limit import StandardDistance, log_scale
from gausscollapse.theorems.instances.double_sum import Memories, double_sum
from gausscollapse.theorems.instances.hermite_intervals import data_coefficient, limit_coefficient
from gausscollapse.theorems.instances.ratio_suprema import UNBOUNDED, ratio_supremum

TAIL = 1e-18

Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]


class TrajectoryStatistics(Named):
    """Drift, innovations and what else the theorems need, for B trajectories of N generations each.

    Parameters
    ----------
    trajectories : sequence of Trajectory
        B of them, of one length and dimension, each over one Gaussian.
    """

    def __init__(self, trajectories: Sequence[Trajectory]) -> None:
        self.trajectories = tuple(trajectories)

    @property
    def size(self) -> int:
        """Number B of trajectories."""
        return len(self.trajectories)

    @property
    def generations(self) -> int:
        """Number N of generations."""
        return self.trajectories[0].generations

    def _stacked(self, part: Callable[[Trajectory], Enclosure]) -> Enclosure:
        rows = [part(trajectory) for trajectory in self.trajectories]
        value, lower, upper = (np.array([getattr(row, end) for row in rows]) for end in ("value", "lower", "upper"))
        return Enclosure(value, lower, upper, rows[0].method, rows[0].guarantee)

    @cached_property
    def drift(self) -> Enclosure:
        """``D_0..D_N``, shape (B, N + 1)."""
        return self._stacked(lambda trajectory: trajectory.accumulated_enclosure)

    @cached_property
    def refreshed(self) -> Enclosure:
        """``chi2(q_i || p)``, shape (B, N)."""
        return self._stacked(lambda trajectory: trajectory.refreshed_enclosure)

    @cached_property
    def gram(self) -> Enclosure:
        """``<xi_i, xi_j>``, shape (B, N, N)."""
        return self._stacked(lambda trajectory: trajectory.innovation_gram_enclosure)

    @cached_property
    def energy(self) -> Enclosure:
        """``J_i``, shape (B, N)."""
        return self._stacked(lambda trajectory: trajectory.innovation_energy_enclosure)

    @cached_property
    def cross(self) -> Enclosure:
        """``<xi_i, r_0>``, shape (B, N)."""
        return self._stacked(lambda trajectory: trajectory.initial_products_enclosure)

    @cached_property
    def fresh(self) -> Array:
        """Fresh fractions, shape (B, N)."""
        return np.array([trajectory.fresh for trajectory in self.trajectories])

    @cached_property
    def constant_fresh(self) -> Array:
        """The fresh fraction where it is the same in all generations, else -1, shape (B,)."""
        if self.generations == 0:
            return np.full(self.size, -1.0)
        same = np.all(self.fresh == self.fresh[:, :1], axis=1)
        return np.where(same, self.fresh[:, 0], -1.0)

    @cached_property
    def finite(self) -> Flags:
        """Where all drifts and innovations are finite, shape (B,)."""
        drift, energy = np.isfinite(self.drift.upper), np.isfinite(self.energy.upper)
        return np.asarray(np.all(drift, axis=1) & np.all(energy, axis=1))

    @cached_property
    def from_data(self) -> Flags:
        """Where the recursion starts from the data: ``D_0 = 0``, shape (B,)."""
        return np.asarray(np.asarray(self.drift.upper)[:, 0] == 0.0)

    @cached_property
    def last_model(self) -> Flags:
        """Where the last model replaces all before it, and the real part of the data is fresh, shape (B,)."""
        return np.array([trajectory.workflow.last_model for trajectory in self.trajectories])

    @cached_property
    def accumulating(self) -> Flags:
        """Where every generation is trained on the data and all models so far, equally, shape (B,)."""
        kinds = np.array([trajectory.workflow.accumulates for trajectory in self.trajectories])
        return np.asarray(kinds & np.all(self.fresh == 0.0, axis=1) & self.from_data)

    @cached_property
    def _memories(self) -> Memories:
        return Memories.of([(trajectory.fresh, trajectory.workflow) for trajectory in self.trajectories])

    def filtered(self, *, cross: float = 1.0) -> Enclosure:
        """Return ``D_0..D_N`` as the double sum over innovations, shape (B, N + 1).

        `cross` multiplies every inner product of two different generations.
        """
        return double_sum(
            self._memories, gram=self.gram, with_start=self.cross, initial=self.drift[:, 0], cross=cross
        )  # fmt: skip

    def weighted(self, weights: Array) -> Enclosure:
        """Return ``sum_ij w_ni w_nj <xi_i, xi_j>`` with w >= 0, (N + 1, N), off by nine roundings, (B, N + 1)."""
        nothing = Enclosure.exact(np.zeros((self.size, self.generations)))
        given = Memories.given(weights, self.size)
        return double_sum(given, gram=self.gram, with_start=nothing, initial=nothing[:, 0], cross=1.0)

    def remembered(self, drive: Enclosure, first: Enclosure, *, power: float) -> Enclosure:
        """Return ``sum_i G_ni^power drive_i + c_n^power first`` with G, c of `memory`, shape (B, N + 1)."""
        # N sums of at most N products each.
        relative = EPS * (self.generations + 4.0) ** 2
        kept = self._memories
        return remembered(kept.coefficients, kept.start, drive, first, power=power, relative=relative)

    def recursive(self, drive: Enclosure, keep: Array, first: Enclosure) -> Enclosure:
        """Return ``s_0..s_N`` of ``s_{n+1} = keep_n s_n + drive_n``, shape (B, N + 1); `drive`, `keep` are (B, N).

        Nothing is negative, so that each step adds the rounding of a factor `keep`, of one product and one sum.
        """
        found = []
        for end, outwards in (("value", 0.0), ("lower", -6.0 * EPS), ("upper", 6.0 * EPS)):
            states, drives = [np.asarray(getattr(first, end))], np.asarray(getattr(drive, end))
            for n in range(self.generations):
                with np.errstate(over="ignore", invalid="ignore"):
                    kept = np.where((keep[:, n] == 0.0) | (states[-1] == 0.0), 0.0, keep[:, n] * states[-1])
                    states.append((kept + drives[:, n]) * (1.0 + outwards))
            found.append(np.stack(states, axis=1))
        value, lower, upper = found
        weakest = max(drive.guarantee, first.guarantee, key=GUARANTEES.index)
        return Enclosure(value, np.minimum(lower, value), np.maximum(upper, value), drive.method, weakest)

    @cached_property
    def visible_shift(self) -> Enclosure:
        """``dm^T Cov(q_i)^{-1} dm <= I_i`` with dm the move of the mean (*own*, by `hcr`), shape (B, N)."""
        value, error = np.zeros((2, self.size, self.generations))
        for b, trajectory in enumerate(self.trajectories if self.generations else ()):
            value[b], error[b] = _visible_shift(trajectory)
        return around(value, error, "moments").clipped(at_least=0.0)

    @cached_property
    def intra(self) -> tuple[Counts, Enclosure, Flags]:
        """A generation of which ``I_i`` is known: its number, ``I_i``, and whether there is one; shape (B,) each.

        The last generation in d = 1, else the first where its training law is one Gaussian.
        """
        numbers = np.zeros(self.size, dtype=np.int64)
        known = np.zeros(self.size, dtype=bool)
        values = []
        for b, trajectory in enumerate(self.trajectories):
            value = Enclosure.exact(0.0, "unknown")
            if self.generations and self.finite[b]:
                numbers[b] = self.generations - 1 if trajectory.data.dim == 1 else 0
                try:
                    value = _rounded_means(trajectory.intra_generation(int(numbers[b])), trajectory)
                    known[b] = bool(np.isfinite(value.upper))
                except NotSupportedError:
                    known[b] = False
            values.append(value if known[b] else Enclosure.exact(0.0, "unknown"))
        guarantee = "numeric" if any(value.guarantee == "numeric" for value in values) else "closed-form"
        middle, low, high = (np.array([getattr(v, end) for v in values]) for end in ("value", "lower", "upper"))
        return numbers, Enclosure(middle, low, high, "chi2(p^_{i+1} || q_i)", guarantee), known

    @cached_property
    def ratio_supremum(self) -> Enclosure:
        """A bound ``sum w_k sup N_k/p`` of ``sup q_i/p`` for `intra`, [0, inf] where none is known; shape (B,)."""
        numbers, _, known = self.intra
        found = [
            _supremum(trajectory, int(i)) if there else UNBOUNDED
            for trajectory, i, there in zip(self.trajectories, numbers, known, strict=True)
        ]
        return _one(found)

    @cached_property
    def offset_energy(self) -> tuple[Array, Flags]:
        """``c_i^T S^{-1} c_i`` of offset channels on N(m, S), shape (B, N), and where all channels are such, (B,).

        The channel is realizable with ideal energy ``2 KL(q_i || K q_i) - ... <= c^T S^{-1} c`` (convexity of KL).
        """
        energies, pure = np.zeros((self.size, self.generations)), np.ones(self.size, dtype=bool)
        for b, trajectory in enumerate(self.trajectories):
            eye = np.eye(trajectory.data.dim)
            pure[b] = len(trajectory.channels) == self.generations
            for i, channel in enumerate(trajectory.channels):
                pure[b] &= np.array_equal(channel.matrix, eye) and not np.any(channel.noise)
                energies[b, i] = channel.offset @ np.linalg.solve(trajectory.data.cov, channel.offset)
        return energies, pure

    @cached_property
    def closed_offsets(self) -> tuple[Flags, Flags]:
        """Where there is no fresh data and all steps are one offset, or offsets orthogonal in S^{-1}; (B,) each."""
        closed = (self.constant_fresh == 0.0) & self.offset_energy[1]
        equal, orthogonal = np.zeros(self.size, dtype=bool), np.zeros(self.size, dtype=bool)
        for b in np.flatnonzero(closed):
            moves = np.array([channel.offset for channel in self.trajectories[b].channels])
            inner = moves @ np.linalg.solve(self.trajectories[b].data.cov, moves.T)
            sizes = np.sqrt(np.outer(np.diag(inner), np.diag(inner)))
            equal[b] = bool(np.all(moves == moves[:1]))
            orthogonal[b] = bool(np.all(np.abs(inner - np.diag(np.diag(inner))) <= 1e-12 * sizes))
        return equal, orthogonal

    @cached_property
    def stopping_times(self) -> Array:
        """t0 where all channels are early stopping at one time > 0 with one fresh fraction >= 0.05, else 0."""
        times = np.zeros(self.size)
        for b, trajectory in enumerate(self.trajectories):
            kinds = set(trajectory.channels)
            if len(kinds) == 1 and self.constant_fresh[b] >= 0.05 and self.last_model[b]:
                channel = kinds.pop()
                first = float(channel.matrix[0, 0])
                time = -2.0 * np.log(first) if 0.0 < first < 1.0 else 0.0
                model = early_stopping(time, channel.dim)
                close = np.allclose(channel.matrix, model.matrix, rtol=1e-12, atol=0.0) and np.allclose(
                    channel.noise, model.noise, rtol=1e-9, atol=1e-12
                )
                times[b] = time if close and not np.any(channel.offset) else 0.0
        return times

    @cached_property
    def limits(self) -> list[Law]:
        """The limit law of early stopping, trajectory by trajectory; the data itself where there is none."""
        return [
            early_stopping_limit(trajectory.data, fresh=float(share), time=float(time), tail=TAIL)
            if time > 0.0
            else trajectory.data
            for trajectory, share, time in zip(
                self.trajectories, self.constant_fresh, self.stopping_times, strict=True
            )
        ]

    @cached_property
    def distance_to_limit(self) -> list[Enclosure]:
        """``||p^_n - L||^2`` in L^2(1/N(0, I)) for n = 0..min(N, 2), (B,) each; [0, inf] where that is open."""
        scales = np.array([
            log_scale((trajectory.data, *trajectory.models[: min(self.generations, 2) + 1], limit))
            for trajectory, limit in zip(self.trajectories, self.limits, strict=True)
        ])  # fmt: skip
        method = "closed form over N(0, I)"
        if np.any(scales < 0.0):
            method += ", divided by exp(k) beyond the range of floats, k the same on both sides"
        distances = [StandardDistance(limit, scale) for limit, scale in zip(self.limits, scales, strict=True)]
        result = []
        for n in range(min(self.generations, 2) + 1):
            pairs = [
                distance.of(trajectory.models[n], distinct=n == 0)
                for trajectory, distance in zip(self.trajectories, distances, strict=True)
            ]
            middle, low, high = np.array(pairs).T
            result.append(Enclosure(middle, low, high, method))
        return result

    def hermite(self, degree: int) -> tuple[Enclosure, Enclosure]:
        """Return the coefficients of limit and data for ``degree`` along the first axis, shape (B,) each."""
        of_limit, of_data = [], []
        rows = zip(self.trajectories, self.limits, self.constant_fresh, self.stopping_times, strict=True)
        for trajectory, limit, share, time in rows:
            data = trajectory.data
            of_data.append(data_coefficient(data, degree))
            of_limit.append(
                limit_coefficient(limit, data, degree, fresh=float(share), time=float(time), tail=TAIL)
                if time > 0.0
                else of_data[-1]
            )
        return _one(of_limit), _one(of_data)


def _one(parts: Sequence[Enclosure]) -> Enclosure:
    """Return single enclosures of one method as one array."""
    middle, low, high = (np.array([getattr(part, end) for part in parts]) for end in ("value", "lower", "upper"))
    return Enclosure(middle, low, high, parts[0].method, parts[0].guarantee)


def _visible_shift(trajectory: Trajectory) -> tuple[Array, Array]:
    """Return ``dm^T Cov(q_i)^{-1} dm`` and bounds of its error, shape (N,) each."""
    data = trajectory.data
    mixing = training_weights(trajectory.workflow, trajectory.fresh)
    gaps = np.vstack([np.zeros(data.dim), trajectory.means[:-1] - data.mean])
    spreads = np.concatenate([data.cov[None], trajectory.covs[:-1]])
    moved = mixing @ gaps
    trained, apart = data.mean + moved, gaps[None] - moved[:, None]
    outer = np.einsum("nk,nki,nkj->nij", mixing, apart, apart)
    covs = np.einsum("nk,kij->nij", mixing, spreads) + outer
    root = np.linalg.cholesky(covs)
    moves = np.linalg.solve(root, (trajectory.means[1:] - trained)[:, :, None])[:, :, 0]
    # A difference of means is known up to the components' rounding, which the roots' inverses enlarge.
    known = 16.0 * EPS * (1.0 + trajectory.generations) * np.sqrt(data.dim)
    size = known * float(np.max(np.abs(trajectory.pool.components.means)))
    loose = size * np.linalg.norm(np.linalg.inv(root), axis=(1, 2))
    length = np.linalg.norm(moves, axis=1)
    # Seen from q, spreads of means are at most 1: off by `loose`, they move the covariance by that much,
    # which has N roundings a channel besides, enlarged by its condition.
    relative = 16.0 * EPS * data.dim * (4.0 + trajectory.generations) * np.linalg.cond(covs)
    relative = relative + 4.0 * loose * (1.0 + loose)
    error = loose * (2.0 * length + loose) + relative * length**2
    error = np.where(relative < 0.5, error / (1.0 - np.minimum(relative, 0.5)), np.inf)
    if isinstance(trajectory, InjectedTrajectory) and trajectory.coarse is not None:
        change = np.abs(length**2 - _visible_shift(trajectory.coarse)[0])
        error = error + ROUGH * np.maximum.accumulate(change) + LOOSE * length**2
    return length**2, error


def _supremum(trajectory: Trajectory, generation: int) -> Enclosure:
    """Return a bound of ``sup q_i/p``; its weights passed N generations at most."""
    if not isinstance(trajectory.data, Gaussian) or isinstance(trajectory, InjectedTrajectory):
        return UNBOUNDED
    trained = trajectory.pool.training(generation)
    relative = 4.0 * EPS * (trajectory.generations + 8.0)
    return ratio_supremum(
        trained.weights, trajectory.pool.whitened(trajectory.data)[trained.entries], relative=relative
    )


def _rounded_means(value: Enclosure, trajectory: Trajectory) -> Enclosure:
    """Return a quadrature of a chi-squared divergence with the rounding of the means it was given.

    Means seen from the smallest spread are off by u, and the root of chi-squared by a few times that (one as well
    relative to itself).
    """
    if value.guarantee != "numeric" or not np.isfinite(value.upper):
        return value
    pool = trajectory.pool.components
    u = (
        32.0
        * EPS
        * (1.0 + trajectory.generations)
        * float(1.0 + np.max(np.abs(pool.means)) / np.sqrt(np.min(np.linalg.eigvalsh(pool.covs))))
    )
    wider = around(
        0.0, u * (2.0 * np.sqrt(float(value.value)) + 2.0 * float(value.value) + u), value.method, "numeric"
    )
    return (value + wider).clipped(at_least=0.0)

"""Statistics of trajectories of one length, stacked: what the retraining theorems compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gausscollapse.checking.sides import around
from gausscollapse.core.enclosure import GUARANTEES, Enclosure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.validation import Array
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining.accumulation import memory
from gausscollapse.retraining.channels import early_stopping
from gausscollapse.retraining.limit_law import early_stopping_limit, hermite_coefficient
from gausscollapse.retraining.ratio_kernels import EPS, Whitened, ratio_products
from gausscollapse.retraining.trajectory import Trajectory

TAIL = 1e-18
SUPREMUM_ROUNDING = 1e-9

Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]

# Of a squared norm: the sum over all pairs of components stays below exp(709).
MOST_LOG = 600.0


class TrajectoryStatistics:
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

    def filtered(self, *, cross: float = 1.0) -> Enclosure:
        """Return ``D_0..D_N`` as the double sum over innovations, shape (B, N + 1).

        `cross` multiplies every inner product of two different generations.
        """
        count = self.generations
        parts = [memory(trajectory.fresh, count) for trajectory in self.trajectories]
        coefficients, start = np.array([c for c, _ in parts]), np.array([s for _, s in parts])
        weights = np.where(np.eye(count, dtype=bool), 1.0, cross)

        def combined(gram: Array, with_start: Array, initial: Array, factor: Array) -> Array:
            safe, safe_start = (np.where(np.isfinite(x), x, 0.0) for x in (gram, with_start))
            double = np.einsum("bni,bij,bnj->bn", coefficients, safe * factor, coefficients, optimize=True)
            single = 2.0 * cross * start * np.einsum("bni,bi->bn", coefficients, safe_start)
            return np.asarray(double + single + start**2 * np.where(np.isfinite(initial), initial, 0.0)[:, None])

        gram, with_start, drift = (np.asarray(x.value) for x in (self.gram, self.cross, self.drift))
        value = combined(gram, with_start, drift[:, 0], weights)
        sizes = combined(np.abs(gram), np.abs(with_start), drift[:, 0], np.abs(weights))
        gram_width, cross_width, width = (np.asarray(x.width) for x in (self.gram, self.cross, self.drift[:, 0]))
        errors = combined(gram_width, cross_width, width, np.abs(weights))
        value = np.where(self.finite[:, None], value, np.inf)
        method = "double sum over innovations"
        return around(value, errors + 4.0 * EPS * (count + 4.0) ** 2 * sizes, method)

    def recursive(self, drive: Enclosure, keep: Array, first: Enclosure) -> Enclosure:
        """Return ``s_0..s_N`` of ``s_{n+1} = keep_n s_n + drive_n``, shape (B, N + 1); `drive`, `keep` are (B, N).

        Nothing is negative, so that each step adds the rounding of one product and one sum.
        """
        found = []
        for end, outwards in (("value", 0.0), ("lower", -4.0 * EPS), ("upper", 4.0 * EPS)):
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
            data = trajectory.data
            share = trajectory.fresh[:, None]
            gap = trajectory.means[:-1] - data.mean
            trained = share * data.mean + (1.0 - share) * trajectory.means[:-1]
            outer = np.einsum("ni,nj->nij", gap, gap) * (share * (1.0 - share))[:, :, None]
            covs = share[:, :, None] * data.cov + (1.0 - share)[:, :, None] * trajectory.covs[:-1] + outer
            root = np.linalg.cholesky(covs)
            moves = np.linalg.solve(root, (trajectory.means[1:] - trained)[:, :, None])[:, :, 0]
            # A difference of means is known up to their rounding, which the roots' inverses enlarge.
            largest = np.max(np.abs(trajectory.means), axis=1)
            known = 16.0 * EPS * (1.0 + self.generations) * np.maximum(largest[:-1], largest[1:])
            loose = known * np.linalg.norm(np.linalg.inv(root), axis=(1, 2))
            length = np.linalg.norm(moves, axis=1)
            value[b] = length**2
            error[b] = loose * (2.0 * length + loose) + 64.0 * EPS * data.dim * np.linalg.cond(covs) * length**2
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
        """An upper bound of ``sup q_i/p`` for the generation of `intra`, inf where a tail is heavier; shape (B,)."""
        numbers, _, known = self.intra
        bounds = np.array(
            [
                _supremum(trajectory.training_laws[int(i)], trajectory.data) if there else np.inf
                for trajectory, i, there in zip(self.trajectories, numbers, known, strict=True)
            ]
        )
        return around(bounds, SUPREMUM_ROUNDING * bounds, "sup of ratios of Gaussians")

    @cached_property
    def offset_energy(self) -> tuple[Array, Flags]:
        """``c_i^T S^{-1} c_i`` of offset channels on N(m, S), shape (B, N), and where all channels are such, (B,).

        The channel is realizable with ideal energy ``2 KL(q_i || K q_i) - ... <= c^T S^{-1} c`` (convexity of KL).
        """
        energies, pure = np.zeros((self.size, self.generations)), np.ones(self.size, dtype=bool)
        for b, trajectory in enumerate(self.trajectories):
            eye = np.eye(trajectory.data.dim)
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
            if len(kinds) == 1 and self.constant_fresh[b] >= 0.05:
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
        """``||p^_n - L||^2`` in L^2(1/N(0, I)) for n = 0..min(N, 2), shape (B,) each; inf where not finite."""
        scales = np.array([
            _log_scale((trajectory.data, *trajectory.models[: min(self.generations, 2) + 1], limit))
            for trajectory, limit in zip(self.trajectories, self.limits, strict=True)
        ])  # fmt: skip
        method = "closed form over N(0, I)"
        if np.any(scales < 0.0):
            method += ", divided by exp(k) beyond the range of floats, k the same on both sides"
        result = []
        for n in range(min(self.generations, 2) + 1):
            pairs = [
                _standard_distance(trajectory.models[n], limit, scale)
                for trajectory, limit, scale in zip(self.trajectories, self.limits, scales, strict=True)
            ]
            value, error = np.array(pairs).T
            result.append(around(value, error, method).clipped(at_least=0.0))
        return result

    def hermite(self, degree: int) -> tuple[Enclosure, Enclosure]:
        """Return the coefficients of limit and data for ``degree`` along the first axis, shape (B,) each."""
        pairs = []
        for trajectory, limit in zip(self.trajectories, self.limits, strict=True):
            index = (degree, *([0] * (trajectory.data.dim - 1)))
            pairs.append((hermite_coefficient(limit, index), hermite_coefficient(trajectory.data, index)))
        array = np.array(pairs).reshape(-1, 2)
        # |E He_k| of every age is at most its size at age 1, and He_k has k + 1 rounded terms.
        error = 64.0 * EPS * (degree + 1.0) * (np.abs(array[:, 0]) + np.abs(array[:, 1])) + TAIL + 1e-14
        return around(array[:, 0], error, "Hermite recursion"), around(array[:, 1], error, "Hermite recursion")


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


def _supremum(law: Law, data: Law) -> float:
    """Return ``sum w_k sup N_k/p``, an upper bound of ``sup law/p``; inf where a component has a heavier tail."""
    if not isinstance(data, Gaussian):
        return np.inf
    total = 0.0
    for weight, part in zip(law.weights, law.components, strict=True):
        if part == data:
            total += float(weight)
            continue
        gap = part.mean - data.mean
        room = data.cov - part.cov
        if np.linalg.eigvalsh(room)[0] <= 1e-12 * np.linalg.eigvalsh(data.cov)[-1]:
            return np.inf
        # N_k/p is greatest where the two scores agree: exponent dm^T (S_p - S_k)^{-1} dm / 2.
        log_ratio = 0.5 * (data.log_det - part.log_det) + 0.5 * float(gap @ np.linalg.solve(room, gap))
        total += float(weight) * float(np.exp(log_ratio))
    return total


def _log_scale(laws: Sequence[Law]) -> float:
    """Return ``log s <= 0`` with which no ``s^2 int N_k^2/N(0, I)`` leaves the range of floats.

    ``int N(m, S)^2/N(0, I) = exp(m^T (2 I - S)^{-1} m)/sqrt(det(S (2 I - S)))``; of two components, at most the
    root of the product (Cauchy-Schwarz).
    """
    largest = 0.0
    for law in laws:
        room = 2.0 * np.eye(law.dim) - law.covs
        finite = np.linalg.eigvalsh(room)[:, 0] > 0.0
        means, room, covs = law.means[finite], room[finite], law.covs[finite]
        if len(means):
            size = np.einsum("ki,ki->k", means, np.linalg.solve(room, means[:, :, None])[:, :, 0])
            size = size - 0.5 * (np.linalg.slogdet(covs)[1] + np.linalg.slogdet(room)[1])
            largest = max(largest, float(np.max(size)))
    return 0.5 * min(0.0, MOST_LOG - largest)


def _standard_distance(law: Law, limit: Law, log_scale: float) -> tuple[float, float]:
    """Return ``s^2 int (law - limit)^2/N(0, I)`` and a bound of its error."""
    weights = np.concatenate([law.weights, -limit.weights])
    means = np.concatenate([law.means, limit.means])
    covs = np.concatenate([law.covs, limit.covs])
    eye = np.eye(law.dim)
    rounding = 8.0 * EPS * (1.0 + np.linalg.norm(covs, axis=(1, 2)) + np.linalg.norm(means, axis=1))
    pool = Whitened(means, covs - eye, covs, rounding, rounding)
    scales = np.full(weights.size, log_scale)
    values, errors, states = ratio_products(pool, pool, scales, scales)
    if np.any(states) or not np.all(np.isfinite(values)):
        return np.inf, 0.0
    sizes = np.abs(weights)
    error = sizes @ errors @ sizes + 4.0 * EPS * weights.size * (sizes @ np.abs(values) @ sizes)
    if log_scale < 0.0:
        # The weights of the difference sum to rounding, and what underflows is below the smallest float.
        error += float(np.finfo(np.float64).tiny) * float(np.sum(sizes)) ** 2
    return float(weights @ values @ weights), float(error)

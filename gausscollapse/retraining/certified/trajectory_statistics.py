"""Certified statistics of one trajectory: what the retraining theorems ask, with guarantee ``"certified"``."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property

import numpy as np
from flint import arb, fmpq
from numpy.typing import NDArray

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import UndecidedError
from gausscollapse.core.named import Named
from gausscollapse.core.validation import Array
from gausscollapse.divergences.certified.line import LinePart, chi2_on_the_line
from gausscollapse.process.certified.balls import Ball, Rational, rational, rational_matrix
from gausscollapse.retraining.certified.double_sums import double_sums
from gausscollapse.retraining.certified.exact_trajectory import ExactGaussian, ExactTrajectory, Retraining, Row
from gausscollapse.retraining.certified.products import BallProducts, definite
from gausscollapse.retraining.certified.proven import enclosed, proven
from gausscollapse.retraining.certified.stopping import StoppedRetraining, factor_of
from gausscollapse.retraining.remembered import remembered

Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]
# Of a coefficient that was formed from a fresh fraction by at most six roundings.
KEPT_ROUNDING = 8.0 * float(np.finfo(np.float64).eps)
INTRA_DIGITS = 8
UNBOUNDED = Enclosure(np.array([math.inf]), np.zeros(1), np.array([math.inf]), "no bound", "certified")
UNKNOWN = Enclosure(0.0, 0.0, math.inf, "unknown", "certified")


class CertifiedTrajectoryStatistics(Named):
    """Certified statistics of one trajectory over one Gaussian, arrays of shape (1, ...).

    Parameters
    ----------
    trajectory : Retraining
        For instance a `Trajectory`; only data, start, fresh fractions, workflow and channels are read, as the
        rational numbers that the floats are.
    orthogonal : bool
        Whether steps that are offsets orthogonal up to rounding are read as exactly orthogonal ones.
    products : callable, optional
        Gives the inner products of rows over some components, of which the data may have several; by default those
        in L^2(p), p one Gaussian.

    Attributes
    ----------
    undecided : dict of str to str
        Statistics that were asked for and not decided within the work limit, and why.

    Raises
    ------
    NotSupportedError
        If the data is a mixture, in L^2(p).

    Notes
    -----
    All laws are mixtures of Gaussians with rational weights, means and covariances; inner products in L^2(p) are
    signed sums of closed forms of them, evaluated in balls whose precision is raised until 16 digits are proven.
    Source: *own*.

    Examples
    --------
    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> from gausscollapse.retraining.certified import CertifiedTrajectoryStatistics
    >>> shift = gc.retraining.offset_channel(0.5)
    >>> trajectory = gc.retrain(gc.Gaussian(0, 1), fresh=0.0, step=shift, generations=2)
    >>> statistics = CertifiedTrajectoryStatistics(trajectory)
    >>> statistics.drift.value[0].round(8), statistics.drift.guarantee  # exp(n^2/4) - 1
    (array([0.        , 0.28402542, 1.71828183]), 'certified')

    The drift again, from innovations, as a sum of two numbers, and what early stopping alone has:

    >>> bool(statistics.filtered(cross=1.0).overlaps(statistics.drift).all())
    True
    >>> ones = statistics.fresh + 1.0  # J_1 = e^(1/4) - 1, J_2 = e - 2 e^(1/2) + e^(1/4)
    >>> statistics.recursive(statistics.energy, ones, statistics.drift[:, 0]).value[0].round(8)
    array([0.        , 0.28402542, 0.98889012])

    The same sums in coefficients of one's own, and in those of the workflow: ones, without fresh data.

    >>> weights = np.tril(np.ones((3, 2)), -1)
    >>> bool(statistics.weighted(weights).overlaps(statistics.drift).all())
    True
    >>> bool(np.allclose(statistics.remembered(statistics.energy, statistics.drift[:, 0], power=2.0).value,
    ...                  statistics.recursive(statistics.energy, ones, statistics.drift[:, 0]).value))
    True
    >>> stopping = gc.retraining.early_stopping(0.5)
    >>> stopped = gc.retrain(gc.Gaussian(1, 1), fresh=0.5, step=stopping, generations=1)
    >>> float(CertifiedTrajectoryStatistics(stopped).hermite(1)[1].value[0])  # the mean of the data
    1.0
    """

    def __init__(
        self,
        trajectory: Retraining,
        *,
        orthogonal: bool = False,
        products: Callable[[Sequence[ExactGaussian]], BallProducts] | None = None,
    ) -> None:
        self.trajectory = trajectory
        self.exact = ExactTrajectory.of(trajectory, orthogonal=orthogonal, mixtures=products is not None)
        self.products = (BallProducts if products is None else products)(self.exact.components)
        self.undecided: dict[str, str] = {}

    @property
    def size(self) -> int:
        """Number of trajectories, 1."""
        return 1

    @property
    def generations(self) -> int:
        """Number N of generations."""
        return self.exact.generations

    @cached_property
    def _deviations(self) -> list[Row]:
        return [self.exact.deviation(model) for model in self.exact.models]

    @cached_property
    def _innovations(self) -> list[Row]:
        return [self.exact.innovation(i) for i in range(self.generations)]

    def _proven_energies(self, rows: Sequence[Row]) -> list[Ball]:
        """Return ``int f^2/p`` of rows of which it is finite."""
        return proven(lambda: [self.products.energy(row) for row in rows])

    def _energies(self, rows: Sequence[Row]) -> Enclosure:
        """Return ``int f^2/p`` of every row, shape (1, n); inf where that is proved."""
        finite = [i for i, row in enumerate(rows) if self.products.square_integrable(row)]
        known = dict(zip(finite, self._proven_energies([rows[i] for i in finite]), strict=True))
        return enclosed([known.get(i) for i in range(len(rows))], (1, len(rows)), least=0.0)

    @cached_property
    def drift(self) -> Enclosure:
        """``D_0..D_N``, shape (1, N + 1)."""
        return self._energies(self._deviations)

    @cached_property
    def refreshed(self) -> Enclosure:
        """``chi2(q_i || p)``, shape (1, N)."""
        return self._energies([self.exact.deviation(self.exact.training(i)) for i in range(self.generations)])

    @cached_property
    def energy(self) -> Enclosure:
        """``J_i``, shape (1, N)."""
        return self._energies(self._innovations)

    @cached_property
    def _all_finite(self) -> bool:
        return all(self.products.square_integrable(row) for row in [*self._deviations, *self._innovations])

    def _inner(self, others: Sequence[Row]) -> Enclosure:
        """Return ``<xi_i, g_j>``, shape (1, N, n); the whole line where a norm is infinite."""
        rows, shape = self._innovations, (1, self.generations, len(others))
        if not self._all_finite:
            whole = np.full(shape, np.inf)
            return Enclosure(np.zeros(shape), -whole, whole, "ball arithmetic", "certified")
        left, right = self._proven_energies(rows), self._proven_energies(others)
        # Orthogonal innovations have no relative digits.
        floors = [(a.abs_upper() * b.abs_upper()).sqrt() * arb(10) ** -30 for a in left for b in right]
        return enclosed(proven(lambda: self.products.gram(rows, others).entries(), floors=floors), shape)

    @cached_property
    def gram(self) -> Enclosure:
        """``<xi_i, xi_j>``, shape (1, N, N)."""
        return self._inner(self._innovations)

    @cached_property
    def cross(self) -> Enclosure:
        """``<xi_i, r_0>``, shape (1, N)."""
        return self._inner(self._deviations[:1])[:, :, 0]

    @property
    def fresh(self) -> Array:
        """Fresh fractions, shape (1, N)."""
        return self.trajectory.fresh[None, :]

    @property
    def constant_fresh(self) -> Array:
        """The fresh fraction where it is the same in all generations, else -1, shape (1,)."""
        shares = set(self.trajectory.fresh.tolist())
        return np.array([shares.pop() if len(shares) == 1 else -1.0])

    @property
    def finite(self) -> Flags:
        """Whether all drifts and innovations are finite and in the range of floats, shape (1,)."""
        return np.array([bool(np.all(np.isfinite(self.drift.upper)) and np.all(np.isfinite(self.energy.upper)))])

    @property
    def from_data(self) -> Flags:
        """Whether the recursion starts from the data, shape (1,)."""
        return np.array([not self._deviations[0]])

    @property
    def last_model(self) -> Flags:
        """Whether the last model replaces all before it, and the real part of the data is fresh, shape (1,)."""
        return np.array([self.trajectory.workflow.last_model])

    @property
    def accumulating(self) -> Flags:
        """Whether every generation is trained on the data and all models so far, equally, shape (1,)."""
        return self.from_data & (self.trajectory.workflow.accumulates and not np.any(self.trajectory.fresh))

    def filtered(self, *, cross: float = 1.0) -> Enclosure:
        """Return ``D_0..D_N`` as the double sum over innovations, shape (1, N + 1).

        `cross` multiplies every inner product of two different generations.
        """
        rows = [*self._innovations, self._deviations[0]]
        return double_sums(self.products, rows, self.exact.memory(), rational(cross))

    def weighted(self, weights: Array) -> Enclosure:
        """Return ``sum_ij w_ni w_nj <xi_i, xi_j>`` with w >= 0, (N + 1, N), off by nine roundings, (1, N + 1)."""
        exact = [[rational(weight) for weight in row] for row in weights.tolist()]
        found = double_sums(self.products, self._innovations, exact, rational(1.0))
        energies = np.asarray(self.energy.upper)[0]
        sizes = np.where(
            np.all(np.isfinite(energies)), weights @ np.sqrt(np.where(np.isfinite(energies), energies, 0)), np.inf
        )
        error = 2.0 * KEPT_ROUNDING * sizes[None] ** 2
        return found + Enclosure(np.zeros_like(error), -error, error, found.method, found.guarantee)

    def remembered(self, drive: Enclosure, first: Enclosure, *, power: float) -> Enclosure:
        """Return ``sum_i G_ni^power drive_i + c_n^power first`` with G, c of `memory`, shape (1, N + 1)."""
        table = np.array([[float(_fraction(weight)) for weight in row] for row in self.exact.memory()])
        table = table.reshape(1, self.generations + 1, self.generations + 1)
        return remembered(table[:, :, :-1], table[:, :, -1], drive, first, power=power, relative=KEPT_ROUNDING)

    def recursive(self, drive: Enclosure, keep: Array, first: Enclosure) -> Enclosure:
        """Return ``s_0..s_N`` of ``s_{n+1} = keep_n s_n + drive_n``, shape (1, N + 1); `drive`, `keep` are (1, N).

        `keep` may be off by six roundings; the rest is interval arithmetic rounded outwards.
        """
        states = [first]
        for n in range(self.generations):
            kept = keep[:, n]
            share = Enclosure(kept, kept * (1.0 - KEPT_ROUNDING), kept * (1.0 + KEPT_ROUNDING), "exact", "certified")
            states.append(share * states[-1] + drive[:, n])
        value, lower, upper = (
            np.stack([np.asarray(getattr(state, end)) for state in states], axis=1)
            for end in ("value", "lower", "upper")
        )
        return Enclosure(value, lower, upper, drive.method, states[-1].guarantee)

    @cached_property
    def visible_shift(self) -> Enclosure:
        """``dm^T Cov(q_i)^{-1} dm <= I_i`` with dm the move of the mean, shape (1, N)."""
        values = []
        for i in range(self.generations):
            mean, cov = self.exact.moments(self.exact.training(i))
            move = self.exact.moments(self.exact.models[i + 1])[0] - mean
            values.append((move.transpose() * cov.solve(move))[0, 0])
        return enclosed(proven(lambda: [arb(value) for value in values]), (1, self.generations), least=0.0)

    @cached_property
    def _intra_number(self) -> int:
        dim = self.exact.data.mean.nrows()
        return self.generations - 1 if self.generations and dim == 1 and bool(self.finite[0]) else 0

    @cached_property
    def intra(self) -> tuple[Counts, Enclosure, Flags]:
        """A generation of which ``I_i`` is known: its number, ``I_i``, and whether there is one; shape (1,) each.

        The last generation in d = 1, else the first where its training law is one Gaussian.
        """
        number = np.array([self._intra_number])
        value = self._intra() if self.generations and bool(self.finite[0]) else UNKNOWN
        known = bool(np.isfinite(value.upper))
        return number, _stacked(value if known else Enclosure.exact(0.0, "unknown", "certified")), np.array([known])

    def _intra(self) -> Enclosure:
        i = self._intra_number
        new, trained = self.exact.models[i + 1], self.exact.training(i)
        if new == trained:
            return Enclosure.exact(0.0, "equal laws", "certified")
        if len(trained) == 1:
            (number,) = trained
            parts = [self.exact.components[number], *(self.exact.components[k] for k in new)]
            over = BallProducts(parts)
            row = {0: fmpq(-1), **{k + 1: weight for k, weight in enumerate(new.values())}}
            return enclosed(proven(lambda: [over.energy(row)]), (1,))[0] if over.square_integrable(row) else UNKNOWN
        if self.exact.data.mean.nrows() > 1:
            return UNKNOWN
        try:
            return chi2_on_the_line(self._line(new), self._line(trained), digits=INTRA_DIGITS)
        except UndecidedError as problem:
            self.undecided["intra"] = f"I_{i}: {problem}"
            return UNKNOWN

    def _line(self, law: Row) -> list[LinePart]:
        parts = [(weight, self.exact.components[number]) for number, weight in law.items()]
        return [LinePart(_fraction(w), _fraction(part.mean[0, 0]), _fraction(part.cov[0, 0])) for w, part in parts]

    @cached_property
    def ratio_supremum(self) -> Enclosure:
        """A bound ``sum w_k sup N_k/p`` of ``sup q_i/p`` for `intra`, [0, inf] where none is known; shape (1,)."""
        if not self.intra[2][0]:
            return UNBOUNDED
        data, law = self.exact.data, self.exact.training(self._intra_number)
        parts = [(weight, self.exact.components[number]) for number, weight in law.items()]
        moved = [(weight, part) for weight, part in parts if part.key != data.key]
        if not all(definite(data.cov - part.cov) for _, part in moved):
            return UNBOUNDED
        rest = sum((weight for weight, part in parts if part.key == data.key), fmpq(0))
        terms = [(weight, *_supremum(part, data)) for weight, part in moved]
        return enclosed(
            proven(lambda: [sum((arb(w) * arb(r).sqrt() * arb(e).exp() for w, r, e in terms), arb(rest))]), (1,)
        )

    @cached_property
    def offset_energy(self) -> tuple[Array, Flags]:
        """``c_i^T S^{-1} c_i`` of every channel, shape (1, N), to the nearest float, and whether all are offsets."""
        channels = self.trajectory.channels
        moves = [rational_matrix(channel.offset) for channel in channels]
        sizes = [float(_fraction((c.transpose() * self.exact.data.cov.solve(c))[0, 0])) for c in moves]
        pure = all(np.array_equal(c.matrix, np.eye(c.dim)) and not np.any(c.noise) for c in channels)
        return np.array([sizes]), np.array([pure])

    @cached_property
    def closed_offsets(self) -> tuple[Flags, Flags]:
        """Whether there is no fresh data and all steps are one offset, or offsets orthogonal in S^{-1}; (1,) each.

        Orthogonal are offsets whose inner products are 0 up to the rounding of floats, 1e-12 of their lengths.
        """
        if self.constant_fresh[0] != 0.0 or not self.offset_energy[1][0]:
            return np.array([False]), np.array([False])
        moves = [channel.offset for channel in self.trajectory.channels]
        matrix = rational_matrix(np.array(moves))
        inner = matrix * self.exact.data.cov.solve(matrix.transpose())
        count, close = len(moves), rational(1e-12) ** 2
        orthogonal = all(
            inner[i, j] * inner[i, j] <= close * inner[i, i] * inner[j, j] for i in range(count) for j in range(i)
        )
        return np.array([all(np.array_equal(move, moves[0]) for move in moves)]), np.array([orthogonal])

    @cached_property
    def _stopped(self) -> StoppedRetraining:
        return StoppedRetraining.of(self.trajectory)

    @property
    def stopping_times(self) -> Array:
        """t0 where all steps are early stopping at one time with one fresh fraction >= 0.05, else 0; shape (1,)."""
        return np.array([0.0 if factor_of(self.trajectory) is None else self._stopped.time])

    @cached_property
    def distance_to_limit(self) -> list[Enclosure]:
        """``||p^_n - L||^2`` in L^2(1/N(0, I)) for n = 0..min(N, 2), shape (1,) each; inf where not finite."""
        if self._stopped.large:
            self.undecided["distance_to_limit"] = (
                "distance_to_limit: a component has a squared norm beyond exp(590), where floats state distances "
                "up to a factor only; accepted: data nearer to N(0, I)"
            )
        return [self._stopped.distance(n) for n in range(min(self.generations, 2) + 1)]

    def hermite(self, degree: int) -> tuple[Enclosure, Enclosure]:
        """Return the coefficients of limit and data for ``degree`` along the first axis, shape (1,) each."""
        return self._stopped.hermite(degree)


def _stacked(value: Enclosure) -> Enclosure:
    """Return one enclosure with shape (1,)."""
    middle, low, high = (np.array([float(getattr(value, end))]) for end in ("value", "lower", "upper"))
    return Enclosure(middle, low, high, value.method, value.guarantee)


def _fraction(number: Rational) -> Fraction:
    return Fraction(int(number.p), int(number.q))


def _supremum(part: ExactGaussian, data: ExactGaussian) -> tuple[Rational, Rational]:
    """Return r and e of ``sup N_k/p = sqrt(r) exp(e)``: the two scores agree where it is attained."""
    gap, room = part.mean - data.mean, data.cov - part.cov
    return data.cov.det() / part.cov.det(), (gap.transpose() * room.solve(gap))[0, 0] / 2

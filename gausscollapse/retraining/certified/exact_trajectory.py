"""The recursion of retraining in rational numbers: every float is the rational number that it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from flint import fmpq, fmpq_mat

from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.validation import Array
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import Law
from gausscollapse.process.certified.balls import Rational, rational, rational_matrix
from gausscollapse.retraining.channels import AffineChannel
from gausscollapse.retraining.workflows import Workflow, shares_of

Row = Mapping[int, Rational]
# Two offsets of a smaller cosine are orthogonal up to rounding.
CLOSE = fmpq(1, 10**10)


class Retraining(Protocol):
    """What can be certified: a data law, model 0, a fresh fraction and a channel for every generation."""

    @property
    def data(self) -> Law:
        """The data law p."""

    @property
    def start(self) -> Law:
        """Law of model 0."""

    @property
    def fresh(self) -> Array:
        """Fresh fractions, shape (N,)."""

    @property
    def channels(self) -> tuple[AffineChannel, ...]:
        """One channel a generation."""

    @property
    def workflow(self) -> Workflow:
        """What is kept of earlier models."""


@dataclass(frozen=True, eq=False)
class ExactGaussian:
    """A Gaussian in rational numbers.

    Parameters
    ----------
    mean : fmpq_mat, shape (d, 1)
        Mean.
    cov : fmpq_mat, shape (d, d)
        Covariance.
    """

    mean: Rational
    cov: Rational

    @property
    def key(self) -> tuple[tuple[Rational, ...], ...]:
        """What tells it from others."""
        return tuple(self.mean.entries()), tuple(self.cov.entries())

    @classmethod
    def of(cls, law: Gaussian) -> ExactGaussian:
        """Read a Gaussian."""
        return cls(rational_matrix(law.mean), rational_matrix(law.cov))


@dataclass(frozen=True, eq=False)
class ExactChannel:
    """A channel ``x -> F x + c + N(0, H)`` in rational numbers: `matrix`, `offset` and `noise`."""

    matrix: Rational
    offset: Rational
    noise: Rational

    @classmethod
    def of(cls, channel: AffineChannel) -> ExactChannel:
        """Read a channel."""
        return cls(*(rational_matrix(part) for part in (channel.matrix, channel.offset, channel.noise)))

    def apply(self, law: ExactGaussian) -> ExactGaussian:
        """Return the image ``N(F m + c, F S F^T + H)``."""
        spread = self.matrix * law.cov * self.matrix.transpose() + self.noise
        return ExactGaussian(self.matrix * law.mean + self.offset, spread)


@dataclass(eq=False)
class ExactTrajectory:
    """The laws of a trajectory: distinct Gaussians, and rational weights of them by their number.

    Parameters
    ----------
    fresh : list of fmpq
        Fresh fractions.
    workflow : Workflow
        What is kept of earlier models.
    components : list of ExactGaussian
        Distinct ones, those of the data first.
    models : list of mapping
        ``p^_0..p^_N``, weights by number of the component.
    origin : mapping
        The data p, the same way.
    """

    fresh: list[Rational]
    workflow: Workflow
    components: list[ExactGaussian] = field(default_factory=list)
    models: list[Row] = field(default_factory=list)
    origin: Row = field(default_factory=dict)
    _known: dict[tuple[tuple[Rational, ...], ...], int] = field(default_factory=dict)

    @classmethod
    def of(cls, trajectory: Retraining, *, orthogonal: bool = False, mixtures: bool = False) -> ExactTrajectory:
        """Run the recursion ``p^_{i+1} = K_i (a_i p + (1 - a_i) sum_j s_ij p^_j)`` without rounding.

        Weights of data and start are divided by their exact sums. With `orthogonal`, steps that are offsets
        orthogonal up to rounding are read as exactly orthogonal ones; see `orthogonal_offsets`.

        Raises
        ------
        NotSupportedError
            If the data is a mixture, unless `mixtures` are asked for.
        """
        if not mixtures and not isinstance(trajectory.data, Gaussian):
            raise NotSupportedError(
                "data: chi-squared integrals over a mixture have no closed form, so that nothing is certified; "
                "accepted: one Gaussian"
            )
        exact = cls([rational(share) for share in trajectory.fresh.tolist()], trajectory.workflow)
        exact.origin = exact._row(trajectory.data)
        exact.models.append(exact._row(trajectory.start))
        read = {channel: ExactChannel.of(channel) for channel in set(trajectory.channels)}
        steps = [read[channel] for channel in trajectory.channels]
        for i, step in enumerate(orthogonal_offsets(steps, exact.data) if orthogonal else steps):
            trained = exact.training(i)
            images = {number: exact._number(step.apply(exact.components[number])) for number in trained}
            exact.models.append(combined([(1, {images[number]: weight}) for number, weight in trained.items()]))
        return exact

    def _row(self, law: Law) -> Row:
        weights = [rational(weight) for weight in law.weights.tolist()]
        whole = sum(weights, fmpq(0))
        numbers = [self._number(ExactGaussian.of(part)) for part in law.components]
        return combined(
            [(weight / whole, {number: fmpq(1)}) for number, weight in zip(numbers, weights, strict=True)]
        )

    def _number(self, law: ExactGaussian) -> int:
        if law.key not in self._known:
            self._known[law.key] = len(self.components)
            self.components.append(law)
        return self._known[law.key]

    @property
    def data(self) -> ExactGaussian:
        """P, where it is one Gaussian; the first of its components else."""
        return self.components[0]

    @property
    def generations(self) -> int:
        """Number N of generations."""
        return len(self.fresh)

    def training(self, i: int) -> Row:
        """Return ``q_i = a_i p + (1 - a_i) sum_j s_ij p^_j``."""
        weights = self.mixing(i)
        return combined([(weights.pop(-1), self.origin), *((w, self.models[j]) for j, w in weights.items())])

    def mixing(self, i: int) -> dict[int, Rational]:
        """Return the weights of the models in q_i by their number, and that of p as number -1."""
        used, shares = shares_of(self.workflow, i)
        parts = [rational(share) for share in shares.tolist()]
        left = (1 - self.fresh[i]) / sum(parts, fmpq(0))
        weights = {-1: fmpq(0), 0: fmpq(0)} | {int(j): left * part for j, part in zip(used, parts, strict=True)}
        weights[0 if self.workflow.real_is_start else -1] += self.fresh[i]
        return weights

    def memory(self) -> list[list[Rational]]:
        """Return what is left of every innovation, and last of the start, in each model."""
        weights: list[list[Rational]] = [[fmpq(0)] * self.generations + [fmpq(1)]]
        for n in range(self.generations):
            shares = self.mixing(n)
            kept = [(share, weights[j]) for j, share in shares.items() if j >= 0 and share != 0]
            weights.append([sum((s * row[k] for s, row in kept), fmpq(0)) for k in range(self.generations + 1)])
            weights[-1][n] = fmpq(1)
        return weights

    def deviation(self, model: Row) -> Row:
        """Return ``law - p``."""
        return combined([(fmpq(1), model), (fmpq(-1), self.origin)])

    def innovation(self, i: int) -> Row:
        """Return ``p^_{i+1} - q_i``."""
        return combined([(fmpq(1), self.models[i + 1]), (fmpq(-1), self.training(i))])

    def moments(self, law: Row) -> tuple[Rational, Rational]:
        """Return mean (d, 1) and covariance (d, d) of a mixture."""
        parts = [(weight, self.components[number]) for number, weight in law.items()]
        dim = self.data.mean.nrows()
        mean, second = fmpq_mat(dim, 1), fmpq_mat(dim, dim)
        for weight, part in parts:
            mean += part.mean * weight
            second += (part.cov + part.mean * part.mean.transpose()) * weight
        return mean, second - mean * mean.transpose()


def orthogonal_offsets(steps: list[ExactChannel], data: ExactGaussian) -> list[ExactChannel]:
    """Return offsets that are orthogonal in the metric of ``V_p^{-1}`` up to rounding, made exactly orthogonal.

    Gram and Schmidt's recursion in rational numbers moves them by what rounding took. Other steps are left alone.
    """
    dim = data.mean.nrows()
    eye = fmpq_mat([[int(i == j) for j in range(dim)] for i in range(dim)])
    inverse = data.cov.inv()

    def inner(a: Rational, b: Rational) -> Rational:
        return (a.transpose() * inverse * b)[0, 0]

    found: list[ExactChannel] = []
    for step in steps:
        move = step.offset
        for other in found:
            product, square, own = inner(move, other.offset), inner(other.offset, other.offset), inner(move, move)
            if product * product > CLOSE * CLOSE * square * own or square == 0:
                return steps
            move = move - other.offset * (product / square)
        if step.matrix != eye or any(entry != 0 for entry in step.noise.entries()):
            return steps
        found.append(ExactChannel(step.matrix, move, step.noise))
    return found


def combined(parts: list[tuple[Rational, Row]]) -> Row:
    """Return a sum of multiples of rows, without the entries that vanish."""
    total: dict[int, Rational] = {}
    for factor, row in parts:
        for number, weight in row.items():
            total[number] = total.get(number, fmpq(0)) + factor * weight
    return {number: weight for number, weight in total.items() if weight != 0}

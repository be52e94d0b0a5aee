"""Moments and energies as linear equations: the learned process, and first and second order about the ideal one.

With homogeneous coordinates ``z = (y - m_t, 1)``, C the error, F0 the ideal and ``F = F0 + C`` the learned drift, and
``E z z^T = S`` under the ideal process (its last entry 1), in reverse time s:

    learned     D' = F D + D F^T + C S + S C^T      E z z^T = S + D under the learned process
                eps*^2' = tr C S C^T                eps^^2' - eps*^2' = tr C D C^T
    about the   T' = F0 T + T F0^T + C S + S C^T    the derivative of E z z^T in the scale of the error
    ideal one   E(M [M])' = tr C T C^T
                U' = F0 U + U F0^T + 2 (S Q S)^     the covariance of int |e|^2 with z z^T; Q = C^T C
                Var [M]' = 2 tr C U C^T

where ^ sets the last entry to 0. All are *own* (Isserlis' theorem for the covariances).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb, arb_mat

from gausscollapse.process.certified.balls import Ball, Matrix, block, even, frobenius, spectral
from gausscollapse.process.certified.fields import Centre, Coefficients, Disc, FieldStream, TransposedStream
from gausscollapse.process.certified.sweep import ROUNDED_UP, Effort, Radii, Rates, State, sweep


class CovarianceStream:
    """The stream of ``S z`` about a centre."""

    def __init__(self, centre: Centre, ratio: Ball) -> None:
        self._parts = centre.covariance(ratio)
        self._last: list[Matrix] = []

    def __call__(self, z: Matrix) -> Matrix:
        """Return the next coefficient of the result."""
        self._last = [z, *self._last[:2]]
        result = self._parts[0] * z
        for part, before in zip(self._parts[1:], self._last[1:], strict=False):
            result = result + part * before
        return result


class Forcing:
    """The stream of ``C S``, which takes no argument."""

    def __init__(self, coefficients: Coefficients, centre: Centre, ratio: Ball) -> None:
        self._error = FieldStream(coefficients.error, centre, ratio)
        self._left = list(centre.covariance(ratio))
        self._nothing = arb_mat(coefficients.dim + 1, coefficients.dim + 1)

    def __call__(self) -> Matrix:
        """Return the next coefficient."""
        return self._error(self._left.pop(0) if self._left else self._nothing)


@dataclass(frozen=True)
class Sizes:
    """Bounds on a disc: of the drift's norm, of the error's slope and constant part, and of S."""

    drift: Ball
    slope: Ball
    offset: Ball
    covariance: Ball

    @classmethod
    def on(cls, coefficients: Coefficients, centre: Centre, disc: Disc, theta: int) -> Sizes:
        """Return the bounds for the drift under `theta` times the error."""
        return cls(
            coefficients.core(coefficients.drift(theta), disc),
            coefficients.core(coefficients.error, disc),
            coefficients.column(coefficients.error, disc),
            centre.covariance_bound(disc),
        )

    @property
    def error(self) -> Ball:
        """Bound of the error's norm in homogeneous coordinates."""
        return (self.slope + self.offset).abs_upper()


class Deviation:
    """The equation of D: what the others contain. Uncertainties: of its last column and of its block.

    Parameters
    ----------
    coefficients : Coefficients
        Of the process.
    """

    def __init__(self, coefficients: Coefficients) -> None:
        self.coefficients = coefficients
        self._drift = coefficients.drift(1)

    def growth(self, disc: Disc) -> Ball:
        """Return ``2 ||F||``."""
        return 2 * self.coefficients.core(self._drift, disc)

    def rates(self, centre: Centre, ratio: Ball) -> Rates:
        """Return the rate of D."""
        forcing, drift = Forcing(self.coefficients, centre, ratio), FieldStream(self._drift, centre, ratio)

        def rate(state: State) -> State:
            flow = drift(state[0]) + forcing()
            return (flow + flow.transpose(),)

        return rate

    def bounds(self, centre: Centre, disc: Disc, state: State) -> Sequence[Matrix]:
        """Bound D by Gronwall, its last column first."""
        sizes = Sizes.on(self.coefficients, centre, disc, 1)
        return (even(self.coefficients.dim) * deviation_bound(sizes, disc, state[0]),)

    def radii(self, state: State) -> Radii:
        """Return the norms of the last column and of the block."""
        inside, end = range(self.coefficients.dim), range(self.coefficients.dim, self.coefficients.dim + 1)
        return frobenius(block(state[0], inside, end)), frobenius(block(state[0], inside, inside))

    def spread(self, centre: Centre, ratio: Ball, radii: Radii) -> Radii:
        """Return the norms after a step: with mu the logarithmic norm, e^{mu t} for the column, its square beside."""
        pace = Pace.on(self.coefficients, centre, ratio, 1)
        once, twice = pace.factor, pace.factor**2
        column, matrix = radii
        return column * once, matrix * twice + 2 * pace.offset * pace.time * column * once.max(twice)

    def veils(self, radii: Radii) -> State:
        """Return balls for the blocks of D."""
        dim = self.coefficients.dim
        column, matrix = (arb(0, 1) * radius for radius in radii)
        return (
            arb_mat(
                [[matrix if i < dim > j else column * int(i != j) for j in range(dim + 1)] for i in range(dim + 1)]
            ),
        )


@dataclass(frozen=True)
class Pace:
    """A step in time: its length, and what the drift does to differences along it.

    Parameters
    ----------
    time : arb
        Length of the step in time.
    factor : arb
        ``e^{mu time}``, mu a bound of the drift's logarithmic norm: ``1/2 - 1/||S|| + ||C||``, and at most ``||F||``.
    slope, offset : arb
        Bounds of the error's slope and constant part.
    """

    time: Ball
    factor: Ball
    slope: Ball
    offset: Ball

    @classmethod
    def on(cls, coefficients: Coefficients, centre: Centre, ratio: Ball, theta: int) -> Pace:
        """Return the pace of the step ``v = c (1 + ratio x)`` under the drift of `theta` times the error."""
        disc = centre.disc(float(ratio.upper()) * ROUNDED_UP)
        first, second, third = (spectral(part) for part in centre.covariance(disc.fraction))
        slope = coefficients.core(coefficients.error, disc)
        rate = arb(1) / 2 - 1 / (first + second + third) + theta * slope
        rate = rate.min(coefficients.core(coefficients.drift(theta), disc))
        time = (2 * ratio.log1p()).abs_upper()
        # a bound of the rate may be negative and the time is known to be at most so long
        factor = (rate * (2 * ratio.log1p())).exp().abs_upper()
        return cls(time, factor, slope, coefficients.column(coefficients.error, disc))

    def integral(self, radius: Ball) -> Ball:
        """Return a bound of ``int ||C E C^T||`` over the step, E a matrix of that norm that evolves by the drift."""
        size = (self.slope + self.offset) ** 2
        return (self.time * size * radius * (self.factor**2).max(arb(1))).abs_upper()


class Learned(Deviation):
    """Moments of the learned process: D, and the ideal energy and its excess as traces of matrices."""

    def rates(self, centre: Centre, ratio: Ball) -> Rates:
        """Return the rates of D, of ``C S C^T`` and of ``C D C^T``."""
        forcing = Forcing(self.coefficients, centre, ratio)
        drift = FieldStream(self._drift, centre, ratio)
        outer, left, right = (FieldStream(self.coefficients.error, centre, ratio) for _ in range(3))

        def rate(state: State) -> State:
            forced = forcing()
            flow = drift(state[0]) + forced
            return flow + flow.transpose(), outer(forced.transpose()), left(right(state[0]).transpose())

        return rate

    def bounds(self, centre: Centre, disc: Disc, state: State) -> Sequence[Matrix]:
        """Bound D by Gronwall and the energies by their rates."""
        sizes = Sizes.on(self.coefficients, centre, disc, 1)
        moved = deviation_bound(sizes, disc, state[0])
        whole = even(self.coefficients.dim)
        energy = sizes.error**2 * disc.length
        return (
            whole * moved,
            whole * (frobenius(state[1]) + energy * sizes.covariance).abs_upper(),
            whole * (frobenius(state[2]) + energy * moved).abs_upper(),
        )

    def radii(self, state: State) -> Radii:
        """Return the norms of D's parts and of the energies' matrices."""
        return *super().radii(state), frobenius(state[1]), frobenius(state[2])

    def spread(self, centre: Centre, ratio: Ball, radii: Radii) -> Radii:
        """Return the norms after a step: what D may be off integrates into the excess."""
        pace = Pace.on(self.coefficients, centre, ratio, 1)
        largest = radii[1] + 2 * (1 + pace.offset * pace.time) * radii[0]
        return *super().spread(centre, ratio, radii[:2]), radii[2], radii[3] + pace.integral(largest)

    def veils(self, radii: Radii) -> State:
        """Return balls for D and the energies."""
        whole = even(self.coefficients.dim)
        return *super().veils(radii[:2]), *(whole * (arb(0, 1) * radius) for radius in radii[2:])


def deviation_bound(sizes: Sizes, disc: Disc, start: Matrix) -> Ball:
    """Return a bound of the Frobenius norm of D on a disc, from its value at the centre."""
    last = start.nrows() - 1
    column = frobenius(block(start, range(last), range(last, last + 1)))
    grown = (sizes.drift * disc.length).exp()
    mean = ((column + disc.length * sizes.offset) * grown).abs_upper()
    source = 2 * (sizes.offset * mean + sizes.slope * sizes.covariance)
    second = (frobenius(start) + disc.length * source) * grown**2
    return (second + 2 * mean).abs_upper()


class Tangent:
    """First and second order about the ideal process: T, ``C T C^T``, U and ``C U C^T``; uncertainties are norms."""

    def __init__(self, coefficients: Coefficients) -> None:
        self.coefficients = coefficients

    def growth(self, disc: Disc) -> Ball:
        """Return ``2 ||F0||``."""
        return 2 * self.coefficients.core(self.coefficients.ideal, disc)

    def rates(self, centre: Centre, ratio: Ball) -> Rates:
        """Return the rates of T, of ``C T C^T``, of U and of ``C U C^T``."""
        coefficients = self.coefficients
        last = coefficients.dim
        forcing = Forcing(coefficients, centre, ratio)
        drift, wide = (FieldStream(coefficients.ideal, centre, ratio) for _ in range(2))
        streams = [FieldStream(coefficients.error, centre, ratio) for _ in range(4)]
        back, weigh = TransposedStream(coefficients.error, centre, ratio), CovarianceStream(centre, ratio)

        def rate(state: State) -> State:
            forced = forcing()
            flow = drift(state[0]) + forced
            # S Q S is symmetric, and twice it the sum with its transpose.
            source = weigh(back(forced))
            source[last, last] = 0
            second = wide(state[2]) + source
            return (
                flow + flow.transpose(),
                streams[0](streams[1](state[0]).transpose()),
                second + second.transpose(),
                streams[2](streams[3](state[2]).transpose()),
            )

        return rate

    def bounds(self, centre: Centre, disc: Disc, state: State) -> Sequence[Matrix]:
        """Bound T and U by Gronwall, their integrals by their rates."""
        sizes = Sizes.on(self.coefficients, centre, disc, 0)
        grown = (2 * sizes.drift * disc.length).exp()
        whole = even(self.coefficients.dim)
        # C S has the norm of C times that of S, whose last entry 1 counts.
        first = (frobenius(state[0]) + 2 * disc.length * sizes.error * sizes.covariance) * grown
        second = (frobenius(state[2]) + 2 * disc.length * (sizes.error * sizes.covariance) ** 2) * grown
        energy = sizes.error**2 * disc.length
        return tuple(
            whole * bound.abs_upper()
            for bound in (
                first,
                frobenius(state[1]) + energy * first,
                second,
                frobenius(state[3]) + energy * second,
            )
        )

    def radii(self, state: State) -> Radii:
        """Return the norms of the four matrices."""
        return [frobenius(matrix) for matrix in state]

    def spread(self, centre: Centre, ratio: Ball, radii: Radii) -> Radii:
        """Return the norms after a step: columns change by e^{mu t}, blocks by its square."""
        pace = Pace.on(self.coefficients, centre, ratio, 0)
        factor = pace.factor.max(pace.factor**2)
        return (
            radii[0] * factor,
            radii[1] + pace.integral(radii[0]),
            radii[2] * factor,
            radii[3] + pace.integral(radii[2]),
        )

    def veils(self, radii: Radii) -> State:
        """Return balls for the four matrices."""
        whole = even(self.coefficients.dim)
        return [whole * (arb(0, 1) * radius) for radius in radii]


@dataclass(frozen=True)
class LearnedMoments:
    """The learned endpoint and energies.

    Parameters
    ----------
    deviation : arb_mat, shape (d + 1, d + 1)
        D at the stop.
    ideal_energy, excess : arb
        ``eps*^2`` and ``eps^^2 - eps*^2``.
    """

    deviation: Matrix
    ideal_energy: Ball
    excess: Ball


def start_deviation(coefficients: Coefficients) -> Matrix:
    """Return D at the horizon: 0, or that of the start N(0, I)."""
    process, last = coefficients.process, coefficients.dim
    deviation = arb_mat(last + 1, last + 1)
    if process.matched:
        return deviation
    v = coefficients.start
    mean = arb_mat(process.mean) * v
    # I - S = -v^2 (Sigma - I)
    second = mean * mean.transpose() - arb_mat(process.change) * (v * v)
    for i in range(last):
        deviation[i, last] = deviation[last, i] = -mean[i, 0]
        for j in range(last):
            deviation[i, j] = second[i, j]
    return deviation


def learned_moments(coefficients: Coefficients, effort: Effort) -> LearnedMoments:
    """Solve for the learned endpoint and the energies."""
    empty = arb_mat(coefficients.dim + 1, coefficients.dim + 1)
    start = (start_deviation(coefficients), empty, empty)
    state = sweep(coefficients, Learned(coefficients), start, effort)
    return LearnedMoments(state[0], state[1].trace(), state[2].trace())


@dataclass(frozen=True)
class TangentMoments:
    """First and second order about the ideal process.

    Parameters
    ----------
    tangent : arb_mat, shape (d + 1, d + 1)
        T at the stop.
    third, variance : arb
        ``E_{P*} M [M]`` and ``Var_{P*} [M]``.
    """

    tangent: Matrix
    third: Ball
    variance: Ball


def tangent_moments(coefficients: Coefficients, effort: Effort) -> TangentMoments:
    """Solve for the tangent of the endpoint and for the moments of the quadratic variation."""
    empty = arb_mat(coefficients.dim + 1, coefficients.dim + 1)
    state = sweep(coefficients, Tangent(coefficients), (empty, empty, empty, empty), effort)
    return TangentMoments(state[0], state[1].trace(), 2 * state[3].trace())

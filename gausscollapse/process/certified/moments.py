"""Moments and energies as linear equations: the learned process, and first and second order about the ideal one.

With homogeneous coordinates ``z = (y - m_t, 1)``, C the error as it enters the drift, k times it, F0 the ideal drift,
``F = F0 + C`` the learned one, and
``E z z^T = S`` under the ideal process (its last entry 1), in reverse time s:

    learned     D: see `deviation`                  E z z^T = S + D under the learned process
                k^2 eps*^2' = tr C S C^T            k^2 (eps^^2' - eps*^2') = tr C D C^T
    about the   T' = F0 T + T F0^T + C S + S C^T    the derivative of E z z^T in the scale of the error
    ideal one   E(M [M])' = tr C T C^T
                U' = F0 U + U F0^T + 2 (S Q S)^     the covariance of int |e|^2 with z z^T; Q = C^T C
                Var [M]' = 2 tr C U C^T

where ^ sets the last entry to 0; the moments of M are those of stochasticity 1. All are *own* (Isserlis' theorem for
the covariances).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb, arb_mat

from gausscollapse.process.certified.balls import Ball, Matrix, even, frobenius
from gausscollapse.process.certified.centres import Centre
from gausscollapse.process.certified.deviation import (
    CovarianceStream,
    Deviation,
    Forcing,
    Pace,
    Sizes,
    start_deviation,
)
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.leap import leap
from gausscollapse.process.certified.resolvents import Disc
from gausscollapse.process.certified.streams import FieldStream, TransposedStream
from gausscollapse.process.certified.sweep import Effort, Radii, Rates, State, sweep


class Learned(Deviation):
    """Moments of the learned process: D, and the ideal energy and its excess as traces of matrices."""

    def __init__(self, coefficients: Coefficients) -> None:
        super().__init__(coefficients, central=False)

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
        moved = self.bound(sizes, disc, state[0])
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


def learned_moments(coefficients: Coefficients, effort: Effort) -> LearnedMoments:
    """Solve for the learned endpoint and the energies."""
    empty = arb_mat(coefficients.dim + 1, coefficients.dim + 1)
    start = (start_deviation(coefficients, central=False), empty, empty)
    ahead = leap(coefficients, start[0], effort)
    system, begin = Learned(coefficients), None if ahead is None else ahead.v
    state = sweep(coefficients, system, start if ahead is None else ahead.state, effort, begin=begin)
    square = coefficients.pull**2
    return LearnedMoments(state[0], state[1].trace() / square, state[2].trace() / square)


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

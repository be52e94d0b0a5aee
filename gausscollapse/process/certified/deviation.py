"""The equation of what the learned process deviates by, and what is bounded of it on discs and steps.

With homogeneous coordinates ``z = (y - m_t, 1)``, C the error as it enters the drift, F0 the ideal drift,
``F = F0 + C`` the learned one, and
``E z z^T = S`` under the ideal process (its last entry 1), in reverse time s:

    D' = F D + D F^T + C S + S C^T

where D is either E z z^T of the learned process less S, or, with the last column of F left out, its covariance less S
in the block and its mean in the last column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb, arb_mat

from gausscollapse.process.certified.balls import Ball, Matrix, block, even, frobenius
from gausscollapse.process.certified.centres import Centre
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.resolvents import Disc
from gausscollapse.process.certified.streams import FieldStream
from gausscollapse.process.certified.sweep import ROUNDED_UP, Radii, Rates, State


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
    """The equation of D, with second moments or, `central`, covariances in the block. Uncertainties: column, block.

    Parameters
    ----------
    coefficients : Coefficients
        Of the process.
    central : bool
        Whether the block of D is the covariance less S: then the column does not enter it.
    """

    def __init__(self, coefficients: Coefficients, *, central: bool) -> None:
        self.coefficients = coefficients
        self._drift = coefficients.drift(1)
        self._central = central

    def growth(self, disc: Disc) -> Ball:
        """Return ``2 ||F||``."""
        return 2 * self.coefficients.core(self._drift, disc)

    def rates(self, centre: Centre, ratio: Ball) -> Rates:
        """Return the rate of D."""
        forcing, drift = Forcing(self.coefficients, centre, ratio), FieldStream(self._drift, centre, ratio)
        first = self.coefficients.first

        def rate(state: State) -> State:
            # with the last row 0 the drift's last column does not count
            flow = drift(first * state[0] if self._central else state[0]) + forcing()
            return (flow + flow.transpose(),)

        return rate

    def bounds(self, centre: Centre, disc: Disc, state: State) -> Sequence[Matrix]:
        """Bound D by Gronwall, its last column first."""
        sizes = Sizes.on(self.coefficients, centre, disc, 1)
        return (even(self.coefficients.dim) * self.bound(sizes, disc, state[0]),)

    def bound(self, sizes: Sizes, disc: Disc, start: Matrix) -> Ball:
        """Return a bound of the Frobenius norm of D on a disc, from its value at the centre."""
        last = self.coefficients.dim
        column = frobenius(block(start, range(last), range(last, last + 1)))
        grown = (sizes.drift * disc.length).exp()
        mean = ((column + disc.length * sizes.offset) * grown).abs_upper()
        mixed = arb(0) if self._central else sizes.offset * mean
        second = (frobenius(start) + disc.length * 2 * (mixed + sizes.slope * sizes.covariance)) * grown**2
        return (second + 2 * mean).abs_upper()

    def radii(self, state: State) -> Radii:
        """Return the norms of the last column and of the block."""
        inside, end = range(self.coefficients.dim), range(self.coefficients.dim, self.coefficients.dim + 1)
        return frobenius(block(state[0], inside, end)), frobenius(block(state[0], inside, inside))

    def spread(self, centre: Centre, ratio: Ball, radii: Radii) -> Radii:
        """Return the norms after a step: with mu the logarithmic norm, e^{mu t} for the column, its square beside."""
        pace = Pace.on(self.coefficients, centre, ratio, 1)
        once, twice = pace.factor, pace.factor**2
        column, matrix = radii
        mixed = arb(0) if self._central else 2 * pace.offset * pace.time * column * once.max(twice)
        return column * once, matrix * twice + mixed

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
        ``e^{mu time}``, mu a bound of the drift's logarithmic norm: ``1/2 - k/||S|| + ||C||``, at most ``||F||``, and
        at most what it is with the ``c S^{-1}`` and ``-c V^{-1}`` of C counted with their signs.
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
        slope = coefficients.core(coefficients.error, disc)
        rate = arb(1) / 2 - coefficients.pull / centre.largest_variance(disc) + theta * slope
        rate = rate.min(coefficients.core(coefficients.drift(theta), disc))
        signed = _signed_rate(coefficients, centre, disc, theta)
        rate = rate.min(signed) if signed.is_finite() else rate
        time = 2 * ratio.log1p()
        factor = (rate * time).exp().abs_upper()
        return cls(time.abs_upper(), factor, slope, coefficients.column(coefficients.error, disc))

    def integral(self, radius: Ball) -> Ball:
        """Return a bound of ``int ||C E C^T||`` over the step, E a matrix of that norm that evolves by the drift."""
        size = (self.slope + self.offset) ** 2
        return (self.time * size * radius * (self.factor**2).max(arb(1))).abs_upper()


def _signed_rate(coefficients: Coefficients, centre: Centre, disc: Disc, theta: int) -> Ball:
    """Return a bound of the logarithmic norm of the drift for real v on a disc.

    The drift is ``1/2 - (k - theta c) S^{-1} - theta c V^{-1}`` and theta times the rest of the error; ``-w S^{-1}``
    has its largest eigenvalue at one end of the spectrum of S.
    """
    constant, linear, _, response = coefficients.error.norms
    share = coefficients.error.share * theta
    rest = constant + disc.reach * linear + response * disc.data
    return (
        arb(1) / 2
        + theta * rest
        + _largest(coefficients.pull - share, 1 / centre.largest_variance(disc), disc.data)
        + _largest(share, 1 / centre.largest_target_variance(disc), disc.target)
    )


def _largest(weight: Ball, least: Ball, most: Ball) -> Ball:
    """Return the largest ``-weight y`` with y between two positive numbers; 0 for no weight at all."""
    return arb(0) if weight.is_zero() else (-weight * least).max(-weight * most)


def start_deviation(coefficients: Coefficients, *, central: bool) -> Matrix:
    """Return D at the horizon: 0, or that of the start N(0, I)."""
    process, last = coefficients.process, coefficients.dim
    deviation = arb_mat(last + 1, last + 1)
    if process.matched:
        return deviation
    v = coefficients.start
    mean = arb_mat(process.mean) * v
    # I - S = -v^2 (Sigma - I)
    second = -arb_mat(process.change) * (v * v)
    if not central:
        second = second + mean * mean.transpose()
    for i in range(last):
        deviation[i, last] = deviation[last, i] = -mean[i, 0]
        for j in range(last):
            deviation[i, j] = second[i, j]
    return deviation

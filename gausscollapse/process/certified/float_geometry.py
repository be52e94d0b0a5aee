"""The slack and the gradient and swirl energies of `geometry` by floats: their integrands are series on each stretch.

With A and b the error's slope and constant part, ``N(0, S)`` the ideal and ``N(delta, V)`` the learned law, ``V = S +
X``, and u the square of the stochasticity, the error less u times the score's change is ``H z + g`` with

    H = A - u S^{-1} X V^{-1},   g = b - u V^{-1} delta,   E |H z + g|^2 = tr H V H^T + |H delta + g|^2:

a sum of squares, without cancellation. ``V Q + Q V = V (A - A^T) V`` is solved coefficient by coefficient in the
eigenbasis of V at the start of the stretch; a residue r of it moves Q by at most ``|r| ||V^{-1}||/2``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from flint import fmpq

from gausscollapse.process.certified.balls import Ball
from gausscollapse.process.certified.deviation import start_deviation
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.float_moments import Moment, solved
from gausscollapse.process.certified.geometry import GeometricIntegrals
from gausscollapse.process.certified.series import UP, Number, Series, inverse, up
from gausscollapse.process.certified.stretches import COUNT, Stretch, walked
from gausscollapse.process.certified.sweep import PrecisionError

MINUS = Number(-1.0, 0.0)


@dataclass(frozen=True)
class Laws:
    """Both laws and the error on a stretch.

    Parameters
    ----------
    slope, offset : Series
        A and b.
    ideal, ideal_inverse : Series
        S and its inverse.
    change, mean : Series
        X and delta.
    """

    slope: Series
    offset: Series
    ideal: Series
    ideal_inverse: Series
    change: Series
    mean: Series

    @classmethod
    def on(cls, stretch: Stretch, deviation: Series) -> Laws:
        """Return the laws of a stretch on which the covariance and the mean deviate so."""
        dim = stretch.coefficients.dim
        error, covariance, inverted = stretch.error, stretch.covariance, stretch.inverse
        return cls(
            Series(error.parts[:, :dim, :dim], error.off),
            Series(error.parts[:, :dim, dim:], error.off),
            Series(covariance.parts[:, :dim, :dim], covariance.off),
            Series(inverted.parts[:, :dim, :dim], inverted.off),
            Series(deviation.parts[:, :dim, :dim], deviation.off),
            Series(deviation.parts[:, :dim, dim:], deviation.off),
        )

    def energy(self, field: Series, offset: Series, learned: Series) -> Series:
        """Return ``E |field z + offset|^2`` under the learned law."""
        still = field.times(self.mean, COUNT) + offset
        return field.times(learned, COUNT).dot(field, COUNT) + still.dot(still, COUNT)

    def slack(self, noise: Number) -> Sequence[Series]:
        """Return ``E |e - u grad log(p^/q)|^2``."""
        learned = self.ideal + self.change
        inverted = inverse(learned, COUNT)
        minus = Number(-noise.value, noise.off)
        moved = self.ideal_inverse.times(self.change, COUNT).times(inverted, COUNT)
        field = self.slope + moved.scaled(minus)
        offset = self.offset + inverted.times(self.mean, COUNT).scaled(minus)
        return (self.energy(field, offset, learned),)

    def energies(self) -> Sequence[Series]:
        """Return the gradient energies, split by the learned and by the ideal law, and the swirl energy."""
        learned = self.ideal + self.change
        inverted = inverse(learned, COUNT)
        turn = rotation(learned, inverted.bound, self.slope)
        still = rotation(self.ideal, self.ideal_inverse.bound, self.slope)
        bent = turn.times(inverted, COUNT)
        gradient = self.slope + bent.scaled(MINUS)
        ideal = self.slope + still.times(self.ideal_inverse, COUNT).scaled(MINUS)
        mean = self.slope.times(self.mean, COUNT) + self.offset
        along = gradient.times(learned, COUNT).dot(gradient, COUNT) + mean.dot(mean, COUNT)
        return along, self.energy(ideal, self.offset, learned), bent.dot(turn, COUNT)


def rotation(covariance: Series, inverse_bound: float, slope: Series) -> Series:
    """Return the antisymmetric Q with ``V Q + Q V = V (A - A^T) V``."""
    bent = slope + slope.transpose.scaled(MINUS)
    right = covariance.times(bent, COUNT).times(covariance, COUNT)
    values, basis = np.linalg.eigh(covariance.parts[0])
    shares = 1.0 / (values[:, None] + values)
    size, count = len(values), len(right.parts)
    later = covariance.parts[1:].transpose(1, 0, 2).reshape(size, -1)
    parts = np.zeros((count, size, size))
    for k in range(count):
        rest = right.parts[k]
        if k:
            known = parts[count - k :].reshape(-1, size)
            moved = later[:, : len(known)] @ known[: later.shape[1]]
            rest = rest - (moved - moved.T)
        # The latest coefficient first, as a product takes them; Q is antisymmetric, so V Q + Q V = V Q - (V Q)^T.
        parts[count - 1 - k] = basis @ ((basis.T @ rest @ basis) * shares) @ basis.T
    found = Series(parts[::-1].copy(), 0.0)
    if not found.settles(right.size * inverse_bound):
        raise PrecisionError("a rotation's series does not converge")
    product = covariance.times(found)
    residue = product + found.times(covariance) + right.scaled(MINUS)
    return Series(found.parts, up(residue.bound * inverse_bound / 2.0 * UP))


Integrands = Callable[[Laws], Sequence[Series]]


def _integrated(coefficients: Coefficients, along: Sequence[Stretch], integrands: Integrands) -> list[Ball]:
    """Return the integrals of some functions over the whole process."""
    state = Moment.near(start_deviation(coefficients, central=True))
    sums: list[Series] = []
    for stretch, shorter in walked(along):
        drift = stretch.learned.times(Series.near(coefficients.first))
        forced = stretch.forced
        found = solved(stretch, drift, stretch.learned_motion, forced + forced.transpose, state, mixed=False)
        try:
            parts = integrands(Laws.on(stretch, found.series))
        except PrecisionError:
            shorter()
            continue
        state = found.end
        values = [stretch.integral(part) for part in parts]
        sums = [a + b for a, b in zip(sums, values, strict=True)] if sums else values
    return [part.ball()[0, 0] for part in sums]


def energies_by_floats(coefficients: Coefficients, along: Sequence[Stretch]) -> GeometricIntegrals:
    """Return what `geometric_integrals` returns; `PrecisionError` where floats do not suffice."""
    found = _integrated(coefficients, along, Laws.energies)
    return GeometricIntegrals(*(part / coefficients.pull**2 for part in found))


def twice_slack_by_floats(coefficients: Coefficients, along: Sequence[Stretch]) -> Ball:
    """Return what `twice_slack` returns; `PrecisionError` where floats do not suffice."""
    noise: fmpq = coefficients.process.noise
    number = Number.near(coefficients.eye[0, 0] * noise)
    return _integrated(coefficients, along, lambda laws: laws.slack(number))[0] / noise

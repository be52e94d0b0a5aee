"""A centre of expansion in ``v = exp(-t/2)``: what is known of a process's covariances on discs about it."""

from __future__ import annotations

from flint import arb

from gausscollapse.process.certified.balls import Ball, Matrix, frobenius, identity, spectral
from gausscollapse.process.certified.fields import Coefficients
from gausscollapse.process.certified.resolvents import Disc, Resolvent


class Centre:
    """A centre of expansion in v.

    Parameters
    ----------
    coefficients : Coefficients
        Of the process.
    v : arb
        The centre c.
    """

    def __init__(self, coefficients: Coefficients, v: Ball) -> None:
        self.coefficients = coefficients
        self.v = v
        self.data = Resolvent.at(coefficients.change, v)
        self.target = self.data
        if coefficients.target_change is not None:
            self.target = Resolvent.at(coefficients.target_change, v)

    @property
    def reach(self) -> float:
        """Largest fraction of c, about, at which the disc meets no singularity."""
        steepest = max(float(part.steepness) for part in (self.data, self.target))
        return min(1.0, (1.0 + 1.0 / steepest) ** 0.5 - 1.0) if steepest > 0.0 else 1.0

    def disc(self, fraction: float) -> Disc:
        """Return the disc of that radius, as a fraction of c, with its bounds."""
        part = arb(fraction)
        return Disc(
            part,
            (2 * part / (1 - part)).abs_upper(),
            (self.v * (1 + part)).abs_upper(),
            self.data.bound(part).abs_upper(),
            self.target.bound(part).abs_upper(),
        )

    def covariance(self, ratio: Ball) -> tuple[Matrix, Matrix, Matrix]:
        """Return the three coefficients of ``S`` in powers of x, ``v = c (1 + ratio x)``."""
        change = self.coefficients.change * (self.v * self.v)
        return self.coefficients.eye + change, change * (2 * ratio), change * (ratio * ratio)

    def largest_variance(self, disc: Disc) -> Ball:
        """Return a bound of the spectral norm of S, its last entry 1 included, on a disc."""
        return _largest_on(self.coefficients.change, self.v, disc.fraction)

    def largest_target_variance(self, disc: Disc) -> Ball:
        """Return a bound of the spectral norm of V, its last entry 1 included, on a disc."""
        change = self.coefficients.target_change
        return _largest_on(self.coefficients.change if change is None else change, self.v, disc.fraction)

    def covariance_bound(self, disc: Disc) -> Ball:
        """Return a bound of the Frobenius norm of S, its last entry 1 included, on a disc."""
        first, second, third = (frobenius(part) for part in self.covariance(disc.fraction))
        return (first + second + third).abs_upper()


def _largest_on(change: Matrix, v: Ball, fraction: Ball) -> Ball:
    """Return a bound of ``||I + w^2 D||`` for ``|w - v| <= fraction v``."""
    square = change * (v * v)
    return spectral(identity(change.nrows()) + square) + spectral(square) * fraction * (2 + fraction)

"""Amplified runs on the line in rational numbers and balls, and log-determinants of refits by recurrence."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from flint import arb, fmpq

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.validation import Array
from gausscollapse.process.certified.balls import Ball, precision, rational
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.theorems.instances.amplified_statistics import AmplifiedStatistics
from gausscollapse.theorems.instances.refit_statistics import Refit, RefitStatistics

BITS = 128


def _enclosed(number: Callable[[], Ball], method: str) -> Enclosure:
    """Return a ball as an enclosure of shape (1,)."""
    with precision(BITS):
        ball = number()
        low, high = (float(end) for end in (ball.lower(), ball.upper()))
    low, high = np.nextafter(low, -np.inf), np.nextafter(high, np.inf)
    middle = np.clip(float(ball.mid()), low, high)
    return Enclosure(np.array([middle]), np.array([low]), np.array([high]), method, "certified")


class CertifiedAmplifiedStatistics(AmplifiedStatistics):
    """Variances of the models of one run on the line, and the tail of its limit, without rounding; shape (1,) each.

    Means are not taken to be kept: that of a model moves by what the channel's offset is rounded.

    Parameters
    ----------
    trajectory : Trajectory
        In d = 1.

    Raises
    ------
    NotSupportedError
        Beyond d = 1, where the eigenvalue is rounded.
    """

    def __init__(self, trajectory: Trajectory) -> None:
        super().__init__([trajectory])
        if not (self.amplified[0] and self.on_the_line[0]):
            raise NotSupportedError(
                "trajectory: variances along an eigenvalue are certified on the line only; "
                "accepted: an amplifying run in d = 1"
            )

    @property
    def undecided(self) -> dict[str, str]:
        """Nothing."""
        return {}

    @cached_property
    def _exact(self) -> tuple[fmpq, fmpq, fmpq, fmpq, fmpq, fmpq]:
        run = self.trajectories[0]
        channel, data = run.channels[0], run.data
        numbers = (channel.matrix[0, 0], channel.offset[0], channel.noise[0, 0], data.mean[0], data.cov[0, 0])
        gain, offset, noise, mean, variance = (rational(float(number)) for number in numbers)
        return gain, offset, noise, mean, variance, rational(float(run.fresh[0]))

    def variance(self, generation: int) -> Enclosure:
        """Return the variance of a model, a rational number."""
        gain, offset, noise, mean, spread, fresh = self._exact
        start = self.trajectories[0].start
        weights = [rational(float(weight)) for weight in start.weights]
        centres = [rational(float(centre)) for centre in start.means[:, 0]]
        whole = sum(weights, fmpq(0))
        here = sum((w * m for w, m in zip(weights, centres, strict=True)), fmpq(0)) / whole
        rows = zip(weights, centres, start.covs[:, 0, 0], strict=True)
        now = sum((w * (rational(float(v)) + (m - here) ** 2) for w, m, v in rows), fmpq(0)) / whole
        for _ in range(generation):
            now = gain**2 * (fresh * spread + (1 - fresh) * now + fresh * (1 - fresh) * (mean - here) ** 2) + noise
            here = gain * (fresh * mean + (1 - fresh) * here) + offset
        return _enclosed(lambda: arb(now), "rational numbers")

    def tail(self, distance: Array) -> Enclosure:
        """Return ``P(|X - m| > distance)`` of the limit: a sum over ages in balls, and all older ones."""
        gain, offset, noise, mean, spread, fresh = self._exact
        x, count = rational(float(distance[0])), self.weights[0].shape[1]

        def total() -> Ball:
            centre, variance, weight, found = arb(mean), arb(spread), arb(fresh), arb(0)
            for _ in range(count):
                centre, variance = gain * centre + offset, gain**2 * variance + noise
                width, gap = (2 * variance).sqrt(), centre - mean
                found += weight * (((x - gap) / width).erfc() + ((x + gap) / width).erfc()) / 2
                weight *= 1 - fresh
            return found + arb(1).union(arb(0)) * arb(1 - fresh) ** count

        return _enclosed(total, "sum over generations")


class CertifiedRefitStatistics(RefitStatistics):
    """Moments of logarithms of chi-squared variables by integration by parts, certified; shape (1,) each.

    ``E log X_{m+2} = E log X_m + 2/m`` and ``Var log X_{m+2} = Var log X_m - 4/m^2``, from m = 1, 2, where they are
    ``-g - log 2``, ``log 2 - g`` and ``pi^2/2``, ``pi^2/6``, g Euler's constant.

    Parameters
    ----------
    refit : Refit
        Of any size.
    """

    def __init__(self, refit: Refit) -> None:
        super().__init__([refit])

    @property
    def undecided(self) -> dict[str, str]:
        """Nothing."""
        return {}

    @cached_property
    def mean_log(self) -> Enclosure:
        """Mean of ``log det S' - log det S``."""

        def factor(freedom: int) -> Ball:
            euler, two = arb.const_euler(), arb(2).log()
            start = two - euler if freedom % 2 == 0 else -two - euler
            steps = (arb(2) / m for m in range(2 - freedom % 2, freedom, 2))
            return sum(steps, start) - arb(self.refits[0].samples).log()

        return self._summed(factor)

    @cached_property
    def variance_log(self) -> Enclosure:
        """Variance of ``log det S' - log det S``."""

        def factor(freedom: int) -> Ball:
            start = arb.pi() ** 2 / (6 if freedom % 2 == 0 else 2)
            return sum((-arb(4) / m**2 for m in range(2 - freedom % 2, freedom, 2)), start)

        return self._summed(factor)

    @cached_property
    def mean_variance(self) -> Enclosure:
        """Mean of ``S'_11/S_11``: that of a chi-squared variable is its degrees of freedom."""
        samples = self.refits[0].samples
        return _enclosed(lambda: arb(samples - 1) / samples, "integration by parts")

    def _summed(self, factor: Callable[[int], Ball]) -> Enclosure:
        refit = self.refits[0]
        freedoms = [refit.samples - j for j in range(1, refit.dim + 1)]
        return _enclosed(lambda: sum((factor(m) for m in freedoms), arb(0)), "integration by parts")

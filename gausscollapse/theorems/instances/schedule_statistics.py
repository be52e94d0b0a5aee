"""Statistics of processes in the parameter of a noise schedule, beside those in the package's clock.

Nothing here uses the change of time: moments of the data are those of the schedule's own forward process, learned
moments solve its own differential equations.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import AbsentStatisticError, InvalidArgumentError
from gausscollapse.core.named import Named
from gausscollapse.core.validation import Array
from gausscollapse.divergences.divergence import kl
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.noise import NoiseSchedule
from gausscollapse.process.exact.batch import Batch
from gausscollapse.process.exact.statistics import LinearStatistics
from gausscollapse.sampling import DiscretisedProcess

TOLERANCE, WIDTH, PANELS = 1e-9, 1e-6, 20


class ScheduleStatistics(Named):
    """Statistics of B processes with noise schedules, of one dimension; every enclosure has shape (B,).

    Parameters
    ----------
    samplers : sequence of DiscretisedProcess
        B of them, with Gaussian data, an affine error without a target, and a schedule each.
    """

    def __init__(self, samplers: Sequence[DiscretisedProcess]) -> None:
        self.samplers = tuple(samplers)

    @property
    def size(self) -> int:
        """Number B of processes."""
        return len(self.samplers)

    @cached_property
    def clock(self) -> LinearStatistics:
        """The exact statistics in the package's clock."""
        return LinearStatistics(Batch.of([sampler.process for sampler in self.samplers]))

    @property
    def ideal_energy(self) -> Enclosure:
        """``eps*^2`` in the clock."""
        return self.clock.ideal_energy

    @property
    def learned_energy(self) -> Enclosure:
        """``eps^^2`` in the clock."""
        return self.clock.learned_energy

    @property
    def kl(self) -> Enclosure:
        """``KL(p^ || q)`` in the clock, in nats."""
        return self.clock.kl

    def native_ideal_energy(self, weight: float) -> Enclosure:
        """Return ``E int beta^weight |e|^2 du``, of an exploding schedule with ``(d sigma^2/du)^weight``."""
        values = [
            [_ideal_energy(sampler, weight, count) for count in (PANELS, PANELS - 8)] for sampler in self.samplers
        ]
        fine, coarse = np.array(values).T
        error = 2.0 * np.abs(fine - coarse) + 1e-12 * np.abs(fine)
        return Enclosure(fine, fine - error, fine + error, "Gauss-Legendre in the schedule's parameter", "numeric")

    @cached_property
    def native_learned(self) -> tuple[Enclosure, Enclosure]:
        """Learned energy and KL of the endpoints, from the schedule's own moment equations."""
        pairs = np.array([_learned(sampler) for sampler in self.samplers])
        found = []
        for values in pairs.T:
            error = WIDTH * np.maximum(np.abs(values), np.abs(pairs[:, 0]))
            found.append(Enclosure(values, values - error, values + error, "moments by DOP853", "numeric"))
        return found[0], found[1]


class _Native:
    """The schedule's own forward and reverse process of a Gaussian with an affine error."""

    def __init__(self, sampler: DiscretisedProcess) -> None:
        schedule, process = sampler.schedule, sampler.process
        if not isinstance(schedule, NoiseSchedule):
            raise AbsentStatisticError("schedule", "the sampler has none")
        if not process.is_linear or process.form.share != 0.0 or np.any(process.form.response):
            raise AbsentStatisticError(
                "native energy", "it needs Gaussian data, and an error that time does not change"
            )
        self.schedule, self.data = schedule, process.gaussian
        try:
            self.ends = schedule.parameter(np.array([process.diffusion.stop, process.diffusion.horizon]))
        except InvalidArgumentError:
            raise AbsentStatisticError("schedule", "its clock does not reach from stop to horizon") from None
        self.eye = np.eye(process.dim)
        at = np.vstack([0.0 * self.data.mean, self.eye])
        values = np.asarray(process.error.evaluate(at, process.diffusion.horizon, data=self.data))
        # Affine and constant in time.
        self.slope, self.offset = (values[1:] - values[0]).T, values[0]

    def rate(self, u: ArrayLike) -> Array:
        """Return beta, or the rate of sigma^2, at parameters of any shape."""
        beta = self.schedule.beta(u)
        return beta * (1.0 + self.schedule.sigma(u) ** 2) if self.schedule.exploding else beta

    def law(self, u: ArrayLike) -> tuple[Array, Array]:
        """Return means (..., d) and covariances (..., d, d) of the schedule's forward marginals."""
        noise = self.schedule.sigma(u)[..., None] ** 2
        cov = self.data.cov + noise[..., None] * self.eye
        if self.schedule.exploding:
            return self.data.mean + 0.0 * noise, cov
        keep = 1.0 / (1.0 + noise)
        return np.sqrt(keep) * self.data.mean, keep[..., None] * cov

    def affine(self, u: ArrayLike) -> tuple[Array, Array]:
        """Return slope and offset of the error in the schedule's state, ``exp(-t/2) e(exp(-t/2) x)`` if exploding."""
        if not self.schedule.exploding:
            return self.slope, self.offset
        keep = 1.0 / (1.0 + self.schedule.sigma(u)[..., None] ** 2)
        return keep[..., None] * self.slope, np.sqrt(keep) * self.offset

    def square(self, u: ArrayLike, mean: Array, cov: Array) -> Array:
        """Return ``E|e|^2`` under Gaussians."""
        slope, offset = self.affine(u)
        centre = (slope @ mean[..., None])[..., 0] + offset
        return np.asarray(np.sum(centre**2, axis=-1) + np.sum((slope @ cov) * slope, axis=(-2, -1)))


def _ideal_energy(sampler: DiscretisedProcess, weight: float, count: int) -> float:
    native = _Native(sampler)
    nodes, weights = _gauss(count)
    low, high = native.ends
    # In panels that halve towards the clean end, where exploding schedules are steep.
    edges = low + (high - low) * np.append(0.0, 2.0 ** np.arange(-4.0, 1.0))
    halves = 0.5 * np.diff(edges)[:, None]
    u = (edges[:-1, None] + halves * (1.0 + nodes)).ravel()
    return float((halves * weights).ravel() @ (native.rate(u) ** weight * native.square(u, *native.law(u))))


@cache
def _gauss(count: int) -> tuple[Array, Array]:
    return np.polynomial.legendre.leggauss(count)


def _learned(sampler: DiscretisedProcess) -> tuple[float, float]:
    """Return learned energy and KL of the endpoints, from mean and covariance as the parameter goes down."""
    from scipy.integrate import solve_ivp

    native, d = _Native(sampler), sampler.process.dim
    pull = 0.0 if native.schedule.exploding else 0.5

    def change(s: float, state: Array) -> Array:
        u = float(np.clip(native.ends[1] - s, 0.0, 1.0))
        mean, cov = state[:d], state[d:-1].reshape(d, d)
        centre, spread = native.law(u)
        slope, offset = native.affine(u)
        precision = np.linalg.inv(spread)
        drift = pull * native.eye - precision + slope
        rate, moved = native.rate(u), drift @ cov
        new_mean = drift @ mean + precision @ centre + offset
        energy = native.square(u, mean, cov)[None]
        found: Array = rate * np.concatenate([new_mean, (moved + moved.T + native.eye).ravel(), energy])
        return found

    mean, cov = native.law(float(native.ends[1]))
    begin = np.concatenate([mean, cov.ravel(), [0.0]])
    span = (0.0, float(native.ends[1] - native.ends[0]))
    end = solve_ivp(change, span, begin, method="DOP853", rtol=TOLERANCE, atol=1e-13).y[:, -1]
    cov = end[d:-1].reshape(d, d)
    learned = Gaussian(end[:d], 0.5 * (cov + cov.T))
    return float(end[-1]), float(kl(learned, Gaussian(*native.law(float(native.ends[0])))))

"""Runs of one amplifying channel: variances of models along its largest eigenvalue, and the tail of the limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gausscollapse.checking.comparison import Flags
from gausscollapse.checking.sides import around, rounded
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.named import Named
from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.retraining.channels import AffineChannel
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.theorems.instances.stopping_steps import replaced

# Periods of log |F| after which the tail of the limit is looked at, and what may be left out of a sum over ages.
PERIODS, LEFT_OUT = (2.0, 12.0, 48.0), 1e-18
CLOSED = "sum over generations"


@dataclass(frozen=True)
class Seen:
    """A run seen along a left eigenvector w of F with the largest eigenvalue, ``w* F = z w*``.

    Parameters
    ----------
    gain, fresh : float
        ``|z|`` and a.
    variances, errors : ndarray, shape (N + 1,)
        ``w* Cov(p^_n) w`` of the models and bounds of their errors.
    data, noise : Enclosure
        ``w* V w`` of the data, ``w* H w``.
    line : bool
        Whether d = 1.
    """

    gain: float
    fresh: float
    variances: Array
    errors: Array
    data: Enclosure
    noise: Enclosure
    line: bool


def one_channel(trajectory: Trajectory) -> AffineChannel | None:
    """Return the channel of every generation where it is one, the last model is kept, and data is Gaussian."""
    if not replaced(trajectory) or trajectory.generations == 0 or not isinstance(trajectory.data, Gaussian):
        return None
    first = trajectory.channels[0]
    same = all(channel == first for channel in trajectory.channels)
    return first if same and np.all(trajectory.fresh == trajectory.fresh[0]) else None


def _amplified(trajectory: Trajectory) -> Seen | None:
    """Return what is seen of a run, None where it is of another kind."""
    channel = one_channel(trajectory)
    if channel is None or not 0.0 < trajectory.fresh[0] < 1.0:
        return None
    values, vectors = np.linalg.eig(channel.matrix.T)
    largest = int(np.argmax(np.abs(values)))
    gain, w = float(np.abs(values[largest])), vectors[:, largest].conj()
    gaps = trajectory.means - trajectory.data.mean
    spread = np.sqrt(np.trace(trajectory.covs, axis1=1, axis2=2))
    if gain <= 1.0 or np.any(np.linalg.norm(gaps, axis=1) > 1e-9 * spread):
        return None
    return _along(trajectory, channel, w, values[largest], np.linalg.norm(gaps, axis=1))


def _along(trajectory: Trajectory, channel: AffineChannel, w: Array, root: complex, gaps: Array) -> Seen:
    """Return the run along w; roundings are counted on sums of absolute values, which no sign makes smaller."""
    fresh, dim, gain = float(trajectory.fresh[0]), channel.dim, float(np.abs(root))
    keep, size, steep = 1.0 - fresh, np.abs(w), np.abs(channel.matrix)
    defect = float(np.linalg.norm(w.conj() @ channel.matrix - root * w.conj())) + 8.0 * EPS * dim * float(
        size @ steep @ np.ones(dim)
    )  # fmt: skip
    data, first = np.abs(trajectory.data.cov), np.abs(trajectory.covs[0])
    variances = np.einsum("i,nij,j->n", w.conj(), trajectory.covs, w).real
    wide, errors, drift = first, np.empty(len(variances)), 0.0
    for n in range(len(variances)):
        if n:
            trained = fresh * data + keep * wide
            # w is a left eigenvector up to its defect, and the mean stays up to the gap.
            off = (2.0 * gain * defect + defect**2) * float(np.trace(trained))
            drift = keep * gain**2 * drift + off + (gain + defect) ** 2 * float(np.max(gaps)) ** 2
            wide = steep @ trained @ steep.T + np.abs(channel.noise)
        errors[n] = 32.0 * EPS * (n + 4.0) * dim * float(size @ wide @ size) + drift
    pair = [
        around(float((w.conj() @ part @ w).real), 8.0 * EPS * dim * float(size @ np.abs(part) @ size), CLOSED)
        for part in (trajectory.data.cov, channel.noise)
    ]
    return Seen(gain, fresh, variances, errors, pair[0], pair[1].clipped(at_least=0.0), dim == 1)


# What stands for a run of another kind, of which nothing is asked.
OTHER = Seen(2.0, 0.9, np.ones(1), np.zeros(1), Enclosure.exact(1.0), Enclosure.exact(1.0), False)


class AmplifiedStatistics(Named):
    """Variances along the largest eigenvalue of the channel, for B runs of N generations each; shape (B,).

    Parameters
    ----------
    trajectories : sequence of Trajectory
        B of them, of one length.
    """

    def __init__(self, trajectories: Sequence[Trajectory]) -> None:
        self.trajectories = tuple(trajectories)
        seen = [_amplified(run) for run in trajectories]
        self.amplified = np.array([run is not None for run in seen])
        self._seen = [OTHER if run is None else run for run in seen]

    @property
    def size(self) -> int:
        """Number B of runs."""
        return len(self.trajectories)

    @property
    def generations(self) -> int:
        """Number N of generations."""
        return self.trajectories[0].generations

    @cached_property
    def gain(self) -> Array:
        """Largest modulus of an eigenvalue of F."""
        return np.array([run.gain for run in self._seen])

    @cached_property
    def fresh(self) -> Array:
        """Fresh fraction a."""
        return np.array([run.fresh for run in self._seen])

    @cached_property
    def on_the_line(self) -> Flags:
        """Where d = 1."""
        return np.array([run.line for run in self._seen])

    @cached_property
    def data(self) -> Enclosure:
        """Variance of the data."""
        return _stacked([run.data for run in self._seen])

    @cached_property
    def noise(self) -> Enclosure:
        """Variance of the channel's noise."""
        return _stacked([run.noise for run in self._seen])

    def variance(self, generation: int) -> Enclosure:
        """Return the variance of a model."""
        of_other = len(OTHER.variances) - 1
        rows = [(run, min(generation, of_other) if run is OTHER else generation) for run in self._seen]
        middle, error = np.array([(run.variances[n], run.errors[n]) for run, n in rows]).T
        return around(middle, error, "moments of the models").clipped(at_least=0.0)

    @cached_property
    def weights(self) -> tuple[Array, Array]:
        """Weights ``a (1 - a)^(k-1)`` of the ages k = 1..K, shape (B, K), and the mass of all older ones, (B,)."""
        least = float(np.min(self.fresh[self.amplified], initial=0.9))
        count = int(max(PERIODS) + np.ceil(np.log(LEFT_OUT) / np.log1p(-least)))
        ages = np.arange(float(count))
        logs = np.log1p(-self.fresh)
        return self.fresh[:, None] * np.exp(logs[:, None] * ages), np.exp(logs * count)

    @cached_property
    def spreads(self) -> Array:
        """Variances of the components of age k in the limit, ``F^2k V + H (1 + F^2 + ... + F^(2k-2))``, (B, K)."""
        data, noise, square = np.asarray(self.data.value), np.asarray(self.noise.value), self.gain**2
        found, now = [], data
        with np.errstate(over="ignore"):
            for _ in range(self.weights[0].shape[1]):
                now = square * now + noise
                found.append(now)
        return np.array(found).T

    def tail(self, distance: Array) -> Enclosure:
        """Return ``P(|X - m| > distance)`` of the limit, a sum over ages, with its rounding and what is left out."""
        from scipy.special import erfc

        weights, older = self.weights
        with np.errstate(over="ignore", under="ignore"):
            z = distance[:, None] / np.sqrt(2.0 * self.spreads)
            parts = weights * erfc(z)
            # erfc moves by (2/sqrt pi) z exp(-z^2) times the relative error of z, weights by that of their powers.
            steep = weights * z * np.exp(-(z**2))
        ages = 8.0 + np.arange(1.0, weights.shape[1] + 1.0)
        error = 8.0 * EPS * np.sum(ages * (parts + 2.0 * steep), axis=1)
        total = np.sum(parts, axis=1)
        return Enclosure(total, np.maximum(total - error, 0.0), total + error + 2.0 * older, CLOSED, "closed-form")

    @cached_property
    def scales(self) -> tuple[Enclosure, Enclosure]:
        """The two scales of the tail, the roots of V and of ``V + H/(F^2 - 1)``."""
        return self.data.sqrt(), (self.data + self.noise / rounded(self.gain**2 - 1.0, power=self._cancelled)).sqrt()

    @cached_property
    def _cancelled(self) -> Array:
        """How often nine roundings are counted of ``F^2 - 1``."""
        return 1.0 + self.gain**2 / (self.gain**2 - 1.0)


def _stacked(parts: Sequence[Enclosure]) -> Enclosure:
    middle, low, high = (
        np.array([float(getattr(part, end)) for part in parts]) for end in ("value", "lower", "upper")
    )
    return Enclosure(middle, low, high, parts[0].method, "closed-form")

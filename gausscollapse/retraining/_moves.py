"""What one channel does to components of a pool: means, covariances, deviations, and bounds of their rounding."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.retraining._component_pool import Components
from gausscollapse.retraining._long_weights import two_sum
from gausscollapse.retraining.channels import AffineChannel


@dataclass(frozen=True, eq=False)
class Move:
    """A channel as seen from the reference law of the deviations.

    Parameters
    ----------
    channel : AffineChannel
        ``x -> F x + c + N(0, H)``.
    mean, cov : ndarray, shape (d,) and (d, d)
        m and S of the reference.
    """

    channel: AffineChannel
    mean: Array
    cov: Array

    @cached_property
    def _eye(self) -> Array:
        return _eye(self.channel.dim)

    @cached_property
    def _pulls(self) -> tuple[Array, Array]:
        """What the channel adds to deviations of mean and covariance.

        ``F m + c - m = (F - I) m + c`` and ``F S F^T + H - S = G S + S G^T + G S G^T + H`` with G = F - I.
        """
        slope = self.channel.matrix - self._eye
        half = slope @ self.cov
        return slope @ self.mean + self.channel.offset, half + half.T + half @ slope.T + self.channel.noise

    @cached_property
    def _sizes(self) -> tuple[Array, float]:
        """The sizes before cancellation of what the channel adds to deviations."""
        channel, steps = self.channel, np.abs(self.channel.matrix - self._eye)
        halves = steps @ np.abs(self.cov)
        largest = np.max(halves + halves.T + halves @ steps.T + np.abs(channel.noise))
        return steps @ np.abs(self.mean) + np.abs(channel.offset), float(largest)

    def image(self, old: Components) -> Components:
        """Return the images of components."""
        channel, eye = self.channel, self._eye
        if channel.matrix[0, 0] == 1.0 and np.array_equal(channel.matrix, eye):
            return self._added(old)
        matrix, turned = channel.matrix, channel.matrix.T
        mean_pull, cov_pull = self._pulls
        size = np.abs(matrix)
        # What cancels in a sum counts with its size before.
        mean_size = np.abs(old.mean_shifts) @ size.T + self._sizes[0]
        cov_size = norms(size @ np.abs(old.cov_shifts) @ size.T) + self._sizes[1]
        unit = 4.0 * EPS * (channel.dim + 2.0)
        return Components(
            old.means @ turned + channel.offset,
            _symmetric(matrix @ old.covs @ turned) + channel.noise,
            old.mean_shifts @ turned + mean_pull,
            _symmetric(matrix @ old.cov_shifts @ turned) + cov_pull,
            matrix @ old.mean_errors @ turned + mean_bounds(unit * mean_size),
            matrix @ old.cov_errors @ turned + cov_bounds(unit * cov_size, channel.dim),
            old.ages + 1,
        )

    def _added(self, old: Components) -> Components:
        """Return the images where F = I: additions alone round, relative to their result."""
        channel = self.channel
        mean_shifts, mean_lost = two_sum(old.mean_shifts, channel.offset)
        cov_shifts, cov_lost = two_sum(old.cov_shifts, channel.noise)
        mean_size = np.abs(mean_shifts) * (mean_lost != 0.0)
        cov_size = norms(cov_shifts * (cov_lost != 0.0))
        return Components(
            old.means + channel.offset,
            old.covs + channel.noise,
            mean_shifts,
            cov_shifts,
            old.mean_errors + mean_bounds(EPS * mean_size),
            old.cov_errors + cov_bounds(EPS * cov_size, channel.dim),
            old.ages + 1,
        )


def norms(matrices: Array) -> Array:
    """Return the largest absolute entry of each matrix."""
    return np.asarray(np.max(np.abs(matrices), axis=(1, 2)))


def mean_bounds(sizes: Array) -> Array:
    """Return diagonal bounds of ``e e^T`` in the Loewner order for errors e (n, d) of at most these sizes."""
    dim = sizes.shape[1]
    return np.asarray((sizes**2 * dim)[:, :, None] * _eye(dim))


def cov_bounds(sizes: Array, dim: int) -> Array:
    """Return multiples of I that bound symmetric errors (n, d, d) of entries of at most these sizes (n,)."""
    return np.asarray((dim * sizes)[:, None, None] * _eye(dim))


@cache
def _eye(dim: int) -> Array:
    """Return the identity, which is not to be written to."""
    return np.eye(dim)


def _symmetric(x: Array) -> Array:
    return np.asarray(0.5 * (x + np.swapaxes(x, -1, -2)))

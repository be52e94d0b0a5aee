"""Kernel density: the exact score of a Gaussian kernel density estimate at every time of the forward process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.threads import in_turns, thread_count
from gausscollapse.core.validation import (
    Array,
    as_count,
    as_generator,
    as_number,
    as_points,
    as_size,
    frozen,
    require_finite,
)
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import LOG_TWO_PI
from gausscollapse.learners.base import LearnedModel, Learner


@dataclass(frozen=True, eq=False)
class KernelDensityModel(LearnedModel):
    """The law ``(1/n) sum_j N(x_j, bandwidth^2 I)``.

    Parameters
    ----------
    centres : ndarray, shape (n, d)
        The samples.
    bandwidth : float
        Standard deviation of the kernel.
    threads : int or None
        Threads of an evaluation, from 1 to 4096, by default as many as numba may use; no result depends on it.
    least_samples : int
        Number of samples that the learner needs at least.
    exact : bool
        Whether `sample` draws from the learned law itself.

    Notes
    -----
    At time t it is ``(1/n) sum_j N(a x_j, v I)``, ``a = exp(-t/2)``, ``v = a^2 bandwidth^2 + 1 - a^2``, with score
    ``(a sum_j p_j(x) x_j - x)/v`` and p the posterior of the kernels. Work space of an evaluation is a few kilobytes
    a thread, whatever n.

    Examples
    --------
    One centre at 1 and bandwidth 1 are N(1, 1), whose score is 1 - x:

    >>> import gausscollapse as gc
    >>> model = gc.KernelDensityLearner(1.0).fit([1.0], gc.OrnsteinUhlenbeck())
    >>> model.score([0.0, 3.0], 0.0)
    array([ 1., -2.])
    >>> print(model.logpdf([1.0], 0.5).round(6))  # at time 1/2 the mean is exp(-1/4): -0.918939 - 0.2212^2/2
    [-0.943403]
    >>> model.sample(4, 1).shape
    (4, 1)
    """

    centres: Array
    bandwidth: float
    threads: int | None = None
    least_samples: int = 1
    exact: bool = True

    @property
    def dim(self) -> int:
        """Dimension d."""
        return int(self.centres.shape[1])

    def score(self, x: ArrayLike, t: float) -> Array:
        """Return the exact score of the estimate at forward time `t` at points `(n, d)`, in the shape of `x`."""
        scores, _ = self._evaluate(x, as_number("t", t, at_least=0.0))
        return require_finite("x", x, scores).reshape(np.shape(x))

    def logpdf(self, x: ArrayLike, t: float = 0.0) -> Array:
        """Return the log-density in nats at forward time `t` at points `(n, d)`; shape (n,), or () for one point."""
        shape = as_points("x", x, self.dim)[1]
        return self._evaluate(x, as_number("t", t, at_least=0.0))[1].reshape(shape)

    def sample(self, n: int, rng: int | np.random.Generator) -> Array:
        """Return `n` independent draws, up to 4 GiB, shape (n, d): a centre, drawn with replacement, and a normal."""
        generator = as_generator("rng", rng)
        chosen = generator.integers(0, self.centres.shape[0], size=as_size("n", n, each=16.0 * self.dim + 8.0))
        return self.centres[chosen] + self.bandwidth * generator.standard_normal((n, self.dim))

    def _evaluate(self, x: ArrayLike, t: float) -> tuple[Array, Array]:
        from gausscollapse.learners import _kernel_density_kernels as kernels

        points = np.ascontiguousarray(as_points("x", x, self.dim)[0])
        keep, noise = float(np.exp(-0.5 * t)), float(-np.expm1(-t))
        variance = keep**2 * self.bandwidth**2 + noise
        scores, logs = np.empty_like(points), np.empty(points.shape[0])

        def work_through(tasks: Iterable[tuple[int, int]]) -> None:
            for first, blocks in tasks:
                part = slice(first * kernels.QUERIES, (first + blocks) * kernels.QUERIES)
                kernels.scores(points[part], self.centres, keep, variance, scores[part], logs[part])

        in_turns(work_through, -(-points.shape[0] // kernels.QUERIES), thread_count(self.threads))
        logs -= np.log(self.centres.shape[0]) + 0.5 * self.dim * (LOG_TWO_PI + np.log(variance))
        return scores, logs


@dataclass(frozen=True)
class KernelDensityLearner(Learner[KernelDensityModel]):
    """Fits a Gaussian kernel density estimate.

    Parameters
    ----------
    bandwidth : float
        Standard deviation h > 0 of the kernel, in units of the data.
    centres : int, optional
        Number of samples that are kept as centres, the first ones; all by default.
    threads : int, optional
        Threads of an evaluation, from 1 to 4096; no result depends on it.

    Raises
    ------
    InvalidArgumentError
        If a parameter is out of range.

    Notes
    -----
    In the limit of many samples this is the channel `gausscollapse.retraining.channels.kernel_density`.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> learner = gc.KernelDensityLearner(0.5, centres=2)
    >>> learner.least_samples(1)
    2
    >>> learner.fit([1.0, 2.0, 3.0], gc.OrnsteinUhlenbeck()).centres.ravel()
    array([1., 2.])
    """

    bandwidth: float
    centres: int | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        as_number("bandwidth", self.bandwidth, above=0.0)
        if self.centres is not None:
            as_count("centres", self.centres, at_least=1)
        if self.threads is not None:
            thread_count(self.threads)

    def least_samples(self, dim: int) -> int:  # noqa: ARG002
        """Return the number of centres asked for, 1 by default."""
        return self.centres or 1

    def _fit(self, points: Array, diffusion: OrnsteinUhlenbeck, key: int) -> KernelDensityModel:  # noqa: ARG002
        kept = frozen(np.ascontiguousarray(points[: self.centres]))
        return KernelDensityModel(kept, float(self.bandwidth), self.threads, self.least_samples(kept.shape[1]))

"""Euler-Maruyama for mixtures of isotropic Gaussians, at a cost that hardly grows with the dimension.

Retraining by kernel density makes such mixtures: every mean of the data at every age. The score of one is radial
outside the span of the means, so there the squared distance alone is simulated: the chain has the law of `simulate`
exactly, discretisation included, but for exponentials that are good to 2e-12.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.threads import in_turns, thread_count
from gausscollapse.core.validation import Array, as_key, as_size, as_word, frozen
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.mixture import Law, as_law
from gausscollapse.process.errors import AffineError
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling._blocks import aligned
from gausscollapse.sampling._stability import require_stable
from gausscollapse.sampling.euler_maruyama import simulate
from gausscollapse.sampling.grids import grid_name, time_grid
from gausscollapse.sampling.schemes import scheme_steps
from gausscollapse.sampling.simulation import Simulation

LOG2_E = float(np.log2(np.e))
# Nats by which an exponent may exceed that of every probe: 2^1000 is far.
WIDEST_GAP = 600.0
# Base-2 logarithm of the weight of a component that is there to make their number even.
WITHOUT_WEIGHT = -1e6


def perfect_process(law: Law, diffusion: OrnsteinUhlenbeck, start: str = "marginal") -> ReverseProcess:
    """Return the reverse process whose score is that of `law` itself."""
    return ReverseProcess(law, diffusion, AffineError(np.zeros((law.dim, law.dim)), np.zeros(law.dim)), start=start)


@checked
def sample_reverse(
    law: Law,
    diffusion: OrnsteinUhlenbeck,
    n: int,
    steps: int,
    rng: int | np.random.Generator,
    *,
    grid: str | ArrayLike = "uniform",
    start: str = "marginal",
    generation: int = 0,
    threads: int | None = None,
) -> Simulation:
    """Simulate the reverse process that is driven by the exact score of `law`, in the cheapest exact way.

    Parameters
    ----------
    law : Gaussian or GaussianMixture
        Law at time 0 whose marginals' score drives the process.
    diffusion, n, steps, rng, grid, generation, threads
        As in `simulate`.
    start : {"marginal", "standard-normal"}
        Law of the start, as in `ReverseProcess`.

    Returns
    -------
    Simulation
        `endpoint` (n, d); its `method` says what was done.

    Raises
    ------
    InvalidArgumentError
        If `law` is no law, or as `simulate`.

    Notes
    -----
    Mixtures of isotropic Gaussians of different variances, whose means span fewer dimensions than they live in, are
    simulated in that span and one radius; all others by `simulate`. Source: *own*.

    Examples
    --------
    The reverse process of N(2, 1) ends at N(2, 1), up to its steps:

    >>> import gausscollapse as gc
    >>> run = gc.sample_reverse(gc.Gaussian(2.0, 1.0), gc.OrnsteinUhlenbeck(2.0, 0.01), 4000, 50, 1)
    >>> bool(abs(run.endpoint.mean() - 2.0) < 0.1)  # five standard errors and the early stop
    True
    """
    process = perfect_process(as_law("law", law), diffusion, start)
    split = _span(law)
    if split is None:
        return simulate(process, n, steps, rng, grid=grid, generation=generation, threads=threads)
    times = time_grid(diffusion, steps, grid)
    paths = as_size("n", n, each=8.0 * law.dim)
    key = np.array([as_key("rng", rng), as_word("generation", generation)], dtype=np.uint64)
    require_stable(process, scheme_steps(times), steps, grid)
    endpoint = _Chain(law, split, process, times).endpoints(key, paths, thread_count(threads))
    words = f"{split[0].shape[0]} coordinates and one radius of {law.dim} simulated"
    return Simulation(
        endpoint, times, "learned", np.zeros(0), np.zeros((0, paths, law.dim)),
        f"Euler-Maruyama, {times.size - 1} steps, {grid_name(grid)} grid, {words}",
    )  # fmt: skip


def _span(law: Law) -> tuple[Array, Array] | None:
    """Return orthonormal rows of the span of the means and of its complement; None where that does not help."""
    variances = law.covs[:, 0, 0]
    if np.all(variances == variances[0]) or np.any(law.covs != variances[:, None, None] * np.eye(law.dim)):
        return None
    _, sizes, directions = np.linalg.svd(law.means)
    scale = max(float(np.max(np.abs(law.means))), float(np.sqrt(np.min(variances))))
    rank = int(np.sum(sizes > 1e-12 * scale * np.sqrt(law.weights.size)))
    return None if rank >= law.dim - 1 else (frozen(directions[:rank]), frozen(directions[rank:]))


def _probes(law: Law) -> Any:
    """Return components of which one is, at every point and time, at most 600 nats below the greatest exponent.

    A wider component j is below a narrower one k by at most
    ``log(w_k/w_j) + d/2 log(v_j/v_k) + |m_k - m_j|^2/(2 (v_j - v_k))``, whatever the time: squares of means and
    differences of variances shrink alike. They are gone through from the widest on.
    """
    variances = law.covs[:, 0, 0]
    chosen: list[int] = []
    for k in np.argsort(-variances, kind="stable"):
        for j in chosen:
            shift = float(np.sum((law.means[k] - law.means[j]) ** 2))
            wider = float(variances[j] - variances[k])
            apart = 0.0 if shift == 0.0 else np.inf if wider <= 0.0 else shift / (2.0 * wider)
            ratio = float(np.log(law.weights[k] / law.weights[j]))
            if ratio + 0.5 * law.dim * float(np.log(variances[j] / variances[k])) + apart <= WIDEST_GAP:
                break
        else:
            chosen.append(int(k))
    return np.array(chosen, dtype=np.int64)


class _Chain:
    """The chain of a mixture in the span of its means and one radius, as arrays for the kernels."""

    def __init__(self, law: Law, split: tuple[Array, Array], process: ReverseProcess, times: Array) -> None:
        self.inside, self.outside = (np.ascontiguousarray(part) for part in split)
        self.probes, count = _probes(law), law.weights.size
        # Two components a pass: an odd one is followed by a copy without weight.
        order = np.concatenate([np.arange(count), np.zeros(count % 2, dtype=np.int64)])
        begin, gaps = times[:-1, None], -np.diff(times)
        variances = law.covs[order, 0, 0]
        precisions = 1.0 / (np.exp(-begin) * variances - np.expm1(-begin))
        means = np.exp(-0.5 * begin)[:, :, None] * (law.means[order] @ self.inside.T)
        slopes = -0.5 * LOG2_E * precisions
        constants = np.log2(law.weights[order]) + 0.5 * law.dim * np.log2(precisions)
        constants = constants + slopes * np.sum(means**2, axis=2)
        constants[:, count:] = WITHOUT_WEIGHT
        lines = -2.0 * slopes[:, :, None] * means
        parts = [means, lines, constants, slopes, precisions]
        self.count = order.size
        self.table = np.ascontiguousarray(np.concatenate([part.reshape(len(begin), -1) for part in parts], axis=1))
        self.steps = np.ascontiguousarray(np.stack([gaps, np.sqrt(gaps)], axis=1))
        self.start = self._start(law, times[0]) if process.matched else self._standard_start()

    def _start(self, law: Law, horizon: float) -> tuple[Array, Array, Array]:
        """Return cumulative weights, means (K, r) and deviations (K,) at the horizon."""
        centres = np.exp(-0.5 * horizon) * law.means @ self.inside.T
        deviations = np.sqrt(np.exp(-horizon) * law.covs[:, 0, 0] - np.expm1(-horizon))
        return np.cumsum(law.weights), np.ascontiguousarray(centres), deviations

    def _standard_start(self) -> tuple[Array, Array, Array]:
        return np.ones(1), np.zeros((1, self.inside.shape[0])), np.ones(1)

    def endpoints(self, key: np.ndarray, paths: int, threads: int) -> Array:
        """Return the ends of `paths` paths, shape (paths, d)."""
        from gausscollapse.core.random_kernels import BLOCK, STREAM_ROWS
        from gausscollapse.sampling import _isotropic_kernels as kernels

        r, degrees = self.inside.shape[0], self.outside.shape[0]
        rows, columns = kernels.rows_of(r, degrees), kernels.columns_of(self.count, r)
        out = np.empty((paths, r + degrees))

        def work_through(tasks: Iterable[tuple[int, int]]) -> None:
            work, state = aligned((rows.size * BLOCK,), np.float64), aligned((STREAM_ROWS * BLOCK,), np.uint64)
            for first, blocks in tasks:
                kernels.run_radial_blocks(
                    blocks, first, key, paths, r, degrees, rows, columns, self.start, self.probes, self.steps,
                    self.table, (self.inside, self.outside), work, state, out,
                )  # fmt: skip

        in_turns(work_through, -(-paths // BLOCK), threads)
        return out

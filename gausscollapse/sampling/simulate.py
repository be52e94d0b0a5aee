"""Euler-Maruyama simulation of reverse processes: the ground truth where no closed law exists.

Every path has its own stream of random numbers, keyed by (seed, generation, path): results are the same bits for
any number of threads and any split of the paths, and two processes that are run with one key share their noise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError
from gausscollapse.core.threads import thread_count
from gausscollapse.core.validation import Array, as_choice, as_count, as_key, as_number, as_vector, as_word
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling import _program
from gausscollapse.sampling._program import Program

GRIDS = ("uniform", "log-snr")
LAWS = ("learned", "ideal")
BLOCKS_PER_TASK = 4
RESIDENT_PATHS = 65536
# A step that multiplies deviations by more than this in all is no discretisation of the process.
WORST_GROWTH = 100.0


@dataclass(frozen=True, eq=False)
class Simulation:
    """Simulated paths of one reverse process.

    Parameters
    ----------
    endpoint : ndarray, shape (n, d)
        States at the stop.
    times : ndarray, shape (steps + 1,)
        The grid, from the horizon down to the stop.
    law : {"learned", "ideal"}
        Whether the error drove the paths.
    snapshot_times : ndarray, shape (m,)
        Grid times of the snapshots.
    snapshots : ndarray, shape (m, n, d)
        States at those times.
    method : str
        What was done, in words.
    """

    endpoint: Array
    times: Array
    law: str
    snapshot_times: Array
    snapshots: Array
    method: str
    _energy: Array | None = None
    _martingale: Array | None = None

    @property
    def n(self) -> int:
        """Number of paths."""
        return int(self.endpoint.shape[0])

    @property
    def energy(self) -> Array:
        """``sum_k h |e_k|^2`` on each path, shape (n,): the quadratic variation [M]."""
        if self._energy is None:
            raise NotSupportedError("functionals: the energy was not asked for; accepted: simulate(functionals=True)")
        return self._energy

    @property
    def martingale(self) -> Array:
        """``sum_k e_k . dB_k`` on each path, shape (n,).

        B is the noise of the law that was simulated. For ``law="ideal"`` this is the paper's M; for
        ``law="learned"`` the paper's M is ``martingale + energy``.
        """
        if self._martingale is None:
            raise NotSupportedError(
                "functionals: the martingale was not asked for; accepted: simulate(functionals=True)"
            )
        return self._martingale


def time_grid(diffusion: OrnsteinUhlenbeck, steps: int, grid: str | ArrayLike = "uniform") -> Array:
    """Return the decreasing times of an Euler-Maruyama scheme, shape (steps + 1,).

    Parameters
    ----------
    diffusion : OrnsteinUhlenbeck
        Gives horizon and stop.
    steps : int
        Number of steps, at least 1.
    grid : {"uniform", "log-snr"} or array_like
        ``"uniform"`` in t; ``"log-snr"``: uniform in the logarithm of the signal-to-noise ratio,
        ``-log(exp(t) - 1)``, which needs a stop > 0; or the times themselves.

    Raises
    ------
    InvalidArgumentError
        If ``steps < 1``, the grid is not known, does not decrease from horizon to stop, or has another length.
    """
    count = as_count("steps", steps, at_least=1)
    if not isinstance(grid, str):
        times = as_vector("grid", grid)
        ends = (diffusion.horizon, diffusion.stop)
        if times.size != count + 1 or (times[0], times[-1]) != ends or np.any(np.diff(times) >= 0.0):
            raise InvalidArgumentError(
                "grid", grid, f"does not decrease from {ends[0]:g} to {ends[1]:g} in {count} steps",
                f"{count + 1} decreasing times",
            )  # fmt: skip
        return times
    as_choice("grid", grid, GRIDS)
    if grid == "uniform":
        times = np.linspace(diffusion.horizon, diffusion.stop, count + 1)
    else:
        if diffusion.stop == 0.0:
            raise InvalidArgumentError("grid", grid, "needs a stop > 0", "uniform, or a diffusion with a stop > 0")
        ratios = np.linspace(np.log(np.expm1(diffusion.horizon)), np.log(np.expm1(diffusion.stop)), count + 1)
        times = np.log1p(np.exp(ratios))
    times[0], times[-1] = diffusion.horizon, diffusion.stop
    return times


def _largest_rate(process: ReverseProcess, times: Array) -> Array:
    """Return the fastest decay of the drift's part that is known: score, its amplification, affine error."""
    covs = process.data.cov if isinstance(process.data, Gaussian) else process.data.covs
    lowest = float(np.min(np.linalg.eigvalsh(covs)))
    terms = _program.take_apart(process)
    pull = -float(np.linalg.eigvalsh(0.5 * (terms.matrix + terms.matrix.T))[0])
    strength = 1.0 + max(terms.factor, 0.0)
    return np.asarray(strength / (lowest * np.exp(-times) - np.expm1(-times)) - 0.5 + max(pull, 0.0))


def _steps_that_would_do(process: ReverseProcess, steps: int, grid: str | ArrayLike) -> str:
    name = grid if isinstance(grid, str) else "uniform"
    count = steps
    while count < 2**40:
        count *= 2
        ratio = process.diffusion.horizon / count
        if count <= 2**20:
            times = time_grid(process.diffusion, count, name)
            ratio = float(np.max(-np.diff(times) * _largest_rate(process, times[:-1])))
        else:
            ratio *= float(_largest_rate(process, np.array([process.diffusion.stop]))[0])
        if ratio <= 1.0:
            return f"steps >= {count}"
    return "a larger stop"


def _require_stable(process: ReverseProcess, times: Array, steps: int, grid: str | ArrayLike) -> None:
    factors = np.log(np.maximum(np.abs(1.0 + np.diff(times) * _largest_rate(process, times[:-1])), 1e-300))
    growth = 0.0
    for factor in factors:
        growth = max(0.0, growth + float(factor))
        if growth > np.log(WORST_GROWTH):
            worst = int(np.argmax(factors))
            raise InvalidArgumentError(
                "steps", steps,
                f"makes the chain diverge: at t = {times[worst]:.4g} a step of {times[worst] - times[worst + 1]:.3g} "
                f"multiplies deviations by {np.exp(factors[worst]):.3g}",
                _steps_that_would_do(process, steps, grid),
            )  # fmt: skip


def _aligned(shape: tuple[int, ...], dtype: Any) -> Any:
    """Return an array that begins at a multiple of 64 bytes."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.zeros(size + 64, dtype=np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size].view(dtype).reshape(shape)


def simulate(
    process: ReverseProcess,
    n: int,
    steps: int,
    rng: int | np.random.Generator,
    *,
    grid: str | ArrayLike = "uniform",
    law: str = "learned",
    functionals: bool = False,
    snapshots: ArrayLike = (),
    generation: int = 0,
    first: int = 0,
    reduce: bool = True,
    threads: int | None = None,
) -> Simulation:
    """Simulate a reverse process by the Euler-Maruyama scheme.

    ``Y' = Y + h (Y/2 + grad log q_t(Y) + e(Y, t)) + sqrt(h) xi`` from the horizon down to the stop; the coefficients
    are those of the beginning of each step.

    Parameters
    ----------
    process : ReverseProcess
        Any data law and any error, an error without a kernel being called once a step.
    n : int
        Number of paths, at least 0.
    steps : int
        Number of steps, at least 1.
    rng : int or numpy.random.Generator
        Seed >= 0 below 2^64, or a generator from which one 64-bit key is drawn.
    grid : {"uniform", "log-snr"} or array_like
        Time grid, see `time_grid`.
    law : {"learned", "ideal"}
        ``"ideal"`` leaves the error out of the drift; energy and martingale are still those of the error.
    functionals : bool
        Whether energy and martingale are accumulated.
    snapshots : array_like, shape (m,)
        Times between stop and horizon at which the states are kept, at the nearest point of the grid.
    generation : int
        Part of the key: generations of a retraining run are independent.
    first : int
        Number of the first path: ``n`` paths in two calls are the same as in one.
    reduce : bool
        Whether to simulate only the subspace spanned by the component means, and draw the rest from its exact
        discrete law, where the covariance is shared and isotropic and nothing else is asked for. Equal in law.
    threads : int, optional
        Number of threads; by default as many as numba may use. It does not change the result.

    Returns
    -------
    Simulation
        `endpoint` (n, d), and what was asked for.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range, the step so large that the chain diverges (with the number of steps that
        would do), or a function returns what it must not.

    Notes
    -----
    The weak error is of first order in the step; `discrete_law` gives it exactly in the linear case. Work space is
    the output, the coefficients and some rows of 256 numbers a thread.
    """
    if not isinstance(process, ReverseProcess):
        raise InvalidArgumentError("process", process, "is not a reverse process", "a ReverseProcess")
    paths, offset = as_count("n", n), as_word("first", first)
    key = np.array([as_key("rng", rng), as_word("generation", generation)], dtype=np.uint64)
    as_choice("law", law, LAWS)
    times = time_grid(process.diffusion, steps, grid)
    _require_stable(process, times, steps, grid)
    kept = _stops(process, times, snapshots)
    program, words = None, ""
    if reduce and not functionals and kept.size == 0:
        program = _program.reduced(process, times, learned=law == "learned")
        if program is not None:
            words = f", {program.dim} of {program.full} coordinates simulated, the rest drawn exactly"
    if program is None:
        program = _program.build(process, times, learned=law == "learned", record=functionals)
    stops, workers = np.append(kept, times.size - 1), thread_count(threads)
    run = _Run(program, process, times, key, offset, paths, functionals, stops, workers)
    run.execute()
    endpoint = run.snapshots[-1]
    if not np.all(np.isfinite(endpoint)):
        bad = int(np.sum(~np.all(np.isfinite(endpoint), axis=1)))
        raise InvalidArgumentError(
            "steps", steps, f"makes {bad} of {paths} paths leave the range of floats",
            f"{_steps_that_would_do(process, steps, grid)}, or a smaller error",
        )  # fmt: skip
    name = grid if isinstance(grid, str) else "given"
    return Simulation(
        endpoint, times, law, times[kept], run.snapshots[:-1],
        f"Euler-Maruyama, {times.size - 1} steps, {name} grid{words}",
        run.energy if functionals else None, run.martingale if functionals else None,
    )  # fmt: skip


def _stops(process: ReverseProcess, times: Array, snapshots: ArrayLike) -> Any:
    wanted = np.atleast_1d(np.asarray(snapshots, dtype=np.float64))
    diffusion = process.diffusion
    for time in wanted:
        as_number("snapshots", time, at_least=diffusion.stop, at_most=diffusion.horizon)
    return np.unique([int(np.argmin(np.abs(times - time))) for time in wanted]).astype(np.int64)


def in_turns(work_through: Callable[[Iterable[tuple[int, int]]], None], blocks: int, size: int, workers: int) -> None:
    """Deal tasks (first block, number of blocks) of `size` blocks to threads: each takes the next when it is free."""
    tasks = [(first, min(size, blocks - first)) for first in range(0, blocks, size)]
    count = min(workers, len(tasks))
    if count <= 1:
        work_through(tasks)
        return
    waiting: SimpleQueue[tuple[int, int] | None] = SimpleQueue()
    for task in [*tasks, *[None] * count]:
        waiting.put(task)
    with ThreadPoolExecutor(max_workers=count) as pool:
        list(pool.map(work_through, [iter(waiting.get, None) for _ in range(count)]))


class _Run:
    """One call of the kernels, spread over threads."""

    def __init__(
        self,
        program: Program,
        process: ReverseProcess,
        times: Array,
        key: Any,
        offset: int,
        paths: int,
        functionals: bool,
        stops: Any,
        workers: int,
    ) -> None:
        from gausscollapse.core import random_kernels as _random_kernels
        from gausscollapse.sampling import _sampler_kernels

        self.kernels = _sampler_kernels
        self.block, self.stream_rows = _random_kernels.BLOCK, _random_kernels.STREAM_ROWS
        self.program, self.process, self.times = program, process, times
        self.key, self.offset, self.paths = key, np.uint64(offset), paths
        self.functionals, self.stops, self.workers = functionals, stops, workers
        shape = (stops.size, paths, program.full)
        try:
            self.snapshots = np.empty(shape)
        except (MemoryError, ValueError):
            size = 8.0 * stops.size * paths * program.full / 2**30
            raise InvalidArgumentError(
                "n",
                paths,
                f"needs {size:.3g} GiB for its answer",
                "fewer paths a call; `first` continues where one ended",
            ) from None
        self.energy = np.empty(paths if functionals else 0)
        self.martingale = np.empty(paths if functionals else 0)

    def scratch(self, blocks: int) -> tuple[Any, Any]:
        """Return work space and streams of some blocks."""
        rows = self.program.total_rows * self.block
        streams = self.stream_rows * self.block
        return _aligned((blocks, rows), np.float64), _aligned((blocks, streams), np.uint64)

    def call(self, first: int, blocks: int, steps: tuple[int, int], work: Any, states: Any) -> None:
        """Run some blocks through some steps."""
        program = self.program
        self.kernels.run_blocks(
            blocks, first, self.key, self.offset, self.paths, program.dim, program.rows, steps,
            (program.cumulative, program.centres, program.factors), program.plan, program.widths, program.table,
            self.functionals, self.stops, (program.matrix, program.shift), work, states,
            (self.snapshots, self.energy, self.martingale),
        )  # fmt: skip

    def execute(self) -> None:
        """Run all blocks."""
        count = -(-self.paths // self.block)
        if self.program.outside:
            largest = max(1, RESIDENT_PATHS // self.block)
            for first in range(0, count, largest):
                self.called(first, min(largest, count - first))
            return
        steps = (0, self.times.size - 1)

        def work_through(part: Iterable[tuple[int, int]]) -> None:
            work, states = self.scratch(1)
            for first, blocks in part:
                self.call(first, blocks, steps, work, states)

        in_turns(work_through, count, BLOCKS_PER_TASK, self.workers)

    def called(self, first: int, blocks: int) -> None:
        """Run resident blocks step by step, with values from outside in each."""
        program, block, d = self.program, self.block, self.program.dim
        work, states = self.scratch(max(blocks, 2))
        paths = min(blocks * block, self.paths - first * block)
        rows = work.reshape(work.shape[0], program.total_rows, block)
        self.call(first, blocks, (0, 0), work, states)
        for step in range(self.times.size - 1):
            begin = 0 if step % 2 == 0 else program.rows
            points = rows[:blocks, begin : begin + d].transpose(0, 2, 1).reshape(-1, d)
            if not np.all(np.isfinite(points[:paths])):
                return self._mark(first, paths)
            values = np.zeros(points.shape)
            time = float(self.times[step])
            values[:paths] = sum(
                factor * error.evaluate(points[:paths], time, data=self.process.data)
                for factor, error in program.outside
            )
            inside = values.reshape(blocks, block, d).transpose(0, 2, 1)
            rows[:blocks, program.outside_row : program.outside_row + d] = inside
            self.call(first, blocks, (step, step + 1), work, states)
        return None

    def _mark(self, first: int, paths: int) -> None:
        self.snapshots[-1, first * self.block : first * self.block + paths] = np.nan


def coupled(
    process: ReverseProcess, n: int, steps: int, rng: int | np.random.Generator, **options: Any
) -> tuple[Simulation, Simulation]:
    """Simulate the learned and the ideal process with the same noise.

    Parameters
    ----------
    process, n, steps, rng, **options
        As in `simulate`, without `law`.

    Returns
    -------
    learned, ideal : Simulation
        Path by path with one Brownian motion and one start: differences have a small variance.
    """
    key = as_key("rng", rng)
    return (
        simulate(process, n, steps, key, law="learned", **options),
        simulate(process, n, steps, key, law="ideal", **options),
    )


__all__ = ["Simulation", "coupled", "simulate", "time_grid"]

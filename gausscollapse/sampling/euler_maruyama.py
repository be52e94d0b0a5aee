"""Simulation of reverse processes: the ground truth where no closed law exists.

Every path has its own stream of random numbers, keyed by (seed, generation, path): results are the same bits for
any number of threads and any split of the paths, and two processes that are run with one key share their noise.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.threads import thread_count
from gausscollapse.core.validation import Array, as_array, as_choice, as_key, as_number, as_size, as_word
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling._blocks import PathBlocks, Request
from gausscollapse.sampling._program import Program, build
from gausscollapse.sampling._reduced import reduced
from gausscollapse.sampling._stability import require_stable, steps_that_would_do
from gausscollapse.sampling.grids import grid_name
from gausscollapse.sampling.sampler_grids import sampler_grid
from gausscollapse.sampling.schemes import EULER, Steps, scheme_name, scheme_steps
from gausscollapse.sampling.simulation import Simulation

LAWS = ("learned", "ideal")
PARTS = "fewer paths a call; `first` continues where one ended"


@checked
def simulate(
    process: ReverseProcess,
    n: int,
    steps: int,
    rng: int | np.random.Generator,
    *,
    grid: str | ArrayLike = "uniform",
    law: str = "learned",
    scheme: str | ArrayLike = EULER,
    functionals: bool = False,
    snapshots: ArrayLike = (),
    generation: int = 0,
    first: int = 0,
    reduce: bool = True,
    threads: int | None = None,
) -> Simulation:
    """Simulate a reverse process, by the Euler-Maruyama scheme or another.

    Parameters
    ----------
    process : ReverseProcess
        Any data law and any error, an error without a kernel being called once a step.
    n : int
        Number of paths, at least 0; answers of more than 4 GiB are refused.
    steps : int
        Number of steps, from 1 to 4 million.
    rng : int or numpy.random.Generator
        Seed >= 0 below 2^64, or a generator from which one 64-bit key is drawn.
    grid : {"uniform", "log-snr", "quadratic", "logarithmic", "optimal"} or array_like
        Time grid, see `time_grid` and `optimal_grid`.
    law : {"learned", "ideal"}
        ``"ideal"`` leaves the error out of the drift; energy and martingale are still those of the error.
    scheme : str, float or array_like (d,)
        Euler-Maruyama, another of `scheme_steps`, or the linear part B.
    functionals : bool
        Whether energy and martingale are accumulated.
    snapshots : array_like, shape (m,)
        Times between stop and horizon at which the states are kept, at the nearest point of the grid.
    generation : int
        Part of the key, >= 0 below 2^64: generations of a retraining run are independent.
    first : int
        Number of the first path: ``n`` paths in two calls are the same as in one.
    reduce : bool
        Whether to simulate only the subspace spanned by the component means, and draw the rest from its exact
        discrete law, where the covariance is shared and isotropic and nothing else is asked for. Equal in law.
    threads : int, optional
        Number of threads, from 1 to 4096; by default as many as numba may use. It does not change the result.

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
    ``Y' = Y + h (Y/2 + k (grad log q_t(Y) + e(Y, t))) + lam sqrt(h) xi`` from the horizon down to the stop, lam the
    process's stochasticity and ``k = (1 + lam^2)/2``; the coefficients are those of the beginning of each step; other
    schemes have other coefficients, see `scheme_steps`. The weak error
    is of first order in the step; `discrete_law` gives it exactly in the linear case. Work
    space is the output, the coefficients and some rows of 256 numbers a thread.

    Examples
    --------
    The learned process of N(0, 1) with the constant error 1/2 has mean ``1 - exp(-T/2)`` at time 0, here 0.39:

    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=1.0, stop=0.0)
    >>> process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.AffineError(0.0, 0.5))
    >>> run = gc.simulate(process, 10_000, 50, 7)
    >>> print(run.endpoint.shape, run.method)
    (10000, 1) Euler-Maruyama, 50 steps, uniform grid
    >>> bool(abs(run.endpoint.mean() - float(process.endpoint().mean[0])) < 0.05)  # five standard errors
    True
    """
    if not isinstance(process, ReverseProcess):
        raise InvalidArgumentError("process", process, "is not a reverse process", "a ReverseProcess")
    paths, offset = as_size("n", n, each=8.0 * process.dim, cure=PARTS), as_word("first", first)
    key = np.array([as_key("rng", rng), as_word("generation", generation)], dtype=np.uint64)
    as_choice("law", law, LAWS)
    times = sampler_grid(process, steps, grid, scheme=scheme)
    chain = scheme_steps(times, scheme, stochasticity=process.stochasticity, dim=process.dim)
    require_stable(process, chain, steps, grid)
    stops = _stops(process, times, snapshots)
    as_size("n", n, each=8.0 * (process.dim * (1 + stops.size) + 2 * functionals), cure=PARTS)
    request = Request(
        key, offset, paths, np.append(stops, times.size - 1), functionals, thread_count(threads)
    )  # fmt: skip
    program = _program(process, chain, request, law == "learned", reduce)
    kept = PathBlocks(program, process, times, request).run()
    endpoint = kept.snapshots[-1]
    if not np.all(np.isfinite(endpoint)):
        bad = int(np.sum(~np.all(np.isfinite(endpoint), axis=1)))
        raise InvalidArgumentError(
            "steps", steps, f"makes {bad} of {paths} paths leave the range of floats",
            f"{steps_that_would_do(process, steps, grid)}, or a smaller error",
        )  # fmt: skip
    words = f"{scheme_name(scheme)}, {times.size - 1} steps, {grid_name(grid)} grid"
    if program.dim < program.full:
        words += f", {program.dim} of {program.full} coordinates simulated, the rest drawn exactly"
    return Simulation(
        endpoint, times, law, times[stops], kept.snapshots[:-1], words,
        kept.energy if functionals else None, kept.martingale if functionals else None,
    )  # fmt: skip


def _program(process: ReverseProcess, chain: Steps, request: Request, learned: bool, reduce: bool) -> Program:
    """Return the program that gives the answer in the cheapest way."""
    if reduce and not request.functionals and request.stops.size == 1:
        found = reduced(process, chain, learned=learned)
        if found is not None:
            return found
    return build(process, chain, learned=learned, record=request.functionals)


def _stops(process: ReverseProcess, times: Array, snapshots: ArrayLike) -> Any:
    """Return the numbers of steps after which the grid is nearest to the times of the snapshots."""
    wanted = np.atleast_1d(as_array("snapshots", snapshots))
    diffusion = process.diffusion
    for time in wanted:
        as_number("snapshots", time, at_least=diffusion.stop, at_most=diffusion.horizon)
    return np.unique([int(np.argmin(np.abs(times - time))) for time in wanted]).astype(np.int64)


@checked
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

    Raises
    ------
    InvalidArgumentError
        As `simulate`.

    Examples
    --------
    Where data are N(0, 1) the difference D obeys ``D' = D - h D/2 + h b``, whatever the noise: with two steps of
    1/2 and b = 0.4 it is 0.2, then ``0.2 - 0.05 + 0.2``.

    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=1.0, stop=0.0)
    >>> process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.AffineError(0.0, 0.4))
    >>> learned, ideal = gc.coupled(process, 3, 2, 1)
    >>> print((learned.endpoint - ideal.endpoint).ravel().round(12))
    [0.35 0.35 0.35]
    """
    key = as_key("rng", rng)
    return (
        simulate(process, n, steps, key, law="learned", **options),
        simulate(process, n, steps, key, law="ideal", **options),
    )

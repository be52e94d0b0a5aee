"""The energy of the error's gradient part, from below, on learned paths."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.validation import Array, as_size
from gausscollapse.laws.diffusion import marginal
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling._bases import basis, halves, least_squares, require_paths
from gausscollapse.sampling.estimates import Estimate, lower_estimate
from gausscollapse.sampling.euler_maruyama import simulate
from gausscollapse.sampling.grids import time_grid


@checked
def gradient_energy_estimate(
    process: ReverseProcess,
    n: int,
    steps: int,
    rng: int | np.random.Generator,
    *,
    degree: int = 2,
    slices: int = 24,
    grid: str | ArrayLike = "uniform",
) -> Estimate:
    """Return a lower estimate of ``E_{P^} int |Pi e|^2 ds``, split in L^2 of the learned marginals.

    Parameters
    ----------
    process : ReverseProcess
        Any process.
    n, steps, rng, grid
        As in `simulate`; learned paths are drawn.
    degree : int
        Degree of the polynomials of the basis, from 1 to 64, each component of the data having its own.
    slices : int
        Times at which the split is made, at least 2; more paths than 4 GiB hold at them are refused.

    Returns
    -------
    Estimate
        Gradient energy, dimensionless. Its interval has no upper end: the estimate is of a lower bound.

    Raises
    ------
    InvalidArgumentError
        If there are too few paths for the basis, or as `simulate`.

    Notes
    -----
    The dual Sobolev form (gradient paper, arXiv 2606.06179):
    ``|Pi e|^2_r = sup_f {2 E_r e . grad f - E_r |grad f|^2}``. At each of `slices` times f is fitted on half of the
    paths and the value taken on the other, so that each value is without bias below the true one; the integral in
    time is the trapezoidal rule. The larger the basis the nearer.

    Examples
    --------
    A constant error is the gradient of a linear function: its whole energy, 0.09 * 2, is that of a gradient.

    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.0)
    >>> process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.AffineError(0.0, 0.3))
    >>> round(gc.gradient_energy_estimate(process, 200, 20, 1, degree=1).value, 9)
    0.18
    """
    paths = as_size("n", n, at_least=1, each=16.0 * process.dim)
    count = as_size("slices", slices, at_least=2, each=8.0 * process.dim * paths)
    grid_times = time_grid(process.diffusion, steps, grid)
    wanted = grid_times[np.unique(np.linspace(0, grid_times.size - 1, count).round().astype(int))]
    run = simulate(process, n, steps, rng, grid=grid, snapshots=wanted)
    total = np.zeros(run.n)
    for time, weight, x in zip(run.snapshot_times, _trapezoidal(run.snapshot_times), run.snapshots, strict=True):
        total += weight * _gains(process, float(time), x, degree)
    return lower_estimate(total)


def _trapezoidal(times: Array) -> Array:
    """Return the weights of the trapezoidal rule at decreasing times (m,)."""
    weights = np.zeros(times.size)
    gaps = -np.diff(times)
    weights[:-1] += 0.5 * gaps
    weights[1:] += 0.5 * gaps
    return weights


def _gains(process: ReverseProcess, time: float, x: Array, degree: int) -> Array:
    """Return ``2 e . grad f - |grad f|^2`` at points (n, d), with f fitted on the other half of them, shape (n,)."""
    fields = basis(marginal(process.data, time), x, degree)[1]
    require_paths("n", x.shape[0], fields.shape[1])
    error = process.error.evaluate(x, time, data=process.data)
    gains = np.empty(x.shape[0])
    for fit, test in halves(x.shape[0]):
        chosen = np.swapaxes(fields[fit], 0, 1).reshape(fields.shape[1], -1)
        found = least_squares(chosen @ chosen.T, chosen @ error[fit].ravel())
        gradient = np.einsum("nmd,m->nd", fields[test], found)
        gains[test] = np.sum(2.0 * error[test] * gradient - gradient**2, axis=1)
    return gains

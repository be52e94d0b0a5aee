"""The grid on which a scheme loses least: steps in inverse proportion to the root of what a step costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError
from gausscollapse.core.validation import Array, as_size
from gausscollapse.laws.diffusion import marginal
from gausscollapse.process.clock import clock_times, floor_of
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling._forward_moments import DENSITY, _nodes
from gausscollapse.sampling.grids import time_grid
from gausscollapse.sampling.schemes import EULER, linear_part

NODES = 4001


def step_cost(process: ReverseProcess, times: Array, scheme: str | ArrayLike = EULER) -> Array:
    """Return ``E |grad^2 log q_t + B|_F^2`` at some times, shape (n,): four times what a step costs over h^2.

    Raises
    ------
    NotSupportedError
        If the data are a mixture in more than one dimension.
    InvalidArgumentError
        If a linear part has another number of entries than one, or one a dimension.
    """
    part = linear_part(scheme)
    part = np.zeros(1) if part is None else part
    means, covs = process.data.means, process.data.covs
    if np.all(means == means[0]) and np.all(covs == covs[0]):
        eigenvalues, basis = np.linalg.eigh(covs[0])
        spread = np.exp(-times)[:, None] * eigenvalues - np.expm1(-times)[:, None]
        # |B - P|^2 with B diagonal: the diagonal of P is all that the product meets
        fisher = np.einsum("ij,kj->ki", basis**2, 1.0 / spread)
        if part.size not in (1, process.dim):
            accepted = f"one number, or {process.dim}"
            raise InvalidArgumentError("scheme", scheme, f"has {part.size} numbers", accepted)
        wide = part * np.ones(process.dim)
        return np.asarray(np.sum(spread**-2.0, axis=1) - 2.0 * fisher @ wide + np.sum(wide**2))
    if process.dim > 1:
        raise NotSupportedError(
            "data: the optimal grid needs one Gaussian, or one dimension; accepted: another grid for a mixture"
        )
    return np.array([_line_cost(process, float(t), float(part[0])) for t in times])


def _line_cost(process: ReverseProcess, t: float, part: float) -> float:
    law = marginal(process.data, t)
    x, spacing = _nodes(law, DENSITY)
    points, variances, means = x[:, None], law.covs[:, 0, 0], law.means[:, 0]
    logs = np.log(law.weights) - 0.5 * np.log(2.0 * np.pi * variances) - 0.5 * (points - means) ** 2 / variances
    top = np.max(logs, axis=1, keepdims=True)
    shares = np.exp(logs - top)
    density = np.sum(shares, axis=1)
    posterior, scores = shares / density[:, None], (means - points) / variances
    score = np.sum(posterior * scores, axis=1)
    curvature = np.sum(posterior * (scores**2 - 1.0 / variances), axis=1) - score**2
    return float(np.sum(np.exp(top[:, 0]) * density * (curvature + part) ** 2) * spacing)


def _root_area(process: ReverseProcess, scheme: str | ArrayLike) -> tuple[Array, Array]:
    """Return increasing times, and the integral of the root of the cost from the first to each."""
    diffusion = process.diffusion
    mixture = process.data.weights.size > 1
    times = clock_times(diffusion.stop, diffusion.horizon, floor_of(process.data), 401 if mixture else NODES)
    root = np.sqrt(np.maximum(step_cost(process, times, scheme), 0.0))
    # Where a scheme costs nothing the grid is still a grid.
    root = np.maximum(root, 1e-6 * np.max(root) + 1e-300)
    return times, np.append(0.0, np.cumsum(0.5 * (root[1:] + root[:-1]) * np.diff(times)))


@checked
def optimal_grid(process: ReverseProcess, steps: int, *, scheme: str | ArrayLike = EULER) -> Array:
    """Return the grid on which a scheme's discretisation costs least, to leading order.

    Parameters
    ----------
    process : ReverseProcess
        Gaussian data, or a mixture on the line.
    steps : int
        Number of steps, from 1 to 10^6.
    scheme : str, float or array_like (d,)
        As in `scheme_steps`; of schemes without a linear part that of the exponential integrator.

    Returns
    -------
    ndarray, shape (steps + 1,)
        Times from the horizon down to the stop.

    Raises
    ------
    NotSupportedError
        If the data are a mixture in more than one dimension.

    Notes
    -----
    Steps are proportional to ``1/sqrt(E |grad^2 log q_t + B|_F^2)``; n of them cost ``(int sqrt(.) dt)^2/(4 n)`` nats
    to leading order, which is the least of all grids by Cauchy-Schwarz. Source: *own*.

    Examples
    --------
    The score of a narrow Gaussian changes fast near the stop, where steps are short:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> data = gc.Gaussian([0, 0], np.diag([0.05, 2.0]))
    >>> process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(4.0, 0.02), gc.AffineError(np.zeros((2, 2)), [0, 0]))
    >>> for grid in ("optimal", "quadratic", "logarithmic", "uniform"):
    ...     print(f"{grid:12}{gc.error_budget(process, 200, grid=grid).discretisation:.5f}")
    optimal     0.03143
    quadratic   0.03361
    logarithmic 0.04097
    uniform     0.07148
    """
    count = as_size("steps", steps, at_least=1, each=1.0, unit="steps", most=10**6)
    times, area = _root_area(process, scheme)
    grid = np.interp(np.linspace(area[-1], 0.0, count + 1), area, times)
    grid[0], grid[-1] = process.diffusion.horizon, process.diffusion.stop
    return np.asarray(grid)


def sampler_grid(
    process: ReverseProcess, steps: int, grid: str | ArrayLike = "uniform", *, scheme: str | ArrayLike = EULER
) -> Array:
    """Return the times of a sampler: `time_grid`, or ``"optimal"`` for process and scheme."""
    if isinstance(grid, str) and grid == "optimal":
        return optimal_grid(process, steps, scheme=scheme)
    return time_grid(process.diffusion, steps, grid)

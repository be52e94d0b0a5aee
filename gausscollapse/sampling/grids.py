"""Time grids of the reverse process, from the horizon down to the stop."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array, as_choice, as_size, as_vector
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck

GRIDS = ("uniform", "log-snr", "quadratic", "logarithmic")


@checked
def time_grid(diffusion: OrnsteinUhlenbeck, steps: int, grid: str | ArrayLike = "uniform") -> Array:
    """Return the decreasing times of a sampler.

    Parameters
    ----------
    diffusion : OrnsteinUhlenbeck
        Gives horizon and stop.
    steps : int
        Number of steps, from 1 to 4 million.
    grid : {"uniform", "log-snr", "quadratic", "logarithmic"} or array_like, shape (steps + 1,)
        Evenly spaced in t; in the logarithm of the signal-to-noise ratio, or in that of t, which both need a stop
        > 0; in the root of t; or the times themselves. `optimal_grid` gives those of least error.

    Returns
    -------
    ndarray, shape (steps + 1,)
        Times, the first of them the horizon and the last the stop.

    Raises
    ------
    InvalidArgumentError
        If ``steps < 1``, the grid is not known, does not decrease from horizon to stop, or has another length.

    Notes
    -----
    The logarithm of the signal-to-noise ratio is ``-log(exp(t) - 1)``.

    Examples
    --------
    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> gc.time_grid(gc.OrnsteinUhlenbeck(horizon=4.0, stop=1.0), 3)
    array([4., 3., 2., 1.])
    >>> times = gc.time_grid(gc.OrnsteinUhlenbeck(horizon=4.0, stop=1.0), 3, "log-snr")
    >>> print(np.diff(-np.log(np.expm1(times))).round(6))  # three equal steps
    [1.14673 1.14673 1.14673]
    """
    count = as_size("steps", steps, at_least=1, each=1e3)
    if not isinstance(grid, str):
        return _given(diffusion, count, grid)
    as_choice("grid", grid, GRIDS)
    if grid in ("uniform", "quadratic"):
        power = 1.0 if grid == "uniform" else 2.0
        ends = diffusion.horizon ** (1.0 / power), diffusion.stop ** (1.0 / power)
        times = np.linspace(*ends, count + 1) ** power
    elif diffusion.stop == 0.0:
        accepted = "uniform, quadratic, or a diffusion with a stop > 0"
        raise InvalidArgumentError("grid", grid, "needs a stop > 0", accepted)
    elif grid == "logarithmic":
        times = np.geomspace(diffusion.horizon, diffusion.stop, count + 1)
    else:
        ratios = np.linspace(np.log(np.expm1(diffusion.horizon)), np.log(np.expm1(diffusion.stop)), count + 1)
        times = np.log1p(np.exp(ratios))
    times[0], times[-1] = diffusion.horizon, diffusion.stop
    return times


def _given(diffusion: OrnsteinUhlenbeck, count: int, grid: ArrayLike) -> Array:
    times, ends = as_vector("grid", grid), (diffusion.horizon, diffusion.stop)
    if times.size != count + 1 or (times[0], times[-1]) != ends or np.any(np.diff(times) >= 0.0):
        raise InvalidArgumentError(
            "grid", grid, f"does not decrease from {ends[0]:g} to {ends[1]:g} in {count} steps",
            f"{count + 1} decreasing times",
        )  # fmt: skip
    return times


def grid_name(grid: str | ArrayLike) -> str:
    """Return the word for a grid in a result's method."""
    return grid if isinstance(grid, str) else "given"

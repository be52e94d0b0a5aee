"""Whether a chain is a discretisation of its process, and how many steps would make it one."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling._terms import take_apart
from gausscollapse.sampling.grids import GRIDS, time_grid
from gausscollapse.sampling.schemes import Steps

# A chain that multiplies deviations by more than this in all is no discretisation of the process.
WORST_GROWTH = 100.0
# Grids are tried up to so many steps; beyond, the last step alone is looked at.
LONGEST_GRID = 2**20


def _largest_rate(process: ReverseProcess, times: Array) -> Array:
    """Return the fastest decay of the drift's part that is known: score, its amplification, affine error."""
    lowest = float(np.min(np.linalg.eigvalsh(process.data.covs)))
    terms = take_apart(process)
    pull = -float(np.linalg.eigvalsh(0.5 * (terms.matrix + terms.matrix.T))[0])
    strength = 1.0 + max(terms.amplification, 0.0)
    share = 0.5 * (1.0 + process.stochasticity**2)
    rest = strength / (lowest * np.exp(-times) - np.expm1(-times)) + max(pull, 0.0)
    return np.asarray(share * rest - 0.5)


def steps_that_would_do(process: ReverseProcess, steps: int, grid: str | ArrayLike) -> str:
    """Return in words how many steps keep every step below the inverse of the fastest decay."""
    name = grid if isinstance(grid, str) and grid in GRIDS else "uniform"
    count = steps
    while count < 2**40:
        count *= 2
        ratio = process.diffusion.horizon / count
        if count <= LONGEST_GRID:
            times = time_grid(process.diffusion, count, name)
            ratio = float(np.max(-np.diff(times) * _largest_rate(process, times[:-1])))
        else:
            ratio *= float(_largest_rate(process, np.array([process.diffusion.stop]))[0])
        if ratio <= 1.0:
            return f"steps >= {count}"
    return "a larger stop"


def require_stable(process: ReverseProcess, chain: Steps, steps: int, grid: str | ArrayLike) -> None:
    """Refuse a chain whose steps multiply deviations by more than `WORST_GROWTH` in all."""
    times, rates = chain.times, _largest_rate(process, chain.times[:-1])[:, None]
    share = 0.5 * (1.0 + process.stochasticity**2)
    kept = np.max(np.abs(chain.state - chain.score * ((0.5 + rates) / share)), axis=1)
    factors = np.log(np.maximum(kept, 1e-300))
    growth = 0.0
    for factor in factors:
        growth = max(0.0, growth + float(factor))
        if growth > np.log(WORST_GROWTH):
            worst = int(np.argmax(factors))
            raise InvalidArgumentError(
                "steps", steps,
                f"makes the chain diverge: at t = {times[worst]:.4g} a step of {times[worst] - times[worst + 1]:.3g} "
                f"multiplies deviations by {np.exp(factors[worst]):.3g}",
                steps_that_would_do(process, steps, grid),
            )  # fmt: skip

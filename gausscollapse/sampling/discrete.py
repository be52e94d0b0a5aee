"""The chain of a sampler for a linear-Gaussian reverse process, exactly: its law, its energies, its weak order.

With ``Y' = F_k Y + f_k + sqrt(v) xi`` the law stays Gaussian: ``m' = F m + f``, ``V' = F V F^T + v I``; the energies
are sums of ``w (|A m + b|^2 + tr(A V A^T))`` with ``w = c^2/v``
(`schemes`), whose interval is a first-order bound of rounding (`_chain`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import AbsentStatisticError, InvalidArgumentError, NotSupportedError
from gausscollapse.core.neville import neville
from gausscollapse.core.presentation import Presented
from gausscollapse.core.validation import Array, as_choice, as_count, as_size
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.process.process import ReverseProcess
from gausscollapse.process.statistics import NO_NOISE
from gausscollapse.sampling._chain import run
from gausscollapse.sampling.grids import GRIDS, time_grid
from gausscollapse.sampling.sampler_grids import sampler_grid
from gausscollapse.sampling.schemes import EULER, scheme_steps

METHOD = "recursion of the chain"


MOST_LEVELS = 12


@dataclass(frozen=True, eq=False, repr=False)
class DiscreteLaw(Presented):
    """The law of a discretised linear-Gaussian reverse process.

    Parameters
    ----------
    endpoint : Gaussian
        Law of the last state.
    energy : Enclosure
        ``E sum_k w_k |e_k|^2`` along the chain, w the scheme's weights, the steps h for Euler-Maruyama: the learned
        energy of ``law="learned"``, the ideal one of ``law="ideal"``.
    times : ndarray, shape (steps + 1,)
        The grid.
    means : ndarray, shape (steps + 1, d)
        Means at the times of the grid.
    covs : ndarray, shape (steps + 1, d, d)
        Covariances at the times of the grid.
    stochasticity : float
        lam of the process.

    Examples
    --------
    The energy of a constant error b is ``|b|^2 (T - t0)``, and KL of the paths half of it, in nats:

    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.0)
    >>> process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.AffineError(0.0, 0.3))
    >>> chain = gc.discrete_law(process, 10)
    >>> print(chain.means.shape, round(float(chain.energy), 9), round(float(chain.path_kl), 9))
    (11, 1) 0.18 0.09
    """

    endpoint: Gaussian
    energy: Enclosure
    times: Array
    means: Array
    covs: Array
    stochasticity: float = 1.0

    @property
    def path_kl(self) -> Enclosure:
        """KL in nats between the two chains with and without the error, from one start: half the energy at lam = 1.

        ``KL(P^ || P*)`` for the learned law, ``KL(P* || P^)`` for the ideal one. For lam other than 1 the energy is
        multiplied by ``(1 + lam^2)^2/(8 lam^2)``; a flow's paths have no density, so that it raises
        `AbsentStatisticError`.
        """
        lam = self.stochasticity
        if lam == 0.0:
            raise AbsentStatisticError("path_kl", NO_NOISE)
        return ((1.0 + lam**2) ** 2 / (8.0 * lam**2)) * self.energy


@checked
def discrete_law(
    process: ReverseProcess,
    steps: int,
    *,
    grid: str | ArrayLike = "uniform",
    law: str = "learned",
    scheme: str | ArrayLike = EULER,
) -> DiscreteLaw:
    """Return the exact law of the chain that `simulate` runs, in the linear-Gaussian case.

    Parameters
    ----------
    process : ReverseProcess
        One Gaussian and an error that is affine in x.
    steps : int
        Number of steps, from 1 to 4 million.
    grid : {"uniform", "log-snr", "quadratic", "logarithmic", "optimal"} or array_like
        Time grid, as for `simulate`.
    law : {"learned", "ideal"}
        Whether the error is in the drift.
    scheme : str, float or array_like (d,)
        As in `scheme_steps`.

    Returns
    -------
    DiscreteLaw
        Endpoint, energy and all moments on the grid.

    Raises
    ------
    InvalidArgumentError
        If an argument is out of range.
    NotSupportedError
        If data or error are outside the linear-Gaussian case, or the moments leave the range of floats.

    Notes
    -----
    ``Y' = F_k Y + f_k + sqrt(v) xi`` gives ``m' = F m + f`` and ``V' = F V F^T + v I``.

    Examples
    --------
    One step of length 1 with data N(0, 1): F is 1/2, and the variance is ``F^2 + 1``; the error adds 0.3 to the mean.

    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=1.0, stop=0.0)
    >>> process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.AffineError(0.0, 0.3))
    >>> print(gc.discrete_law(process, 1).endpoint)
    Gaussian(mean=[0.3], cov=[[1.25]])
    """
    learned = as_choice("law", law, ("learned", "ideal")) == "learned"
    times = sampler_grid(process, steps, grid, scheme=scheme)
    steps_taken = scheme_steps(times, scheme, stochasticity=process.stochasticity, dim=process.dim)
    chain = run(process, steps_taken, learned=learned)
    means = chain.deviations + np.exp(-0.5 * times)[:, None] * process.gaussian.mean
    if not (math.isfinite(chain.energy) and np.all(np.isfinite(means))):
        raise NotSupportedError("steps: the chain's moments leave the range of floats; accepted: more steps")
    low, high = max(chain.energy - chain.error, 0.0), chain.energy + chain.error
    return DiscreteLaw(
        Gaussian(means[-1], chain.covs[-1]),
        Enclosure(max(chain.energy, low), low, high, METHOD, "closed-form"),
        times,
        means,
        chain.covs,
        process.stochasticity,
    )


@dataclass(frozen=True, eq=False, repr=False)
class Extrapolated(Presented):
    """The limit of small steps, from a few numbers of steps by Richardson extrapolation.

    Parameters
    ----------
    mean : Enclosure, shape (d,)
        Mean of the endpoint.
    cov : Enclosure, shape (d, d)
        Covariance of the endpoint.
    energy : Enclosure
        Energy.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=2.0, stop=0.0)
    >>> process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.AffineError(0.0, 0.3))
    >>> round(float(gc.richardson(process, 20).energy), 9)  # 0.09 * 2 at every step
    0.18
    """

    mean: Enclosure
    cov: Enclosure
    energy: Enclosure


@checked
def richardson(
    process: ReverseProcess,
    steps: int,
    *,
    grid: str = "uniform",
    law: str = "learned",
    scheme: str | ArrayLike = EULER,
    levels: int = 3,
) -> Extrapolated:
    """Return the continuous-time limit of a linear-Gaussian chain by Richardson extrapolation.

    Parameters
    ----------
    process, steps, grid, law, scheme
        As in `discrete_law`; `steps` is the coarsest number, from 1 to ``2^(16 - levels)``: 8192 for three levels.
    levels : int
        Numbers of steps used: steps, 2 steps, 4 steps, ...; from 2 to 12.

    Returns
    -------
    Extrapolated
        Mean and covariance of the endpoint, and the energy.

    Raises
    ------
    InvalidArgumentError
        If the coarsest chain is not stable: a step multiplies some deviation by less than 0, so that no expansion
        in the step holds.

    Notes
    -----
    The weak error is a power series in 1/steps where every chain is stable, as the grids are smooth and nested;
    Neville's scheme takes the limit.

    Examples
    --------
    The mean of the learned process obeys ``m' = -m/2 + b``: with b = 1/2 it ends at ``1 - exp(-1/2)``.

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=1.0, stop=0.0)
    >>> process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.AffineError(0.0, 0.5))
    >>> found = gc.richardson(process, 20, levels=5)
    >>> print(found.mean.value.round(9), (1.0 - np.exp(-0.5)).round(9))
    [0.39346934] 0.39346934
    """
    count, depth = (
        as_count("steps", steps, at_least=1),
        as_size("levels", levels, at_least=2, each=1.0, unit="halvings", most=MOST_LEVELS),
    )
    as_size("steps", steps, at_least=1, each=2.0**17 * 2.0 ** (depth - 1))
    times = time_grid(process.diffusion, count, as_choice("grid", grid, GRIDS))
    lowest = float(np.linalg.eigvalsh(process.gaussian.cov)[0])
    share = 0.5 * (1.0 + process.stochasticity**2)
    rates = share / (lowest * np.exp(-times[1:]) - np.expm1(-times[1:])) - 0.5
    if np.any(-np.diff(times) * rates > 1.0):
        raise InvalidArgumentError(
            "steps", steps, "is too few for an expansion in the step to hold: a step exceeds 1/rate of the drift",
            "more steps",
        )  # fmt: skip
    laws = [discrete_law(process, count * 2**k, grid=grid, law=law, scheme=scheme) for k in range(depth)]
    return Extrapolated(
        neville([item.endpoint.mean for item in laws]),
        neville([item.endpoint.cov for item in laws]),
        neville([float(item.energy) for item in laws]),
    )

"""The forward process: Ornstein-Uhlenbeck, variance preserving, ``dX = -X/2 dt + dW``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.presentation import Presented
from gausscollapse.core.validation import as_number
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture, Law, as_law


@dataclass(frozen=True, repr=False)
class OrnsteinUhlenbeck(Presented):
    """The forward process ``dX_t = -X_t/2 dt + dW_t`` on ``[stop, horizon]``.

    Parameters
    ----------
    horizon : float
        Time T at which the reverse process starts, finite and greater than `stop`.
    stop : float
        Time t0 >= 0 at which the reverse process ends (early stopping).

    Raises
    ------
    InvalidArgumentError
        If a time is negative or not finite, or ``stop >= horizon``.

    Notes
    -----
    ``N(m, S)`` becomes ``N(a m, a^2 S + (1 - a^2) I)`` with ``a = exp(-t/2)``; a mixture keeps its weights and
    each component moves so. A general noise schedule is a change of time.
    Source: the variance preserving process of Song et al. 2021 (arXiv 2011.13456), in the clock of constant noise.

    Examples
    --------
    A point mass at 3, nearly, forgets where it came from:

    >>> import gausscollapse as gc
    >>> diffusion = gc.OrnsteinUhlenbeck(horizon=4.0, stop=0.02)
    >>> late = diffusion.marginal(gc.Gaussian(3, 1e-6), 4.0)
    >>> late.mean.round(3), late.cov.round(3)
    (array([0.406]), array([[0.982]]))
    """

    horizon: float = 4.0
    stop: float = 0.02

    def __post_init__(self) -> None:
        object.__setattr__(self, "horizon", as_number("horizon", self.horizon, above=0.0))
        object.__setattr__(self, "stop", as_number("stop", self.stop, at_least=0.0))
        if self.stop >= self.horizon:
            raise InvalidArgumentError(
                "stop", self.stop, f"is not before horizon = {self.horizon:g}", "0 <= stop < horizon"
            )

    @overload
    def marginal(self, dist: Gaussian, t: float) -> Gaussian: ...

    @overload
    def marginal(self, dist: GaussianMixture, t: float) -> GaussianMixture: ...

    def marginal(self, dist: Law, t: float) -> Law:
        """Return the law at time `t` of this process started from `dist` at time 0; see `marginal`."""
        return marginal(dist, t)


@overload
def marginal(dist: Gaussian, t: float) -> Gaussian: ...


@overload
def marginal(dist: GaussianMixture, t: float) -> GaussianMixture: ...


def marginal(dist: Law, t: float) -> Law:
    """Return the law at time `t` of the forward process started from `dist` at time 0.

    Parameters
    ----------
    dist : Gaussian or GaussianMixture
        Law at time 0.
    t : float
        Time, >= 0; not limited to any horizon.

    Returns
    -------
    Gaussian or GaussianMixture
        The marginal, of the kind of `dist`.

    Raises
    ------
    InvalidArgumentError
        If `t` is negative or not finite.

    Notes
    -----
    The law of ``exp(-t/2) X + sqrt(1 - exp(-t)) Z`` for X of law `dist` and an independent standard normal Z.
    Source: Song et al. 2021 (arXiv 2011.13456).

    Examples
    --------
    N(0, I) stays as it is; at ``t = log 4`` everything else is half as far away:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> gc.laws.marginal(gc.Gaussian(0, 1), 1.0)
    Gaussian(mean=[0.0], cov=[[1.0]])
    >>> moved = gc.laws.marginal(gc.GaussianMixture([0.5, 0.5], [-2, 2], 5), np.log(4))
    >>> moved.means.round(10).ravel(), moved.covs.round(10).ravel()
    (array([-1.,  1.]), array([2., 2.]))
    """
    as_law("dist", dist)
    time = as_number("t", t, at_least=0.0)
    keep, noise = np.exp(-0.5 * time), -np.expm1(-time)
    added = noise * np.eye(dist.dim)
    return dist.with_components(keep * dist.means, keep**2 * dist.covs + added)

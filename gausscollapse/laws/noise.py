"""Noise schedules: each a change of time to the Ornstein-Uhlenbeck clock, in which beta is 1.

A schedule has a parameter u from 0 (clean) to 1 (noisy). The clock is ``t(u) = int_0^u beta``; a variance preserving
process at u is the package's at t(u), an exploding one is that divided by ``exp(-t/2)``.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.presentation import Presented
from gausscollapse.core.validation import Array, as_array, as_number, as_size
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck

MOST_BETA = 0.999


def _inside(argument: str, value: ArrayLike, low: float, high: float) -> Array:
    numbers = as_array(argument, value)
    if (numbers < low).any() or (numbers > high).any():
        raise InvalidArgumentError(argument, value, "is out of range", f"numbers from {low:g} to {high:g}")
    return numbers


class NoiseSchedule(Presented):
    """The base of noise schedules: a clock, its rate, its inverse, and the times of the schedule's own chain.

    Raises
    ------
    InvalidArgumentError
        If a parameter is out of range, or beta would not be positive.

    Notes
    -----
    In the clock all of continuous time is that of the package: energies carry beta, ``eps^2 = E int beta |e|^2 du``
    (of an exploding process ``E int |e|^2 d sigma^2`` with ``e = exp(-t/2) e_t(exp(-t/2) x)``), all divergences are
    equal. Only discretised chains differ between schedules.
    Source: Song et al. 2021 (arXiv 2011.13456); the invariance is theorem `schedule`, *own*.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> [type(item).__name__ for item in (gc.LinearSchedule(), gc.ExplodingSchedule())
    ...  if isinstance(item, gc.laws.NoiseSchedule)]
    ['LinearSchedule', 'ExplodingSchedule']

    From clean to noisy, and back by a hundred steps evenly spaced in u:

    >>> schedule = gc.LinearSchedule()
    >>> t, u = schedule.clock(0.5), schedule.parameter(schedule.clock(0.5))
    >>> print(t.round(5), u, schedule.beta(0.5).round(3), schedule.sigma(0.5).round(4), schedule.scaling(0.5))
    2.5375 0.5 10.05 3.4129 1.0
    >>> diffusion = schedule.diffusion(first=0.01, last=1.0)
    >>> print(len(schedule.grid(diffusion, 100)), len(schedule.times(100)))
    101 101
    """

    __slots__ = ()

    exploding = False

    @abstractmethod
    def clock(self, u: ArrayLike) -> Array:
        """Return the time t of the package's process at the parameter u in [0, 1]."""

    @abstractmethod
    def parameter(self, t: ArrayLike) -> Array:
        """Return the parameter u at the time t of the package's process; the inverse of `clock`."""

    @abstractmethod
    def beta(self, u: ArrayLike) -> Array:
        """Return the rate ``dt/du`` of the clock at u in [0, 1]."""

    @abstractmethod
    def times(self, steps: int) -> Array:
        """Return the times, shape (steps + 1,), of the chain of so many steps that practitioners run, down to 0."""

    def sigma(self, u: ArrayLike) -> Array:
        """Return noise over signal at u, ``sqrt(exp(t) - 1)``."""
        return np.asarray(np.sqrt(np.expm1(self.clock(u))))

    def scaling(self, u: ArrayLike) -> Array:
        """Return the factor from the package's state to the schedule's: 1, or ``exp(t/2)`` of an exploding one."""
        t = self.clock(u)
        return np.asarray(np.exp(0.5 * t) if self.exploding else np.ones_like(t))

    def diffusion(self, first: float = 0.0, last: float = 1.0) -> OrnsteinUhlenbeck:
        """Return the package's process between two parameters of the schedule, first < last."""
        stop, horizon = (float(self.clock(as_number(name, u, at_least=0.0, at_most=1.0)))
                         for name, u in (("first", first), ("last", last)))  # fmt: skip
        if horizon == np.inf:
            raise InvalidArgumentError("last", last, "is at no finite time of the clock", "last < 1")
        if not stop < horizon:
            raise InvalidArgumentError("last", last, f"is not after first = {first!r} in the clock", "first < last")
        return OrnsteinUhlenbeck(horizon, stop)

    @checked
    def grid(self, diffusion: OrnsteinUhlenbeck, steps: int) -> Array:
        """Return the decreasing times, shape (steps + 1,), that are evenly spaced in u between a process's ends.

        There are at most as many steps as fill 4 GiB.
        """
        count = as_size("steps", steps, at_least=1, each=1e3)
        try:
            ends = self.parameter(np.array([diffusion.horizon, diffusion.stop]))
        except InvalidArgumentError as error:
            raise InvalidArgumentError("diffusion", diffusion, "leaves the clock", error.accepted) from None
        times = np.array(self.clock(np.linspace(ends[0], ends[1], count + 1)))
        times[0], times[-1] = diffusion.horizon, diffusion.stop
        return times


def _of_betas(betas: Array) -> Array:
    return np.append(np.cumsum(-np.log1p(-betas))[::-1], 0.0)


@dataclass(frozen=True, repr=False)
class LinearSchedule(NoiseSchedule):
    """The linear schedule of DDPM: ``beta(u) = lowest + (highest - lowest) u``, variance preserving.

    Parameters
    ----------
    lowest, highest : float
        beta at u = 0, > 0, and at u = 1, at least `lowest`. Divided by the number of steps they are DDPM's betas.

    Raises
    ------
    InvalidArgumentError
        If a beta is not positive, or they decrease.

    Notes
    -----
    ``t(u) = lowest u + (highest - lowest) u^2/2``; the chain of N steps has betas from lowest/N to highest/N, evenly
    spaced. Source: Ho et al. 2020 (arXiv 2006.11239), Song et al. 2021 (arXiv 2011.13456).

    Examples
    --------
    DDPM's thousand betas from 1e-4 to 0.02 end at a signal of 4e-5:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> times = gc.LinearSchedule().times(1000)
    >>> print(len(times), np.exp(-times[0]).round(7), (1 - np.exp(times[1:] - times[:-1]))[[0, -1]].round(4))
    1001 4.04e-05 [0.02   0.0001]
    >>> schedule = gc.LinearSchedule()
    >>> print(schedule.clock(1).round(6), schedule.parameter(10.05).round(6), schedule.beta([0, 1]))
    10.05 1.0 [ 0.1 20. ]
    >>> gc.LinearSchedule(lowest=0)
    Traceback (most recent call last):
    InvalidArgumentError: lowest = 0: is out of range; accepted: a finite number > 0
    """

    lowest: float = 0.1
    highest: float = 20.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "lowest", as_number("lowest", self.lowest, above=0.0))
        object.__setattr__(self, "highest", as_number("highest", self.highest, at_least=self.lowest))

    def clock(self, u: ArrayLike) -> Array:
        """Return ``lowest u + (highest - lowest) u^2/2``."""
        u = _inside("u", u, 0.0, 1.0)
        return np.asarray(u * (self.lowest + 0.5 * (self.highest - self.lowest) * u))

    def parameter(self, t: ArrayLike) -> Array:
        """Return the parameter at the time t."""
        t = _inside("t", t, 0.0, 0.5 * (self.lowest + self.highest))
        root = np.sqrt(self.lowest**2 + 2.0 * (self.highest - self.lowest) * t)
        return np.asarray(np.minimum(2.0 * t / (self.lowest + root), 1.0))

    def beta(self, u: ArrayLike) -> Array:
        """Return ``lowest + (highest - lowest) u``."""
        return np.asarray(self.lowest + (self.highest - self.lowest) * _inside("u", u, 0.0, 1.0))

    def times(self, steps: int) -> Array:
        """Return the times of DDPM's chain, from the sum of ``-log(1 - beta_i)`` down to 0.

        There are at most as many steps as fill 4 GiB.
        """
        count = as_size("steps", steps, at_least=1, each=1e3)
        if self.highest >= count:
            raise InvalidArgumentError(
                "steps", steps, f"makes the largest beta {self.highest / count:.3g}, where it must be below 1",
                f"steps > {self.highest:g}, or the schedule's `grid`",
            )  # fmt: skip
        return _of_betas(np.linspace(self.lowest, self.highest, count) / count)


@dataclass(frozen=True, repr=False)
class CosineSchedule(NoiseSchedule):
    """The cosine schedule: ``exp(-t(u)) = cos^2(a(u))/cos^2(a(0))``, ``a(u) = (u + s)/(1 + s) pi/2``.

    Parameters
    ----------
    offset : float
        s > 0, which keeps beta from vanishing at u = 0; at most 1.

    Raises
    ------
    InvalidArgumentError
        If `offset` is out of range.

    Notes
    -----
    Variance preserving. At u = 1 the clock is infinite; the chain of practitioners cuts its betas at 0.999.
    Source: Nichol, Dhariwal 2021 (arXiv 2102.09672).

    Examples
    --------
    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> schedule = gc.CosineSchedule()
    >>> print(schedule.clock([0.5, 0.9]).round(4), schedule.parameter(schedule.clock(0.5)).round(12))
    [0.7055 3.7259] 0.5
    >>> print(schedule.beta(0.5).round(4))
    3.1558
    >>> betas = -np.expm1(np.diff(schedule.times(1000)))
    >>> print(betas[[0, -1]].round(6))
    [9.99e-01 4.10e-05]
    """

    offset: float = 0.008

    def __post_init__(self) -> None:
        object.__setattr__(self, "offset", as_number("offset", self.offset, above=0.0, at_most=1.0))

    def _angle(self, u: Array) -> Array:
        return np.asarray(0.5 * np.pi * (u + self.offset) / (1.0 + self.offset))

    def clock(self, u: ArrayLike) -> Array:
        """Return ``-2 log(cos a(u)/cos a(0))``; infinite at u = 1."""
        u = _inside("u", u, 0.0, 1.0)
        first, angle = self._angle(np.zeros(())), self._angle(u)
        # cos a(0) - cos a(u), without cancellation
        drop = 2.0 * np.sin(0.5 * (angle + first)) * np.sin(0.5 * (angle - first)) / np.cos(first)
        with np.errstate(divide="ignore"):
            return np.asarray(np.where(u == 1.0, np.inf, -2.0 * np.log1p(-np.minimum(drop, 1.0))))

    def parameter(self, t: ArrayLike) -> Array:
        """Return the parameter at the time t."""
        t = _inside("t", t, 0.0, np.finfo(np.float64).max)
        first = self._angle(np.zeros(()))
        angle = np.arccos(np.exp(-0.5 * t) * np.cos(first))
        return np.asarray(np.clip(angle * (1.0 + self.offset) / (0.5 * np.pi) - self.offset, 0.0, 1.0))

    def beta(self, u: ArrayLike) -> Array:
        """Return ``pi/(1 + s) tan a(u)``; infinite at u = 1."""
        u = _inside("u", u, 0.0, 1.0)
        return np.asarray(np.where(u == 1.0, np.inf, np.pi / (1.0 + self.offset) * np.tan(self._angle(u))))

    def times(self, steps: int) -> Array:
        """Return the times of the chain whose betas are those between ``u = i/N``, cut at 0.999.

        There are at most as many steps as fill 4 GiB.
        """
        count = as_size("steps", steps, at_least=1, each=1e3)
        betas = -np.expm1(-np.diff(self.clock(np.linspace(0.0, 1.0, count + 1))))
        return _of_betas(np.minimum(betas, MOST_BETA))


@dataclass(frozen=True, repr=False)
class ExplodingSchedule(NoiseSchedule):
    """The variance exploding schedule with EDM's grid: ``sigma(u)^(1/rho)`` goes evenly from `lowest` to `highest`.

    Parameters
    ----------
    lowest, highest : float
        sigma at u = 0, > 0, and at u = 1, greater.
    rho : float
        Exponent, from 1 (even in sigma) to 1000 (nearly geometric); EDM has 7.

    Raises
    ------
    InvalidArgumentError
        If a sigma is not positive, or they do not increase.

    Notes
    -----
    ``t = log(1 + sigma^2)``; the state is ``exp(t/2)`` times the package's. Times below that of `lowest` have no
    parameter; the chain's last step goes from `lowest` to 0. Source: Karras et al. 2022 (arXiv 2206.00364).

    Examples
    --------
    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> schedule = gc.ExplodingSchedule()
    >>> print(schedule.sigma(0.5).round(4), schedule.beta(0.5).round(4), schedule.parameter(schedule.clock(0.5)))
    2.5152 15.4559 0.5
    >>> print(np.sqrt(np.expm1(schedule.times(5))).round(4))
    [8.00000e+01 1.75278e+01 2.51520e+00 1.69800e-01 2.00000e-03 0.00000e+00]
    """

    lowest: float = 0.002
    highest: float = 80.0
    rho: float = 7.0
    exploding = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "lowest", as_number("lowest", self.lowest, above=0.0))
        object.__setattr__(self, "highest", as_number("highest", self.highest, above=self.lowest))
        object.__setattr__(self, "rho", as_number("rho", self.rho, at_least=1.0, at_most=1000.0))

    def _roots(self) -> tuple[float, float]:
        return self.lowest ** (1.0 / self.rho), self.highest ** (1.0 / self.rho)

    def sigma(self, u: ArrayLike) -> Array:
        """Return ``(lowest^(1/rho) + u (highest^(1/rho) - lowest^(1/rho)))^rho``."""
        low, high = self._roots()
        return np.asarray((low + _inside("u", u, 0.0, 1.0) * (high - low)) ** self.rho)

    def clock(self, u: ArrayLike) -> Array:
        """Return ``log(1 + sigma(u)^2)``."""
        return np.asarray(np.log1p(self.sigma(u) ** 2))

    def parameter(self, t: ArrayLike) -> Array:
        """Return the parameter at the time t, at least that of `lowest`."""
        t = _inside("t", t, float(self.clock(0.0)), float(self.clock(1.0)))
        low, high = self._roots()
        return np.asarray(np.clip((np.sqrt(np.expm1(t)) ** (1.0 / self.rho) - low) / (high - low), 0.0, 1.0))

    def beta(self, u: ArrayLike) -> Array:
        """Return ``(d sigma^2/du)/(1 + sigma^2)``."""
        low, high = self._roots()
        sigma = self.sigma(u)
        slope = self.rho * (high - low) * sigma ** (1.0 - 1.0 / self.rho)
        return np.asarray(2.0 * sigma * slope / (1.0 + sigma**2))

    def times(self, steps: int) -> Array:
        """Return the times of EDM's chain: `steps` sigmas from `highest` to `lowest`, and 0.

        There are at most as many steps as fill 4 GiB.
        """
        count = as_size("steps", steps, at_least=2, each=1e3)
        return np.append(self.clock(np.linspace(1.0, 0.0, count)), 0.0)

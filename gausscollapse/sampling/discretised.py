"""A reverse process with the sampler that discretises it: number of steps, grid, scheme, noise schedule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from numpy.typing import ArrayLike

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError
from gausscollapse.core.presentation import Presented
from gausscollapse.core.validation import Array, as_size
from gausscollapse.divergences.divergence import kl
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.noise import NoiseSchedule
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling.budget import MOST_STEPS, Budget, error_budget
from gausscollapse.sampling.discrete import DiscreteLaw, discrete_law
from gausscollapse.sampling.sampler_grids import sampler_grid
from gausscollapse.sampling.schemes import EULER, Steps, scheme_steps

SCHEDULE = "schedule"


@dataclass(frozen=True, eq=False, repr=False)
class DiscretisedProcess(Presented):
    """A reverse process and the sampler that runs it: the chain, its law, its error and where that comes from.

    Parameters
    ----------
    process : ReverseProcess
        What is discretised.
    steps : int
        Number of steps, from 1 to 10^6.
    grid : {"uniform", "log-snr", "quadratic", "logarithmic", "optimal", "schedule"} or array_like
        Time grid; ``"schedule"``: the chain of the schedule where the process spans it whole, else evenly spaced in
        the schedule's parameter.
    scheme : str, float or array_like (d,)
        As in `scheme_steps`.
    schedule : NoiseSchedule, optional
        Needed by its grid; of everything else it is a change of time.

    Raises
    ------
    InvalidArgumentError, UnknownNameError
        If an argument is out of range, or the grid does not fit the process.

    Examples
    --------
    DDPM's thousand steps, with the mean of its step:

    >>> import gausscollapse as gc
    >>> schedule = gc.LinearSchedule()
    >>> times = schedule.times(1000)
    >>> process = gc.ReverseProcess(
    ...     gc.Gaussian(0.7, 0.25), gc.OrnsteinUhlenbeck(times[0], 0.0), gc.AffineError(0, 0), "standard-normal"
    ... )
    >>> sampler = gc.DiscretisedProcess(process, 1000, "schedule", "martingale", schedule)
    >>> print(f"{float(sampler.endpoint_kl):.1e} <= {float(sampler.budget.total):.4f}")
    1.2e-05 <= 0.0381
    """

    process: ReverseProcess
    steps: int
    grid: str | ArrayLike = "uniform"
    scheme: str | ArrayLike = EULER
    schedule: NoiseSchedule | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.process, ReverseProcess):
            raise InvalidArgumentError("process", self.process, "is not a reverse process", "a ReverseProcess")
        if self.schedule is not None and not isinstance(self.schedule, NoiseSchedule):
            raise InvalidArgumentError("schedule", self.schedule, "is no noise schedule", "a NoiseSchedule")
        as_size("steps", self.steps, at_least=1, each=1.0, unit="steps", most=MOST_STEPS)
        scheme_steps(self.times, self.scheme, stochasticity=self.process.stochasticity, dim=self.process.dim)

    @cached_property
    def times(self) -> Array:
        """The grid in the package's clock, shape (steps + 1,)."""
        process, scheme = self.process, self.scheme
        if not (isinstance(self.grid, str) and self.grid == SCHEDULE):
            return sampler_grid(process, self.steps, self.grid, scheme=scheme)
        if self.schedule is None:
            raise InvalidArgumentError("grid", self.grid, "is that of a schedule, and there is none", "a schedule")
        if process.diffusion.stop == 0.0:
            times = self.schedule.times(self.steps)
            if abs(times[0] - process.diffusion.horizon) > 1e-9 * times[0]:
                raise InvalidArgumentError(
                    "horizon", process.diffusion.horizon, "is not that of the schedule's chain", f"{times[0]:.17g}"
                )
            times[0] = process.diffusion.horizon
            return times
        return self.schedule.grid(process.diffusion, self.steps)

    @cached_property
    def chain(self) -> Steps:
        """The coefficients of every step."""
        return scheme_steps(self.times, self.scheme, stochasticity=self.process.stochasticity, dim=self.process.dim)

    @cached_property
    def law(self) -> DiscreteLaw:
        """The exact law of the learned chain; `NotSupportedError` outside the linear-Gaussian case."""
        return discrete_law(self.process, self.steps, grid=self.times, scheme=self.scheme)

    @cached_property
    def budget(self) -> Budget:
        """Start, discretisation and score."""
        return error_budget(self.process, self.steps, grid=self.times, scheme=self.scheme)

    @cached_property
    def endpoint_kl(self) -> Enclosure:
        """``KL(q_t0 || p^)`` of the data, noised up to the stop, from the endpoint, in nats."""
        if not self.process.is_linear:
            raise NotSupportedError("data: the endpoint's law is known of Gaussian data; accepted: a Gaussian")
        return kl(self.process.gaussian_endpoint, self.law.endpoint)

    def with_steps(self, steps: int) -> DiscretisedProcess:
        """Return the same sampler with another number of steps; a grid of given times becomes uniform.

        A schedule's own chain begins where that of so many steps does. There are at most 10^6 steps.

        Examples
        --------
        >>> import gausscollapse as gc
        >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(2.0, 0.1), gc.AffineError(0, 0.1))
        >>> gc.DiscretisedProcess(process, 10, "quadratic").with_steps(20).times.size
        21
        """
        grid = self.grid if isinstance(self.grid, str) else "uniform"
        process = self.process
        if self.schedule is not None and grid == SCHEDULE and process.diffusion.stop == 0.0:
            diffusion = OrnsteinUhlenbeck(float(self.schedule.times(steps)[0]), 0.0)
            process = replace(process, diffusion=diffusion)
        return DiscretisedProcess(process, steps, grid, self.scheme, self.schedule)

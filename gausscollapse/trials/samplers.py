"""What can be tried: functions, this package's schemes, and schedulers of `diffusers`, behind one protocol."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from gausscollapse.core.exceptions import GaussCollapseError, InvalidArgumentError
from gausscollapse.core.presentation import Presented
from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.noise import LinearSchedule, NoiseSchedule
from gausscollapse.sampling.schemes import SCHEMES, WORDS, scheme_steps
from gausscollapse.trials.model import ExactModel
from gausscollapse.trials.noise import Noise, NormalGenerator, RandomNoise

if TYPE_CHECKING:
    from gausscollapse.trials.schedulers import SchedulerSampler

# The horizon of DDPM's thousand betas, and the time of the first of them.
LINEAR = LinearSchedule()
DDPM = OrnsteinUhlenbeck(horizon=10.05, stop=1e-4)

Function: TypeAlias = Callable[..., Any]


@runtime_checkable
class Sampler(Protocol):
    """A sampler as a map from standard normal draws to samples.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> gc.trials.as_sampler("exponential").name
    'exponential integrator'

    One of one's own, which starts from noise and is done:

    >>> class Start:
    ...     name, takes_steps = "start", False
    ...     def run(self, model, noise, n, steps):
    ...         return noise.draw(n, model.dim)
    ...     def first_level(self, steps):
    ...         return 0.0, 1.0
    >>> Start().first_level(10), round(float(gc.trial(Start(), "narrow").rows[0].accuracy.kl), 6)
    ((0.0, 1.0), 1.786853)
    >>> import numpy as np
    >>> class Zeros:
    ...     def draw(self, n, dim):
    ...         return np.zeros((n, dim))
    >>> Start().run(gc.trials.ExactModel(gc.Gaussian(0, 1)), Zeros(), 1, None)
    array([[0.]])
    """

    @property
    def name(self) -> str:
        """What it is called in tables."""

    @property
    def takes_steps(self) -> bool:
        """Whether its number of steps can be chosen."""

    def run(self, model: ExactModel, noise: Noise, n: int, steps: int | None) -> Array:
        """Return n samples, shape (n, d), made of the model's answers and of draws of `noise`."""

    def first_level(self, steps: int | None, /) -> tuple[float, float] | None:
        """Return signal and noise at which the first draw stands for the data, as the sampler scales it.

        None where that is not known: the part of the start cannot be told then.
        """


@dataclass(frozen=True, eq=False, repr=False)
class SchemeSampler(Presented):
    """One of this package's own schemes on one of its grids, started from N(0, I).

    Parameters
    ----------
    scheme : str
        As in `gausscollapse.sampling.scheme_steps`.
    schedule : NoiseSchedule
        Whose parameter the steps are evenly spaced in; DDPM's by default.
    diffusion : OrnsteinUhlenbeck
        Horizon and stop.

    Examples
    --------
    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> sampler = gc.trials.SchemeSampler("exponential", diffusion=gc.OrnsteinUhlenbeck(2 * np.log(2), 0.0))
    >>> [round(part, 4) for part in sampler.first_level(10)]
    [0.5, 0.866]
    >>> class Zeros:
    ...     def draw(self, n, dim):
    ...         return np.zeros((n, dim))
    >>> sampler.run(gc.trials.ExactModel(gc.Gaussian(0, 1)), Zeros(), 2, 5)
    array([[0.],
           [0.]])
    """

    scheme: str
    schedule: NoiseSchedule = LINEAR
    diffusion: OrnsteinUhlenbeck = DDPM
    takes_steps = True

    @property
    def name(self) -> str:
        """Words for the scheme."""
        return WORDS[self.scheme]

    def first_level(self, _steps: int | None, /) -> tuple[float, float] | None:
        """Return signal and noise at the horizon."""
        horizon = self.diffusion.horizon
        return float(np.exp(-0.5 * horizon)), float(np.sqrt(-np.expm1(-horizon)))

    def run(self, model: ExactModel, noise: Noise, n: int, steps: int | None) -> Array:
        """Return n samples; see `Sampler`."""
        d = model.dim
        plan = scheme_steps(self.schedule.grid(self.diffusion, steps or 50), self.scheme)
        x = noise.draw(n, d)
        for t, a, c, v in zip(plan.times[:-1], plan.state, plan.score, plan.variance, strict=True):
            score = np.asarray(model(x, float(t))).reshape(n, d)
            x = a * x + c * score + np.sqrt(v) * noise.draw(n, d)
        return x


@dataclass(frozen=True, eq=False, repr=False)
class FunctionSampler(Presented):
    """A function ``(score, n, rng) -> samples``, or ``(score, n, rng, steps)``.

    Parameters
    ----------
    function : callable
        `score` is an `ExactModel`: ``score(x, t)`` in the package's clock, or ``score.predict(x, signal=, noise=,
        kind=)``; `rng` has NumPy's ``standard_normal`` and ``normal``.
    """

    function: Function

    @property
    def name(self) -> str:
        """Its name."""
        return str(getattr(self.function, "__name__", type(self.function).__name__))

    @property
    def takes_steps(self) -> bool:
        """Whether it has an argument of the name `steps`."""
        return "steps" in inspect.signature(self.function).parameters

    def first_level(self, _steps: int | None, /) -> tuple[float, float] | None:
        """Return None: a function does not say what it starts from."""
        return None

    def run(self, model: ExactModel, noise: Noise, n: int, steps: int | None) -> Array:
        """Return n samples; see `Sampler`."""
        options = {"steps": steps} if self.takes_steps else {}
        generator = noise.generator if isinstance(noise, RandomNoise) else NormalGenerator(noise)
        try:
            found = np.asarray(self.function(model, n, generator, **options), dtype=np.float64)
        except GaussCollapseError:
            raise
        except Exception as problem:  # a function of somebody else may raise anything
            words = f"{type(problem).__name__}: {problem}"
            raise InvalidArgumentError(
                "sampler", self.name, f"fails with {words}", "a function that answers"
            ) from problem
        if found.shape not in ((n, model.dim), (n,)) or found.size != n * model.dim:
            raise InvalidArgumentError(
                "sampler", self.name, f"returns shape {found.shape}", f"samples of shape ({n}, {model.dim})"
            )
        return found.reshape(n, model.dim)


def as_sampler(sampler: object) -> Sampler:
    """Return a sampler behind one door.

    Parameters
    ----------
    sampler : str, callable or object
        The name of one of this package's schemes or of a scheduler of `diffusers`; a scheduler or its class; a
        function ``(score, n, rng)`` or ``(score, n, rng, steps)``; or anything with the methods of `Sampler`.

    Returns
    -------
    Sampler
        What `trial` runs.

    Raises
    ------
    InvalidArgumentError
        If it is none of these.
    MissingPackageError
        If a scheduler is asked for and `diffusers` is not installed.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> def one_jump(score, n, rng):
    ...     return rng.standard_normal((n, score.dim))
    >>> gc.trials.as_sampler(one_jump).name, gc.trials.as_sampler(one_jump).takes_steps
    ('one_jump', False)
    >>> gc.trials.as_sampler(3)
    Traceback (most recent call last):
    InvalidArgumentError: sampler = 3: is no sampler; accepted: a scheme, a scheduler, or a function (score, n, rng)
    """
    if isinstance(sampler, str) and sampler in SCHEMES:
        return SchemeSampler(sampler)
    if isinstance(sampler, str) or hasattr(sampler, "set_timesteps"):
        return _scheduler(sampler)
    if isinstance(sampler, Sampler) and not isinstance(sampler, type):
        return sampler
    if callable(sampler) and not isinstance(sampler, type):
        return FunctionSampler(sampler)
    raise InvalidArgumentError(
        "sampler", sampler, "is no sampler", "a scheme, a scheduler, or a function (score, n, rng)"
    )


def _scheduler(sampler: object) -> SchedulerSampler:
    from gausscollapse.trials.schedulers import SchedulerSampler

    return SchedulerSampler.of(sampler)

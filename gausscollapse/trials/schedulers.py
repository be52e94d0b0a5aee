"""Schedulers of `diffusers`: run on the exact answers, at their own times and in their own scalings.

Each call of a scheduler's `step` is given what its prediction type asks for, at the noise level that the scheduler
itself has: its sigma where it keeps a list of them, else the cumulative product of its alphas at the timestep. The
noise that it draws is replaced where it asks for it, in its own module.
"""

from __future__ import annotations

import importlib
import inspect
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscollapse.core.exceptions import (
    InvalidArgumentError,
    MissingPackageError,
    NotSupportedError,
    UnknownNameError,
)
from gausscollapse.core.presentation import Presented
from gausscollapse.core.validation import Array
from gausscollapse.trials.model import PREDICTIONS, ExactModel
from gausscollapse.trials.noise import Noise

DRAWING = ("randn_tensor", "randn_like")
# What schedulers ask for that do not say so in their configuration.
ASKED = {"IPNDM": "v_prediction", "LTXEulerAncestralRF": "flow_prediction"}
NOTES = dict.fromkeys(("LCM", "TCD", "FlowMatchLCM", "CMStochasticIterative", "SCM"), "made for distilled models")
CUTTING = ("clip_sample", "thresholding")
BACKWARDS = ("DDIMInverse", "DPMSolverMultistepInverse")
BETAS = {"beta_start": 1e-4, "beta_end": 0.02, "beta_schedule": "linear"}


def _diffusers() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module("torch")
            return importlib.import_module("diffusers.schedulers")
    except ImportError:
        raise MissingPackageError("diffusers", "diffusers") from None


def scheduler_names() -> tuple[str, ...]:
    """Return the names of all schedulers of the installed `diffusers`, without their ending.

    Raises
    ------
    MissingPackageError
        Where it is not installed.
    """
    return tuple(sorted(name.removesuffix("Scheduler") for name in dir(_diffusers()) if name.endswith("Scheduler")))


def _built(kind: type) -> Any:
    """Return a scheduler with default arguments, and DDPM's betas where it takes them."""
    takes = inspect.signature(kind.__init__).parameters  # type: ignore[misc]
    betas = {key: value for key, value in BETAS.items() if key in takes}
    problem: Exception | None = None
    for options in (betas, {}):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return kind(**options)
        except Exception as found:  # another package's constructor may raise anything
            problem = problem or found
    words = "" if problem is None else _brief(problem)
    raise NotSupportedError(
        f"sampler: {kind.__name__} cannot be built without arguments ({words}); accepted: an instance"
    )


@dataclass(frozen=True, eq=False, repr=False)
class SchedulerSampler(Presented):
    """A scheduler of `diffusers` as a sampler.

    Parameters
    ----------
    scheduler : object
        An instance; its own configuration is kept.
    """

    scheduler: Any
    takes_steps = True

    @classmethod
    def of(cls, scheduler: object) -> SchedulerSampler:
        """Return the sampler of a scheduler, of its class or of its name, with or without its ending.

        A class or a name is built with its default arguments, but for the betas of DDPM where it takes them, linear
        from 1e-4 to 0.02, so that schedulers are compared on one noise schedule.
        """
        if isinstance(scheduler, str):
            module, known = _diffusers(), scheduler_names()
            short = scheduler.removesuffix("Scheduler")
            if short not in known:
                raise UnknownNameError("sampler", scheduler, "is not known", "one of " + ", ".join(known))
            try:
                scheduler = getattr(module, f"{short}Scheduler")
            except AttributeError as problem:
                raise NotSupportedError(f"sampler: {scheduler} cannot be loaded ({_brief(problem)})") from problem
        if isinstance(scheduler, type):
            _diffusers()
            scheduler = _built(scheduler)
        if type(scheduler).__name__.removesuffix("Scheduler") in BACKWARDS:
            raise NotSupportedError(f"sampler: {type(scheduler).__name__} runs from the data to noise")
        for needed in ("set_timesteps", "step"):
            if not hasattr(scheduler, needed):
                raise InvalidArgumentError("sampler", scheduler, f"has no {needed}", "a scheduler of diffusers")
        return cls(scheduler)

    @property
    def name(self) -> str:
        """Its class without the ending; `clip_sample` and `thresholding` are told where they are on."""
        on = [key for key in CUTTING if self._set(key)]
        return f"{self.kind} ({', '.join(on)})" if on else self.kind

    @property
    def kind(self) -> str:
        """Its class without the ending."""
        return type(self.scheduler).__name__.removesuffix("Scheduler")

    @property
    def note(self) -> str:
        """What its number does not say, or nothing."""
        return NOTES.get(self.kind, "")

    def _set(self, key: str) -> Any:
        return getattr(self.scheduler, "config", {}).get(key)

    def unclipped(self) -> SchedulerSampler | None:
        """Return the same scheduler without clipping and thresholding; None where neither is on."""
        keys = [key for key in CUTTING if self._set(key)]
        if not keys:
            return None
        return SchedulerSampler(type(self.scheduler).from_config(self.scheduler.config, **dict.fromkeys(keys, False)))

    def first_level(self, steps: int | None, /) -> tuple[float, float] | None:
        """Return signal and noise of the first state, divided by what the first draw is multiplied with."""
        with _quiet():
            scheduler = self._ready(steps)
            t = scheduler.timesteps[0]
            x = _tensor(np.ones((1, 1))) * self._first_scale(scheduler)
            signal, noise, seen = _level(scheduler, x, t)
            # The level is that of the state as the network sees it, which is a multiple of the first draw.
            scale = float(seen[0, 0])
        return signal / scale, noise / scale

    @staticmethod
    def _first_scale(scheduler: Any) -> float:
        return float(getattr(scheduler, "init_noise_sigma", 1.0) or 1.0)

    def _ready(self, steps: int | None) -> Any:
        # A scheduler keeps the state of its last run: each run has its own.
        scheduler = type(self.scheduler).from_config(self.scheduler.config)
        try:
            scheduler.set_timesteps(steps or 50)
        except Exception as problem:  # another package may raise anything
            raise NotSupportedError(
                f"sampler: {self.name} has no grid of {steps} steps ({_brief(problem)})"
            ) from problem
        return scheduler

    def run(self, model: ExactModel, noise: Noise, n: int, steps: int | None) -> Array:
        """Return n samples; see `Sampler`."""
        with _quiet():
            scheduler = self._ready(steps)
            with _prescribed(scheduler, noise):
                x = _tensor(noise.draw(n, model.dim)) * self._first_scale(scheduler)
                for t in _times(scheduler, n):
                    signal, level, seen = _level(scheduler, x, t)
                    answer = _tensor(_answer(scheduler, model, seen.double().numpy(), signal, level))
                    try:
                        x = scheduler.step(answer, t, x, **_more(scheduler, t)).prev_sample
                    except Exception as problem:  # another package may raise anything
                        words = f"{self.name} fails in a step ({_brief(problem)})"
                        raise NotSupportedError(f"sampler: {words}") from problem
            return np.asarray(x.double().numpy())


def _brief(problem: Exception) -> str:
    return f"{type(problem).__name__}: {' '.join(str(problem).split())[:120]}"


@contextmanager
def _quiet() -> Iterator[None]:
    torch: Any = importlib.import_module("torch")
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        yield


def _tensor(array: Array) -> Any:
    torch: Any = importlib.import_module("torch")
    return torch.from_numpy(np.array(array, dtype=np.float64))


@contextmanager
def _prescribed(scheduler: Any, noise: Noise) -> Iterator[None]:
    """Replace the noise that a scheduler's module draws."""
    torch: Any = importlib.import_module("torch")
    module = importlib.import_module(type(scheduler).__module__)

    def drawn(shape: Any, *_others: Any, **options: Any) -> Any:
        size = tuple(getattr(shape, "shape", shape))
        if len(size) != 2:
            raise NotSupportedError(f"sampler: noise of shape {size} is asked for; accepted: rows")
        return _tensor(noise.draw(*size)).to(options.get("dtype") or torch.float64)

    kept = {name: getattr(module, name) for name in DRAWING if hasattr(module, name)}
    here, like = torch.randn, torch.randn_like
    for name in kept:
        setattr(module, name, drawn)
    torch.randn_like = drawn
    torch.randn = lambda *size, **options: drawn(
        size[0] if len(size) == 1 and not isinstance(size[0], int) else size, **options
    )
    try:
        yield
    finally:
        torch.randn, torch.randn_like = here, like
        for name, function in kept.items():
            setattr(module, name, function)


def _times(scheduler: Any, n: int) -> Any:
    """Return the times of a scheduler's steps, one a row where it wants them so; there the last one is no step."""
    if hasattr(scheduler, "_alpha_cumprod"):
        return [t.expand(n) for t in scheduler.timesteps[:-1]]
    return scheduler.timesteps


def _more(scheduler: Any, t: Any) -> dict[str, Any]:
    """Return the previous timestep where a scheduler's step asks for it."""
    if "prev_timestep" not in inspect.signature(scheduler.step).parameters:
        return {}
    place = int((scheduler.timesteps == t).nonzero()[0])
    return {"prev_timestep": scheduler.timesteps[place + 1]} if place + 1 < len(scheduler.timesteps) else {}


def _kind(scheduler: Any) -> str:
    name = type(scheduler).__name__.removesuffix("Scheduler")
    usual = "flow_prediction" if "Flow" in name else "epsilon"
    return str(ASKED.get(name) or scheduler.config.get("prediction_type") or usual)


def _level(scheduler: Any, x: Any, t: Any) -> tuple[float, float, Any]:
    """Return signal a and noise s of a point ``a X + s xi``, and that point: the state, or the state as scaled."""
    name = type(scheduler).__name__
    sigmas: Any = getattr(scheduler, "sigmas", None)
    seen = scheduler.scale_model_input(x, t) if hasattr(scheduler, "scale_model_input") else x
    if getattr(scheduler, "_step_index", 0) is None and hasattr(scheduler, "_init_step_index"):
        scheduler._init_step_index(t)
    index = getattr(scheduler, "step_index", None)
    if hasattr(scheduler, "precondition_inputs"):
        return 1.0, float(sigmas[index]), x
    if _kind(scheduler) == "flow_prediction":
        sigma = float(sigmas[index])
        return 1.0 - sigma, sigma, x
    if sigmas is not None and index is not None:
        sigma = float(sigmas[index])
        return 1.0 / np.sqrt(1.0 + sigma**2), sigma / np.sqrt(1.0 + sigma**2), seen
    if hasattr(scheduler, "alphas_cumprod"):
        kept = float(scheduler.alphas_cumprod[int(t)])
        return np.sqrt(kept), np.sqrt(1.0 - kept), seen
    if hasattr(scheduler, "_alpha_cumprod"):
        kept = float(scheduler._alpha_cumprod(t[:1], "cpu"))
        return np.sqrt(kept), np.sqrt(1.0 - kept), seen
    if hasattr(scheduler, "betas") and hasattr(scheduler, "alphas"):
        place = int((scheduler.timesteps == t).nonzero()[0])
        return float(scheduler.alphas[place]), float(scheduler.betas[place]), seen
    raise NotSupportedError(f"sampler: {name} does not tell its level of noise; accepted: sigmas or alphas_cumprod")


def _answer(scheduler: Any, model: ExactModel, seen: Array, signal: float, noise: float) -> Array:
    """Return the answer of a perfect network in the parametrisation that a scheduler asks for."""
    if hasattr(scheduler, "precondition_inputs"):
        # The network F of D = c_skip x + c_out F.
        torch: Any = importlib.import_module("torch")
        data = model.predict(seen, signal=signal, noise=noise, kind="sample")
        sigma, zero = torch.tensor(noise, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
        one = torch.ones(1, dtype=torch.float64)
        skip = float(scheduler.precondition_outputs(one, zero, sigma))
        out = float(scheduler.precondition_outputs(zero, one, sigma))
        return np.asarray((data - skip * seen) / out)
    kind = _kind(scheduler)
    if kind not in PREDICTIONS:
        raise NotSupportedError(f"sampler: the prediction {kind} is not known; accepted: {', '.join(PREDICTIONS)}")
    return model.predict(seen, signal=signal, noise=noise, kind=kind)

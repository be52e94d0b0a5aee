"""Many samplers on one law: those that run, best first, and those that do not, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import GaussCollapseError, InvalidArgumentError
from gausscollapse.core.presentation import Facts, Presented
from gausscollapse.laws.mixture import Law
from gausscollapse.sampling.schemes import WORDS
from gausscollapse.trials.laws import as_trial_law
from gausscollapse.trials.running import STEPS, Trial, trial
from gausscollapse.trials.samplers import as_sampler

# This package's own, which need no other package.
OWN = ("euler-maruyama", "exponential", "martingale", "ancestral")
# Of `diffusers`, what most people run.
USUAL = (
    "DDPM", "DDIM", "PNDM", "EulerDiscrete", "EulerAncestralDiscrete", "HeunDiscrete", "LMSDiscrete", "KDPM2Discrete",
    "DPMSolverMultistep", "DPMSolverSinglestep", "DEISMultistep", "UniPCMultistep", "EDMEuler",
    "FlowMatchEulerDiscrete", "FlowMatchHeunDiscrete",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Trials(Presented):
    """Trials of many samplers on one law.

    Parameters
    ----------
    data : Gaussian or GaussianMixture
        The law.
    trials : tuple of Trial
        Those that ran, the smallest error at the largest number of steps first.
    refused : tuple of pairs of str
        Names of those that did not run, each with the reason.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> found = gc.trials.trials(["euler-maruyama", "exponential"], "narrow", steps=(50, 100))
    >>> [item.name for item in found.trials], found.refused
    (['Euler-Maruyama', 'exponential integrator'], ())
    """

    data: Law
    trials: tuple[Trial, ...]
    refused: tuple[tuple[str, str], ...]

    def facts(self) -> Facts:
        """Return what a notebook shows."""
        return tuple((item.name, item.rows[-1].accuracy.error.interval) for item in self.trials)


@checked
def trials(
    samplers: Sequence[object],
    data: Law | str,
    *,
    steps: Sequence[int] = STEPS,
    samples: int = 50_000,
    rng: int = 0,
) -> Trials:
    """Try many samplers on one law; what does not run is listed with its reason.

    Parameters
    ----------
    samplers : sequence
        Samplers as in `trial`. A scheduler that clips or thresholds is tried without as well.
    data, steps, samples, rng
        As in `trial`; every sampler gets the same seed.

    Returns
    -------
    Trials
        Best first.

    Raises
    ------
    InvalidArgumentError, UnknownNameError
        If `data`, `steps`, `samples` or `rng` is refused by `trial`.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> def broken(score, n, rng):
    ...     return rng.standard_normal(7)
    >>> gc.trials.trials([broken, "martingale"], "narrow", steps=[20]).refused[0][0]
    'broken'
    """
    law = as_trial_law("data", data)
    if not isinstance(samplers, list | tuple):
        raise InvalidArgumentError("samplers", samplers, "is no list", "a list of samplers")
    # What is wrong with these is nobody's reason.
    trial(OWN[0], law, steps=steps, samples=samples, rng=rng)
    found, refused = [], []
    for sampler in samplers:
        try:
            for item in _variants(sampler):
                found.append(trial(item, law, steps=steps, samples=samples, rng=rng))
        except GaussCollapseError as problem:
            refused.append((_name(sampler), _reason(problem)))
    # What has Monte Carlo error is another measure: it comes after what has none.
    found.sort(
        key=lambda item: (item.rows[-1].accuracy.words == "MMD", item.best if np.isfinite(item.best) else np.inf)
    )
    return Trials(law, tuple(found), tuple(refused))


def _variants(sampler: object) -> Iterator[object]:
    chosen = as_sampler(sampler)
    yield chosen
    plain = getattr(chosen, "unclipped", lambda: None)()
    if plain is not None:
        yield plain


def _name(sampler: object) -> str:
    if isinstance(sampler, str):
        return WORDS.get(sampler, sampler)
    return str(getattr(sampler, "__name__", type(sampler).__name__)).removesuffix("Scheduler")


def _reason(problem: GaussCollapseError) -> str:
    return str(problem).removeprefix("sampler: ")

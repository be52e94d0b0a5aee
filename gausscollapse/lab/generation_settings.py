"""Settings of the experiment "generations", read from tables with one clear line an error.

fresh = 0.5                   fresh fraction alpha of every training set
generations = 20
samples = 1000                size n of a training set; alpha n is rounded to the nearest integer
sampling = "exact"            or "euler-maruyama"
workflow = "last"             or "accumulate", "accumulate-subsample", "fixed-set"; or a table with kind = "window"
                              and length, or kind = "weights" and shares; see `Pile`
[data]                        kind = "gaussian" (mean, cov), "mixture" (weights, means, covs), "isotropic-mixture"
                              (means, deviation, weights = equal), "digits" (components = 1 a digit) or
                              "photograph-patches" (components = 20)
[learner]                     kind = "gaussian", "mixture", "kernel-density", "neural", "torch" or
                              "population-kernel-density", and the parameters of the learner; or "injected": a
                              Gaussian or a mixture of so many components, to whose score [learner.error] is added
[diffusion]                   horizon, stop
[sampler]                     steps, grid, start of Euler-Maruyama
[measure]                     see `Measures`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import as_array, as_choice, as_count, as_number
from gausscollapse.lab.image_laws import IMAGES, image_law
from gausscollapse.lab.process_scenario import LAWS, read_error
from gausscollapse.lab.reading import Checked, Kinds, as_flag, read_table
from gausscollapse.lab.tables import Table
from gausscollapse.lab.workflows import read_workflow
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture, Law
from gausscollapse.learners import (
    GaussianLearner,
    InjectedLearner,
    KernelDensityLearner,
    LearnedModel,
    Learner,
    MixtureLearner,
    NeuralLearner,
    TorchLearner,
)
from gausscollapse.process.process import STARTS
from gausscollapse.retraining.workflows import LAST, Workflow
from gausscollapse.sampling.grids import GRIDS

SAMPLINGS = ("exact", "euler-maruyama")


def _as_generations(argument: str, value: Any) -> tuple[int, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise InvalidArgumentError(argument, value, "is not a list of generations", "a list of integers >= 0")
    return tuple(as_count(argument, entry) for entry in value)


Count: TypeAlias = Annotated[int, as_count]
Positive: TypeAlias = Annotated[int, partial(as_count, at_least=1)]
Paths: TypeAlias = Annotated[int, partial(as_count, at_least=8)]
Flag: TypeAlias = Annotated[bool, as_flag]
Grid: TypeAlias = Annotated[str, partial(as_choice, choices=GRIDS)]
Numbers: TypeAlias = Annotated[tuple[int, ...], _as_generations]


@dataclass(frozen=True)
class PopulationKernelDensity(Checked):
    """A kernel density estimate of infinitely many samples: the score of the training law's channel.

    Parameters
    ----------
    bandwidth : float
        Standard deviation of the kernel, > 0.
    """

    bandwidth: Annotated[float, partial(as_number, above=0.0)]


@dataclass(frozen=True)
class Sampler(Checked):
    """Euler-Maruyama: number of steps, time grid, and law of the start (see `gausscollapse.simulate`)."""

    steps: Positive = 200
    grid: Grid = "log-snr"
    start: Annotated[str, partial(as_choice, choices=STARTS)] = "marginal"


@dataclass(frozen=True)
class Energies(Checked):
    """Where and how path energies are measured.

    Parameters
    ----------
    generations : tuple of int
        Generations i whose error, of the model fitted to samples of q_i, is measured.
    paths, steps, grid
        Of each simulation.
    degree : int
        Degree of the polynomials of the endpoint on which M is regressed, each component of the data having its own.
    pairs : int
        End states of the two-sided estimate of ``eta eps*^2``; 0 for none.
    reference_components, reference_samples : int
        Where q_i has no closed form: a mixture with so many components, fitted by expectation-maximisation to so many
        fresh samples of q_i, takes its place.
    """

    generations: Numbers = (0,)
    paths: Paths = 4000
    steps: Positive = 200
    grid: Grid = "log-snr"
    degree: Positive = 2
    pairs: Count = 0
    reference_components: Positive = 8
    reference_samples: int = 20_000

    def __post_init__(self) -> None:
        super().__post_init__()
        as_count("reference_samples", self.reference_samples, at_least=2 * self.reference_components)


@dataclass(frozen=True)
class FiniteKernel(Checked):
    """Energies of the finite kernel density score on a subsample, beside those of its population limit.

    Parameters
    ----------
    generations : tuple of int
        Generations whose training samples are used.
    centres : int
        Size of the subsample.
    paths, steps, grid
        Of each simulation.
    pairs : int
        End states of the two-sided estimate of ``eta eps*^2``.
    """

    generations: Numbers = (0,)
    centres: Positive = 2000
    paths: Paths = 500
    steps: Positive = 200
    pairs: Annotated[int, partial(as_count, at_least=2)] = 1000
    grid: Grid = "log-snr"


@dataclass(frozen=True)
class Measures(Checked):
    """What is measured.

    Parameters
    ----------
    evaluation : int
        Draws of each model that measurements are made on; the draws that train the next generation are among them,
        and where those are more, all of them are used. By default the size of a training set.
    divergences : bool
        KL, chi-squared and 2-Wasserstein to the data.
    density_points : int
        Draws on which log-densities are averaged, at most.
    modes : bool
        Weights of the modes of a mixture.
    tails : float
        Standard deviations c of the tail mass ``P(|L^{-1}(x - m)| > c)``, m the model's own mean and ``L L^T`` the
        covariance of the data; 0: none.
    correlations : bool
        Innovations in L^2(p) and their correlation; for Gaussian data and laws in closed form.
    points, pictures : int
        Draws of each model that are kept, as points or as pictures.
    energies : Energies or None
    finite_kernel : FiniteKernel or None
    """

    evaluation: Annotated[int, partial(as_count, at_least=10)] | None = None
    divergences: Flag = True
    density_points: Annotated[int, partial(as_count, at_least=2)] = 20_000
    modes: Flag = False
    tails: Annotated[float, partial(as_number, at_least=0.0)] = 0.0
    correlations: Flag = False
    points: Count = 0
    pictures: Count = 0
    energies: Energies | None = None
    finite_kernel: FiniteKernel | None = None


@dataclass(frozen=True, eq=False)
class FiniteSampleSettings(Checked):
    """Everything that a run of generations needs; see the module.

    Parameters
    ----------
    data : Gaussian or GaussianMixture
        p.
    fresh : float
        Fresh fraction alpha of a training set, in [0, 1].
    generations : int
        N >= 1.
    samples : int
        Size n of a training set.
    learner : Learner or PopulationKernelDensity
        What each generation fits.
    sampling : {"exact", "euler-maruyama"}
        How models are drawn from.
    diffusion, sampler, measure
        See there.
    images : str
        Which kind of images the data are, of `IMAGES`; nothing for other data.
    workflow : Workflow
        What is kept of earlier generations.

    Raises
    ------
    InvalidArgumentError
        If a setting is out of range, or settings do not go together.
    """

    data: Law
    fresh: Annotated[float, partial(as_number, at_least=0.0, at_most=1.0)]
    generations: Positive
    samples: Positive
    learner: Learner[LearnedModel] | PopulationKernelDensity
    sampling: Annotated[str, partial(as_choice, choices=SAMPLINGS)] = "exact"
    diffusion: OrnsteinUhlenbeck = field(default_factory=OrnsteinUhlenbeck)
    sampler: Sampler = field(default_factory=Sampler)
    measure: Measures = field(default_factory=Measures)
    images: str = ""
    workflow: Workflow = LAST

    def __post_init__(self) -> None:
        super().__post_init__()
        for wrong, key, value, reason, accepted in _conflicts(self):
            if wrong:
                raise InvalidArgumentError(key, value, reason, accepted)

    @property
    def fresh_count(self) -> int:
        """Number of fresh samples in a training set: alpha n rounded to the nearest integer, halves to the even."""
        return round(self.fresh * self.samples)

    @property
    def model_count(self) -> int:
        """Number of samples of the last model in a training set."""
        return self.samples - self.fresh_count

    @property
    def fresh_fraction(self) -> float:
        """The fresh fraction that the counts make."""
        return self.fresh_count / self.samples

    @property
    def drawn(self) -> int:
        """Number of draws of each model."""
        wanted = self.samples if self.measure.evaluation is None else self.measure.evaluation
        return max(wanted, self.model_count, self.measure.points, self.measure.pictures)


def _conflicts(spec: FiniteSampleSettings) -> Iterator[tuple[bool, str, object, str, str]]:
    """Yield what does not go together: whether it is so here, the key, its value, the reason and what is accepted."""
    learner, measure, dim = spec.learner, spec.measure, spec.data.dim
    exact, gaussian = spec.sampling == "exact", isinstance(spec.data, Gaussian)
    if isinstance(learner, Learner):
        least = learner.least_samples(dim)
        reason = f"is too few for this learner in dimension {dim}"
        yield spec.samples < least, "samples", spec.samples, reason, f"n >= {least}"
    neural = isinstance(learner, NeuralLearner | TorchLearner | InjectedLearner)
    yield exact and neural, "sampling", "exact", "needs a learner with a known law", "euler-maruyama"
    stiff, cure = "makes the last steps too stiff", "a stop > 0, such as 0.02"
    yield not exact and spec.diffusion.stop == 0.0, "diffusion.stop", 0.0, stiff, cure
    yield measure.modes and gaussian, "measure.modes", True, "needs data with modes", "data that are a mixture"
    unknown = not (gaussian and isinstance(learner, GaussianLearner | MixtureLearner))
    reason = "needs Gaussian data and a learner with a known law"
    yield measure.correlations and unknown, "measure.correlations", True, reason, "false"
    kept, needed = spec.workflow, spec.generations
    rows = len(kept.rows) if kept.rows is not None else needed
    reason, accepted = f"has {rows} rows of weights for {needed} generations", "a row a generation"
    yield rows != needed, "workflow", kept.kind, reason, accepted
    reason = "needs a workflow in which the last model alone counts"
    yield measure.correlations and not kept.last_model, "measure.correlations", True, reason, "false, or 'last'"
    pictures, reason = measure.pictures, "needs data that are pictures"
    yield pictures > 0 and not spec.images, "measure.pictures", pictures, reason, f"0, or {', '.join(IMAGES)}"
    for name, part in (("energies", measure.energies), ("finite_kernel", measure.finite_kernel)):
        if part is not None:
            late, last = max(part.generations) >= spec.generations, spec.generations - 1
            key, value = f"measure.{name}.generations", list(part.generations)
            yield late, key, value, "has a generation beyond the last", f"0 to {last}"
    finite, key = measure.finite_kernel, "measure.finite_kernel"
    if finite is not None:
        other, reason = not isinstance(learner, PopulationKernelDensity), "needs a population-kernel-density learner"
        yield other, key, "a table", reason, "measure.energies"
        many = finite.centres > spec.samples
        yield many, f"{key}.centres", finite.centres, "is more than n", f"<= {spec.samples}"


def _isotropic(means: ArrayLike, deviation: float, weights: ArrayLike | None = None) -> GaussianMixture:
    centres = np.atleast_2d(as_array("means", means))
    if centres.ndim != 2 or centres.size == 0:
        raise InvalidArgumentError("means", means, f"has shape {centres.shape}", "means of shape (K, d)")
    spread = as_number("deviation", deviation, at_least=1e-150, at_most=1e150)  # its square is a float
    equal = np.full(centres.shape[0], 1.0 / centres.shape[0])
    return GaussianMixture(equal if weights is None else weights, centres, spread**2 * np.eye(centres.shape[1]))


def _image_law(name: str) -> Callable[..., Law]:
    def law(components: int | None = None) -> Law:
        return image_law(name, components)

    return law


DATA: Kinds[Law] = Kinds(
    {**LAWS.builders, "isotropic-mixture": _isotropic, **{name: _image_law(name) for name in IMAGES}},
    default=LAWS.default,
)
LEARNERS: Mapping[str, Callable[..., Any]] = {
    "gaussian": GaussianLearner,
    "mixture": MixtureLearner,
    # Threads change no result, and are shared out by the sweep.
    "kernel-density": lambda bandwidth, centres=None: KernelDensityLearner(bandwidth, centres),
    "neural": NeuralLearner,
    "torch": TorchLearner,
    "injected": InjectedLearner,
    "population-kernel-density": PopulationKernelDensity,
}


def read_settings(settings: Table) -> FiniteSampleSettings:
    """Return the settings of a run, checked.

    Raises
    ------
    ScenarioError
        With the key, the value, why it is refused and what would be accepted.
    """
    data = settings.get("data")
    kind = data.get("kind") if isinstance(data, Mapping) else None
    readers = {
        "data": DATA.read,
        "learner": Kinds(LEARNERS, readers={"error": read_error}).read,
        "workflow": read_workflow,
    }
    images = kind if isinstance(kind, str) and kind in IMAGES else ""
    return read_table(FiniteSampleSettings, settings, "", readers=readers, given={"images": images})

"""Settings of the experiment "generations", read from tables with one clear line an error.

fresh = 0.5                   fresh fraction alpha of every training set
generations = 20
samples = 1000                size n of a training set; alpha n is rounded to the nearest integer
sampling = "exact"            or "euler-maruyama"
[data]                        kind = "gaussian" (mean, cov), "mixture" (weights, means, covs), "isotropic-mixture"
                              (means, deviation, weights = equal) or "digits" (components = 1 a digit)
[learner]                     kind = "gaussian", "mixture", "kernel-density", "neural" or
                              "population-kernel-density", and the parameters of the learner
[diffusion]                   horizon, stop
[sampler]                     steps, grid, start of Euler-Maruyama
[measure]                     see `Measures`
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError, ScenarioError
from gausscollapse.core.validation import as_choice, as_count, as_number
from gausscollapse.lab.scenario import Table, _built, _kind, as_table, read_law, require_keys
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture, Law
from gausscollapse.learners import GaussianLearner, KernelDensityLearner, Learner, MixtureLearner, NeuralLearner
from gausscollapse.process.process import STARTS
from gausscollapse.sampling.grids import GRIDS

SAMPLINGS = ("exact", "euler-maruyama")


@dataclass(frozen=True)
class PopulationKernelDensity:
    """A kernel density estimate of infinitely many samples: the score of the training law's channel.

    Parameters
    ----------
    bandwidth : float
        Standard deviation of the kernel, > 0.
    """

    bandwidth: float

    def __post_init__(self) -> None:
        as_number("bandwidth", self.bandwidth, above=0.0)


@dataclass(frozen=True)
class Sampler:
    """Euler-Maruyama: number of steps, time grid, and law of the start (see `gausscollapse.simulate`)."""

    steps: int = 200
    grid: str = "log-snr"
    start: str = "marginal"

    def __post_init__(self) -> None:
        as_count("steps", self.steps, at_least=1)
        as_choice("grid", self.grid, GRIDS)
        as_choice("start", self.start, STARTS)


@dataclass(frozen=True)
class Energies:
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

    generations: tuple[int, ...] = (0,)
    paths: int = 4000
    steps: int = 200
    grid: str = "log-snr"
    degree: int = 2
    pairs: int = 0
    reference_components: int = 8
    reference_samples: int = 20_000

    def __post_init__(self) -> None:
        object.__setattr__(self, "generations", _generations("generations", self.generations))
        for name, least in (("paths", 8), ("steps", 1), ("degree", 1), ("reference_components", 1)):
            as_count(name, getattr(self, name), at_least=least)
        as_count("reference_samples", self.reference_samples, at_least=2 * self.reference_components)
        as_count("pairs", self.pairs)
        as_choice("grid", self.grid, GRIDS)


@dataclass(frozen=True)
class FiniteKernel:
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

    generations: tuple[int, ...] = (0,)
    centres: int = 2000
    paths: int = 500
    steps: int = 200
    pairs: int = 1000
    grid: str = "log-snr"

    def __post_init__(self) -> None:
        object.__setattr__(self, "generations", _generations("generations", self.generations))
        for name, least in (("centres", 1), ("paths", 8), ("steps", 1), ("pairs", 2)):
            as_count(name, getattr(self, name), at_least=least)
        as_choice("grid", self.grid, GRIDS)


def _generations(name: str, value: Any) -> tuple[int, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise InvalidArgumentError(name, value, "is not a list of generations", "a list of integers >= 0")
    return tuple(as_count(name, entry) for entry in value)


@dataclass(frozen=True)
class Measures:
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
        Standard deviations c of the tail mass ``P(|L^{-1}(x - m)| > c)``, m and ``L L^T`` those of the data; 0: none.
    correlations : bool
        Innovations in L^2(p) and their correlation; for Gaussian data and laws in closed form.
    points, pictures : int
        Draws of each model that are kept, as points or as pictures.
    energies : Energies or None
    finite_kernel : FiniteKernel or None
    """

    evaluation: int | None = None
    divergences: bool = True
    density_points: int = 20_000
    modes: bool = False
    tails: float = 0.0
    correlations: bool = False
    points: int = 0
    pictures: int = 0
    energies: Energies | None = None
    finite_kernel: FiniteKernel | None = None

    def __post_init__(self) -> None:
        for name in ("points", "pictures"):
            as_count(name, getattr(self, name))
        as_count("density_points", self.density_points, at_least=2)
        if self.evaluation is not None:
            as_count("evaluation", self.evaluation, at_least=10)
        as_number("tails", self.tails, at_least=0.0)
        for name in ("divergences", "modes", "correlations"):
            if not isinstance(getattr(self, name), bool):
                raise InvalidArgumentError(name, getattr(self, name), "is not true or false", "true or false")


@dataclass(frozen=True, eq=False)
class GenerationSettings:
    """Everything that a run of generations needs; see the module.

    Parameters
    ----------
    data : Gaussian or GaussianMixture
        p.
    images : bool
        Whether the data are digits.
    """

    data: Law
    images: bool
    fresh: float
    generations: int
    samples: int
    sampling: str
    learner: Learner | PopulationKernelDensity
    diffusion: OrnsteinUhlenbeck = field(default_factory=OrnsteinUhlenbeck)
    sampler: Sampler = field(default_factory=Sampler)
    measure: Measures = field(default_factory=Measures)

    @property
    def fresh_count(self) -> int:
        """Number of fresh samples in a training set: alpha n rounded to the nearest integer, halves to the even."""
        return round(self.fresh * self.samples)

    @property
    def model_count(self) -> int:
        """Number of samples of the last model in a training set."""
        return self.samples - self.fresh_count

    @property
    def share(self) -> float:
        """The fresh fraction that the counts make."""
        return self.fresh_count / self.samples

    @property
    def drawn(self) -> int:
        """Number of draws of each model."""
        wanted = self.samples if self.measure.evaluation is None else self.measure.evaluation
        return max(wanted, self.model_count, self.measure.points, self.measure.pictures)


LEARNERS: Mapping[str, tuple[Callable[..., Any], tuple[str, ...], tuple[str, ...]]] = {
    "gaussian": (GaussianLearner, (), ("shrinkage",)),
    "mixture": (MixtureLearner, ("components",), ("covariance", "regularisation", "iterations", "starts")),
    "kernel-density": (KernelDensityLearner, ("bandwidth",), ("centres",)),
    "neural": (NeuralLearner, (), ("layers", "repeats", "epochs", "rate", "batch")),
    "population-kernel-density": (PopulationKernelDensity, ("bandwidth",), ()),
}
DATA = ("gaussian", "mixture", "isotropic-mixture", "digits")


def _isotropic(means: Any, deviation: Any, weights: Any = None) -> GaussianMixture:
    centres = np.atleast_2d(np.asarray(means, dtype=np.float64))
    spread = as_number("deviation", deviation, above=0.0)
    shares = np.full(centres.shape[0], 1.0 / centres.shape[0]) if weights is None else weights
    return GaussianMixture(shares, centres, spread**2 * np.eye(centres.shape[1]))


def read_data(value: object) -> tuple[Law, bool]:
    """Return the law of a table ``[data]``, and whether its points are pictures."""
    table = as_table(value, "data")
    kind = _kind(table, "data", dict.fromkeys(DATA), "gaussian")
    rest = {key: entry for key, entry in table.items() if key != "kind"}
    if kind == "digits":
        from gausscollapse.lab.digits import digits_law

        require_keys(table, "data", needed=(), optional=("kind", "components"))
        wanted = rest or {"components": 1}
        components = _built("data", lambda components: as_count("components", components, at_least=1), wanted)
        return digits_law(components), True
    if kind == "isotropic-mixture":
        require_keys(table, "data", needed=("means", "deviation"), optional=("kind", "weights"))
        law: Law = _built("data", _isotropic, rest)
        return law, False
    return read_law(table, "data"), False


def _read_options(table: Table, where: str, kind: type[Any], nested: Mapping[str, type[Any]] = {}) -> Any:
    known = tuple(kind.__dataclass_fields__)
    require_keys(table, where, needed=(), optional=known)
    arguments = {
        key: _read_options(as_table(entry, f"{where}.{key}"), f"{where}.{key}", nested[key])
        if key in nested
        else entry
        for key, entry in table.items()
    }
    return _built(where, kind, arguments)


def _read_learner(value: object) -> Learner | PopulationKernelDensity:
    table = as_table(value, "learner")
    build, needed, optional = LEARNERS[_kind(table, "learner", LEARNERS)]
    require_keys(table, "learner", needed=needed, optional=("kind", *optional))
    learner: Learner | PopulationKernelDensity = _built(
        "learner", build, {key: entry for key, entry in table.items() if key != "kind"}
    )
    return learner


def _checked(settings: Table, key: str, check: Callable[[Any], Any]) -> Any:
    try:
        return check(settings.get(key, "exact"))
    except InvalidArgumentError as error:
        raise ScenarioError(key, error.value, error.reason, error.accepted) from None


def read_generations(settings: Table) -> GenerationSettings:
    """Return the settings of a run, checked.

    Raises
    ------
    ScenarioError
        With the key, the value, why it is refused and what would be accepted.
    """
    require_keys(
        settings, "", needed=("data", "fresh", "generations", "samples", "learner"),
        optional=("sampling", "diffusion", "sampler", "measure"),
    )  # fmt: skip
    plain = {
        "fresh": _checked(settings, "fresh", lambda value: as_number("fresh", value, at_least=0.0, at_most=1.0)),
        "generations": _checked(settings, "generations", lambda value: as_count("generations", value, at_least=1)),
        "samples": _checked(settings, "samples", lambda value: as_count("samples", value, at_least=1)),
        "sampling": _checked(settings, "sampling", lambda value: as_choice("sampling", value, SAMPLINGS)),
    }
    data, images = read_data(settings["data"])
    times = as_table(settings.get("diffusion", {}), "diffusion")
    require_keys(times, "diffusion", needed=(), optional=("horizon", "stop"))
    nested = {"energies": Energies, "finite_kernel": FiniteKernel}
    spec = GenerationSettings(
        data, images, plain["fresh"], plain["generations"], plain["samples"], plain["sampling"],
        _read_learner(settings["learner"]),
        _built("diffusion", OrnsteinUhlenbeck, times),
        _read_options(as_table(settings.get("sampler", {}), "sampler"), "sampler", Sampler),
        _read_options(as_table(settings.get("measure", {}), "measure"), "measure", Measures, nested),
    )  # fmt: skip
    _require_sense(spec)
    return spec


def _require_sense(spec: GenerationSettings) -> None:
    """Refuse settings that do not go together."""
    learner, measure = spec.learner, spec.measure
    known = isinstance(learner, GaussianLearner | MixtureLearner)
    if isinstance(learner, Learner):
        least = learner.least_samples(spec.data.dim)
        if spec.samples < least:
            raise ScenarioError(
                "samples", spec.samples, f"is too few for this learner in dimension {spec.data.dim}", f"n >= {least}"
            )
    if spec.sampling == "exact" and isinstance(learner, NeuralLearner):
        raise ScenarioError("sampling", "exact", "needs a learner with a known law", "euler-maruyama")
    if spec.diffusion.stop == 0.0 and spec.sampling != "exact":
        raise ScenarioError("diffusion.stop", 0.0, "makes the last steps too stiff", "a stop > 0, such as 0.02")
    if measure.modes and isinstance(spec.data, Gaussian):
        raise ScenarioError("measure.modes", True, "needs data with modes", "data that are a mixture")
    if measure.correlations and not (isinstance(spec.data, Gaussian) and known):
        raise ScenarioError(
            "measure.correlations", True, "needs Gaussian data and a learner with a known law", "false"
        )
    if measure.pictures and not spec.images:
        raise ScenarioError("measure.pictures", measure.pictures, "needs data that are pictures", "0, or digits")
    for name, part in (("energies", measure.energies), ("finite_kernel", measure.finite_kernel)):
        if part is not None and max(part.generations) >= spec.generations:
            raise ScenarioError(
                f"measure.{name}.generations", list(part.generations), "has a generation beyond the last",
                f"0 to {spec.generations - 1}",
            )  # fmt: skip
    finite = measure.finite_kernel
    if finite is not None and not isinstance(learner, PopulationKernelDensity):
        raise ScenarioError(
            "measure.finite_kernel", "a table", "needs a population-kernel-density learner", "measure.energies"
        )
    if finite is not None and finite.centres > spec.samples:
        raise ScenarioError("measure.finite_kernel.centres", finite.centres, "is more than n", f"<= {spec.samples}")

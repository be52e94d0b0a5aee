"""Families of single-generation instances: where theorems are checked.

Every family draws the dimension from 1..8, the stop from 1e-5..1, the time from stop to horizon from 0.02..15, and an
error that is scaled to a drawn ideal energy, so that small and large errors are met in every family.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gausscollapse.checking.box_family import BoxFamily
from gausscollapse.checking.chapter import Chapter, LazyInstances, Sample
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.json_text import json_text
from gausscollapse.core.validation import Array
from gausscollapse.lab.process_scenario import describe_process, read_process
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture
from gausscollapse.process.errors import (
    AffineError,
    AmplifiedScoreError,
    RealizableError,
    ScoreError,
    SolenoidalError,
)
from gausscollapse.process.exact.batch import Batch
from gausscollapse.process.exact.statistics import LinearStatistics
from gausscollapse.process.linear_form import LinearForm
from gausscollapse.process.process import ReverseProcess
from gausscollapse.theorems.instances.spaces import LINEAR_SPACES, MARGINAL, STANDARD

Generator = np.random.Generator
Draw = Callable[[Generator, int], tuple[Gaussian, ScoreError, tuple[float, float]]]

DIMENSIONS, SHARES = np.arange(1, 9), (0.25, 0.23, 0.18, 0.13, 0.07, 0.06, 0.05, 0.03)
UP_TO = np.cumsum(SHARES) / np.sum(SHARES)
DRAWN = 1e-3
# Digits of certified statistics: a float's, and enough for sides that are not close.
FLOAT_DIGITS, FEW_DIGITS = 15, 7
SMALL, MIDDLE, LARGE = (1e-6, 1e-2), (1e-2, 1.0), (1.0, 20.0)


def _log_uniform(rng: Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _dimension(rng: Generator) -> int:
    """Draw what ``rng.choice(DIMENSIONS, p=SHARES)`` draws, sooner."""
    return int(DIMENSIONS[np.searchsorted(UP_TO, rng.random(), side="right")])


def _rotation(rng: Generator, dim: int) -> Array:
    factor, upper = np.linalg.qr(rng.standard_normal((dim, dim)))
    return np.asarray(factor * np.sign(np.diag(upper)))


def _covariance(rng: Generator, eigenvalues: Array) -> Array:
    rotation = _rotation(rng, eigenvalues.size)
    return np.asarray((rotation * eigenvalues) @ rotation.T)


def _isotropic_law(rng: Generator, dim: int) -> Gaussian:
    return Gaussian(rng.standard_normal(dim), _log_uniform(rng, 0.05, 4.0) * np.eye(dim))


def _anisotropic_law(rng: Generator, dim: int, spread: float = 30.0) -> Gaussian:
    eigenvalues = np.exp(rng.uniform(-np.log(spread), 0.5 * np.log(spread), dim))
    return Gaussian(rng.standard_normal(dim), _covariance(rng, eigenvalues))


def _affine(rng: Generator, dim: int) -> AffineError:
    return AffineError(rng.standard_normal((dim, dim)) / np.sqrt(dim), rng.standard_normal(dim))


def _swirl(rng: Generator, dim: int) -> SolenoidalError:
    matrix = rng.standard_normal((dim, dim))
    return SolenoidalError(0.5 * (matrix - matrix.T))


def _isotropic(rng: Generator, dim: int) -> tuple[Gaussian, ScoreError, tuple[float, float]]:
    return _isotropic_law(rng, dim), _affine(rng, dim), SMALL


def _anisotropic(rng: Generator, dim: int) -> tuple[Gaussian, ScoreError, tuple[float, float]]:
    return _anisotropic_law(rng, dim), _affine(rng, dim), MIDDLE


def _large(rng: Generator, dim: int) -> tuple[Gaussian, ScoreError, tuple[float, float]]:
    return _anisotropic_law(rng, dim), _affine(rng, dim), LARGE


def _constant_offset(rng: Generator, dim: int) -> tuple[Gaussian, ScoreError, tuple[float, float]]:
    error = AffineError(np.zeros((dim, dim)), rng.standard_normal(dim))
    return _anisotropic_law(rng, dim), error, (1e-4, 10.0)


def _nearly_solenoidal(rng: Generator, dim: int) -> tuple[Gaussian, ScoreError, tuple[float, float]]:
    dim = max(dim, 2)
    leak = _affine(rng, dim).scaled(_log_uniform(rng, 1e-3, 0.3))
    return _anisotropic_law(rng, dim, 5.0), _swirl(rng, dim) + leak, MIDDLE


def _nearly_singular(rng: Generator, dim: int) -> tuple[Gaussian, ScoreError, tuple[float, float]]:
    dim = max(dim, 2)
    eigenvalues = np.concatenate([[_log_uniform(rng, 1e-10, 1e-4)], np.exp(rng.uniform(-1.0, 1.0, dim - 1))])
    return Gaussian(rng.standard_normal(dim), _covariance(rng, eigenvalues)), _affine(rng, dim), SMALL


def _realizable(rng: Generator, dim: int) -> tuple[Gaussian, ScoreError, tuple[float, float]]:
    law = _anisotropic_law(rng, dim, 5.0)
    factor = _log_uniform(rng, 0.8, 1.25) * np.eye(dim) + 0.1 * rng.standard_normal((dim, dim))
    target = Gaussian(law.mean + 0.3 * rng.standard_normal(dim), factor @ law.cov @ factor.T)
    return law, RealizableError(target), (0.0, 0.0)


def _amplified(rng: Generator, dim: int) -> tuple[Gaussian, ScoreError, tuple[float, float]]:
    return _anisotropic_law(rng, dim), AmplifiedScoreError(1.0 if rng.uniform() < 0.5 else -1.0), (1e-4, 0.3)


def _pure_swirl(rng: Generator, dim: int) -> tuple[Gaussian, ScoreError, tuple[float, float]]:
    dim = max(dim, 2)
    return _anisotropic_law(rng, dim, 5.0), _swirl(rng, dim), MIDDLE


COMMON: Mapping[str, Draw] = {
    "isotropic": _isotropic,
    "anisotropic": _anisotropic,
    "large error": _large,
    "constant offset": _constant_offset,
    "nearly solenoidal": _nearly_solenoidal,
    "nearly singular": _nearly_singular,
    "realizable": _realizable,
    "amplified score": _amplified,
}
# Few theorems say anything of these, so that they are drawn less often.
RARE: Mapping[str, Draw] = {"pure swirl": _pure_swirl, "another start": _anisotropic}
FAMILIES: Mapping[str, Draw] = {**COMMON, **RARE}
TURNS = (*(4 * tuple(COMMON)), *RARE)


def _diffusion(rng: Generator) -> OrnsteinUhlenbeck:
    stop = _log_uniform(rng, 1e-5, 1.0)
    return OrnsteinUhlenbeck(horizon=stop + _log_uniform(rng, 0.02, 15.0), stop=stop)


def draw(count: int, rng: Generator) -> Sequence[Sample]:
    """Return `count` random processes, the families in turn, as one sample a dimension.

    Parameters
    ----------
    count : int
        Number of processes in all.
    rng : numpy.random.Generator
        Source of randomness; equal states give equal instances.

    Returns
    -------
    sequence of Sample
        Instances are `ReverseProcess` objects, statistics are `LinearStatistics`.
    """
    drawn: dict[int, list[_Drawn]] = defaultdict(list)
    for index in range(count):
        name = TURNS[index % len(TURNS)]
        law, error, (low, high) = FAMILIES[name](rng, _dimension(rng))
        energy = _log_uniform(rng, low, high) if high > 0.0 else 0.0
        drawn[law.dim].append(_Drawn(name, law, _diffusion(rng), error, energy))
    return [_sample(drawn[dim]) for dim in sorted(drawn)]


@dataclass(frozen=True)
class _Drawn:
    """What a process is made of, once its error is scaled to the energy that it should have (0: left as it is)."""

    family: str
    gaussian: Gaussian
    diffusion: OrnsteinUhlenbeck
    error: ScoreError
    energy: float
    stochasticity = 1.0

    @property
    def start(self) -> str:
        return STANDARD if self.family == "another start" else MARGINAL

    @property
    def matched(self) -> bool:
        return self.start == MARGINAL

    @property
    def form(self) -> LinearForm:
        return self.error.linear_form(self.gaussian)

    def process(self, factor: float) -> ReverseProcess:
        error = self.error.scaled(factor) if self.energy > 0.0 else self.error
        return ReverseProcess(self.gaussian, self.diffusion, error, self.start)


def _sample(drawn: Sequence[_Drawn]) -> Sample:
    """Scale every error to its energy, all of one dimension at once; a process is built when it is asked for."""
    batch = Batch.of(drawn)
    # The energies wanted are drawn at random: three digits of the raw ones are enough.
    raw = np.asarray(LinearStatistics(batch, DRAWN).ideal_energy.value)
    wanted = np.array([each.energy for each in drawn])
    factors = np.sqrt(wanted / raw, out=np.ones(len(drawn)), where=wanted > 0.0)
    instances = LazyInstances(len(drawn), lambda index: drawn[index].process(float(factors[index])))
    return Sample(instances, LinearStatistics(batch.scaled(factors)), [each.family for each in drawn])


def prepare(process: ReverseProcess) -> Sample:
    """Return the sample of length one of a user's process."""
    from gausscollapse.sampling.sampled_statistics import statistics_of

    if not isinstance(process, ReverseProcess):
        raise InvalidArgumentError("instance", process, "is no instance of this chapter", "a ReverseProcess")
    return Sample([process], statistics_of(process), ["yours"])


def certify(process: ReverseProcess) -> Sample:
    """Return the sample of length one of a linear-Gaussian process, with certified statistics.

    Theorems often share their worst instance: the latest ones are kept.
    """
    return _certified(json_text(dict(describe_process(process))), FLOAT_DIGITS)


def certify_soon(process: ReverseProcess) -> Sample:
    """Return the same to seven digits, in half of the time: enough to tell sides that are not close."""
    return _certified(json_text(dict(describe_process(process))), FEW_DIGITS)


@lru_cache(maxsize=64)
def _certified(scenario: str, digits: int) -> Sample:
    from gausscollapse.process.certified import certified_statistics

    process = read_process(json.loads(scenario))
    return Sample([process], certified_statistics(process, digits=digits), ["certified"])


# One mixture on the line for so many exact instances: each is a differential equation to solve.
EXACT_PER_MIXTURE = 1000


def draw_mixtures(count: int, rng: Generator, *, dim: int = 1) -> Sequence[Sample]:
    """Return `count` random processes with mixture data, each a sample of its own.

    Statistics are `GridStatistics` in d = 1 (Fokker-Planck equations) and `SampledStatistics` beyond (paths).
    """
    if not count:
        return []
    from gausscollapse.sampling.sampled_statistics import statistics_of

    samples = []
    for index in range(count):
        size = int(rng.integers(2, 4))
        covs = np.array([_covariance(rng, rng.uniform(0.15, 0.5, dim)) for _ in range(size)])
        data = GaussianMixture(rng.dirichlet(np.full(size, 3.0)), 1.2 * rng.standard_normal((size, dim)), covs)
        shifted = GaussianMixture(data.weights, data.means + 0.1 * rng.standard_normal((size, dim)), data.covs)
        errors = (
            AffineError(np.zeros((dim, dim)), rng.uniform(0.15, 0.3) * rng.standard_normal(dim) / np.sqrt(dim)),
            RealizableError(shifted),
            AmplifiedScoreError(rng.uniform(0.03, 0.1) / np.sqrt(dim)),
        )
        diffusion = OrnsteinUhlenbeck(horizon=rng.uniform(1.0, 3.0), stop=_log_uniform(rng, 0.02, 0.2))
        process = ReverseProcess(data, diffusion, errors[index % len(errors)])
        samples.append(Sample([process], statistics_of(process), [f"mixture d={dim}"]))
    return samples


def draw_all(count: int, rng: Generator) -> Sequence[Sample]:
    """Return `count` exact instances and some mixtures on the line, one for 1000 of them."""
    return [*draw(count, rng), *draw_mixtures(count // EXACT_PER_MIXTURE, rng)]


def _boxes() -> Sequence[BoxFamily]:
    from gausscollapse.theorems.instances.boxes import BOX_FAMILIES

    return BOX_FAMILIES


SINGLE_GENERATION = Chapter(
    "single generation",
    draw_all,
    prepare,
    describe_process,
    accepts=ReverseProcess,
    spaces=LINEAR_SPACES,
    boxes=_boxes,
    certify=certify,
    certify_soon=certify_soon,
    restore=read_process,
)

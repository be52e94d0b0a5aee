"""Families of samplers: where the theorems on discretisation are checked.

Data is Gaussian with an affine error, or a mixture on the line; schemes, grids and numbers of steps are drawn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gausscollapse.checking.chapter import Chapter, LazyInstances, Sample, Space
from gausscollapse.checking.coordinates import Range, Ranges, ends, split
from gausscollapse.core.validation import Array
from gausscollapse.lab.sampler_scenario import describe_sampler, read_sampler
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture
from gausscollapse.laws.noise import CosineSchedule, ExplodingSchedule, LinearSchedule, NoiseSchedule
from gausscollapse.process.errors import AffineError, RealizableError, ScoreError
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling import DiscretisedProcess
from gausscollapse.theorems.instances.chain_statistics import ChainStatistics
from gausscollapse.theorems.instances.schedule_statistics import ScheduleStatistics

Generator = np.random.Generator
Family = Callable[[Generator], DiscretisedProcess]

SCHEMES = ("euler-maruyama", "exponential", "martingale", "relative")
GRIDS = ("uniform", "quadratic", "logarithmic", "log-snr", "optimal")
STARTS = ("marginal", "standard-normal")


def _log_uniform(rng: Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _diffusion(rng: Generator, *, stop: float = 0.02, span: float = 4.0) -> OrnsteinUhlenbeck:
    first = _log_uniform(rng, stop, 0.5)
    return OrnsteinUhlenbeck(first + rng.uniform(0.3, span), first)


def _law(rng: Generator, low: float = 0.1, high: float = 3.0) -> Gaussian:
    dim = int(rng.integers(1, 4))
    basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    cov = (basis * np.exp(rng.uniform(np.log(low), np.log(high), dim))) @ basis.T
    return Gaussian(rng.standard_normal(dim), 0.5 * (cov + cov.T))


def _scheme(rng: Generator) -> str | float:
    return SCHEMES[rng.integers(len(SCHEMES))] if rng.uniform() < 0.75 else float(rng.uniform(-0.5, 1.5))


def _sampler(rng: Generator, process: ReverseProcess, low: int = 2, high: int = 24) -> DiscretisedProcess:
    grid = GRIDS[rng.integers(len(GRIDS))]
    return DiscretisedProcess(process, int(np.exp(rng.uniform(np.log(low), np.log(high)))), grid, _scheme(rng))


def _affine(rng: Generator, dim: int, size: float) -> AffineError:
    return AffineError(size * rng.standard_normal((dim, dim)) / dim, size * rng.standard_normal(dim))


def _gaussian(rng: Generator) -> DiscretisedProcess:
    data = _law(rng)
    error = _affine(rng, data.dim, _log_uniform(rng, 0.01, 0.5))
    return _sampler(rng, ReverseProcess(data, _diffusion(rng), error, STARTS[rng.integers(2)]))


def _exact_score(rng: Generator) -> DiscretisedProcess:
    data = _law(rng)
    error = AffineError(np.zeros((data.dim, data.dim)), np.zeros(data.dim))
    return _sampler(rng, ReverseProcess(data, _diffusion(rng), error))


def _wrong_score(rng: Generator) -> DiscretisedProcess:
    """Draw an offset that outweighs the discretisation: many steps of data near N(0, I)."""
    dim = int(rng.integers(1, 4))
    data = Gaussian(rng.standard_normal(dim), rng.uniform(0.8, 1.2) * np.eye(dim))
    error = AffineError(np.zeros((dim, dim)), rng.uniform(0.5, 1.5) * rng.standard_normal(dim))
    process = ReverseProcess(data, _diffusion(rng, span=3.0), error)
    return DiscretisedProcess(process, int(rng.integers(20, 40)), "uniform", SCHEMES[rng.integers(len(SCHEMES))])


def _wrong_start(rng: Generator) -> DiscretisedProcess:
    """Draw a horizon so short that the start outweighs all else."""
    dim = int(rng.integers(1, 4))
    data = Gaussian(3.0 * rng.standard_normal(dim), np.eye(dim))
    error = AffineError(np.zeros((dim, dim)), np.zeros(dim))
    diffusion = OrnsteinUhlenbeck(_log_uniform(rng, 0.1, 0.6), 0.05)
    return _sampler(rng, ReverseProcess(data, diffusion, error, "standard-normal"), 8, 24)


def _mixture(rng: Generator) -> DiscretisedProcess:
    size = int(rng.integers(2, 4))
    data = GaussianMixture(rng.dirichlet(np.full(size, 3.0)), rng.standard_normal(size), rng.uniform(0.2, 0.6, size))
    shifted = GaussianMixture(data.weights, data.means + 0.1 * rng.standard_normal((size, 1)), data.covs)
    error: ScoreError = RealizableError(shifted) if rng.uniform() < 0.5 else AffineError(0.1, 0.2)
    diffusion = OrnsteinUhlenbeck(rng.uniform(1.0, 2.5), _log_uniform(rng, 0.05, 0.2))
    grid = GRIDS[rng.integers(4)]
    return DiscretisedProcess(ReverseProcess(data, diffusion, error), 2, grid, _scheme(rng))


def _fine(rng: Generator) -> DiscretisedProcess:
    """Draw data and a scheme whose cost per step vanishes at no time."""
    data = _law(rng, 0.3, 1.5)
    error = AffineError(np.zeros((data.dim, data.dim)), np.zeros(data.dim))
    scheme = SCHEMES[rng.integers(3)] if rng.uniform() < 0.75 else float(rng.uniform(-0.5, 0.4))
    return DiscretisedProcess(
        ReverseProcess(data, _diffusion(rng, stop=0.05, span=2.5), error), 100, "uniform", scheme
    )


Statistics = Callable[[Sequence[DiscretisedProcess]], Any]


def sample_of(samplers: Sequence[DiscretisedProcess], labels: Sequence[str], statistics: Statistics) -> Sample:
    """Return samplers with their statistics."""
    return Sample(samplers, statistics(samplers), labels)


def chapter(
    name: str,
    families: Mapping[str, Family],
    *,
    least: int,
    spaces: Sequence[Space] = (),
    statistics: Statistics = ChainStatistics,
    alike: Callable[[DiscretisedProcess], object] = lambda sampler: sampler.process.is_linear,
    rare: Mapping[str, int] = {},
    certified: Callable[[DiscretisedProcess], Sample] | None = None,
    uncertified: str = "",
) -> Chapter:
    """Return the chapter of some families of samplers, in turn; those of `rare` once in so many turns.

    Samplers for which `alike` is the same go into a sample together.
    """
    names = list(families)

    def draw(count: int, rng: Generator) -> Sequence[Sample]:
        groups: dict[object, list[tuple[str, DiscretisedProcess]]] = defaultdict(list)
        for index in range(count):
            label = names[index % len(names)]
            if (index // len(names)) % rare.get(label, 1) != 0:
                label = names[0]
            sampler = families[label](rng)
            groups[alike(sampler)].append((label, sampler))
        return [sample_of([item for _, item in g], [label for label, _ in g], statistics) for g in groups.values()]

    def prepare(sampler: DiscretisedProcess) -> Sample:
        return sample_of([sampler], ["yours"], statistics)

    return Chapter(
        name, draw, prepare, describe_sampler, DiscretisedProcess, share=least / 1000.0, least=least,
        search_share=0.25 * least / 1000.0,
        spaces=spaces, certify=certified, uncertified=uncertified, restore=read_sampler,
    )  # fmt: skip


def certify(sampler: DiscretisedProcess) -> Sample:
    """Return the sample of length one of a sampler of Gaussian data, with certified statistics."""
    from gausscollapse.theorems.instances.certified_chains import CertifiedChainStatistics

    return Sample([sampler], CertifiedChainStatistics(sampler), ["certified"])


def _dimension(sampler: DiscretisedProcess) -> object:
    return sampler.process.dim


# Of how many instances a computation of so many parts is worth: a sampler takes as long as twenty processes.
LEAST, LEAST_SMALL, LEAST_SCHEDULED = 60, 20, 16

# The line: logarithms of the variance, of the span, of the stop and of the number of steps, and the rest.
RANGES: Ranges = {
    "log_variance": (1, Range.logarithms(1e-2, 0.1, 3.0, 30.0)),
    "mean": (1, Range(-5.0, -1.0, 1.0, 5.0)),
    "log_span": (1, Range.logarithms(0.02, 0.3, 4.0, 10.0)),
    "log_stop": (1, Range.logarithms(1e-3, 0.02, 0.5, 2.0)),
    "log_steps": (1, Range.logarithms(1.0, 2.0, 24.0, 64.0)),
    "slope": (1, Range(-1.0, -0.3, 0.3, 1.0)),
    "offset": (1, Range(-3.0, -0.5, 0.5, 3.0)),
    "linear": (1, Range(-1.0, 0.0, 1.0, 2.0)),
}


def _of_point(point: Array, start: str) -> DiscretisedProcess:
    entries = {name: float(columns[0, 0]) for name, columns in split(RANGES, point[None]).items()}
    stop = float(np.exp(entries["log_stop"]))
    diffusion = OrnsteinUhlenbeck(stop + float(np.exp(entries["log_span"])), stop)
    data = Gaussian(entries["mean"], np.exp(entries["log_variance"]))
    process = ReverseProcess(data, diffusion, AffineError(entries["slope"], entries["offset"]), start)
    steps = int(np.clip(np.rint(np.exp(entries["log_steps"])), 1, 64))
    return DiscretisedProcess(process, steps, "quadratic", entries["linear"])


def _space(start: str) -> Space:
    low, high, core_low, core_high = (ends(RANGES, which) for which in ("low", "high", "core_low", "core_high"))

    def sample(points: Array, tolerance: float) -> Sample:  # noqa: ARG001
        samplers = [_of_point(point, start) for point in points]
        name = f"line, {start} start"
        return Sample(
            LazyInstances(len(points), lambda k: samplers[k]), ChainStatistics(samplers), [name] * len(points)
        )

    return Space(f"samplers on the line, {start} start", low, high, sample, core=(core_low, core_high), exact=True)


SAMPLER_FAMILIES: Mapping[str, Family] = {
    "Gaussian": _gaussian,
    "wrong score": _wrong_score,
    "exact score": _exact_score,
    "wrong start": _wrong_start,
    "mixture on the line": _mixture,
}
SAMPLERS = chapter(
    "samplers", SAMPLER_FAMILIES, least=LEAST, spaces=tuple(map(_space, STARTS)), rare={"mixture on the line": 6},
    certified=certify,
)  # fmt: skip
SMALL_STEPS = chapter(
    "small steps", {"small steps": _fine}, least=LEAST_SMALL,
    uncertified="a limit is extrapolated from five numbers of steps, of which no remainder is proved",
)  # fmt: skip


def _scheduled(rng: Generator, schedule: NoiseSchedule) -> DiscretisedProcess:
    """Draw a process between two parameters of a schedule."""
    dim = int(rng.integers(1, 3))
    basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    cov = (basis * np.exp(rng.uniform(np.log(0.3), np.log(2.0), dim))) @ basis.T
    data = Gaussian(rng.standard_normal(dim), 0.5 * (cov + cov.T))
    clock = schedule.clock(np.array([0.0, 0.99]))
    stop = _log_uniform(rng, 0.05, 0.3)
    horizon = min(stop + rng.uniform(0.5, 4.0), float(clock[1]))
    process = ReverseProcess(data, OrnsteinUhlenbeck(horizon, stop), _affine(rng, dim, _log_uniform(rng, 0.05, 0.4)))
    return DiscretisedProcess(process, 10, "schedule", "euler-maruyama", schedule)


def _linear(rng: Generator) -> DiscretisedProcess:
    low = _log_uniform(rng, 0.05, 1.0)
    return _scheduled(rng, LinearSchedule(low, low + rng.uniform(5.0, 25.0)))


def _cosine(rng: Generator) -> DiscretisedProcess:
    return _scheduled(rng, CosineSchedule(_log_uniform(rng, 0.004, 0.1)))


def _exploding(rng: Generator) -> DiscretisedProcess:
    return _scheduled(
        rng, ExplodingSchedule(_log_uniform(rng, 0.002, 0.1), rng.uniform(20.0, 90.0), rng.uniform(1, 9))
    )


NOISE_SCHEDULES = chapter(
    "noise schedules", {"linear": _linear, "cosine": _cosine, "exploding": _exploding}, least=LEAST_SCHEDULED,
    statistics=ScheduleStatistics, alike=_dimension,
    uncertified="moments in a schedule's own parameter solve equations whose coefficients are not rational in "
    "exp(-t/2), which Taylor steps with proof need",
)  # fmt: skip

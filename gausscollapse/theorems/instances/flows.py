"""Families of samplers between the reverse equation and the probability flow, and of flows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gausscollapse.checking.chapter import Chapter, LazyInstances, Sample
from gausscollapse.checking.coordinates import Range
from gausscollapse.checking.definition import Assumption
from gausscollapse.lab.process_scenario import describe_process, read_process
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.process.errors import AffineError
from gausscollapse.process.exact.batch import Batch
from gausscollapse.process.exact.statistics import LinearStatistics
from gausscollapse.process.process import ReverseProcess
from gausscollapse.theorems.instances.single import certify, certify_soon, draw, prepare
from gausscollapse.theorems.instances.spaces import ON_THE_LINE, STANDARD, LinearFamily

LONG_EVERY = 10


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _with(sample: Sample, stochasticities: Sequence[float]) -> Sample:
    """Return a sample of the same processes, each with its stochasticity."""
    batch = replace(sample.statistics.batch, stochasticity=np.array(stochasticities))
    instances = LazyInstances(
        batch.size, lambda index: replace(sample.instances[index], stochasticity=stochasticities[index])
    )
    return Sample(instances, LinearStatistics(batch), sample.labels)


def draw_noisy(count: int, rng: np.random.Generator) -> Sequence[Sample]:
    """Return the random processes of one generation with a stochasticity from 0.1 to 3."""
    samples = draw(count, rng)
    return [_with(one, [_log_uniform(rng, 0.1, 3.0) for _ in one.instances]) for one in samples]


def draw_flows(count: int, rng: np.random.Generator) -> Sequence[Sample]:
    """Return the random processes of one generation as flows, a tenth of them a constant error over a long time."""
    long = [_long(rng) for _ in range(max(1, count // LONG_EVERY))]
    flows = [_with(one, [0.0] * len(one.instances)) for one in draw(max(1, count - len(long)), rng)]
    return [*flows, Sample(long, LinearStatistics(Batch.of(long)), ["long time"] * len(long))]


def _long(rng: np.random.Generator) -> ReverseProcess:
    span = _log_uniform(rng, 100.0, 600.0)
    offset = float(np.sqrt(_log_uniform(rng, 1e-4, 1.0) / span))
    data, diffusion = Gaussian(0.0, _log_uniform(rng, 0.2, 5.0)), OrnsteinUhlenbeck(horizon=span, stop=0.0)
    return ReverseProcess(data, diffusion, AffineError(0.0, offset), stochasticity=0.0)


def _families(stochasticity: float | None) -> Sequence[LinearFamily]:
    return (
        LinearFamily("constant offset", 1, ("offset",), stochasticity=stochasticity),
        LinearFamily("linear", 1, ON_THE_LINE, stochasticity=stochasticity),
        LinearFamily("linear", 2, (*ON_THE_LINE, "swirl"), stochasticity=stochasticity),
        LinearFamily("realizable", 2, ("target",), stochasticity=stochasticity),
        LinearFamily("another start", 1, ON_THE_LINE, STANDARD, stochasticity=stochasticity),
        LinearFamily("linear", 3, (*ON_THE_LINE, "swirl"), stochasticity=stochasticity),
    )


LONG = LinearFamily("long time", 1, ("offset",), stochasticity=0.0, spans=Range.logarithms(16.0, 64.0, 400.0, 600.0))

NOISY_SAMPLERS = Chapter(
    "samplers with noise", draw_noisy, prepare, describe_process, ReverseProcess, share=0.25, search_share=0.25,
    spaces=tuple(family.space() for family in _families(None)), certify=certify, certify_soon=certify_soon,
    restore=read_process,
)  # fmt: skip
# The root in the flow's integral takes minutes to fifteen digits, and the ends of a case of equality no digit tells.
FLOWS = Chapter(
    "probability flows", draw_flows, prepare, describe_process, ReverseProcess, share=0.25, search_share=0.25,
    spaces=tuple(family.space() for family in (LONG, *_families(0.0))), certify=certify_soon,
    restore=read_process,
)  # fmt: skip

IS_FLOW = Assumption("the stochasticity is 0", lambda s: (s.stochasticity == 0.0, s.stochasticity))

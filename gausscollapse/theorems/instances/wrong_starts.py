"""Exact scores and a start in N(0, I): the flow and the stochastic sampler on the same data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from gausscollapse.checking.chapter import Chapter, LazyInstances, Sample, Space
from gausscollapse.checking.coordinates import ends, split
from gausscollapse.checking.definition import Assumption
from gausscollapse.checking.sides import around
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.excess import excess
from gausscollapse.core.named import Named
from gausscollapse.core.validation import Array
from gausscollapse.lab.process_scenario import describe_process, read_process
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.process.errors import AffineError
from gausscollapse.process.exact.batch import UNIT, Batch
from gausscollapse.process.exact.statistics import DEFAULT_TOLERANCE, LinearStatistics
from gausscollapse.process.process import ReverseProcess
from gausscollapse.theorems.instances.spaces import EIGENVALUES, MEANS, SPANS, STANDARD, STOPS

DIMENSIONS = (1, 2, 3)
METHOD = "closed form between Gaussians"


class StartStatistics(Named):
    """Flow and stochastic sampler from N(0, I) with the exact score, B pairs of one dimension.

    Parameters
    ----------
    batch : Batch
        Data and diffusions; errors, starts and stochasticities are not looked at but for `perfect`.
    tolerance : float
        Of the differential equations.
    """

    def __init__(self, batch: Batch, tolerance: float = DEFAULT_TOLERANCE) -> None:
        self.batch = batch
        self.perfect = LinearStatistics(batch, tolerance).ideal_energy.upper == 0.0
        exact = replace(batch.scaled(0.0), matched=np.zeros(batch.size, dtype=bool))
        self.flow = LinearStatistics(replace(exact, stochasticity=np.zeros(batch.size)), tolerance)
        self.noisy = LinearStatistics(replace(exact, stochasticity=np.ones(batch.size)), tolerance)

    @property
    def size(self) -> int:
        """Number B of pairs."""
        return self.batch.size

    @cached_property
    def span(self) -> Array:
        """T - t0, shape (B,)."""
        return np.asarray(self.batch.horizon - self.batch.stop)

    def distance(self, end: str) -> Enclosure:
        """Return ``KL(q_t || N(0, I))`` in nats at the diffusion's `end`, "stop" or "horizon", shape (B,)."""
        batch, time = self.batch, getattr(self.batch, end)[:, None]
        change, mean = np.exp(-time) * (batch.eig - 1.0), np.exp(-0.5 * time) * batch.mean
        total = 0.5 * np.sum(excess(change) + mean**2, axis=1)
        # The slope of the excess x - log(1 + x) is x/(1 + x); x is known up to some roundings of itself and of eigh.
        blur = UNIT * batch.dim * np.exp(-time[:, 0]) * np.maximum(batch.eig[:, -1], 1.0)
        slope = np.sum(np.abs(change) / (1.0 + change), axis=1)
        error = slope * blur + blur**2 + 4.0 * UNIT * batch.dim * total
        return around(total, error, METHOD, "closed-form").clipped(at_least=0.0)


def perfect(data: Gaussian, diffusion: OrnsteinUhlenbeck) -> ReverseProcess:
    """Return the process with the exact score that starts from N(0, I)."""
    nothing = AffineError(np.zeros((data.dim, data.dim)), np.zeros(data.dim))
    return ReverseProcess(data, diffusion, nothing, STANDARD)


def draw(count: int, rng: np.random.Generator) -> Sequence[Sample]:
    """Return `count` Gaussian data laws with their diffusions, one sample a dimension."""
    samples = []
    for index, dim in enumerate(DIMENSIONS):
        processes = []
        for _ in range(index, count, len(DIMENSIONS)):
            turn = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
            cov = turn @ np.diag(np.exp(rng.uniform(np.log(0.01), np.log(10.0), dim))) @ turn.T
            stop = float(np.exp(rng.uniform(np.log(1e-3), 0.0)))
            diffusion = OrnsteinUhlenbeck(
                horizon=stop + float(np.exp(rng.uniform(np.log(0.05), np.log(8.0)))), stop=stop
            )
            processes.append(perfect(Gaussian(rng.standard_normal(dim), 0.5 * (cov + cov.T)), diffusion))
        if processes:
            batch = Batch.of(processes)
            samples.append(Sample(processes, StartStatistics(batch), ["wrong start"] * len(processes)))
    return samples


def prepare(process: ReverseProcess) -> Sample:
    """Return the sample of length one of a user's process."""
    return Sample([process], StartStatistics(Batch.of([process])), ["yours"])


def certify(process: ReverseProcess) -> Sample:
    """Return the sample of length one of a process with Gaussian data, with certified statistics."""
    from gausscollapse.theorems.instances.certified_starts import CertifiedStartStatistics

    return Sample([process], CertifiedStartStatistics(process, STANDARD), ["certified"])


def _space(dim: int) -> Space:
    """Return the box of data, stop and span in one dimension."""
    ranges = {
        "log_eig": (dim, EIGENVALUES), "log_stop": (1, STOPS), "log_span": (1, SPANS), "mean": (dim, MEANS)
    }  # fmt: skip
    low, core_low, core_high, high = (ends(ranges, which) for which in ("low", "core_low", "core_high", "high"))

    def sample(points: Array, tolerance: float) -> Sample:
        entries = split(ranges, points)
        eig, stop = np.sort(np.exp(entries["log_eig"]), axis=1), np.exp(entries["log_stop"][:, 0])
        diffusions = [
            OrnsteinUhlenbeck(horizon=float(first + span), stop=float(first))
            for first, span in zip(stop, np.exp(entries["log_span"][:, 0]), strict=True)
        ]
        laws = [Gaussian(mean, np.diag(row)) for mean, row in zip(entries["mean"], eig, strict=True)]
        processes = [perfect(law, diffusion) for law, diffusion in zip(laws, diffusions, strict=True)]
        build = LazyInstances(len(points), lambda index: processes[index])
        return Sample(build, StartStatistics(Batch.of(processes), tolerance), [f"wrong start d={dim}"] * len(points))

    return Space(f"wrong start d={dim}", low, high, sample, core=(core_low, core_high))


WRONG_STARTS = Chapter(
    "wrong starts", draw, prepare, describe_process, ReverseProcess, share=0.1, search_share=0.05,
    spaces=tuple(_space(dim) for dim in DIMENSIONS), certify=certify, restore=read_process,
)  # fmt: skip

EXACT_SCORE = Assumption("the score is exact", lambda s: (s.perfect, s.perfect.astype(np.float64)))

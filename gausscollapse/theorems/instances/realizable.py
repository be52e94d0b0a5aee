"""Processes whose learned score is the exact score of another law: statistics and families."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from gausscollapse.checking.chapter import Chapter, Sample, Space
from gausscollapse.checking.definition import Assumption
from gausscollapse.checking.sides import around
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.named import Named
from gausscollapse.core.rounding import EPS
from gausscollapse.core.stacking import stacked
from gausscollapse.core.validation import Array
from gausscollapse.divergences.divergence import kl
from gausscollapse.lab.process_scenario import describe_process, read_process
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck, marginal
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture, Law
from gausscollapse.process.errors import RealizableError, ScoreError, SumError
from gausscollapse.process.process import ReverseProcess
from gausscollapse.process.realizable import realizable_energy
from gausscollapse.theorems.instances.single import FEW_DIGITS, FLOAT_DIGITS
from gausscollapse.theorems.instances.spaces import FAMILIES, LinearFamily

MIXTURE_EVERY = 40
# Nothing is known where the error is not realizable; the assumption keeps these processes out.
UNKNOWN = Enclosure(0.0, -np.inf, np.inf, "not realizable", "numeric")


class RealizableStatistics(Named):
    """Divergences at both ends and the energy between them, for B processes with realizable errors.

    Parameters
    ----------
    processes : sequence of ReverseProcess
        B of them; those with another error have no statistics.
    """

    def __init__(self, processes: Sequence[ReverseProcess]) -> None:
        self.processes = tuple(processes)
        self._divergences: dict[str, Enclosure] = {}

    @property
    def size(self) -> int:
        """Number B of processes."""
        return len(self.processes)

    @cached_property
    def realizable(self) -> np.ndarray:
        """Where the error is realizable, shape (B,)."""
        return np.array([target_of(process.error) is not None for process in self.processes])

    def divergence(self, end: str) -> Enclosure:
        """Return ``KL(q_t || q~_t)`` in nats at the diffusion's `end`, "stop" or "horizon", shape (B,)."""
        if end not in self._divergences:
            self._divergences[end] = stacked([_divergence(process, end) for process in self.processes])
        return self._divergences[end]

    @cached_property
    def energy(self) -> Enclosure:
        """``int E_{q_t} |grad log q_t - grad log q~_t|^2 dt``, shape (B,)."""
        values = []
        for process in self.processes:
            target = target_of(process.error)
            known = UNKNOWN if target is None else realizable_energy(process.data, target, process.diffusion)
            values.append(known)
        return stacked(values)


def _divergence(process: ReverseProcess, end: str) -> Enclosure:
    target, t = target_of(process.error), getattr(process.diffusion, end)
    if target is None:
        return UNKNOWN
    here, there = marginal(process.data, t), marginal(target, t)
    known = kl(here, there)
    return (known + _rounding(here, there, known)).clipped(at_least=0.0)


def _rounding(first: Law, second: Law, known: Enclosure) -> Enclosure:
    """Return what the rounding of two laws at one time can change in their KL divergence.

    Seen from either law the other's covariance and mean are off by u, and KL by ``u (2 sqrt KL + 2 KL + u)`` at most
    where the laws are close (own bound: KL is quadratic in both).
    """
    spreads = np.linalg.eigvalsh(np.concatenate([first.covs, second.covs]))
    ratio = np.max(spreads[:, -1]) / np.min(spreads)
    u = 16.0 * EPS * first.dim * float(ratio + np.max(np.abs(first.means)) / np.sqrt(np.min(spreads)))
    size = float(known.upper)
    return around(0.0, u * (2.0 * np.sqrt(size) + 2.0 * size + u), "rounding of both laws", "closed-form")


def target_of(error: ScoreError) -> Law | None:
    """Return the law whose exact score is learned, or None where the error is not realizable."""
    if isinstance(error, SumError) and len(error.terms) == 1 and error.terms[0][0] == 1.0:
        error = error.terms[0][1]
    return error.target if isinstance(error, RealizableError) else None


def draw(count: int, rng: np.random.Generator) -> Sequence[Sample]:
    """Return `count` processes: Gaussian data and target in d = 1..6, every fortieth of mixtures in d = 1."""
    processes, labels = [], []
    for number in range(1, count + 1):
        if number % MIXTURE_EVERY == 0:
            labels.append("mixture pair")
            processes.append(_between_mixtures(rng))
            continue
        labels.append("Gaussian pair")
        dim = int(rng.integers(1, 7))
        factor = rng.standard_normal((dim, dim))
        data = Gaussian(rng.standard_normal(dim), factor @ factor.T + 0.1 * np.eye(dim))
        size = float(np.exp(rng.uniform(np.log(0.03), np.log(0.5))))
        turn = np.eye(dim) + size * rng.standard_normal((dim, dim)) / np.sqrt(dim)
        spread = turn @ data.cov @ turn.T + 0.02 * np.eye(dim)
        target = Gaussian(data.mean + size * rng.standard_normal(dim), 0.5 * (spread + spread.T))
        stop = float(np.exp(rng.uniform(np.log(1e-3), np.log(0.3))))
        diffusion = OrnsteinUhlenbeck(horizon=float(rng.uniform(0.5, 4.0)), stop=stop)
        processes.append(ReverseProcess(data, diffusion, RealizableError(target)))
    return [Sample(processes, RealizableStatistics(processes), labels)]


def _between_mixtures(rng: np.random.Generator) -> ReverseProcess:
    weights = rng.dirichlet([2.0, 2.0])
    means, spreads = rng.normal(0.0, 1.5, 2), rng.uniform(0.1, 1.0, 2)
    data = GaussianMixture(weights, means, spreads)
    target = GaussianMixture(weights[::-1], means + rng.normal(0.0, 0.2, 2), spreads * rng.uniform(0.8, 1.25, 2))
    return ReverseProcess(data, OrnsteinUhlenbeck(horizon=2.0, stop=0.02), RealizableError(target))


def prepare(process: ReverseProcess) -> Sample:
    """Return the sample of length one of a user's process."""
    return Sample([process], RealizableStatistics([process]), ["yours"])


def certify(process: ReverseProcess) -> Sample:
    """Return the sample of length one of a process between Gaussians, with certified statistics."""
    return _certified(process, FLOAT_DIGITS)


def certify_soon(process: ReverseProcess) -> Sample:
    """Return the same to seven digits."""
    return _certified(process, FEW_DIGITS)


def _certified(process: ReverseProcess, digits: int) -> Sample:
    from gausscollapse.theorems.instances.certified_realizable import CertifiedRealizableStatistics

    target = target_of(process.error)
    if target is None:
        raise NotSupportedError("error: is not the exact score of another law; accepted: a RealizableError")
    return Sample([process], CertifiedRealizableStatistics(process, target, digits=digits), ["certified"])


def _space(family: LinearFamily) -> Space:
    """Return the box of a family of realizable errors with these statistics."""
    base = family.space()

    def sample(points: Array, tolerance: float) -> Sample:
        processes = base.sample(points, tolerance).instances[:]
        return Sample(processes, RealizableStatistics(processes), [base.name] * len(points))

    return replace(base, sample=sample, exact=True)


REALIZABLE = Chapter(
    "realizable errors", draw, prepare, describe_process, ReverseProcess, share=0.1, search_share=0.05,
    spaces=tuple(_space(family) for family in FAMILIES if "target" in family.parts), certify=certify,
    certify_soon=certify_soon, restore=read_process,
)  # fmt: skip

IS_REALIZABLE = Assumption(
    "the learned score is the exact score of another law",
    lambda s: (s.realizable, s.realizable.astype(np.float64)),
)

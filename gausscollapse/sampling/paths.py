"""The statistics of `LinearStatistics` outside the exact case: on a grid in d = 1, by conditional paths beyond.

Given its end y, the ideal process run backwards is the forward process from y. Several independent forward paths
from one y, with their weights ``exp(Z)``, therefore give every moment of the density ratio
``(dp^/dq)(y) = E[exp(Z) | Y_end = y]`` and of ``u(y) = E[M | Y_end = y]`` without bias (*own*):
``chi2(p^ || q) = E exp(Z1 + Z2) - 1`` and ``eta eps*^2 = E M1 M2``. By Jensen's inequality the mean weight W of the
paths of one y gives ``KL(p^ || q) <= E W log W`` and ``KL(q || p^) <= -E log W``; Taylor's theorem gives lower ends.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.validation import Array
from gausscollapse.laws.diffusion import marginal
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.process.errors import AmplifiedScoreError, SolenoidalError
from gausscollapse.process.grid import FokkerPlanck, fokker_planck
from gausscollapse.process.process import ReverseProcess
from gausscollapse.sampling.girsanov import ERRORS, gradient_energy_estimate

METHOD = "conditional paths"
REPLICATES = 4
ENDS, STEPS = 3000, 160
CELLS, GRID_STEPS = 480, 320
# Below this share the mean of a weight says nothing about its expectation.
LEAST_EFFECTIVE = 0.2
# Quadratic functions in so many dimensions at most; affine ones beyond.
QUADRATIC_DIM = 3


@dataclass(frozen=True)
class Shape:
    """What assumptions ask of a batch: start and dimension."""

    matched: Any
    dim: int


def stacked(parts: Sequence[Enclosure]) -> Enclosure:
    """Return scalar enclosures as one of shape (B,), with the weakest guarantee."""
    value, lower, upper = (np.array([getattr(part, name) for part in parts]) for name in ("value", "lower", "upper"))
    weakest = max(
        parts, key=lambda part: ("certified", "closed-form", "numeric", "statistical").index(part.guarantee)
    )
    return Enclosure(value, lower, upper, weakest.method, weakest.guarantee)


class _Statistics:
    """What both kinds share."""

    def __init__(self, processes: Sequence[ReverseProcess]) -> None:
        self.processes = tuple(processes)
        self.batch = Shape(np.array([process.matched for process in processes]), self.processes[0].dim)

    @property
    def size(self) -> int:
        """Number of processes."""
        return len(self.processes)

    def _with_scale(self, factor: Any) -> list[ReverseProcess]:
        factors = np.broadcast_to(np.asarray(factor, dtype=np.float64), (self.size,))
        return [
            ReverseProcess(p.data, p.diffusion, p.error.scaled(float(c)), start=p.start)
            for p, c in zip(self.processes, factors, strict=True)
        ]


class GridStatistics(_Statistics):
    """Statistics of processes in d = 1 from their Fokker-Planck equations; shape (B,), guarantee ``"numeric"``."""

    @cached_property
    def solutions(self) -> tuple[FokkerPlanck, ...]:
        """One solution a process."""
        return tuple(fokker_planck(process, cells=CELLS, steps=GRID_STEPS) for process in self.processes)

    def __getattr__(self, name: str) -> Any:
        methods = {"slack_integral": "slack", "swirl_energy": None}
        if name in methods or (not name.startswith("_") and callable(getattr(FokkerPlanck, name, None))):
            method = methods.get(name, name)
            if method is None:
                return Enclosure.exact(np.zeros(self.size), "every field on the line is a gradient", "numeric")
            return stacked([getattr(solution, method)() for solution in self.solutions])
        raise AttributeError(f"{type(self).__name__} has no statistic {name!r}")

    @property
    def initial_kl(self) -> Enclosure:
        """KL of the starts in nats."""
        path: Enclosure = self.path_kl
        learned: Enclosure = self.learned_energy
        return path - 0.5 * learned

    def gradient_energy(self, weight: str) -> Enclosure:  # noqa: ARG002
        """Return the learned energy: on the line every field is a gradient, whatever the weight."""
        learned: Enclosure = self.learned_energy
        return learned

    def scaled(self, factor: Any) -> GridStatistics:
        """Return the statistics with every error multiplied by `factor`."""
        return GridStatistics(self._with_scale(factor))

    def invisible(self, *, energy: float, leak: float) -> GridStatistics:  # noqa: ARG002
        """Return these statistics: there is no invisible error on the line, and no statement asks for one."""
        return self


@dataclass(frozen=True)
class _Ensemble:
    """Martingales and their quadratic variations, shape (levels, replicates, n), coarse level first."""

    martingale: Array
    variation: Array


def conditional_paths(process: ReverseProcess, n: int, steps: int, rng: np.random.Generator) -> _Ensemble:
    """Return M and [M] of independent ideal paths that share their ends, on a grid and every second of its times."""
    diffusion = process.diffusion
    covs = process.data.cov if isinstance(process.data, Gaussian) else process.data.covs
    floor = float(min(1.0, np.min(np.linalg.eigvalsh(covs))))
    clock = np.linspace(
        np.log(floor + np.expm1(diffusion.stop)), np.log(floor + np.expm1(diffusion.horizon)), 2 * (steps // 2) + 1
    )
    times = np.log1p(np.exp(clock) - floor)
    times[0], times[-1] = diffusion.stop, diffusion.horizon
    ends = marginal(process.data, diffusion.stop).sample(n, rng)
    x = np.repeat(ends[None], REPLICATES, axis=0).reshape(-1, process.dim)
    martingale, variation = np.zeros((2, x.shape[0])), np.zeros((2, x.shape[0]))
    older = x
    for k in range(1, times.size):
        gap = times[k] - times[k - 1]
        before, x = x, np.exp(-0.5 * gap) * x + np.sqrt(-np.expm1(-gap)) * rng.standard_normal(x.shape)
        error = process.error.evaluate(x, float(times[k]), data=process.data)
        drift = 0.5 * x + marginal(process.data, float(times[k])).score(x)
        square = np.sum(error**2, axis=1)
        martingale[1] += np.sum(error * (before - x - gap * drift), axis=1)
        variation[1] += gap * square
        if k % 2 == 0:
            wide = times[k] - times[k - 2]
            martingale[0] += np.sum(error * (older - x - wide * drift), axis=1)
            variation[0] += wide * square
            older = x
    shape = (2, REPLICATES, n)
    return _Ensemble(martingale.reshape(shape), variation.reshape(shape))


class SampledStatistics(_Statistics):
    """Statistics of processes in any dimension from conditional paths; shape (B,), guarantee ``"statistical"``.

    Every value is extrapolated from two coupled step sizes; the interval is five standard errors and the distance
    between fine and extrapolated value. Ends that are not known this way are 0 and inf.
    """

    def __init__(self, processes: Sequence[ReverseProcess], seed: int = 2026) -> None:
        super().__init__(processes)
        self.seed = seed
        if not np.all(self.batch.matched):
            raise NotSupportedError("start: conditional paths need a start from q_T; accepted: marginal")

    @cached_property
    def _ensembles(self) -> tuple[_Ensemble, ...]:
        return tuple(
            conditional_paths(process, ENDS, STEPS, np.random.default_rng([self.seed, index]))
            for index, process in enumerate(self.processes)
        )

    @cached_property
    def effective_shares(self) -> Array:
        """Effective sample size of the weights ``exp(Z)`` over the number of paths, shape (B,)."""
        shares = []
        for item in self._ensembles:
            exponent = item.martingale[1] - 0.5 * item.variation[1]
            weight = np.exp(exponent - np.max(exponent))
            shares.append(float(np.sum(weight) ** 2 / np.sum(weight**2) / weight.size))
        return np.array(shares)

    def _mean(
        self, function: Callable[[Array, Array], Array], *, least: float = 0.0, weighted: bool = True
    ) -> Enclosure:
        """Return the enclosure of ``E function(M, [M])``, which maps (replicates, n) to (n,).

        Where the weights degenerate, what depends on them is between `least` and inf.
        """
        parts = []
        for ensemble, share in zip(self._ensembles, self.effective_shares, strict=True):
            if weighted and share < LEAST_EFFECTIVE:
                start = max(least, 0.0)
                parts.append(Enclosure(start, least, np.inf, METHOD, "statistical"))
                continue
            with np.errstate(over="ignore", invalid="ignore"):
                coarse, fine = (function(ensemble.martingale[k], ensemble.variation[k]) for k in (0, 1))
                sample = 2.0 * fine - coarse
            value = float(np.mean(sample))
            if not np.isfinite(value):
                parts.append(Enclosure(least, least, np.inf, METHOD, "statistical"))
                continue
            width = ERRORS * float(np.std(sample, ddof=1)) / np.sqrt(sample.size) + abs(float(np.mean(sample - fine)))
            low = max(value - width, least)
            parts.append(Enclosure(max(value, low), low, max(value + width, low), METHOD, "statistical"))
        return stacked(parts)

    def _single(self, function: Callable[[Array, Array], Array], *, weighted: bool = True) -> Enclosure:
        return self._mean(lambda m, q: np.mean(function(m, q), axis=0), weighted=weighted)

    @cached_property
    def ideal_energy(self) -> Enclosure:
        """``eps*^2``."""
        return self._single(lambda _, q: q, weighted=False)

    @cached_property
    def learned_energy(self) -> Enclosure:
        """``eps^^2 = E exp(Z) [M]``."""
        return self._single(lambda m, q: np.exp(m - 0.5 * q) * q)

    @cached_property
    def initial_kl(self) -> Enclosure:
        """0: the start is q_T."""
        return Enclosure.exact(np.zeros(self.size))

    @property
    def path_kl(self) -> Enclosure:
        """``eps^^2/2`` in nats."""
        return 0.5 * self.learned_energy

    @cached_property
    def path_chi2(self) -> Enclosure:
        """``E exp(2 Z) - 1``."""
        return self._single(lambda m, q: np.expm1(2.0 * m - q))

    @cached_property
    def variation_square(self) -> Enclosure:
        """``E [M]^2``."""
        return self._single(lambda _, q: q**2, weighted=False)

    @cached_property
    def taylor_square(self) -> Enclosure:
        """``E (exp(Z) - 1 - Z)^2``."""
        return self._single(lambda m, q: (np.expm1(m - 0.5 * q) - (m - 0.5 * q)) ** 2)

    @cached_property
    def martingale_remainder(self) -> Enclosure:
        """``rho = E (exp(Z) - 1 - M)^2``."""
        return self._single(lambda m, q: (np.expm1(m - 0.5 * q) - m) ** 2)

    @cached_property
    def observed_energy(self) -> Enclosure:
        """``eta eps*^2 = E M1 M2``."""
        return self._mean(lambda m, _: _products(m, 2), weighted=False)

    @property
    def observability(self) -> Enclosure:
        """Eta in [0, 1]."""
        found = self.observed_energy / self.ideal_energy.clipped(at_least=np.finfo(float).tiny)
        low, value, high = (np.clip(x, 0.0, 1.0) for x in (found.lower, found.value, found.upper))
        return Enclosure(value, low, high, METHOD, "statistical")

    @cached_property
    def chi2(self) -> Enclosure:
        """``chi2(p^ || q) = E (exp(Z1) - 1)(exp(Z2) - 1)``."""
        return self._mean(lambda m, q: _products(np.expm1(m - 0.5 * q), 2))

    @cached_property
    def kl(self) -> Enclosure:
        """``KL(p^ || q)`` in nats: from ``r log r >= d + d^2/2 - d^3/6``, ``d = r - 1``, and from Jensen above."""

        def below(m: Array, q: Array) -> Array:
            excess = np.expm1(m - 0.5 * q)
            return 0.5 * _products(excess, 2) - _products(excess, 3) / 6.0

        def above(m: Array, q: Array) -> Array:
            weight = np.mean(np.exp(m - 0.5 * q), axis=0)
            # E W = 1, so that W log W - W + 1 has the same mean and is never negative.
            return np.asarray(weight * np.log(weight) - weight + 1.0)

        return _between(self._mean(below), self._mean(above))

    @cached_property
    def reverse_kl(self) -> Enclosure:
        """``KL(q || p^)`` in nats: from ``-log r >= -d + d^2/2 - d^3/3`` and from Jensen above."""

        def below(m: Array, q: Array) -> Array:
            excess = np.expm1(m - 0.5 * q)
            return 0.5 * _products(excess, 2) - _products(excess, 3) / 3.0

        def above(m: Array, q: Array) -> Array:
            weight = np.mean(np.exp(m - 0.5 * q), axis=0)
            return np.asarray(weight - 1.0 - np.log(weight))

        return _between(self._mean(below), self._mean(above))

    @cached_property
    def slack_integral(self) -> Enclosure:
        """Not known from paths: between 0 and the path KL."""
        return Enclosure(
            0.5 * np.asarray(self.path_kl.value), np.zeros(self.size), self.path_kl.upper, METHOD, "statistical"
        )

    @cached_property
    def _gradient(self) -> Enclosure:
        lower = []
        for index, process in enumerate(self.processes):
            degree = 2 if process.dim <= QUADRATIC_DIM else 1
            found = gradient_energy_estimate(
                process, 2 * ENDS, STEPS, self.seed + index, degree=degree, slices=12, grid="log-snr"
            )
            lower.append(max(found.value - ERRORS * found.standard_error, 0.0))
        upper = np.maximum(self.learned_energy.upper, lower)
        return Enclosure(0.5 * (upper + lower), np.array(lower), upper, "dual Sobolev form", "statistical")

    def gradient_energy(self, weight: str) -> Enclosure:
        """Return the gradient energy: a lower estimate below, the learned energy above."""
        if weight == "learned":
            return self._gradient
        zero = np.zeros(self.size)
        return Enclosure(
            0.5 * np.asarray(self.learned_energy.value), zero, np.full(self.size, np.inf), METHOD, "statistical"
        )

    @property
    def swirl_energy(self) -> Enclosure:
        """The rest of the learned energy."""
        return (self.learned_energy - self._gradient).clipped(at_least=0.0)

    def hammersley_observable(self) -> Enclosure:
        """Return ``(E_{p^} u)^2/E_q u^2`` with ``E_{p^} u = E exp(Z1) M2``."""
        change = self._mean(lambda m, q: _crossed(np.exp(m - 0.5 * q), m), least=-np.inf)
        square = (abs(change) * abs(change)) / self.observed_energy.clipped(at_least=np.finfo(float).tiny)
        return square.clipped(at_least=0.0)

    def invisible(self, *, energy: float, leak: float) -> SampledStatistics:
        """Return the statistics of a posterior-weighted solenoidal error of a given energy; `leak` adds the score."""
        d = self.batch.dim
        upper = np.triu(np.ones((d, d)), 1)
        swirl = SolenoidalError(upper - upper.T) + AmplifiedScoreError(leak)
        unit = SampledStatistics([ReverseProcess(p.data, p.diffusion, swirl) for p in self.processes], self.seed)
        return unit.scaled(np.sqrt(energy / np.asarray(unit.ideal_energy.value)))

    def scaled(self, factor: Any) -> SampledStatistics:
        """Return the statistics with every error multiplied by `factor`, from the same paths."""
        other = SampledStatistics(self._with_scale(factor), self.seed)
        factors = np.broadcast_to(np.asarray(factor, dtype=np.float64), (self.size,))
        other.__dict__["_ensembles"] = tuple(
            _Ensemble(c * item.martingale, c**2 * item.variation)
            for c, item in zip(factors, self._ensembles, strict=True)
        )
        return other


def _between(below: Enclosure, above: Enclosure) -> Enclosure:
    lower = np.asarray(below.lower)
    upper = np.maximum(above.upper, lower)
    return Enclosure(
        np.clip(0.5 * (np.asarray(below.value) + np.asarray(above.value)), lower, upper),
        lower,
        upper,
        METHOD,
        "statistical",
    )


def _products(values: Array, order: int) -> Array:
    """Return the mean over all choices of `order` different replicates of the product, shape (n,)."""
    chosen = list(itertools.combinations(range(values.shape[0]), order))
    return np.asarray(np.mean([np.prod(values[list(choice)], axis=0) for choice in chosen], axis=0))


def _crossed(first: Array, second: Array) -> Array:
    """Return the mean over ordered pairs of different replicates of ``first_i second_j``, shape (n,)."""
    count = first.shape[0]
    both = np.sum(first, axis=0) * np.sum(second, axis=0) - np.sum(first * second, axis=0)
    return np.asarray(both / (count * (count - 1)))


def statistics_of(process: ReverseProcess) -> Any:
    """Return the statistics of one process by the best method that applies to it."""
    if process.is_linear:
        return process.statistics
    return GridStatistics([process]) if process.dim == 1 else SampledStatistics([process])

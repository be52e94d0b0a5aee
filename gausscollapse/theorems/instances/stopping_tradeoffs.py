"""Early stopping of one Gaussian against a score error that is a power of the stop: the exact best stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gausscollapse.checking.chapter import Chapter, LazyInstances, Sample, Space
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.named import Named
from gausscollapse.core.neville import neville
from gausscollapse.core.validation import Array, as_number
from gausscollapse.lab.reading import read_table
from gausscollapse.lab.tables import require_keys

FAMILY = "early stopping and a score error"
# The limit has a finite chi-squared where the variance is above 1/2; near it, and near N(0, 1), steps must be small.
LOW, HIGH = np.array([-1.0, 0.6, 0.25, 0.2]), np.array([1.0, 2.5, 0.9, 3.0])
LEVELS, DEGREES, LEFT_OUT, SOLVED, TINY = 6, 14, 1e-17, 24, 1e-30


@dataclass(frozen=True)
class StoppingTradeoff:
    """Early stopping of N(m, v) data with a score error that costs a power of the stop.

    Parameters
    ----------
    mean, variance : float
        m in [-1, 1], v in [0.6, 2.5].
    fresh : float
        Fresh fraction, in [0.25, 0.9].
    exponent : float
        k > 0 of the innovation energy ``s t0^-k``, in [0.2, 3].
    """

    mean: float
    variance: float
    fresh: float
    exponent: float

    def __post_init__(self) -> None:
        for name, low, high in zip(("mean", "variance", "fresh", "exponent"), LOW, HIGH, strict=True):
            value = as_number(name, getattr(self, name), at_least=float(low), at_most=float(high))
            object.__setattr__(self, name, value)


class TradeoffStatistics(Named):
    """Bias of the limit and the best stop as the error tends to 0, for B trade-offs; shape (B,).

    Parameters
    ----------
    tradeoffs : sequence of StoppingTradeoff
        B of them.
    """

    def __init__(self, tradeoffs: Sequence[StoppingTradeoff]) -> None:
        self.tradeoffs = tuple(tradeoffs)
        self._stops: dict[bytes, Array] = {}

    @property
    def size(self) -> int:
        """Number B of trade-offs."""
        return len(self.tradeoffs)

    def _of(self, name: str) -> Array:
        return np.array([getattr(item, name) for item in self.tradeoffs])

    @cached_property
    def mean(self) -> Array:
        """Mean m of the data."""
        return self._of("mean")

    @cached_property
    def variance(self) -> Array:
        """Variance v of the data."""
        return self._of("variance")

    @cached_property
    def fresh(self) -> Array:
        """Fresh fraction."""
        return self._of("fresh")

    @cached_property
    def exponent(self) -> Array:
        """Exponent k of the score error."""
        return self._of("exponent")

    @cached_property
    def _weights(self) -> Array:
        ages = np.arange(np.ceil(np.log(LEFT_OUT) / np.log1p(-np.min(self.fresh))))
        return self.fresh[:, None] * (1.0 - self.fresh[:, None]) ** ages

    def drift(self, time: np.ndarray) -> np.ndarray:
        """Return ``chi2(L || p)`` of the limit with a perfect score and a stop at `time`, real or complex.

        A sum of squares of Hermite coefficients in coordinates in which the data is N(0, 1). The component of age k
        is ``N(d, 1 + x)`` there, and has the coefficients of ``exp(d s + x s^2/2)``.
        """
        ages = np.arange(1.0, self._weights.shape[1] + 1.0)
        move = np.expm1(-0.5 * time[:, None] * ages) * (self.mean / np.sqrt(self.variance))[:, None]
        wide = -np.expm1(-time[:, None] * ages) * ((1.0 - self.variance) / self.variance)[:, None]
        before, now, total = np.zeros_like(move), np.ones_like(move), np.zeros_like(time)
        for n in range(1, DEGREES + 1):
            before, now = now, (move * now + wide * np.sqrt(n - 1.0) * before) / np.sqrt(n)
            total = total + np.sum(self._weights * now, axis=1) ** 2
        return total

    @cached_property
    def curvature(self) -> Array:
        """``B`` from the data's score, by Gauss-Hermite quadrature, exact for polynomials."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(5)
        v, z = self.variance[:, None], nodes[None]
        x = self.mean[:, None] + np.sqrt(v) * z
        score, bend = -z / np.sqrt(v), -1.0 / v
        generator = 0.5 * (1.0 + x * score + bend + score**2)
        return np.asarray(generator**2 @ weights / np.sum(weights))

    @cached_property
    def first(self) -> Array:
        """The largest stop that is looked at: small beside the fresh fraction."""
        away = np.abs(1.0 - self.variance) / self.variance + np.abs(self.mean) / np.sqrt(self.variance)
        return 0.05 * self.fresh / (1.0 + away)

    def _limit(self, at: Callable[[Array], Array]) -> Enclosure:
        return neville([at(self.first * 0.5**level) for level in range(LEVELS)])

    @cached_property
    def bias(self) -> Enclosure:
        """Limit of ``a^2 chi2(L || p)/t0^2`` as t0 tends to 0."""
        return self._limit(lambda time: self.fresh**2 * self.drift(time) / time**2)

    def _stop(self, time: Array) -> Array:
        """Return the stop at which the exact drift is stationary, over `time`, which is the formula's of this error.

        The error is s with ``k s a/(2 - a) = 2 B time^(k + 2)``: ``a^2 D'(t) = 2 B time^(k + 2)/t^(k + 1)``.
        """
        key = time.tobytes()
        if key not in self._stops:
            ratio = np.ones(self.size)
            for _ in range(SOLVED):
                now = ratio * time
                slope = np.imag(self.drift(now + 1j * TINY)) / TINY
                ratio = (2.0 * self.curvature * now / (self.fresh**2 * slope)) ** (1.0 / (self.exponent + 2.0))
            self._stops[key] = ratio
        return self._stops[key]

    @cached_property
    def stop(self) -> Enclosure:
        """Limit of the exact best stop over its formula, as the score error tends to 0."""
        return self._limit(self._stop)

    @cached_property
    def excess(self) -> Enclosure:
        """Limit of the drift at the formula's stop over the least drift."""

        def at(time: Array) -> Array:
            error = 2.0 * self.curvature * time ** (self.exponent + 2.0) / (self.fresh**2 * self.exponent)
            best = self._stop(time) * time
            chosen, least = (self.drift(t) + error * t**-self.exponent for t in (time, best))
            return np.asarray(chosen / least)

        return self._limit(at)


def _sample(tradeoffs: Sequence[StoppingTradeoff]) -> Sample:
    return Sample(tradeoffs, TradeoffStatistics(tradeoffs), [FAMILY] * len(tradeoffs))


def _at(point: Array) -> StoppingTradeoff:
    return StoppingTradeoff(*(float(entry) for entry in point))


def _draw(count: int, rng: np.random.Generator) -> list[Sample]:
    return [_sample([_at(LOW + (HIGH - LOW) * rng.uniform(size=LOW.size)) for _ in range(count)])]


def _searched(points: Array, _: float) -> Sample:
    items = [_at(point) for point in points]
    return Sample(LazyInstances(len(items), lambda k: items[k]), TradeoffStatistics(items), [FAMILY] * len(items))


def _describe(item: StoppingTradeoff) -> Mapping[str, Any]:
    return {"tradeoff": {name: getattr(item, name) for name in ("mean", "variance", "fresh", "exponent")}}


def _restore(tables: Mapping[str, Any]) -> StoppingTradeoff:
    require_keys(tables, "", needed=("tradeoff",))
    return read_table(StoppingTradeoff, tables["tradeoff"], "tradeoff")


SPACE = Space(FAMILY, LOW, HIGH, _searched, exact=True)
TRADEOFFS = Chapter(
    "early stopping and score errors", _draw, lambda item: _sample([item]), _describe, StoppingTradeoff,
    share=0.05, least=80, search_share=0.005, spaces=(SPACE,), restore=_restore, table="tradeoff",
    uncertified="a limit is extrapolated from a few small stops, of which no remainder is proved",
)  # fmt: skip

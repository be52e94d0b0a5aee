"""Certified distances of early stopping with shifts from its ideal limit law, on the line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError, UndecidedError
from gausscollapse.divergences.certified.line import LinePart, divergence_on_the_line
from gausscollapse.laws.mixture import Law
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.theorems.instances.robust_statistics import UNKNOWN, RobustStatistics

DIGITS = 10
# Mass of the ages of the limit law that are bounded and not counted.
TAIL = 1e-12
Parts = Sequence[LinePart]


class CertifiedRobustStatistics(RobustStatistics):
    """Distances from the ideal limit of one trajectory on the line, certified; shape (1,) each.

    With ``g = exp(-t0/2)`` the entry of the step's matrix, a step takes a component ``N(m, 1 + x)`` to
    ``N(g m + b, 1 + g^2 x)``: its noise is read as ``1 - g^2``, which the float given rounds. The limit's component
    of age k, of weight ``a (1 - a)^(k - 1)``, is ``N(g^k m, 1 + g^(2k) x)``; N(0, 1) stands for those beyond a mass
    of 1e-12. In W_p they are off by at most the p-th root of that mass times the data's own distance from N(0, 1).

    Parameters
    ----------
    trajectory : Trajectory
        With data of any kind on the line.

    Raises
    ------
    NotSupportedError
        If the steps are others, or the fresh fraction is below 0.3.
    """

    def __init__(self, trajectory: Trajectory) -> None:
        super().__init__([trajectory])
        if not self.stopped[0]:
            raise NotSupportedError(
                "trajectory: distances from the limit law are certified for early stopping at one time with shifts "
                "of one size on the line only; accepted: a constant fresh fraction of at least 0.3"
            )
        self._run, self._share = trajectory, Fraction(float(trajectory.fresh[0]))
        self._factor = Fraction(float(trajectory.channels[0].matrix[0, 0]))
        self._problems: dict[str, str] = {}

    @property
    def undecided(self) -> Mapping[str, str]:
        """What was asked for and could not be decided: from its name to the reason."""
        return self._problems

    @cached_property
    def _models(self) -> list[Parts]:
        data, models = _parts(self._run.data), [_parts(self._run.start)]
        for channel in self._run.channels:
            move, kept = Fraction(float(channel.offset[0])), 1 - self._share
            trained = [*((self._share, part) for part in data), *((kept, part) for part in models[-1])]
            g = self._factor
            models.append(
                _merged(
                    [(w * part.weight, g * part.mean + move, 1 + g * g * (part.variance - 1)) for w, part in trained]
                )
            )
        return models

    @cached_property
    def _limit(self) -> tuple[Parts, Fraction]:
        """The components of the limit, and the mass for which N(0, 1) stands."""
        weight, power, found = self._share, self._factor, []
        left = 1 - self._share
        data = _parts(self._run.data)
        while True:
            found += [(weight * p.weight, power * p.mean, 1 + power * power * (p.variance - 1)) for p in data]
            if left <= TAIL:
                break
            weight, power, left = weight * (1 - self._share), power * self._factor, left * (1 - self._share)
        return _merged([*found, (left, Fraction(0), Fraction(1))]), left

    def distance(self, order: int, generation: int) -> Enclosure:
        """Return ``W_1`` or ``W_2`` (`order`) of a model from the ideal limit, a length, shape (1,)."""
        key = f"W{order}", generation
        if key not in self._distances:
            self._distances[key] = self._found(order, generation)
        return self._distances[key]

    def _found(self, order: int, generation: int) -> Enclosure:
        limit, left = self._limit
        try:
            found = divergence_on_the_line(f"W{order}", self._models[generation], limit, digits=DIGITS)
        except UndecidedError as problem:
            self._problems[f"W{order}"] = str(problem)
            found = UNKNOWN
        distance = found if order == 1 else found.sqrt()
        data = self._run.data
        far = float(np.max(np.abs(data.means) + np.abs(np.sqrt(data.covs[:, :, 0]) - 1.0)))
        # Twice: for the roundings of this bound itself.
        lost = 2.0 * far * math.pow(float(left), 1.0 / order)
        low, high = max(float(distance.lower) - lost, 0.0), float(distance.upper) + lost
        value = min(max(float(distance.value), low), high)
        ends = (np.array([value]), np.array([np.nextafter(low, 0.0)]), np.array([np.nextafter(high, np.inf)]))
        return Enclosure(*ends, found.method, "certified")


def _parts(law: Law) -> Parts:
    rows = zip(law.weights.tolist(), law.means[:, 0].tolist(), law.covs[:, 0, 0].tolist(), strict=True)
    whole = sum((Fraction(weight) for weight in law.weights.tolist()), Fraction(0))
    return _merged([(Fraction(w) / whole, Fraction(m), Fraction(v)) for w, m, v in rows])


def _merged(rows: Sequence[tuple[Fraction, Fraction, Fraction]]) -> Parts:
    """Return distinct components of positive weight."""
    weights: dict[tuple[Fraction, Fraction], Fraction] = {}
    for weight, mean, variance in rows:
        weights[mean, variance] = weights.get((mean, variance), Fraction(0)) + weight
    return [LinePart(weight, *place) for place, weight in weights.items() if weight]

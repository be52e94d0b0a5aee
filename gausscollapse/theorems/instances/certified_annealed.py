"""Hermite coefficients of annealed early stopping in balls, component by component."""

from __future__ import annotations

import math
from functools import cached_property

from flint import arb, fmpq

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.laws.mixture import Law
from gausscollapse.process.certified.balls import Rational, rational
from gausscollapse.retraining.certified.proven import enclosed, proven
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.theorems.instances.annealed_statistics import AnnealedStatistics

# Of a coefficient that vanishes no relative digit can be had.
FLOOR = 1e-40
Part = tuple[Rational, Rational, Rational]


class CertifiedAnnealedStatistics(AnnealedStatistics):
    """Hermite coefficients of every model of one trajectory, certified; shape (1,) each.

    With ``g = exp(-t/2)`` the diagonal entry of a step's matrix, a step moves a component's mean m and its excess
    variance x along the first axis to ``g m`` and ``g^2 x``: its noise is read as ``1 - g^2``, which the float given
    rounds. Weights of data and start are divided by their exact sums.

    Parameters
    ----------
    trajectory : Trajectory
        With data of any kind.

    Raises
    ------
    NotSupportedError
        If a step is no early stopping, or the fresh fraction changes.
    """

    def __init__(self, trajectory: Trajectory) -> None:
        super().__init__([trajectory])
        if not self.annealed[0]:
            raise NotSupportedError(
                "trajectory: Hermite coefficients are certified for early stopping with one fresh fraction only; "
                "accepted: early-stopping channels and one fresh fraction"
            )

    @property
    def undecided(self) -> dict[str, str]:
        """Nothing: every coefficient is a sum of products."""
        return {}

    @cached_property
    def _models(self) -> list[list[Part]]:
        """Weight, mean and excess variance of every component of data and models, number n + 1 being ``p^_n``."""
        (run,) = self.trajectories
        share, data = rational(float(self.fresh[0])), _parts(run.data)
        models = [data, _parts(run.start)]
        for channel in run.channels:
            g = rational(float(channel.matrix[0, 0]))
            trained = [(share * w, m, x) for w, m, x in data] + [((1 - share) * w, m, x) for w, m, x in models[-1]]
            models.append([(w, g * m, g * g * x) for w, m, x in trained if w != 0])
        return models

    def coefficient(self, degree: int, generation: int | None) -> Enclosure:
        """Return the Hermite coefficient along the first axis of a model, of the data for None, shape (1,)."""
        parts = self._models[0 if generation is None else generation + 1]
        total = sum((w * _hermite(degree, m, x) for w, m, x in parts), fmpq(0))
        scale = math.factorial(degree)
        return enclosed(proven(lambda: [arb(total) / arb(scale).sqrt()], floors=[arb(FLOOR)]), (1,))


def _parts(law: Law) -> list[Part]:
    weights = [rational(weight) for weight in law.weights.tolist()]
    whole = sum(weights, fmpq(0))
    rows = zip(weights, law.means[:, 0].tolist(), law.covs[:, 0, 0].tolist(), strict=True)
    return [(weight / whole, rational(mean), rational(variance) - 1) for weight, mean, variance in rows]


def _hermite(degree: int, mean: Rational, excess: Rational) -> Rational:
    """Return ``E He_k(X)`` for N(m, 1 + x): ``E He_{k+1} = m E He_k + k x E He_{k-1}`` (Stein's identity)."""
    before, now = fmpq(0), fmpq(1)
    for k in range(degree):
        before, now = now, mean * now + k * excess * before
    return now

"""Certified statistics of one sampler: both sides of the theorems on discretisation, in balls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from flint import arb

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.named import Named
from gausscollapse.process.certified.balls import Ball, identity, precision
from gausscollapse.process.certified.endpoint import Endpoints
from gausscollapse.retraining.certified.proven import enclosed
from gausscollapse.sampling import DiscretisedProcess
from gausscollapse.theorems.instances.certified_steps import BallSteps

BITS = 128


class CertifiedChainStatistics(Named):
    """Certified statistics of one sampler of Gaussian data, in nats where nothing else is said; shape (1,) each.

    The budget's parts are its closed forms; the direct sides are integrals over each step of the joint law of two
    times, by Arb's integrator. All are computed with 128 bits.

    Parameters
    ----------
    sampler : DiscretisedProcess
        With Gaussian data and an affine error.

    Raises
    ------
    NotSupportedError
        If the sampler is another one.
    """

    def __init__(self, sampler: DiscretisedProcess) -> None:
        self._steps = BallSteps(sampler)

    @property
    def size(self) -> int:
        """Number of samplers, 1."""
        return 1

    @property
    def undecided(self) -> Mapping[str, str]:
        """Nothing: what balls cannot enclose is an infinite interval."""
        return {}

    def _found(self, part: Callable[[], Any], *, least: float = -float("inf")) -> Enclosure:
        with precision(BITS):
            found = part()
        return enclosed([found], (1,), least=least)

    @cached_property
    def start(self) -> Enclosure:
        """``KL(q_T || start)``."""

        def ball() -> Ball:
            if self._steps.process.matched:
                return arb(0)
            first, eye = self._steps.places[0], identity(self._steps.dim)
            return Endpoints(eye, first.covariance - eye, first.mean).kl()

        return self._found(ball, least=0.0)

    @cached_property
    def discretisation(self) -> Enclosure:
        """The budget's part of the discretisation, with the exact score."""
        return self._found(lambda: sum(self._discretisation_terms(), arb(0)) / 2, least=0.0)

    @cached_property
    def score(self) -> Enclosure:
        """What the score error adds."""
        return self._found(lambda: sum(self._score_terms(), arb(0)) / 2)

    @cached_property
    def endpoint_kl(self) -> Enclosure:
        """``KL(q_t0 || p^)`` of the endpoints."""

        def ball() -> Ball:
            deviation, covariance = self._steps.endpoint()
            ideal = self._steps.places[-1].covariance
            return Endpoints(ideal, covariance - ideal, deviation).reverse_kl()

        return self._found(ball, least=0.0)

    @cached_property
    def path_square(self) -> Enclosure:
        """Half the mean square of the drift's difference over all steps, error included, from the joint law."""
        return self._found(self._steps.path_square, least=0.0)

    @cached_property
    def _middle(self) -> list[Enclosure]:
        with precision(BITS):
            return [enclosed([ball], (1,), least=0.0) for ball in self._steps.middle_squares()]

    @property
    def drift_square(self) -> Enclosure:
        """``E|f(X_k) - s_t(X_t)|^2`` at the middle of the middle step, f the learned score there, without unit."""
        return self._middle[0]

    @property
    def projected_square(self) -> Enclosure:
        """``E|f(X_k) - r s_k(X_k)|^2`` at the same time."""
        return self._middle[1]

    @property
    def fisher_gap(self) -> tuple[Enclosure, Enclosure]:
        """``J(t)`` and ``r^2 J(t_k)`` there."""
        return self._middle[2], self._middle[3]

    def _discretisation_terms(self) -> list[Ball]:
        """Return the terms of `gausscollapse.error_budget`, step by step: entropies, Fisher informations, moments."""
        steps, terms = self._steps, []
        for place, after, length in zip(steps.places, steps.places[1:], steps.lengths, strict=False):
            h = arb(length)
            # int J dt = d h + log det S(late) - log det S(early): the growth of the entropy.
            terms.append(steps.dim * h + place.covariance.det().log() - after.covariance.det().log())
            fisher = [place.precision[i, i] for i in range(steps.dim)]
            if steps.linear is None:
                terms.append((-h).expm1() * sum(fisher, arb(0)))
                continue
            rising, falling = _excess(h / 2), _excess(-h / 2)
            for i, part in enumerate(steps.linear):
                second = place.covariance[i, i] + place.mean[i, 0] ** 2 - 1
                moved = h.expm1() - 4 * (h / 2).expm1() + h
                b = arb(part)
                terms += [
                    (h + 4 * (-h / 2).expm1()) * fisher[i],
                    b * b * (moved * second + 4 * falling),
                    4 * b * ((rising - falling) - (rising + falling) * fisher[i]),
                ]
        return terms

    def _score_terms(self) -> list[Ball]:
        """Return the terms that an error ``e = A z + o`` adds: ``E e s^T = -A``, ``E e X^T = A S + o (v m)^T``."""
        steps, terms = self._steps, []
        for place, length in zip(steps.places, steps.lengths, strict=False):
            h, pulled = arb(length), place.slope * place.covariance
            square = (pulled * place.slope.transpose()).trace() + (place.offset.transpose() * place.offset)[0, 0]
            if steps.linear is None:
                terms.append(-(-h).expm1() * square)
                continue
            rising, falling = _excess(h / 2), _excess(-h / 2)
            terms.append(h * square)
            for i, part in enumerate(steps.linear):
                state = pulled[i, i] + place.offset[i, 0] * place.mean[i, 0]
                terms.append(-4 * (falling - arb(part) * (rising + falling)) * place.slope[i, i])
                terms.append(-4 * arb(part) * rising * state)
        return terms


def _excess(x: Ball) -> Ball:
    """Return ``exp(x) - 1 - x``."""
    return x.expm1() - x

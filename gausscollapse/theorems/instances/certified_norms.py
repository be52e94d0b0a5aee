"""Certified distances of models, training laws and innovations of one trajectory on the line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import NotSupportedError, UndecidedError
from gausscollapse.divergences.certified.line import LinePart, divergence_on_the_line
from gausscollapse.process.certified.balls import Rational
from gausscollapse.retraining.certified.exact_trajectory import Row
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.theorems.instances.certified_embedded import CertifiedKernelStatistics
from gausscollapse.theorems.instances.norm_statistics import NormStatistics

# Distances are compared with floats that state five digits.
DIGITS, FEW_DIGITS = 9, 6
UNKNOWN = Enclosure(0.0, 0.0, np.inf, "undecided", "certified")


class CertifiedNormStatistics(NormStatistics):
    """Distances and divergences of one trajectory on the line, certified; shape (1,) each.

    All laws are mixtures with rational parameters; their distances are integrals in balls. What floats find is where
    the integrators start, and enters no proof.

    Parameters
    ----------
    trajectory : Trajectory
        With data of any kind on the line.

    Raises
    ------
    NotSupportedError
        If the data is not on the line, a step is no channel, or more than the last model is kept.
    """

    def __init__(self, trajectory: Trajectory) -> None:
        super().__init__([trajectory])
        if trajectory.data.dim > 1:
            raise NotSupportedError(
                "data: integrals over mixtures are certified on the line only; accepted: a trajectory in d = 1"
            )
        self._kernel = CertifiedKernelStatistics(trajectory)
        self._exact = self._kernel.exact
        self._problems: dict[str, str] = {}

    @property
    def undecided(self) -> Mapping[str, str]:
        """What was asked for and could not be decided: from its name to the reason."""
        return {**self._problems, **self._kernel.undecided}

    def starts_here(self, generation: int) -> np.ndarray:
        """Return where the model of a generation is the data, shape (1,)."""
        return np.array([self._exact.models[generation] == self._exact.origin])

    def deviation(self, norm: str, generation: int) -> Enclosure:
        """Return ``||p^_i - p||`` in a norm of `NORMS`, shape (1,)."""
        if norm == "MMD":
            return self._kernel.drift[:, generation].sqrt()
        return self._between(norm, "model", "data", generation, guess=super().deviation(norm, generation))

    def refreshed(self, norm: str, generation: int) -> Enclosure:
        """Return ``||q_i - p||``, from the training law itself, shape (1,)."""
        if norm == "MMD":
            return self._kernel.refreshed[:, generation].sqrt()
        return self._between(norm, "trained", "data", generation, guess=super().refreshed(norm, generation))

    def innovation(self, norm: str, generation: int) -> Enclosure:
        """Return ``||p^_{i+1} - q_i||``, shape (1,)."""
        if norm == "MMD":
            return self._kernel.energy[:, generation].sqrt()
        return self._between(norm, "new", "trained", generation, guess=super().innovation(norm, generation))

    def divergence(self, name: str, first: str, second: str, generation: int, order: float = 1.0) -> Enclosure:
        """Return a divergence of two laws of a generation, shape (1,), in nats; see the base."""
        guess = super().divergence(name, first, second, generation, order)
        found = self._between(
            name, first, second, generation, order, guess=guess * guess if name == "Hellinger" else guess
        )
        return found.sqrt() if name == "Hellinger" else found

    def _between(
        self,
        name: str,
        first: str,
        second: str,
        generation: int,
        order: float = 1.0,
        *,
        guess: Enclosure,
    ) -> Enclosure:
        laws = [self._law(which, generation) for which in (first, second)]
        # One law has several names: the model of a generation is the new one of the generation before.
        key = (name, *(tuple(law) for law in laws), order)
        if key not in self._known:
            self._known[key] = self._found(name, laws, order, float(np.asarray(guess.value)[0]))
        return self._known[key]

    def _found(self, name: str, laws: Sequence[Sequence[LinePart]], order: float, guess: float) -> Enclosure:
        digits = FEW_DIGITS if name in ("TV", "W1") else DIGITS
        try:
            found = divergence_on_the_line(name, *laws, digits=digits, order=order, guess=guess)
        except UndecidedError as problem:
            self._problems[name] = str(problem)
            found = UNKNOWN
        value, lower, upper = (np.array([float(end)]) for end in (found.value, found.lower, found.upper))
        return Enclosure(value, lower, upper, found.method, found.guarantee)

    def _law(self, which: str, generation: int) -> list[LinePart]:
        row = self._row(which, generation)
        parts = [(weight, self._exact.components[number]) for number, weight in row.items()]
        found = [LinePart(_fraction(w), _fraction(part.mean[0, 0]), _fraction(part.cov[0, 0])) for w, part in parts]
        return sorted(found)

    def _row(self, which: str, generation: int) -> Row:
        if which == "data":
            return self._exact.origin
        if which == "trained":
            return self._exact.training(generation)
        return self._exact.models[generation + (which == "new")]


def _fraction(number: Rational) -> Fraction:
    return Fraction(int(number.p), int(number.q))

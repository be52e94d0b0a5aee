"""Scores that a function of the user's computes: a model of torch, JAX or anything else behind ``f(x, t)``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array, as_count
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.learners.base import LearnedModel, Learner, points_of
from gausscollapse.process.fields import called

ScoreFunction = Callable[[Array, float], Any]


@dataclass(frozen=True, eq=False)
class CallableModel(LearnedModel):
    """A score that a function computes.

    Parameters
    ----------
    function : callable
        ``function(x, t)`` with points x of shape (n, d) and a time t > 0 returns scores of shape (n, d).
    size : int
        Dimension d.

    Raises
    ------
    InvalidArgumentError
        If `function` is not callable; later, where it returns another shape or numbers that are not finite.
    """

    function: ScoreFunction
    size: int
    least_samples: int = 1

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise InvalidArgumentError("function", self.function, "is not callable", "a function f(x, t)")
        as_count("size", self.size, at_least=1)

    @property
    def dim(self) -> int:
        """Dimension d."""
        return self.size

    def score(self, x: ArrayLike, t: float) -> Array:
        """Return ``function(x, t)`` at points `(n, d)`, in the shape of `x`."""
        return called(self.function, points_of(x, self.size), t).reshape(np.shape(x))


@dataclass(frozen=True)
class CallableLearner(Learner):
    """Fits whatever a function fits.

    Parameters
    ----------
    function : callable
        ``function(samples, diffusion, key)`` with samples of shape (n, d) returns a score ``f(x, t)`` or a
        `LearnedModel`.
    least : int
        Least number of samples.
    """

    function: Callable[[Array, OrnsteinUhlenbeck, int], ScoreFunction | LearnedModel]
    least: int = 1

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise InvalidArgumentError(
                "function", self.function, "is not callable", "a function of samples, diffusion and key"
            )
        as_count("least", self.least, at_least=1)

    def least_samples(self, dim: int) -> int:  # noqa: ARG002
        """Return what the user stated."""
        return self.least

    def fit(self, samples: ArrayLike, diffusion: OrnsteinUhlenbeck, key: int = 0) -> LearnedModel:
        """Return the model; see `Learner.fit`."""
        points = self.checked(samples)
        found = self.function(points, diffusion, key)
        return found if isinstance(found, LearnedModel) else CallableModel(found, points.shape[1], self.least)

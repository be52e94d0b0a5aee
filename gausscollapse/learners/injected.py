"""A learner that makes a given error: the score of a Gaussian or a mixture fitted to its samples, and the error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array, as_size
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck, marginal
from gausscollapse.laws.mixture import Law
from gausscollapse.learners.base import LearnedModel, Learner
from gausscollapse.learners.gaussian import GaussianLearner
from gausscollapse.learners.mixture import MixtureLearner
from gausscollapse.process.errors import ScoreError
from gausscollapse.process.process import ReverseProcess


@dataclass(frozen=True, eq=False)
class InjectedModel(LearnedModel):
    """The score of a fitted law with an error added.

    Parameters
    ----------
    process : ReverseProcess
        The learned process: its data is the fitted law.
    least_samples : int
        As of the learner of that law.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> learner = gc.learners.InjectedLearner(gc.AffineError(0.0, 0.5))
    >>> model = learner.fit([0.0, 2.0], gc.OrnsteinUhlenbeck())
    >>> model.score([0.0, 3.0], 1e-9).round(6)  # 1 - x, and 0.5
    array([ 1.5, -1.5])
    """

    process: ReverseProcess
    least_samples: int

    @property
    def dim(self) -> int:
        """Dimension d."""
        return self.process.dim

    def score(self, x: ArrayLike, t: float) -> Array:
        """Return the score with the error, at points `(n, d)` and forward time `t` > 0, in the shape of `x`."""
        law = self.process.data
        return np.asarray(marginal(law, t).score(x) + self.process.error.evaluate(x, t, data=law))


@dataclass(frozen=True)
class InjectedLearner(Learner[InjectedModel]):
    """Fit a Gaussian or a mixture, and add a score error to its score.

    With ever more samples and one component it is `retrain` of the error with ``refit="gaussian"``.

    Parameters
    ----------
    error : ScoreError
        Added to the score of the fitted law in every generation.
    components : int
        Of the fitted mixture, at most a million; 1 for a Gaussian by maximum likelihood.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> learner = gc.learners.InjectedLearner(gc.AffineError(0.0, 0.5))
    >>> learner.least_samples(2)
    3
    >>> learner.fit([0.0, 2.0], gc.OrnsteinUhlenbeck()).process.data
    Gaussian(mean=[1.0], cov=[[1.0]])
    """

    error: ScoreError
    components: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.error, ScoreError):
            raise InvalidArgumentError(
                "error", self.error, "is no score error", "an AffineError or another ScoreError"
            )
        object.__setattr__(
            self,
            "components",
            as_size("components", self.components, at_least=1, each=1.0, unit="parts", most=1e6),
        )

    def _base(self) -> Learner[LearnedModel]:
        return GaussianLearner() if self.components == 1 else MixtureLearner(self.components)

    def least_samples(self, dim: int) -> int:
        """Return the least number of samples in dimension `dim`."""
        return self._base().least_samples(dim)

    def _fit(self, points: Array, diffusion: OrnsteinUhlenbeck, key: int) -> InjectedModel:
        fitted = self._base().fit(points, diffusion, key)
        law: Law | None = fitted.law
        if law is None:
            raise RuntimeError("the fitted law is known")
        return InjectedModel(ReverseProcess(law, diffusion, self.error), fitted.least_samples)

"""One Gaussian by maximum likelihood, with Ledoit-Wolf shrinkage as an option."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import as_choice
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.learners.base import LawModel, Learner, scikit_learn

SHRINKAGES = ("none", "ledoit-wolf")


@dataclass(frozen=True)
class GaussianLearner(Learner):
    """Fits one Gaussian.

    Parameters
    ----------
    shrinkage : {"none", "ledoit-wolf"}
        ``"none"``: maximum likelihood, ``m = mean(x)``, ``S = mean((x - m)(x - m)^T)`` (divisor n).
        ``"ledoit-wolf"``: S pulled towards ``tr(S)/d I`` (Ledoit and Wolf 2004), by scikit-learn.
    """

    shrinkage: str = "none"

    def __post_init__(self) -> None:
        as_choice("shrinkage", self.shrinkage, SHRINKAGES)

    def least_samples(self, dim: int) -> int:
        """Return d + 1 without shrinkage, 2 with it."""
        return dim + 1 if self.shrinkage == "none" else 2

    def fit(self, samples: ArrayLike, diffusion: OrnsteinUhlenbeck, key: int = 0) -> LawModel:  # noqa: ARG002
        """Return the fitted law; see `Learner.fit`."""
        points = self.checked(samples)
        mean = points.mean(axis=0)
        centred = points - mean
        if self.shrinkage == "none":
            cov = centred.T @ centred / points.shape[0]
        else:
            cov = scikit_learn("covariance").ledoit_wolf(centred, assume_centered=True)[0]
        try:
            law = Gaussian(mean, 0.5 * (cov + cov.T))
        except InvalidArgumentError as error:
            raise InvalidArgumentError(
                "samples", points.shape, f"have a covariance that {error.reason}", "samples that span all dimensions"
            ) from None
        return LawModel(law, self.least_samples(points.shape[1]))


def moment_matched(points: np.ndarray) -> Gaussian:
    """Return the maximum-likelihood Gaussian of points (n, d), n > d."""
    centred = points - points.mean(axis=0)
    return Gaussian(points.mean(axis=0), centred.T @ centred / points.shape[0])

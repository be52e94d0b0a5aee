"""One Gaussian by maximum likelihood, with Ledoit-Wolf shrinkage as an option."""

from __future__ import annotations

from dataclasses import dataclass

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array, as_choice
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.learners.base import LawModel, Learner, scikit_learn

SHRINKAGES = ("none", "ledoit-wolf")


@dataclass(frozen=True)
class GaussianLearner(Learner[LawModel]):
    """Fits one Gaussian.

    Parameters
    ----------
    shrinkage : {"none", "ledoit-wolf"}
        ``"none"``: maximum likelihood, ``m = mean(x)``, ``S = mean((x - m)(x - m)^T)`` (divisor n).
        ``"ledoit-wolf"``: S pulled towards ``tr(S)/d I``, by scikit-learn.

    Raises
    ------
    UnknownNameError
        If the shrinkage is not known.

    Notes
    -----
    Source: Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", 2004.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> learner = gc.GaussianLearner()
    >>> learner.least_samples(3)  # a covariance of full rank
    4
    >>> print(learner.fit([0.0, 1.0, 5.0], gc.OrnsteinUhlenbeck()).law)  # variance (4 + 1 + 9)/3
    Gaussian(mean=[2.0], cov=[[4.666666666666667]])
    """

    shrinkage: str = "none"

    def __post_init__(self) -> None:
        as_choice("shrinkage", self.shrinkage, SHRINKAGES)

    def least_samples(self, dim: int) -> int:
        """Return d + 1 without shrinkage, 2 with it."""
        return dim + 1 if self.shrinkage == "none" else 2

    def _fit(self, points: Array, diffusion: OrnsteinUhlenbeck, key: int) -> LawModel:  # noqa: ARG002
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


def moment_matched(points: Array) -> Gaussian:
    """Return the maximum-likelihood Gaussian of points (n, d), n > d."""
    centred = points - points.mean(axis=0)
    return Gaussian(points.mean(axis=0), centred.T @ centred / points.shape[0])

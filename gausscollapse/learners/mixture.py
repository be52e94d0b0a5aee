"""A Gaussian mixture by expectation-maximisation, done by scikit-learn."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array, as_choice, as_number, as_size
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.interop import from_sklearn
from gausscollapse.learners.base import LawModel, Learner, scikit_learn, seed32

COVARIANCES = ("full", "tied", "diag", "spherical")


@dataclass(frozen=True)
class MixtureLearner(Learner[LawModel]):
    """Fits a Gaussian mixture by expectation-maximisation, started from k-means++.

    Parameters
    ----------
    components : int
        Number of components, from 1 to 100 000.
    covariance : {"full", "tied", "diag", "spherical"}
        Shape of the covariances, in scikit-learn's words.
    regularisation : float
        Added to the diagonal of every covariance, >= 0, in squared units of the data.
    iterations : int
        Largest number of iterations, at most a million. A fit that has not converged by then is kept as it is.
    starts : int
        Number of starts, at most a million, of which the best is kept.

    Raises
    ------
    InvalidArgumentError
        If a parameter is out of range.

    Notes
    -----
    Source: scikit-learn's ``GaussianMixture``. The same samples and key give the same law.

    Examples
    --------
    Two heaps, which one component each takes up:

    >>> import gausscollapse as gc
    >>> learner = gc.MixtureLearner(2, regularisation=0.25)
    >>> learner.least_samples(1)
    4
    >>> model = learner.fit([-10.0, -10.0, 10.0, 10.0, 10.0, 10.0], gc.OrnsteinUhlenbeck(), key=1)
    >>> print(model.law.mean.round(6), sorted(model.law.weights.round(6).tolist()))
    [3.333333] [0.333333, 0.666667]
    >>> print(model.law.covs.ravel().round(6))
    [0.25 0.25]
    """

    components: int
    covariance: str = "full"
    regularisation: float = 1e-6
    iterations: int = 100
    starts: int = 1

    def __post_init__(self) -> None:
        as_size("components", self.components, at_least=1, each=1.0, unit="components", most=10**5)
        as_choice("covariance", self.covariance, COVARIANCES)
        as_number("regularisation", self.regularisation, at_least=0.0)
        as_size("iterations", self.iterations, at_least=1, each=1.0, unit="rounds", most=10**6)
        as_size("starts", self.starts, at_least=1, each=1.0, unit="rounds", most=10**6)

    def least_samples(self, dim: int) -> int:  # noqa: ARG002
        """Return twice the number of components."""
        return 2 * self.components

    def _fit(self, points: Array, diffusion: OrnsteinUhlenbeck, key: int) -> LawModel:  # noqa: ARG002
        module = scikit_learn("mixture")
        exceptions = scikit_learn("exceptions")
        estimator = module.GaussianMixture(
            n_components=self.components,
            covariance_type=self.covariance,
            reg_covar=self.regularisation,
            max_iter=self.iterations,
            n_init=self.starts,
            random_state=seed32(key),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
            try:
                law = from_sklearn(estimator.fit(points))
            except ValueError as error:
                raise InvalidArgumentError(
                    "samples", points.shape, f"cannot be fitted ({str(error).splitlines()[0]})",
                    "more samples, fewer components or more regularisation",
                ) from None  # fmt: skip
        return LawModel(law, self.least_samples(points.shape[1]))

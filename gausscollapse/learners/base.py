"""What a learner is: from samples to a learned score, and to a law where there is one."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import (
    DimensionMismatchError,
    InvalidArgumentError,
    MissingPackageError,
    NotSupportedError,
)
from gausscollapse.core.validation import Array, as_array, as_word
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck, marginal
from gausscollapse.laws.mixture import Law


class LearnedModel(ABC):
    """What a learner has learned; frozen.

    Attributes
    ----------
    dim : int
        Dimension d.
    least_samples : int
        Number of samples that the learner needs at least in this dimension.
    law : Gaussian, GaussianMixture or None
        Law at time 0 whose forward marginals have the learned score; None where it has no such closed form.
    exact : bool
        Whether `sample` and `logpdf` exist: the learned score is that of a law that can be drawn from.

    Examples
    --------
    The samples 0 and 2 have mean 1 and variance 1, which the forward process keeps at 1:

    >>> import gausscollapse as gc
    >>> model = gc.GaussianLearner().fit([0.0, 2.0], gc.OrnsteinUhlenbeck())
    >>> model.score([0.0, 3.0], 0.0)  # 1 - x
    array([ 1., -2.])
    >>> model.exact, model.sample(3, 1).shape
    (True, (3, 1))
    >>> print(model.logpdf([1.0]).round(6))  # minus half the logarithm of 2 pi
    [-0.918939]
    """

    least_samples: int
    law: Law | None = None
    exact: bool = False

    @property
    @abstractmethod
    def dim(self) -> int:
        """Dimension d."""

    @abstractmethod
    def score(self, x: ArrayLike, t: float) -> Array:
        """Return the learned score at points `(n, d)` and forward time `t` > 0, in the shape of `x`."""

    def sample(self, n: int, rng: int | np.random.Generator) -> Array:  # noqa: ARG002
        """Return `n` independent draws of the learned law at time 0, shape (n, d)."""
        raise self._no_law()

    def logpdf(self, x: ArrayLike) -> Array:  # noqa: ARG002
        """Return the log-density in nats of the learned law at time 0 at points `(n, d)`, shape (n,)."""
        raise self._no_law()

    def _no_law(self) -> NotSupportedError:
        return NotSupportedError(
            f"sampling: a {type(self).__name__} is a score without a known law; accepted: euler-maruyama"
        )


Model = TypeVar("Model", bound=LearnedModel, covariant=True)


class Learner(ABC, Generic[Model]):
    """A way to fit a model to samples; a subclass says `least_samples` and ``_fit(points, diffusion, key)``.

    Examples
    --------
    A learner of one's own, which knows the variance and learns the mean:

    >>> import gausscollapse as gc
    >>> class MeanLearner(gc.learners.Learner):
    ...     def least_samples(self, dim):
    ...         return 1
    ...
    ...     def _fit(self, points, diffusion, key):
    ...         return gc.learners.LawModel(gc.Gaussian(points.mean(axis=0), 1.0))
    >>> learner = MeanLearner()
    >>> learner.least_samples(1)
    1
    >>> print(learner.fit([0.0, 1.0, 5.0], gc.OrnsteinUhlenbeck()).law)
    Gaussian(mean=[2.0], cov=[[1.0]])
    """

    @abstractmethod
    def least_samples(self, dim: int) -> int:
        """Return the least number of samples in dimension `dim`."""

    @abstractmethod
    def _fit(self, points: Array, diffusion: OrnsteinUhlenbeck, key: int) -> Model:
        """Return the model fitted to points (n, d), whose number was checked, with a 64-bit key."""

    @checked
    def fit(self, samples: ArrayLike, diffusion: OrnsteinUhlenbeck, key: int = 0) -> Model:
        """Return the model fitted to samples.

        Parameters
        ----------
        samples : array_like, shape (n, d)
            Training samples; a vector is accepted for d = 1.
        diffusion : OrnsteinUhlenbeck
            Forward process.
        key : int
            Key >= 0 below 2^64 of whatever the fit draws at random: the same arguments give the same model.

        Returns
        -------
        LearnedModel
            The learned score, and the law where there is one.

        Raises
        ------
        InvalidArgumentError
            If n is below `least_samples`, the samples are degenerate, or an argument is not what it must be.
        MissingPackageError
            If scikit-learn is needed and missing.
        """
        if not isinstance(diffusion, OrnsteinUhlenbeck):
            raise InvalidArgumentError("diffusion", diffusion, "is no forward process", "an OrnsteinUhlenbeck")
        return self._fit(self._checked(samples), diffusion, as_word("key", key))

    def _checked(self, samples: ArrayLike) -> Array:
        """Return the samples as an array (n, d) with enough rows."""
        array = as_array("samples", samples)
        points = array.reshape(-1, 1) if array.ndim == 1 else array
        if points.ndim != 2 or points.shape[1] == 0:
            raise DimensionMismatchError("samples", samples, f"has shape {array.shape}", "shape (n, d)")
        least = self.least_samples(points.shape[1])
        if points.shape[0] < least:
            raise InvalidArgumentError(
                "samples",
                points.shape[0],
                f"is too few for a {type(self).__name__} in dimension {points.shape[1]}",
                f"n >= {least}",
            )
        return points


@dataclass(frozen=True, eq=False)
class LawModel(LearnedModel):
    """A learned law: its score is that of the law moved by the forward process.

    Parameters
    ----------
    law : Gaussian or GaussianMixture
        The learned law at time 0.
    least_samples : int
        Number of samples that the learner needs at least.
    exact : bool
        Whether `sample` draws from the learned law itself.

    Examples
    --------
    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> model = gc.learners.LawModel(gc.Gaussian(1.0, 3.0))
    >>> print(model.dim, model.score(0.0, np.log(2.0)).round(6))  # mean 1/sqrt(2), variance 3/2 + 1/2
    1 0.353553
    >>> print(model.logpdf(1.0).round(6))  # minus half the logarithm of 6 pi
    -1.468245
    >>> model.sample(2, 1).shape
    (2, 1)
    """

    law: Law
    least_samples: int = 1
    exact: bool = True

    @property
    def dim(self) -> int:
        """Dimension d."""
        return self.law.dim

    def score(self, x: ArrayLike, t: float) -> Array:
        """Return ``grad log q~_t`` of the learned law at points `(n, d)`, in the shape of `x`."""
        return marginal(self.law, t).score(x)

    def sample(self, n: int, rng: int | np.random.Generator) -> Array:
        """Return `n` independent draws of the learned law, up to 4 GiB, shape (n, d)."""
        return self.law.sample(n, rng)

    def logpdf(self, x: ArrayLike) -> Array:
        """Return the log-density in nats of the learned law at points `(n, d)`, shape (n,)."""
        return self.law.logpdf(x)


def scikit_learn(module: str) -> Any:
    """Return a module of scikit-learn, or say in one line how to get it."""
    try:
        return importlib.import_module(f"sklearn.{module}")
    except ImportError:
        raise MissingPackageError("scikit-learn", "experiments") from None


def seed32(key: int) -> int:
    """Return a 32-bit seed, as scikit-learn wants it, from a 64-bit key."""
    return int(np.random.SeedSequence(key).generate_state(1)[0])

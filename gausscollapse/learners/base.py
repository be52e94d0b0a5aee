"""What a learner is: from samples to a learned score, and to a law where there is one."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.exceptions import (
    DimensionMismatchError,
    InvalidArgumentError,
    MissingPackageError,
    NotSupportedError,
)
from gausscollapse.core.validation import Array, as_array, as_points
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
        """Return the log-density in nats of the learned law at time 0 at points `(n, d)`."""
        raise self._no_law()

    def _no_law(self) -> NotSupportedError:
        return NotSupportedError(
            f"sampling: a {type(self).__name__} is a score without a known law; accepted: euler-maruyama"
        )


class Learner(ABC):
    """A way to fit a model to samples."""

    @abstractmethod
    def least_samples(self, dim: int) -> int:
        """Return the least number of samples in dimension `dim`."""

    @abstractmethod
    def fit(self, samples: ArrayLike, diffusion: OrnsteinUhlenbeck, key: int = 0) -> LearnedModel:
        """Return the model fitted to samples.

        Parameters
        ----------
        samples : array_like, shape (n, d)
            Training samples; a vector is accepted for d = 1.
        diffusion : OrnsteinUhlenbeck
            Forward process.
        key : int
            64-bit key of whatever the fit draws at random: the same arguments give the same model.

        Raises
        ------
        InvalidArgumentError
            If n is below `least_samples`, or the samples are degenerate.
        MissingPackageError
            If scikit-learn is needed and missing.
        """

    def checked(self, samples: ArrayLike) -> Array:
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
        """Return `n` independent draws of the learned law, shape (n, d)."""
        return self.law.sample(n, rng)

    def logpdf(self, x: ArrayLike) -> Array:
        """Return the log-density in nats of the learned law at points `(n, d)`."""
        return self.law.logpdf(x)


def points_of(x: ArrayLike, dim: int) -> Array:
    """Return points as an array (n, d)."""
    return as_points("x", x, dim)[0]


def scikit_learn(module: str) -> Any:
    """Return a module of scikit-learn, or say in one line how to get it."""
    try:
        return importlib.import_module(f"sklearn.{module}")
    except ImportError:
        raise MissingPackageError("scikit-learn", "experiments") from None


def seed32(key: int) -> int:
    """Return a 32-bit seed, as scikit-learn wants it, from a 64-bit key."""
    return int(np.random.SeedSequence(key).generate_state(1)[0])

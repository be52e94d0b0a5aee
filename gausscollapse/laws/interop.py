"""Laws from and to SciPy and scikit-learn, which are imported only when their functions are called."""

from __future__ import annotations

from typing import Any

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture, Law

SCIPY_ACCEPTED = "a frozen scipy.stats.multivariate_normal or scipy.stats.norm"
SKLEARN_ACCEPTED = "a fitted sklearn.mixture.GaussianMixture or BayesianGaussianMixture"


def from_scipy(distribution: Any, *, weights: Any = None) -> Law:
    """Return the law of frozen SciPy normals.

    Parameters
    ----------
    distribution : frozen ``multivariate_normal`` or ``norm``, or a list of them
        One distribution gives a Gaussian; a list of K with `weights` gives a mixture.
    weights : array_like, shape (K,), optional
        Mixture weights; required for a list, refused for one distribution.

    Raises
    ------
    InvalidArgumentError
        If an object is not a frozen normal, if its covariance is singular, or if weights are missing or superfluous.
    """
    if isinstance(distribution, list | tuple):
        if weights is None:
            raise InvalidArgumentError("weights", None, "is missing for a list of distributions", "shape (K,)")
        parts = [_one(f"distribution[{i}]", part) for i, part in enumerate(distribution)]
        if not parts:
            raise InvalidArgumentError(
                "distribution", distribution, "is empty", SCIPY_ACCEPTED + ", or a list of them"
            )
        return GaussianMixture(weights, [part.mean for part in parts], [part.cov for part in parts])
    if weights is not None:
        raise InvalidArgumentError("weights", weights, "needs a list of distributions", "None for one distribution")
    return _one("distribution", distribution)


def _one(argument: str, distribution: Any) -> Gaussian:
    from scipy import stats

    kind = getattr(distribution, "dist", None)
    if isinstance(kind, type(stats.norm)):
        return Gaussian(distribution.mean(), distribution.var())
    frozen = type(stats.multivariate_normal(mean=0.0, cov=1.0))
    if isinstance(distribution, frozen):
        return Gaussian(np.asarray(distribution.mean), np.asarray(distribution.cov))
    raise InvalidArgumentError(argument, distribution, "is not a frozen normal", SCIPY_ACCEPTED)


def to_scipy(law: Law) -> Any:
    """Return a frozen ``multivariate_normal`` for a Gaussian, ``(weights, [multivariate_normal, ...])`` else."""
    from scipy import stats

    if isinstance(law, Gaussian):
        return stats.multivariate_normal(mean=law.mean, cov=law.cov)
    _check(law)
    return law.weights.copy(), [stats.multivariate_normal(mean=part.mean, cov=part.cov) for part in law.components]


def from_sklearn(estimator: Any) -> GaussianMixture:
    """Return the mixture that a fitted scikit-learn estimator describes, for every `covariance_type`.

    Raises
    ------
    InvalidArgumentError
        If the estimator is not a Gaussian mixture or is not fitted.
    """
    kind = getattr(estimator, "covariance_type", None)
    names = ("weights_", "means_", "covariances_")
    if kind not in ("full", "tied", "diag", "spherical"):
        raise InvalidArgumentError("estimator", estimator, "is not a Gaussian mixture", SKLEARN_ACCEPTED)
    if not all(hasattr(estimator, name) for name in names):
        raise InvalidArgumentError("estimator", estimator, "is not fitted", SKLEARN_ACCEPTED)
    weights, means, raw = (np.asarray(getattr(estimator, name), dtype=np.float64) for name in names)
    count, dim = means.shape
    if kind == "full":
        covs = raw
    elif kind == "tied":
        covs = np.broadcast_to(raw, (count, dim, dim))
    elif kind == "diag":
        covs = raw[:, :, None] * np.eye(dim)
    else:
        covs = raw[:, None, None] * np.eye(dim)
    return GaussianMixture(weights, means, covs)


def to_sklearn(law: Law) -> Any:
    """Return a ``sklearn.mixture.GaussianMixture`` (covariance type ``full``) with the law's parameters set."""
    try:
        from sklearn.mixture import GaussianMixture as SklearnMixture
    except ImportError:
        raise ImportError("to_sklearn needs scikit-learn: pip install scikit-learn") from None

    _check(law)
    mixture = GaussianMixture([1.0], law.mean[None], law.cov[None]) if isinstance(law, Gaussian) else law
    estimator = SklearnMixture(n_components=mixture.weights.size, covariance_type="full")
    estimator.weights_, estimator.means_ = mixture.weights.copy(), mixture.means.copy()
    estimator.covariances_ = mixture.covs.copy()
    inverses = np.linalg.solve(np.linalg.cholesky(mixture.covs), np.eye(mixture.dim))
    # scikit-learn keeps the upper triangular factor U of the precision, U U^T = S^{-1}
    estimator.precisions_cholesky_ = np.swapaxes(inverses, 1, 2)
    estimator.precisions_ = np.swapaxes(inverses, 1, 2) @ inverses
    estimator.converged_, estimator.n_features_in_ = True, mixture.dim
    return estimator


def _check(law: object) -> None:
    if not isinstance(law, Gaussian | GaussianMixture):
        raise InvalidArgumentError("law", law, "is not a law", "a Gaussian or a GaussianMixture")

"""Laws from SciPy and scikit-learn, which are imported only when they are needed."""

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

    Returns
    -------
    Gaussian or GaussianMixture
        The law with the same means and covariances.

    Raises
    ------
    InvalidArgumentError
        If an object is not a frozen normal, if its covariance is singular, or if weights are missing or superfluous.

    Examples
    --------
    SciPy's ``norm`` takes a standard deviation, a law here a variance:

    >>> from scipy import stats
    >>> import gausscollapse as gc
    >>> gc.from_scipy(stats.norm(loc=1, scale=2))
    Gaussian(mean=[1.0], cov=[[4.0]])
    >>> gc.from_scipy([stats.norm(0, 1), stats.norm(3, 1)], weights=[0.25, 0.75]).mean
    array([2.25])
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


def from_sklearn(estimator: Any) -> GaussianMixture:
    """Return the mixture that a fitted scikit-learn estimator describes.

    Parameters
    ----------
    estimator : fitted ``sklearn.mixture.GaussianMixture`` or ``BayesianGaussianMixture``
        Of any `covariance_type`.

    Returns
    -------
    GaussianMixture
        The mixture of the fitted weights, means and covariances.

    Raises
    ------
    InvalidArgumentError
        If the estimator is not a Gaussian mixture or is not fitted.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.mixture import GaussianMixture
    >>> import gausscollapse as gc
    >>> points = gc.Gaussian([1, 2], [[1, 0], [0, 4]]).sample(50, 0)
    >>> law = gc.from_sklearn(GaussianMixture(1).fit(points))
    >>> bool(np.allclose(law.mean, points.mean(axis=0)))
    True
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

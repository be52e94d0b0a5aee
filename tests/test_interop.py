"""Laws from SciPy and scikit-learn keep their densities."""

import numpy as np
import pytest
from scipy import stats
from sklearn.mixture import BayesianGaussianMixture
from sklearn.mixture import GaussianMixture as SklearnMixture

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError

MIXTURE = gc.GaussianMixture([0.25, 0.75], [[0.0, 1.0], [2.0, -1.0]], [[[1.0, 0.3], [0.3, 2.0]], np.eye(2)])
POINTS = np.random.default_rng(0).standard_normal((50, 2))


def test_from_scipy():
    law = gc.Gaussian([1.0, 2.0], [[2.0, 0.5], [0.5, 1.0]])
    assert gc.from_scipy(stats.multivariate_normal(law.mean, law.cov)) == law
    parts = [stats.multivariate_normal(mean, cov) for mean, cov in zip(MIXTURE.means, MIXTURE.covs, strict=True)]
    read = gc.from_scipy(parts, weights=[0.25, 0.75])
    assert read == MIXTURE
    density = sum(w * part.pdf(POINTS) for w, part in zip((0.25, 0.75), parts, strict=True))
    assert np.allclose(density, read.pdf(POINTS), rtol=1e-12)
    assert gc.from_scipy(parts[::-1], weights=[0.25, 0.75]) != MIXTURE
    line = gc.from_scipy(stats.norm(loc=1.5, scale=2.0))
    assert (line.mean[0], line.cov[0, 0]) == (1.5, 4.0)
    assert gc.from_scipy([stats.norm(0, 1), stats.norm(1, 2)], weights=[0.5, 0.5]).dim == 1


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("model", [SklearnMixture, BayesianGaussianMixture])
def test_from_sklearn(kind, model):
    points = MIXTURE.sample(400, 1)
    fitted = model(n_components=2, covariance_type=kind, random_state=0, max_iter=500).fit(points)
    law = gc.from_sklearn(fitted)
    # A Bayesian mixture scores with the expected log determinants of its posterior, not with its mean parameters.
    if model is SklearnMixture:
        assert np.allclose(law.logpdf(POINTS), fitted.score_samples(POINTS), rtol=1e-9)
        assert np.allclose(law.posterior(POINTS), fitted.predict_proba(POINTS), rtol=1e-8)
        assert not np.allclose(law.logpdf(POINTS + 1e-3), fitted.score_samples(POINTS), rtol=1e-9)
    assert np.array_equal(law.means, fitted.means_)
    assert np.allclose(law.weights, fitted.weights_, rtol=1e-15)


def test_refusals():
    with pytest.raises(InvalidArgumentError, match="is not fitted"):
        gc.from_sklearn(SklearnMixture(2))
    with pytest.raises(InvalidArgumentError, match="is not a Gaussian mixture"):
        gc.from_sklearn(object())
    with pytest.raises(InvalidArgumentError, match="is not a frozen normal"):
        gc.from_scipy(stats.t(3))
    with pytest.raises(InvalidArgumentError, match=r"distribution\[1\]"):
        gc.from_scipy([stats.norm(), 3], weights=[0.5, 0.5])
    with pytest.raises(InvalidArgumentError, match="weights"):
        gc.from_scipy([stats.norm(), stats.norm()])
    with pytest.raises(InvalidArgumentError, match="weights"):
        gc.from_scipy(stats.norm(), weights=[1.0])
    with pytest.raises(InvalidArgumentError, match="positive definite"):
        gc.from_scipy(stats.multivariate_normal([0, 0], np.ones((2, 2)), allow_singular=True))

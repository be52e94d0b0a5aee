"""Laws from and to SciPy and scikit-learn keep their densities."""

import numpy as np
import pytest
from scipy import stats
from sklearn.mixture import BayesianGaussianMixture
from sklearn.mixture import GaussianMixture as SklearnMixture

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError

MIXTURE = gc.GaussianMixture([0.25, 0.75], [[0.0, 1.0], [2.0, -1.0]], [[[1.0, 0.3], [0.3, 2.0]], np.eye(2)])
POINTS = np.random.default_rng(0).standard_normal((50, 2))


def test_scipy_and_back():
    law = gc.Gaussian([1.0, 2.0], [[2.0, 0.5], [0.5, 1.0]])
    frozen = gc.to_scipy(law)
    assert np.allclose(frozen.logpdf(POINTS), law.logpdf(POINTS), rtol=1e-12)
    assert gc.from_scipy(frozen) == law
    weights, parts = gc.to_scipy(MIXTURE)
    density = sum(w * part.pdf(POINTS) for w, part in zip(weights, parts, strict=True))
    assert np.allclose(density, MIXTURE.pdf(POINTS), rtol=1e-12)
    assert gc.from_scipy(parts, weights=weights) == MIXTURE
    line = gc.from_scipy(stats.norm(loc=1.5, scale=2.0))
    assert (line.mean[0], line.cov[0, 0]) == (1.5, 4.0)
    assert gc.from_scipy([stats.norm(0, 1), stats.norm(1, 2)], weights=[0.5, 0.5]).dim == 1


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("model", [SklearnMixture, BayesianGaussianMixture])
def test_sklearn_and_back(kind, model):
    points = MIXTURE.sample(400, 1)
    fitted = model(n_components=2, covariance_type=kind, random_state=0, max_iter=500).fit(points)
    law = gc.from_sklearn(fitted)
    if model is SklearnMixture:
        assert np.allclose(law.logpdf(POINTS), fitted.score_samples(POINTS), rtol=1e-9)
    back = gc.to_sklearn(law)
    assert np.allclose(back.score_samples(POINTS), law.logpdf(POINTS), rtol=1e-10)
    assert np.allclose(back.predict_proba(POINTS), law.posterior(POINTS), rtol=1e-8)
    assert gc.from_sklearn(back) == law
    assert back.sample(5)[0].shape == (5, 2)


def test_gaussian_to_sklearn():
    law = gc.Gaussian([1.0, 2.0], [[2.0, 0.5], [0.5, 1.0]])
    assert np.allclose(gc.to_sklearn(law).score_samples(POINTS), law.logpdf(POINTS), rtol=1e-12)


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
    for convert in (gc.to_scipy, gc.to_sklearn):
        with pytest.raises(InvalidArgumentError, match="is not a law"):
            convert("law")

"""Learners against oracles: log-sum-exp in NumPy and mpmath, scikit-learn, and a score that is known.

Comparisons of estimates are z-scores at a false-alarm budget of 1e-6 each (|z| < 4.9).
"""

import os
import sys

import mpmath as mp
import numpy as np
import pytest
from sklearn.covariance import LedoitWolf
from sklearn.mixture import GaussianMixture as SklearnMixture

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError, MissingPackageError, NotSupportedError
from gausscollapse.learners import (
    GaussianLearner,
    KernelDensityLearner,
    MixtureLearner,
    NeuralLearner,
)
from gausscollapse.learners.base import seed32

DIFFUSION = gc.OrnsteinUhlenbeck(4.0, 0.1)


def kernel_score(x, centres, bandwidth, t):
    """Score and log-density of the estimate as one mixture, term by term."""
    a = np.exp(-0.5 * t)
    v = a**2 * bandwidth**2 + 1.0 - a**2
    logs = -np.sum((x[:, None] - a * centres) ** 2, axis=2) / (2.0 * v)
    top = logs.max(axis=1, keepdims=True)
    weights = np.exp(logs - top)
    mean = weights @ (a * centres) / weights.sum(axis=1, keepdims=True)
    density = top[:, 0] + np.log(weights.mean(axis=1)) - 0.5 * x.shape[1] * np.log(2.0 * np.pi * v)
    return (mean - x) / v, density


@pytest.mark.parametrize(("d", "n", "m"), [(1, 3, 300), (2, 100, 129), (5, 33, 7), (10, 400, 128)])
@pytest.mark.parametrize("t", [0.0, 0.02, 1.0, 4.0])
def test_kernel_density_is_a_sum_over_its_centres(d, n, m, t):
    rng = np.random.default_rng(d)
    centres, x = rng.standard_normal((n, d)), 3.0 * rng.standard_normal((m, d))
    model = KernelDensityLearner(0.3).fit(centres, DIFFUSION)
    score, density = kernel_score(x, centres, 0.3, t)
    np.testing.assert_allclose(model.score(x, t), score, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(model.logpdf(x, t), density, rtol=1e-12, atol=1e-11)


def test_kernel_density_far_outside_in_fifty_digits():
    """Where every density underflows in floats the score is still right."""
    centres = np.array([[0.0], [1.0], [1.5]])
    model = KernelDensityLearner(0.01).fit(centres, DIFFUSION)
    for x in (-7.0, 0.7500001, 40.0):
        with mp.workdps(60):
            v = mp.mpf(0.01) ** 2
            terms = [mp.exp(-((mp.mpf(x) - mp.mpf(float(c))) ** 2) / (2 * v)) for c in centres[:, 0]]
            mean = mp.fsum(w * mp.mpf(float(c)) for w, c in zip(terms, centres[:, 0], strict=True)) / mp.fsum(terms)
            expected = float((mean - mp.mpf(x)) / v)
            logpdf = float(mp.log(mp.fsum(terms) / 3) - mp.log(2 * mp.pi * v) / 2)
        assert model.score([[x]], 0.0)[0, 0] == pytest.approx(expected, rel=1e-11)
        assert model.logpdf([[x]])[0] == pytest.approx(logpdf, rel=1e-12)


def test_the_kernel_comparison_sees_another_bandwidth():
    rng = np.random.default_rng(0)
    centres, x = rng.standard_normal((50, 2)), rng.standard_normal((20, 2))
    score, _ = kernel_score(x, centres, 0.3001, 0.1)
    assert np.max(np.abs(KernelDensityLearner(0.3).fit(centres, DIFFUSION).score(x, 0.1) - score)) > 1e-6


def test_kernel_density_does_not_depend_on_threads():
    rng = np.random.default_rng(1)
    centres, x = rng.standard_normal((200, 3)), rng.standard_normal((1000, 3))
    one, two, three = (KernelDensityLearner(0.3, threads=k).fit(centres, DIFFUSION).score(x, 0.1) for k in (1, 2, 3))
    assert one.tobytes() == two.tobytes() == three.tobytes()
    assert one[:1].tobytes() == KernelDensityLearner(0.3).fit(centres, DIFFUSION).score(x[:1], 0.1).tobytes()


def test_kernel_density_draws_have_its_moments():
    rng = np.random.default_rng(2)
    centres = rng.standard_normal((30, 2)) * [1.0, 3.0]
    draws = KernelDensityLearner(0.5).fit(centres, DIFFUSION).sample(40_000, 5)
    scores = (draws.mean(axis=0) - centres.mean(axis=0)) / (draws.std(axis=0) / 200.0)
    squares = draws**2
    second = (squares.mean(axis=0) - np.mean(centres**2, axis=0) - 0.25) / (squares.std(axis=0) / 200.0)
    assert np.all(np.abs([scores, second]) < 4.9)
    assert np.any(np.abs((squares.mean(axis=0) - np.mean(centres**2, axis=0)) / (squares.std(axis=0) / 200.0)) > 4.9)


def test_gaussian_maximum_likelihood():
    x = np.random.default_rng(3).standard_normal((40, 3))
    law = GaussianLearner().fit(x, DIFFUSION).law
    np.testing.assert_allclose(law.mean, x.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(law.cov, np.cov(x, rowvar=False, bias=True), rtol=1e-13)
    assert np.max(np.abs(law.cov - np.cov(x, rowvar=False))) > 0.01


def test_ledoit_wolf_is_that_of_scikit_learn():
    x = np.random.default_rng(4).standard_normal((12, 20))
    model = GaussianLearner("ledoit-wolf").fit(x, DIFFUSION)
    np.testing.assert_allclose(model.law.cov, LedoitWolf().fit(x).covariance_, rtol=1e-12)
    with pytest.raises(InvalidArgumentError, match="n >= 21"):
        GaussianLearner().fit(x, DIFFUSION)


def test_mixture_has_the_density_that_scikit_learn_says():
    data = gc.GaussianMixture([0.5, 0.5], [[-3.0, 0.0], [3.0, 0.0]], [np.eye(2), 0.5 * np.eye(2)])
    x = data.sample(500, 5)
    for covariance in ("full", "diag"):
        model = MixtureLearner(2, covariance=covariance).fit(x, DIFFUSION, key=7)
        twin = SklearnMixture(2, covariance_type=covariance, random_state=seed32(7)).fit(x)
        np.testing.assert_allclose(model.logpdf(x), twin.score_samples(x), rtol=1e-9)
        same = MixtureLearner(2, covariance=covariance).fit(x, DIFFUSION, key=7)
        assert same.law == model.law


def test_neural_score_learns():
    """Mean squared error of the score well below that of no score at all, at small and large times; repeatable."""
    data = gc.Gaussian([0.5, 0.0], [[1.0, 0.4], [0.4, 0.6]])
    learner = NeuralLearner(layers=(32,), repeats=4, epochs=12)
    x = data.sample(1500, 6)
    model = learner.fit(x, DIFFUSION, key=1)
    for t in (0.15, 1.0, 3.5):
        law = DIFFUSION.marginal(data, t)
        points = law.sample(3000, 7)
        error = np.mean(np.sum((model.score(points, t) - law.score(points)) ** 2, axis=1))
        assert error < 0.2 * np.mean(np.sum(law.score(points) ** 2, axis=1)), t
    again, other = learner.fit(x, DIFFUSION, key=1), learner.fit(x, DIFFUSION, key=2)
    points = data.sample(20, 8)
    assert model.score(points, 0.5).tobytes() == again.score(points, 0.5).tobytes()
    assert not np.array_equal(model.score(points, 0.5), other.score(points, 0.5))
    assert model.law is None
    with pytest.raises(NotSupportedError, match="euler-maruyama"):
        model.sample(3, 0)
    with pytest.raises(InvalidArgumentError, match="stop > 0"):
        learner.fit(x, gc.OrnsteinUhlenbeck(4.0, 0.0))


def test_neural_score_on_the_line():
    x = np.random.default_rng(9).standard_normal(300)
    model = NeuralLearner(layers=(8,), repeats=1, epochs=2).fit(x, DIFFUSION)
    assert model.score(np.zeros((5, 1)), 0.5).shape == (5, 1)


@pytest.mark.parametrize(
    ("learner", "n", "least"),
    [
        (GaussianLearner(), 3, 4),
        (GaussianLearner("ledoit-wolf"), 1, 2),
        (MixtureLearner(5), 9, 10),
        (KernelDensityLearner(0.1, centres=50), 49, 50),
        (NeuralLearner(), 3, 4),
    ],
    ids=lambda entry: type(entry).__name__,
)
def test_too_few_samples_are_refused_with_the_least_number(learner, n, least):
    with pytest.raises(InvalidArgumentError, match=rf"samples = {n}: .* in dimension 3; accepted: n >= {least}"):
        learner.fit(np.random.default_rng(0).standard_normal((n, 3)), DIFFUSION)
    assert learner.least_samples(3) == least


@pytest.mark.parametrize(
    "learner",
    [GaussianLearner(), MixtureLearner(2), KernelDensityLearner(0.1), NeuralLearner()],
    ids=lambda entry: type(entry).__name__,
)
def test_keys_that_are_no_words_are_refused_in_one_line(learner):
    """A matrix once reached NumPy's seeds and ended the process."""
    x = np.random.default_rng(0).standard_normal((30, 2))
    for key in (-1, 2**64, 1.5, True, None, "3", np.array([1]), np.array([[1, 2]]).view(np.matrix)):
        with pytest.raises(InvalidArgumentError, match=r"key = .*accepted: an integer") as found:
            learner.fit(x, DIFFUSION, key)
        assert "\n" not in str(found.value)
    with pytest.raises(InvalidArgumentError, match="diffusion = 4"):
        learner.fit(x, 4)


def test_samples_on_a_plane_are_refused():
    flat = np.random.default_rng(0).standard_normal((50, 3)) * [1.0, 1.0, 0.0]
    with pytest.raises(InvalidArgumentError, match="span all dimensions"):
        GaussianLearner().fit(flat, DIFFUSION)


def test_a_missing_package_is_one_line(monkeypatch):
    for module in ("sklearn.mixture", "sklearn.neural_network", "sklearn.covariance"):
        monkeypatch.setitem(sys.modules, module, None)
    x = np.random.default_rng(0).standard_normal((30, 2))
    for learner in (MixtureLearner(2), NeuralLearner(), GaussianLearner("ledoit-wolf")):
        with pytest.raises(MissingPackageError, match=r"scikit-learn is not installed; try: python -m pip") as found:
            learner.fit(x, DIFFUSION)
        assert "\n" not in str(found.value)
    assert GaussianLearner().fit(x, DIFFUSION).law is not None


def test_importing_the_package_loads_no_learner_library():
    import subprocess

    code = (
        "import sys, gausscollapse, gausscollapse.learners, gausscollapse.lab.generations;"
        "print(any(name.split('.')[0] in ('sklearn', 'xarray', 'dask') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "False"

"""The residual network against the exact score, and against the Gaussian fit that it falls back to."""

import sys

import numpy as np
import pytest

import gausscollapse as gc
from benchmarks.bench_learners import DIFFUSION, EIGHT, LAWS, errors, relative
from gausscollapse.core.exceptions import InvalidArgumentError, MissingPackageError
from gausscollapse.learners import ResidualModel, Scales
from tests.extras import extra


@pytest.fixture
def torch():
    found = extra("torch", "torch")
    found.set_num_threads(1)
    return found


def bare(fit, gate=1.0, width=3):
    """Return a network of constant answer 1 in every coordinate."""
    d = fit.dim
    layers = ((np.zeros((d + 9, width)), np.zeros(width)), (np.zeros((width, d)), np.ones(d)))
    return ResidualModel(Scales(fit, 0.0, 4.0), layers, np.array([-4.0, 4.0]), np.full(2, gate), loss=0.0)


def test_the_correction_of_the_score_is_that_of_the_denoiser():
    """Tweedie: score = (a D - x)/s^2, with D the Gaussian's regression of x_0 on x_t plus c b F."""
    fit = gc.Gaussian([0.3, -0.2], [[2.0, 0.5], [0.5, 1.0]])
    x = np.random.default_rng(1).standard_normal((6, 2))
    for t in (0.05, 1.0, 3.0):
        a, s2 = np.exp(-0.5 * t), 1.0 - np.exp(-t)
        regressed = fit.mean + a * (x - a * fit.mean) @ np.linalg.inv(a * a * fit.cov + s2 * np.eye(2)) @ fit.cov
        v = 1.5
        c, b = np.sqrt(v * s2 / (a * a * v + s2)), a * a * v / (a * a * v + s2)
        np.testing.assert_allclose(bare(fit).score(x, t), (a * (regressed + c * b) - x) / s2, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(bare(fit, 0.0).score(x, t), (a * regressed - x) / s2, rtol=1e-9, atol=1e-9)


def test_without_torch_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPackageError, match=r"torch is not installed; try: .*\[torch\]"):
        gc.TorchLearner().fit(EIGHT.sample(100, 1), DIFFUSION)


@pytest.mark.parametrize("options", [{"width": 0}, {"blocks": 0}, {"steps": -1}, {"rate": 0.0}, {"device": 3}])
def test_parameters_out_of_range_are_refused(options):
    with pytest.raises(InvalidArgumentError, match=next(iter(options))):
        gc.TorchLearner(**options)


def test_the_network_in_numpy_is_the_one_that_was_trained(torch):
    from gausscollapse.learners import _residual_training as training

    learner = gc.TorchLearner(width=16, blocks=2, steps=20, batch=64)
    samples = EIGHT.sample(300, 3)
    model = learner.fit(samples, DIFFUSION, key=4)
    layers = [tuple(torch.tensor(part) for part in pair) for pair in model.layers]
    x, t = EIGHT.sample(40, 5), np.linspace(0.05, 4.0, 40)
    twin = training._network(torch, layers, torch.tensor(model.scales.features(x, t))).numpy()
    np.testing.assert_allclose(model.correction(x, t), twin, rtol=1e-9, atol=1e-12)
    again, other = learner.fit(samples, DIFFUSION, key=4), learner.fit(samples, DIFFUSION, key=5)
    assert model.correction(x, t).tobytes() == again.correction(x, t).tobytes()
    assert np.array_equal(model.gate, again.gate)
    assert not np.array_equal(model.correction(x, t), other.correction(x, t))
    with pytest.raises(InvalidArgumentError, match="stop > 0"):
        learner.fit(samples, gc.OrnsteinUhlenbeck(4.0, 0.0))
    with pytest.raises(InvalidArgumentError, match="device"):
        gc.TorchLearner(width=4, blocks=1, steps=1, device="abacus").fit(samples, DIFFUSION)


def test_on_gaussian_data_there_is_nothing_to_correct(torch):
    """The gate closes: of what is not there, samples kept apart tell nothing (two standard errors, 25 levels)."""
    data = gc.Gaussian([1.0, 0.0], [[1.0, 0.3], [0.3, 0.5]])
    model = gc.TorchLearner(width=16, blocks=1, steps=60, batch=128).fit(data.sample(2000, 1), DIFFUSION, key=2)
    assert np.mean(model.gate) < 0.1
    assert np.mean(model.gate == 0.0) > 0.7


def test_targets_are_means_of_clean_samples():
    """With one clean sample far nearer than all others it is the mean; at large noise the plain mean is."""
    from gausscollapse.learners._residual_training import _means

    own, others = np.array([[1.0, 0.0]]), np.array([[5.0, 5.0], [-5.0, 5.0]])
    near = _means(own.copy(), own, others, np.ones((1, 1)), np.full((1, 1), 0.1))
    np.testing.assert_allclose(near, own, atol=1e-12)
    far = _means(own.copy(), own, others, np.full((1, 1), 1e-9), np.ones((1, 1)))
    np.testing.assert_allclose(far, [[1.0 / 3.0, 10.0 / 3.0]], atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
def test_at_every_time_the_network_is_no_worse_than_the_gaussian_fit(torch, law):
    """The learner as it comes: from t = 0.02, where there is most to learn, to 4, where there is next to nothing."""
    found = errors(gc.TorchLearner(), LAWS[law], 20_000, 1)
    assert all(network <= fit for network, fit in found.values()), found
    assert all(found[t][0] < 0.4 * found[t][1] for t in (0.02, 0.1, 0.5, 2.0)), found


def test_the_table_tells_a_network_that_is_worse():
    """The control: the score of N(0, 1) is far from that of the modes, and the true one is not."""
    law = DIFFUSION.marginal(EIGHT, 0.5)
    assert relative(lambda x, t: law.score(x), EIGHT, 0.5, 500) == 0.0
    assert relative(lambda x, t: -x, EIGHT, 0.5, 500) > 0.9

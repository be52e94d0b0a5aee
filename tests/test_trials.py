"""Samplers on trial: the perfect network, probed maps, and what is told of them."""

from itertools import pairwise

import mpmath
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.sampling.schemes import scheme_steps
from gausscollapse.testing import assert_order, assert_sampler_accuracy
from gausscollapse.trials.affine import affine_law
from gausscollapse.trials.measure import of_law, of_samples
from gausscollapse.trials.noise import CountedNoise, PrescribedNoise, RandomNoise

MIXTURE = gc.GaussianMixture([0.3, 0.7], [-1.0, 0.5], [0.2, 0.05])
PLANE = gc.Gaussian([0.5, -0.5], [[0.5, 0.42], [0.42, 0.5]])


@pytest.mark.parametrize("signal", [0.0, 0.02, 0.6, 1.0])
@pytest.mark.parametrize("x", [-2.0, 0.1, 1.5])
def test_the_perfect_network_has_the_posterior_means(signal, x):
    """E[X | x] and E[xi | x] for x = a X + s xi, by quadrature of 30 digits."""
    noise = float(np.sqrt(1.0 - 0.9 * signal**2))
    found = gc.trials.ExactModel(MIXTURE).posterior([[x]], signal=signal, noise=noise)
    with mpmath.workdps(30):

        def weight(y):
            law = mpmath.fsum(
                w * mpmath.npdf(y, m, mpmath.sqrt(v))
                for w, m, v in zip((0.3, 0.7), (-1.0, 0.5), (0.2, 0.05), strict=True)
            )
            return law * mpmath.npdf(x, signal * y, noise)

        ends = [-6, -2, -1, 0, 0.5, 1, 2, 6]
        total, first = (mpmath.quad(lambda y, k=k: y**k * weight(y), ends) for k in (0, 1))
        data = first / total
        xi = (x - signal * data) / noise
    assert abs(found.data[0, 0] - float(data)) < 1e-12 * (1.0 + abs(float(data)))
    assert abs(found.noise[0, 0] - float(xi)) < 1e-12 * (1.0 + abs(float(xi)))


def test_predictions_are_one_answer_in_different_words():
    model, rng = gc.trials.ExactModel(gc.trials.trial_law("eight-modes")), np.random.default_rng(0)
    x, a, s = rng.standard_normal((5, 2)), 0.8, 0.6
    kinds = ("epsilon", "sample", "v_prediction", "flow_prediction")
    noise, data, v, flow = (model.predict(x, signal=a, noise=s, kind=kind) for kind in kinds)
    assert np.allclose(a * data + s * noise, x, atol=1e-14)
    assert np.allclose(v, a * noise - s * data, atol=1e-14)
    assert np.allclose(flow, noise - data, atol=1e-14)
    t = -2.0 * np.log(a)
    score = gc.laws.marginal(model.data, t).score(x)
    assert np.allclose(model(x, t), score, atol=1e-12)
    assert np.allclose(-noise / s, score, atol=1e-12)
    line = gc.trials.ExactModel(MIXTURE)
    for points in (0.3, [0.3, 0.4], [[0.3], [0.4]]):
        assert line(points, 0.1).shape == np.shape(points)


@pytest.mark.parametrize("scheme", ["euler-maruyama", "exponential", "martingale", "relative", "ancestral"])
def test_a_probed_map_is_the_chain_in_closed_form(scheme):
    """On a correlated Gaussian, against the recursion of mean and covariance written down again."""
    sampler, steps = gc.trials.SchemeSampler(scheme), 20
    found = affine_law(lambda noise, n: sampler.run(gc.trials.ExactModel(PLANE), noise, n, steps), 2)
    plan = scheme_steps(sampler.schedule.grid(sampler.diffusion, steps), scheme)
    mean, cov = np.zeros(2), np.eye(2)
    for t, a, c, v in zip(plan.times[:-1], plan.state, plan.score, plan.variance, strict=True):
        now = gc.laws.marginal(PLANE, float(t))
        pull = np.linalg.inv(now.cov)
        step = a * np.eye(2) - c * pull
        mean = step @ mean + c * pull @ now.mean
        cov = step @ cov @ step.T + v * np.eye(2)
    assert np.allclose(found.mean, mean, rtol=1e-12, atol=1e-13)
    assert np.allclose(found.cov, cov, rtol=1e-11)
    assert found.error < 1e-12
    assert found.draws == steps + 1


def clipped(score, n, rng, steps=20):
    """Clip what is predicted of the data at 1, as careless defaults do."""
    x = rng.standard_normal((n, 1))
    times = np.linspace(8.0, 0.0, steps + 1)
    for now, later in pairwise(times):
        a, s = np.exp(-0.5 * now), np.sqrt(-np.expm1(-now))
        data = np.clip(score.predict(x, signal=a, noise=s, kind="sample"), -1.0, 1.0)
        noise = (x - a * data) / s
        x = np.exp(-0.5 * later) * data + np.sqrt(-np.expm1(-later)) * noise
    return x


def unclipped(score, n, rng, steps=20):
    """The same without clipping."""
    x = rng.standard_normal((n, 1))
    times = np.linspace(8.0, 0.0, steps + 1)
    for now, later in pairwise(times):
        a, s = np.exp(-0.5 * now), np.sqrt(-np.expm1(-now))
        found = score.posterior(x, signal=a, noise=s)
        x = np.exp(-0.5 * later) * found.data + np.sqrt(-np.expm1(-later)) * found.noise
    return x


def centred(score, n, rng):
    """Rows that know of each other."""
    x = rng.standard_normal((n, 1))
    return x - x.mean() + 0.7


def fickle(score, n, rng):
    """Noise whose number depends on the draws."""
    x = rng.standard_normal((n, 1))
    return x + rng.standard_normal((n, 1)) if np.any(x) else x


def test_what_is_not_affine_is_sampled_and_says_why():
    exact = gc.trial(unclipped, "narrow", steps=[20]).rows[0]
    assert exact.accuracy.exact
    assert exact.reason == ""
    assert exact.evaluations == 20
    for sampler, word in ((clipped, "not affine"), (centred, "know of each other"), (fickle, "same noise")):
        row = gc.trial(sampler, "narrow", steps=[20], samples=4000).rows[0]
        assert not row.accuracy.exact
        assert word in row.reason


def test_kl_of_moments_is_below_kl():
    """Of an affine sampler KL is known: the lower end from samples is below it, and not by much."""
    truth = float(gc.trial(unclipped, "narrow", steps=[5]).rows[0].accuracy.kl)
    model = gc.trials.ExactModel(gc.trials.trial_law("narrow"))
    samples = unclipped(model, 40_000, np.random.default_rng(3), steps=5)
    below = of_samples(samples, model.data, np.random.default_rng(4)).kl_below
    assert below.lower <= truth
    assert below.lower > 0.8 * truth
    assert below.upper == np.inf


def test_divergences_are_those_of_the_package():
    found = affine_law(
        lambda noise, n: gc.trials.SchemeSampler("exponential").run(gc.trials.ExactModel(PLANE), noise, n, 50), 2
    )
    law, accuracy = gc.Gaussian(found.mean, found.cov), of_law(found, PLANE)
    for value, other in (
        (accuracy.kl, gc.kl(law, PLANE)),
        (accuracy.reverse_kl, gc.kl(PLANE, law)),
        (accuracy.chi2, gc.chi2(law, PLANE)),
        (accuracy.wasserstein2, gc.wasserstein2(law, PLANE)),
    ):
        assert value.overlaps(other)
        assert np.isfinite(float(other))
        assert abs(float(value) / float(other) - 1.0) < 1e-9
    # The control: what a map is off by is in the interval.
    blurred = of_law(found._replace(error=1e-4), PLANE)
    assert blurred.kl.width > 1e3 * accuracy.kl.width


def test_a_mixture_is_sampled_with_its_modes():
    row = gc.trial("exponential", "eight-modes", steps=[100], samples=4000).rows[0]
    weights = row.accuracy.mode_weights
    assert weights.shape == (8,)
    assert np.all(weights.lower <= 0.125)
    assert np.all(weights.upper >= 0.125)
    assert row.accuracy.words == "MMD"
    line = gc.trial("exponential", MIXTURE, steps=[200], samples=4000).rows[0]
    assert line.accuracy.kolmogorov.lower == 0.0
    far = of_samples(np.random.default_rng(1).standard_normal((4000, 1)), MIXTURE, np.random.default_rng(2))
    assert far.kolmogorov.lower > 0.05
    assert far.mmd.lower > 0.0


def test_orders_are_slopes():
    found = gc.trial("exponential", "narrow", steps=(100, 200, 400))
    values = [float(row.accuracy.kl) for row in found.rows]
    expected = -np.polyfit(np.log([100, 200, 400]), np.log(values), 1)[0]
    assert abs(found.order.order - expected) < 1e-12
    assert gc.trial("exponential", "narrow", steps=[10]).order is None
    two = gc.trial("exponential", "narrow", steps=[10, 20]).order
    assert two.standard_error == np.inf
    assert "+-" not in str(two)


def test_parts_add_up_and_are_switched_off():
    diffusion = gc.OrnsteinUhlenbeck(2.0, 1e-4)
    sampler = gc.trials.SchemeSampler("exponential", diffusion=diffusion)
    found = gc.trials.parts(sampler, "narrow", steps=200)
    assert abs(found.clipping + found.start + found.discretisation + found.end - found.total) < 1e-15
    # Started from q_T nothing is left but steps and end.
    start = gc.laws.marginal(gc.trials.trial_law("narrow"), 2.0)
    process = gc.ReverseProcess(gc.trials.trial_law("narrow"), diffusion, gc.AffineError(0.0, 0.0))
    chain = gc.discrete_law(process, 200, grid=sampler.schedule.grid(diffusion, 200), scheme="exponential")
    assert abs(found.matched - float(gc.kl(chain.endpoint, gc.trials.trial_law("narrow")))) < 1e-12
    assert start.mean[0] > 0.2
    with pytest.raises(gc.GaussCollapseError, match="data"):
        gc.trials.parts("exponential", MIXTURE, steps=10)
    with pytest.raises(gc.GaussCollapseError, match="affine"):
        gc.trials.parts(clipped, "narrow", steps=10)


def test_assertions_pass_and_fail():
    assert assert_sampler_accuracy("exponential", "narrow", at_most=1e-3).exact
    with pytest.raises(AssertionError, match="ancestral sampling: KL"):
        assert_sampler_accuracy("ancestral", "narrow", at_most=1e-3)
    assert assert_order("exponential", at_least=1.9).order.order > 1.9
    with pytest.raises(AssertionError, match="order"):
        assert_order("ancestral", at_least=1.9)
    with pytest.raises(gc.GaussCollapseError, match="no order"):
        assert_order(clipped, at_least=1.0, steps=(10, 20))


def test_many_are_sorted_and_what_fails_is_told():
    def broken(score, n, rng):
        raise KeyError("sigma")

    found = gc.trials.trials(["ancestral", broken, "euler-maruyama", "no-such"], "narrow", steps=[50])
    assert [item.name for item in found.trials] == ["Euler-Maruyama", "ancestral sampling"]
    assert [name for name, _ in found.refused] == ["broken", "no-such"]
    assert "KeyError" in found.refused[0][1]


def test_mistakes_are_named():
    for call, name in (
        (lambda: gc.trial(3, "narrow"), "sampler"),
        (lambda: gc.trial("exponential", "wide"), "data"),
        (lambda: gc.trial("exponential", "narrow", steps=[0]), "steps"),
        (lambda: gc.trial("exponential", "narrow", steps=[]), "steps"),
        (lambda: gc.trial("exponential", "narrow", steps="10"), "steps"),
        (lambda: gc.trial(lambda score, n, rng: np.zeros(3), "narrow"), "sampler"),
        (lambda: assert_sampler_accuracy("exponential", "narrow", at_most=0.0), "at_most"),
    ):
        with pytest.raises(gc.GaussCollapseError, match=name):
            call()


def test_noise_is_what_it_says():
    assert np.array_equal(CountedNoise().draw(3, 2), np.zeros((3, 2)))
    rows = np.arange(6.0).reshape(1, 3, 2)
    prescribed = PrescribedNoise(rows)
    assert np.array_equal(prescribed.draw(3, 2), rows[0])
    with pytest.raises(gc.GaussCollapseError, match="same noise"):
        prescribed.draw(3, 2)
    assert RandomNoise(np.random.default_rng(0)).draw(4, 2).shape == (4, 2)

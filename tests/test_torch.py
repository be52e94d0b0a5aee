"""Networks as score errors: the exact denoiser of a Gaussian in each parametrisation has no error at all.

For data N(m, v) with ``x_t = a x_0 + s eps`` the conditional means are those of linear regression, written here from
the joint covariance; torch is used where it is installed.
"""

import sys

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError, MissingPackageError
from tests.extras import extra

DIFFUSION = gc.OrnsteinUhlenbeck(4.0, 0.05)
MEAN, VARIANCE = 0.7, 0.3
DATA = gc.Gaussian(MEAN, VARIANCE)
POINTS = np.linspace(-3.0, 3.0, 7)[:, None]


def regressed(x, t, wanted):
    """Return E[x_0 | x_t], E[eps | x_t] or E[v | x_t] by the covariance with x_t over its variance."""
    a, s = np.exp(-0.5 * t), np.sqrt(1.0 - np.exp(-t))
    gap = (x - a * MEAN) / (a * a * VARIANCE + s * s)
    clean, noise = MEAN + a * VARIANCE * gap, s * gap
    return {"x0": clean, "eps": noise, "v": a * noise - s * clean, "score": -gap}[wanted]


def exact(wanted, *, exploding=False, clock=lambda t: t):
    def network(x, told):
        t = clock(told)[:, None]
        keep = np.exp(-0.5 * t)
        answer = regressed(keep * x if exploding else x, t, wanted)
        return keep * answer if exploding and wanted == "score" else answer

    return network


@pytest.mark.parametrize("wanted", ["eps", "x0", "v", "score"])
@pytest.mark.parametrize("exploding", [False, True])
def test_the_exact_network_has_no_error(wanted, exploding):
    scaling = "variance-exploding" if exploding else "variance-preserving"
    error = gc.torch.score_error(exact(wanted, exploding=exploding), DATA, DIFFUSION, wanted, scaling=scaling)
    for t in (0.05, 0.4, 4.0):
        np.testing.assert_allclose(error.evaluate(POINTS, t, data=DATA), 0.0, atol=1e-10)


def test_the_comparison_sees_another_parametrisation_and_scaling():
    for said in ("eps", "x0", "v"):
        for read in ("eps", "x0", "v", "score"):
            error = gc.torch.score_error(exact(said), DATA, DIFFUSION, read)
            assert (np.max(np.abs(error.evaluate(POINTS, 0.4, data=DATA))) < 1e-9) == (said == read)
    error = gc.torch.score_error(exact("x0"), DATA, DIFFUSION, "x0", scaling="variance-exploding")
    assert np.max(np.abs(error.evaluate(POINTS, 0.4, data=DATA))) > 0.1


@pytest.mark.parametrize(
    ("time", "clock"),
    [
        ("t", lambda told: told),
        ("sigma", lambda told: np.log1p(told**2)),
        ("log-snr", lambda told: np.log1p(np.exp(-told))),
        (gc.CosineSchedule(), gc.CosineSchedule().clock),
        (lambda t: 1000.0 * gc.LinearSchedule().parameter(t), lambda told: gc.LinearSchedule().clock(told / 1000.0)),
    ],
)
def test_what_the_network_is_told_of_the_time(time, clock):
    error = gc.torch.score_error(exact("eps", clock=clock), DATA, DIFFUSION, time=time)
    np.testing.assert_allclose(error.evaluate(POINTS, 0.4, data=DATA), 0.0, atol=1e-9)
    if time != "t":
        plain = gc.torch.score_error(exact("eps", clock=clock), DATA, DIFFUSION)
        assert np.max(np.abs(plain.evaluate(POINTS, 0.4, data=DATA))) > 1e-3


def test_an_exploding_schedule_says_how_the_points_are_scaled():
    schedule = gc.ExplodingSchedule()
    network = exact("x0", exploding=True, clock=schedule.clock)
    error = gc.torch.score_error(network, DATA, DIFFUSION, "x0", time=schedule)
    np.testing.assert_allclose(error.evaluate(POINTS, 0.4, data=DATA), 0.0, atol=1e-9)


def test_points_come_in_batches_and_in_their_shape():
    seen = []

    def network(x, t):
        seen.append((x.shape, t.shape))
        return np.zeros_like(x)

    data = gc.Gaussian(np.zeros(6), np.eye(6))
    error = gc.torch.score_error(network, data, DIFFUSION, shape=(1, 2, 3), batch=4)
    x = np.random.default_rng(0).standard_normal((10, 6))
    np.testing.assert_allclose(error.evaluate(x, 1.0, data=data), x, rtol=1e-12)
    assert seen == [((4, 1, 2, 3), (4,)), ((4, 1, 2, 3), (4,)), ((2, 1, 2, 3), (2,))]


def zero(x, t):
    return 0.0 * x


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"parametrisation": "noise"}, "parametrisation"),
        ({"time": "seconds"}, "time"),
        ({"scaling": "none"}, "scaling"),
        ({"precision": "half"}, "precision"),
        ({"shape": (2, 2)}, "shape"),
        ({"batch": 0}, "batch"),
        ({"diffusion": gc.OrnsteinUhlenbeck(4.0, 0.0)}, "stop > 0"),
        ({"module": 3}, "module"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(options, words):
    with pytest.raises(InvalidArgumentError, match=words) as found:
        gc.torch.score_error(**({"module": zero, "data": DATA, "diffusion": DIFFUSION} | options))
    assert "\n" not in str(found.value)


@pytest.mark.parametrize("network", [lambda x, t: x[:1], lambda x, t: np.nan * x, lambda x, t: 1 / 0])
def test_a_network_that_fails_is_named_with_the_time(network):
    error = gc.torch.score_error(network, DATA, DIFFUSION)
    with pytest.raises(InvalidArgumentError):
        error.evaluate(POINTS, 0.4, data=DATA)


def test_without_torch_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPackageError, match=r"torch is not installed; try: .*\[torch\]"):
        gc.torch.score_error(zero, DATA, DIFFUSION, device="cpu")
    gc.torch.score_error(zero, DATA, DIFFUSION)


@pytest.fixture
def torch():
    found = extra("torch", "torch")
    found.set_num_threads(1)
    return found


def noisy_module(torch, answer=lambda x: x):
    """Return a module whose dropout would be seen, and that says the exact noise of the data."""

    class Exact(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = torch.nn.Parameter(torch.ones(1, dtype=torch.float32))
            self.dropout = torch.nn.Dropout(0.5)

        def forward(self, x, t):
            assert x.dtype == self.scale.dtype
            assert not torch.is_grad_enabled()
            t = t[:, None]
            a, s = torch.exp(-0.5 * t), torch.sqrt(-torch.expm1(-t))
            return answer(self.dropout(self.scale * s * (x - a * MEAN) / (a * a * VARIANCE + s * s)))

    return Exact()


def test_a_module_is_called_without_dropout_and_left_as_it_was(torch):
    class Answer:
        def __init__(self, sample):
            self.sample = sample

    for answer in (lambda x: x, Answer, lambda x: (x, None)):
        module = noisy_module(torch, answer)
        module.dropout.eval()
        before = {name: value.clone() for name, value in module.state_dict().items()}
        found = gc.torch.score_error(module, DATA, DIFFUSION).evaluate(POINTS, 0.4, data=DATA)
        np.testing.assert_allclose(found, 0.0, atol=1e-5)
        assert np.any(found != 0.0)  # single precision
        assert module.training
        assert not module.dropout.training
        assert module.scale.grad is None
        assert module.scale.dtype == torch.float32
        assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


def test_double_precision_is_of_a_copy(torch):
    module = noisy_module(torch)
    found = gc.torch.score_error(module, DATA, DIFFUSION, precision="double").evaluate(POINTS, 0.4, data=DATA)
    np.testing.assert_allclose(found, 0.0, atol=1e-12)
    assert module.scale.dtype == torch.float32


def test_a_function_of_tensors_needs_a_device(torch):
    def function(x, t):
        assert isinstance(x, torch.Tensor)
        return torch.zeros_like(x)

    error = gc.torch.score_error(function, DATA, DIFFUSION, device="cpu", precision="double")
    expected = -DIFFUSION.marginal(DATA, 0.4).score(POINTS)
    np.testing.assert_allclose(error.evaluate(POINTS, 0.4, data=DATA), expected, rtol=1e-12)
    with pytest.raises(InvalidArgumentError, match="device"):
        gc.torch.score_error(noisy_module(torch), DATA, DIFFUSION, device="abacus")


def test_a_jax_function_goes_through_the_same_door():
    jax = extra("jax", "bench")
    error = gc.torch.score_error(jax.jit(lambda x, t: 0.0 * x), DATA, DIFFUSION)
    expected = -DIFFUSION.marginal(DATA, 0.4).score(POINTS)
    np.testing.assert_allclose(error.evaluate(POINTS, 0.4, data=DATA), expected, rtol=1e-12)


def test_energy_of_an_amplified_network_is_that_of_the_amplified_score():
    """A tenth too much noise is a tenth too much score, whose energy is known in closed form."""
    network = exact("eps")
    error = gc.torch.score_error(
        lambda x, t: 1.1 * network(x, t), DATA, DIFFUSION, length_scale=100.0, time_scale=100.0
    )
    found = gc.ReverseProcess(DATA, DIFFUSION, error).ideal_energy()
    twin = gc.ReverseProcess(DATA, DIFFUSION, gc.AmplifiedScoreError(0.1)).ideal_energy()
    assert found.overlaps(twin)
    assert found.guarantee == "numeric"

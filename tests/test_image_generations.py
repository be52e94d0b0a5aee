"""Generations on real images: energies against formulas, what is refused, and the network where there is torch."""

import itertools
import math
import struct

import numpy as np
import pytest
from scipy.integrate import quad

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError, MissingPackageError, ScenarioError
from gausscollapse.lab import EXPERIMENTS, image_generations, sweep_presets
from gausscollapse.lab.image_energies import empirical_score, energies, time_rule
from gausscollapse.lab.real_images import ImageSet, real_images

DIFFUSION = gc.OrnsteinUhlenbeck(3.0, 0.05)
TINY = {
    "data": {"kind": "digits"},
    "learner": {"kind": "u-net", "width": 8, "steps": 4, "batch": 8},
    "fresh": 0.5,
    "generations": 2,
    "samples": 64,
    "steps": 5,
    "measure": {"pictures": 4, "energies": [1], "times": 4, "paths": 16},
}
GENERATIONS = EXPERIMENTS["generations"]


def test_the_score_of_a_training_set_is_the_gradient_of_its_log_density():
    atoms = np.array([[0.0, 1.0], [2.0, -1.0], [-1.5, 0.5]])
    t, x, step = 0.4, np.array([0.3, 0.2]), 1e-5

    def log_density(point):
        squares = [np.sum((point - math.exp(-t / 2.0) * atom) ** 2) for atom in atoms]
        return math.log(sum(math.exp(-0.5 * square / (1.0 - math.exp(-t))) for square in squares))

    wanted = [(log_density(x + step * unit) - log_density(x - step * unit)) / (2.0 * step) for unit in np.eye(2)]
    assert empirical_score(atoms)(x[None], t)[0] == pytest.approx(wanted, rel=1e-7)
    assert empirical_score(atoms[:2])(x[None], t)[0] != pytest.approx(wanted, rel=1e-2)


def test_the_rule_in_time_integrates():
    times, shares = time_rule(gc.OrnsteinUhlenbeck(8.0, 0.01), 50)
    assert times.size == 50
    assert shares.sum() == pytest.approx(7.99, rel=1e-12)
    assert shares @ np.exp(-times) == pytest.approx(math.exp(-0.01) - math.exp(-8.0), rel=1e-12)


def test_energies_of_a_constant_error_at_one_atom():
    """With one atom every marginal is Gaussian, and u(y) = b.z s_0 int e^{-(t - t_0)/2}/(1 - e^{-t}) dt."""
    atom, offset = np.array([[1.0, -2.0]]), np.array([0.3, 0.4])
    exact = empirical_score(atom)
    _, ideal, observed, density = energies(
        lambda x, t: exact(x, t) + offset, atom, DIFFUSION, times=40, paths=40_000, rng=np.random.default_rng(5)
    )
    stop = DIFFUSION.stop
    assert ideal.value == pytest.approx(0.25 * (3.0 - stop), rel=1e-12)
    assert density == pytest.approx(np.full(40, 0.25))
    reach = quad(lambda t: math.exp(-0.5 * (t - stop)) / -math.expm1(-t), stop, 3.0)[0] * math.sqrt(
        -math.expm1(-stop)
    )
    # False alarms: one in 1.7 million.
    assert abs(observed.value - 0.25 * reach**2) < 5.0 * observed.standard_error
    assert observed.standard_error < 0.03 * 0.25 * reach**2
    # Control: without the factor s_0 it is far outside.
    assert abs(observed.value - 0.25 * reach**2 / -math.expm1(-stop)) > 20.0 * observed.standard_error


def test_chi2_of_features_is_that_of_gaussians():
    rng = np.random.default_rng(2)
    real = rng.standard_normal((400, 3)) @ np.diag([1.0, 2.0, 0.0])
    assert image_generations.feature_chi2(real, real) == pytest.approx(0.0, abs=1e-12)
    cov = np.cov(real, rowvar=False) + 0.01 * np.mean(np.var(real, axis=0)) * np.eye(3)
    shift = np.array([0.2, 0.1, 0.05])
    wanted = math.expm1(shift @ np.linalg.solve(cov, shift))
    assert image_generations.feature_chi2(real + shift, real) == pytest.approx(wanted, rel=1e-9)
    assert image_generations.feature_chi2(3.0 * real, real) == math.inf


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": {"kind": "faces"}}, r"data\.kind"),
        ({"data": {"kind": "cifar10"}}, r"folder = '': is no folder"),
        ({"samples": 5000}, r"samples = 5000: is more than there are images; accepted: n <= 1797"),
        ({"learner": {"kind": "u-net", "width": 12}}, r"width = 12"),
        ({"learner": {"kind": "u-net", "depth": 4}}, r"depth = 4"),
        ({"measure": {"energies": [2]}}, r"energies = \[2\]"),
        ({"measure": {"energies": 1}}, r"energies"),
        ({"diffusion": {"stop": 0.0}}, r"stop"),
        ({"learner": {"kind": "u-net", "rate": -1.0}}, r"learner\.rate"),
    ],
)
def test_settings_are_refused_in_one_line(changes, message):
    with pytest.raises(ScenarioError, match=message) as found:
        GENERATIONS.check({**TINY, **changes})
    assert "\n" not in str(found.value)


def test_the_preset_is_read_without_torch_and_says_what_is_open():
    assert "leaves open" in sweep_presets.about("unet-digits")
    settings = sweep_presets.document("unet-digits")["settings"]
    GENERATIONS.check(settings)
    assert GENERATIONS.seconds(settings) > 60.0


def test_without_torch_the_error_says_what_to_install():
    try:
        import torch  # noqa: F401
    except ImportError:
        with pytest.raises(MissingPackageError, match="torch is not installed"):
            GENERATIONS.run(TINY, 1)
    else:
        pytest.skip("torch is installed")


def test_digits_are_standardised_and_shown_as_ink():
    real = real_images(ImageSet("digits"))
    assert real.points.shape == (1797, 64)
    assert abs(real.points.mean()) < 1e-12
    from sklearn.datasets import load_digits

    assert real.pictures(real.points[:3]) == pytest.approx(load_digits().images[:3] / 16.0)


def test_a_network_that_says_nothing_is_the_denoiser_of_the_standard_normal_law():
    """F = 0 gives D = a x; the variance of ancestral sampling follows a recursion of numbers."""
    pytest.importorskip("torch")
    from gausscollapse.lab.image_training import UNetModel
    from gausscollapse.lab.unet import parameters, times_between

    model = UNetModel(parameters(1, 8, 1, 3, "cpu"), (1, 4, 4), DIFFUSION, "cpu")
    x = np.random.default_rng(0).standard_normal((5, 16))
    assert model.clean(x, 0.7) == pytest.approx(math.exp(-0.35) * x, rel=1e-5)
    assert model.score(x, 0.7) == pytest.approx(-x, rel=1e-4)
    variance, times = 1.0, times_between(0.05, 3.0, 11)
    assert (times[0], times[-1]) == pytest.approx((3.0, 0.05))
    for now, then in itertools.pairwise(times):
        # X_then given X_0 = D and X_now: regression of jointly Gaussian numbers.
        a, b, gap = math.exp(-now / 2.0), math.exp(-then / 2.0), math.exp(-(now - then) / 2.0)
        gain = gap * (1.0 - b**2) / (1.0 - a**2)
        spread = (1.0 - b**2) - gain * gap * (1.0 - b**2)
        variance = ((b - gain * a) * a + gain) ** 2 * variance + spread
    draws = model.sample(4000, 10, 7)
    # 64 000 numbers: five standard errors of a variance.
    assert draws.var() == pytest.approx(math.exp(-0.05) * variance, rel=5.0 * math.sqrt(2.0 / 64_000))


def test_the_same_key_gives_the_same_bytes():
    pytest.importorskip("torch")
    first, second, other = (GENERATIONS.run(TINY, key) for key in (1, 1, 2))
    assert first.keys() == second.keys()
    assert all(found.values.tobytes() == second[name].values.tobytes() for name, found in first.items())
    assert first["pictures"].values.shape == (3, 4, 8, 8)
    assert first["energy_density"].values.shape == (1, 4)
    assert not np.array_equal(first["pictures"].values[1], other["pictures"].values[1])


@pytest.mark.slow
def test_training_lowers_the_loss_and_the_variance_is_that_of_the_data():
    pytest.importorskip("torch")
    from gausscollapse.lab.image_training import UNetLearner, train

    points = real_images(ImageSet("digits")).points[:500]
    scores = []
    for steps in (1, 400):
        model = train(UNetLearner(width=16, steps=steps), points, (1, 8, 8), gc.OrnsteinUhlenbeck(8.0, 0.01), 1)
        noisy = points * math.exp(-0.25) + math.sqrt(-math.expm1(-0.5)) * np.random.default_rng(1).standard_normal(
            points.shape
        )
        scores.append(np.mean((model.clean(noisy, 0.5) - points) ** 2))
    # An untrained network is as good as the standard normal law: the posterior of which has variance 0.39.
    assert scores[1] < 0.6 * scores[0]


def test_files_of_the_user_are_read_by_torchvision(tmp_path):
    pytest.importorskip("torchvision")
    with pytest.raises(InvalidArgumentError, match=r"has no fashion-mnist"):
        real_images(ImageSet("fashion-mnist", str(tmp_path)))
    folder = tmp_path / "FashionMNIST" / "raw"
    folder.mkdir(parents=True)
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28)).astype(np.uint8)
    for part in ("train", "t10k"):
        header = struct.pack(">IIII", 2051, 20, 28, 28)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(header + images.tobytes())
        labels = struct.pack(">II", 2049, 20) + bytes(range(10)) * 2
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(labels)
    found = real_images(ImageSet("fashion-mnist", str(tmp_path)))
    assert found.pictures(found.points) == pytest.approx(images / 255.0)
    assert found.labels.tolist() == list(range(10)) * 2

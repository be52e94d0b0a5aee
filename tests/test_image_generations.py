"""Generations on real images: energies against formulas, what is refused, and the network where there is torch."""

import itertools
import math
import pickle
import signal
import struct
import sys
import time
from statistics import NormalDist

import numpy as np
import pytest
import tomli_w
from scipy.integrate import quad

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError, MissingPackageError, ScenarioError
from gausscollapse.lab import EXPERIMENTS, image_measures, sweep_presets
from gausscollapse.lab.image_energies import empirical_score, energies, time_rule
from gausscollapse.lab.real_images import ImageSet, classifier, real_images
from tests.extras import extra
from tests.sweep_processes import PATIENCE, finished, start, wait_for, whole_cells
from tests.sweep_tools import contents

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
    assert image_measures.feature_chi2(real, real) == pytest.approx(0.0, abs=1e-12)
    cov = np.cov(real, rowvar=False) + 0.01 * np.mean(np.var(real, axis=0)) * np.eye(3)
    shift = np.array([0.2, 0.1, 0.05])
    wanted = math.expm1(shift @ np.linalg.solve(cov, shift))
    assert image_measures.feature_chi2(real + shift, real) == pytest.approx(wanted, rel=1e-9)
    assert image_measures.feature_chi2(3.0 * real, real) == math.inf


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


def test_without_torch_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPackageError, match=r"torch is not installed; try: .*\[torch\]"):
        GENERATIONS.run(TINY, 1)
    monkeypatch.setitem(sys.modules, "torchvision.datasets", None)
    with pytest.raises(MissingPackageError, match=r"torchvision is not installed; try: .*\[torch\]"):
        real_images(ImageSet("cifar10", "somewhere"))


def test_digits_are_standardised_and_shown_as_ink():
    real = real_images(ImageSet("digits"))
    assert real.points.shape == (1797, 64)
    assert abs(real.points.mean()) < 1e-12
    from sklearn.datasets import load_digits

    assert real.pictures(real.points[:3]) == pytest.approx(load_digits().images[:3] / 16.0)


def test_a_network_that_says_nothing_is_the_denoiser_of_the_standard_normal_law():
    """F = 0 gives D = a x; the variance of ancestral sampling follows a recursion of numbers."""
    extra("torch", "torch")
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


@pytest.mark.parametrize(("steps", "kept"), [(40, 0.867), (60, 0.905), (100, 0.936)])
def test_the_sampler_alone_loses_variance_as_the_page_says(steps, kept):
    """The best denoiser of the Gaussian with the digits' covariance, in its axes: one number of variance an axis."""
    from gausscollapse.lab.image_training import UNetModel
    from gausscollapse.lab.unet import times_between

    spectrum = np.linalg.eigvalsh(np.cov(real_images(ImageSet("digits")).points, rowvar=False)).clip(0.0)

    def gain(t):
        return math.exp(-0.5 * t) * spectrum / (math.exp(-t) * spectrum - math.expm1(-t))

    class Linear(UNetModel):
        def clean(self, points, t):
            return points * gain(t)

    diffusion = gc.OrnsteinUhlenbeck(6.0, 0.01)
    variance, times = np.ones(64), times_between(0.01, 6.0, steps + 1)
    for now, then in itertools.pairwise(times):
        # X_then given X_0 = D and X_now: regression of jointly Gaussian numbers.
        a, b, gap = math.exp(-now / 2.0), math.exp(-then / 2.0), math.exp(-(now - then) / 2.0)
        weight = gap * (1.0 - b**2) / (1.0 - a**2)
        spread = (1.0 - b**2) - weight * gap * (1.0 - b**2)
        variance = ((b - weight * a) * gain(now) + weight) ** 2 * variance + spread
    variance = variance * gain(0.01) ** 2
    assert variance.sum() / spectrum.sum() == pytest.approx(kept, abs=5e-4)
    draws = Linear({}, (1, 8, 8), diffusion, "cpu").sample(2000, steps, 3)
    # Five standard deviations of a sum of 64 variances.
    error = 5.0 * math.sqrt(2.0 * np.sum(variance**2) / 2000.0) / spectrum.sum()
    assert draws.var(axis=0).sum() / spectrum.sum() == pytest.approx(kept, abs=error)


def test_the_same_key_gives_the_same_bytes():
    extra("torch", "torch")
    first, second, other = (GENERATIONS.run(TINY, key) for key in (1, 1, 2))
    assert first.keys() == second.keys()
    assert all(found.values.tobytes() == second[name].values.tobytes() for name, found in first.items())
    assert first["lineages"].values.shape == (3, 4, 8, 8)
    assert first["energy_density"].values.shape == (1, 4)
    assert not np.array_equal(first["lineages"].values[1], other["lineages"].values[1])


@pytest.mark.slow
def test_training_lowers_the_loss_and_the_variance_is_that_of_the_data():
    extra("torch", "torch")
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


def fashion_files(folder, images, labels):
    """Write files as those of Fashion-MNIST are laid out."""
    raw = folder / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):
        header = struct.pack(">IIII", 2051, len(images), 28, 28)
        (raw / f"{part}-images-idx3-ubyte").write_bytes(header + images.tobytes())
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 2049, len(images)) + bytes(labels))


def test_files_of_the_user_are_read_by_torchvision(tmp_path):
    extra("torchvision", "torch")
    with pytest.raises(InvalidArgumentError, match=r"has no fashion-mnist"):
        real_images(ImageSet("fashion-mnist", str(tmp_path)))
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28)).astype(np.uint8)
    fashion_files(tmp_path, images, [*range(10)] * 2)
    found = real_images(ImageSet("fashion-mnist", str(tmp_path)))
    assert found.pictures(found.points) == pytest.approx(images / 255.0)
    assert found.labels.tolist() == list(range(10)) * 2
    assert (found.points.mean(), found.points.std()) == pytest.approx((0.0, 1.0))


def test_colours_of_the_user_are_read_by_torchvision(tmp_path, monkeypatch):
    """Rows of a file of CIFAR-10 are 1024 red, 1024 green, 1024 blue; digests of the true files are not asked for."""
    datasets = extra("torchvision", "torch").datasets
    with pytest.raises(InvalidArgumentError, match=r"has no cifar10"):
        real_images(ImageSet("cifar10", str(tmp_path)))
    raw = tmp_path / "cifar-10-batches-py"
    raw.mkdir()
    rows = np.random.default_rng(1).integers(0, 256, (12, 3072)).astype(np.uint8)
    for name, part in (("data_batch_1", slice(0, 8)), ("data_batch_2", slice(8, 12))):
        (raw / name).write_bytes(pickle.dumps({"data": rows[part], "labels": [*range(12)][part]}))
    (raw / "batches.meta").write_bytes(pickle.dumps({"label_names": [*"abcdefghij"]}))
    monkeypatch.setattr(datasets.CIFAR10, "train_list", [["data_batch_1", None], ["data_batch_2", None]])
    monkeypatch.setattr(datasets.CIFAR10, "test_list", [])
    monkeypatch.setattr(datasets.CIFAR10, "meta", {"filename": "batches.meta", "key": "label_names", "md5": None})
    found = real_images(ImageSet("cifar10", str(tmp_path)))
    assert found.points * found.scale + found.centre == pytest.approx(rows / 255.0)
    assert found.labels.tolist() == [*range(12)]
    # White is bright here: ink is what is missing.
    grey = rows.reshape(12, 3, 32, 32).astype(float).mean(axis=1) / 255.0
    assert found.pictures(found.points) == pytest.approx(1.0 - grey)


@pytest.mark.slow
def test_networks_are_trained_on_files_of_the_user(tmp_path):
    extra("torchvision", "torch")
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (70, 28, 28)).astype(np.uint8)
    fashion_files(tmp_path, images, rng.integers(0, 10, 70).astype(np.uint8))
    settings = {**TINY, "data": {"kind": "fashion-mnist", "folder": str(tmp_path)}}
    settings["learner"] = {**TINY["learner"], "depth": 2}
    found = GENERATIONS.run(settings, 1)
    assert found["lineages"].values.shape == (3, 4, 28, 28)
    assert all(np.all(np.isfinite(found[name].values)) for name in ("frechet", "pair_distance", "ideal_energy"))
    with pytest.raises(InvalidArgumentError, match=r"samples = 71: is more than the folder holds; accepted: n <= 70"):
        GENERATIONS.run({**settings, "samples": 71}, 1)


def test_diversity_of_pictures_is_what_its_words_say():
    """Numbers from loops over pairs and from the classifier asked point by point."""
    images = ImageSet("digits")
    real = real_images(images)
    draws = np.random.default_rng(3).permutation(real.points)[:60]
    found = image_measures.of_images(images, draws, draws[:2])
    gaps = [min(np.linalg.norm(x - y) for j, y in enumerate(draws) if j != i) for i, x in enumerate(draws)]
    assert found["nearest_draw"] == pytest.approx(np.mean(gaps), rel=1e-9)
    told = [classifier(images).predict_proba(x[None])[0] for x in draws]
    shares = np.bincount([np.argmax(x) for x in told], minlength=10) / 60.0
    assert found["class_weights"].tolist() == pytest.approx(shares)
    assert found["class_sureness"] == pytest.approx(np.mean([x.max() for x in told]))
    entropy = -sum(share * math.log(share) for share in shares if share > 0.0)
    assert found["class_diversity"] == pytest.approx(math.exp(entropy))
    # Control: copies of one image.
    same = image_measures.of_images(images, np.repeat(draws[:1], 60, axis=0), draws[:0])
    assert (same["nearest_draw"], same["class_diversity"], same["feature_variance"]) == pytest.approx((0.0, 1.0, 0.0))
    assert "lineages" not in same
    # Of all real images, each class has its share up to what the classifier gets wrong.
    whole = image_measures.of_images(images, real.points, draws[:0])
    assert whole["feature_variance"] == pytest.approx(1.0)
    assert whole["class_weights"] == pytest.approx(np.bincount(real.labels) / 1797.0, abs=0.01)


def test_levels_of_noise_are_those_of_the_diffusion():
    torch = extra("torch", "torch")
    from gausscollapse.lab.image_training import EVEN, LEVEL_MEAN, LEVEL_SPREAD, levels

    found = np.log(levels(20_000, DIFFUSION, torch.Generator().manual_seed(1)).numpy())
    low, high = (0.5 * math.log(math.expm1(t)) for t in (0.05, 3.0))
    assert found.min() == pytest.approx(low, abs=1e-5)
    assert found.max() == pytest.approx(high, abs=1e-5)
    middle = 0.5 * (low + high)
    below = EVEN * 0.5 + (1.0 - EVEN) * NormalDist(LEVEL_MEAN, LEVEL_SPREAD).cdf(middle)
    # Five standard deviations of a share.
    assert np.mean(found < middle) == pytest.approx(below, abs=5.0 * 0.5 / math.sqrt(20_000))


def test_a_network_that_goes_on_starts_at_the_last_one():
    """At a rate that moves nothing the network that goes on is the last one, and one from scratch another."""
    extra("torch", "torch")
    from gausscollapse.lab.image_training import UNetLearner, train

    points = real_images(ImageSet("digits")).points[:64]
    first = train(UNetLearner(width=8, steps=30, rate=1e-2), points, (1, 8, 8), DIFFUSION, 1)
    still = UNetLearner(width=8, steps=30, further=2, further_rate=1e-12)
    same = train(still, points, (1, 8, 8), DIFFUSION, 2, first)
    other = train(UNetLearner(width=8, steps=2, rate=1e-12), points, (1, 8, 8), DIFFUSION, 2, first)
    x = points[:5]
    assert same.clean(x, 0.5) == pytest.approx(first.clean(x, 0.5), abs=1e-5)
    assert np.max(np.abs(other.clean(x, 0.5) - first.clean(x, 0.5))) > 0.05


@pytest.mark.slow
@pytest.mark.xdist_group("sweep")
def test_a_sweep_of_networks_killed_in_a_cell_ends_with_the_same_bytes(tmp_path):
    """One machine, one version of torch, one thread: the only promise that torch keeps, and it is kept here.

    That other keys give other bytes `test_the_same_key_gives_the_same_bytes` says.
    """
    extra("torch", "torch")
    text = 'experiment = "generations"\nruns = 1\nseed = 3\n[settings]\n'
    settings = {**TINY, "learner": {**TINY["learner"], "steps": 100, "further": 60}}
    body = tomli_w.dumps({"settings": settings, "grid": {"fresh": [0.0, 0.5]}}).partition("[settings]\n")[2]
    file = tmp_path / "nets.toml"
    file.write_text(f'[sweep]\ntitle = "networks"\n{text}{body}', encoding="utf-8")
    wanted, out = tmp_path / "whole", tmp_path / "killed"
    finished(start("-m", "gausscollapse", "sweep", file, "--out", wanted, "--workers", 1))
    process = start("-m", "gausscollapse", "sweep", file, "--out", out, "--workers", 1)
    wait_for(lambda: whole_cells(out) > 0, process)
    time.sleep(0.3)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
    assert whole_cells(out) == 1, "killed too late to show anything"
    finished(start("-m", "gausscollapse", "sweep", file, "--out", out, "--workers", 1))
    assert contents(out) == contents(wanted)

"""Sampling at a temperature: its Gaussian, its limits, what it leaves of a mixture, and scenarios."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

import gausscollapse as gc
from gausscollapse.core.exceptions import GaussCollapseError, InvalidArgumentError
from gausscollapse.lab.sweep import run_sweep
from gausscollapse.lab.sweep_dataset import load_results
from gausscollapse.lab.sweep_file import load_sweep
from gausscollapse.lab.trajectory_scenario import read_trajectory
from gausscollapse.retraining import limit_moments, sampling_temperature


def test_it_is_the_density_to_the_power_of_one_over_the_temperature():
    law, heat = gc.Gaussian([1.0, -2.0], [[2.0, 0.3], [0.3, 0.5]]), 0.6
    cooled = sampling_temperature(heat, law.mean).apply(law)
    rng = np.random.default_rng(1)
    points = rng.standard_normal((50, 2))
    ratio = multivariate_normal(cooled.mean, cooled.cov).logpdf(points)
    ratio = ratio - multivariate_normal(law.mean, law.cov).logpdf(points) / heat
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-12)


def test_variance_dies_with_infinitely_many_samples_and_fresh_data_keeps_a_share():
    data, heat = gc.Gaussian(3.0, 2.0), 0.8
    cool = sampling_temperature(heat, data.mean)
    alone = gc.retrain(data, fresh=0.0, step=cool, generations=12)
    np.testing.assert_allclose(alone.covs[:, 0, 0], 2.0 * heat ** np.arange(13), rtol=1e-12)
    np.testing.assert_allclose(alone.means[:, 0], 3.0, rtol=1e-13)
    for fresh in (0.1, 0.5, 1.0):
        run = gc.retrain(data, fresh=fresh, step=cool, generations=150)
        trained = fresh * 2.0 / (1 - (1 - fresh) * heat)
        assert run.covs[-1, 0, 0] == pytest.approx(heat * trained, rel=1e-12)
        assert run.training_laws[149].cov[0, 0] == pytest.approx(trained, rel=1e-12)
        # The control: what the training laws tend to is not what the models do.
        assert run.covs[-1, 0, 0] != pytest.approx(trained, rel=0.1)
        assert limit_moments(data, cool, fresh=fresh).cov[0, 0] == pytest.approx(heat * trained, rel=1e-12)
        assert run.limit_finiteness == "finite"


def test_above_one_it_amplifies_and_has_a_critical_fraction():
    hot = sampling_temperature(1.25, [0.0])
    run = gc.retrain(gc.Gaussian(0, 1), fresh=0.1, step=hot, generations=5)
    assert "alpha* = 0.2" in run.limit_finiteness
    assert gc.check("heavy-tails", run).outcome is gc.Outcome.HOLDS


SWEEP = """
[sweep]
title = "quality against diversity"
experiment = "trajectory"
[settings]
kl = false
[settings.data]
mean = [0.0]
cov = [[1.0]]
[settings.retraining]
fresh = 0.5
generations = 3
step = { kind = "temperature", temperature = 0.8 }
[grid]
"retraining.step" = [{ kind = "temperature", temperature = 0.8 }, { kind = "temperature", temperature = 0.5 }]
"""


@pytest.mark.slow
def test_sweeps_take_it(tmp_path):
    (tmp_path / "cool.toml").write_text(SWEEP, encoding="utf-8")
    run_sweep(load_sweep(str(tmp_path / "cool.toml")), tmp_path / "out", workers=1)
    found = load_results(tmp_path / "out")
    drift = found["accumulated"].values.reshape(2, -1)
    expected = [
        gc.retrain(gc.Gaussian(0, 1), fresh=0.5, step=sampling_temperature(heat, [0.0]), generations=3).accumulated[
            -1
        ]
        for heat in (0.8, 0.5)
    ]
    np.testing.assert_allclose(drift[:, -1], expected, rtol=1e-12)


def test_scenarios_name_it_and_refuse_what_it_does_not_take():
    def document(**step):
        retraining = {"fresh": 0.5, "generations": 3, "step": {"kind": "temperature", **step}}
        return {"data": {"mean": [2.0], "cov": [[1.0]]}, "retraining": retraining}

    run = read_trajectory(document(temperature=0.8, mean=[2.0]))
    assert run.channels[0] == sampling_temperature(0.8, [2.0])
    assert read_trajectory(document(temperature=0.8)).channels[0] == sampling_temperature(0.8, [0.0])
    for wrong in ({"temperature": 0.0}, {"temperature": -1.0}, {"temperature": 0.5, "mean": [0.0, 1.0]}, {}):
        with pytest.raises(GaussCollapseError, match=r"temperature|mean|dimension"):
            read_trajectory(document(**wrong))
    with pytest.raises(InvalidArgumentError, match="temperature"):
        sampling_temperature(0.0, [0.0])

"""Figures of retraining: what is drawn is what was computed, and every axis says what it is."""

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.app import figures as plots
from gausscollapse.app import figures_retraining as plots_retraining
from gausscollapse.lab import presets
from gausscollapse.lab.trajectory_scenario import read_trajectory
from gausscollapse.retraining.accumulation import coherent_bound
from gausscollapse.retraining.channels import kernel_density
from gausscollapse.retraining.long_run import long_run_drift
from gausscollapse.retraining.trajectory import retrain


def curves(axes):
    return {line.get_label(): line.get_ydata() for line in axes.lines}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if name == "paper-mixture" else []) for name in presets.names()],
)
def test_preset_figures_are_labelled_and_written(name, tmp_path):
    trajectory = read_trajectory(presets.document(name))
    figure = plots_retraining.trajectory_figure(trajectory)
    for axes in figure.axes:
        assert axes.get_xlabel()
        assert "(" in axes.get_ylabel()
        assert axes.get_title(loc="left")
        assert axes.get_legend() is not None
    plots.save(figure, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000


def test_drift_panel_draws_the_computed_curves():
    trajectory = read_trajectory(presets.document("coherent"))
    left = plots_retraining.trajectory_figure(trajectory).axes[0]
    drawn = curves(left)
    np.testing.assert_array_equal(drawn["exact $D_i$"], trajectory.accumulated)
    np.testing.assert_array_equal(
        drawn["coherent (upper bound)"], coherent_bound(trajectory.innovation_energy, trajectory.fresh)
    )
    assert left.get_yscale() == "log"
    narrow = plots_retraining.trajectory_figure(read_trajectory(presets.document("fresh-data-saves"))).axes[0]
    assert narrow.get_yscale() == "linear"


def test_infinite_chi2_is_not_drawn():
    trajectory = retrain(gc.Gaussian([0.0, 0.0], np.eye(2)), fresh=0.0, step=kernel_density(0.9, 2), generations=4)
    left = plots_retraining.trajectory_figure(trajectory).axes[0]
    assert left.get_title(loc="left") == r"$\chi^2$ is infinite from generation 2 on"
    for label, values in curves(left).items():
        assert np.all(np.isfinite(values)), label


def test_models_panel_draws_the_densities():
    trajectory = read_trajectory(presets.document("early-stopping"))
    right = plots_retraining.trajectory_figure(trajectory).axes[1]
    lines = {line.get_label(): line for line in right.lines}
    assert "data" in lines
    x, y = lines["generation 20"].get_data()
    np.testing.assert_allclose(y, trajectory.models[20].pdf(x))


def test_no_generations_can_be_drawn(tmp_path):
    trajectory = retrain(gc.Gaussian(0.0, 1.0), fresh=0.5, step=kernel_density(0.1), generations=0)
    plots.save(plots_retraining.trajectory_figure(trajectory), tmp_path / "none.png")


def test_regimes_map(tmp_path):
    figure = plots_retraining.regimes_figure()
    left, right = figure.axes[:2]
    assert left.get_ylim() == (-1.0, 1.0)
    drawn = {line.get_label(): line for line in right.lines}
    upper = next(line for label, line in drawn.items() if label.startswith("aligned"))
    lower = next(line for label, line in drawn.items() if label.startswith("alternating"))
    for line, correlation in ((upper, 1.0), (lower, -1.0)):
        np.testing.assert_allclose(line.get_ydata(), long_run_drift(line.get_xdata(), correlation))
    plots.save(figure, tmp_path / "regimes.pdf")
    assert (tmp_path / "regimes.pdf").stat().st_size > 10_000

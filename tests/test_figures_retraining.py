"""Figures of retraining: what is drawn is what was computed, and every axis says what it is."""

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.app import figures, figures_retraining
from gausscollapse.app.figures_regimes import regimes_figure
from gausscollapse.lab import presets
from gausscollapse.lab.trajectory_scenario import read_trajectory
from gausscollapse.retraining.accumulation import coherent_bound, incoherent_sum
from gausscollapse.retraining.channels import kernel_density
from gausscollapse.retraining.long_run import long_run_drift, long_run_edges
from gausscollapse.retraining.running import retrain
from gausscollapse.theorems import registry

FLOOR = r"range: below the larger of $D_{i-1}, D_i$"


def curves(axes):
    return {line.get_label(): line.get_ydata() for line in axes.lines}


# These run on a grid.
HEAVY = {"paper-mixture", "score-error"}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in HEAVY else [])
        for name in presets.names(table="retraining")
    ],
)
def test_preset_figures_are_labelled_and_written(name, tmp_path):
    trajectory = read_trajectory(presets.document(name))
    figure = figures_retraining.trajectory_figure(trajectory)
    for axes in figure.axes:
        assert axes.get_xlabel()
        assert "(" in axes.get_ylabel()
        assert axes.get_title(loc="left")
        assert axes.get_legend() is not None
    figures.save(figure, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000


def test_drift_panel_draws_the_computed_curves():
    trajectory = read_trajectory(presets.document("coherent"))
    left = figures_retraining.trajectory_figure(trajectory).axes[0]
    drawn = curves(left)
    np.testing.assert_array_equal(drawn["exact $D_i$"], trajectory.accumulated)
    energies, fresh = trajectory.innovation_energy, trajectory.fresh
    np.testing.assert_allclose(drawn["coherent (upper bound)"], coherent_bound(energies, fresh), rtol=1e-12)
    np.testing.assert_allclose(drawn["incoherent (orthogonal)"], incoherent_sum(energies, fresh), rtol=1e-12)
    np.testing.assert_allclose(drawn[FLOOR], energies / (2.0 - fresh) ** 2, rtol=1e-12)
    assert left.get_yscale() == "log"
    narrow = figures_retraining.trajectory_figure(read_trajectory(presets.document("fresh-data-saves"))).axes[0]
    assert narrow.get_yscale() == "linear"


def with_constants(name, **constants):
    return {**registry, name: registry[name].with_constants(**constants)}


@pytest.mark.parametrize(
    ("name", "constants", "label", "factor"),
    [
        # A factor of the root of the drift, and one of the drift itself.
        ("coherent", {"factor": 0.5}, "coherent (upper bound)", 0.25),
        ("range", {"low": 3.0}, FLOOR, 3.0),
    ],
)
def test_a_theorems_constant_moves_its_curve_and_no_other(name, constants, label, factor):
    trajectory = read_trajectory(presets.document("alternating"))
    drawn = []
    for theorems in (registry, with_constants(name, **constants)):
        _, (axes,) = figures.new_figure()
        figures_retraining.draw_drift(axes, trajectory, theorems=theorems)
        drawn.append(curves(axes))
    before, after = drawn
    np.testing.assert_allclose(after.pop(label), factor * np.asarray(before.pop(label)), rtol=1e-12)
    assert len(before) == 3
    for other, values in before.items():
        np.testing.assert_array_equal(values, after[other])


def test_the_power_of_the_discounted_sum_moves_its_curve():
    trajectory = read_trajectory(presets.document("alternating"))
    _, (axes,) = figures.new_figure()
    figures_retraining.draw_drift(axes, trajectory, theorems=with_constants("incoherent", power=0.0))
    # Without a discount the energies add up.
    expected = np.concatenate([[0.0], np.cumsum(trajectory.innovation_energy)])
    np.testing.assert_allclose(curves(axes)["incoherent (orthogonal)"], expected, rtol=1e-12)


def test_infinite_chi2_is_not_drawn():
    trajectory = retrain(gc.Gaussian([0.0, 0.0], np.eye(2)), fresh=0.0, step=kernel_density(0.9, 2), generations=4)
    left = figures_retraining.trajectory_figure(trajectory).axes[0]
    assert left.get_title(loc="left") == r"$\chi^2$ is infinite from generation 2 on"
    for label, values in curves(left).items():
        assert np.all(np.isfinite(values)), label


def test_models_panel_draws_the_densities():
    trajectory = read_trajectory(presets.document("early-stopping"))
    right = figures_retraining.trajectory_figure(trajectory).axes[1]
    lines = {line.get_label(): line for line in right.lines}
    assert "data" in lines
    x, y = lines["generation 20"].get_data()
    np.testing.assert_allclose(y, trajectory.models[20].pdf(x))


def test_no_generations_can_be_drawn(tmp_path):
    trajectory = retrain(gc.Gaussian(0.0, 1.0), fresh=0.5, step=kernel_density(0.1), generations=0)
    figures.save(figures_retraining.trajectory_figure(trajectory), tmp_path / "none.png")


def ends(theorems=registry):
    """Return the curves of the map's second panel by the first word of their labels, and its fresh fractions."""
    lines = regimes_figure(theorems=theorems).axes[1].lines
    return {line.get_label().split()[0].rstrip(","): line.get_ydata() for line in lines}, lines[0].get_xdata()


def test_regimes_map(tmp_path):
    figure = regimes_figure()
    assert figure.axes[0].get_ylim() == (-1.0, 1.0)
    drawn, fresh = ends()
    for name, correlation in (("aligned", 1.0), ("orthogonal", 0.0), ("alternating", -1.0)):
        np.testing.assert_allclose(drawn[name], long_run_drift(fresh, correlation), rtol=1e-12)
    for name, edge in zip(("alternating", "orthogonal", "aligned"), long_run_edges(fresh), strict=True):
        np.testing.assert_allclose(drawn[name], edge, rtol=1e-12)
    # Proposition 4.1 with a I = J: (1 + (1 - a)^2) D >= J/2.
    np.testing.assert_allclose(drawn["forced"], 0.5 / (1.0 + (1.0 - fresh) ** 2), rtol=1e-12)
    figures.save(figure, tmp_path / "regimes.pdf")
    assert (tmp_path / "regimes.pdf").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("name", "constants", "label", "factor"),
    [
        ("range", {"high": 1.5}, "aligned", 1.5),
        ("range", {"low": 0.5}, "alternating", 0.5),
        ("prop-4.1", {"factor": 2.0}, "forced", 2.0),
    ],
)
def test_a_theorems_constant_moves_its_edge_of_the_map(name, constants, label, factor):
    before, after = ends()[0], ends(with_constants(name, **constants))[0]
    np.testing.assert_allclose(after.pop(label), factor * before.pop(label), rtol=1e-12)
    for other, values in before.items():
        np.testing.assert_array_equal(values, after[other])


def test_colour_bar_and_contours_are_on_the_scale_of_the_map():
    figure = regimes_figure()
    bar = figure.axes[-1]
    low, high = bar.get_ylim()
    assert low == pytest.approx(0.25)
    # The map's largest value, rho = 1 and a = 0.05, is 400.
    assert high >= 400.0
    assert bar.get_yscale() == "log"
    drawn = sorted({round(float(y), 9) for lines in bar.collections for path in getattr(lines, "get_segments", list)()
                    for y in path[:, 1]} & {0.5, 1.0, 2.0, 5.0, 20.0})  # fmt: skip
    labels = sorted(float(text.get_text()) for text in figure.axes[0].texts)
    assert drawn == labels == [0.5, 1.0, 2.0, 5.0, 20.0]
    assert set(labels) <= {float(text.get_text()) for text in bar.get_yticklabels()}


@pytest.mark.parametrize(
    ("drift", "words"),
    [
        (np.array([0.0, *(1.0 - 0.5 ** np.arange(1, 16))]), ", steady"),
        (np.arange(16.0), ", growing"),
        (np.array([0.0, 1.0] * 8), ""),
        (np.arange(4.0), ""),
        (np.array([*np.arange(15.0), np.inf]), ""),
    ],
)
def test_the_course_of_drift_in_words(drift, words):
    assert figures_retraining.course(drift) == words


def test_how_far_the_last_model_is_off():
    # An offset of 3 and noise that doubles the variance, deviations 2: off by 1.5, sqrt(2) times as wide.
    trajectory = retrain(gc.Gaussian(1.0, 4.0), fresh=0.0, step=gc.AffineChannel(1, 3, 4), generations=1)
    assert figures_retraining.moved(trajectory) == "Mean off by 1.5 deviations, width times 1.41"
    plane = gc.Gaussian([0.0, 0.0], [[4.0, 0.0], [0.0, 9.0]])
    step = gc.AffineChannel(np.diag([0.5, 2.0]), [0.0, 0.0], np.zeros((2, 2)))
    still = retrain(plane, fresh=0.0, step=step, generations=1)
    assert figures_retraining.moved(still) == "Mean in place, width times 1"

"""Figures and tables of sweeps: the right numbers, labelled, in every kind of grid."""

import io
import math

import numpy as np
import pytest
import xarray
from matplotlib.image import imread
from rich.console import Console

from gausscollapse.app import figures, figures_sweep
from gausscollapse.app.figures_curves import curves_figure
from gausscollapse.app.figures_lineages import lineages_figure
from gausscollapse.app.figures_regimes import RegimePoint, regimes_figure
from gausscollapse.app.figures_samples import montage, points_figure
from gausscollapse.app.tables_sweep import duration, quantities, results_table, summarise
from gausscollapse.core.exceptions import UnknownNameError
from gausscollapse.lab.sweep_dataset import load_results
from gausscollapse.retraining.long_run import long_run_drift
from tests.sweep_tools import run_here, walk_sweep


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walk")
    run_here(walk_sweep("samples = 2", fresh="[0.1, 0.5]\nn = [4, 400]"), folder)
    return load_results(folder)


def made(values, *, axes=("fresh",), inner=("generation",), runs=True, settings="{}", **more):
    """Return a dataset as a sweep makes it, of quantities given as arrays."""
    dims = (*axes, "run", *inner)
    first = next(iter(values.values()))
    sizes = dict(zip(dims, first.shape, strict=True))
    coordinates = {dim: np.arange(sizes[dim]) / 10.0 for dim in axes} | {"run": np.arange(sizes["run"])}
    data = {
        name: (dims if array.ndim == len(dims) else (*axes, "run"), array, {"long_name": name, "units": "1"})
        for name, array in {**values, **more}.items()
    }
    return xarray.Dataset(data, coordinates, {"title": "made", "axes": list(axes), "settings": settings})


@pytest.mark.slow
def test_every_figure_is_written_and_is_no_blank(walk, tmp_path, monkeypatch):
    monkeypatch.setitem(figures.STYLE, "savefig.dpi", 40)
    paths = figures_sweep.write_figures(walk, tmp_path / "figures")
    names = {path.stem for path in paths}
    assert names == {
        "dependence-count", "pictures", "points", "trajectory-fresh_", "trajectory-mean", "trajectory-mode_weight",
    }  # fmt: skip
    for path in paths:
        pixels = imread(path)
        assert np.std(pixels[..., :3]) > 0.01


def test_unknown_formats_are_refused(walk, tmp_path):
    with pytest.raises(UnknownNameError, match="format = 'gif': is not known; accepted: png, pdf, svg"):
        figures_sweep.write_figures(walk, tmp_path, "gif")
    assert list(tmp_path.iterdir()) == []


def test_a_trajectory_has_its_mean_its_band_and_theory(walk):
    figure = curves_figure(walk, "mean", "generation")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["n = 4", "n = 400"]
    assert figure.axes[0].get_ylabel().split() == ["mean", "of", "standard", "normals", "(length)"]
    assert all(axes.get_xlabel() == "generation" for axes in figure.axes)
    values = walk["mean"].values
    # Student's 97.5 % quantile with three degrees of freedom, from a table.
    factor = 3.182446
    for panel, axes in enumerate(figure.axes):
        lines = {line.get_label(): line for line in axes.get_lines() if not line.get_label().startswith("_")}
        assert set(lines) == {"10 % fresh data", "50 % fresh data"}
        for index, name in enumerate(lines):
            own = values[index, panel]
            np.testing.assert_allclose(lines[name].get_ydata(), own.mean(0), rtol=1e-12)
            band = axes.collections[index].get_paths()[0].vertices
            error = factor * own.std(0, ddof=1) / math.sqrt(4)
            assert band[:, 1].max() == pytest.approx((own.mean(0) + error).max(), rel=1e-6)
            assert band[:, 1].min() == pytest.approx((own.mean(0) - error).min(), rel=1e-6)
        theory = [line for line in axes.get_lines() if line.get_linestyle() == "--"]
        assert len(theory) == 2
        assert all(np.all(line.get_ydata() == 0.0) for line in theory)
    assert "theory is inside the 95 % interval at" in figure.get_suptitle()


def learned_with_long_words():
    words = "KL divergence of the model from the data; and more"
    values = np.linspace(1.0, 2.0, 3 * 2 * 5).reshape(3, 2, 5)
    dataset = made({"kl": values, "kl_expected": values, "kl_lower": values - 0.5, "kl_upper": values + 0.5})
    dataset["kl"].attrs |= {"long_name": words, "units": "nats"}
    return dataset


def test_labels_and_legends_stay_on_the_page_and_off_each_other(walk):
    every = [*figures_sweep.figures(walk), *figures_sweep.figures(learned_with_long_words())]
    for _, figure in every:
        figure.draw_without_rendering()
        boxes = [legend.get_window_extent() for legend in figure.legends]
        boxes += [axes.yaxis.label.get_window_extent() for axes in figure.axes if axes.get_ylabel()]
        boxes += [axes.xaxis.label.get_window_extent() for axes in figure.axes if axes.get_xlabel()]
        if figure.get_suptitle():
            boxes.append(figure._suptitle.get_window_extent())
        for box in boxes:
            assert figure.bbox.x0 <= box.x0
            assert box.x1 <= figure.bbox.x1
            assert figure.bbox.y0 <= box.y0
            assert box.y1 <= figure.bbox.y1
        for i, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[i + 1 :])


def marks(figure):
    """Return the places of the marks at the top of a figure, by their name."""
    found = {}
    for axes in figure.axes:
        for item in axes.collections:
            if item.get_label() in ("_beyond the axis", "_infinite"):
                found.setdefault(item.get_label()[1:], []).extend(np.asarray(item.get_offsets())[:, 0].tolist())
    return found


def test_one_far_value_does_not_squash_the_others_and_is_marked():
    values = np.tile(np.geomspace(0.01, 1.0, 100), (2, 2, 1))
    values[0, :, 40] = 1e56
    values[1, :, 70:72] = np.inf
    figure = curves_figure(made({"chi2": values}), "chi2", "generation")
    assert figure.axes[0].get_ylim()[1] < 1e3
    assert marks(figure) == {"beyond the axis": [40.0], "infinite": [70.0, 71.0]}
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words[-2:] == ["beyond the axis, up to 1e+56", "infinite"]
    # A control: steady growth over as many decades is shown whole.
    steady = np.tile(np.geomspace(1e-2, 1e56, 100), (2, 2, 1))
    figure = curves_figure(made({"chi2": steady}), "chi2", "generation")
    assert figure.axes[0].get_ylim()[1] >= 1e56
    assert marks(figure) == {}


def test_infinite_and_wide_values_are_drawn(tmp_path):
    values = np.geomspace(1e-4, 1.0, 2 * 3 * 5).reshape(2, 3, 5)
    values[1, :, 3:] = np.inf
    figure = curves_figure(made({"chi2": values}), "chi2", "generation")
    axes = figure.axes[0]
    assert axes.get_yscale() == "log"
    line = axes.get_lines()[1].get_ydata()
    assert np.isnan(line[3:]).all()
    assert np.isfinite(line[:3]).all()
    endless = made({"chi2": np.full((2, 1, 5), np.inf)})
    assert list(figures_sweep.figures(endless)) == []
    endless["chi2"][:, :, 0] = 0.0
    assert list(figures_sweep.figures(endless)) == []
    endless["chi2"][:, :, 1] = 1.0
    assert [name for name, _ in figures_sweep.figures(endless)] == ["trajectory-chi2"]


def test_no_panel_cuts_a_curve_off_that_is_higher_than_the_first():
    # Two axes of the grid: a panel for each value of the second, the last with the largest values.
    values = np.ones((2, 3, 1, 5)) * np.array([1.0, 2.0, 3.0])[:, None, None]
    figure = curves_figure(made({"x": values}, axes=("fresh", "size")), "x", "generation")
    assert len(figure.axes) == 3
    for axes, height in zip(figure.axes, (1.0, 2.0, 3.0), strict=True):
        low, high = axes.get_ylim()
        assert low == 0.0
        assert all(np.all(line.get_ydata() == height) for line in axes.get_lines())
        assert high > 3.0


def test_a_band_and_a_value_of_zero_are_inside_the_axis():
    """Logarithmic where it may be; a share that dies is seen to die."""
    rng = np.random.default_rng(1)
    values = np.exp(3.0 * rng.standard_normal((1, 6, 5))) * np.geomspace(1.0, 1e6, 5)
    figure = curves_figure(made({"x": values}), "x", "generation")
    (axes,) = figure.axes
    assert axes.get_yscale() == "log"
    top = (values.mean(1) + 2.57 * values.std(1, ddof=1) / math.sqrt(6)).max()
    assert axes.get_ylim()[1] > top > 2.0 * values.mean(1).max()
    dying = np.ones((1, 6, 5)) * np.array([100.0, 10.0, 1.0, 0.5, 0.0])
    (axes,) = curves_figure(made({"x": dying}), "x", "generation").axes
    assert axes.get_yscale() == "linear"
    (line,) = axes.get_lines()
    assert line.get_ydata()[-1] == 0.0 == axes.get_ylim()[0]


def test_lower_estimates_are_called_so():
    values = np.ones((1, 5, 2)) * np.array([0.0, 1.0]) + np.arange(5.0)[:, None] * np.array([0.0, 0.01])
    ends = {"x_lower": 0.9 * values, "x_upper": np.full_like(values, math.inf)}
    ends["x_upper"][..., 0] = 0.0
    for theory, beside, kept in ((1.5, ["1.5", "below"], 2), (0.9, ["0.9", "+17.0", "s.e."], 1)):
        expected = np.ones_like(values) * np.array([0.0, theory])
        dataset = made({"x": values, "x_expected": expected}, **ends)
        text = text_of(results_table(dataset))
        row = next(line for line in text.splitlines() if line.startswith("x"))
        assert row.split() == ["x", "≥", "1.02", "±", "0.007", *beside]
        assert "≥: a lower bound or estimate only." in text
        figure = curves_figure(dataset, "x", "generation")
        assert f"x: a lower estimate, not above theory at {kept} of 2 points" in figure.get_suptitle()
        assert "a lower estimate" in figure.axes[0].get_ylabel().replace("\n", " ")
        assert "lower end" in [entry.get_text() for entry in figure.legends[0].get_texts()]
    # Of its own accord, without ends; with a finite upper end it is a value.
    own = made({"x": values})
    own["x"].attrs["bound"] = "lower"
    assert "≥ 1.02" in text_of(results_table(own))
    assert "≥" not in text_of(results_table(made({"x": values, "x_lower": values, "x_upper": values})))


def test_counts_of_samples_are_no_figure():
    counts = made({"n": np.arange(10.0).reshape(2, 1, 5)})
    assert [name for name, _ in figures_sweep.figures(counts)] == ["trajectory-n"]
    counts["n"].attrs["units"] = "samples"
    assert list(figures_sweep.figures(counts)) == []


def test_findings_are_words_that_can_differ():
    generator = np.random.default_rng(0)
    noise = generator.standard_normal((2, 50, 4))
    theory = np.zeros_like(noise)
    near = made({"x": noise, "x_expected": theory})
    far = made({"x": noise + 5.0, "x_expected": theory})
    same = made({"x": noise, "x_expected": noise})

    def title(dataset):
        return curves_figure(dataset, "x", "generation").get_suptitle()

    assert title(far) == "x: theory is inside the 95 % interval at 0 of 8 points"
    assert title(same) == "x: equal to theory, to rounding"
    # Each of 8 points is outside with probability 0.05: more than 5 outside has a chance below 1e-6.
    assert int(title(near).split(" at ")[1].split(" of ")[0]) >= 3
    assert "at generation 3: " in title(made({"x": noise}))
    assert " with no fresh data" in title(made({"x": noise}))


def test_titles_are_words_and_not_names_of_variables():
    dataset = made({"tail_mass": np.arange(10.0).reshape(2, 1, 5)})
    dataset["tail_mass"].attrs["long_name"] = "share of the draws far out; by count"
    title = curves_figure(dataset, "tail_mass", "generation").get_suptitle()
    told = "Share of the draws far out at generation 4: 4 with no fresh data, 9 with 10 % fresh data"
    assert title.replace("\n", " ") == told


def test_shares_of_modes_are_stacked_and_their_survivors_counted():
    shares = np.full((2, 3, 4, 8), 0.125)
    shares[0, 0, -1] = [0.75, 0.25, 0, 0, 0, 0, 0, 0]
    dataset = made({"x": np.ones((2, 3, 4))})
    dataset["mode_weights"] = (("fresh", "run", "generation", "mode"), shares, {"long_name": "share", "units": "1"})
    figure = dict(figures_sweep.figures(dataset))["trajectory-mode_weights"]
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["no fresh data: 2 of 8 modes left", "10 % fresh data: 8 of 8 modes left"]
    for axes, own in zip(figure.axes, shares[:, 0], strict=True):
        assert axes.get_ylim() == (0.0, 1.0)
        tops = [band.get_paths()[0].vertices for band in axes.collections]
        assert len(tops) == 8
        np.testing.assert_allclose([v[v[:, 0] == 3.0][:, 1].max() for v in tops], np.cumsum(own[-1]), atol=1e-12)


def test_scatters_hold_every_drawn_sample():
    points = np.random.default_rng(0).standard_normal((1, 1, 3, 50, 2))
    # The last model is far from the first.
    points[0, 0, -1] += [40.0, -9.0]
    dataset = made({"x": np.ones((1, 1, 3))})
    dataset["points"] = (("fresh", "run", "generation", "point", "coordinate"), points, {"units": "length"})
    for axes, drawn in zip(points_figure(dataset).axes, points[0, 0], strict=True):
        for low_high, values in ((axes.get_xlim(), drawn[:, 0]), (axes.get_ylim(), drawn[:, 1])):
            assert low_high[0] < values.min() < values.max() < low_high[1]


def test_one_run_has_its_own_errors():
    values = np.ones((2, 1, 4))
    dataset = made({"x": values, "x_error": 0.5 * values, "x_expected": 0.0 * values})
    summary = summarise(dataset, "x")
    assert summary.factor == pytest.approx(1.959964, rel=1e-6)
    np.testing.assert_allclose(summary.deviation.values, 2.0)
    assert summarise(made({"x": values}), "x").error is None


def test_deviations_are_of_the_difference_over_runs():
    # Measured and theory vary together from run to run: their difference is known better than either.
    shared = np.random.default_rng(1).standard_normal((1, 20, 1))
    gap = np.linspace(0.9, 1.1, 20).reshape(1, 20, 1)
    summary = summarise(made({"x": shared + gap, "x_expected": shared}), "x")
    expected = 1.0 / (np.std(gap, ddof=1) / math.sqrt(20))
    assert float(summary.deviation.values[0, 0]) == pytest.approx(expected, rel=1e-10)


def test_an_expectation_with_an_error_of_its_own_is_compared_with_it():
    # Standard error over runs sqrt(10/4)/sqrt(5) = 0.7071, of the expectation 2.4: together 2.502.
    values = np.array([1.0, 3.0, 2.0, 0.0, 4.0]).reshape(1, 5, 1)
    told = {"x": values, "x_expected": 0.0 * values, "x_expected_error": 0.0 * values + 2.4}
    deviation = summarise(made(told), "x").deviation.values[0, 0]
    assert deviation == pytest.approx(2.0 / math.hypot(math.sqrt(0.5), 2.4), rel=1e-12)
    assert quantities(made(told)) == ["x"]


def test_lineages_are_rows_of_generations_and_columns_of_noises():
    """Two points of the grid, 20 generations of 14 pictures of 2 x 2, three of them alike at first: 12 are shown."""
    values = np.arange(2 * 20 * 14 * 4, dtype=float).reshape(2, 1, 20, 14, 2, 2) ** 2
    values[:, :, 1, [6, 8]] = values[:, :, 1, [7, 7]] + [[[[-1.0]], [[1.0]]]]
    dataset = made({"lineages": values}, inner=("generation", "picture", "row", "column"))
    figure = lineages_figure(dataset)
    panels = [panel for panel in figure.axes if panel.images]
    assert [panel.get_title(loc="left") for panel in panels] == ["no fresh data", "10 % fresh data"]
    assert "12 of 14" in figure.get_suptitle()
    words = [tick.get_text() for tick in panels[1].get_yticklabels()]
    assert words[:2] == ["data", "1"]
    assert words[-1] == "19"
    noises = [0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 13]
    shown = np.asarray(panels[1].images[0].get_array())
    assert shown.shape == (35, 35)
    for row, word in enumerate(words):
        generation = 0 if word == "data" else int(word)
        for column, noise in enumerate(noises):
            part = shown[3 * row : 3 * row + 2, 3 * column : 3 * column + 2]
            np.testing.assert_array_equal(part, values[1, 0, generation, noise])
    few = lineages_figure(dataset.isel(fresh=[0], generation=slice(0, 3), picture=slice(0, 5)))
    assert [tick.get_text() for tick in few.axes[0].get_yticklabels()] == ["data", "1", "2"]
    assert np.asarray(few.axes[0].images[0].get_array()).shape == (8, 14)


def test_energies_stand_at_the_generations_that_they_are_of():
    energies = np.array([[[3.0, 2.0, 1.0]], [[3.0, 4.0, 5.0]]])
    marks = np.broadcast_to([0.0, 4.0, 19.0], (2, 1, 3))
    dataset = made({"ideal_energy": energies, "energy_generations": marks}, inner=("energy_generation",))
    named = dict(figures_sweep.figures(dataset))
    assert list(named) == ["trajectory-ideal_energy"]
    panel = named["trajectory-ideal_energy"].axes[0]
    assert panel.lines[0].get_xdata().tolist() == [0.0, 4.0, 19.0]
    assert panel.get_xlabel() == "generation"
    assert "at generation 19: 1 with no fresh data, 5 with" in named["trajectory-ideal_energy"].get_suptitle()
    # Where cells measured other generations, the axis counts and the record is drawn.
    other = made(
        {"ideal_energy": energies, "energy_generations": np.add(marks, [[[0.0]], [[1.0]]])},
        inner=("energy_generation",),
    )
    assert set(dict(figures_sweep.figures(other))) == {"trajectory-ideal_energy", "trajectory-energy_generations"}


def test_shares_of_classes_say_how_many_are_left():
    values = np.array([[[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]])[None]
    figure = figures_sweep.shares_figure(
        made({"class_weights": values}, inner=("generation", "class")), "class_weights"
    )
    assert figure.axes[0].get_title(loc="left") == "1 of 3 classes left"
    named = dict(figures_sweep.figures(made({"class_weights": values}, inner=("generation", "class"))))
    assert list(named) == ["trajectory-class_weights"]


def test_pictures_keep_their_values():
    pictures = np.arange(16.0 * 4).reshape(16, 2, 2)
    sheet = montage(pictures)
    assert sheet.shape == (11, 11)
    np.testing.assert_array_equal(sheet[3:5, 6:8], pictures[6])
    assert np.isnan(sheet[2]).all()
    assert montage(pictures[:3]).shape == (2, 2)


def test_points_on_a_line_are_histograms(tmp_path):
    run_here(walk_sweep("samples = 1", runs=1), tmp_path)
    figure = points_figure(load_results(tmp_path))
    for axes in figure.axes:
        areas = [patch.get_width() * patch.get_height() for patch in axes.patches]
        assert sum(areas) == pytest.approx(1.0, rel=1e-9)


def regime_dataset(**options):
    fresh = np.arange(5) / 10.0
    with np.errstate(divide="ignore"):
        ratio = np.array([np.inf, *long_run_drift(fresh[1:], 0.0)])[:, None]
    extra = {"successive_correlation": np.zeros((5, 1)), "drift_ratio": ratio}
    return made({"x": np.ones((5, 1, 2))}, **extra, **options)


def test_measured_points_lie_on_the_regime_map():
    points = figures_sweep.regime_points(regime_dataset())
    # Without fresh data there is no long run: 0 is not on the map.
    assert [point.fresh for point in points] == pytest.approx([0.1, 0.2, 0.3, 0.4])
    figure = regimes_figure(points)
    assert figure.axes[0].get_title(loc="left") == "Measured $D/J$ at 4 points: within a factor 1 of the map"
    left, right = (
        np.concatenate([np.asarray(c.get_offsets()) for c in axes.collections if len(c.get_offsets()) == 4])
        for axes in figure.axes[:2]
    )
    np.testing.assert_allclose(left, [[point.fresh, 0.0] for point in points], atol=1e-12)
    np.testing.assert_allclose(right, [[point.fresh, point.ratio] for point in points], rtol=1e-12)
    off = regimes_figure([RegimePoint(0.5, 0.0, 2.0 * float(long_run_drift(0.5, 0.0)))])
    assert "within a factor 2 of the map" in off.axes[0].get_title(loc="left")


def test_one_fresh_fraction_is_read_from_the_settings():
    values = np.ones((2, 1, 2))
    extra = {"successive_correlation": np.zeros((2, 1)), "drift_ratio": np.ones((2, 1))}
    for settings in ('{"fresh":0.5}', '{"retraining":{"fresh":0.5}}'):
        points = figures_sweep.regime_points(made({"x": values}, axes=("size",), settings=settings, **extra))
        assert [(point.fresh, point.label, point.axis) for point in points] == [
            (0.5, "0", "size"), (0.5, "0.1", "size"),
        ]  # fmt: skip
    assert figures_sweep.regime_points(made({"x": values}, axes=("size",), **extra)) == []


def text_of(parts):
    console = Console(file=io.StringIO(), width=120)
    for part in parts:
        console.print(part)
    return console.file.getvalue()


def test_the_table_has_measured_beside_expected():
    values = np.array([[[0.0, 1.0], [0.0, 3.0], [0.0, 2.0], [0.0, 0.0], [0.0, 4.0]]])
    text = text_of(results_table(made({"x": values, "x_expected": np.zeros_like(values), "y": values})))
    assert "made, generation 1" in text
    # Mean 2, standard error sqrt(10/4)/sqrt(5) = 0.7071.
    row = next(line for line in text.splitlines() if line.startswith("x"))
    assert row.split() == ["x", "2", "±", "0.7", "0", "+2.8", "s.e."]
    assert "Also measured: y." in text
    # The spread of two runs is no standard error to count in; a missing run makes the mean missing.
    few = text_of(results_table(made({"x": values[:, :2], "x_expected": np.zeros((1, 2, 2))})))
    assert next(line for line in few.splitlines() if line.startswith("x")).split()[-2:] == ["0", "-"]
    values[0, 0, 1] = np.nan
    gap = text_of(results_table(made({"x": values, "x_expected": np.zeros_like(values)})))
    assert next(line for line in gap.splitlines() if line.startswith("x")).split() == ["x", "-", "0", "-"]


def test_without_theory_the_table_lists_everything_and_says_what_is_left_out():
    values = {f"x{i}": np.ones((9, 2, 3)) for i in range(6)}
    text = text_of(results_table(made(values)))
    assert "expected" not in text
    assert "14 more rows are in the dataset." in text


def test_companions_are_no_quantities():
    one = np.ones((2, 1, 3))
    names = {"x": one, "x_error": one, "x_expected": one, "y_error": one, "z_upper": one, "z": one}
    assert quantities(made(names)) == ["x", "y_error", "z"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "under a second"), (90.0, "90 seconds"), (600.0, "10 minutes"), (7200.0, "2 hours"), (9e5, "10.4 days")],
)
def test_durations_are_words(seconds, words):
    assert duration(seconds) == words


def test_regime_points_of_learned_generations_are_ratios_of_means():
    # J = 1 and successive products 1/2 in every run, and drift 3: rho = 1/2 and D/J = 3.
    dims = ("fresh", "run")
    chi2 = np.array([[[0.0, 2.0], [0.0, 4.0]]])
    dataset = made({"chi2": chi2}).assign_coords(fresh=[0.5])
    for name, axis, values in (
        ("innovation_energy", "innovation", np.ones((1, 2, 3))),
        ("innovation_product", "pair", np.array([[[0.25, 0.25], [0.75, 0.75]]])),
    ):
        dataset[name] = ((*dims, axis), values, {"long_name": name, "units": "1"})
    (point,) = figures_sweep.regime_points(dataset)
    assert (point.fresh, point.correlation, point.ratio) == pytest.approx((0.5, 0.5, 3.0))
    assert point.label == "measured"

"""Pairs on shared axes: one figure for either preset, titles that are sentences and true, limits that hold both."""

import itertools
import math

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.app import figures, figures_comparison, simulation
from gausscollapse.lab import presets
from gausscollapse.lab.trajectory_scenario import read_trajectory

PAIRS = [("coherent", "alternating"), ("no-fresh-data", "fresh-data-saves")]


def figure_of(name, tmp_path, monkeypatch):
    kept = []
    monkeypatch.setattr(figures, "save", lambda figure, path: kept.append(figure))
    simulation.simulate(name, figure=tmp_path / "figure.png")
    return kept[0]


@pytest.mark.parametrize("pair", [PAIRS[0], pytest.param(PAIRS[1], marks=pytest.mark.slow)])
def test_either_preset_of_a_pair_gives_the_same_figure(pair, tmp_path, monkeypatch, capsys):
    drawn = []
    for name in pair:
        figure = figure_of(name, tmp_path, monkeypatch)
        figure.draw_without_rendering()
        lines = {line.get_label(): (line.get_ydata(), line.get_color()) for line in figure.axes[0].get_lines()}
        drawn.append((figure.get_suptitle(), lines))
        models = figure.axes[1:]
        assert len(models) == 2
        assert len({(*axes.get_xlim(), *axes.get_ylim()) for axes in models}) == 1
        for axes in figure.axes:
            assert axes.get_xlabel()
            assert "(" in axes.get_ylabel()
            for line in axes.get_lines():
                values = np.asarray(line.get_ydata(), dtype=float)
                shown = values[values > 0.0] if axes.get_yscale() == "log" else values
                assert axes.get_ylim()[0] <= shown.min() < shown.max() <= axes.get_ylim()[1]
        titles = [axes._left_title.get_window_extent() for axes in figure.axes]
        assert not any(a.overlaps(b) for a, b in itertools.pairwise(titles))
        assert titles[-1].x1 <= figure.bbox.x1
        assert figure._suptitle.get_window_extent().x1 <= figure.bbox.x1
    (title, first), (other, second) = drawn
    assert title == other
    assert set(first) == set(second)
    for label, (values, colour) in first.items():
        np.testing.assert_array_equal(values, second[label][0])
        assert colour == second[label][1]


@pytest.mark.parametrize("name", presets.names())
def test_findings_are_sentences_and_no_names(name):
    document = presets.document(name)
    assert len(document["finding"].split()) > 6
    assert not any(code in document["finding"] for code in presets.names() if "-" in code)
    assert len(document["finding"]) <= 100


def test_findings_of_presets_are_true():
    # Offsets of energy J = exp(c^2) - 1 that agree end at a mean c/a, those that alternate at c/(2 - a).
    fresh, size = 0.2, math.sqrt(math.log1p(0.0025))
    ratio = math.expm1((size / fresh) ** 2) / math.expm1((size / (2.0 - fresh)) ** 2)
    assert ratio == pytest.approx(90.0, rel=0.1)
    agree, alternate = (read_trajectory(presets.document(name)) for name in PAIRS[0])
    # The models are mixtures: their drift is not that of one shifted Gaussian, but of its order.
    assert agree.accumulated[-1] / alternate.accumulated[-1] == pytest.approx(ratio, rel=0.1)
    grows, settles = (read_trajectory(presets.document(name)).accumulated for name in PAIRS[1])
    assert np.all(np.diff(np.log(grows[-6:])) > 0.1)
    assert settles[-1] == pytest.approx(settles[-6], rel=1e-3)
    early = read_trajectory(presets.document("early-stopping"))
    valleys = [float(np.min(law.pdf(np.linspace(-1.0, 1.0, 401)))) for law in early.models]
    assert valleys[-1] > 5.0 * valleys[0]
    assert np.diff(valleys)[-1] < 1e-3 * valleys[-1]


def test_runs_are_compared_by_what_they_are_called():
    step, data = gc.AffineChannel(1, 0.1, 0), gc.Gaussian(0, 1)
    runs = [gc.retrain(data, fresh=share, step=step, generations=20) for share in (0.0, 0.5)]
    labels = [line.get_label() for line in gc.plot(*runs).axes[0].get_lines()]
    assert [label.split(":")[0] for label in labels] == ["no fresh data", "50 % fresh data"]
    assert labels[0].endswith("growing")
    assert labels[1].endswith("steady")
    same = [line.get_label() for line in gc.plot(runs[0], runs[0]).axes[0].get_lines()]
    assert [label.split(":")[0] for label in same] == ["run 1, no fresh data", "run 2, no fresh data"]
    assert gc.plot(runs[0], runs[0]).get_suptitle().startswith("After 20 generations all runs have drifted by")


def test_where_chi_squared_is_infinite_distances_are_compared():
    wide = gc.retrain(gc.Gaussian(0, 1), fresh=0.0, step=gc.AffineChannel(1, 0, 0.9), generations=4)
    axes = figures_comparison.comparison_figure(wide, wide).axes[0]
    assert "2-Wasserstein" in axes.get_ylabel()
    # Deviations sqrt(1 + 0.9 n).
    np.testing.assert_allclose(axes.get_lines()[0].get_ydata(), np.sqrt(1.0 + 0.9 * np.arange(5)) - 1.0, atol=1e-9)


@pytest.mark.parametrize(("key", "value"), [("finding", 3), ("beside", ["coherent"]), ("name", 1.5)])
def test_words_for_figures_are_text(key, value):
    document = {**presets.document("coherent"), key: value}
    with pytest.raises(gc.GaussCollapseError, match=f"{key} = .*: is no text; accepted: words"):
        gc.lab.read(document)

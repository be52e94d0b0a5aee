"""Figures: written in the format asked for, labelled, without NaN, their legends outside the data."""

import errno
import os
import re

import numpy as np
import pytest
from matplotlib.image import imread

import gausscollapse as gc
from gausscollapse.app import figures
from gausscollapse.core.exceptions import UnknownNameError
from gausscollapse.theorems import registry

DIFFUSION = gc.OrnsteinUhlenbeck(horizon=3.0, stop=0.05)


def process(dim, error=None, **options):
    rng = np.random.default_rng(dim)
    factor = rng.standard_normal((dim, dim))
    data = gc.Gaussian(rng.standard_normal(dim), 0.3 * factor @ factor.T + 0.2 * np.eye(dim))
    chosen = gc.AffineError(0.2 * rng.standard_normal((dim, dim)), 0.3 * np.ones(dim)) if error is None else error
    return gc.ReverseProcess(data, DIFFUSION, chosen, **options)


SWIRL = gc.SolenoidalError([[0.0, 1.0], [-1.0, 0.0]])
PROCESSES = {
    "d = 1": (lambda: process(1), 2),
    "d = 2": (lambda: process(2), 2),
    "d = 3": (lambda: process(3), 2),
    "amplified": (lambda: process(2, gc.AmplifiedScoreError(0.3)), 2),
    "large": (lambda: process(1, gc.AffineError(1.0, 2.0)), 2),
    "solenoidal": (lambda: process(2, SWIRL), 1),
    "no error": (lambda: process(1, gc.AffineError(0.0, 0.0)), 1),
    "standard normal start": (lambda: process(2, start="standard-normal"), 1),
}


def drawn_points(axes):
    """Return all points that a panel draws, lines and filled areas, shape (n, 2)."""
    lines = [np.column_stack([line.get_xdata(), line.get_ydata()]) for line in axes.get_lines()]
    areas = [path.vertices for area in axes.collections for path in area.get_paths()]
    return np.concatenate([np.asarray(points, dtype=float) for points in [*lines, *areas]])


@pytest.mark.parametrize("name", PROCESSES)
def test_every_panel_is_labelled_and_finite_and_its_legend_is_below_the_data(name):
    make, panels = PROCESSES[name]
    figure = figures.single_generation(make())
    figure.draw_without_rendering()
    assert len(figure.axes) == panels
    for axes in figure.axes:
        assert axes.get_xlabel()
        assert axes.get_ylabel()
        assert axes.get_title(loc="left")
        assert np.all(np.isfinite(drawn_points(axes)))
        assert all(np.isfinite(axes.get_xlim() + axes.get_ylim()))
        legend = axes.get_legend().get_window_extent()
        label = axes.xaxis.label.get_window_extent()
        assert not any(legend.overlaps(other.get_window_extent()) for other in figure.axes)
        assert not legend.overlaps(label)
        assert legend.y1 <= label.y0
        for extent in (legend, label, axes.yaxis.label.get_window_extent(), axes.get_window_extent()):
            assert figure.bbox.x0 <= extent.x0
            assert extent.x1 <= figure.bbox.x1
            assert figure.bbox.y0 <= extent.y0
            assert extent.y1 <= figure.bbox.y1


def test_neighbouring_legends_and_titles_do_not_overlap():
    figure = figures.single_generation(process(1, gc.AffineError(1.0, 2.0)))
    figure.draw_without_rendering()
    left, right = figure.axes
    assert not left.get_legend().get_window_extent().overlaps(right.get_legend().get_window_extent())
    extents = [axes._left_title.get_window_extent() for axes in (left, right)]
    assert not extents[0].overlaps(extents[1])


def test_the_density_panel_draws_the_two_laws():
    made = process(1)
    axes = figures.single_generation(made).axes[0]
    ideal, learned = axes.get_lines()
    for line, law in ((ideal, made.ideal_endpoint()), (learned, made.endpoint())):
        x, y = (np.asarray(part, dtype=float) for part in line.get_data())
        mean, variance = float(law.mean[0]), float(law.cov[0, 0])
        np.testing.assert_allclose(
            y, np.exp(-((x - mean) ** 2) / (2.0 * variance)) / np.sqrt(2.0 * np.pi * variance), rtol=1e-10
        )
        assert np.trapezoid(y, x) == pytest.approx(1.0, abs=1e-3)


def test_ellipses_have_the_stated_mahalanobis_radius():
    law = gc.Gaussian([1.0, -1.0, 5.0], [[2.0, 0.6, 0.0], [0.6, 0.5, 0.1], [0.0, 0.1, 1.0]])
    points = np.column_stack(figures.ellipse(law, 2.0)) - law.mean[:2]
    np.testing.assert_allclose(
        np.einsum("ni,ij,nj->n", points, np.linalg.inv(law.cov[:2, :2]), points), 4.0, rtol=1e-12
    )


def test_the_bounds_panel_keeps_the_exact_curve_inside_its_bounds():
    axes = figures.single_generation(process(2)).axes[1]
    curves = {line.get_label(): np.column_stack(line.get_data()) for line in axes.get_lines()}
    exact, above, below = curves["exact"], curves["thm-3.4, above"], curves["prop-3.3, below"]
    assert len(exact) > 50
    assert len(below) > 10
    for bound, sign in ((above, 1.0), (below, -1.0)):
        at = np.interp(np.log(bound[:, 0]), np.log(exact[:, 0]), exact[:, 1])
        assert np.all(sign * (bound[:, 1] - at) >= 0.0)


def bounds_panel(theorems):
    """Return the curves of the panel of bounds, and the band as its lower and its upper edge by energy."""
    made = process(2)
    _, (axes,) = figures.new_figure()
    figures.draw_bounds(axes, made, theorems=theorems)
    curves = {line.get_label(): np.column_stack(line.get_data()) for line in axes.get_lines()}
    return curves, axes.collections[0].get_paths()[0].vertices


@pytest.mark.parametrize(
    ("name", "constants", "label", "per_energy"),
    [("thm-3.4", {"upper": 9.0}, "thm-3.4, above", lambda energy, observed: 5.0 * energy),
     ("prop-3.3", {"leading": 0.5}, "prop-3.3, below", lambda energy, observed: 0.25 * observed)],
)  # fmt: skip
def test_a_theorems_constant_moves_its_curve_and_no_other(name, constants, label, per_energy):
    theorems = {**registry, name: registry[name].with_constants(**constants)}
    (before, band), (after, other_band) = bounds_panel(registry), bounds_panel(theorems)
    eta = float(process(2).observability())
    old, new = before.pop(label), after.pop(label)
    shared = min(len(old), len(new))
    # The observed energy is eta times the energy at every scale: both are quadratic in the error.
    moved = per_energy(old[:shared, 0], eta * old[:shared, 0])
    np.testing.assert_allclose(new[:shared, 1] - old[:shared, 1], moved, rtol=1e-6)
    np.testing.assert_array_equal(band, other_band)
    for kept in before:
        np.testing.assert_array_equal(before[kept], after[kept])


def test_the_constant_of_sharp_moves_its_band():
    theorems = {**registry, "sharp": registry["sharp"].with_constants(factor=0.0)}
    band = bounds_panel(theorems)[1]
    eta = float(process(2).observability())
    # With no distance left, the band is the observed energy.
    np.testing.assert_allclose(band[:, 1], eta * band[:, 0], rtol=1e-6)


def test_a_failed_write_leaves_the_old_figure(tmp_path, monkeypatch):
    path = tmp_path / "figure.png"
    path.write_bytes(b"old")
    figure = figures.single_generation(process(1))

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        figures.save(figure, path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("ending", ["png", "svg", "PNG"])
def test_figures_are_written(ending, tmp_path):
    path = tmp_path / f"figure.{ending}"
    figures.save(figures.single_generation(process(1)), path)
    if ending.lower() == "png":
        pixels = imread(path, format="png")
        assert pixels.shape[1] > 1500
        assert np.std(pixels[..., :3]) > 0.01
    else:
        text = path.read_text(encoding="utf-8")
        assert re.search(r"<svg[^>]*>", text)
        assert "nan" not in text.lower().split()


@pytest.mark.parametrize("name", ["figure.xyz", "figure", "figure.toml"])
def test_unknown_endings_are_refused(name, tmp_path):
    with pytest.raises(UnknownNameError, match=r"figure = '.*': has an unknown ending; accepted: .*png.*svg"):
        figures.save(figures.single_generation(process(1)), tmp_path / name)
    assert list(tmp_path.iterdir()) == []

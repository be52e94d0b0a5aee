"""`plot`: pictures by kind, and the picture of collapse counted by an independent rule."""

import struct
import subprocess
import sys

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.app import collapse_figure

DATA = gc.GaussianMixture([0.2] * 5, [-6, -3, 0, 3, 6], [0.3] * 5)
SMOOTHING = gc.AffineChannel(1, 0, 0.15)


def roots(law):
    """Count the modes of a law by the sign changes of its score, on other points than the figure's."""
    x = np.linspace(-12.0, 12.0, 30_011)[:, None]
    score = law.score(x)[:, 0]
    return int(np.sum((score[:-1] > 0.0) & (score[1:] <= 0.0)))


@pytest.mark.parametrize(
    ("fresh", "share"), [(0.0, "No fresh data"), (0.1, "10 % fresh data"), (0.5, "50 % fresh data")]
)
def test_titles_count_the_modes_that_are_left(fresh, share):
    run = gc.retrain(DATA, fresh=fresh, step=SMOOTHING, generations=32)
    other = gc.retrain(DATA, fresh=1.0, step=SMOOTHING, generations=32)
    figure = gc.plot(run, other)
    left = roots(run.models[-1])
    assert figure.axes[0].get_title(loc="left") == f"{share}: {left} of 5 modes left after 32 generations"
    assert figure.axes[1].get_title(loc="left").startswith("100 % fresh data: 5 of 5")
    # Both panels share their axes, so that heights can be compared.
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()


def colours_and_rows(start):
    from matplotlib.colors import to_hex

    run = gc.retrain(DATA, fresh=0.5, step=SMOOTHING, generations=4, start=start)
    (axes,) = collapse_figure(run).axes
    rows = [label.get_text() for label in axes.get_yticklabels()]
    found = {}
    for row, line in zip(rows, axes.get_lines(), strict=True):
        x, y = line.get_data()
        scaled = (y + rows.index(row)) / np.max(y + rows.index(row))
        found[row] = to_hex(line.get_color()).upper(), x, scaled
    return found


@pytest.mark.parametrize("start", [None, gc.Gaussian(9, 0.5)])
def test_the_data_alone_have_their_colour(start):
    found = colours_and_rows(start)
    assert list(found) == ["data", *(["0"] if start else []), "1", "2", "3", "4"]
    assert [colour for colour, *_ in found.values()] == ["#0072B2"] + ["#D55E00"] * (len(found) - 1)
    _, x, drawn = found["data"]
    density = sum(np.exp(-((x - m) ** 2) / 0.6) for m in (-6, -3, 0, 3, 6))
    np.testing.assert_allclose(drawn, density / density.max(), atol=1e-9)
    if start:
        _, x, drawn = found["0"]
        np.testing.assert_allclose(drawn, np.exp(-((x - 9.0) ** 2)), atol=1e-3)
        # The start is nine away: it is on the page.
        assert x[-1] > 10.0


def test_modes_are_counted_of_the_data_where_a_run_starts_elsewhere():
    run = gc.retrain(DATA, fresh=1.0, step=SMOOTHING, generations=3, start=gc.Gaussian(0, 1))
    assert (
        collapse_figure(run).axes[0].get_title(loc="left")
        == "100 % fresh data: 5 of 5 modes left after 3 generations"
    )


def test_pictures_by_kind():
    run = gc.retrain(gc.Gaussian(0, 1), fresh=0.2, step=gc.AffineChannel(1, 0.1, 0), generations=4)
    assert gc.plot(run).axes[0].get_title(loc="left").startswith("Drift after 4 generations")
    process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(), gc.AffineError(0, 0.3))
    assert len(gc.plot(process).axes) == 2


@pytest.mark.parametrize(
    ("things", "words"),
    [
        ((), "'nothing': has no picture"),
        ((3,), "'int': has no picture"),
        ((gc.Gaussian(0, 1),), "'Gaussian': has no picture"),
        (("a", 3), "'int, str': has no picture"),
    ],
)
def test_what_has_no_picture_is_refused(things, words):
    with pytest.raises(gc.GaussCollapseError, match=words):
        gc.plot(*things)


def test_runs_that_cannot_be_compared_are_refused():
    line = gc.retrain(DATA, fresh=0.0, step=SMOOTHING, generations=3)
    with pytest.raises(gc.GaussCollapseError, match="differ in their generations"):
        gc.plot(line, gc.retrain(DATA, fresh=0.0, step=SMOOTHING, generations=4))
    plane = gc.retrain(
        gc.Gaussian([0, 0], np.eye(2)), fresh=0.0, step=gc.AffineChannel(np.eye(2), [0, 0], np.eye(2)), generations=3
    )
    with pytest.raises(gc.GaussCollapseError, match="differ in their dimension"):
        gc.plot(line, plane)
    with pytest.raises(gc.GaussCollapseError, match="has dimension 2"):
        collapse_figure(line, plane)


@pytest.mark.parametrize("thing", [None, 3, "a", np.zeros(3), gc.Gaussian(0, 1), [], gc.retrain])
def test_the_picture_of_collapse_takes_trajectories_alone(thing):
    with pytest.raises(gc.GaussCollapseError, match=r"trajectories = .*: is no trajectory"):
        collapse_figure(thing)


NOTEBOOK = """
import sys
import gausscollapse as gc
from IPython.core.formatters import DisplayFormatter
from matplotlib.figure import Figure
process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(), gc.AffineError(0, 0.3))
shown = [sorted(DisplayFormatter().format(figure)[0]) for figure in (gc.plot(process), Figure())]
print(shown, "matplotlib.pyplot" in sys.modules)
"""


def test_a_notebook_shows_a_figure_without_pyplot():
    pytest.importorskip("IPython")
    done = subprocess.run([sys.executable, "-c", NOTEBOOK], capture_output=True, text=True, check=True)
    # The control: a figure of matplotlib's own is words to a notebook that never imported pyplot.
    assert done.stdout.strip() == "[['image/png', 'text/plain'], ['text/plain']] False"


def test_the_picture_of_a_figure_says_its_width_on_the_page():
    run = gc.retrain(gc.Gaussian(0, 1), fresh=0.2, step=gc.AffineChannel(1, 0.1, 0), generations=4)
    figure = gc.plot(run)
    picture, place = figure._repr_png_()
    # The width and height of a PNG are the first fields of its header.
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, _ = struct.unpack(">II", picture[16:24])
    # With a height as well, a narrow page would squeeze the picture.
    assert place == {"width": round(width / 1.6)}

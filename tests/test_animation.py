"""Animations: one frame a generation, limits that hold every model, endings that say what they need."""

import itertools

import numpy as np
import pytest
from PIL import Image

import gausscollapse as gc
from gausscollapse.app import figures_animation
from gausscollapse.app.simulation import simulate

DATA = gc.GaussianMixture([0.5, 0.5], [-2, 2], [0.3, 0.3])


def run(fresh=0.0, generations=4, data=DATA, step=None, start=None):
    step = gc.AffineChannel(1, 0.1, 0.4) if step is None else step
    return gc.retrain(data, fresh=fresh, step=step, generations=generations, start=start)


def plane(generations=3):
    step = gc.AffineChannel(0.9 * np.eye(2), [1.0, -2.0], 0.1 * np.eye(2))
    return run(data=gc.Gaussian([0, 0], np.eye(2)), step=step, generations=generations)


@pytest.mark.parametrize("generations", [0, 1, 6])
def test_a_gif_has_a_frame_for_each_generation_and_they_differ(generations, tmp_path, monkeypatch):
    monkeypatch.setattr(figures_animation, "DOTS_AN_INCH", 30)
    path = tmp_path / "run.GIF"
    gc.plot(run(generations=generations), animate=True).save(path)
    with Image.open(path) as image:
        assert image.n_frames == generations + 1
        shown = []
        for n in range(image.n_frames):
            image.seek(n)
            shown.append(np.asarray(image.convert("RGB"), dtype=float))
    assert all(np.abs(a - b).max() > 50.0 for a, b in itertools.pairwise(shown))


@pytest.mark.parametrize("runs", [(run(), run(0.5)), (run(start=gc.Gaussian(9, 0.01)),), (plane(), plane())])
def test_limits_are_shared_and_hold_the_data_and_every_model(runs):
    animation = gc.plot(*runs, animate=True)
    assert animation.frames == runs[0].generations + 1
    seen = set()
    for n in range(animation.frames):
        animation.draw(n)
        for axes, each in zip(animation.figure.axes, runs, strict=True):
            limits = (*axes.get_xlim(), *axes.get_ylim())
            seen.add(limits)
            for line in axes.get_lines():
                x, y = line.get_data()
                assert limits[0] <= np.min(x) < np.max(x) <= limits[1]
                assert limits[2] <= np.min(y) < np.max(y) <= limits[3]
            for law in (each.data, each.models[n]):
                ends = [law.mean[0] + s * 2.5 * np.sqrt(law.cov[0, 0]) for s in ((-1, 1) if law.dim == 1 else ())]
                assert all(limits[0] <= end <= limits[1] for end in ends)
            assert axes.get_title(loc="left").startswith(f"Generation {n}, ")
            assert "(" in axes.get_xlabel()
            assert "(" in axes.get_ylabel()
    assert len(seen) == 1
    # The control: the first frame's own limits would not hold the last model.
    if runs[0].data.dim == 2:
        law = runs[0].models[-1]
        assert law.mean[1] - np.sqrt(law.cov[1, 1]) < -1.1


def test_a_notebook_shows_it(monkeypatch):
    monkeypatch.setattr(figures_animation, "DOTS_AN_INCH", 20)
    animation = gc.plot(run(generations=1), animate=True)
    assert animation._repr_html_().startswith('<img alt="1 generations, animated" src="data:image/gif;base64,R0lGOD')


@pytest.mark.parametrize(
    ("things", "words"),
    [((), "has no animation"), ((3,), "has no animation"),
     ((run(), run(generations=5)), "differ in their generations"),
     ((run(generations=3), plane()), "their dimension")],
)  # fmt: skip
def test_what_cannot_be_animated_is_refused(things, words):
    with pytest.raises(gc.GaussCollapseError, match=words):
        gc.plot(*things, animate=True)


def test_endings(tmp_path, monkeypatch, capsys):
    animation = gc.plot(run(generations=1), animate=True)
    with pytest.raises(gc.GaussCollapseError, match=r"has an unknown ending; accepted: an ending of gif, mp4"):
        animation.save(tmp_path / "run.webm")
    monkeypatch.setattr("matplotlib.animation.FFMpegWriter.isAvailable", lambda: False)
    with pytest.raises(gc.GaussCollapseError, match=r"needs the program ffmpeg; accepted: an ending of gif"):
        animation.save(tmp_path / "run.mp4")
    with pytest.raises(gc.GaussCollapseError, match="one generation does not move"):
        simulate(None, figure=tmp_path / "one.gif")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_simulate_writes_a_pair_as_an_animation(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(figures_animation, "DOTS_AN_INCH", 20)
    simulate("no-fresh-data", figure=tmp_path / "pair.gif")
    with Image.open(tmp_path / "pair.gif") as image:
        assert image.n_frames == 21
        # Two panels of 5.6 inches.
        assert image.size[0] == pytest.approx(2 * 5.6 * 20, abs=1)

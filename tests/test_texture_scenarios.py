"""Scenarios of textures: read, told in a table, drawn."""

import numpy as np
import pytest
from typer.testing import CliRunner

import gausscollapse as gc
from gausscollapse.app import figures_textures
from gausscollapse.app.cli import app
from gausscollapse.lab.texture_scenario import read_textures

SMALL = {
    "texture": {"size": 12, "exponent": 2.0},
    "diffusion": {"horizon": 2.0, "stop": 0.01},
    "run": [
        {
            "name": "fading",
            "fresh": 0.0,
            "generations": 3,
            "error": {"kind": "fading", "strength": 0.5, "above": 2.0},
        },
        {"name": "drifting", "fresh": 0.5, "generations": 3, "error": {"brightness": 0.1}},
    ],
}


def test_a_scenario_is_what_it_says():
    found = gc.lab.read(SMALL)
    data = gc.Texture.power_law(12)
    error = gc.process.FilterError.fading(data, strength=0.5, above=2.0)
    own = gc.retraining.retrain_texture(
        data, fresh=0.0, error=error, diffusion=gc.OrnsteinUhlenbeck(2.0, 0.01), generations=3, tolerance=1e-8
    )
    assert found.names == ("fading", "drifting")
    np.testing.assert_allclose(found.runs[0].kl.value, own.kl.value, rtol=1e-12)
    assert found.runs[1].textures[-1].brightness > 0.0


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        (("texture", "size"), 1, "texture.size"),
        (("texture", "colour"), 1, "texture.colour"),
        (("run", 0, "fresh"), 2.0, "run[0].fresh"),
        (("run", 0, "error"), {"kind": "fading", "strength": 1.0}, "run[0].error.above"),
        (("run", 0, "error"), {"kind": "blur"}, "run[0].error.kind"),
        (("run", 1, "name"), 3, "run[1].name"),
        (("run",), [], "run"),
    ],
)
def test_mistakes_are_named_by_their_key(path, value, key):
    document = {"texture": dict(SMALL["texture"]), "run": [dict(run) for run in SMALL["run"]]}
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(gc.GaussCollapseError) as problem:
        read_textures(document)
    assert str(problem.value).startswith(key)


def test_pictures_are_those_of_the_generations():
    found = read_textures(SMALL)
    figure = figures_textures.texture_figure(*found.runs, names=found.names, title="two ways")
    assert [axes.get_title() for axes in figure.axes[:4]] == ["data", "generation 1", "2", "3"]
    assert figure.axes[0].get_ylabel() == "fading\nno fresh data"
    assert figure.axes[4].get_ylabel() == "drifting\n50 % fresh"
    for column, generation in enumerate((0, 1, 2, 3)):
        shown = np.asarray(figure.axes[column].images[0].get_array())
        drawn = found.runs[0].textures[generation].sample(1, rng=figures_textures.SEED)[0]
        np.testing.assert_array_equal(shown, drawn)
    # Fine detail fades: neighbours differ less and less.
    rough = [float(np.var(np.diff(np.asarray(axes.images[0].get_array()), axis=0))) for axes in figure.axes[:4]]
    assert rough == sorted(rough, reverse=True)
    assert len({axes.images[0].norm.vmax for axes in figure.axes}) == 1


def test_the_command_tells_and_draws(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(gc.lab.to_toml(SMALL), encoding="utf-8")
    result = CliRunner().invoke(app, ["simulate", str(path), "--figure", str(tmp_path / "small.png")])
    assert result.exit_code == 0, result.output
    assert "fading" in result.output
    assert "144 pixels" in result.output
    assert (tmp_path / "small.png").stat().st_size > 5_000
    result = CliRunner().invoke(app, ["simulate", str(path), "--output", str(tmp_path / "small.nc")])
    assert "is for trajectories" in str(result.exception)
    result = CliRunner().invoke(app, ["simulate", str(path), "--figure", str(tmp_path / "small.gif")])
    assert "is for trajectories" in str(result.exception)


@pytest.mark.slow
def test_the_preset_says_what_is_true():
    """Without fresh data each ends at least five times as far from the data as with a third of it."""
    found = gc.lab.load("texture")
    for without, some in zip(found.runs[::2], found.runs[1::2], strict=True):
        assert not np.any(without.fresh)
        assert np.all(some.fresh == 0.33)
        assert without.kl[-1] > 5.0 * some.kl[-1]

"""Sweep files and the keys of their cells."""

import hashlib
import tomllib

import pytest

from gausscollapse.core.exceptions import InvalidArgumentError, ScenarioError, UnknownNameError
from gausscollapse.lab import sweep_presets
from gausscollapse.lab.cells import cell_key, cells, fingerprint, labels
from gausscollapse.lab.exact_trajectory import TRAJECTORY, check
from gausscollapse.lab.sweep_file import load_sweep, read_sweep
from gausscollapse.lab.tables import canonical
from tests.sweep_experiments import KNOWN

HEAD = '[sweep]\ntitle = "a walk"\nexperiment = "walk"\nruns = 3\nseed = 5\n'
SETTINGS = "[settings]\nn = 4\n[settings.learner]\nbandwidth = 0.6\n"
GRID = '[grid]\nfresh = [0.1, 0.5]\n"learner.bandwidth" = [0.3, 0.6, 0.9]\n'
QUICK = '[quick]\nruns = 1\nn = 2\nfresh = [0.5]\n"learner.steps" = 7\n'


def read(text, **options):
    return read_sweep(tomllib.loads(text), known=KNOWN, **options)


def test_the_layout_is_read():
    sweep = read(HEAD + SETTINGS + GRID + QUICK)
    assert (sweep.title, sweep.experiment.name, sweep.runs, sweep.seed) == ("a walk", "walk", 3, 5)
    assert sweep.shape == (2, 3, 3)
    found = cells(sweep)
    assert len(found) == 18
    assert found[0].place == (0, 0, 0)
    assert found[-1].place == (1, 2, 2)
    assert found[-1].settings == {"n": 4, "learner": {"bandwidth": 0.9}, "fresh": 0.5}
    assert found[-1].words == "fresh = 0.5, learner.bandwidth = 0.9, run 2"
    # The settings that cells share are not changed by any of them.
    assert sweep.settings == {"n": 4, "learner": {"bandwidth": 0.6}}


def test_quick_overrides_runs_settings_and_axes():
    sweep = read(HEAD + SETTINGS + GRID + QUICK, quick=True)
    assert sweep.shape == (1, 3, 1)
    assert sweep.settings == {"n": 2, "learner": {"bandwidth": 0.6, "steps": 7}}
    assert read(HEAD + SETTINGS, quick=True).runs == 3


def test_dotted_keys_may_be_tables():
    quoted = read(HEAD + SETTINGS + '[grid]\n"learner.bandwidth" = [0.3, 0.6]\n')
    table = read(HEAD + SETTINGS + "[grid]\nlearner.bandwidth = [0.3, 0.6]\n")
    assert quoted.grid == table.grid == {"learner.bandwidth": (0.3, 0.6)}
    assert fingerprint(quoted) == fingerprint(table)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "sweep = None: is missing"),
        ("[sweep]\ntitle = 'a'\n[settings]\n", "sweep.experiment = None: is missing"),
        (HEAD.replace('"a walk"', "1") + SETTINGS, "sweep.title = 1: is not text"),
        (HEAD.replace("walk", "wlak") + SETTINGS, "sweep.experiment = 'wlak': is not known; accepted: walk"),
        (HEAD.replace("runs = 3", "runs = 0") + SETTINGS, "sweep.runs = 0: is out of range"),
        (HEAD.replace("runs = 3", "runs = 2.0") + SETTINGS, "sweep.runs = 2.0: is not a whole number"),
        (HEAD.replace("seed = 5", "seed = -1") + SETTINGS, "sweep.seed = -1: is out of range"),
        (HEAD.replace("seed = 5", "seed = true") + SETTINGS, "sweep.seed = True: is not a whole number"),
        (HEAD.replace("seed", "sed") + SETTINGS, "sweep.sed = 5: is no known key"),
        (HEAD, "settings = None: is missing"),
        ("settings = 1\n" + HEAD, "settings = 1: is not a table"),
        (HEAD + SETTINGS + "[gird]\n", r"gird = \{\}: is no known key"),
        (HEAD + SETTINGS + "[grid]\nfresh = 0.5\n", "grid.fresh = 0.5: is not a list of values"),
        (HEAD + SETTINGS + "[grid]\nfresh = []\n", r"grid.fresh = \[\]: is not a list of values"),
        (HEAD + SETTINGS + "[grid]\nfresh = [1, 1.0]\n", r"grid.fresh = \[1, 1.0\]: names a value twice"),
        (HEAD + SETTINGS + "[grid]\nfresh = [nan]\n", r"grid.fresh = \[nan\]: has NaN"),
        (HEAD + SETTINGS + "[grid]\nrun = [1]\n", r"grid.run = \[1\]: cannot name an axis"),
        (HEAD + SETTINGS + '[grid]\n"a..b" = [1]\n', r"grid.a..b = \[1\]: cannot name an axis"),
        (HEAD + SETTINGS + '[grid]\n"n.x" = [1]\n', "grid.n.x = 1: has 'n' for a table"),
        (HEAD + SETTINGS + '[grid]\na = [1]\n"a.b" = [2]\n', r"grid.a.b = \[2\]: is inside grid.a"),
    ],
)
def test_mistakes_are_one_clear_line(text, message):
    with pytest.raises(ScenarioError, match=rf"^{message}") as caught:
        read(text)
    assert "\n" not in str(caught.value)


def test_settings_of_every_point_are_checked_before_any_runs():
    with pytest.raises(InvalidArgumentError, match=r"fresh = 1.5: is outside \[0, 1\]"):
        cells(read(HEAD + SETTINGS + "[grid]\nfresh = [0.5, 1.5]\n"))


def test_quick_with_a_number_for_an_axis_is_refused():
    with pytest.raises(ScenarioError, match=r"grid.fresh = 0.5: is not a list of values"):
        read(HEAD + SETTINGS + GRID + "[quick]\nfresh = 0.5\n", quick=True)


def test_unknown_names_and_unreadable_files_are_refused(tmp_path):
    with pytest.raises(UnknownNameError, match=r"sweep = 'nosuch': is neither a file nor a preset; .*correlation"):
        load_sweep("nosuch")
    with pytest.raises(ScenarioError, match=r"cannot be read \(No such file"):
        load_sweep(str(tmp_path / "none.toml"))
    (tmp_path / "bad.toml").write_text("[sweep", encoding="utf-8")
    with pytest.raises(ScenarioError, match="is not TOML"):
        load_sweep(str(tmp_path / "bad.toml"))


def test_a_key_is_a_hash_of_seed_coordinates_and_run():
    text = b'{"coordinates":{"fresh":0.5,"learner.bandwidth":1},"run":2,"seed":7}'
    expected = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")
    assert cell_key(7, {"learner.bandwidth": 1.0, "fresh": 0.5}, 2) == expected
    assert 0 <= expected < 2**64


def keys(text):
    return {(cell.words, cell.key) for cell in cells(read(text))}


def test_keys_do_not_depend_on_order_or_on_other_values():
    whole = keys(HEAD + SETTINGS + GRID)
    swapped = read(HEAD + SETTINGS + '[grid]\n"learner.bandwidth" = [0.9, 0.3, 0.6]\nfresh = [0.5, 0.1]\n')
    assert {key for _, key in whole} == {cell.key for cell in cells(swapped)}
    assert keys(HEAD + SETTINGS + GRID.replace("[0.1, 0.5]", "[0.5]")) < whole
    assert keys(HEAD.replace("runs = 3", "runs = 1") + SETTINGS + GRID) < whole
    assert len({key for _, key in whole}) == 18


def test_keys_depend_on_seed_run_and_coordinates():
    first = cell_key(0, {"a": 1}, 0)
    assert len({first, cell_key(1, {"a": 1}, 0), cell_key(0, {"a": 1}, 1), cell_key(0, {"b": 1}, 0)}) == 4


def test_canonical_json_is_equal_for_equal_values():
    assert canonical({"b": [1.0, -0.0], "a": True}) == canonical({"a": True, "b": (1, 0)}) == '{"a":true,"b":[1,0]}'
    assert canonical(True) != canonical(1)
    assert canonical("1") != canonical(1)


def test_labels_of_axes():
    assert labels([0.1, 2]) == [0.1, 2]
    assert labels(["a", "b"]) == ["a", "b"]
    assert labels([{"kind": "a", "x": 1}, {"kind": "b"}]) == ["a", "b"]
    assert labels([{"kind": "a", "x": 1}, {"kind": "a"}]) == ['{"kind":"a","x":1}', '{"kind":"a"}']
    assert labels([[1.0], [2.0]]) == ["[1]", "[2]"]


def test_the_fingerprint_is_of_what_decides_the_results():
    text = HEAD + SETTINGS + GRID
    mark = fingerprint(read(text))
    assert mark == fingerprint(read(text.replace("a walk", "another title")))
    for old, new in (("seed = 5", "seed = 6"), ("runs = 3", "runs = 4"), ("n = 4", "n = 5"), ("0.9]", "0.8]")):
        assert fingerprint(read(text.replace(old, new))) != mark


# A mixture is fitted to patches of photographs first.
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name == "photograph-patches" else ())
        for name in sweep_presets.names()
    ],
)
@pytest.mark.parametrize("quick", [False, True])
def test_presets_are_sound(name, quick):
    found = cells(load_sweep(name, quick=quick))
    assert found
    assert all(cell.seconds > 0.0 for cell in found)


SETTINGS_OF_TRAJECTORY = {
    "data": {"mean": [0.0], "cov": [[1.0]]},
    "retraining": {"fresh": 0.5, "generations": 3, "step": {"kind": "offset", "offset": [0.1]}},
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fresh": 1.5}, r"retraining.fresh = 1.5: is outside \[0, 1\]"),
        ({"fresh": [0.5]}, r"retraining.fresh = \[0.5\]: has shape"),
        ({"generations": -1}, "retraining.generations = -1: is out of range"),
        ({"step": {"kind": "ofset"}}, "retraining.step.kind = 'ofset': is not known"),
        ({"step": [{"kind": "offset", "offset": [0.1]}]}, "retraining.step = .*has 1 channels for 3 generations"),
        ({"step": {"kind": "random-offset", "scale": [1.0], "seed": 3}}, "retraining.step.seed = 3: is given by the"),
        ({"start": {"mean": [0.0]}}, "retraining.start.cov = None: is missing"),
        ({"extra": 1}, "retraining.extra = 1: is no known key"),
    ],
)
def test_settings_of_trajectories_are_checked_without_running_them(change, message):
    check(SETTINGS_OF_TRAJECTORY)
    changed = {**SETTINGS_OF_TRAJECTORY, "retraining": {**SETTINGS_OF_TRAJECTORY["retraining"], **change}}
    with pytest.raises(InvalidArgumentError, match=f"^{message}"):
        check(changed)


def test_random_schedules_of_trajectories_take_the_key():
    energy = {"kind": "random", "size": 0.01}
    for step in (
        {"kind": "random-offset", "scale": [1.0], "energy": 0.01},
        {"kind": "drifting-offset", "direction": [1.0], "energy": energy},
    ):
        settings = {**SETTINGS_OF_TRAJECTORY, "retraining": {**SETTINGS_OF_TRAJECTORY["retraining"], "step": step}}
        first, again, other = (
            TRAJECTORY.run(settings, key)["accumulated"].values for key in (2**64 - 1, 2**64 - 1, 1)
        )
        assert first.tobytes() == again.tobytes()
        assert first.tobytes() != other.tobytes()


def test_a_coherent_trajectory_meets_its_bound_and_the_closed_form():
    found = TRAJECTORY.run(SETTINGS_OF_TRAJECTORY, 0)
    # After one generation the model is N(c, 1), whose chi-squared divergence is exp(c^2) - 1.
    assert found["accumulated"].values[1] == pytest.approx(0.010050167084168058, rel=1e-12)
    drift = found["accumulated"].values
    assert drift == pytest.approx(found["accumulated_expected"].values, rel=1e-10)
    assert (found["accumulated_lower"].values <= drift * (1 + 1e-12)).all()
    assert (drift <= found["accumulated_upper"].values * (1 + 1e-12)).all()
    assert found["kl"].units == "nats"
    assert found["kl"].values[1] == pytest.approx(0.005, rel=1e-12)
    assert found["wasserstein2"].values[1] == pytest.approx(0.1, rel=1e-12)
    assert 0.99 < float(found["successive_correlation"].values) <= 1.0


def test_trajectories_leave_out_what_has_no_value():
    wide = {"kind": "kernel-density", "bandwidth": 1.5}
    settings = {**SETTINGS_OF_TRAJECTORY, "kl": False}
    settings["retraining"] = {**SETTINGS_OF_TRAJECTORY["retraining"], "step": wide}
    found = TRAJECTORY.run(settings, 0)
    assert set(found) == {"accumulated", "innovation_energy", "wasserstein2"}
    assert found["accumulated"].values[-1] == float("inf")

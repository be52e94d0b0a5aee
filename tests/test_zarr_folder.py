"""Folders of results from elsewhere: nothing in them is run, nothing missing reads as zeros."""

import json
import pickle
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from gausscollapse.app import cli
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.lab import sweep_dataset
from gausscollapse.lab.sweep_dataset import load_results
from tests.sweep_tools import run_here, walk_sweep


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished") / "out"
    run_here(walk_sweep(), folder)
    return folder


@pytest.fixture
def out(finished, tmp_path):
    return Path(shutil.copytree(finished, tmp_path / "out"))


class Payload:
    """Makes a file where it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def change(out, name, **entries):
    """Change the metadata of an array, in its own file and in the index."""
    array, index = out / "results.zarr" / name / ".zarray", out / "results.zarr" / ".zmetadata"
    table = json.loads(array.read_text()) | entries
    array.write_text(json.dumps(table))
    whole = json.loads(index.read_text())
    whole["metadata"][f"{name}/.zarray"] = table
    index.write_text(json.dumps(whole))


PICKLES = {
    "filters": {"filters": [{"id": "vlen-utf8"}, {"id": "pickle", "protocol": 5}], "dtype": "|O"},
    "filter": {"filters": [{"id": "pickle", "protocol": 5}]},
    "compressor": {"compressor": {"id": "pickle", "protocol": 5}},
    "objects": {"dtype": "|O"},
}


@pytest.mark.parametrize("name", PICKLES)
def test_a_hostile_folder_runs_nothing(out, tmp_path, monkeypatch, capsys, name):
    planted = tmp_path / "planted"
    change(out, "mean", **{"compressor": None, "fill_value": None} | PICKLES[name])
    payload = pickle.dumps(Payload(planted))
    for chunk in (out / "results.zarr" / "mean").glob("[0-9]*"):
        chunk.write_bytes(payload)
    monkeypatch.setattr(sys, "argv", ["gausscollapse", "plot", str(out)])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "mean/.zarray" in message
    assert not planted.exists()
    assert not (out / "figures").exists()
    # The payload would have done it.
    pickle.loads(payload).close()
    assert planted.exists()


def test_sound_folders_are_read(out):
    assert bool(np.isfinite(load_results(out)["mean"].values).all())


def test_without_the_check_a_missing_chunk_reads_as_zeros(out, monkeypatch):
    (out / "results.zarr" / "mean" / "0.0.0").unlink()
    with pytest.raises(InvalidArgumentError, match="lacks chunks, which would read as zeros"):
        load_results(out)
    monkeypatch.setattr(sweep_dataset, "check_results", lambda folder: None)
    assert not load_results(out)["mean"].values.any()


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, '{"metadata": {}}'])
@pytest.mark.parametrize("name", [".zmetadata", "mean/.zarray", ".zattrs"])
def test_damaged_metadata_are_one_line(out, name, text):
    (out / "results.zarr" / name).write_text(text)
    with pytest.raises(InvalidArgumentError, match=r"accepted: results as") as caught:
        load_results(out)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "entries",
    [
        {"shape": [10**15, 10**15, 10**15]},
        {"shape": None},
        {"chunks": [0, 0, 0]},
        {"dtype": "x" * 999},
        {"order": "F"},
    ],
)
def test_metadata_that_cannot_be_are_refused(out, entries):
    change(out, "mean", **entries)
    with pytest.raises(InvalidArgumentError, match=r"accepted: results as") as caught:
        load_results(out)
    assert "\n" not in str(caught.value)


def test_links_out_of_the_folder_are_refused(out, tmp_path):
    chunk = out / "results.zarr" / "mean" / "0.0.0"
    chunk.rename(tmp_path / "elsewhere")
    chunk.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidArgumentError, match="is a link"):
        load_results(out)


def test_the_old_results_stay_where_the_new_cannot_take_their_place(out, monkeypatch):
    before = load_results(out)["mean"].values
    rename = Path.rename

    def refuse(path, target):
        if path.name == "results.zarr.part":
            raise PermissionError
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(PermissionError):
        run_here(walk_sweep(), out)
    np.testing.assert_array_equal(load_results(out)["mean"].values, before)

"""Folders of results from elsewhere: nothing in them is run, nothing missing reads as zeros."""

import json
import pickle
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray

from gausscollapse.app import cli
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.lab import sweep_dataset
from gausscollapse.lab.sweep_dataset import check_chunks, load_results
from tests.sweep_tools import run_here, walk_sweep

FORMATS = (2, 3)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return folders of one sweep by format: what is written now, and what was, made by xarray alone."""
    folder = tmp_path_factory.mktemp("finished")
    grid = '[0.1, 0.5, 0.9]\nkind = ["plain", "ünusual"]'
    for number in FORMATS:
        run_here(walk_sweep(fresh=grid), folder / str(number))
    dataset = load_results(folder / "3").load().drop_encoding()
    shutil.rmtree(folder / "2" / "results.zarr")
    dataset.to_zarr(folder / "2" / "results.zarr", zarr_format=2, consolidated=True, write_empty_chunks=True)
    return folder


@pytest.fixture(params=FORMATS)
def version(request):
    return request.param


@pytest.fixture
def out(finished, tmp_path, version):
    return Path(shutil.copytree(finished / str(version), tmp_path / "out"))


class Payload:
    """Makes a file where it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def change(out, name, **entries):
    """Change the metadata of an array, in its own file and in the index."""
    results = out / "results.zarr"
    if (results / "zarr.json").exists():
        file, index, place = "zarr.json", results / "zarr.json", ("consolidated_metadata", "metadata", name)
    else:
        file, index, place = ".zarray", results / ".zmetadata", ("metadata", f"{name}/.zarray")
    table = json.loads((results / name / file).read_text()) | entries
    (results / name / file).write_text(json.dumps(table))
    whole = json.loads(index.read_text())
    inner = whole
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = table
    index.write_text(json.dumps(whole))


def chunks(out, name="mean"):
    """Return the chunks of an array."""
    return sorted(p for p in (out / "results.zarr" / name).rglob("*") if p.is_file() and p.name[0] in "c0123456789")


def refused(out):
    with pytest.raises(InvalidArgumentError, match=r"accepted: results as") as caught:
        load_results(out)
    assert "\n" not in str(caught.value)
    return str(caught.value)


VLEN, PICKLE = {"name": "vlen-utf8"}, {"name": "numcodecs.pickle", "configuration": {"protocol": 5}}
BYTES = {"name": "bytes", "configuration": {"endian": "little"}}
HOSTILE = {
    "2-filters": (2, {"filters": [{"id": "vlen-utf8"}, {"id": "pickle", "protocol": 5}], "dtype": "|O"}),
    "2-filter": (2, {"filters": [{"id": "pickle", "protocol": 5}]}),
    "2-compressor": (2, {"compressor": {"id": "pickle", "protocol": 5}}),
    "2-objects": (2, {"dtype": "|O"}),
    "3-codecs": (3, {"codecs": [VLEN, PICKLE], "data_type": "string"}),
    "3-codec": (3, {"codecs": [BYTES, PICKLE]}),
    "3-serialiser": (3, {"codecs": [PICKLE]}),
    "3-shards": (3, {"codecs": [{"name": "sharding_indexed", "configuration": {"codecs": [PICKLE]}}]}),
    "3-strings": (3, {"data_type": "string", "codecs": [VLEN]}),
    "3-objects": (3, {"data_type": {"name": "object", "configuration": {}}}),
    "3-structures": (3, {"data_type": {"name": "structured", "configuration": {"fields": [["x", "object"]]}}}),
    "3-transformers": (3, {"storage_transformers": [PICKLE]}),
    "3-no codecs": (3, {"codecs": []}),
    "3-names": (3, {"codecs": [{"name": ["bytes"]}, 3]}),
}


@pytest.mark.parametrize(("version", "entries"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_folder_runs_nothing(finished, tmp_path, monkeypatch, capsys, version, entries):
    planted, out = tmp_path / "planted", Path(shutil.copytree(finished / str(version), tmp_path / "out"))
    change(out, "mean", **({"compressor": None, "fill_value": None} | entries if version == 2 else entries))
    payload = pickle.dumps(Payload(planted))
    for chunk in chunks(out):
        chunk.write_bytes(payload)
    monkeypatch.setattr(sys, "argv", ["gausscollapse", "plot", str(out)])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "mean/" in message
    assert not planted.exists()
    assert not (out / "figures").exists()
    # The payload would have done it.
    pickle.loads(payload).close()
    assert planted.exists()


def test_results_open_without_a_warning_and_words_are_read_back(finished):
    """Warnings are errors in this suite: nothing written now is outside the settled format."""
    for dataset in map(load_results, (finished / "2", finished / "3")):
        assert dataset["kind"].values.tolist() == ["plain", "ünusual"]
        assert dataset["kind"].attrs == {"long_name": "kind"}
    plain = xarray.open_zarr(finished / "3" / "results.zarr")
    assert [plain["kind"].attrs["words"][i] for i in plain["kind"].values] == ["plain", "ünusual"]
    assert json.loads((finished / "3" / "results.zarr" / "zarr.json").read_text())["zarr_format"] == 3


def test_words_that_are_not_there_are_refused(finished, tmp_path):
    for i, words in enumerate((["plain"], "plain", [1, 2], [])):
        out = Path(shutil.copytree(finished / "3", tmp_path / f"out{i}"))
        change(out, "kind", attributes={"words": words})
        assert "names no words" in refused(out)


def test_sound_folders_are_read(out):
    assert bool(np.isfinite(load_results(out)["mean"].values).all())


def test_without_the_check_a_missing_chunk_reads_as_zeros(out, monkeypatch):
    chunks(out)[0].unlink()
    with pytest.raises(InvalidArgumentError, match="lacks chunks, which would read as zeros"):
        load_results(out)
    monkeypatch.setattr(sweep_dataset, "check_results", lambda folder: None)
    assert not np.nan_to_num(load_results(out)["mean"].values).any()


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, '{"metadata": {}}', "1" * 5000, "{}"])
@pytest.mark.parametrize("place", ["index", "array", "attributes"])
def test_damaged_metadata_are_one_line(out, version, place, text):
    names = {"index": ".zmetadata", "array": "mean/.zarray", "attributes": ".zattrs"}
    if version == 3:
        names = {"index": "zarr.json", "array": "mean/zarr.json", "attributes": "kind/zarr.json"}
    (out / "results.zarr" / names[place]).write_text(text)
    refused(out)


@pytest.mark.parametrize(
    "entries",
    [
        {"shape": [10**15, 10**15, 10**15, 10**15]},
        {"shape": None},
        {"shape": [10**12] * 4, "chunks": [10**12] * 4,
         "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [10**12] * 4}}},
        {"chunks": [0] * 4, "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [0] * 4}}},
        {"dtype": "x" * 999, "data_type": "x" * 999},
        {"order": "F", "chunk_key_encoding": {"name": "v2"}},
        {"zarr_format": 4},
    ],
)  # fmt: skip
def test_metadata_that_cannot_be_are_refused(out, entries):
    change(out, "mean", **entries)
    refused(out)


def test_an_index_that_says_more_than_the_files_is_refused(finished, tmp_path):
    out = Path(shutil.copytree(finished / "3", tmp_path / "out"))
    root = out / "results.zarr" / "zarr.json"
    whole = json.loads(root.read_text())
    whole["consolidated_metadata"]["metadata"]["mean"]["codecs"] = [PICKLE]
    root.write_text(json.dumps(whole))
    assert "differs from zarr.json" in refused(out)
    whole["consolidated_metadata"] = None
    root.write_text(json.dumps(whole))
    assert "does not name what the folder holds" in refused(out)


def test_links_out_of_the_folder_are_refused(out, tmp_path):
    chunk = chunks(out)[0]
    chunk.rename(tmp_path / "elsewhere")
    chunk.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidArgumentError, match="is a link"):
        load_results(out)


def test_every_flipped_byte_of_a_chunk_is_seen(finished, tmp_path):
    out = Path(shutil.copytree(finished / "3", tmp_path / "out"))
    check_chunks(out)
    before = load_results(out)["mean"].values
    chunk = chunks(out)[0]
    sound = chunk.read_bytes()
    seen = 0
    for place in range(0, len(sound), 7):
        chunk.write_bytes(sound[:place] + bytes([sound[place] ^ 16]) + sound[place + 1 :])
        try:
            check_chunks(out)
        except InvalidArgumentError as problem:
            assert "is damaged" in str(problem)  # noqa: PT017
            seen += 1
        else:
            # A byte of the frame that means nothing.
            np.testing.assert_array_equal(load_results(out)["mean"].values, before)
    assert seen > 0.9 * len(sound) / 7
    for content in (b"", sound[:-1], sound + sound, bytes(len(sound))):
        chunk.write_bytes(content)
        with pytest.raises(InvalidArgumentError, match="is damaged"):
            check_chunks(out)


def test_the_old_results_stay_where_the_new_cannot_take_their_place(tmp_path, monkeypatch):
    out = tmp_path / "out"
    run_here(walk_sweep(), out)
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

"""What a sweep leaves on the disk: whole cells or none, one dataset, the same bytes whatever the history."""

import errno
import json
import os
import random

import numpy as np
import pytest
import xarray

from gausscollapse.core.exceptions import InvalidArgumentError, MissingPackageError, SweepError
from gausscollapse.core.whole_file import write_whole
from gausscollapse.lab import sweep_dataset
from gausscollapse.lab.cell_file import decode, encode, whole
from gausscollapse.lab.cells import cells
from gausscollapse.lab.experiment import Measurement
from gausscollapse.lab.sweep_dataset import assemble, load_results
from gausscollapse.lab.sweep_store import SweepStore
from tests.sweep_tools import cell_bytes, contents, run_here, walk_sweep

ITEMS = {
    "f": Measurement(("a", "b"), np.arange(6.0).reshape(2, 3), "floats", "nats"),
    "i": Measurement((), np.array(-3), "an integer"),
    "u": Measurement(("a",), np.array([1, 255], dtype=np.uint8), "bytes"),
    "s": Measurement(("a",), np.array(["ü", "b"]), "words"),
    "big": Measurement(("a",), np.array([1.0, np.inf], dtype=">f8"), "another byte order"),
    "strided": Measurement(("a",), np.arange(6.0)[::3], "with strides"),
    "none": Measurement(("c",), np.zeros(0), "nothing"),
}


def test_cells_come_back_from_their_bytes():
    content = encode(ITEMS, fingerprint="abc", key=7)
    assert content == encode(dict(reversed(ITEMS.items())), fingerprint="abc", key=7)
    assert whole(content, fingerprint="abc", key=7)
    found = decode(content)
    assert set(found) == set(ITEMS)
    for name, item in ITEMS.items():
        assert (found[name].dims, found[name].words, found[name].units) == (item.dims, item.words, item.units)
        np.testing.assert_array_equal(found[name].values, item.values)


def test_bytes_of_another_cell_or_sweep_are_not_taken():
    content = encode(ITEMS, fingerprint="abc", key=7)
    assert not whole(content, fingerprint="abc", key=8)
    assert not whole(content, fingerprint="abd", key=7)


def test_every_truncation_and_every_flipped_bit_is_seen():
    content = encode({"f": ITEMS["f"]}, fingerprint="abc", key=7)
    for size in range(len(content)):
        assert not whole(content[:size], fingerprint="abc", key=7)
    for place in range(len(content)):
        flipped = bytearray(content)
        flipped[place] ^= 1 << (place % 8)
        assert not whole(bytes(flipped), fingerprint="abc", key=7)
    assert not whole(content + b"\0", fingerprint="abc", key=7)
    assert whole(content, fingerprint="abc", key=7)


@pytest.mark.parametrize(
    "values", [np.array(None), np.array(b"x"), np.zeros(1, dtype="M8[s]"), np.zeros(1, np.longdouble)]
)
def test_only_numbers_and_words_are_stored(values):
    with pytest.raises(TypeError, match=r"x has the type .*; stored are numbers of at most 64 bits, and words"):
        encode({"x": Measurement(("a",) * values.ndim, values, "something else")}, fingerprint="", key=0)


def test_the_dataset_has_named_axes_units_and_the_values_of_the_experiment(tmp_path):
    sweep = walk_sweep("samples = 2")
    _, everything = run_here(sweep, tmp_path / "out")
    dataset = load_results(tmp_path / "out")
    assert dict(dataset.sizes) == {
        "fresh": 3, "run": 4, "generation": 6, "picture": 16, "row": 8, "column": 8, "point": 50, "coordinate": 2,
        "mode": 3,
    }  # fmt: skip
    assert dataset["mean"].dims == ("fresh", "run", "generation")
    assert dataset["mean"].attrs == {"long_name": "mean of standard normals", "units": "length"}
    assert dataset["fresh"].values.tolist() == [0.1, 0.5, 0.9]
    assert dataset["generation"].values.tolist() == [0, 1, 2, 3, 4, 5]
    assert dataset["count"].dtype == np.int64
    # The measurement named like an axis of the grid is kept under another name.
    assert dataset["fresh_"].sel(fresh=0.5, run=0, generation=0) == 0.5
    assert dataset.attrs["title"] == "a walk"
    assert json.loads(dataset.attrs["settings"]) == {"samples": 2}
    for cell in everything:
        point = dict(zip(("fresh", "run"), cell.place, strict=True))
        assert int(dataset["key"].isel(point)) == cell.key
        measured = sweep.experiment.run(cell.settings, cell.key)
        for name in ("mean", "mean_error", "pictures", "points"):
            np.testing.assert_array_equal(dataset[name].isel(point), measured[name].values)


def test_bytes_do_not_depend_on_order_restarts_or_memory(tmp_path, monkeypatch):
    sweep = walk_sweep("samples = 1")
    run_here(sweep, tmp_path / "first")
    monkeypatch.setattr(sweep_dataset, "GROUP_BYTES", 1000)
    shuffled = random.Random(1)
    run_here(sweep, tmp_path / "second", order=lambda found: shuffled.sample(found, len(found)))
    first, second = contents(tmp_path / "first"), contents(tmp_path / "second")
    assert first == second
    run_here(sweep, tmp_path / "second")
    assert contents(tmp_path / "second") == first
    # The comparison can fail: another seed gives other bytes.
    run_here(walk_sweep("samples = 1\nn = 5"), tmp_path / "third")
    assert contents(tmp_path / "third") != first


def test_damaged_cells_are_found_and_done_again(tmp_path):
    sweep = walk_sweep()
    store, everything = run_here(sweep, tmp_path / "out")
    whole = contents(tmp_path / "out")
    paths = [store.path(cell) for cell in everything]
    paths[0].write_bytes(paths[0].read_bytes()[:-1])
    flipped = bytearray(paths[3].read_bytes())
    flipped[-5] ^= 4
    paths[3].write_bytes(bytes(flipped))
    paths[5].write_bytes(paths[6].read_bytes())
    paths[8].unlink()
    paths[9].write_bytes(b"")
    with pytest.raises(SweepError, match="was damaged while"):
        assemble(store, everything)
    missing = store.missing(everything)
    assert missing == [everything[i] for i in (0, 3, 5, 8, 9)]
    with store.writing():
        for cell in missing:
            store.put(cell, cell_bytes(store, cell))
        assemble(store, everything)
    assert contents(tmp_path / "out") == whole


def test_bytes_damaged_on_the_way_are_not_used(tmp_path):
    sweep = walk_sweep()
    store, everything = SweepStore(tmp_path / "out", sweep), cells(sweep)
    with store.writing():
        for cell in everything:
            store.put(cell, cell_bytes(store, cell)[: -1 if cell is everything[0] else None])
        with pytest.raises(SweepError, match=r"\.cell: was damaged while the sweep ran; start again to redo it"):
            assemble(store, everything)
    assert store.missing(everything) == everything[:1]
    assert not (tmp_path / "out" / "results.zarr").exists()


def test_shapes_that_differ_are_filled_with_missing_values(tmp_path):
    sweep = walk_sweep("n = 4", fresh="[0.5]\ngenerations = [2, 4]", runs=2)
    run_here(sweep, tmp_path / "out")
    dataset = load_results(tmp_path / "out")
    assert dataset["mean"].shape == (1, 2, 2, 5)
    short = dataset["mean"].sel(generations=2)
    assert bool(np.isnan(short.isel(generation=slice(3, None))).all())
    assert bool(np.isfinite(short.isel(generation=slice(None, 3))).all())
    assert bool(np.isfinite(dataset["mean"].sel(generations=4)).all())


def test_foreign_folders_are_refused_and_left_alone(tmp_path):
    sweep = walk_sweep()
    run_here(sweep, tmp_path / "out")
    before = contents(tmp_path / "out")
    with pytest.raises(InvalidArgumentError, match=r"holds another sweep \(settings.n differs\); accepted: an empty"):
        SweepStore(tmp_path / "out", walk_sweep("n = 8"))
    with pytest.raises(InvalidArgumentError, match=r"holds another sweep \(grid differs\)"):
        SweepStore(tmp_path / "out", walk_sweep(fresh="[0.1]"))
    assert contents(tmp_path / "out") == before
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(InvalidArgumentError, match="holds files that are no sweep"):
        SweepStore(tmp_path / "mine", sweep)
    with pytest.raises(InvalidArgumentError, match="is a file"):
        SweepStore(tmp_path / "mine" / "thesis.txt", sweep)
    (tmp_path / "out" / "sweep.json").write_text("{", encoding="utf-8")
    with pytest.raises(InvalidArgumentError, match=r"has a sweep.json that is not readable"):
        SweepStore(tmp_path / "out", sweep)


def test_one_process_at_a_time_writes(tmp_path):
    sweep = walk_sweep()
    first, second = SweepStore(tmp_path, sweep), SweepStore(tmp_path, sweep)
    with first.writing(), pytest.raises(SweepError, match="another process is writing"), second.writing():
        pass
    with second.writing():
        pass


def test_what_a_killed_process_left_is_cleared(tmp_path):
    sweep = walk_sweep()
    run_here(sweep, tmp_path / "out")
    before = contents(tmp_path / "out")
    (tmp_path / "out" / "cells" / "0123.cell.part").write_bytes(b"half")
    (tmp_path / "out" / "results.zarr.part").mkdir()
    (tmp_path / "out" / "results.zarr.part" / "x").write_bytes(b"half")
    run_here(sweep, tmp_path / "out")
    assert contents(tmp_path / "out") == before


BEGUN = {
    "nothing": {},
    "lock": {"lock": ""},
    "cells": {"lock": "", "cells": None},
    "empty settings": {"lock": "", "cells": None, "sweep.json": ""},
    "half settings": {"lock": "", "sweep.json": '{"description": {"exp'},
    "settings of old": {"lock": "", "sweep.json.part": '{"descr'},
    "part of settings": {"lock": "", "sweep.json.01ab.part": '{"descr'},
}


@pytest.mark.parametrize("name", BEGUN)
def test_a_sweep_killed_before_its_first_cell_is_resumed(tmp_path, name):
    run_here(walk_sweep(), tmp_path / "whole")
    out = tmp_path / "out"
    out.mkdir()
    for file, text in BEGUN[name].items():
        (out / file).mkdir() if text is None else (out / file).write_text(text)
    run_here(walk_sweep(), out)
    assert contents(out) == contents(tmp_path / "whole")


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"thesis.tex": "x"}, "holds files that are no sweep"),
        ({"lock": "", "thesis.tex": "x"}, "holds files that are no sweep"),
        ({"cells/0123.cell": "x"}, "holds files that are no sweep"),
        ({"cells/0123.cell": "x", "sweep.json": "{"}, r"has a sweep.json that is not readable"),
        ({"sweep.json": "[" * 100_000, "cells/0123.cell": "x"}, r"has a sweep.json that is not readable"),
    ],
)
def test_other_folders_are_refused_untouched(tmp_path, files, reason):
    (tmp_path / "cells").mkdir()
    for file, text in files.items():
        (tmp_path / file).write_text(text)
    before = contents(tmp_path)
    with pytest.raises(InvalidArgumentError, match=reason):
        SweepStore(tmp_path, walk_sweep())
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "late"),
    [("lock", False), ("sweep.json", False), ("cells", False), ("results.zarr", False), ("lock", True)],
)
def test_links_in_the_folder_are_not_followed(tmp_path, name, late):
    out, target = tmp_path / "out", tmp_path / "target"
    out.mkdir()
    if name in ("cells", "results.zarr"):
        target.mkdir()
        (target / "mine.part").write_text("keep")
    else:
        target.write_text("keep")
    store = SweepStore(out, walk_sweep())
    (out / name).symlink_to(target)
    before = contents(tmp_path)
    with pytest.raises(InvalidArgumentError, match=f"{name}': is a link out of the folder"):
        (store if late else SweepStore(out, walk_sweep())).writing().__enter__()
    assert contents(tmp_path) == before
    assert (out / name).is_symlink()


def test_files_that_are_written_take_the_place_of_links(tmp_path):
    out, target = tmp_path / "out", tmp_path / "target"
    target.write_text("keep")
    store, everything = run_here(walk_sweep(), out)
    before = contents(out)
    path = store.path(everything[0])
    path.unlink()
    path.symlink_to(target)
    (out / "sweep.json.part").symlink_to(target)
    run_here(walk_sweep(), out)
    assert target.read_text() == "keep"
    assert contents(out) == before


def test_a_full_disk_leaves_no_half_files(tmp_path, monkeypatch):
    write_whole(tmp_path / "a", b"old")

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    for name in ("a", "b"):
        with pytest.raises(OSError, match="No space left"):
            write_whole(tmp_path / name, b"new")
    assert contents(tmp_path) == {"a": b"old"}


def test_the_dataset_opens_without_help_and_without_warnings(tmp_path):
    run_here(walk_sweep(), tmp_path / "out")
    assert xarray.open_zarr(tmp_path / "out" / "results.zarr", chunks=None)["mean"].shape == (3, 4, 6)


def test_unfinished_and_missing_results_are_refused(tmp_path):
    with pytest.raises(InvalidArgumentError, match="holds no sweep"):
        load_results(tmp_path)
    with SweepStore(tmp_path, walk_sweep()).writing():
        pass
    with pytest.raises(InvalidArgumentError, match="holds a sweep that is not finished"):
        load_results(tmp_path)


def test_a_missing_package_is_one_line(monkeypatch):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "zarr" else find(name))
    with pytest.raises(MissingPackageError, match=r"zarr is not installed; try: .* install .*\[experiments\]"):
        sweep_dataset.require_packages()

"""What a folder of results may hold, read from its metadata before anything opens an array.

A filter or an object array can run code when it is read, and a chunk that is missing reads as zeros. Format 3 is
written; format 2, which was, is read.
"""

from __future__ import annotations

import itertools
import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.whole_file import write_whole
from gausscollapse.lab.zarr_arrays import StoredArray, UnsafeArrayError, stored_2, stored_3

ARRAY, GROUP, ATTRIBUTES, INDEX = ".zarray", ".zgroup", ".zattrs", ".zmetadata"
METADATA_2 = (ARRAY, GROUP, ATTRIBUTES, INDEX)
NODE, CONSOLIDATED = "zarr.json", "consolidated_metadata"
ACCEPTED = "results as `gausscollapse sweep` writes them; it may be run again on this folder"


def check_results(folder: Path) -> None:
    """Refuse a Zarr folder that is damaged, or that holds anything but plain arrays of numbers and words.

    Parameters
    ----------
    folder : Path
        With an index of its metadata; only text is read.

    Raises
    ------
    InvalidArgumentError
        If metadata cannot be read or differ from the index, an array has filters, an unknown codec or a type
        without a fixed size, or a chunk is missing.
    """
    for path, stored in sorted(_format_3(folder) if (folder / NODE).exists() else _format_2(folder)):
        _check_chunks(path, stored)


def consolidate(folder: Path) -> None:
    """Write the index of a Zarr folder of format 3 into its root, so that one file tells what it holds.

    Written here, because Zarr's own order of entries is that of the folder's listing.
    """
    nodes = {path.parent.relative_to(folder).as_posix(): path for path in folder.glob(f"*/{NODE}")}
    metadata = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in nodes.items()}
    root = json.loads((folder / NODE).read_text(encoding="utf-8"))
    root[CONSOLIDATED] = {"kind": "inline", "must_understand": False, "metadata": metadata}
    write_whole(folder / NODE, json.dumps(root, sort_keys=True, indent=1, allow_nan=False) + "\n")


def _format_3(folder: Path) -> list[tuple[Path, StoredArray]]:
    root = _table(folder / NODE, folder)
    found = {path.parent: path for path in _metadata(folder, (NODE,), METADATA_2) if path.parent != folder}
    index = root.get(CONSOLIDATED)
    listed = index.get("metadata") if isinstance(index, dict) else None
    names = {where.relative_to(folder).as_posix(): path for where, path in found.items()}
    if root.get("node_type") != "group" or not isinstance(listed, dict) or listed.keys() != names.keys():
        raise _refused(folder / NODE, "does not name what the folder holds")
    return [(path, _stored(path, _indexed(path, folder, listed[name], NODE))) for name, path in names.items()]


def _format_2(folder: Path) -> list[tuple[Path, StoredArray]]:
    index = _table(folder / INDEX, folder).get("metadata")
    found = _metadata(folder, (ARRAY, GROUP, ATTRIBUTES), (NODE,))
    names = {path.relative_to(folder).as_posix(): path for path in found}
    if not isinstance(index, dict) or index.keys() != names.keys() or GROUP not in index:
        raise _refused(folder / INDEX, "does not name what the folder holds")
    tables = {path: _indexed(path, folder, index[name], INDEX) for name, path in names.items()}
    return [(path, _stored(path, table)) for path, table in tables.items() if path.name == ARRAY]


def _metadata(folder: Path, names: tuple[str, ...], foreign: tuple[str, ...]) -> Iterator[Path]:
    """Yield the metadata in a folder; links and metadata of other formats are refused."""
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(root, name)
            if path.is_symlink():
                raise _refused(path, "is a link")
            if name in foreign:
                raise _refused(path, "is of another format")
            if name in names:
                yield path


def _table(path: Path, folder: Path) -> dict[str, Any]:
    try:
        if path.is_symlink():
            raise _refused(path, "is a link")
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _refused(folder, f"has no {path.name}") from None
    except (ValueError, RecursionError):
        raise _refused(path, "is no JSON") from None
    if not isinstance(found, dict):
        raise _refused(path, "is no table")
    return found


def _indexed(path: Path, folder: Path, listed: object, index: str) -> Mapping[str, Any]:
    """Return a table of metadata, where it is what the index says."""
    table = _table(path, folder)
    if table != listed:
        raise _refused(path, f"differs from {index}")
    return table


def _stored(path: Path, table: Mapping[str, Any]) -> StoredArray:
    try:
        return (stored_2 if path.name == ARRAY else stored_3)(table)
    except UnsafeArrayError as problem:
        raise _refused(path, str(problem)[:80]) from None


def _check_chunks(path: Path, stored: StoredArray) -> None:
    """Refuse an array with a chunk missing; the first that is missing ends the search, however many are promised."""
    # Not `itertools.product`, which first makes lists of ranges that a hostile shape makes long.
    if math.prod(stored.counts) > sum(1 for each in path.parent.rglob("*") if each.is_file()):
        raise _refused(path.parent, "lacks chunks, which would read as zeros")
    for place in itertools.product(*map(range, stored.counts)):
        if not (path.parent / stored.file(place)).is_file():
            raise _refused(path.parent, "lacks chunks, which would read as zeros")


def _refused(path: Path, reason: str) -> InvalidArgumentError:
    return InvalidArgumentError("folder", str(path), reason, ACCEPTED)

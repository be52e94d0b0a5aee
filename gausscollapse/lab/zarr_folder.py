"""What a folder of results may hold, read from its metadata before anything opens an array.

A filter or an object array can run code when it is read, and a chunk that is missing reads as zeros.
"""

from __future__ import annotations

import itertools
import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.lab.cell_file import STORABLE

ARRAY, GROUP, ATTRIBUTES, INDEX = ".zarray", ".zgroup", ".zattrs", ".zmetadata"
# Compressors of numbers: none of them can run what it reads.
COMPRESSORS = ("blosc", "zstd", "lz4", "zlib")
ACCEPTED = "results as `gausscollapse sweep --out` writes them; run the sweep again on this folder to rewrite them"


def check_results(folder: Path) -> None:
    """Refuse a Zarr folder that is damaged, or that holds anything but plain arrays of numbers and words.

    Parameters
    ----------
    folder : Path
        With an index of its metadata; only text is read.

    Raises
    ------
    InvalidArgumentError
        If metadata cannot be read or differ from the index, an array has filters, an unknown compressor or a type
        without a fixed size, or a chunk is missing.
    """
    index = _table(folder / INDEX, folder).get("metadata")
    found = dict(_metadata(folder))
    if not isinstance(index, dict) or index.keys() != found.keys() or GROUP not in index:
        raise _refused(folder / INDEX, "does not name what the folder holds")
    for name, path in sorted(found.items()):
        table = _table(path, folder)
        if table != index[name]:
            raise _refused(path, f"differs from {INDEX}")
        if path.name == ARRAY:
            _check_array(path, table)


def _metadata(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the metadata in a folder by name; links and metadata of other formats are refused."""
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(root, name)
            if path.is_symlink():
                raise _refused(path, "is a link")
            if name == "zarr.json":
                raise _refused(path, "is of another format")
            if name in (ARRAY, GROUP, ATTRIBUTES):
                yield path.relative_to(folder).as_posix(), path


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


def _check_array(path: Path, table: dict[str, Any]) -> None:
    if table.get("zarr_format") != 2 or table.get("order") != "C":
        raise _refused(path, "is of another format")
    if table.get("filters"):
        raise _refused(path, f"asks for the filters {table['filters']!r}"[:120])
    compressor = table.get("compressor")
    if compressor is not None and (not isinstance(compressor, dict) or compressor.get("id") not in COMPRESSORS):
        raise _refused(path, f"asks for the compressor {compressor!r}"[:120])
    kind = table.get("dtype")
    try:
        known = isinstance(kind, str) and np.dtype(kind).kind in STORABLE
    except (TypeError, ValueError, SyntaxError):
        known = False
    if not known:
        raise _refused(path, f"has the type {kind!r}"[:120])
    shape: Any = table.get("shape")
    chunks: Any = table.get("chunks")
    if not (_sizes(shape, least=0) and _sizes(chunks, least=1) and len(shape) == len(chunks)):
        raise _refused(path, "has no shape")
    _check_chunks(path, [math.ceil(size / chunk) for size, chunk in zip(shape, chunks, strict=True)], table)


def _sizes(value: Any, *, least: int) -> bool:
    return isinstance(value, list) and all(type(size) is int and least <= size < 2**53 for size in value)


def _check_chunks(path: Path, counts: list[int], table: dict[str, Any]) -> None:
    """Refuse an array with a chunk missing; the first that is missing ends the search, however many are promised."""
    separator = table.get("dimension_separator", ".")
    if separator not in (".", "/"):
        raise _refused(path, "is of another format")
    # Not `itertools.product`, which first makes lists of ranges that a hostile shape makes long.
    if math.prod(counts) > sum(1 for each in path.parent.rglob("*") if each.is_file()):
        raise _refused(path.parent, "lacks chunks, which would read as zeros")
    for place in itertools.product(*map(range, counts)):
        if not (path.parent / (separator.join(map(str, place)) or "0")).is_file():
            raise _refused(path.parent, "lacks chunks, which would read as zeros")


def _refused(path: Path, reason: str) -> InvalidArgumentError:
    return InvalidArgumentError("folder", str(path), reason, ACCEPTED)

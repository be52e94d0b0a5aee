"""What the metadata of a Zarr array may ask for, in formats 2 and 3: plain arrays of numbers, each chunk a file.

Codecs and types are those of short lists. Whatever is not on them is refused, for it may run what it reads.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

# Compressors of numbers: none of them can run what it reads.
COMPRESSORS_2 = ("blosc", "zstd", "lz4", "zlib")
CODECS_3 = ("bytes", "blosc", "zstd", "gzip", "crc32c")
TYPES_2 = "fiubcSU"
TYPES_3 = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)  # fmt: skip
# More numbers in one chunk than a sweep writes: they would fill the memory from a file of a few bytes.
LARGEST_CHUNK = 2**26
OTHER_FORMAT, SHAPELESS = "is of another format", "has no shape"


class UnsafeArrayError(Exception):
    """Metadata that are refused, and why."""


@dataclass(frozen=True)
class StoredArray:
    """Where the chunks of an array are.

    Parameters
    ----------
    counts : tuple of int
        Number of chunks along each axis.
    prefix, separator : str
        The file of chunk (i, j) is ``PREFIX i SEPARATOR j``.
    single : str
        The file of the one chunk of an array without axes.
    """

    counts: tuple[int, ...]
    prefix: str
    separator: str
    single: str

    def file(self, place: tuple[int, ...]) -> str:
        """Return the file of a chunk, under the folder of the array."""
        return self.prefix + self.separator.join(map(str, place)) if place else self.single


def stored_2(table: Mapping[str, Any]) -> StoredArray:
    """Return what a ``.zarray`` describes, if that is a plain array; else raise an `UnsafeArrayError`."""
    separator = table.get("dimension_separator", ".")
    if table.get("zarr_format") != 2 or table.get("order") != "C" or separator not in (".", "/"):
        raise UnsafeArrayError(OTHER_FORMAT)
    if table.get("filters"):
        raise UnsafeArrayError(f"asks for the filters {table['filters']!r}")
    compressor = table.get("compressor")
    if compressor is not None and (not isinstance(compressor, dict) or compressor.get("id") not in COMPRESSORS_2):
        raise UnsafeArrayError(f"asks for the compressor {compressor!r}")
    kind = table.get("dtype")
    try:
        known = isinstance(kind, str) and np.dtype(kind).kind in TYPES_2
    except (TypeError, ValueError, SyntaxError):
        known = False
    if not known:
        raise UnsafeArrayError(f"has the type {kind!r}")
    return StoredArray(_counts(table.get("shape"), table.get("chunks")), "", separator, "0")


def stored_3(table: Mapping[str, Any]) -> StoredArray:
    """Return what the ``zarr.json`` of an array describes, if that is a plain array; else an `UnsafeArrayError`."""
    if table.get("zarr_format") != 3 or table.get("node_type") != "array" or table.get("storage_transformers"):
        raise UnsafeArrayError(OTHER_FORMAT)
    if table.get("data_type") not in TYPES_3:
        raise UnsafeArrayError(f"has the type {table.get('data_type')!r}")
    codecs = table.get("codecs")
    names = [_named(each)[0] for each in codecs] if isinstance(codecs, list) else []
    # The first makes bytes of numbers, the others bytes of bytes.
    if names[:1] != ["bytes"] or "bytes" in names[1:] or not set(names) <= set(CODECS_3):
        raise UnsafeArrayError(f"asks for the codecs {codecs!r}")
    grid, grid_settings = _named(table.get("chunk_grid"))
    keys, key_settings = _named(table.get("chunk_key_encoding"))
    separator = key_settings.get("separator", "/")
    if grid != "regular" or keys != "default" or separator not in (".", "/"):
        raise UnsafeArrayError(OTHER_FORMAT)
    counts = _counts(table.get("shape"), grid_settings.get("chunk_shape"))
    return StoredArray(counts, f"c{separator}", separator, "c")


def _named(entry: object) -> tuple[str, Mapping[str, Any]]:
    """Return the name and the settings of an extension point of format 3; no name where it is malformed."""
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        return "", {}
    settings = entry.get("configuration", {})
    return (entry["name"], settings) if isinstance(settings, dict) else ("", {})


def _counts(shape: Any, chunks: Any) -> tuple[int, ...]:
    if not (_sizes(shape, least=0) and _sizes(chunks, least=1) and len(shape) == len(chunks)):
        raise UnsafeArrayError(SHAPELESS)
    if math.prod(min(size, chunk) for size, chunk in zip(shape, chunks, strict=True)) > LARGEST_CHUNK:
        raise UnsafeArrayError(f"has chunks of more than {LARGEST_CHUNK} numbers")
    return tuple(math.ceil(size / chunk) for size, chunk in zip(shape, chunks, strict=True))


def _sizes(value: Any, *, least: int) -> bool:
    return isinstance(value, list) and all(type(size) is int and least <= size < 2**53 for size in value)

"""One finished cell as bytes: a checksum, a header in JSON, raw arrays. No pickle, no time stamps."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from gausscollapse.lab.experiment import Measurement

MAGIC = b"gausscollapse cell 1\n"
DIGEST = 32
# Kinds of numbers and words by NumPy's letters, and the widest of each that a dataset holds.
STORABLE = {"b": 1, "i": 8, "u": 8, "f": 8, "c": 16, "U": math.inf}


def _digest(body: bytes | memoryview) -> bytes:
    return hashlib.blake2b(body, digest_size=DIGEST).digest()


def encode(measurements: Mapping[str, Measurement], *, fingerprint: str, key: int) -> bytes:
    """Return the bytes of a cell; equal measurements give equal bytes.

    Parameters
    ----------
    measurements : mapping
        What the experiment returned.
    fingerprint : str
        Of the sweep.
    key : int
        Of the cell.
    """
    entries, arrays = [], []
    for name, item in sorted(measurements.items()):
        values = item.values
        if values.dtype.itemsize > STORABLE.get(values.dtype.kind, -1):
            raise TypeError(f"{name} has the type {values.dtype}; stored are numbers of at most 64 bits, and words")
        values = values.astype(values.dtype.newbyteorder("<"), copy=False)
        about = {"name": name, "dims": item.dims, "words": item.words, "units": item.units, "lower": item.lower}
        entries.append({**about, "dtype": values.dtype.str, "shape": values.shape})
        arrays.append(values.tobytes())
    header = json.dumps({"fingerprint": fingerprint, "key": key, "arrays": entries}, sort_keys=True).encode()
    body = b"".join([MAGIC, len(header).to_bytes(8, "little"), header, *arrays])
    return _digest(body) + body


def _header(content: bytes) -> tuple[dict[str, Any], int]:
    """Return the header of a whole cell and where its arrays begin."""
    start = DIGEST + len(MAGIC) + 8
    end = start + int.from_bytes(content[start - 8 : start], "little")
    return json.loads(content[start:end]), end


def whole(content: bytes, *, fingerprint: str, key: int) -> bool:
    """Return whether bytes are a whole cell of this sweep and key: neither damaged nor another's."""
    body = memoryview(content)[DIGEST:]
    if content[:DIGEST] != _digest(body) or body[: len(MAGIC)] != MAGIC:
        return False
    header, _ = _header(content)
    return (header["fingerprint"], header["key"]) == (fingerprint, key)


def decode(content: bytes) -> dict[str, Measurement]:
    """Return the measurements of a cell that is `whole`."""
    header, offset = _header(content)
    found: dict[str, Measurement] = {}
    for entry in header["arrays"]:
        dtype, shape = np.dtype(entry["dtype"]), tuple(entry["shape"])
        values = np.frombuffer(content, dtype, math.prod(shape), offset).reshape(shape)
        lower = entry.get("lower", False)
        found[entry["name"]] = Measurement(tuple(entry["dims"]), values, entry["words"], entry["units"], lower=lower)
        offset += values.nbytes
    return found

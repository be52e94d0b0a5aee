"""One finished cell as bytes: a checksum, a header in JSON, raw arrays. No pickle, no time stamps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import numpy as np

from gausscollapse.lab.experiment import Measurement

MAGIC = b"gausscollapse cell 1\n"
DIGEST = 32
STORABLE = "fiubcSU"


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
    for name in sorted(measurements):
        item = measurements[name]
        values = np.ascontiguousarray(item.values)
        if values.dtype.kind not in STORABLE:
            raise TypeError(f"{name} has the type {values.dtype}, which has no fixed size")
        values = values.astype(values.dtype.newbyteorder("<"), copy=False)
        entries.append(
            {
                "name": name,
                "dims": item.dims,
                "dtype": values.dtype.str,
                "shape": item.values.shape,
                "words": item.words,
                "units": item.units,
            }
        )
        arrays.append(values.tobytes())
    header = json.dumps({"fingerprint": fingerprint, "key": key, "arrays": entries}, sort_keys=True).encode()
    body = b"".join([MAGIC, len(header).to_bytes(8, "little"), header, *arrays])
    return _digest(body) + body


def decode(content: bytes, *, fingerprint: str, key: int) -> dict[str, Measurement] | None:
    """Return the measurements of a cell, or None where the bytes are not whole or belong elsewhere."""
    body = memoryview(content)[DIGEST:]
    if content[:DIGEST] != _digest(body) or body[: len(MAGIC)] != MAGIC:
        return None
    start = len(MAGIC) + 8
    size = int.from_bytes(body[len(MAGIC) : start], "little")
    header = json.loads(bytes(body[start : start + size]))
    if (header["fingerprint"], header["key"]) != (fingerprint, key):
        return None
    found: dict[str, Measurement] = {}
    offset = start + size
    for entry in header["arrays"]:
        dtype, shape = np.dtype(entry["dtype"]), tuple(entry["shape"])
        count = int(np.prod(shape, dtype=np.int64))
        values = np.frombuffer(body, dtype=dtype, count=count, offset=offset).reshape(shape)
        found[entry["name"]] = Measurement(tuple(entry["dims"]), values, entry["words"], entry["units"])
        offset += values.nbytes
    return found

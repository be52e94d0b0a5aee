"""Every key of every shipped document with every value that TOML can hold: read, or refused by its key.

    python benchmarks/fuzz_documents.py [--calls 4000] [--seed 1] [--show 40]

Presets and sweeps are read in this process, each with one key changed or left out; settings of a sweep are checked
in all its cells. The exit code is 1 where anything but an answer or a named refusal in one line came back.
"""

from __future__ import annotations

import argparse
import collections
import datetime
import random
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeAlias

sys.path.append(str(Path(__file__).resolve().parent.parent))
from benchmarks.fuzz_api import GOOD, REFUSED, Late, classified

Keys: TypeAlias = "tuple[str | int, ...]"
SECONDS = 10.0
LEFT_OUT = "left out"
# Table, key, and the size that a document is read with.
SIZES = (
    ("sweep", "runs", 1),
    ("texture", "size", 8),
    ("retraining", "cells", 160),
    ("retraining", "steps", 160),
    ("retraining", "generations", 1),
)
VALUES: dict[str, Any] = {
    "nan": float("nan"),
    "inf": float("inf"),
    "-inf": -float("inf"),
    "1e308": 1e308,
    "-1e308": -1e308,
    "1e160": 1e160,
    "5e-324": 5e-324,
    "-0.0": -0.0,
    "0": 0,
    "-1": -1,
    "1": 1,
    "2": 2,
    "0.5": 0.5,
    "1.0": 1.0,
    "10**9": 10**9,
    "2**63 - 1": 2**63 - 1,
    "-2**63": -(2**63),
    "empty text": "",
    "text": "text",
    "zero byte": "a\x00b",
    "escape": "\x1b[31mred\nline",
    "long text": 5000 * "x",
    "path": "../../outside",
    "true": True,
    "false": False,
    "date": datetime.date(2020, 1, 1),
    "moment": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
    "time": datetime.time(1, 2),
    "empty list": [],
    "empty row": [[]],
    "ragged": [[1.0], [1.0, 2.0]],
    "mixed": [1, "a", True],
    "flags": [True, False],
    "texts": ["1", "2"],
    "nan in a list": [0.5, float("nan")],
    "nan in a matrix": [[float("nan")]],
    "inf in a matrix": [[float("inf")]],
    "large vector": [1e308],
    "large matrix": [[1e308]],
    "small matrix": [[1e-320]],
    "zero matrix": [[0.0]],
    "negative matrix": [[-1.0]],
    "three numbers": [0.0, 0.0, 0.0],
    "three levels": [[[1.0]]],
    "many": [0.5] * 200,
    "empty table": {},
    "a table": {"a": 1},
    "a kind of number": {"kind": 1},
    "a kind of list": {"kind": [1]},
    "a kind of table": {"kind": {}},
    "a kind of mixture": {"kind": "mixture"},
    "tables": [{"kind": "affine"}, {"kind": []}],
    LEFT_OUT: None,
}


def documents() -> dict[str, tuple[Callable[[Any], Any], Mapping[str, Any]]]:
    """Return what reads each shipped document, and the document."""
    from gausscollapse import lab
    from gausscollapse.lab.cells import cells

    def swept(document: Any) -> Any:
        return cells(lab.read_sweep(document))

    found: dict[str, tuple[Callable[[Any], Any], Mapping[str, Any]]] = {}
    for name in lab.presets.names():
        found[name] = (lab.read, smaller(lab.presets.document(name)))
    for name in lab.sweep_presets.names():
        found[f"sweep {name}"] = (swept, smaller(lab.sweep_presets.document(name)))
    return found


def smaller(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a document whose sizes, where it has them, make a call short."""
    found = deepcopy(dict(document))
    for table, key, most in SIZES:
        if key in found.get(table, {}):
            found[table][key] = most
    if "components" in found.get("settings", {}).get("data", {}):
        found["settings"]["data"]["components"] = 1
    found["run"] = found["run"][:2] if "run" in found else None
    return {key: value for key, value in found.items() if value is not None}


def places(entry: Any, keys: Keys = ()) -> Iterator[Keys]:
    """Yield the keys of every entry of a document, of tables and lists too; of long lists the first two."""
    if keys:
        yield keys
    parts = entry.items() if isinstance(entry, Mapping) else enumerate(entry[:2]) if isinstance(entry, list) else ()
    for key, inner in parts:
        yield from places(inner, (*keys, key))


def changed(document: Mapping[str, Any], keys: Keys, value: Any) -> Mapping[str, Any]:
    """Return a document with another value, or with none, at a key."""
    found = deepcopy(document)
    table: Any = found
    for key in keys[:-1]:
        table = table[key]
    if value is VALUES[LEFT_OUT]:
        del table[keys[-1]]
    else:
        table[keys[-1]] = deepcopy(value)
    return found


def cases(calls: int, seed: int) -> list[tuple[str, Keys, str]]:
    """Return (document, keys, value), drawn from all of them without repetition."""
    found = [
        (name, keys, value)
        for name, (_, document) in documents().items()
        for keys in places(document)
        for value in VALUES
    ]
    random.Random(seed).shuffle(found)
    return found[:calls]


def outcome(read: Callable[[Any], Any], document: Mapping[str, Any], keys: Keys, value: Any) -> tuple[str, str]:
    """Return the class of what reading one changed document does, and the words of its error."""

    def late(*_: object) -> None:
        raise Late

    named = "/".join(str(key) for key in keys if not isinstance(key, int))
    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found, words = classified(lambda: read(changed(document, keys, value)), named)
            # A table that was put there has keys of its own, and settings name their keys as they read them.
            told = found == "nameless refusal" and ("is no known key" in words or "is missing" in words)
            return (REFUSED if told else found), words
    except Late:
        return "timeout", ""
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


def main() -> int:
    """Read the changed documents and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=40)
    options = parser.parse_args()
    known = documents()
    table: collections.Counter[str] = collections.Counter()
    bad: list[str] = []
    for read, document in known.values():
        read(document)  # compiled before it is counted
    for name, keys, value in cases(options.calls, options.seed):
        found, words = outcome(*known[name], keys, VALUES[value])
        table[found] += 1
        if found not in (GOOD, REFUSED):
            bad.append(f"{found}: {name} | {'.'.join(map(str, keys))} | {value}: {words[:200]}")
    print(*sorted(bad)[: options.show], sep="\n")
    for found, count in table.most_common():
        print(f"{count:6d}  {found}")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())

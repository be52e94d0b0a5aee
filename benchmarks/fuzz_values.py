"""What is handed in by the fuzzer of the Python API: values that no caller means, and some that one might."""

from __future__ import annotations

import atexit
import functools
import tempfile
import warnings
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import fuzz_outsiders
from benchmarks.fuzz_outsiders import outsiders

# What means nothing wherever it is handed in, and whether a parameter reads it or not.
MEANINGLESS = frozenset({
    "None", "str", "long str", "bytes", "bytearray", "strings", "nan", "Decimal nan", "complex", "complex array",
    "dates", "timedelta", "structured", "masked", "object array", "object None", "sparse", "ragged", "flags",
    "flags and numbers", "generator", "liar", "raising", "wrong shape", "returns nan", "class", "dict", "object",
    "True", "10**400", *fuzz_outsiders.MEANINGLESS,
})  # fmt: skip


class Liar:
    """An object whose conversions all raise."""

    def __float__(self) -> float:
        raise RuntimeError("no number")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("no array")

    def __repr__(self) -> str:
        raise RuntimeError("no text")


class Count(int):
    """A subclass of int."""


@functools.cache
def mapped_file() -> str:
    """Return the name of a file that holds the identity of dimension 2."""
    folder = tempfile.TemporaryDirectory(prefix="fuzz-")
    atexit.register(folder.cleanup)
    path = Path(folder.name, "eye")
    np.eye(2).tofile(path)
    return str(path)


def hostile() -> dict[str, Callable[[], Any]]:
    """Return what is handed in, by name; made anew for every call."""
    from scipy import sparse

    def raising(*_: Any) -> Any:
        raise ZeroDivisionError("from the caller")

    structured = np.zeros(2, dtype=[("a", float)])
    readonly = np.eye(2)
    readonly.setflags(write=False)
    values: dict[str, Any] = {
        "None": None,
        "True": True,
        "str": "x",
        "empty str": "",
        "long str": "y" * 5000,
        "bytes": b"1",
        "bytearray": bytearray(b"1"),
        "nan": float("nan"),
        "inf": float("inf"),
        "-inf": -float("inf"),
        "-0.0": -0.0,
        "0": 0,
        "1": 1,
        "-1": -1,
        "2**63": 2**63,
        "10**400": 10**400,
        "10**6": 10**6,
        "10**9": 10**9,
        "30": 30,
        "1e160": 1e160,
        "1e-320": 1e-320,
        "0.5": 0.5,
        "complex": 1j,
        "Decimal": Decimal("0.5"),
        "Decimal nan": Decimal("nan"),
        "Fraction": Fraction(1, 2),
        "object array": np.array([1, "2"], dtype=object),
        "object None": np.array([None]),
        "structured": structured,
        "dates": np.array(["2020-01-01"], "M8[D]"),
        "timedelta": np.timedelta64(1, "D"),
        "masked": np.ma.array([1.0, 2.0], mask=[0, 1]),
        "empty": np.zeros(0),
        "0-d": np.array(1.0),
        "3-d": np.zeros((2, 2, 2)),
        "eye": np.eye(2),
        "ragged": [[1.0], [1.0, 2.0]],
        "sparse": sparse.eye(2).tocsr(),
        "readonly": readonly,
        "strided": np.eye(4)[::-2, ::2],
        "mapped": np.memmap(mapped_file(), dtype=float, mode="r", shape=(2, 2)),
        "flags and numbers": [True, 2.0],
        "float16": np.array([0.5], dtype=np.float16),
        "int8": np.array([[1]], dtype=np.int8),
        "subclass": Count(2),
        "liar": Liar(),
        "raising": raising,
        "wrong shape": lambda *_: np.zeros((3, 7)),
        "returns nan": lambda *_: float("nan"),
        "class": dict,
        "dict": {"a": 1},
        "object": object(),
        "strings": ["1", "2"],
        "complex array": np.array([1j]),
        "flags": np.array([True]),
        "longdouble": np.longdouble("1e4000"),
    }
    made = {name: (lambda value=value: value) for name, value in values.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        matrix = np.asmatrix(np.eye(2))
    return made | {"generator": lambda: (i for i in range(2)), "matrix": lambda: matrix}


def values(choice: str = "all") -> dict[str, Callable[[], Any]]:
    """Return what is handed in: ``first``, the values of the first tables, ``outsiders``, or both."""
    first = hostile() if choice != "outsiders" else {}
    return first | (outsiders() if choice != "first" else {})

"""More of what the fuzzer of the Python API hands in: things of other libraries, odd objects, laws at the edge."""

from __future__ import annotations

import array
import collections
import datetime
import enum
import functools
import importlib
import random
import sys
import tempfile
import types
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

# What means nothing wherever it is handed in.
MEANINGLESS = frozenset({
    "mixed nan", "Decimal sNaN", "sympy nan", "NaT", "void", "set", "masked 0-d", "list of masks",
    "missing in pandas", "RandomState", "SeedSequence", "random.Random", "module", "Ellipsis", "NotImplemented",
    "date", "datetime", "closed file", "zero byte", "surrogate", "lines", "slice", "exception", "its own member",
    "deep list", "array of nan", "float of nan", "shape of nothing", "endless", "no truth", "no equality",
    "characters", "text and number", "list of None", "none in rows", "recarray", "returns text", "returns None",
    "returns complex", "returns many", "recursion", "stops", "generator function", "an exit",
    "memoryview of text",
})  # fmt: skip


class Numbers(np.ndarray):
    """A subclass of arrays."""


class Half(float):
    """A subclass of float."""


class Two(enum.IntEnum):
    """An enumeration of integers."""

    TWO = 2


class ArrayOfNan:
    """An object whose array is no array."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        return float("nan")


class FloatOfNan:
    """An object that is no number when asked for one."""

    def __float__(self) -> float:
        return float("nan")

    def __index__(self) -> int:
        return -1


class ShapeOfNothing:
    """An object with the attributes of an array, and nothing in it."""

    shape, dtype, ndim, size = (2, 2), np.dtype(float), 2, 4


class Endless:
    """A sequence of a length that no machine has."""

    def __len__(self) -> int:
        return sys.maxsize

    def __getitem__(self, _: Any) -> float:
        return 0.5


class NoTruth:
    """An object that is neither true nor false."""

    def __bool__(self) -> bool:
        raise ValueError("neither true nor false")

    def __len__(self) -> int:
        raise ValueError("no length")


class NoEquality:
    """An object that is compared with nothing."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, _: object) -> bool:
        raise ValueError("not to be compared")


def closed() -> Any:
    """Return a file that is closed."""
    with tempfile.TemporaryFile() as file:
        return file


def own_member() -> list[Any]:
    """Return a list that holds itself."""
    found: list[Any] = [1.0]
    found.append(found)
    return found


def deep() -> list[Any]:
    """Return lists in lists, deeper than Python calls itself."""
    found: list[Any] = [1.0]
    for _ in range(5000):
        found = [found]
    return found


def recursive(*arguments: Any) -> Any:
    """Call itself without an end."""
    return recursive(*arguments)


def stops(*_: Any) -> Any:
    """Raise what ends loops."""
    raise StopIteration("from the caller")


def leaves(*_: Any) -> Any:
    """Raise an error of many lines with control characters."""
    raise KeyError("a\nb\x1b[31m" + 900 * "c")


def yields(*_: Any) -> Any:
    """Yield numbers."""
    yield 1.0


def plain() -> dict[str, Any]:
    """Return values that no other library is needed for."""
    readonly = np.array(0.5)
    readonly.setflags(write=False)
    return {
        "5e-324": 5e-324,
        "1e308": 1e308,
        "-1e308": -1e308,
        "1e-300": 1e-300,
        "huge Fraction": Fraction(10**400, 3),
        "tiny Fraction": Fraction(1, 10**400),
        "Decimal 1e999": Decimal("1e999"),
        "Decimal sNaN": Decimal("sNaN"),
        "half": Half(0.5),
        "enumeration": Two.TWO,
        "mixed nan": np.array([0.5, np.nan]),
        "mixed inf": np.array([0.5, np.inf]),
        "negative zeros": np.array([-0.0, -0.0]),
        "uint8": np.array([[200]], dtype=np.uint8),
        "uint8 number": np.uint8(255),
        "int8 lowest": np.array([[-128]], dtype=np.int8),
        "int64 lowest": np.array([-(2**63)]),
        "uint64": np.array([2**64 - 1], dtype=np.uint64),
        "fractions": np.array([[Fraction(1, 2)]], dtype=object),
        "big-endian": np.array([[0.5]], dtype=">f8"),
        "fortran": np.asfortranarray([[1.0, 0.5], [0.5, 1.0]]),
        "read-only number": readonly,
        "subclass of arrays": np.eye(2).view(Numbers),
        "unmasked": np.ma.array([0.5, 0.5]),
        "masked 0-d": np.ma.masked,
        "list of masks": [np.ma.masked, 1.0],
        "recarray": np.rec.array([(1.0,)], dtype=[("a", float)]),
        "characters": np.char.array(["1"]),
        "void": np.void(b"ab"),
        "NaT": np.datetime64("NaT"),
        "empty list": [],
        "empty row": [[]],
        "no rows": np.zeros((0, 1)),
        "no columns": np.zeros((1, 0)),
        "one of three levels": np.ones((1, 1, 1)),
        "wide": np.ones((1, 1000)),
        "tall": np.ones((1000, 1)),
        "broadcast": np.broadcast_to(1.0, (2, 2)),
        "32 levels": np.ones((1,) * 32),
        "large matrix": [[1e308]],
        "small matrix": [[5e-324]],
        "singular": [[1.0, 1.0], [1.0, 1.0]],
        "nearly singular": [[1.0, 1.0 - 1e-16], [1.0 - 1e-16, 1.0]],
        "far apart": [[1e-300, 0.0], [0.0, 1e300]],
        "complex of no imaginary part": 1.0 + 0.0j,
        "range": range(2),
        "set": {0.5},
        "deque": collections.deque([0.5, 0.5]),
        "array.array": array.array("d", [0.5, 0.5]),
        "memoryview": memoryview(array.array("d", [0.5])),
        "memoryview of text": memoryview(b"1"),
        "tuple of arrays": (np.array(0.5), np.array(0.5)),
        "values of a dict": {"a": 0.5}.values(),
        "list of None": [None],
        "none in rows": [[1.0, None]],
        "text and number": [1.0, "2"],
        "RandomState": np.random.RandomState(1),
        "Generator": np.random.default_rng(1),
        "BitGenerator": np.random.PCG64(1),
        "SeedSequence": np.random.SeedSequence(1),
        "random.Random": random.Random(1),
        "module": types.ModuleType("m"),
        "Ellipsis": ...,
        "NotImplemented": NotImplemented,
        "date": datetime.date(2020, 1, 1),
        "datetime": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
        "zero byte": "a\x00b",
        "surrogate": "\udc80",
        "lines": "a\nb\x1b[31m",
        "slice": slice(0, 2),
        "exception": ValueError("v"),
        "array of nan": ArrayOfNan(),
        "float of nan": FloatOfNan(),
        "shape of nothing": ShapeOfNothing(),
        "endless": Endless(),
        "no truth": NoTruth(),
        "no equality": NoEquality(),
        "partial": functools.partial(max, 0.5),
        "ufunc": np.exp,
        "returns None": lambda *_: None,
        "returns text": lambda *_: "1",
        "returns complex": lambda *_: 1j,
        "returns inf": lambda *_: np.inf,
        "returns many": lambda *_: np.ones(10**6),
        "returns huge": lambda x, *_: 1e308 * np.ones_like(x),
        "recursion": recursive,
        "stops": stops,
        "an exit": leaves,
        "generator function": yields,
    }


def foreign() -> dict[str, Callable[[], Any]]:
    """Return values of other libraries, made anew for every call."""
    import dask.array
    import flint
    import mpmath
    import pandas
    import sympy
    import xarray

    return {
        "mpf": lambda: mpmath.mpf("0.5"),
        "mpf nan": lambda: mpmath.mpf("nan"),
        "sympy number": lambda: sympy.Rational(1, 2),
        "sympy nan": lambda: sympy.nan,
        "sympy symbol": lambda: sympy.Symbol("x"),
        "ball": lambda: flint.arb("0.5"),
        "Series": lambda: pandas.Series([0.5, 0.5]),
        "DataFrame": lambda: pandas.DataFrame([[1.0, 0.5], [0.5, 1.0]]),
        "missing in pandas": lambda: pandas.array([1, None]),
        "NA": lambda: pandas.NA,
        "DataArray": lambda: xarray.DataArray([0.5, 0.5]),
        "Dataset": lambda: xarray.Dataset({"a": 0.5}),
        "dask array": lambda: dask.array.ones(2),
    }


def ours() -> dict[str, Callable[[], Any]]:
    """Return laws, processes and numbers of the package, most of them at the edge of floats; made where wanted."""
    gc = importlib.import_module("gausscollapse")

    def process(mean: Any = 0, cov: Any = 1, offset: Any = 0.3, stop: float = 0.1, horizon: float = 1.0) -> Any:
        law = gc.Gaussian(mean, cov)
        diffusion = gc.OrnsteinUhlenbeck(horizon, stop)
        return gc.ReverseProcess(law, diffusion, gc.AffineError(0.0 * law.cov, offset + 0.0 * law.mean))

    def channel(matrix: Any, offset: Any, noise: Any) -> Any:
        return gc.AffineChannel(matrix, offset, noise)

    return {
        "law": lambda: gc.Gaussian(0.1, 1),
        "law of two": lambda: gc.Gaussian([0, 0], np.eye(2)),
        "far law": lambda: gc.Gaussian(1e150, 1),
        "farthest law": lambda: gc.Gaussian(1e308, 1),
        "narrow law": lambda: gc.Gaussian(0, 1e-300),
        "narrowest law": lambda: gc.Gaussian(0, 1e-323),
        "wide law": lambda: gc.Gaussian(0, 1e300),
        "uneven law": lambda: gc.Gaussian([0, 0], np.diag([1e-200, 1e200])),
        "mixture": lambda: gc.GaussianMixture([0.5, 0.5], [-1, 1], 0.5),
        "empty mixture": lambda: gc.GaussianMixture([1.0, 0.0], [-1, 1], 0.5),
        "tiny share": lambda: gc.GaussianMixture([1.0, 5e-324], [-1, 1], 0.5),
        "far mixture": lambda: gc.GaussianMixture([0.5, 0.5], [-1e150, 1e150], 0.5),
        "uneven mixture": lambda: gc.GaussianMixture([0.5, 0.5], [0, 0], [1e-200, 1e200]),
        "process": process,
        "process of two": lambda: process([0, 0], np.eye(2), 0.1),
        "far process": lambda: process(1e150),
        "narrow process": lambda: process(0, 1e-300),
        "wide process": lambda: process(0, 1e300),
        "wrong process": lambda: process(offset=1e150),
        "right process": lambda: process(offset=0.0),
        "barely wrong process": lambda: process(offset=1e-200),
        "short process": lambda: process(stop=0.0, horizon=1e-12),
        "long process": lambda: process(horizon=1e3),
        "unstopped process": lambda: process(0, 1e-12, stop=0.0),
        "diffusion": lambda: gc.OrnsteinUhlenbeck(2.0, 0.0),
        "short diffusion": lambda: gc.OrnsteinUhlenbeck(1e-300, 0.0),
        "long diffusion": lambda: gc.OrnsteinUhlenbeck(700.0, 0.0),
        "error": lambda: gc.AffineError(0.1, 0.1),
        "no error": lambda: gc.AffineError(0.0, 0.0),
        "huge error": lambda: gc.AffineError(0.0, 1e200),
        "tiny error": lambda: gc.AffineError(0.0, 1e-200),
        "steep error": lambda: gc.AffineError(1e8, 0.0),
        "error of two": lambda: gc.AffineError(np.eye(2), [0.0, 0.0]),
        "channel": lambda: channel(0.5, 0.0, 0.75),
        "channel of two": lambda: channel(np.eye(2), [0.0, 0.0], np.eye(2)),
        "dead channel": lambda: channel(0.0, 0.0, 0.0),
        "loud channel": lambda: channel(1e150, 0.0, 1.0),
        "faint channel": lambda: channel(1e-300, 0.0, 1e-300),
        "enclosure": lambda: gc.Enclosure(1.0, 0.5, 2.0),
        "whole line": lambda: gc.Enclosure(0.0, -np.inf, np.inf),
        "infinite enclosure": lambda: gc.Enclosure(np.inf, np.inf, np.inf),
        "enclosures": lambda: gc.Enclosure(np.ones(2), np.zeros(2), np.ones(2)),
        "theorem": lambda: gc.theorems.registry["prop-3.1"],
        "trajectory": lambda: gc.retrain(
            gc.Gaussian(0, 1), fresh=0.5, step=gc.AffineChannel(0.5, 0.0, 0.75), generations=2
        ),
        "class of laws": lambda: gc.Gaussian,
    }


def outsiders() -> dict[str, Callable[[], Any]]:
    """Return all of them by name; made anew for every call."""
    fixed = {name: (lambda value=value: value) for name, value in plain().items()}
    made = {"closed file": closed, "its own member": own_member, "deep list": deep}
    return fixed | made | foreign() | ours()

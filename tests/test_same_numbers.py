"""The same numbers in other clothes give the same answer: layouts, types, libraries; no argument is written to."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pandas
import pytest
import xarray

from benchmarks import fuzz_api as fuzz

SLOW = ("falsify", "verify", "power", "prove_on_box", "judge", "image_law", "Torch", "Neural", "assert_", "trial")


class Own(np.ndarray):
    """A subclass of arrays."""


def clothes(array):
    """Return the same numbers as other things, by name; numbers and arrays, whatever their shape."""
    found = {
        "big-endian": array.astype(">f8"),
        "strided": np.repeat(array[..., None], 2, axis=-1)[..., 0],
        "longdouble": array.astype(np.longdouble),
        "subclass": array.view(Own),
        "list": array.tolist(),
        "objects": array.astype(object),
        "unmasked": np.ma.array(array),
        "xarray": xarray.DataArray(array),
    }
    readonly = array.copy()
    readonly.setflags(write=False)
    found["read-only"] = readonly
    if array.ndim > 1:
        found["fortran"] = np.asfortranarray(array)
        found["turned"] = np.ascontiguousarray(array[::-1])[::-1]
    if array.ndim == 1:
        found["series"] = pandas.Series(array)
    if np.array_equal(array.astype(np.float16).astype(float), array):
        found["float16"] = array.astype(np.float16)
    if np.array_equal(array.astype(np.int8).astype(float), array):
        found["int8"] = array.astype(np.int8)
        found["int64"] = array.astype(np.int64)
    if array.ndim == 0:
        number = float(array)
        found |= {"Fraction": Fraction(number), "Decimal": Decimal(number), "mpf": mpmath.mpf(number)}
        found["numpy number"] = np.float64(number)
    return found


def answered(function, right, argument, value):
    """Return the floats of an answer, or the error's class; NaN is equal to itself here."""
    taken = value.copy() if isinstance(value, np.ndarray) else value
    box = []
    kind, words = fuzz.classified(lambda: box.append(function(**(right | {argument: value}))), argument)
    if isinstance(value, np.ndarray) and value.dtype != object:
        assert np.array_equal(np.asarray(taken), np.asarray(value)), (argument, "was written to")
    return (kind, [repr(x) for x in fuzz.numbers(box[0])] if box else words.partition(":")[0][:20])


def differences(known):
    """Yield (callable, argument, clothes, what came back, what should have); those refused by name count as well."""
    for name, (function, right) in known.items():
        if any(part in name for part in SLOW):
            continue
        for argument, value in right.items():
            numeric = isinstance(value, float | int | list | np.ndarray) and not isinstance(value, bool)
            if not numeric or argument in ("rng", "seed", "key"):
                continue
            try:
                array = np.array(value, dtype=float)
            except (TypeError, ValueError):
                continue
            whole = isinstance(value, int) or (isinstance(value, list) and all(isinstance(x, int) for x in value))
            plain = answered(function, right, argument, value)
            if plain[0] != fuzz.GOOD:
                continue
            for dress, other in clothes(array).items():
                found = answered(function, right, argument, other)
                if found != plain:
                    yield name, argument, dress, whole, found, plain


@pytest.mark.slow
def test_the_same_numbers_give_the_same_answer():
    """Or are refused by name: counts are no floats, and one number is no array of objects."""
    found = list(differences(fuzz.targets(more=True)))
    assert [case for case in found if case[4][0] != fuzz.REFUSED] == []
    refused = Counter(case[2] for case in found if not case[3] and case[0] != "ProductStatistics")
    assert set(refused) <= {"objects"}


def test_the_comparison_can_fail():
    def careful(x):
        return float(np.asarray(x, dtype=float).ravel()[0] + 100.0)

    def narrow(x):
        return float(np.add(x, x).ravel()[0])

    def writing(x):
        x[...] = 0.0

    assert list(differences({"careful": (careful, {"x": 64.0})})) == []
    assert {case[2] for case in differences({"narrow": (narrow, {"x": [64.0]})})} >= {"int8"}
    with pytest.raises(AssertionError, match="was written to"):
        answered(writing, {"x": 0.0}, "x", np.ones(2))

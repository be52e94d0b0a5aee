"""The reader of tables: keys are parameters, mistakes are one line, and what is written is read to the last bit."""

import math
import tomllib
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gausscollapse.core.exceptions import InvalidArgumentError, ScenarioError
from gausscollapse.core.validation import as_count, as_number
from gausscollapse.lab.reading import Checked, Kinds, read_table
from gausscollapse.lab.tables import flat, override
from gausscollapse.lab.toml_text import to_toml


@dataclass(frozen=True)
class Wheel(Checked):
    radius: Annotated[float, partial(as_number, above=0.0)]
    spokes: Annotated[int, as_count] | None = None


@dataclass(frozen=True)
class Cart(Checked):
    name: str
    wheel: Wheel
    spare: Wheel | None = None
    load: Annotated[float, as_number] = 0.0
    tags: list = field(default_factory=list)


def test_keys_are_parameters_and_dataclasses_are_tables():
    cart = read_table(Cart, {"name": "a", "wheel": {"radius": 2}, "spare": {"radius": 1.5, "spokes": 7}}, "cart")
    assert cart == Cart("a", Wheel(2.0), Wheel(1.5, 7))
    assert isinstance(cart.wheel.radius, float)
    short = read_table(Cart, {"wheel": {"radius": 1}, "colour": "red"}, "", given={"name": "b"}, also=("colour",))
    assert short == Cart("b", Wheel(1.0))
    doubled = read_table(Wheel, {"radius": 1}, "", readers={"radius": lambda value, where: 2 * value})
    assert doubled.radius == 2.0


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"wheel": {"radius": 1}}, "cart.name = None: is missing; accepted: a table with name, wheel"),
        ({"name": "a", "wheel": 3}, r"cart.wheel = 3: is not a table; accepted: a table \[cart.wheel\]"),
        ({"name": "a", "wheel": {"radius": 0}}, "cart.wheel.radius = 0: is out of range; accepted: a finite"),
        ({"name": "a", "wheel": {"radius": 1, "spokes": None}, "spare": {}}, "cart.spare.radius = None: is missing"),
        ({"name": "a", "wheel": {"radius": 1, "spokes": 0.5}}, "cart.wheel.spokes = 0.5: is not an integer"),
        ({"name": "a", "wheel": {"radius": 1}, "laod": 3}, "cart.laod = 3: is no known key; accepted: name, wheel"),
        ({"name": "a", "wheel": {"radius": 1}, "load": math.inf}, "cart.load = inf: is not finite"),
        ([], r"cart = \[\]: is not a table; accepted: a table \[cart\]"),
    ],
)  # fmt: skip
def test_mistakes_name_the_key(table, message):
    with pytest.raises(ScenarioError, match=f"^{message}"):
        read_table(Cart, table, "cart")


def test_constructors_check_without_a_file():
    with pytest.raises(InvalidArgumentError, match=r"^radius = -1.0: is out of range"):
        Wheel(-1.0)
    with pytest.raises(InvalidArgumentError, match=r"^radius = None: is not a number"):
        Wheel(None)


def test_kinds_are_read_and_described():
    kinds = Kinds({"wheel": Wheel, "cart": Cart}, default="wheel")
    assert kinds.read({"radius": 3}, "x") == Wheel(3.0)
    assert kinds.describe("x", Wheel(np.float64(3.0))) == {"kind": "wheel", "radius": 3.0, "spokes": None}
    with pytest.raises(ScenarioError, match=r"^x.kind = 'boat': is not known; accepted: wheel, cart"):
        kinds.read({"kind": "boat"}, "x")
    with pytest.raises(ScenarioError, match=r"^x.radios = 3: is no known key; accepted: radius, kind, spokes"):
        kinds.read({"radius": 3, "radios": 3}, "x")
    with pytest.raises(ScenarioError, match=r"^x.kind = None: is missing; accepted: wheel"):
        Kinds({"wheel": Wheel}).read({"radius": 3}, "x")
    with pytest.raises(InvalidArgumentError, match=r"^x = 3: cannot be written to a file; accepted: wheel"):
        kinds.describe("x", 3)


NUMBERS = st.one_of(
    st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False), st.sampled_from([math.inf, 5e-324])
)
# Whatever a layout could trip over: brackets, commas, line breaks and quotes at the ends of words.
WORDS = st.one_of(
    st.text(max_size=8), st.sampled_from([",\n", "[\n", "]\n", '"\n', "[[", "],", "\\", "a = [\n  1,\n]"])
)
LEAVES = st.one_of(NUMBERS, WORDS)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=12,
)


def bits(value):
    """What differs where two documents differ in a type or in a bit."""
    if isinstance(value, dict):
        return {key: bits(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [bits(entry) for entry in value]
    return type(value), value.hex() if isinstance(value, float) else value


@given(document=st.dictionaries(WORDS, TREES, max_size=4))
@settings(max_examples=150)
def test_documents_come_back_to_the_last_bit(document):
    assert bits(tomllib.loads(to_toml(document))) == bits(document)


def test_the_comparison_of_bits_can_fail():
    for one, other in ((0.0, -0.0), (1, True), (1, 1.0), (1.0, math.nextafter(1.0, 2.0)), ([1], [1.0])):
        assert bits({"a": one}) != bits({"a": other})


def test_numbers_of_numpy_are_written_as_pythons_own():
    values = np.array([[0.1, np.nextafter(1.0, 2.0)], [-0.0, np.inf]])
    document = {"a": values, "table": {"b": np.float64(1e-320), "c": np.int64(-3), "d": np.bool_(True)}, "e": [np.pi]}
    again = tomllib.loads(to_toml(document))
    assert np.array(again["a"]).tobytes() == values.tobytes()
    assert again["table"] == {"b": 1e-320, "c": -3, "d": True}
    assert isinstance(again["table"]["c"], int)
    assert again["e"] == [math.pi]


def test_matrices_are_one_line_and_lists_of_tables_are_tables():
    data, error = {"mean": [0.0, 1.0], "cov": np.eye(2)}, [{"kind": "affine", "matrix": np.eye(2)}, {"kind": "b"}]
    text = to_toml({"data": data, "error": error})
    assert text.splitlines() == [
        "[data]", "mean = [0.0, 1.0]", "cov = [[1.0, 0.0], [0.0, 1.0]]", "",
        "[[error]]", 'kind = "affine"', "matrix = [[1.0, 0.0], [0.0, 1.0]]", "",
        "[[error]]", 'kind = "b"',
    ]  # fmt: skip


def test_dotted_keys():
    settings = {"a": {"b": 1, "c": [2]}, "d": 3}
    assert dict(flat(settings)) == {"a.b": 1, "a.c": [2], "d": 3}
    changed = override(settings, {"a.b": 5, "e.f": 6}, "grid")
    assert changed == {"a": {"b": 5, "c": [2]}, "d": 3, "e": {"f": 6}}
    changed["a"]["c"].append(9)
    assert settings == {"a": {"b": 1, "c": [2]}, "d": 3}
    with pytest.raises(ScenarioError, match=r"^grid.d.x = 1: has 'd' for a table; accepted: the path of a setting"):
        override(settings, {"d.x": 1}, "grid")

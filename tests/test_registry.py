"""The registry knows all ids and chapters, and loads a theorem, its chapter and nothing else when it is asked for."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import gausscollapse as gc
from gausscollapse.checking.chapter import Chapter
from gausscollapse.checking.registry import chapters, register
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.shelf import Shelf
from gausscollapse.theorems import READING_ORDER, instances

FOLDER = Path(instances.__file__).parent

LOADED = """
import json, sys
import gausscollapse as gc
theorem = gc.theorems.find({id!r})
room = "gausscollapse.theorems."
names = [name.removeprefix(room) for name in sys.modules if name.startswith(room)]
print(json.dumps([theorem.chapter.name, *names]))
"""


def loaded(identifier: str) -> list[str]:
    """Return the chapter of a theorem and the files of the folder that a fresh process loads for it."""
    code = LOADED.format(id=identifier)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_one_theorem_loads_itself_and_its_chapter() -> None:
    name, *files = loaded("prop-3.1")
    assert name == "single generation"
    theorems = [file for file in files if not file.startswith("instances")]
    assert theorems == ["prop_3_1"]
    assert "instances.single" in files
    assert {"instances.retraining", "instances.norms", "instances.samplers"}.isdisjoint(files)


def test_every_chapter_is_in_the_table_under_its_name() -> None:
    known = chapters()
    assert [chapter.name for chapter in known.values()] == list(known)
    made = {
        id(value): value.name
        for path in FOLDER.glob("[a-z]*.py")
        for value in vars(import_module(f"{instances.__name__}.{path.stem}")).values()
        if isinstance(value, Chapter)
    }
    assert sorted(made.values()) == sorted(known)
    assert all(id(chapter) in made for chapter in known.values())


def test_the_order_names_every_theorem_once() -> None:
    assert list(gc.theorems.registry) == list(READING_ORDER)
    assert [theorem.id for theorem in gc.theorems.registry.values()] == list(READING_ORDER)


def test_an_id_is_taken_once() -> None:
    with pytest.raises(InvalidArgumentError, match="id of another theorem"):
        register("prop-3.1", lambda: gc.theorems.find("prop-3.3"))


def test_a_shelf_makes_each_thing_once_and_when_asked() -> None:
    made = []
    shelf: Shelf[int] = Shelf()
    for number in (1, 2):
        shelf.put(str(number), lambda number=number: made.append(number) or number)
    assert (list(shelf), len(shelf), "1" in shelf, "3" in shelf, made) == (["1", "2"], 2, True, False, [])
    assert shelf["2"] == shelf["2"] == 2
    assert made == [2]
    assert list(shelf.values()) == [1, 2]
    with pytest.raises(KeyError):
        shelf["3"]

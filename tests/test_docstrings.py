"""Public docstrings: every name of a room's face is told with an example; the gate runs them as doctests."""

import ast
import enum
import importlib
import inspect
import re
from pathlib import Path

import pytest

import gausscollapse

PACKAGE = Path(gausscollapse.__file__).resolve().parent
FACES = sorted(path.parent for path in PACKAGE.rglob("__init__.pyi"))


def faces():
    """Return each name of each face once, with its object."""
    found = {}
    for folder in FACES:
        module = importlib.import_module(".".join(folder.relative_to(PACKAGE.parent).parts))
        for name in module.__all__:
            found[name] = getattr(module, name)
    return found


PUBLIC = {
    name: item
    for name, item in faces().items()
    if inspect.isclass(item) or inspect.isfunction(item)
    if item.__module__.startswith("gausscollapse")
}
# Told by what they are: an error by its base class, an outcome by its members, the commands by their help.
PLAIN = tuple(
    name
    for name, item in PUBLIC.items()
    if (inspect.isclass(item) and issubclass(item, Exception | enum.Enum)) or ".app." in item.__module__
)


def section(item, title):
    """Return the text of a numpydoc section, empty where there is none."""
    text = inspect.getdoc(item) or ""
    match = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", text, flags=re.MULTILINE | re.DOTALL)
    return match.group(1) if match else ""


def arguments(item):
    """Return the names of what a function or constructor takes."""
    function = item.__init__ if inspect.isclass(item) else item
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    named = [item.name for item in parameters if item.kind not in several]
    return [name for name in named if name != "self" and not name.startswith("_")]


def missing(item):
    """Return what a public docstring lacks."""
    lacks = []
    if ">>>" not in section(item, "Examples"):
        lacks.append("an example")
    told = section(item, "Parameters") + section(item, "Attributes")
    lacks += [f"parameter {name}" for name in arguments(item) if not re.search(rf"^[\w, *]*\b{name}\b", told, re.M)]
    silent = inspect.isclass(item) or inspect.signature(item).return_annotation in (None, "None")
    if not silent and not (section(item, "Returns") or section(item, "Yields")):
        lacks.append("what it returns")
    return lacks


def untold_methods(item):
    """Return the public methods with arguments that no example calls, and members without a docstring."""
    lacks = []
    for name, member in vars(item).items():
        if name.startswith("_"):
            continue
        function = member.fget if isinstance(member, property) else getattr(member, "func", member)
        function = getattr(function, "__func__", function)
        if not inspect.isfunction(function) or function.__name__ == "<lambda>":
            continue
        if not inspect.getdoc(function):
            lacks.append(name)
        takes = [key for key in inspect.signature(function).parameters if key not in ("self", "cls")]
        shown = section(item, "Examples") + section(function, "Examples")
        if takes and not re.search(rf"\.{name}\(", shown):
            lacks.append(f"{name}() in an example")
    return lacks


@pytest.mark.parametrize("name", sorted(set(PUBLIC) - set(PLAIN)))
def test_a_public_name_is_told_with_an_example(name):
    assert not missing(PUBLIC[name])


@pytest.mark.parametrize("name", sorted(name for name, item in PUBLIC.items() if inspect.isclass(item)))
def test_every_method_of_a_public_class_is_told(name):
    assert not untold_methods(PUBLIC[name])


def test_no_name_of_a_face_is_the_name_of_a_file_beside_it():
    """Importing the file would put the module in the place of the name."""
    for folder in FACES:
        tree = ast.parse((folder / "__init__.pyi").read_text(encoding="utf-8"))
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
                 for alias in node.names}  # fmt: skip
        assert not names & {path.stem for path in folder.iterdir() if path.suffix == ".py"}, folder


def test_the_checks_see_what_is_missing():
    def bare(x, y):
        """Return something."""

    class Bare:
        """A class."""

        def method(self, x):
            """Do something."""

    assert missing(bare) == ["an example", "parameter x", "parameter y", "what it returns"]
    assert untold_methods(Bare) == ["method() in an example"]
    assert len(PUBLIC) > 60

"""What a room shows is documented: parameters, returns, and an example of every method with arguments."""

import importlib
import inspect
import re

import pytest

ROOMS = ("core", "laws", "divergences", "retraining")


def shown(room):
    module = importlib.import_module(f"gausscollapse.{room}")
    return [(name, getattr(module, name)) for name in module.__all__]


def documented():
    """Return the classes and functions of the faces; a type alias has no docstring of its own."""
    pairs = [(f"{room}.{name}", value) for room in ROOMS for name, value in shown(room)]
    return [pair for pair in pairs if inspect.isclass(pair[1]) or inspect.isfunction(pair[1])]


def examples(text):
    return "\n".join(re.findall(r"^\s*(?:>>>|\.\.\.) (.*)$", text or "", flags=re.MULTILINE))


def with_arguments(cls):
    """Yield the public methods that a class defines itself and that take more than the instance."""
    for name, member in vars(cls).items():
        function = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if inspect.isfunction(function) and not name.startswith("_"):
            bound = 0 if isinstance(member, staticmethod) else 1
            if len(inspect.signature(function).parameters) > bound:
                yield name, function


def missing(value):
    """Return what the docstring of a class or function lacks."""
    text = inspect.getdoc(value) or ""
    found = []
    if "Examples\n--------" not in text or not examples(text):
        found.append("an example")
    if inspect.isfunction(value):
        takes = inspect.signature(value).parameters
        found += ["Parameters"] if takes and "Parameters\n----------" not in text else []
        found += ["Returns"] if "Returns\n-------" not in text else []
        return found
    for name, method in with_arguments(value):
        if f".{name}(" not in examples(text) + examples(method.__doc__):
            found.append(f"{name} in an example")
    return found


@pytest.mark.parametrize(("name", "value"), documented(), ids=[name for name, _ in documented()])
def test_every_name_of_a_face_has_an_example(name, value):
    assert not missing(value)


def test_the_check_sees_what_is_missing():
    class Bare:
        """A class.

        Examples
        --------
        >>> Bare().first(1)
        """

        def first(self, x):
            """Do it."""

        def second(self, x):
            """Do it."""

        def alone(self):
            """Need no example."""

    def bare(x):
        """Return nothing."""

    assert missing(Bare) == ["second in an example"]
    assert missing(bare) == ["an example", "Parameters", "Returns"]
    assert len(documented()) > 50

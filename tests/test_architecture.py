"""The house: every room has a floor in ARCHITECTURE.md, and imports only from its own room or from below."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "gausscollapse"
MODULES = sorted(PACKAGE.rglob("*.py"))
# The names of array types.
# What knows arrays and numbers only.
ARRAYS = {f"gausscollapse.{name}" for name in ("core.validation", "core.rounding", "retraining.ratio_states")}
ALLOWED_HEAVY = ("matplotlib", "typer", "rich")


def dotted(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floors():
    """Return the floor of each room, read from the drawing."""
    lines = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()
    found = (re.match(r"\s+(\w+)/\s+(\d+)\s", line) for line in lines)
    return {match.group(1): int(match.group(2)) for match in found if match}


@cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports_in(path):
    """Return the modules that a file imports, at any depth and for type checkers too, with the names taken."""
    return tuple(imports_of(tree_of(path)))


def imported(path):
    """Return every module that a file imports."""
    return {name for name, _ in imports_in(path)}


@cache
def known_modules():
    return {dotted(module) for module in MODULES}


def imports_of(tree):
    """Yield the modules that a syntax tree imports, each with the names taken from it."""
    known = known_modules()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield (full, ()) if full in known else (node.module, (alias.name,))


def room_of(name):
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


def upward(name, others, drawing):
    """Return the imports of a module that do not go down: to its own floor or above, but for its own room."""
    here = drawing[room_of(name)]
    return [
        other
        for other in others
        if room_of(other) and room_of(other) != room_of(name) and drawing[room_of(other)] >= here
    ]


def test_imports_go_down():
    drawing, found = floors(), {}
    for path in MODULES:
        name = dotted(path)
        if name not in ("gausscollapse", "gausscollapse.__main__"):
            others = [other for other in imported(path) if other.startswith("gausscollapse")]
            found[name] = upward(name, others, drawing)
    assert not {name: others for name, others in found.items() if others}


def underscored(name, imports):
    """Return the names with an underscore that a module imports from another room."""
    return [
        f"{part} of {other}"
        for other, names in imports
        if other.startswith("gausscollapse.") and room_of(other) != room_of(name)
        for part in [*other.split(".")[1:], *names]
        if part.startswith("_") and part != "__version__"
    ]


def test_nothing_underscored_is_imported_from_another_room():
    found = {dotted(path): underscored(dotted(path), imports_in(path)) for path in MODULES}
    assert not {name: private for name, private in found.items() if private}


def cycle(graph):
    """Return a circle of imports as a list of modules, or None."""
    done, active = set(), []

    def visit(name):
        if name in active:
            return [*active[active.index(name) :], name]
        if name in done:
            return None
        active.append(name)
        for other in sorted(graph.get(name, ())):
            found = visit(other)
            if found:
                return found
        active.pop()
        done.add(name)
        return None

    for name in graph:
        found = visit(name)
        if found:
            return found
    return None


def test_no_cycles():
    graph = {
        dotted(path): {other for other in imported(path) if other.startswith("gausscollapse.")} for path in MODULES
    }
    found = cycle(graph)
    assert found is None, " -> ".join(found)


@pytest.mark.parametrize("library", ALLOWED_HEAVY)
def test_front_end_libraries_stay_in_the_app(library):
    for path in MODULES:
        used = library in {other.split(".")[0] for other in imported(path)}
        assert not used or room_of(dotted(path)) == "app", f"{library} in {dotted(path)}"


def kernel_file(path):
    return "kernel" in path.stem or path.stem in ("_coefficients", "_equations")


def test_kernels_know_arrays_only():
    for path in MODULES:
        if kernel_file(path):
            for other in imported(path):
                kernel = "kernel" in other or other.rsplit(".", 1)[-1].startswith("_") or other in ARRAYS
                assert not other.startswith("gausscollapse") or kernel, f"{path.stem}: {other}"


def long_functions(tree, most=60):
    """Yield the functions of a syntax tree with more lines than `most`, their docstrings left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            first = node.body[0]
            told = ast.get_docstring(node) is not None
            docstring = first.end_lineno - first.lineno + 1 if told else 0
            if node.end_lineno - node.lineno + 1 - docstring > most:
                yield node.name


def test_functions_outside_kernels_are_short():
    found = {dotted(path): list(long_functions(tree_of(path))) for path in MODULES if not kernel_file(path)}
    assert not {name: functions for name, functions in found.items() if functions}


def test_derivations_stand_alone():
    for path in (ROOT / "derivations").rglob("*.py"):
        assert not any(other.startswith("gausscollapse") for other in imported(path)), path


def test_the_drawing_names_the_rooms_that_exist_and_no_other():
    assert set(floors()) == {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}


def test_the_checks_see_an_upward_import_a_circle_and_an_import_for_type_checkers():
    drawing = {"low": 1, "high": 2, "beside": 1}
    assert upward("gausscollapse.low.a", ["gausscollapse.high.b"], drawing)
    assert upward("gausscollapse.low.a", ["gausscollapse.beside.b"], drawing)
    assert underscored("gausscollapse.low.a", [("gausscollapse.beside._b", ())])
    assert underscored("gausscollapse.low.a", [("gausscollapse.beside", ("_c",))])
    assert not underscored("gausscollapse.low.a", [("gausscollapse.low._b", ("_c",))])
    assert not upward("gausscollapse.high.a", ["gausscollapse.low.b", "gausscollapse.high.c"], drawing)
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    text = 'def f():\n    """Do it."""\n' + 3 * "    pass\n"
    assert list(long_functions(ast.parse(text), 3)) == ["f"]
    assert not list(long_functions(ast.parse(text), 4))
    assert cycle({"a": {"b", "c"}, "b": {"c"}}) is None
    tree = ast.parse("if TYPE_CHECKING:\n    from gausscollapse.core.enclosure import Enclosure")
    assert ("gausscollapse.core.enclosure", ("Enclosure",)) in set(imports_of(tree))

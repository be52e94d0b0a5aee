"""The house: every module has a floor in ARCHITECTURE.md, and imports only from its own floor's past or below."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "gausscollapse"
MODULES = sorted(PACKAGE.rglob("*.py"))
ALLOWED_HEAVY = {"matplotlib": ("plots",), "typer": ("cli",)}


def dotted(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floors():
    """Return the floor of each module, read from the drawing."""
    found = {}
    for line in (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines():
        match = re.match(r"\s*([\w/]+(?:\.py|/))\s+(\d+)\s", line)
        if match:
            name = match.group(1).removesuffix(".py").rstrip("/").replace("/", ".")
            found[f"gausscollapse.{name}" if name != "gausscollapse" else name] = int(match.group(2))
    return found


def imports(path):
    """Return every module of the package that a file imports at run time, at any depth."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typed = {
        node
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.unparse(branch.test)
        for node in ast.walk(branch)
    }
    known = {dotted(module) for module in MODULES}
    found = set()
    for node in ast.walk(tree):
        if node in typed:
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in known else node.module)
    return found


def floor_of(name, drawing):
    while name not in drawing and "." in name:
        name = name.rsplit(".", 1)[0]
    return drawing.get(name)


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports_go_down(path):
    drawing = floors()
    name = dotted(path)
    if name in ("gausscollapse", "gausscollapse.__main__"):
        return
    here = floor_of(name, drawing)
    assert here is not None, f"{name} has no floor in ARCHITECTURE.md"
    package = name if path.name == "__init__.py" else name.rsplit(".", 1)[0]
    for other in imports(path):
        if not other.startswith("gausscollapse"):
            continue
        there = floor_of(other, drawing)
        assert there is not None, f"{name} imports {other}, which has no floor in ARCHITECTURE.md"
        inside = other == package or other.startswith(f"{package}.")
        assert there < here or inside, f"{name} (floor {here}) imports {other} (floor {there})"


def test_no_cycles():
    graph = {
        dotted(path): {other for other in imports(path) if other.startswith("gausscollapse.")} for path in MODULES
    }
    done, active = set(), []

    def visit(name):
        if name in done:
            return
        assert name not in active, " -> ".join([*active[active.index(name) :], name])
        active.append(name)
        for other in sorted(graph.get(name, ())):
            visit(other)
        active.pop()
        done.add(name)

    for name in graph:
        visit(name)


@pytest.mark.parametrize("library", sorted(ALLOWED_HEAVY))
def test_heavy_libraries_stay_where_they_belong(library):
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        used = any(
            (isinstance(node, ast.Import) and any(alias.name.split(".")[0] == library for alias in node.names))
            or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == library)
            for node in ast.walk(tree)
        )
        assert not used or path.stem.startswith(ALLOWED_HEAVY[library]), f"{library} in {dotted(path)}"


def test_kernels_know_arrays_only():
    for path in MODULES:
        if "kernel" in path.stem or path.stem in ("_coefficients", "_equations"):
            for other in imports(path):
                outside = not other.startswith("gausscollapse")
                assert outside or "_kernels" in other or other.rsplit(".", 1)[1].startswith("_"), (
                    f"{path.stem}: {other}"
                )


def test_derivations_stand_alone():
    for path in (ROOT / "derivations").rglob("*.py") if (ROOT / "derivations").exists() else ():
        assert not any(other.startswith("gausscollapse") for other in imports(path)), path


def test_the_drawing_names_only_what_exists():
    for name in floors():
        path = ROOT / Path(*name.split("."))
        assert path.with_suffix(".py").exists() or path.is_dir(), name


def test_the_check_sees_an_upward_import():
    drawing = {"gausscollapse.low": 1, "gausscollapse.high": 2}
    assert not floor_of("gausscollapse.high", drawing) < floor_of("gausscollapse.low", drawing)

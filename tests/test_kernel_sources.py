"""The key of machine code on disk: it follows every file that a kernel calls into, for every kernel that is kept."""

import ast
import importlib
import importlib.util
import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher

import gausscollapse

PACKAGE = Path(gausscollapse.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))


def calls(path, name):
    """Return the calls of a name in a file, as syntax trees."""
    text = path.read_text(encoding="utf-8")
    if name not in text:
        return []
    return [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name
    ]


def asks_numba(text):
    """Return whether a text asks numba for its own cache, as an option or in a table of options."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.keyword) and node.arg == "cache":
            return True
        if isinstance(node, ast.Constant) and node.value == "cache":
            return True
    return False


KEPT = [path for path in FILES if calls(path, "cached_kernel")]


def kernels_of(path):
    module = importlib.import_module(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))
    found = [value for value in vars(module).values() if isinstance(value, Dispatcher)]
    return [kernel for kernel in found if kernel.py_func.__module__ == module.__name__]


def files_called(kernel):
    """Return the files of all compiled functions that a kernel calls at any depth, as Python binds their names."""
    found, waiting, seen = set(), [kernel.py_func], set()
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        found.add(Path(inspect.getsourcefile(function)))
        named = [function.__globals__.get(name) for name in function.__code__.co_names]
        for value in named:
            # Intrinsics hold the Python function that generates code.
            inner = getattr(value, "py_func", None) or getattr(value, "_defn", None)
            if inner is not None and Path(inspect.getsourcefile(inner)).is_relative_to(PACKAGE):
                waiting.append(inner)
    return found


def test_no_kernel_is_kept_under_numbas_own_key():
    assert not [str(path) for path in FILES if asks_numba(path.read_text(encoding="utf-8"))]
    assert asks_numba("@njit(cache=True)\ndef f(x):\n    return x")
    assert asks_numba('OPTIONS = {"cache": True}')
    assert len(KEPT) >= 7


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy of the package's files, and its own `kernel_sources`."""
    folder = tmp_path_factory.mktemp("copy") / "gausscollapse"
    shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    spec = importlib.util.spec_from_file_location("copied_kernel_sources", folder / "core" / "kernel_sources.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return folder, module.kernel_sources.__wrapped__


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_the_key_changes_with_every_file_that_a_kept_kernel_calls(path, copy):
    folder, sources = copy
    kept = [kernel for kernel in kernels_of(path) if hasattr(kernel._cache, "sources")]
    assert len(kept) == len(calls(path, "cached_kernel"))
    entry = str(folder / path.relative_to(PACKAGE))
    before = sources(entry)
    assert {kernel._cache.sources for kernel in kept} == {before}
    for called in set().union(*(files_called(kernel) for kernel in kept)):
        other = folder / called.relative_to(PACKAGE)
        text = other.read_text(encoding="utf-8")
        other.write_text(text + "\n# Another text.\n", encoding="utf-8")
        assert sources(entry) != before, called
        other.write_text(text, encoding="utf-8")
    assert sources(entry) == before
    unrelated = folder / "core" / "enclosure.py"
    unrelated.write_text(unrelated.read_text(encoding="utf-8") + "\n# Another text.\n", encoding="utf-8")
    assert sources(entry) == before


def test_files_are_found_through_other_files():
    """The density of a kernel estimate calls the random kernels; the sampler's entry calls what these call."""
    density = next(path for path in KEPT if path.stem == "_kernel_density_kernels")
    (kernel,) = kernels_of(density)
    assert {path.stem for path in files_called(kernel)} == {"_kernel_density_kernels", "random_kernels"}


CALLER = """
from numba import njit
from gausscollapse.core.kernel_sources import cached_kernel
from gausscollapse.callee import number

@cached_kernel(__file__)
def keyed():
    return number()

@njit(cache=True)
def plain():
    return number()

print(keyed(), plain(), sum(keyed.stats.cache_hits.values()))
"""
CALLEE = "from numba import njit\n\n@njit\ndef number():\n    return {}\n"


def test_machine_code_follows_the_text_of_another_file(tmp_path):
    """A control shows what numba's own key does: it keeps machine code of a text that is gone."""
    folder = tmp_path / "gausscollapse"
    (folder / "core").mkdir(parents=True)
    for name in ("kernel_sources.py", "kernel_files.py"):
        shutil.copy(PACKAGE / "core" / name, folder / "core")
    (folder / "__init__.py").touch()
    (folder / "caller.py").write_text(CALLER, encoding="utf-8")
    # Python's own bytecode is keyed by the second and the size, which are the same here.
    settings = {
        "PYTHONPATH": str(tmp_path),
        "NUMBA_CACHE_DIR": str(tmp_path / "kept"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    environment = {**os.environ, **settings}
    printed = []
    for number in (1, 1, 2):
        (folder / "callee.py").write_text(CALLEE.format(number), encoding="utf-8")
        command = [sys.executable, "-c", "import gausscollapse.caller"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=tmp_path)
        printed.append(done.stdout.split())
    assert printed == [["1", "1", "0"], ["1", "1", "1"], ["2", "1", "0"]]

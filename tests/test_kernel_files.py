"""Machine code on disk: damage is seen and mended, and where nothing can be written kernels still run."""

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import gausscollapse

PACKAGE = Path(gausscollapse.__file__).parent
KERNELS = """
import json, os, sys, warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from gausscollapse.core.kernel_sources import cached_kernel

    @cached_kernel(__file__)
    def first(x):
        return x + 1

    @cached_kernel(__file__)
    def second(x):
        return x + 2

    values = [first(1), second(1), first(1.5)]
hits = [sum(kernel.stats.cache_hits.values()) for kernel in (first, second)]
print(json.dumps({"values": values, "hits": hits, "warnings": [str(each.message) for each in caught]}))
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Return a copy of what keeps machine code, with two kernels beside it."""
    folder = tmp_path_factory.mktemp("package") / "site" / "gausscollapse"
    (folder / "core").mkdir(parents=True)
    for name in ("kernel_sources.py", "kernel_files.py"):
        shutil.copy(PACKAGE / "core" / name, folder / "core")
    (folder / "__init__.py").touch()
    (folder / "kernels.py").write_text(KERNELS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def filled(package, tmp_path_factory):
    """Return a folder that keeps the code of both kernels, which a second process finds."""
    folder = tmp_path_factory.mktemp("filled") / "kept"
    assert run(package, NUMBA_CACHE_DIR=str(folder))["hits"] == [0, 0]
    assert run(package, NUMBA_CACHE_DIR=str(folder))["hits"] == [2, 1]
    return folder


@pytest.fixture
def kept(filled, tmp_path):
    """Return a copy of that folder, which a test may spoil."""
    return Path(shutil.copytree(filled, tmp_path / "kept"))


def run(package, *, before="", **changes):
    """Import the kernels in a process of their own and return what they print; `before` is run first."""
    environment = {**os.environ, "PYTHONPATH": str(package.parent), **changes}
    environment = {name: value for name, value in environment.items() if value is not None}
    command = [sys.executable, "-c", f"{before}\nimport gausscollapse.kernels"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=package.parent, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    found = json.loads(done.stdout)
    assert found["values"] == [2, 3, 2.5]
    return found


# As where package and home cannot be written: numba's own places are refused.
READ_ONLY = """
import os, tempfile
own = tempfile.TemporaryFile
def refuse(*given, dir=None, **named):
    if "gausscollapse-kernels" not in str(dir) or {everywhere}:
        raise PermissionError(13, "Permission denied")
    return own(*given, dir=dir, **named)
tempfile.TemporaryFile = refuse
"""


def test_a_private_temporary_folder_is_the_last_place(package, tmp_path):
    places = {"TMPDIR": str(tmp_path), "NUMBA_CACHE_DIR": None, "HOME": None, "XDG_CACHE_HOME": str(tmp_path / "no")}
    before = READ_ONLY.format(everywhere=False)
    for hits in ([0, 0], [2, 1]):
        found = run(package, before=before, **places)
        assert found["hits"] == hits
        (words,) = found["warnings"]
        assert "no folder can be written for machine code, neither beside the package nor in a home" in words
    (folder,) = tmp_path.glob("gausscollapse-kernels-*")
    assert folder.stat().st_mode & 0o777 == 0o700
    # What is there is run: a folder that others can write is not used, nor is a link.
    folder.chmod(0o777)
    assert run(package, before=before, **places)["hits"] == [0, 0]
    shutil.move(folder, tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    folder.chmod(0o700)
    assert run(package, before=before, **places)["hits"] == [0, 0]


def test_without_any_place_kernels_run_and_one_warning_says_so(package, tmp_path):
    for _ in range(2):
        found = run(package, before=READ_ONLY.format(everywhere=True), TMPDIR=str(tmp_path), NUMBA_CACHE_DIR=None)
        assert found["hits"] == [0, 0]
        (words,) = found["warnings"]
        assert "every process compiles its kernels again" in words


def test_a_disk_that_takes_nothing_only_costs_time(package, tmp_path):
    before = "import os\ndef full(*given):\n    raise OSError(28, 'No space left on device')\nos.replace = full"
    found = run(package, before=before, NUMBA_CACHE_DIR=str(tmp_path / "kept"))
    (words,) = found["warnings"]
    assert "No space left on device" in words
    assert not list((tmp_path / "kept").rglob("*.nb?"))


class Payload:
    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


DAMAGE = {
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "random": lambda path: path.write_bytes(os.urandom(path.stat().st_size)),
    "zeros behind": lambda path: path.write_bytes(path.read_bytes() + bytes(512)),
    "one bit": lambda path: path.write_bytes(path.read_bytes()[:-9] + bytes([path.read_bytes()[-9] ^ 1]) + bytes(8)),
    "another pickle": lambda path: path.write_bytes(pickle.dumps(Payload(path.with_name("planted")))),
    "gone": lambda path: path.unlink(),
    "unreadable": lambda path: path.chmod(0),
}


# Every kind of damage is done to every kind of file with the slow tests.
@pytest.mark.parametrize(
    ("name", "ending"),
    [
        pytest.param(name, ending, marks=[] if (name, ending) == ("random", "nbc") else pytest.mark.slow)
        for name in DAMAGE
        for ending in ("nbi", "nbc")
    ],
)
def test_damaged_files_are_written_again(package, kept, name, ending):
    files = list(kept.rglob(f"*.{ending}"))
    assert len(files) == {"nbi": 2, "nbc": 3}[ending]
    for path in files:
        DAMAGE[name](path)
    found = run(package, NUMBA_CACHE_DIR=str(kept))
    assert not found["warnings"]
    if name != "unreadable" or os.getuid():
        assert found["hits"] == [0, 0]
    assert run(package, NUMBA_CACHE_DIR=str(kept))["hits"] == [2, 1]
    assert not list(kept.rglob("planted"))


@pytest.mark.parametrize("ending", [pytest.param("nbi", marks=pytest.mark.slow), "nbc"])
def test_a_folder_in_the_place_of_a_file_is_left_alone(package, kept, ending):
    for path in kept.rglob(f"*.{ending}"):
        path.unlink()
        path.mkdir()
    (words,) = run(package, NUMBA_CACHE_DIR=str(kept))["warnings"]
    assert "machine code cannot be kept in" in words


def test_code_of_another_key_is_not_loaded(package, kept):
    """Two processes that write at once may both choose the first name: the file is then that of the last."""
    one, two = sorted(kept.rglob("*first*.nbc"))
    shutil.copy(two, one)
    assert run(package, NUMBA_CACHE_DIR=str(kept))["hits"] == [1, 1]

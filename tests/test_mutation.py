"""The mutation benchmark counts right: on a planted module one mutant dies, one survives, one does not end."""

import pytest

from benchmarks.mutation import Mutant, mutants, run

MODULE = '''"""A + B in a docstring is no mutant."""


def total(first: float, second: float) -> float:
    if first < -1:
        raise ValueError(1 + 2)
    return first + second


def countdown(count: int) -> int:
    while count > 0:
        count = count - 1
    return count
'''
TESTS = """from gausscollapse.tiny import countdown, total


def test_tiny():
    assert total(2, 3) == 5
    assert countdown(3) == 0
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of one module and one test; the real package's own pytest plugin is not in it."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for room in ("gausscollapse", "tests"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
    (tmp_path / "gausscollapse" / "tiny.py").write_text(MODULE)
    (tmp_path / "tests" / "test_tiny.py").write_text(TESTS)
    return tmp_path


def planted(before: str, after: str) -> Mutant:
    (found,) = [item for item in mutants(MODULE.encode()) if (item.before, item.after) == (before, after)]
    return found


def test_docstrings_annotations_and_messages_are_no_mutants():
    assert {item.line for item in mutants(MODULE.encode())} == {5, 7, 11, 12}


def test_a_mutant_changes_its_own_place_only():
    changed = planted("first + second", "first - second").apply(MODULE.encode()).decode()
    assert changed == MODULE.replace("first + second", "(first - second)")


@pytest.mark.slow
def test_one_killed_one_survives_one_does_not_end(project):
    picked = [
        planted("first + second", "first - second"),  # 2 - 3 is not 5
        planted("first < -1", "first <= -1"),  # no test reaches -1
        planted("count - 1", "count"),  # never arrives at zero
    ]
    results = run(project, "gausscollapse/tiny.py", ("tests/test_tiny.py",), picked, timeout=20.0, workers=1)
    assert [item.outcome for item in results] == ["killed", "survived", "timeout"]
    assert (project / "gausscollapse" / "tiny.py").read_text() == MODULE


@pytest.mark.slow
def test_tests_that_fail_without_a_mutant_are_refused(project):
    assert run(project, "gausscollapse/tiny.py", ("tests/test_tiny.py",), [], timeout=20.0, workers=1) == []
    (project / "tests" / "test_tiny.py").write_text("def test_tiny():\n    assert False\n")
    with pytest.raises(RuntimeError, match="do not pass without a mutant"):
        run(project, "gausscollapse/tiny.py", ("tests/test_tiny.py",), [], timeout=20.0, workers=1)

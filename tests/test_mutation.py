"""The mutation benchmark counts right: on a planted module one mutant dies, one survives, one does not end."""

import pytest

from benchmarks.mutants import Mutant, mutants
from benchmarks.mutation import ROOT, Explained, Result, Results, Target, judge, run, targets

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


@pytest.mark.parametrize("decorator", ["njit", "njit(**OPTIONS)", "cached_kernel(__file__)"])
def test_compiled_functions_are_mutated_where_asked(decorator):
    source = f"@{decorator}\ndef twice(x):\n    return x + x\n".encode()
    assert mutants(source) == []
    assert [item.after for item in mutants(source, kernels=True)] == ["x", "x", "x - x"]


def test_a_mutant_changes_its_own_place_only():
    changed = planted("first + second", "first - second").apply(MODULE.encode()).decode()
    assert changed == MODULE.replace("first + second", "(first - second)")


def test_every_explanation_is_of_a_mutant_that_exists():
    for target in targets():
        source = (ROOT / target.module).read_bytes()
        every = mutants(source, kernels=target.kernels)
        for item in target.explained:
            assert any(item.meets(mutant, source) for mutant in every), (target.module, item)
            assert item.why
        assert all((ROOT / name.split("::")[0]).is_file() for name in target.tests if name.startswith("tests/"))


def test_an_explanation_is_of_one_line_and_one_change():
    source, mutant = MODULE.encode(), planted("first < -1", "first <= -1")
    reasons = Target("tiny.py", (), (Explained("if first < -1:", "first < -1", "first <= -1", "never reached"),))
    assert reasons.reason(mutant, source) == "never reached"
    assert reasons.reason(planted("first < -1", "first > -1"), source) == ""
    moved = Target("tiny.py", (), (Explained("if first < -2:", "first < -1", "first <= -1", "never reached"),))
    assert moved.reason(mutant, source) == ""
    head = "def total(first: float, second: float) -> float:"
    for above, why in ((head, "never reached"), ("pass", "")):
        known = Explained("if first < -1:", "first < -1", "first <= -1", "never reached", above)
        assert Target("tiny.py", (), (known,)).reason(mutant, source) == why


@pytest.mark.slow
def test_one_killed_one_survives_one_does_not_end(project):
    picked = [
        planted("first + second", "first - second"),  # 2 - 3 is not 5
        planted("first < -1", "first <= -1"),  # no test reaches -1
        planted("count - 1", "count"),  # never arrives at zero
    ]
    results = run(project, "gausscollapse/tiny.py", ("tests/test_tiny.py",), picked, timeout=20.0, workers=1)
    assert [item.outcome for item in results] == ["killed", "survived", "timeout"]
    assert [item.by for item in results] == ["tests/test_tiny.py::test_tiny", "", ""]
    assert (project / "gausscollapse" / "tiny.py").read_text() == MODULE


@pytest.mark.slow
def test_tests_that_fail_without_a_mutant_are_refused(project):
    assert run(project, "gausscollapse/tiny.py", ("tests/test_tiny.py",), [], timeout=20.0, workers=1) == []
    (project / "tests" / "test_tiny.py").write_text("def test_tiny():\n    assert False\n")
    with pytest.raises(RuntimeError, match="do not pass without a mutant"):
        run(project, "gausscollapse/tiny.py", ("tests/test_tiny.py",), [], timeout=20.0, workers=1)


@pytest.mark.slow
def test_a_second_run_goes_on_where_the_first_one_ended(project, tmp_path, capsys):
    """Killed mutants are known until the module changes, survivors until its tests do."""
    target = Target("gausscollapse/tiny.py", ("tests/test_tiny.py",))

    def lines() -> list[str]:
        found = judge(project, target, Results(tmp_path / "results"), count=99, seed=1, timeout=9.0, workers=2)
        assert all(isinstance(item, Result) for item in found)
        return [line.split()[0] for line in capsys.readouterr().out.splitlines()]

    (project / "gausscollapse" / "tiny.py").write_text(MODULE[: MODULE.index("def countdown")])
    (project / "tests" / "test_tiny.py").write_text(
        TESTS.replace("countdown, ", "")[: TESTS.index("    assert count") - 11]
    )
    first = lines()
    assert 0 < first.count("killed") < len(first) == first.count("killed") + first.count("survived")
    assert lines() == []
    with (project / "tests" / "test_tiny.py").open("a") as file:
        file.write("    assert total(-1, 3) == 2\n")
    assert len(lines()) == first.count("survived")

"""Hostile files and words on the command line come back as one line that a terminal shows as it is."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from gausscollapse.app import cli
from gausscollapse.core.exceptions import LONGEST_MESSAGE, GaussCollapseError, InvalidArgumentError, one_line, shorten

ROOT = Path(__file__).resolve().parent.parent
DATA = "[data]\nmean = [0.0]\ncov = [[1.0]]\n"
ERROR = '[error]\nkind = "affine"\nmatrix = [[0.1]]\noffset = [0.0]\n'
SWEEP = '[sweep]\ntitle = {title}\nexperiment = "trajectory"\nruns = {runs}\n[settings]\n{settings}\n[grid]\n{grid}\n'
SETTINGS = (
    "data = { mean = [0.0], cov = [[1.0]] }\n"
    'retraining = { fresh = 0.5, generations = 1, step = { kind = "offset", offset = [0.1] } }'
)


def swept(*, title='"t"', runs="1", settings=SETTINGS, grid='"retraining.fresh" = [0.5]'):
    return SWEEP.format(title=title, runs=runs, settings=settings, grid=grid)


SCENARIOS = {
    "nested lists": (DATA + "x = " + 5000 * "[" + 5000 * "]", "is nested too deeply"),
    "nested a little": (DATA + "x = " + 60 * "[" + 60 * "]", "is nested too deeply"),
    "nested keys": (".".join(5000 * "a") + " = 1\n", "is nested too deeply"),
    "nested tables": ("x = " + 3000 * "{ x = " + "1" + 3000 * " }", "is nested too deeply"),
    "decimal digits": (DATA + "x = " + 5000 * "1", "has a number or a date out of range"),
    "hexadecimal digits": (DATA + "x = 0x" + 5000 * "f", "x = <int of 20000 bits>: has more than 64 bits"),
    "2^63": (DATA + "x = [[9223372036854775808]]", "data.x = 9223372036854775808: has more than 64 bits"),
    "10^400": (DATA + "x = 1" + 400 * "0", "has more than 64 bits"),
    "a date": (DATA + "x = 2020-02-31", "is not TOML|out of range"),
    "control characters": (DATA + '"\\u001b[2J\\r" = 1\n' + ERROR, r"data\.\\x1b\[2J\\r = 1: is no known key"),
    "a key of lines": (DATA + '"a\\nb" = 1\n' + ERROR, r"data\.a\\nb = 1: is no known key"),
    "a long key": (DATA + 900 * "k" + " = 1\n" + ERROR, r"data\.k+\.\.\.k+ = 1: is no known key"),
    "a long value": (DATA + '[error]\nkind = "' + 9000 * "x" + '"\n', r"error\.kind = 'x+\.\.\.x+': is not known"),
}
SWEEPS = {
    "runs": (swept(runs="9223372036854775807"), "makes 9.22e.18 cells; accepted: at most 1000000 cells"),
    "a title of lines": (swept(title='"""a\nb"""'), r"sweep.title = 'a\\nb': has control characters"),
    "an axis of lines": (swept(grid='"a\\nb" = [1]'), r"grid.a\\nb = \[1\]: cannot name an axis"),
    "an axis outside": (swept(grid='"/tmp/x" = [1]'), "grid./tmp/x = .*: cannot name an axis"),
}


def said(capsys, monkeypatch, *arguments):
    """Return the one line that a refused call prints."""
    monkeypatch.setattr(sys, "argv", ["gausscollapse", *map(str, arguments)])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 2
    words = capsys.readouterr().err
    assert words.startswith("gausscollapse: ")
    assert words.endswith("\n")
    assert words[:-1].isprintable()
    assert len(words) <= len("gausscollapse: \n") + LONGEST_MESSAGE
    return words


@pytest.mark.parametrize("name", [*SCENARIOS, *SWEEPS])
def test_a_hostile_file_is_one_line(tmp_path, capsys, monkeypatch, name):
    text, message = (SCENARIOS | SWEEPS)[name]
    path = tmp_path / "file.toml"
    path.write_text(text, encoding="utf-8")
    arguments = ("simulate", path) if name in SCENARIOS else ("sweep", path, "--dry-run")
    assert re.search(message, said(capsys, monkeypatch, *arguments))


@pytest.mark.parametrize("path", ["/dev/zero", "nowhere\n.toml", "x" * 5000, "x" * 200 + ".toml", "\udc80.toml"])
def test_a_hostile_name_is_one_line(capsys, monkeypatch, path):
    if path.startswith("/dev") and not Path(path).exists():
        pytest.skip("the system has no such device")
    said(capsys, monkeypatch, "simulate", path)


def test_a_budget_of_thousands_of_digits_is_one_line(capsys, monkeypatch):
    assert "is no budget" in said(capsys, monkeypatch, "verify", "prop-3.1", "--budget", "9" * 5000)


def test_lines_are_cut_in_the_middle_and_say_what_would_be_accepted():
    for size in (1, 60, 200, 10_000):
        problem = InvalidArgumentError("k" * size, "v" * size, "is bad\n" * size, "better \x1b" * size)
        assert len(str(problem)) <= LONGEST_MESSAGE
        assert str(problem).isprintable()
        assert problem.value == "v" * size
    problem = InvalidArgumentError("folder", "/start/" + "x" * 500 + "/end", "is bad", "a better one")
    assert str(problem).startswith("folder = '/start/x")
    assert str(problem).endswith("/end': is bad; accepted: a better one")
    assert str(GaussCollapseError("a\tb\x00é")) == r"a\tb\x00é"
    assert one_line("x" * 10**7, 9) == "xxxx...xx"
    assert shorten(10**9999) == "<int of 33216 bits>"


def test_too_much_memory_and_a_full_output_are_one_line(capsys, monkeypatch):
    from gausscollapse.app import simulation

    for problem, words in (
        (MemoryError("Unable to allocate 8 EiB"), "fit the memory"),
        (OSError(28, "No space left"), "standard output"),
    ):

        def fail(*_, problem=problem, **__):
            raise problem

        monkeypatch.setattr(simulation, "simulate", fail)
        assert words in said(capsys, monkeypatch, "simulate")


def test_an_interrupt_is_one_line(capsys, monkeypatch):
    from gausscollapse.app import simulation

    def fail(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(simulation, "simulate", fail)
    monkeypatch.setattr(sys, "argv", ["gausscollapse", "simulate"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 130
    assert capsys.readouterr().err == "gausscollapse: interrupted\n"


@pytest.mark.parametrize(("interrupted", "status"), [(True, 130), (False, 1)])
def test_an_interrupt_while_a_library_loads_is_one_line(tmp_path, interrupted, status):
    """NumPy's compiled parts turn an interrupt into an error of import; without an interrupt that is a failure."""
    script = f"""
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            try:
                if {interrupted}:
                    os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt:
                pass
            raise ImportError("numpy._core.multiarray failed to import")
sys.meta_path.insert(0, Finder())
sys.argv = ["gausscollapse", "simulate"]
from gausscollapse.app.cli import main
main()
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr
    assert (done.stderr == "gausscollapse: interrupted\n") is interrupted


def test_an_interrupt_while_the_command_line_loads_is_one_line(tmp_path):
    """The parser's own libraries take half a second, in which an interrupt was a traceback of theirs."""
    script = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)
# A test run in the background ignores interrupts, and what it starts with it.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Finder())
sys.argv = ["gausscollapse", "--help"]
from gausscollapse.__main__ import main
main()
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 130, done.stderr
    assert done.stderr == "gausscollapse: interrupted\n"


@pytest.mark.parametrize(("status", "said"), [(130, "gausscollapse: interrupted\n"), (1, "")])
def test_a_parser_that_ends_without_a_word_is_spoken_for(capsys, monkeypatch, status, said):
    """Typer leaves with 130 in silence; click leaves with 1 after words of its own."""

    def parser():
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1.0)
        except KeyboardInterrupt:
            raise SystemExit(status) from None

    monkeypatch.setattr(cli, "app", parser)
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 130
    assert capsys.readouterr().err == said


def test_a_name_that_is_no_text_is_shown_as_its_code():
    """Standard output is UTF-8 and strict; the table of what did not run repeats the name."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8:strict"}
    command = [sys.executable, "-m", "gausscollapse", "trial", b"\x80"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "\\udc80" in done.stdout
    assert done.stderr == ""


def test_a_number_of_steps_of_thousands_of_digits_is_one_line(capsys, monkeypatch):
    assert "has too many digits" in said(capsys, monkeypatch, "trial", "9" * 5000)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_an_interrupted_sweep_says_one_line_and_goes_on(tmp_path, seconds):
    """A terminal sends the signal to the workers too."""
    (tmp_path / "s.toml").write_text(swept(runs="100"), encoding="utf-8")
    command = [sys.executable, "-m", "gausscollapse", "sweep", "s.toml", "--out", "out", "--workers", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    end = time.monotonic() + 100.0
    while not (tmp_path / "out" / "lock").exists() and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    if process.returncode:
        assert process.returncode == 130, errors
        assert re.fullmatch(
            r"gausscollapse: interrupted: \d+ of 100 cells are whole and kept in .*; start again.*\n", errors
        )
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def fuzz():
    spec = importlib.util.spec_from_file_location("fuzz_command_line", ROOT / "benchmarks" / "fuzz_command_line.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_fuzzer_tells_answers_apart(fuzz):
    """The judge can fail: each class has words that are put into it."""
    words = {
        (0, ""): "answer",
        (2, "gausscollapse: x = 1: is bad; accepted: 2\n"): "refusal",
        (2, "Usage: x\n"): "usage",
        (2, "gausscollapse: a\nb\n"): "long",
        (2, "gausscollapse: \x1b[2J\n"): "long",
        (2, "gausscollapse: " + 301 * "x" + "\n"): "long",
        (1, "Traceback (most recent call last):\n"): "traceback",
        (-11, ""): "traceback",
        (None, ""): "timeout",
    }
    assert {key: fuzz.judged(*key) for key in words} == words
    assert list(fuzz.calls(50, 3)) == list(fuzz.calls(50, 3)) != list(fuzz.calls(50, 4))
    assert Counter(call.kind for call in fuzz.calls(200)).keys() == set(fuzz.KINDS)
    assert Counter(call.kind for call in fuzz.calls(200, 0, "newer")).keys() == set(fuzz.NEWER_KINDS)


@pytest.mark.slow
@pytest.mark.parametrize("kinds", ["first", "newer"])
def test_no_hostile_call_ends_in_anything_but_an_answer_or_a_line(kinds):
    command = [
        sys.executable,
        ROOT / "benchmarks" / "fuzz_command_line.py",
        "--calls",
        "150",
        "--seed",
        "7",
        "--set",
        kinds,
        "--show",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    total = done.stdout.splitlines()[-1].split()
    assert sum(map(int, total[1:])) == 150
    assert total[4:] == ["0", "0", "0"], done.stdout

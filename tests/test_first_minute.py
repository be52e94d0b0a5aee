"""The first minute: helps that are whole, hints where a beginner stumbles, names that mean one thing."""

import io
import re

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

import gausscollapse as gc
from gausscollapse.app import tables, terminal
from gausscollapse.app.cli import app
from gausscollapse.core.exceptions import InvalidArgumentError, UnknownNameError, UnknownStatisticError
from gausscollapse.lab import presets, sweep_presets
from tests import public_names

DIFFUSION = gc.OrnsteinUhlenbeck(1.0, 0.1)
PROCESS = gc.ReverseProcess(gc.Gaussian(0, 1), DIFFUSION, gc.AffineError(0, 0.5))


def helped(*arguments):
    return CliRunner().invoke(app, [*arguments, "--help"], env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).stdout


def test_the_help_of_sweep_lists_its_presets_with_their_titles():
    lines = [line.strip() for line in helped("sweep").splitlines()]
    for name in sweep_presets.names():
        title = sweep_presets.document(name)["sweep"]["title"]
        assert [" ".join(line.split()) for line in lines if line.startswith(f"{name} ")] == [f"{name} {title}"]
        assert all(len(line) <= 80 for line in helped("sweep").splitlines())


def test_the_help_of_simulate_lists_its_presets():
    assert f"Presets: {', '.join(presets.names())}." in " ".join(helped("simulate").split())


def test_no_help_is_cut():
    for arguments in ((), *((command.name or command.callback.__name__,) for command in app.registered_commands)):
        # Dots after the name of an argument say that it may be repeated.
        assert "..." not in re.sub(r"(ids|\[ARGS\]|\[ids\])\.\.\.", "", helped(*arguments), flags=re.IGNORECASE), (
            arguments
        )


def test_a_name_is_a_scenario_or_a_sweep():
    assert not set(presets.names()) & set(sweep_presets.names())
    with pytest.raises(UnknownNameError, match="is called fresh-fractions now"):
        gc.lab.load_sweep("paper-mixture")
    assert gc.lab.load_sweep("fresh-fractions").title == "The less fresh data, the farther the drift"


def test_a_file_without_its_ending_is_meant(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text("", encoding="utf-8")
    with pytest.raises(UnknownNameError, match=r"did you mean mine\.toml\?"):
        gc.scenario.load("mine")
    with pytest.raises(UnknownNameError, match=r"did you mean coherent\?"):
        gc.scenario.load("coherant")
    with pytest.raises(
        UnknownNameError, match="is neither a file nor a preset; accepted: a TOML file, or alternating"
    ):
        gc.scenario.load("file")


@pytest.mark.parametrize(
    "use",
    [
        lambda f: gc.ReverseProcess(gc.Gaussian(0, 1), DIFFUSION, f),
        lambda f: gc.AffineError(0, 1) + f,
    ],
    ids=["process", "sum"],
)
def test_a_function_where_an_error_is_meant(use):
    with pytest.raises(InvalidArgumentError, match=r"gausscollapse\.FunctionError\(function\)"):
        use(lambda x, t: np.tanh(x))


def test_an_undecorated_function_where_a_theorem_is_meant():
    def bound(s):
        return s.kl, s.learned_energy

    for use in (lambda: gc.falsify(bound), lambda: gc.check(bound, PROCESS), lambda: gc.theorems.power(bound)):
        with pytest.raises(InvalidArgumentError, match=r"gausscollapse\.statement\(kind='upper'\)\(function\)"):
            use()


@pytest.mark.parametrize(
    "make",
    [
        lambda: gc.Gaussian([0, 0], 1.0),
        lambda: gc.AffineError(1.0, [0, 0]),
        lambda: gc.AffineChannel(np.eye(2), [0, 0], 1.0),
        lambda: gc.GaussianMixture([0.5, 0.5], [[0, 0], [1, 1]], 1.0),
    ],
    ids=["Gaussian", "AffineError", "AffineChannel", "GaussianMixture"],
)
def test_one_number_for_a_matrix_in_the_plane(make):
    with pytest.raises(InvalidArgumentError, match=r"such as (1 \* )?numpy\.eye\(2\)"):
        make()


def test_an_unknown_statistic_is_told_with_those_that_exist():
    for statistics in (PROCESS.statistics, gc.process.GridStatistics([PROCESS])):
        with pytest.raises(UnknownStatisticError, match=r"did you mean kl\?; accepted: one of .*learned_energy"):
            _ = statistics.KL
        assert not hasattr(statistics, "entropy_of_nothing")
        assert not hasattr(statistics, "_secret")

    @gc.statement(kind="upper")
    def mine(s):
        return s.KL, s.learned_energy

    for use in (lambda: gc.check(mine, PROCESS), lambda: gc.falsify(mine, budget=20)):
        with pytest.raises(gc.GaussCollapseError, match=r"did you mean kl\?"):
            use()


def test_what_fails_inside_a_known_statistic_is_told_as_it_is():
    class Broken(type(PROCESS.statistics)):
        @property
        def broken(self):
            return self.nothing_of_this_name

    broken = Broken(PROCESS.statistics.batch)
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        _ = broken.broken


def test_the_package_says_its_public_names_and_nothing_else():
    assert public_names.document() == gc.__doc__, "python -m tests.public_names"
    assert sorted(dir(gc)) == sorted(gc.__all__)
    for name in dir(gc):
        if name != "__version__":
            assert re.search(rf"^  {name}: \w", gc.__doc__, flags=re.MULTILINE), name


def test_the_columns_of_verify_are_whole_at_eighty_columns():
    reports = gc.checking.verify(gc.theorems.select(["sharp", "thm-4.2-display"]), instances=20, referee=True)
    console = Console(file=io.StringIO(), width=80, color_system=None)
    terminal.show(console, tables.verification(reports))
    printed = console.file.getvalue()
    table = printed.split("\n\n")[0].split("refuted")[0]
    assert "controls" in table
    assert "referee" in table
    assert "…" not in printed
    for report in reports:
        line = next(line for line in table.splitlines() if line.startswith(report.theorem.id))
        assert f"{len(report.controls)} of {len(report.controls)}" in line
        assert len(line) <= 80


def test_verify_leaves_nothing_in_the_folder_where_nothing_was_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["verify", "filter", "--instances", "5", "--budget", "20", "--no-referee"])
    assert result.exit_code in (0, 1)
    assert list(tmp_path.iterdir()) == []

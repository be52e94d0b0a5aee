"""Statements of the user's: the ten-line way, the shipped examples, theorem files, `verify --theorem`."""

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.app import cli
from gausscollapse.checking.verification import verify
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import InvalidArgumentError, StatementError, TheoremFileError, UnknownNameError
from gausscollapse.core.verdict import Outcome
from gausscollapse.theorems import falsify, increasing, load, power, registry
from gausscollapse.theorems.instances.single import draw

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "statements"
PROCESS = gc.ReverseProcess(gc.Gaussian(1.0, 0.25), gc.OrnsteinUhlenbeck(), gc.AffineError(0.15, 0.25))


@gc.statement(kind="upper", controls={"factor": 0.25})
def my_bound(s, factor=0.5):
    """Proposition 3.1 in the user's words."""
    return s.kl, factor * s.learned_energy


def test_a_statement_in_ten_lines_is_a_theorem():
    assert my_bound.id == "my-bound"
    assert my_bound.words == "Proposition 3.1 in the user's words."
    assert dict(my_bound.constants) == {"factor": 0.5, "right side": 1.0}
    ours, theirs = gc.check("prop-3.1", PROCESS), gc.check(my_bound, PROCESS)
    assert theirs.holds
    assert float(theirs.lhs) == float(ours.lhs)
    assert float(theirs.rhs) == pytest.approx(float(ours.rhs), rel=1e-12)
    found = falsify(my_bound, budget=600)
    assert not found.refuted
    assert [item.name for item in found.best_constants] == ["factor", "right side"]
    assert found.best_constants[0].value == pytest.approx(0.5 * found.best_constants[1].value)
    assert all(item.complete for item in power(my_bound, seeds=3))


@pytest.mark.parametrize("kind", ["lower", "identity"])
def test_every_kind_gets_a_control_that_is_refuted(kind):
    @gc.statement(kind=kind, name="itself")
    def itself(s):
        return s.kl, s.kl

    (report,) = verify([itself], instances=30, budget=200, control_seeds=3)
    assert report.verdict is (Outcome.INCONCLUSIVE if kind == "lower" else Outcome.HOLDS)
    assert all(item.complete for item in report.power)


def test_the_sharpening_is_true_and_sharper_than_the_published_bound():
    (sharp,) = load(EXAMPLES / "true_sharpening.py")
    assert not falsify(sharp, budget=3000).refuted
    published, stronger = registry["prop-3.3"], 0
    for sample in draw(160, np.random.default_rng(3)):
        old = published.comparisons(sample.statistics)[0].rhs
        new = sharp.comparisons(sample.statistics)[0].rhs
        assert not np.any(np.asarray(old.certainly_above(new)))
        stronger += int(np.sum(np.asarray(new.value) > 3.0 * np.asarray(old.value)))
    assert stronger > 20


def test_the_plausible_statement_is_refuted_by_the_search():
    (plausible,) = load(EXAMPLES / "false_statement.py")
    found = falsify(plausible, budget=1000, stop_at_violation=True)
    assert found.refuted
    assert gc.check(plausible, found.instance) == "VIOLATED"
    # Plausible: it holds for most errors of moderate size.
    small = gc.ReverseProcess(PROCESS.data, PROCESS.diffusion, PROCESS.error.scaled(0.1))
    assert gc.check(plausible, small).holds


def test_increasing_functions_keep_the_interval():
    x = Enclosure(np.array([1.0, 700.0]), np.array([0.9, 699.0]), np.array([1.1, 710.0]), "given", "numeric")
    y = increasing(np.exp, x)
    assert y.guarantee == "numeric"
    assert y.lower[0] < math.exp(0.9) < math.exp(1.1) < y.upper[0]
    assert y.upper[1] == math.inf
    assert y.lower[0] > math.exp(0.9) * (1.0 - 1e-14)


def test_sides_without_an_interval_are_refused():
    @gc.statement(kind="upper")
    def loose(s):
        return np.asarray(s.kl), s.kl

    with pytest.raises(StatementError, match=r"lhs = .*plain array.*Enclosure"):
        falsify(loose, budget=50)

    @gc.statement(kind="upper")
    def odd(s):
        return s.kl

    with pytest.raises(StatementError, match=r"pair \(lhs, rhs\)"):
        falsify(odd, budget=50)


def test_bad_arguments_are_named():
    with pytest.raises(UnknownNameError, match="kind = 'above'"):
        gc.statement(kind="above")
    with pytest.raises(UnknownNameError, match=r"chapter = 'x'.*single generation"):
        gc.statement(kind="upper", chapter="x")
    with pytest.raises(UnknownNameError, match=r"assumes = 'x'.*matched start"):
        gc.statement(kind="upper", assumes=("x",))
    with pytest.raises(UnknownNameError, match=r"controls = 'b'.*no constant of f"):
        gc.statement(kind="upper", name="f", controls={"b": 1.0})(lambda s, a=1.0: (s.kl, a))
    with pytest.raises(InvalidArgumentError, match="no number as its default"):
        gc.statement(kind="upper", name="f")(lambda s, a: (s.kl, a))


@pytest.mark.parametrize("name", ["my[/bound]", "../../outside", "/tmp/x", "", "a b", "x" * 81, "-x", "a\nb"])
def test_an_id_that_cannot_name_a_file_is_refused_at_once(name):
    wrap = gc.statement(name, kind="upper")
    if name:
        with pytest.raises(InvalidArgumentError, match="name = "):
            wrap(lambda s: (s.kl, s.kl))
    else:
        assert wrap(my_bound_in_words).id == "my-bound-in-words"


def my_bound_in_words(s):
    return s.kl, s.kl


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def broken(:\n    pass\n", "line 1: syntax error"),
        ("x = 1\n", "has no theorem in it"),
        ("x = 1\ny = 1 / 0\n", "line 2: ZeroDivisionError"),
        (
            "import gausscollapse as gc\n\n@gc.statement(kind='upper', name='prop-3.1')\ndef f(s):\n"
            "    return s.kl, s.kl\n",
            "this id is the registry's",
        ),
        (
            "import gausscollapse as gc\n\n@gc.statement(kind='two-sided')\ndef f(s):\n    return s.kl, s.kl\n",
            r"kind = 'two-sided': does not say how the two sides returned compare; accepted: upper, .*\.\.\.\)$",
        ),
    ],
)
def test_theorem_files_with_a_mistake_are_named(tmp_path, text, message):
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(TheoremFileError, match=rf"mine\.py: .*{message}"):
        load(path)
    with pytest.raises(TheoremFileError, match="no such file"):
        load(tmp_path / "other.py")


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Return a function that verifies in this process, in an empty folder: status, output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def call(*arguments):
        command = ["gausscollapse", "verify", "--instances", "40", "--no-boxes", *arguments]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        return exit_.value.code, *capsys.readouterr()

    return call


NAN = "import gausscollapse as gc\n\n@gc.statement(kind='upper')\ndef undefined(s):\n    return s.kl, float('nan')\n"


def test_verify_runs_files_and_reports_the_others_all_the_same(run, tmp_path):
    (tmp_path / "broken.py").write_text("def broken(:\n")
    (tmp_path / "undefined.py").write_text(NAN)
    status, _, errors = run(
        "prop-3.1", "--theorem", "broken.py", "--theorem", "undefined.py", "--budget", "150", "--json", "r.json"
    )
    assert status == 2
    assert "running the code of broken.py" in errors
    assert "broken.py: line 1: syntax error" in errors
    assert "theorem undefined: the statement cannot be evaluated" in errors
    assert "Traceback" not in errors
    reports = {entry["id"]: entry for entry in json.loads((tmp_path / "r.json").read_text())}
    assert reports["prop-3.1"]["verdict"] == "HOLDS"
    assert reports["prop-3.1"]["search"]["evaluations"] == 150
    assert reports["prop-3.1"]["power"][0]["refuted"] == 20
    assert "NaN" in reports["undefined"]["problem"]


@pytest.mark.slow
def test_verify_refutes_the_shipped_false_statement(run, tmp_path):
    file = str(EXAMPLES / "false_statement.py")
    status, output, _ = run("--theorem", file, "--budget", "600", "--worst", "worst-instances")
    assert status == 1
    assert "training-loss-bounds-kl" in output
    assert "VIOLATED" in output
    scenario = tmp_path / "worst-instances" / "training-loss-bounds-kl.toml"
    assert scenario.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("prop-3.1", "--budget", "0"), "budget = '0': is no budget"),
        (("prop-3.1", "--budget", "plenty"), "budget = 'plenty'"),
        (("--theorem", "missing.py"), "there is no such file"),
    ],
)
def test_unusable_arguments_are_one_line_and_status_2(run, arguments, message):
    status, _, errors = run(*arguments)
    assert status == 2
    assert message in errors
    assert "Traceback" not in errors


def test_a_verdict_on_a_statement_of_ones_own_names_it_once():
    mine = gc.statement(kind="upper", name="my-bound")(lambda s: (s.kl, s.learned_energy))
    process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(), gc.AffineError(0, 0.1))
    assert str(gc.check(mine, process)).count("my-bound") == 1
    assert str(gc.check("prop-3.1", process)).startswith("HOLDS prop-3.1: KL(p^ || q) <= eps^^2/2: ")

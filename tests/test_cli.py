"""The command line: exit statuses, one-line errors, files that can be used again, and nothing loaded in vain."""

import errno
import json
import math
import os
import subprocess
import sys
import tomllib
from dataclasses import replace

import pytest

import gausscollapse as gc
from gausscollapse.app import cli
from gausscollapse.app import verification as verification_command
from gausscollapse.checking import stages
from gausscollapse.lab import presets, scenario, sweep_presets
from gausscollapse.theorems.instances import single as families

registry_module = sys.modules["gausscollapse.checking.registry"]
THEOREMS = dict(registry_module.registry)
REFUTED = tuple(name for name, theorem in THEOREMS.items() if theorem.expected == "VIOLATED")
OF_PROCESSES = tuple(name for name, theorem in THEOREMS.items() if theorem.chapter.accepts is gc.ReverseProcess)
# One theorem of each chapter and kind always, the others with the slow tests.
ALWAYS = ("prop-3.1", "prop-3.3", "limit", "hcr", "coherent", "thm-4.2-display", "hermite", "realizable")
# These are planted once; the others, and other constants, with the slow tests.
PLANTS = [
    pytest.param(name, index, marks=pytest.mark.slow if index or name not in ALWAYS else ())
    for name, theorem in THEOREMS.items()
    for index in range(len(theorem.controls))
    if name not in REFUTED
]

DATA = "[data]\nmean = [0.5, -0.5]\ncov = [[1.0, 0.2], [0.2, 0.5]]\n"
ERROR = '[error]\nkind = "affine"\nmatrix = [[0.1, 0.2], [-0.1, 0.0]]\noffset = [0.3, 0.0]\n'
HEAVY_MODULES = ("numba", "sympy", "matplotlib", "flint", "scipy.integrate")


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Return a function that runs the command line in this process, in an empty folder: status, output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(stages, "LEAST_DRAWN", 2 * len(families.FAMILIES))

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["gausscollapse", *(str(argument) for argument in arguments)])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        output = capsys.readouterr()
        return exit_.value.code, output.out, output.err

    return call


def written(path, text=DATA + ERROR):
    path.write_text(text, encoding="utf-8")
    return path


def is_number(value):
    return (isinstance(value, int | float) and not isinstance(value, bool)) or value in ("inf", "-inf")


@pytest.mark.parametrize("names", [ALWAYS, pytest.param((), marks=pytest.mark.slow, id="all")], ids=len)
def test_verify_prints_a_row_a_theorem_and_writes_json(run, tmp_path, names):
    status, out, err = run(
        "verify", *names, "--budget", "quick", "--instances", 5, "--json", "report.json", "--worst", "worst"
    )
    assert (status, err) == (0, "")
    reports = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert [entry["id"] for entry in reports] == list(names or THEOREMS)
    kinds = {"upper", "lower", "two-sided", "identity", "limit"}
    for entry in reports:
        refuted = entry["id"] in REFUTED
        assert entry["expected"] == entry["verdict"] == ("VIOLATED" if refuted else "HOLDS")
        assert entry["kind"] in kinds
        assert isinstance(entry["instances"], int)
        assert entry["instances"] >= 5
        assert entry["instances"] + entry["inconclusive"] == entry["applicable"] <= entry["drawn"]
        assert (entry["violated"] > 0) == refuted
        assert is_number(entry["min_slack"])
        assert is_number(entry["tightest_ratio"])
        assert 0.0 <= entry["tightest_ratio"] <= (math.inf if refuted else 1.0)
        assert set(entry["worst_instance"]) == {"family", "verdict", "comparison", "scenario"}
        assert entry["worst_instance"]["family"]
        assert entry["controls"]
        for control in entry["controls"]:
            assert control["refuted"] is True
            assert 0 < control["violations"] <= control["instances"]
            assert set(control["constants"]) <= set(THEOREMS[entry["id"]].constants)
        assert entry["seconds"] >= 0.0
        row = next(line for line in out.splitlines() if line.startswith(entry["id"] + " "))
        assert entry["verdict"] in row
        assert "(!)" not in row
    written_down = sorted(path.name for path in (tmp_path / "worst").iterdir())
    assert written_down == sorted(f"{name}.toml" for name in names or THEOREMS)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in ALWAYS else pytest.mark.slow) for name in THEOREMS]
)
def test_worst_instances_can_be_run_again(run, tmp_path, name):
    arguments = ("verify", name, "--budget", "quick", "--instances", 5, "--worst", "worst-instances")
    assert run(*arguments, "--json", "first.json")[0] == 0
    path = tmp_path / "worst-instances" / f"{name}.toml"
    assert tomllib.loads(path.read_text(encoding="utf-8"))
    status, out, err = run("verify", name, "--instance", path, "--json", "again.json")
    (first,), (again,) = (json.loads((tmp_path / f"{part}.json").read_text()) for part in ("first", "again"))
    # A bound that is attained is a tie: INCONCLUSIVE on that instance, whose status is then 1.
    assert again["verdict"] == first["worst_instance"]["verdict"] in ("HOLDS", "INCONCLUSIVE", "VIOLATED")
    assert (status, err) == (0 if again["verdict"] == again["expected"] else 1, "")
    assert again["worst_instance"]["scenario"] == first["worst_instance"]["scenario"]
    assert again["worst_instance"]["comparison"] == first["worst_instance"]["comparison"]
    assert again["tightest_ratio"] == pytest.approx(first["tightest_ratio"], rel=1e-9)
    assert again["controls"] == []
    assert f"{name}: {first['worst_instance']['comparison']}" in out


def test_the_same_seed_gives_the_same_report_and_another_seed_another(run, tmp_path):
    texts = []
    for seed in (3, 3, 4):
        assert (
            run("verify", "prop-3.1", "--budget", "quick", "--instances", 5, "--seed", seed, "--json", "report.json")[
                0
            ]
            == 0
        )
        (entry,) = json.loads((tmp_path / "report.json").read_text())
        texts.append({key: value for key, value in entry.items() if key != "seconds"})
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]


def plant(monkeypatch, theorem):
    monkeypatch.setattr(registry_module, "registry", {**THEOREMS, theorem.id: theorem})


@pytest.mark.parametrize(("name", "index"), PLANTS)
def test_a_wrong_constant_in_any_theorem_makes_verify_exit_1(run, monkeypatch, tmp_path, name, index):
    theorem = THEOREMS[name]
    plant(monkeypatch, theorem.with_constants(**theorem.controls[index].constants))
    status, out, err = run(
        "verify", name, "--budget", "quick", "--instances", 5, "--json", "report.json", "--worst", "worst-instances"
    )
    assert (status, err) == (1, "")
    assert "0 of 1 as expected. Not as expected: " + name + ": VIOLATED where HOLDS was expected." in out
    (entry,) = json.loads((tmp_path / "report.json").read_text())
    assert entry["verdict"] == "VIOLATED"
    assert entry["worst_instance"]["verdict"] == "VIOLATED"
    assert entry["worst_instance"]["comparison"].endswith("is false")
    assert "VIOLATED (!)" in out
    # The refuting instance is evidence: run again it still refutes the planted constant, and not the true one.
    path = tmp_path / "worst-instances" / f"{name}.toml"
    assert run("verify", name, "--instance", path)[0] == 1
    monkeypatch.setattr(registry_module, "registry", THEOREMS)
    run("verify", name, "--instance", path, "--json", "true.json")
    (entry,) = json.loads((tmp_path / "true.json").read_text())
    assert entry["verdict"] in ("HOLDS", "INCONCLUSIVE")


def test_a_control_that_is_not_refuted_makes_verify_exit_1(run, monkeypatch):
    theorem = THEOREMS["prop-3.1"]
    harmless = type(theorem.controls[0])("nothing spoilt", dict(theorem.constants))
    plant(monkeypatch, replace(theorem, controls=(*theorem.controls, harmless)))
    status, out, _ = run("verify", "prop-3.1", "--budget", "quick", "--instances", 5)
    assert status == 1
    assert "1 of 2" in out


QUICK = ("verify", "prop-3.1", "--budget", "quick", "--instances", 5)


def test_a_failed_proof_makes_verify_exit_1(run, monkeypatch):
    status = {"prop-3.1": "PROVED"}
    monkeypatch.setattr(verification_command, "prove", lambda theorems: status)
    code, out, _ = run(*QUICK, "--proofs")
    assert (code, "PROVED" in out) == (0, True)
    status["prop-3.1"] = "FAILED"
    code, out, _ = run(*QUICK, "--proofs")
    assert (code, "FAILED" in out) == (1, True)
    status["prop-3.1"] = "SPOT-CHECKED"
    code, out, _ = run(*QUICK, "--proofs")
    assert (code, "SPOT-CHECKED" in out) == (1, True)


def test_an_instance_to_which_nothing_applies_is_no_success(run, tmp_path):
    path = written(tmp_path / "mine.toml", DATA + ERROR + '[process]\nstart = "standard-normal"\n')
    assert run("verify", "sharp", "--instance", path)[0] == 1
    # Beside a theorem that applies, it does not count.
    assert run("verify", "sharp", "prop-3.1", "--instance", path)[0] == 0


def test_a_failed_write_leaves_the_old_report_and_is_one_line(run, monkeypatch, tmp_path):
    reports = {name: tmp_path / name for name in ("report.json", "report.html")}
    for path in reports.values():
        path.write_text("old", encoding="utf-8")

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    for option, name in (("--json", "report.json"), ("--html", "report.html")):
        worst = tmp_path / f"worst {name}"
        status, _, err = run(*QUICK, option, name, "--worst", worst)
        assert (status, err.count("\n")) == (2, 1)
        assert "No space left on device" in err
        assert reports[name].read_text(encoding="utf-8") == "old"
        assert not list(tmp_path.glob("*.part"))


def test_a_run_that_is_interrupted_leaves_the_old_report(run, monkeypatch, tmp_path):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(verification_command, "verify", interrupted)
    written(tmp_path / "report.json", "old")
    run(*QUICK, "--json", "report.json", "--html", "new.html")
    assert (tmp_path / "report.json").read_text(encoding="utf-8") == "old"
    assert not (tmp_path / "new.html").exists()


def test_verify_says_where_a_printed_theorem_lives(run):
    _, out, _ = run(*QUICK)
    assert (
        "gausscollapse/theorems/<id with _ for - and .>.py; its proof: derivations/ under the same file name" in out
    )


def test_the_last_line_says_in_words_how_it_went_and_nothing_is_written_unasked(run, tmp_path):
    _, out, _ = run("verify", "prop-3.1", "thm-4.2-display", "--budget", "quick", "--instances", 5)
    assert out.splitlines()[-1] == "2 of 2 as expected; 1 of them refuted, as it should be."
    assert list(tmp_path.iterdir()) == []


def test_what_there_is_is_listed_and_shown(run):
    status, out, err = run("list")
    assert (status, err) == (0, "")
    for name in (*THEOREMS, *presets.names(), *sweep_presets.names()):
        assert any(line.startswith(name) for line in out.splitlines()), name
    status, out, err = run("show", "prop-3.3")
    assert (status, err) == (0, "")
    # From the theorem's file and the glossary.
    for words in (
        "Observable energy forces drift",
        "observability: share",
        "leading = 0.25 replaced by 1.25",
        "the path chi-squared is finite",
        "theorems/prop_3_3.py",
        "derivations/prop_3_3.py",
        "SymPy checks it for: Young's steps for any numbers",
        "Taken from analysis: Girsanov's theorem",
        "(OneGeneration.prop_3_3, OneGeneration.prop_3_3_small)",
    ):
        assert words in out
    status, out, err = run("show", "prop-3.33")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert run("--version")[1] == f"gausscollapse {gc.__version__}\n"


def test_every_theorem_on_one_file_of_the_users(run, tmp_path):
    status, out, err = run("verify", "--instance", written(tmp_path / "mine.toml"))
    assert (status, err) == (0, "")
    assert not (tmp_path / "worst-instances").exists()
    process = scenario.load(tmp_path / "mine.toml")
    for name in OF_PROCESSES:
        assert f"{name}: {gc.check(name, process).reason}" in out


def test_a_failed_assumption_is_named_with_its_value(run, tmp_path):
    path = written(tmp_path / "mine.toml", DATA + ERROR + '[process]\nstart = "standard-normal"\n')
    _, out, err = run("verify", "sharp", "--instance", path)
    assert err == ""
    assert "NOT_APPLICABLE" in out
    assert "sharp: the assumption 'the reverse process starts from q_T' fails (value 0)" in out


MISTAKES = {
    "unknown id": (("verify", "prop-9.9"), "theorem = 'prop-9.9': is not known; did you mean prop-"),
    "negative seed": (
        ("verify", "prop-3.1", "--seed", "-1"),
        "seed = -1: is out of range; accepted: an integer >= 0",
    ),
    "no instances": (("verify", "--instances", "0"), "instances = 0: is out of range; accepted: an integer >= 1"),
    "no file": (
        ("verify", "--instance", "none.toml"),
        "file = 'none.toml': cannot be read (No such file or directory)",
    ),
    "bad TOML": (("verify", "--instance", "broken.toml"), "file = 'broken.toml': is not TOML ("),
    "unknown key": (
        ("simulate", "key.toml"),
        "data.varance = [1.0]: is no known key; accepted: mean, cov, kind",
    ),
    "indefinite": (
        ("simulate", "indefinite.toml"),
        "data.cov = [[-1.0]]: is not positive definite (smallest eigenvalue -1); accepted: a symmetric positive",
    ),
    "mixture": (
        ("simulate", "mixture.toml"),
        "data: exact statistics need one Gaussian, not a mixture of 2 components; accepted: a Gaussian",
    ),
    "unwritable report": (
        ("verify", "--json", "nowhere/report.json"),
        "nowhere/report.json: No such file or directory",
    ),
    "unwritable folder": (("verify", "--worst", "broken.toml"), "broken.toml: File exists"),
    "unwritable figure": (("simulate", "--figure", "nowhere/f.png"), "nowhere/f.png: No such file or directory"),
    "unknown ending": (
        ("simulate", "--figure", "f.xyz"),
        "figure = 'f.xyz': has an unknown ending; accepted: an ending",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line_on_standard_error_and_status_2(run, tmp_path, name):
    arguments, message = MISTAKES[name]
    written(tmp_path / "broken.toml", "[data\n")
    written(tmp_path / "key.toml", "[data]\nmean = [0.0]\nvarance = [1.0]\n" + ERROR)
    written(tmp_path / "indefinite.toml", "[data]\nmean = [0.0]\ncov = [[-1.0]]\n" + ERROR)
    mixture = '[data]\nkind = "mixture"\nweights = [0.5, 0.5]\nmeans = [0.0, 1.0]\ncovs = [1.0, 1.0]\n'
    written(tmp_path / "mixture.toml", mixture + '[error]\nkind = "amplified"\nfactor = 0.1\n')
    status, _, err = run(*arguments)
    assert status == 2
    assert err.count("\n") == 1
    assert err.startswith("gausscollapse: " + message)
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "arguments", [("verify", "--seed", "one"), ("verify", "--speed"), ("collapse",), ("simulate", "a", "b")]
)
def test_arguments_of_the_wrong_form_have_status_2_and_no_traceback(run, arguments):
    status, _, err = run(*arguments)
    assert status == 2
    assert "Usage" in err
    assert "Traceback" not in err


def test_simulate_prints_every_quantity_and_draws(run, tmp_path):
    path = written(tmp_path / "mine.toml")
    status, out, err = run("simulate", path, "--figure", "figure.svg")
    assert (status, err) == (0, "")
    process = scenario.load(path)
    lines = out.splitlines()
    for name, value in (
        ("ideal energy eps*^2", process.ideal_energy()),
        ("KL(p^ || q), nats", process.kl()),
        ("chi2 of paths", process.path_chi2()),
    ):
        row = next(line for line in lines if line.startswith(name))
        assert float(row.removeprefix(name).split()[0]) == pytest.approx(float(value), rel=1e-10)
    assert (tmp_path / "figure.svg").read_text(encoding="utf-8").count("<svg") == 1


def test_simulate_without_a_file_shows_the_example_and_infinity_is_a_value(run, tmp_path):
    assert run("simulate")[0] == 0
    large = '[data]\nmean = [0.0]\ncov = [[1.0]]\n[error]\nkind = "affine"\nmatrix = [[1.5]]\noffset = [0.0]\n'
    status, out, err = run("simulate", written(tmp_path / "large.toml", large))
    assert (status, err) == (0, "")
    row = next(line for line in out.splitlines() if line.startswith("chi2 of paths"))
    assert "inf" in row.split()
    assert "nan" not in out


def test_moments_beyond_floats_are_refused_and_numbers_near_zero_are_never_judged(run, tmp_path):
    overflowing = '[data]\nmean = [0.0]\ncov = [[1.0]]\n[error]\nkind = "affine"\nmatrix = [[{}]]\noffset = [{}]\n'
    for matrix, offset in ((500.0, 1.0), (0.0, 1e200)):
        path = written(tmp_path / "huge.toml", overflowing.format(matrix, offset))
        for command in (("simulate", path), ("verify", "--instance", path)):
            status, _, err = run(*command)
            assert status == 2
            assert err.startswith(
                "gausscollapse: error: the moments of 1 of 1 learned processes leave the range of floats"
            )
            assert err.count("\n") == 1
    faint = scenario.load(written(tmp_path / "faint.toml", overflowing.format(0.0, 1e-160)))
    for name in OF_PROCESSES:
        assert gc.check(name, faint) != "VIOLATED"


@pytest.mark.parametrize("horizon", [39.5, 41.0, 800.0, 1e5])
def test_long_horizons_have_the_closed_form_energy(horizon):
    diffusion = gc.OrnsteinUhlenbeck(horizon=horizon, stop=0.5)
    process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.AffineError(0.01, 0.1))
    # q_t = N(0, 1) for all t, so |e|^2 has the mean 0.1^2 + 0.01^2.
    energy = process.ideal_energy()
    assert energy.contains((0.1**2 + 0.01**2) * (horizon - 0.5))
    assert energy.width <= 1e-8 * float(energy)


def python(*arguments):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=300)


def test_python_m_gausscollapse_helps_and_fails_as_the_command_does():
    helped = python("-m", "gausscollapse", "--help")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "verify" in helped.stdout
    assert "simulate" in helped.stdout
    failed = python("-m", "gausscollapse", "verify", "prop-9.9")
    assert failed.returncode == 2
    assert failed.stderr.startswith("gausscollapse: theorem = 'prop-9.9': is not known")
    assert failed.stderr.count("\n") == 1
    assert failed.stdout == ""


LOADED = f"print([name for name in {HEAVY_MODULES!r} if name in sys.modules])"
# The package, laws, the help: one after the other in one process.
LIGHT = f"""
import contextlib, io, sys, gausscollapse
{LOADED}
from gausscollapse import Gaussian, GaussianMixture, kl, hodge, AffineError
{LOADED}
from gausscollapse.app import cli
sys.argv[1:] = ["--help"]
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    cli.main()
{LOADED}
"""


def test_heavy_modules_load_only_when_used():
    ended = python("-c", LIGHT)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.split() == ["[]", "[]", "[]"]


def test_the_check_of_loaded_modules_can_fail():
    ended = python("-c", f"import sys, scipy.integrate, gausscollapse\n{LOADED}")
    assert ended.stdout.strip() == "['scipy.integrate']"

"""Scenario files: a process survives the file to the last bit, and a mistake gets one line."""

import pickle
import tomllib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError, ScenarioError, UnknownNameError
from gausscollapse.lab import presets, scenario, to_toml
from gausscollapse.lab.process_scenario import describe_error, read_process
from gausscollapse.theorems.instances import single as families


def same_bits(first, second):
    """Whether two processes have the same law, times, options and linear form, bit by bit."""
    form, twin = first.form, second.form
    return (
        first.data == second.data
        and first.diffusion == second.diffusion
        and (first.start, first.tolerance) == (second.start, second.tolerance)
        and all(np.array_equal(getattr(form, n), getattr(twin, n)) for n in ("matrix", "offset", "response"))
        and (form.share, form.target) == (twin.share, twin.target)
    )


def through_text(process):
    return read_process(tomllib.loads(to_toml(scenario.describe(process))))


def test_drawn_processes_of_every_family_survive_to_the_last_bit():
    labels = set()
    for sample in families.draw(len(families.TURNS), np.random.default_rng(3)):
        for process, label in zip(sample.instances, sample.labels, strict=True):
            labels.add(label)
            twin = through_text(process)
            assert same_bits(process, twin)
            assert same_bits(twin, through_text(twin))
    assert labels == set(families.FAMILIES)


NUMBERS = st.floats(-1e3, 1e3)
POSITIVE = st.floats(1e-6, 1e3)


@st.composite
def processes(draw):
    data = gc.Gaussian(draw(st.lists(NUMBERS, min_size=2, max_size=2)), np.diag(draw(st.tuples(POSITIVE, POSITIVE))))
    target = gc.Gaussian(draw(st.tuples(NUMBERS, NUMBERS)), draw(POSITIVE) * np.eye(2))
    rate = draw(NUMBERS)
    parts = [
        gc.AffineError([draw(st.tuples(NUMBERS, NUMBERS)) for _ in range(2)], draw(st.tuples(NUMBERS, NUMBERS))),
        gc.SolenoidalError([[0.0, rate], [-rate, 0.0]], draw(NUMBERS)),
        gc.AmplifiedScoreError(draw(NUMBERS)),
        gc.RealizableError(target),
    ]
    error = draw(st.sampled_from(parts))
    for _ in range(draw(st.integers(0, 3))):
        error = (error + draw(st.sampled_from(parts))).scaled(draw(NUMBERS))
    stop = draw(st.floats(0.0, 1.0))
    diffusion = gc.OrnsteinUhlenbeck(stop=stop, horizon=stop + draw(st.floats(1e-3, 10.0)))
    start, tolerance = draw(st.sampled_from(["marginal", "standard-normal"])), draw(st.floats(1e-12, 1e-3))
    return gc.ReverseProcess(data, diffusion, error, start=start, tolerance=tolerance)


@given(process=processes())
@settings(max_examples=30)
def test_any_process_survives_to_the_last_bit(process):
    assert same_bits(process, through_text(process))


@given(raw=st.lists(st.floats(1e-3, 1.0), min_size=1, max_size=5))
@settings(max_examples=30)
def test_mixtures_survive_to_the_last_bit(raw):
    shares = np.array(raw) / np.sum(raw)
    data = gc.GaussianMixture(shares, 0.1 * np.arange(len(raw)), 1.0 / np.arange(1, len(raw) + 1))
    process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(), gc.RealizableError(data))
    twin = through_text(process)
    assert twin.data == data
    assert twin.error.terms[0][1].target == data


def test_the_control_of_bit_equality_sees_one_unit_in_the_last_place():
    first = read_process(scenario.EXAMPLE)
    document = {**scenario.EXAMPLE, "data": {"mean": [np.nextafter(1.0, 2.0)], "cov": [[0.25]]}}
    assert same_bits(first, read_process(scenario.EXAMPLE))
    assert not same_bits(first, read_process(document))


def test_statistics_survive_the_file(tmp_path):
    process = families.draw(8, np.random.default_rng(0))[0].instances[0]
    path = tmp_path / "process.toml"
    path.write_text(to_toml(scenario.describe(process)), encoding="utf-8")
    twin = scenario.load(path)
    assert twin.kl() == process.kl()
    assert twin.path_chi2() == process.path_chi2()


def test_files_and_presets_are_loaded_by_name(tmp_path):
    document = presets.document("alternating")
    path = tmp_path / "mine.toml"
    path.write_text(to_toml(document), encoding="utf-8")
    for name in ("alternating", path, str(path)):
        again = scenario.load(name)
        assert again.channels == scenario.read(document).channels
    with pytest.raises(UnknownNameError, match="preset = 'alternatin': is neither a file nor a preset"):
        scenario.load("alternatin")


def test_files_may_leave_out_the_diffusion_and_list_errors():
    text = """
    name = "two errors"
    data = { mean = [0, 0], cov = [[2, 0], [0, 1]] }
    [[error]]
    kind = "affine"
    matrix = [[0, 0], [0, 0]]
    offset = [1, 0]
    scale = 0.5
    [[error]]
    kind = "solenoidal"
    antisymmetric = [[0, 1], [-1, 0]]
    [process]
    start = "standard-normal"
    """
    process = read_process(tomllib.loads(text))
    assert process.diffusion == gc.OrnsteinUhlenbeck()
    assert not process.matched
    assert process.form.offset.tolist() == [0.5, 0.0]
    assert process.form.response.tolist() == [[0.0, 1.0], [-1.0, 0.0]]


def test_text_and_booleans_are_written_as_toml_reads_them():
    document = {"name": 'a "name" with \\ and\nlines\tand \x7f', "process": {"start": "marginal", "flag": True}}
    assert tomllib.loads(to_toml(document)) == document


def test_an_error_of_ones_own_cannot_be_written():
    class Mine(gc.AffineError.__base__):
        def evaluate(self, x, t, *, data):
            return np.zeros_like(x)

        def linear_form(self, data):
            raise NotImplementedError

    with pytest.raises(InvalidArgumentError, match="cannot be written to a file; accepted: affine, solenoidal"):
        describe_error(Mine())


DATA = "[data]\nmean = [0.0]\ncov = [[1.0]]\n"
ERROR = '[error]\nkind = "amplified"\nfactor = 0.1\n'
MISTAKES = {
    "unknown table": (DATA + ERROR + "[wurst]\n", "wurst = {}: is no known key; accepted: data, error, diffusion"),
    "unknown key": (
        DATA + "variance = 3\n" + ERROR,
        "data.variance = 3: is no known key; accepted: mean, cov, kind",
    ),
    "no data": (ERROR, "data = None: is missing"),
    "no error": (DATA, "error = None: is missing"),
    "no covariance": (
        "[data]\nmean = [0.0]\n" + ERROR,
        "data.cov = None: is missing; accepted: a table with mean, cov",
    ),
    "data no table": ("data = 3\n" + ERROR, r"data = 3: is not a table; accepted: a table \[data\]"),
    "error no table": ("error = 'big'\n" + DATA, r"error = 'big': is not a table; accepted: a table \[error\]"),
    "error list empty": (
        "error = []\n" + DATA,
        r"error = \[\]: is empty; accepted: at least one table \[\[error\]\]",
    ),
    "unknown law": (
        DATA + 'kind = "cauchy"\n' + ERROR,
        "data.kind = 'cauchy': is not known; accepted: gaussian, mixture",
    ),
    "a law that is no name": (DATA + "kind = [1]\n" + ERROR, r"data.kind = \[1\]: is not known; accepted: gaussian"),
    "unknown error": (
        DATA + '[error]\nkind = "awful"\n',
        "error.kind = 'awful': is not known; accepted: affine, solenoidal, amplified, realizable",
    ),
    "error without kind": (DATA + "[error]\nfactor = 1\n", "error.kind = None: is missing; accepted: affine"),
    "error kind empty": (DATA + '[error]\nkind = ""\n', "error.kind = '': is not known; accepted: affine"),
    "indefinite": (
        "[data]\nmean = [0.0]\ncov = [[-1.0]]\n" + ERROR,
        r"data.cov = \[\[-1.0\]\]: is not positive definite .*accepted: a symmetric positive definite matrix",
    ),
    "asymmetric": (
        "[data]\nmean = [0.0, 0.0]\ncov = [[1.0, 0.5], [0.0, 1.0]]\n" + ERROR,
        r"data.cov = .*is not symmetric",
    ),
    "NaN": ("[data]\nmean = [nan]\ncov = [[1.0]]\n" + ERROR, r"data.mean = \[nan\]: has NaN or infinite entries"),
    "a number as text": ("[data]\nmean = ['0']\ncov = [[1.0]]\n" + ERROR, r"data.mean = \['0'\]: is not an array of"),
    "a date": ("[data]\nmean = [2020-01-01]\ncov = [[1.0]]\n" + ERROR, "data.mean = .*is not an array of numbers"),
    "a huge integer": (
        "[data]\nmean = [1" + 400 * "0" + "]\ncov = [[1.0]]\n" + ERROR,
        "data.mean = .*more than 64 bits",
    ),
    "weights": (
        '[data]\nkind = "mixture"\nweights = [0.5, 0.6]\nmeans = [0, 1]\ncovs = [1, 1]\n' + ERROR,
        r"data.weights = \[0.5, 0.6\]: sums to 1.1; accepted: non-negative weights that sum to 1",
    ),
    "stop after the horizon": (
        DATA + ERROR + "[diffusion]\nhorizon = 1.0\nstop = 2.0\n",
        "diffusion.stop = 2.0: is not before horizon = 1; accepted: 0 <= stop < horizon",
    ),
    "unknown time": (
        DATA + ERROR + "[diffusion]\nsteps = 5\n",
        "diffusion.steps = 5: is no known key; accepted: horizon, stop",
    ),
    "unknown start": (
        DATA + ERROR + '[process]\nstart = "zero"\n',
        "process.start = 'zero': is not known; accepted: one of marginal, standard-normal",
    ),
    "tolerance": (
        DATA + ERROR + "[process]\ntolerance = 0.1\n",
        "process.tolerance = 0.1: is out of range; accepted: a finite number >= 1e-12 <= 0.001",
    ),
    "scale": (DATA + ERROR + "scale = inf\n", "error.scale = inf: is not finite; accepted: a finite number"),
    "dimensions": (
        DATA + '[error]\nkind = "affine"\nmatrix = [[0, 0], [0, 0]]\noffset = [0, 0]\n',
        "error = 2: has dimension 2; accepted: dimension 1, as the data",
    ),
    "second error": (
        DATA + '[[error]]\nkind = "amplified"\nfactor = 1\n[[error]]\nkind = "amplified"\nfactor = "x"\n',
        r"error\[1\].factor = 'x': is not a number",
    ),
    "target": (
        DATA + '[error]\nkind = "realizable"\ntarget = { mean = [0.0], cov = [[0.0]] }\n',
        r"error.target.cov = .*is not positive definite",
    ),
    "no TOML": ("[data\n", r"file = '.*': is not TOML \(.*line 1.*\); accepted: a TOML file"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_gives_one_line_with_key_value_and_cure(name, tmp_path):
    text, message = MISTAKES[name]
    path = tmp_path / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match="^" + message) as caught:
        scenario.load(path)
    line = str(caught.value)
    assert "\n" not in line
    assert "; accepted: " in line
    assert len(line) < 300
    assert str(pickle.loads(pickle.dumps(caught.value))) == line


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(
        ScenarioError, match=r"file = .*cannot be read \(No such file or directory\); accepted: a TOML"
    ):
        scenario.load(tmp_path / "nowhere.toml")
    with pytest.raises(ScenarioError, match=r"cannot be read \(Is a directory\)"):
        scenario.load(tmp_path)
    path = tmp_path / "latin.toml"
    path.write_bytes(b"name = '\xe9'")
    with pytest.raises(ScenarioError, match=r"cannot be read \(is not UTF-8 text\)"):
        scenario.load(path)

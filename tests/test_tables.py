"""Tables and rows: one line a theorem on a narrow terminal, nothing read as markup, the keys of the report's JSON."""

import io
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

import gausscollapse as gc
from gausscollapse.app import html, tables, tables_runs, terminal
from gausscollapse.app.rows import Cell, Column, Table
from gausscollapse.checking.boxes import prove_on_box
from gausscollapse.checking.falsification import BestConstant
from gausscollapse.checking.theorem_report import unusable
from gausscollapse.checking.verification import verify
from gausscollapse.core.json_text import json_text
from gausscollapse.core.verdict import Outcome
from gausscollapse.retraining import retrain
from gausscollapse.retraining.channels import kernel_density
from gausscollapse.theorems import registry, select

KEYS = [
    "id", "title", "source", "kind", "expected", "verdict", "instances", "applicable", "drawn", "violated",
    "inconclusive", "informative", "min_slack", "tightest_ratio", "worst_instance", "certifiable_instance",
    "controls", "power", "search",
    "audit", "rulings", "problem", "seconds",
]  # fmt: skip
SEARCH_KEYS = [
    "verdict", "evaluations", "budget", "seed", "tightest_ratio", "slack", "family", "comparison", "violations",
    "scenario", "best_constants", "trace",
]  # fmt: skip


@pytest.fixture(scope="module")
def reports():
    return verify(select(["prop-3.3", "slack", "thm-4.2-display"]), instances=60, budget=200, control_seeds=2)


def printed(table, width):
    console = Console(file=io.StringIO(), width=width, color_system=None)
    terminal.show(console, table)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_number_is_cut_however_narrow_the_terminal(width):
    words = [
        "flow-no-energy-bound",
        "refuted",
        "perturbative",
        "0.4179",
        "8.882e-16 (?)",
        "x 1.13e+15",
        "a long family",
    ]
    columns = [
        Column("theorem"), Column("search"), Column("constant"), Column("stated", number=True),
        Column("best", number=True), Column("left", number=True, spare=True), Column("on", wraps=True),
        Column("power", number=True),
    ]  # fmt: skip
    table = Table("Counterexample search", columns, [[Cell(word) for word in [*words, "120/120"]]])
    text = "\n".join(printed(table, width))
    for word in (*words[:5], *words[6].split(), "120/120"):
        assert word in text, (word, text)
    assert "…" not in text
    # The control: drawn in the terminal's width alone, the last number is cut.
    console = Console(file=io.StringIO(), width=60, color_system=None)
    console.print(terminal.drawn(table, [column for column in columns if not column.spare]))
    assert "120/120" not in console.file.getvalue()


def test_a_constant_that_nothing_needs_is_0_and_nothing_is_left():
    best = BestConstant("one", 1.0, 8.9e-16, -1.0, "offsets", None, certified=False)
    assert (best.words, best.left) == ("0 (?)", None)
    assert replace(best, value=-0.5, certified=True).words == "-0.5"
    assert replace(best, value=-0.5).left is None
    assert replace(best, value=0.5).left == 2.0


def test_the_json_document_has_its_keys_and_the_reports_values(reports):
    for entry, report in zip(json.loads(json_text([report.to_json() for report in reports])), reports, strict=True):
        assert list(entry) == KEYS
        assert list(entry["search"]) == SEARCH_KEYS
        assert entry["id"] == report.theorem.id
        assert entry["expected"] == str(report.theorem.expected)
        assert entry["verdict"] == str(report.verdict)
        assert entry["instances"] + entry["inconclusive"] == report.applicable
        assert entry["worst_instance"] == report.worst_instance
        assert entry["seconds"] == pytest.approx(report.seconds, abs=5.1e-4)
        assert [list(control) for control in entry["controls"]] == [
            ["words", "constants", "refuted", "violations", "instances"] for _ in report.controls
        ]
        assert [list(power) for power in entry["power"]] == [
            ["words", "constants", "refuted", "seeds", "budget", "most_evaluations"] for _ in report.power
        ]
        for constant, found in zip(entry["search"]["best_constants"], report.search.best_constants, strict=True):
            assert list(constant) == ["name", "stated", "value", "left", "certified", "family", "scenario"]
            assert (constant["name"], constant["value"]) == (found.name, found.value)
        np.testing.assert_array_equal(entry["search"]["trace"], report.search.trace)
    assert '"tightest_ratio": "inf"' in json_text(replace(reports[0], tightest_ratio=math.inf).to_json())


def test_infinities_are_words_and_nan_is_refused():
    document = {"a": [math.inf, -math.inf, 1.0], "b": None, "c": (math.inf,)}
    assert json.loads(json_text(document)) == {"a": ["inf", "-inf", 1.0], "b": None, "c": ["inf"]}
    with pytest.raises(ValueError, match="JSON"):
        json_text([math.nan])


def renamed(report, name, **changes):
    return replace(report, theorem=replace(report.theorem, id=name), **changes)


def with_longest_names(reports):
    """Return a report for every theorem of the registry, on the longest of the families' names."""
    longest = {**reports[0].worst_instance, "family": "alternating offset"}
    return [renamed(reports[0], name, worst_instance=longest) for name in registry]


@pytest.mark.parametrize(("width", "kind"), [(80, False), (90, True), (120, True)])
def test_a_theorem_takes_one_line_and_its_kind_is_left_out_where_there_is_no_room(reports, width, kind):
    lines = printed(tables.verification(with_longest_names(reports)), width)
    assert ("kind" in lines[1].split()) == kind
    body = lines[3 : 3 + len(registry)]
    assert [line.split()[0] for line in body] == list(registry)
    assert all(len(line) <= width for line in body)


def test_everything_is_on_the_page_that_is_on_the_terminal(reports):
    page = html.render(reports, [prove_on_box("prop-3.1", "amplified score")])
    for table in (tables.verification(reports), tables.searches(reports)):
        text = "\n".join(printed(table, 200))
        for cell in (cell for row in table.rows for cell in row):
            assert cell.text in text
            assert f">{cell.text}<" in page


def test_names_are_never_read_as_markup(reports):
    report = renamed(reports[0], "my[/bound]", verdict=Outcome.VIOLATED)
    for table in (tables.verification([report]), tables.searches([report])):
        assert any(line.startswith("my[/bound]") for line in printed(table, 120))


def test_what_is_wrong_is_marked(reports):
    good, equality, refuted = reports
    assert tables.verdict(good) == tables.Cell("HOLDS", tables.Tone.GOOD)
    assert tables.verdict(refuted) == tables.Cell("VIOLATED", tables.Tone.GOOD)
    assert tables.verdict(replace(good, verdict=Outcome.VIOLATED)) == tables.Cell("VIOLATED (!)", tables.Tone.BAD)
    broken = unusable(registry["hcr"], "it raised")
    assert tables.verdict(broken) == tables.Cell("unusable", tables.Tone.BAD)
    harmless = [replace(control, violated=np.zeros(3, dtype=bool)) for control in good.controls]
    cells = tables.verification([replace(good, controls=harmless)]).rows[0]
    assert cells[-1] == tables.Cell("0 of 2", tables.Tone.BAD)
    failed = tables.verification([good, equality], {"slack": "FAILED"}).rows
    assert [row[-1].text for row in failed] == ["-", "FAILED"]
    assert failed[1][-1].tone is tables.Tone.BAD
    weak = tuple(replace(power, refuted=power.seeds - 1) for power in good.power)
    assert tables.searches([replace(good, power=weak)]).rows[0][-1] == tables.Cell("2/4", tables.Tone.BAD)


def test_a_refuted_theorem_is_named_and_whether_that_was_expected(reports):
    refuted = reports[2]
    (line,) = [note for note in tables.verification(reports).notes if "refuted" in note]
    assert line.startswith("thm-4.2-display is refuted, as expected: D_{N+1} + C_bias <= C * discounted sum: 0.001")
    unexpected = replace(refuted, theorem=replace(refuted.theorem, expected=Outcome.HOLDS))
    (line,) = [n for n in tables.verification([unexpected]).notes if "refuted" in n]
    assert line.startswith("thm-4.2-display is refuted: ")


@pytest.mark.parametrize(
    ("ratio", "exact", "words"),
    [(0.25, False, "0.250000"), (2e20, False, "2e+20"), (1.0, True, "1"), (1.0 - 5e-8, True, "1-5e-08"),
     (None, True, "-"), (math.inf, False, "inf")],
)  # fmt: skip
def test_tightness_in_words(ratio, exact, words):
    assert tables.tightness(ratio, exact=exact) == words


def words(table):
    return [[cell.text for cell in row] for row in table.rows]


def test_a_process_is_a_table_of_its_figures():
    # An offset b on N(0, 1) data moves nothing but the mean: the ideal energy is b^2 times the time.
    diffusion = gc.OrnsteinUhlenbeck(horizon=3.0, stop=1.0)
    table = tables_runs.process(gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.AffineError(0.0, 0.5)))
    name, value, half = words(table)[0]
    assert name == "ideal energy eps*^2"
    assert float(value) == pytest.approx(0.25 * 2.0, abs=float(half))
    assert printed(table, 80)[3].split() == ["ideal", "energy", "eps*^2", value, half]
    # Slopes beyond the finiteness of chi-squared have an infinite one, whose interval has no width to speak of.
    large = tables_runs.process(gc.ReverseProcess(gc.Gaussian(0.0, 1.0), diffusion, gc.AffineError(1.5, 0.0)))
    assert ["chi2 of paths", "inf"] in [row[:2] for row in words(large)]


def test_a_trajectory_is_a_row_a_generation_and_says_what_is_infinite():
    # A bandwidth h adds h^2 to the variance of both coordinates: sqrt(1.81) - 1 in each.
    table = tables_runs.trajectory(
        retrain(gc.Gaussian([0.0, 0.0], np.eye(2)), fresh=0.0, step=kernel_density(0.9, 2), generations=2)
    )
    first, second, last = words(table)
    assert first[:4] == ["0", "1", "0", "-"]
    assert float(second[-1]) == pytest.approx(math.sqrt(2.0) * (math.sqrt(1.81) - 1.0), rel=1e-5)
    assert last[2] == "inf"
    assert any(note.startswith("D of generation 2: infinite") for note in table.notes)

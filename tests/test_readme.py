"""The README is short, its lines can be read in an editor, what it links is there, and what it prints is printed."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from gausscollapse.checking.search import as_budget
from gausscollapse.checking.verification import verify
from gausscollapse.theorems import select

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def lost(text):
    """Return the relative links of a text that lead nowhere."""
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    return [target for target in targets if "://" not in target and not (ROOT / target).exists()]


def test_it_is_short_and_narrow():
    lines = README.splitlines()
    assert len(lines) < 300
    assert max(map(len, lines)) <= 100


def test_its_links_lead_somewhere():
    assert lost(README) == []
    assert lost("[a](docs/lectures) [b](docs/nowhere.md)") == ["docs/nowhere.md"]


def constants(text):
    """Return the best constants of a table in the text: theorem, name, stated, best and family."""
    rows = re.findall(r"^\| `([\w.-]+)` \| (\w+) \| (\S+) \| (\S+) \| (.+) \|$", text, re.M)
    return [(name, constant, float(Fraction(stated)), float(best), on) for name, constant, stated, best, on in rows]


def verdicts(text):
    """Return rows of the verification in the text: theorem and verdict."""
    return re.findall(r"^([\w.-]+) +(HOLDS|VIOLATED) +\d+ +\S+ ", text, re.M)


@pytest.mark.slow
def test_its_tables_are_those_of_a_run():
    best, shown = constants(README), verdicts(README)
    assert (len(best), len(shown)) == (9, 9)
    ids = {name for name, *_ in (*best, *shown)}
    reports = {report.theorem.id: report for report in verify(select(ids), budget=as_budget("default"))}
    known = {
        (name, item.name): item for name, report in reports.items() for item in report.search.best_constants
    }  # fmt: skip
    for name, constant, stated, value, on in best:
        item = known[name, constant]
        assert item.stated == stated
        assert item.value == pytest.approx(value, rel=1e-3)
        assert item.family == on
    # How many are drawn, and so which is the tightest, depends on the theorems before it.
    assert all(str(reports[name].verdict) == verdict for name, verdict in shown)
    # The control: a constant of before this search is found out.
    assert known["prop-4.1", "factor"].value != pytest.approx(1.850, rel=1e-3)

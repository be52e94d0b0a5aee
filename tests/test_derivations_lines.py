"""Long formulas in rows: nothing is lost, and a browser shows them on a telephone without cutting or scrolling."""

import html
import re
from pathlib import Path

import pytest

from derivations.frame.catalogue import MODULES, derive
from derivations.frame.lines import NARROW, displayed, rows, wide
from tests import browser
from tests.test_derivations import cases

DOCS = Path(__file__).parent.parent / "docs"


def formulas(name: str) -> list[str]:
    steps = derive(name).steps
    return [formula for step in steps for formula in (step.latex, step.reads) if formula]


def signs(formula: str) -> str:
    """Return the letters, digits and signs of a formula, without what arranges them."""
    formula = re.sub(
        r"\\(begin|end)\{aligned\}|\\\\ &\\quad|\\(left|right|bigl|bigr)(?![a-z])|\\[dt]?frac|&", " ", formula
    )
    return "".join(sorted(re.sub(r"[\s{}()/]", "", formula)))


@pytest.mark.parametrize("name", cases([(name,) for name in MODULES]))
def test_rows_lose_and_add_nothing(name: str) -> None:
    for formula in formulas(name):
        assert signs(displayed(formula)) == signs(formula)
        if wide(formula) <= NARROW:
            assert displayed(formula) == formula
        for row in rows(formula):
            assert row.count("{") == row.count("}")
            assert row.count(r"\left") == row.count(r"\right")


def test_a_lost_sign_is_seen() -> None:
    formula = "a + " * 20 + "b = c"
    assert signs(displayed(formula)) == signs(formula)
    assert signs(displayed(formula).replace("+", "-", 1)) != signs(formula)


def test_rows_begin_with_operations_or_relations() -> None:
    formula = (
        " + ".join(f"w_{i} x_{i}^2" for i in range(12))
        + r" \ge \left("
        + " - ".join("abcdefghijklmno")
        + r"\right)^2"
    )
    first, *others = rows(formula)
    assert len(others) >= 2
    assert first.startswith("w_")
    assert all(row.startswith(("+", "-", r"\ge")) for row in others)
    assert all(wide(row.replace(r"\bigl(", "(").replace(r"\bigr)", ")")) <= NARROW + 3 for row in (first, *others))


def page(shown: list[str]) -> str:
    style, script = (DOCS / "_static" / "site.css").read_text(), (DOCS / "_static/mathjax/tex-svg-full.js").as_uri()
    told = """setTimeout(() => {
  const all = [...document.querySelectorAll("mjx-container")];
  const wide = all.filter((item) => item.scrollWidth > item.clientWidth + 1);
  document.body.insertAdjacentHTML("afterbegin", `<p id="told">${all.length} ${wide.length}</p>`);
}, 3000);"""
    body = "".join(rf"<div>\[{html.escape(formula)}\]</div>" for formula in shown)
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><style>{style} body {{ width: 358px }}</style>'
        f'<script defer src="{script}"></script></head><body>{body}<script>{told}</script></body></html>'
    )


@pytest.mark.slow
def test_formulas_fit_a_telephone(tmp_path: Path) -> None:
    """As they are, some are wider than the screen; in rows none scrolls."""
    every = [formula for name in MODULES for formula in formulas(name)]
    path = tmp_path / "page.html"
    path.write_text(page([displayed(formula) for formula in every]), encoding="utf-8")
    told = browser.chromium(
        "--allow-file-access-from-files", "--window-size=500,1500", "--virtual-time-budget=20000", "--dump-dom",
        path.as_uri(),
    )  # fmt: skip
    count, cut = re.search(r'<p id="told">(\d+) (\d+)</p>', told).groups()
    assert int(count) == len(every)
    assert int(cut) == 0

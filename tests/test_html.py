"""The report page: complete, self-contained, typeset, and shown as meant by a browser without a network."""

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from importlib import import_module

import pytest

from gausscollapse.app import html, typeset
from gausscollapse.checking.boxes import prove_on_box
from gausscollapse.checking.glossary import symbols
from gausscollapse.checking.theorem_report import unusable
from gausscollapse.checking.verification import verify
from gausscollapse.theorems import registry, select

from . import browser

IDS = ("prop-3.3", "slack")


@pytest.fixture(scope="module")
def page():
    reports = verify(select(IDS), instances=60, budget=200, control_seeds=2)
    reports.append(unusable(replace(registry["hcr"], id="mine", latex=r"\unknownmacro{x}"), "a <problem> & more"))
    derivations = {"prop-3.3": "PROVED", "slack": "FAILED"}
    return html.render(reports, [prove_on_box("prop-3.1", "amplified score")], derivations=derivations)


class Reader(HTMLParser):
    VOID = frozenset({"meta", "path", "use", "image", "br", "link", "input"})

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.references, self.tags = [], [], [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            elif name in ("href", "xlink:href", "src") and value is not None:
                self.references.append(value)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_page_is_well_formed_and_refers_to_nothing_outside(page):
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    assert not reader.tags & {"script", "link", "iframe"}
    for reference in reader.references:
        assert reference.startswith(("#", "data:image/png;base64,")), reference[:60]
        if reference.startswith("#"):
            assert reference[1:] in reader.ids
    assert "url(http" not in page
    assert "@import" not in page


def test_page_holds_what_verify_found(page):
    for name in (*IDS, "mine"):
        assert f'<section id="{name}">' in page
    # Parts of the formulas, scatters of prop-3.3 and slack, traces, and the symbols of the glossary.
    assert page.count("<svg") == 4 + 2 + 1 + 2 + len(re.findall("<dt><svg", page))
    assert "leading = 0.25 replaced by 1.25" in page
    assert "PROVED ON BOX" in page
    assert "a &lt;problem&gt; &amp; more" in page
    assert "Extremal instance" in page
    assert "[data]" in page


def test_the_scope_of_a_proof_stands_beside_its_word(page):
    for name, word in (("prop-3.3", "PROVED"), ("slack", "FAILED")):
        proof = import_module(f"derivations.{registry[name].file_name}")
        said = f"<dt>proof</dt><dd>{word}. SymPy checks it for: {proof.scope}."
        assert said in unescape(page)
        assert unescape(page).count(proof.scope) == 1
        tone = "" if word == "PROVED" else ' class="bad"'
        assert f"<td{tone}>{word}</td>" in page
    assert "<strong>Not proved: slack.</strong>" in page
    assert "Coq proves it for" in page[page.index('id="prop-3.3"') :]


def test_without_derivations_nothing_is_said_of_proofs():
    assert "<dt>proof</dt>" not in html.render(verify(select(["slack"]), instances=20, budget=20, control_seeds=1))


@pytest.mark.parametrize("name", list(registry))
def test_statement_is_typeset(name):
    assert "<svg" in typeset.formula(registry[name].latex, "x")


@pytest.mark.parametrize("latex", sorted({item.latex for name in registry for item in symbols(registry[name])}))
def test_every_symbol_is_typeset(latex):
    assert "<svg" in typeset.symbol(latex, "x")


def test_what_cannot_be_typeset_is_shown_as_written():
    assert typeset.symbol(r"\unknownmacro x", "x") == "<code>\\unknownmacro x</code>"
    assert typeset.formula(r"\unknownmacro{x}", "x") == ('<div class="formula"><code>\\unknownmacro{x}</code></div>')
    assert typeset.formula("", "x") == ""


def test_what_shares_a_left_side_repeats_it():
    assert typeset.mathtext(r"\Big(\frac1{n+2}\mathcal F\Big)") == [r"$(\frac{1}{n+2}\mathcal{F})$"]
    assert typeset.mathtext(r"a\le b,\qquad\ge c") == ["$a\\leq b,$", "$a\\geq c$"]
    assert typeset.mathtext(registry["prop-3.3"].latex)[-1].startswith(r"$\chi^2(\hat{p}\,\|\,q)\geq\frac{1}{8}")


@pytest.mark.parametrize("name", list(registry))
def test_no_formula_begins_with_a_relation(name):
    assert not any(re.match(r"\$(=|\\[lg]eq?\b|\\asymp)", line) for line in typeset.mathtext(registry[name].latex))


def test_contents_and_glossary_lead_to_what_there_is(page):
    contents = re.search(r'<nav aria-label="Contents">(.*?)</nav>', page).group(1)
    assert re.findall(r'href="#([^"]*)"', contents) == ["searches", "boxes", *IDS, "mine", "glossary"]
    glossary = page[page.index('<section id="glossary">') :]
    assert "<strong>observability</strong> (eta): share of the ideal energy" in glossary
    # No theorem of the page speaks of retraining.
    assert "fresh fraction" not in glossary
    entries = len(re.findall("<dt>", glossary))
    assert entries == len({symbol.plain for name in IDS for symbol in symbols(registry[name])})


@pytest.mark.slow
def test_page_opens_in_a_browser_without_network(page, tmp_path):
    path, picture = tmp_path / "report.html", tmp_path / "report.png"
    path.write_text(page, encoding="utf-8")
    tree = browser.dom(path.as_uri())
    assert "<title>gausscollapse: theorems</title>" in tree
    assert len(re.findall("<section", tree)) == 6
    browser.screenshot(path.as_uri(), picture)
    colours = browser.colours(picture)
    white = sum(count for count, colour in colours if colour == (255, 255, 255))
    total = sum(count for count, _ in colours)
    assert 0.5 < white / total < 0.98
    # The points of the scatter and the green of a verdict are on the picture.
    assert any(b > r + 60 for _, (r, _, b) in colours)
    assert any(g > r + 40 and g > b + 20 for _, (r, g, b) in colours)


@pytest.mark.slow
def test_page_is_dark_where_it_should_be_and_fits_a_phone(page, tmp_path):
    path, picture = tmp_path / "report.html", tmp_path / "report.png"
    path.write_text(page, encoding="utf-8")
    browser.screenshot(path.as_uri(), picture, height=2500, dark=True)
    colours = browser.colours(picture)
    _, background = max(colours)
    assert background == (20, 24, 31)
    bright = sum(count for count, colour in colours if min(colour) > 230)
    assert bright < 0.1 * sum(count for count, _ in colours)
    assert browser.width_needed(page, tmp_path, 390) <= 390

"""The report page: complete, self-contained, typeset, and shown as meant by a browser without a network."""

import re
import shutil
import subprocess
import tempfile
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from PIL import Image

from gausscollapse.app import html, typeset
from gausscollapse.checking.boxes import prove_on_box
from gausscollapse.checking.verification import unusable, verify
from gausscollapse.theorems import registry, select

IDS = ("prop-3.3", "slack")


@pytest.fixture(scope="module")
def page():
    reports = verify(select(IDS), instances=60, budget=200, control_seeds=2)
    reports.append(unusable(replace(registry["hcr"], id="mine", latex=r"\unknownmacro{x}"), "a <problem> & more"))
    return html.render(reports, [prove_on_box("prop-3.1", "amplified score")])


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
    assert page.count("<svg") == 2 + 2 + 1 + 2  # formulas, scatters of prop-3.3 and slack, traces
    assert "leading = 0.25 replaced by 1.25" in page
    assert "PROVED ON BOX" in page
    assert "a &lt;problem&gt; &amp; more" in page
    assert "Extremal instance" in page
    assert "[data]" in page


@pytest.mark.parametrize("name", list(registry))
def test_statement_is_typeset(name):
    assert "<svg" in typeset.formula(registry[name].latex, "x")


def test_what_cannot_be_typeset_is_shown_as_written():
    assert typeset.formula(r"\unknownmacro{x}", "x") == ('<div class="formula"><code>\\unknownmacro{x}</code></div>')
    assert typeset.formula("", "x") == ""


@pytest.mark.slow
def test_page_opens_in_a_browser_without_network(page, tmp_path):
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert browser is not None, "this test opens the page in Chromium: install it (Debian: apt-get install chromium)"
    path, picture = tmp_path / "report.html", tmp_path / "report.png"
    path.write_text(page, encoding="utf-8")
    with tempfile.TemporaryDirectory() as profile:
        common = [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}", "--window-size=1200,1500",
        ]  # fmt: skip
        subprocess.run(
            [*common, f"--screenshot={picture}", path.as_uri()], check=True, capture_output=True, timeout=120
        )
        tree = subprocess.run(
            [*common, "--dump-dom", path.as_uri()], check=True, capture_output=True, text=True, timeout=120
        ).stdout
    assert "<title>gausscollapse: theorems</title>" in tree
    assert len(re.findall("<section", tree)) == 5
    with Image.open(picture) as image:
        colours = image.convert("RGB").getcolors(maxcolors=1 << 24)
    white = sum(count for count, colour in colours if colour == (255, 255, 255))
    total = sum(count for count, _ in colours)
    assert 0.5 < white / total < 0.98
    # The points of the scatter and the green of a verdict are on the picture.
    assert any(b > r + 60 for _, (r, _, b) in colours)
    assert any(g > r + 40 and g > b + 20 for _, (r, g, b) in colours)

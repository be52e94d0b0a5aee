"""The built site fetches nothing, links nowhere in vain, and has a page for every theorem and public name.

The slow tests look at the site whose folder is in ``GAUSSCOLLAPSE_SITE``; the gate builds it first.
"""

import html
import inspect
import os
import re
import sys
from importlib import import_module
from pathlib import Path

import pytest

import gausscollapse as gc

from . import browser, site_checks

ROOT = Path(__file__).resolve().parent.parent
EXTENSIONS = ROOT / "docs" / "_ext"


@pytest.fixture(scope="module")
def site():
    folder = os.environ.get("GAUSSCOLLAPSE_SITE")
    if not folder:
        pytest.skip("no site was built: GAUSSCOLLAPSE_SITE names none")
    assert (Path(folder) / "index.html").is_file()
    return Path(folder).resolve()


@pytest.fixture
def extensions(monkeypatch):
    monkeypatch.syspath_prepend(str(EXTENSIONS))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(EXTENSIONS) in str(sys.modules[name].__file__):
            del sys.modules[name]


def write(folder, **files):
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<script src="//cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="https://fonts.example/css">',
        '<link rel="preload" as="font" href="HTTP://fonts.example/a.woff2">',
        '<img src="http://example/a.png">',
        '<img srcset="a.png 1x, https://example/a.png 2x">',
        '<iframe src="https://example/"></iframe>',
        "<style>@font-face { src: url('https://fonts.example/a.woff2') }</style>",
        "<style>@import 'https://fonts.example/css';</style>",
        '<p style="background: url(//example/a.png)">',
        '<svg><image href="https://example/a.png"/></svg>',
    ],
)
def test_what_is_fetched_is_found(tmp_path, text):
    write(tmp_path, index_html=text)
    assert len(site_checks.fetched(tmp_path)) == 1


def test_what_is_not_fetched_is_not_reported(tmp_path):
    write(
        tmp_path,
        index_html='<a href="https://example/">a paper</a><link rel="canonical" href="https://example/">'
        '<script src="x.js"></script><img src="data:image/png;base64,AAAA"><p>url(https://example/)</p>',
        site_css="a { background: url('a.png') } /* https://example/ */",
    )
    assert site_checks.fetched(tmp_path) == []


def test_what_a_style_sheet_fetches_is_found(tmp_path):
    write(tmp_path, site_css='@font-face { src: url("https://fonts.example/a.woff2") }')
    assert site_checks.fetched(tmp_path) == ["site.css: https://fonts.example/a.woff2"]


def test_broken_links_are_found(tmp_path):
    write(
        tmp_path,
        index_html='<h1 id="here"></h1><a href="#here"></a><a href="other.html#there"></a><a href="https://x/"></a>'
        '<a href="#gone"></a><a href="other.html#gone"></a><a href="missing.html"></a><img src="missing.png">'
        '<a href="other.html#fresh=0.1&amp;error=0"></a>',
        other_html='<p id="there"></p>',
    )
    found = [line.partition(": ")[2] for line in site_checks.broken(tmp_path)]
    assert found == ["#gone", "other.html#gone", "missing.html", "missing.png"]


def test_words_mean_nothing_to_markdown(extensions):
    from markdown_it import MarkdownIt
    from page_text import escaped

    words = r"E[M]^2 / eps*^4 <b> `x` $a_1$ #5 a|b {c} ~d~ *e* \f"
    shown = html.unescape(re.sub("<[^>]+>", "", MarkdownIt("commonmark").render(escaped(words)))).strip()
    assert shown == words


def test_every_lecture_has_a_finding(extensions):
    from lecture_list import lecture_list

    folder = ROOT / "docs" / "lectures"
    numbers = [path.name[:2] for path in sorted(folder.glob("[0-9]*.md"))]
    assert re.findall(r"^\(lecture-(\d\d)\)=$", lecture_list(folder), re.MULTILINE) == numbers


def test_a_lecture_without_a_finding_is_refused(extensions, tmp_path):
    from lecture_list import lecture_list

    (tmp_path / "01-nothing.md").write_text("# 1. Nothing\n\nNo finding.\n", encoding="utf-8")
    with pytest.raises(ValueError, match="finding"):
        lecture_list(tmp_path)


def test_every_public_name_is_on_the_page_of_one_room(extensions):
    from api_pages import ROOMS, public_names

    faces = {room: import_module(f"gausscollapse.{room}") for room in ROOMS}
    shown = {id(getattr(faces[room], name)) for room in ROOMS for name in public_names(room)}
    missing = [
        f"{room}.{name}"
        for room, face in faces.items()
        for name, thing in ((name, getattr(face, name)) for name in face.__all__)
        if inspect.isclass(thing) or inspect.isroutine(thing)
        if id(thing) not in shown
    ]
    assert missing == []


@pytest.mark.slow
def test_the_site_fetches_nothing(site):
    assert site_checks.fetched(site) == []


@pytest.mark.slow
def test_the_site_has_no_broken_links(site):
    assert site_checks.broken(site) == []


@pytest.mark.slow
def test_every_theorem_has_a_page_that_says_what_it_says(site):
    for name, theorem in gc.theorems.registry.items():
        text = (site / "theorems" / f"{name}.html").read_text(encoding="utf-8")
        words = html.unescape(re.sub(r"<[^>]+>", "", text))
        assert " ".join(theorem.words.split()) in " ".join(words.split())
        assert all(control.words in words for control in theorem.controls)
        assert "Proof" in words
        for symbol in gc.checking.symbols(theorem):
            assert f"glossary.html#symbol-{symbol.name.replace(' ', '-').lower()}" in text.lower()


@pytest.mark.slow
def test_every_formula_of_the_site_can_be_set(site, tmp_path):
    formulas = {text for page in site_checks.pages(site).values() for text in page.formulas}
    assert len(formulas) > 100
    planted = r"\(\undefinedcommand{x}\)"
    script = (site / "_static" / "mathjax" / "tex-svg-full.js").as_uri()
    for name, shown, expected in (("all", sorted(formulas), 0), ("control", [planted], 1)):
        lines = "\n".join(f"<div>{text}</div>" for text in shown)
        path = tmp_path / f"{name}.html"
        path.write_text(f'<meta charset="utf-8"><script src="{script}"></script>{lines}', encoding="utf-8")
        set_page = browser.dom(path.as_uri())
        assert set_page.count("<mjx-container") >= len(shown)
        errors = re.findall(r'data-mjx-error="([^"]*)"|mathcolor="red"', set_page)
        assert bool(errors) == bool(expected), errors


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["index", "theorems/index", "theorems/prop-3.3", "lectures/01-what-collapse-looks-like"]
)
def test_a_page_reaches_for_nothing_while_it_is_read(site, tmp_path, name):
    told = """<script>addEventListener("load", () => setTimeout(() => {
  const names = performance.getEntriesByType("resource").map((entry) => entry.name);
  document.title = "reached: " + names.filter((each) => !/^(file|data):/.test(each)).join(" ");
}, 1500));</script>"""
    control = '<img src="https://example.invalid/a.png">'
    page = site / f"{name}.html"
    for number, (planted, expected) in enumerate((("", "reached:"), (control, "https://example.invalid/a.png"))):
        copy = page.with_name(f"{page.stem}-tried-{number}.html")
        try:
            copy.write_text(page.read_text(encoding="utf-8").replace("</body>", planted + told + "</body>"), "utf-8")
            title = re.search(r"<title>(.*?)</title>", browser.dom(copy.as_uri()), re.DOTALL)[1].strip()
        finally:
            copy.unlink()
        assert title == expected if not number else expected in title


def test_a_command_on_a_page_prints_at_once_and_fails_where_it_failed(extensions, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    from page_kernel import shell_cell

    assert "FORCE_COLOR" not in os.environ
    written = []
    monkeypatch.setattr(sys, "stdout", type("Parts", (), {"write": written.append, "flush": lambda *_: None})())
    shell_cell("", "printf 'a row '; sleep 0.05; printf 'of a table\\n'; echo beside >&2")
    assert [part for part in written if part] == ["a row of a table\nbeside\n"]
    with pytest.raises(RuntimeError, match="exit status 3 of: exit 3"):
        shell_cell("", "exit 3")

"""One self-contained page of what `verify` found: no network, no scripts, figures and formulas inside the file."""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping, Sequence
from importlib.resources import files

from gausscollapse.app import tables
from gausscollapse.app.figures_verification import scatter, scatter_caption, trace_figure
from gausscollapse.app.rows import Cell, Section, Table, Tone
from gausscollapse.app.typeset import formula, svg, symbol
from gausscollapse.checking.boxes import BoxProof
from gausscollapse.checking.glossary import GLOSSARY, symbols
from gausscollapse.checking.proofs import PROVED
from gausscollapse.checking.theorem_report import TheoremReport

CHECKED = (
    "Each statement was checked on random instances, whose two sides are enclosed. <em>Decided</em> are those on "
    "which the enclosures tell, <em>ties</em> those on which they overlap; <em>tightest</em> is the largest ratio of "
    "the smaller to the larger side, of an identity or a limit what it lacks to agreeing; <em>controls</em> counts "
    "statements spoilt on purpose that were refuted. <em>Refereed</em> means that the worst instance and a "
    "counterexample to each control were computed again with proven bounds, as theorems about the floats given, and "
    "that outcomes and intervals agreed."
)
SEARCHED = (
    "An optimiser moves through families of instances to where the two sides come closest. <em>Best</em> is the "
    "strongest value of a constant that no instance found contradicts; <em>power</em> counts the searches that "
    "refuted a control."
)
EXHAUSTED = "Interval branch and bound in ball arithmetic: the statement holds at every point of the box."


def _cell(cell: Cell, *, tag: str, right: bool, sections: Collection[str]) -> str:
    kinds = [*(["number"] if right else []), *([] if cell.tone is Tone.PLAIN else [cell.tone])]
    text = html.escape(cell.text)
    if cell.target in sections:
        text = f'<a href="#{html.escape(cell.target)}">{text}</a>'
    attribute = f' class="{" ".join(kinds)}"' if kinds else ""
    return f"<{tag}{attribute}>{text}</{tag}>"


def drawn(table: Table, sections: Collection[str] = ()) -> str:
    """Return a table with its notes; cells lead to those of `sections` that they name."""

    def line(cells: Sequence[Cell], tag: str) -> str:
        more = "" if cells[0].text else ' class="more"'
        parts = (
            _cell(cell, tag=tag, right=column.number, sections=sections)
            for cell, column in zip(cells, table.columns, strict=True)
        )
        return f"<tr{more}>{''.join(parts)}</tr>"

    head = line([Cell(column.heading) for column in table.columns], "th")
    body = "".join(line(row, "td") for row in table.rows)
    notes = "".join(f'<p class="soft note">{html.escape(note)}</p>' for note in table.notes)
    return f'<div class="scroll"><table><thead>{head}</thead><tbody>{body}</tbody></table></div>{notes}'


def _titled(table: Table, words: str, sections: Collection[str], name: str) -> str:
    if not table.rows:
        return ""
    title = html.escape(table.title)
    return f'<section id="{name}"><h2>{title}</h2><p>{words}</p>{drawn(table, sections)}</section>'


def _contents(parts: Sequence[tuple[str, Table]], sections: Sequence[Section]) -> str:
    """Return links to the parts that there are, to every theorem and to the glossary."""
    names = [(name, table.title) for name, table in parts if table.rows]
    names += [*((item.id, item.id) for item in sections), ("glossary", "Glossary")]
    links = (f'<li><a href="#{html.escape(name)}">{html.escape(title)}</a></li>' for name, title in names)
    return f'<nav aria-label="Contents"><ul>{"".join(links)}</ul></nav>'


def _glossary(reports: Sequence[TheoremReport]) -> str:
    """Return every symbol that the formulas of the page use, in one sentence each."""
    used = {item.plain for report in reports for item in symbols(report.theorem)}
    entries = (
        f"<dt>{symbol(item.latex, f'g{k}')}</dt><dd><strong>{html.escape(item.name)}</strong>"
        f" ({html.escape(item.plain)}): {html.escape(item.meaning)}.</dd>"
        for k, item in enumerate(GLOSSARY)
        if item.plain in used
    )
    return f'<section id="glossary"><h2>Glossary</h2><dl class="glossary">{"".join(entries)}</dl></section>'


def _section(item: Section, order: int) -> str:
    verdict = f'<span class="{item.verdict.tone}">{html.escape(item.verdict.text)}</span>'
    parts = [
        f"<header><h2>{html.escape(item.id)}</h2>{verdict}"
        f'<span class="soft">{html.escape(item.headline)}</span></header>',
        formula(item.latex, f"f{order}"),
        f"<p>{html.escape(item.words)}</p>",
    ]
    if item.problem:
        parts.append(f"<pre>{html.escape(item.problem)}</pre>")
    else:
        facts = (f"<dt>{name}</dt><dd>{html.escape(words)}</dd>" for name, words in item.facts)
        parts += [f'<dl class="facts">{"".join(facts)}</dl>', _figures(item, order)]
        if item.controls.rows:
            parts.append(drawn(item.controls))
        headline, scenario = map(html.escape, item.instance)
        if headline:
            parts.append(f"<details><summary>{headline}</summary><pre>{scenario}</pre></details>")
    return f'<section id="{html.escape(item.id)}">{"".join(parts)}</section>'


def _figures(item: Section, order: int) -> str:
    drawings = [(scatter(cloud), scatter_caption(cloud)) for cloud in item.clouds]
    if item.trace is not None:
        drawings.append((trace_figure(item.trace), "Search trace: what came closest so far."))
    entries = (
        f"<figure>{svg(figure, f's{order}-{k}', dpi=160)}<figcaption>{html.escape(caption)}</figcaption></figure>"
        for k, (figure, caption) in enumerate(drawings)
    )
    return f'<div class="figures">{"".join(entries)}</div>'


def render(
    reports: Sequence[TheoremReport],
    proofs: Sequence[BoxProof] = (),
    *,
    derivations: Mapping[str, str] | None = None,
) -> str:
    """Return the page as text.

    Parameters
    ----------
    reports : sequence of TheoremReport
        What `verify` found.
    proofs : sequence of BoxProof
        Proofs on boxes.
    derivations : mapping of str to str, optional
        The status of each theorem's derivation, where they were run; its scope stands beside it.

    Returns
    -------
    str
        An HTML document that refers to nothing outside itself.
    """
    expected = sum(report.as_expected for report in reports)
    overview = tables.verification(reports, derivations, scopes=False)
    known = {} if derivations is None else derivations
    sections = [tables.section(report, known.get(report.theorem.id, "")) for report in reports]
    missing = [name for name, status in known.items() if status != PROVED]
    open_proofs = f"<strong>Not proved: {html.escape(', '.join(missing))}.</strong> " if missing else ""
    searches, boxes = tables.searches(reports), tables.boxes(proofs)
    style = files("gausscollapse.app").joinpath("report.css").read_text(encoding="utf-8")
    ids = {item.id for item in sections}
    return "".join(
        (
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>gausscollapse: theorems</title><style>{style}</style></head><body>",
            f'<h1>{overview.title}</h1><p class="soft">{expected} of {len(sections)} theorems are as expected, ',
            f"with every control refuted. {open_proofs}Divergences in nats.</p>",
            _contents((("searches", searches), ("boxes", boxes)), sections),
            f"<p>{CHECKED}</p>{drawn(overview, ids)}",
            _titled(searches, SEARCHED, ids, "searches"),
            _titled(boxes, EXHAUSTED, ids, "boxes"),
            *(_section(item, order) for order, item in enumerate(sections)),
            _glossary(reports),
            "</body></html>\n",
        )
    )

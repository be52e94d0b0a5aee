"""One self-contained page of what `verify` found: no network, no scripts, figures and formulas inside the file."""

from __future__ import annotations

import html
from collections.abc import Collection, Sequence

from gausscollapse.app import tables
from gausscollapse.app.figures_verification import scatter, scatter_caption, trace_figure
from gausscollapse.app.rows import Cell, Section, Table, Tone
from gausscollapse.app.typeset import formula, svg
from gausscollapse.checking.boxes import BoxProof
from gausscollapse.checking.theorem_report import TheoremReport

STYLE = """
:root { color-scheme: light; --ink: #1c2330; --soft: #5b6472; --line: #d8dce3; --good: #176b3a; --bad: #a3211b;
  --unsure: #8a5a00; }
body { font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink); background: #fff;
  max-width: 1080px; margin: 2.5rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.7rem; margin-bottom: .2rem; } h2 { font-size: 1.25rem; margin: 0; } a { color: #24538a; }
section { border-top: 1px solid var(--line); padding: 1.6rem 0; }
section > header { display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; }
code, pre { font-family: "DejaVu Sans Mono", ui-monospace, monospace; font-size: .82rem; }
pre { background: #f6f7f9; border: 1px solid var(--line); border-radius: 6px; padding: .7rem .9rem;
  overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th { text-align: left; color: var(--soft); font-weight: 600; }
th, td { padding: .32rem .7rem .32rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; } .soft { color: var(--soft); }
.good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; }
.unsure { color: var(--unsure); font-weight: 600; } .note { font-size: .85rem; margin: .3rem 0; }
tr:has(+ .more) td { border-bottom: 0; padding-bottom: 0; } .note:first-of-type { margin-top: .8rem; }
.formula { margin: .9rem 0; overflow-x: auto; } .formula svg { display: block; max-width: 100%; height: auto; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; }
.figures figure { margin: 0; flex: 1 1 440px; max-width: 500px; }
.figures svg { width: 100%; height: auto; } figcaption { font-size: .85rem; color: var(--soft); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: .8rem 0;
  font-size: .92rem; }
.scroll + details { margin-top: .8rem; } .figures + .scroll { margin-top: 1rem; } summary { cursor: pointer; }
.facts dt { color: var(--soft); } .facts dd { margin: 0; overflow-wrap: anywhere; }
"""

CHECKED = (
    "Each statement was checked on random instances, whose two sides are enclosed. <em>Decided</em> are those on "
    "which the enclosures tell, <em>ties</em> those on which they overlap; <em>tightest</em> is the largest ratio of "
    "the smaller to the larger side, of an identity or a limit what it lacks to agreeing; <em>controls</em> counts "
    "statements spoilt on purpose that were refuted. <em>Refereed</em> means that the worst instance and a "
    "counterexample to each control were computed again in ball arithmetic, as theorems about the floats given, and "
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


def _titled(table: Table, words: str, sections: Collection[str]) -> str:
    if not table.rows:
        return ""
    return f"<section><h2>{html.escape(table.title)}</h2><p>{words}</p>{drawn(table, sections)}</section>"


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


def render(reports: Sequence[TheoremReport], proofs: Sequence[BoxProof] = ()) -> str:
    """Return the page as text.

    Parameters
    ----------
    reports : sequence of TheoremReport
        What `verify` found.
    proofs : sequence of BoxProof
        Proofs on boxes.

    Returns
    -------
    str
        An HTML document that refers to nothing outside itself.
    """
    expected = sum(report.as_expected for report in reports)
    overview = tables.verification(reports)
    sections = [tables.section(report) for report in reports]
    ids = {item.id for item in sections}
    return "".join(
        (
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>gausscollapse: theorems</title><style>{STYLE}</style></head><body>",
            f'<h1>{overview.title}</h1><p class="soft">{expected} of {len(sections)} theorems are as expected, ',
            f"with every control refuted. Divergences in nats.</p><p>{CHECKED}</p>{drawn(overview, ids)}",
            _titled(tables.searches(reports), SEARCHED, ids),
            _titled(tables.boxes(proofs), EXHAUSTED, ids),
            *(_section(item, order) for order, item in enumerate(sections)),
            "</body></html>\n",
        )
    )

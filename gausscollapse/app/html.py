"""One self-contained page of what `verify` found: no network, no scripts, figures and formulas inside the file."""

from __future__ import annotations

import html
import io
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gausscollapse.app.tables_search import box_words, constant_words, number, power_words
from gausscollapse.checking.boxes import BoxProof
from gausscollapse.checking.theorem_report import Cloud, TheoremReport
from gausscollapse.core.enclosure import Outcome
from gausscollapse.lab.scenario import to_toml

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE = """
:root { color-scheme: light; --ink: #1c2330; --soft: #5b6472; --line: #d8dce3; --good: #176b3a; --bad: #a3211b; }
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
.formula { margin: .9rem 0; overflow-x: auto; } .formula svg { display: block; max-width: 100%; height: auto; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; }
.figures figure { margin: 0; flex: 1 1 320px; max-width: 500px; }
.figures svg { width: 100%; height: auto; } figcaption { font-size: .85rem; color: var(--soft); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: .8rem 0;
  font-size: .92rem; }
.scroll + details { margin-top: .8rem; } .figures + .scroll { margin-top: 1rem; } summary { cursor: pointer; }
.facts dt { color: var(--soft); } .facts dd { margin: 0; overflow-wrap: anywhere; }
"""

INK, POINT, LIMIT, SPECIAL = "#1c2330", "#3b6ea8", "#8a8f98", "#c2571a"
BREAK = re.compile(r"\\qquad|(?<=[,;])\\quad|(?<=\s)\\quad")
# What mathtext lacks, in words that it knows.
REPLACED = (
    (r"\tfrac", r"\frac"),
    (r"\dfrac", r"\frac"),
    (r"\bigl", ""),
    (r"\bigr", ""),
    (r"\Bigl", ""),
    (r"\Bigr", ""),
    (r"\ ", r"\;"),
    (r"\text", r"\mathrm"),
)


def mathtext(latex: str) -> list[str]:
    """Return a statement in LaTeX as lines of matplotlib's mathtext."""
    text = latex
    for old, new in REPLACED:
        text = text.replace(old, new)
    text = re.sub(r"\\(mathbb|mathrm|hat|sqrt|bar|tilde)\s*([A-Za-z]|\\[A-Za-z]+)", r"\\\1{\2}", text)
    text = re.sub(r"\\underline\s*([A-Za-z]|\\[A-Za-z]+)", r"\1_{-}", text)
    text = re.sub(r"\\frac\s*(\\[A-Za-z]+|\d)\s*(\\[A-Za-z]+|\d)", r"\\frac{\1}{\2}", text)
    text = re.sub(r"\\(le|ge)(?![A-Za-z])", r"\\\1q", text)
    lines = [part.strip() for part in BREAK.split(text)]
    return [f"${line}$" for line in lines if line]


def _svg(figure: Figure, **options: Any) -> str:
    """Return a figure as inline SVG, its identifiers made unique by a salt of its own."""
    import matplotlib as mpl

    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "gausscollapse", "svg.fonttype": "path"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, **options)
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _unique(svg: str, prefix: str) -> str:
    """Prefix every identifier: two inline pictures must not share one."""
    svg = re.sub(r'\bid="', f'id="{prefix}-', svg)
    svg = re.sub(r'href="#', f'href="#{prefix}-', svg)
    return re.sub(r"url\(#", f"url(#{prefix}-", svg)


def formula(latex: str, prefix: str) -> str:
    """Return a statement typeset as inline SVG; the source in a code element where mathtext cannot set it."""
    from matplotlib.figure import Figure

    lines = mathtext(latex)
    if not lines:
        return ""
    figure = Figure(figsize=(8.0, 0.44 * len(lines)))
    for k, line in enumerate(lines):
        figure.text(
            0.0, 1.0 - (k + 0.5) / len(lines), line, fontsize=14, color=INK, va="center", math_fontfamily="cm"
        )
    try:
        picture = _svg(figure, bbox_inches="tight", pad_inches=0.03, transparent=True)
    except ValueError:
        return f'<div class="formula"><code>{html.escape(latex)}</code></div>'
    label = html.escape(latex, quote=True)
    return f'<div class="formula" role="img" aria-label="{label}">{_unique(picture, prefix)}</div>'


def _axes(figure: Figure) -> Any:
    axes = figure.add_axes((0.17, 0.14, 0.8, 0.82))
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    axes.grid(color="#eceff3", linewidth=0.7)
    axes.set_axisbelow(True)
    return axes


def scatter(cloud: Cloud, special: tuple[float, float] | None = None) -> Figure:
    """Return both sides of a comparison over all instances, with the line of equality.

    Parameters
    ----------
    cloud : Cloud
        The sides.
    special : (float, float), optional
        Sides of the tightest instance.

    Returns
    -------
    matplotlib.figure.Figure
        Logarithmic where all values are positive; points at or below 0, or infinite, are counted in the caption.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 3.8))
    axes = _axes(figure)
    shown = _shown(cloud)
    x, y = cloud.rhs[shown], cloud.lhs[shown]
    if x.size and _logarithmic(cloud, shown):
        _log_axis(axes.xaxis)
        _log_axis(axes.yaxis)
    axes.scatter(x, y, s=9, color=POINT, alpha=0.45, linewidths=0, rasterized=True)
    if x.size:
        low, high = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
        if low == high:
            low, high = low - 0.5 * abs(low or 1.0), high + 0.5 * abs(high or 1.0)
        axes.plot([low, high], [low, high], color=LIMIT, linewidth=1.2, label="equality")
    if special is not None and all(math.isfinite(v) for v in special):
        axes.scatter([special[1]], [special[0]], s=46, facecolors="none", edgecolors=SPECIAL, linewidths=1.6,
                     label="tightest", zorder=3)  # fmt: skip
    axes.set_xlabel("right side", fontsize=9)
    axes.set_ylabel("left side", fontsize=9)
    if x.size:
        axes.legend(frameon=False, fontsize=8, loc="best")
    return figure


def _log_axis(axis: Any) -> None:
    """Put an axis on a logarithmic scale with few ticks: minor ones cost most of the drawing time."""
    from matplotlib.ticker import LogLocator, NullLocator

    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    axis.set_major_locator(LogLocator(numticks=6))
    axis.set_minor_locator(NullLocator())


def _logarithmic(cloud: Cloud, shown: Any) -> bool:
    return bool(np.all(cloud.lhs[shown] > 0.0) and np.all(cloud.rhs[shown] > 0.0))


def _shown(cloud: Cloud) -> Any:
    """Return which points can be drawn: finite, and positive unless most are not."""
    finite = np.isfinite(cloud.lhs) & np.isfinite(cloud.rhs)
    positive = finite & (cloud.lhs > 0.0) & (cloud.rhs > 0.0)
    return positive if 5 * np.sum(positive) >= np.sum(finite) else finite


def _scatter_caption(cloud: Cloud) -> str:
    left_out = int(cloud.lhs.size - np.sum(_shown(cloud)))
    relation = {"upper": "holds below the line", "lower": "holds above the line"}.get(cloud.kind, "holds on the line")
    note = f"; {left_out} with a side that is not positive or not finite are left out" if left_out else ""
    return f"{html.escape(cloud.name)}: {cloud.lhs.size} instances, {relation}{note}."


def trace_figure(report: TheoremReport) -> Figure:
    """Return the smallest normalised slack against the number of evaluations of the search."""
    from matplotlib.figure import Figure

    if report.search is None:
        raise ValueError(f"theorem {report.theorem.id}: there was no search; accepted: a report of one")
    figure = Figure(figsize=(4.6, 3.8))
    axes = _axes(figure)
    trace = report.search.trace
    best = np.minimum.accumulate(trace[:, 1])
    moments = np.append(trace[:, 0], report.search.evaluations)
    values = np.append(best, best[-1])
    if report.theorem.kind in ("identity", "limit"):
        values = np.maximum(-values, 1e-17)
        axes.set_ylabel("largest relative difference", fontsize=9)
        _log_axis(axes.yaxis)
    else:
        axes.set_ylabel("smallest normalised slack", fontsize=9)
        if np.all(values > 0.0) and values.max() > 10.0 * values.min():
            _log_axis(axes.yaxis)
        elif np.any(values <= 0.0):
            axes.axhline(0.0, color=LIMIT, linewidth=1.2)
    axes.step(moments, values, where="post", color=POINT, linewidth=1.6)
    _log_axis(axes.xaxis)
    axes.set_xlabel("evaluations", fontsize=9)
    return figure


def _row(cells: Sequence[str], tag: str = "td", numbers: Sequence[int] = ()) -> str:
    kinds = (' class="number"' if k in numbers else "" for k in range(len(cells)))
    return "<tr>" + "".join(f"<{tag}{kind}>{cell}</{tag}>" for cell, kind in zip(cells, kinds, strict=True)) + "</tr>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    body = "".join(_row(row, numbers=numbers) for row in rows)
    return f'<div class="scroll"><table><thead>{_row(head, "th", numbers)}</thead><tbody>{body}</tbody></table></div>'


def _verdict(report: TheoremReport) -> str:
    if report.problem:
        return '<span class="bad">could not be checked</span>'
    style = "good" if report.as_expected else "bad"
    known = ", as expected" if report.as_expected and report.verdict is Outcome.VIOLATED else ""
    return f'<span class="{style}">{report.verdict}{known}</span>'


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return "–"
    return f"{ratio:.6f}" if ratio < 10.0 else f"{ratio:.0e}"


def _constants(report: TheoremReport, pick: Callable[[tuple[str, str, str]], str]) -> str:
    if report.search is None or not report.search.best_constants:
        return "–"
    return "<br>".join(html.escape(pick(constant_words(item))) for item in report.search.best_constants)


def _summary(reports: Sequence[TheoremReport]) -> str:
    head = ("theorem", "verdict", "kind", "decided", "ties", "tightest", "constant", "stated", "best", "power")
    rows = [
        (
            f'<a href="#{html.escape(item.theorem.id)}">{html.escape(item.theorem.id)}</a>', _verdict(item),
            item.theorem.kind, str(item.instances), str(item.inconclusive),
            _ratio(item.tightest_ratio),
            _constants(item, lambda words: words[0]), _constants(item, lambda words: words[1]),
            _constants(item, lambda words: words[2]), power_words(item),
        )
        for item in reports
    ]  # fmt: skip
    return _table(head, rows, numbers=(3, 4, 5, 7, 8, 9))


def _facts(pairs: Sequence[tuple[str, str]]) -> str:
    return '<dl class="facts">' + "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in pairs) + "</dl>"


def _controls(report: TheoremReport) -> str:
    powers = {item.words: item for item in report.power}
    rows = []
    for control in report.controls:
        power = powers.get(control.words)
        searched = "–" if power is None else f"{power.refuted} of {power.seeds}"
        most = "–" if power is None else f"{power.most_evaluations} of {power.budget}"
        rows.append(
            (html.escape(control.words), f"{control.violations} of {control.instances}", searched, most)
        )  # fmt: skip
    head = ("control", "refuted by instances", "refuted by searches", "evaluations at most")
    return _table(head, rows, numbers=(1, 2, 3)) if rows else ""


def _section(report: TheoremReport, order: int) -> str:
    theorem, search = report.theorem, report.search
    parts = [
        f"<header><h2>{html.escape(theorem.id)}</h2>{_verdict(report)}"
        f'<span class="soft">{html.escape(theorem.title)} — {html.escape(theorem.source)}</span></header>',
        formula(theorem.latex, f"f{order}"),
        f"<p>{html.escape(theorem.words)}</p>",
    ]
    if report.problem:
        parts.append(f"<pre>{html.escape(report.problem)}</pre>")
        return f'<section id="{html.escape(theorem.id)}">{"".join(parts)}</section>'
    assumed = "; ".join(item.words for item in theorem.assumptions) or "none"
    facts = [
        ("assumptions", html.escape(assumed)),
        ("instances", f"{report.instances} decided, {report.inconclusive} ties, {report.violated} violated"),
    ]
    if search is not None:
        outcome = "refuted" if search.refuted else "not refuted"
        facts.append(("search", f"{outcome} in {search.evaluations} evaluations (seed {search.seed})"))
        for item in search.best_constants:
            certified = "certified" if item.certified else "not certified"
            facts.append(
                (
                    "best constant",
                    f"{html.escape(item.name)}: stated {number(item.stated)}, best {number(item.value)}; a stronger "
                    f"one fails on {html.escape(item.family)} ({certified})",
                )
            )
    parts.append(_facts(facts))
    figures = [
        f"<figure>{_unique(_svg(scatter(cloud, _tightest(cloud)), dpi=160), f's{order}-{k}')}"
        f"<figcaption>{_scatter_caption(cloud)}</figcaption></figure>"
        for k, cloud in enumerate(report.clouds)
    ]
    if search is not None and len(search.trace):
        figures.append(
            f"<figure>{_unique(_svg(trace_figure(report), dpi=160), f't{order}')}"
            "<figcaption>Search trace: what came closest so far.</figcaption></figure>"
        )
    parts.append(f'<div class="figures">{"".join(figures)}</div>')
    parts.append(_controls(report))
    if search is not None:
        scenario = to_toml(dict(theorem.chapter.describe(search.instance)))
        parts.append(
            f"<details><summary>Extremal instance, on {html.escape(search.family)}: "
            f"{html.escape(search.comparison)}</summary><pre>{html.escape(scenario)}</pre></details>"
        )
    return f'<section id="{html.escape(theorem.id)}">{"".join(parts)}</section>'


def _tightest(cloud: Cloud) -> tuple[float, float] | None:
    """Return the sides of the tightest of the drawn instances, for inequalities."""
    shown = _shown(cloud)
    if cloud.kind not in ("upper", "lower") or not np.any(shown):
        return None
    small, large = (cloud.lhs, cloud.rhs) if cloud.kind == "upper" else (cloud.rhs, cloud.lhs)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(shown & (large > 0.0), small / large, -np.inf)
    best = int(np.argmax(ratio))
    return float(cloud.lhs[best]), float(cloud.rhs[best])


def _boxes(proofs: Sequence[BoxProof]) -> str:
    if not proofs:
        return ""
    rows = [
        (
            html.escape(item.theorem), f'<span class="{"good" if item.proved else "bad"}">{item.verdict}</span>',
            html.escape(item.family), html.escape(box_words(item.box)), str(item.cells), f"{item.seconds:.2f}",
            "–" if item.failing_cell is None else html.escape(box_words(item.failing_cell)),
        )
        for item in proofs
    ]  # fmt: skip
    head = ("theorem", "verdict", "family", "box", "cells", "seconds", "failing cell")
    return (
        "<section><h2>Proved on boxes</h2><p>Interval branch and bound in ball arithmetic: the statement holds at "
        f"every point of the box.</p>{_table(head, rows, numbers=(4, 5))}</section>"
    )


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
    expected = sum(item.as_expected for item in reports)
    sections = "".join(_section(item, order) for order, item in enumerate(reports))
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>gausscollapse: theorems</title><style>{STYLE}</style></head><body>"
        f'<h1>Theorems on exact Gaussians</h1><p class="soft">{expected} of {len(reports)} theorems are as expected, '
        "with every control refuted. Divergences in nats.</p>"
        "<p>Each statement was checked on random instances, whose two sides are enclosed, and then attacked by a "
        "counterexample search. <em>Tightest</em> is the largest ratio of the smaller to the larger side; "
        "<em>best</em> is the strongest value of a constant that no instance found contradicts; <em>power</em> "
        "counts the searches that refuted a statement spoilt on purpose.</p>"
        f"{_summary(reports)}{_boxes(proofs)}{sections}</body></html>\n"
    )


def write(reports: Sequence[TheoremReport], proofs: Sequence[BoxProof], path: Path) -> None:
    """Write the page to a file."""
    path.write_text(render(reports, proofs), encoding="utf-8")

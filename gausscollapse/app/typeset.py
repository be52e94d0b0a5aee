"""Formulas and figures as inline SVG: what a page holds without a network."""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK = "#1c2330"
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


def svg(figure: Figure, prefix: str, **options: Any) -> str:
    """Return a figure as inline SVG; `prefix` keeps its identifiers from those of another one on the same page."""
    import matplotlib as mpl

    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "gausscollapse", "svg.fonttype": "path"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, **options)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = re.sub(r'href="#', f'href="#{prefix}-', text)
    return re.sub(r"url\(#", f"url(#{prefix}-", text)


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
        picture = svg(figure, prefix, bbox_inches="tight", pad_inches=0.03, transparent=True)
    except ValueError:
        return f'<div class="formula"><code>{html.escape(latex)}</code></div>'
    label = html.escape(latex, quote=True)
    return f'<div class="formula" role="img" aria-label="{label}">{picture}</div>'

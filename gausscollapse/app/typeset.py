"""Formulas and figures as inline SVG: what a page holds without a network."""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Stands for the colour of the words around a formula; black would be left out of the file.
INK = "#010203"
# In points: letters, and the room around a formula.
SIZE, MARGIN = 14.0, 1.5
RELATION = re.compile(r"=|\\(?:leq?|geq?|asymp|to)(?![A-Za-z])")
BREAK = re.compile(r"\\qquad|(?<=[,;])\\quad|(?<=\s)\\quad")
# What mathtext lacks, in words that it knows.
REPLACED = (
    (r"\tfrac", r"\frac"),
    (r"\dfrac", r"\frac"),
    (r"\bigl", ""),
    (r"\bigr", ""),
    (r"\Bigl", ""),
    (r"\Bigr", ""),
    (r"\Big", ""),
    (r"\ ", r"\;"),
    (r"\text", r"\mathrm"),
)


def displayed(latex: str) -> list[str]:
    """Return a statement in LaTeX in the lines that it is displayed in, each with a left side."""
    lines = [line for line in (part.strip() for part in BREAK.split(latex)) if line]
    return [_with_left_side(line, lines[0]) for line in lines]


def mathtext(latex: str) -> list[str]:
    """Return a statement in LaTeX as lines of matplotlib's mathtext."""
    text = latex
    for old, new in REPLACED:
        text = text.replace(old, new)
    text = re.sub(r"\\(mathbb|mathcal|mathbf|mathrm|hat|sqrt|bar|tilde)\s*([A-Za-z]|\\[A-Za-z]+)", r"\\\1{\2}", text)
    text = re.sub(r"\\underline\s*([A-Za-z]|\\[A-Za-z]+)", r"\1_{-}", text)
    text = re.sub(r"\\frac\s*(\\[A-Za-z]+|\d)\s*(\\[A-Za-z]+|\d)", r"\\frac{\1}{\2}", text)
    text = re.sub(r"\\frac\s*(\\[A-Za-z]+|\d)(?=\{)", r"\\frac{\1}", text)
    text = re.sub(r"\\[bB]igg?(?![A-Za-z])", "", text)
    text = re.sub(r"\\(le|ge)(?![A-Za-z])", r"\\\1q", text)
    return [f"${line}$" for line in displayed(text)]


def _with_left_side(line: str, first: str) -> str:
    """Return a line that begins with a relation with the left side that it shares with the first line."""
    left = RELATION.split(first, maxsplit=1)[0]
    return left + line if RELATION.match(line) else line


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
    lines = mathtext(latex)
    if not lines:
        return ""
    try:
        pictures = " ".join(_inline(line, f"{prefix}-{k}") for k, line in enumerate(lines))
    except ValueError:
        return f'<div class="formula"><code>{html.escape(latex)}</code></div>'
    label = html.escape(latex, quote=True)
    return f'<div class="formula" role="img" aria-label="{label}">{pictures}</div>'


def symbol(latex: str, prefix: str) -> str:
    """Return one symbol as inline SVG on the line of the words around it; its source where mathtext cannot set it."""
    try:
        return _inline(" ".join(mathtext(latex)), prefix)
    except ValueError:
        return f"<code>{html.escape(latex)}</code>"


def _inline(line: str, prefix: str) -> str:
    """Return a line of mathtext as SVG that stands on the line of the words around it, in their colour."""
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser

    font = FontProperties(size=SIZE, math_fontfamily="cm")
    box = MathTextParser("path").parse(line, 72, font)
    width, height = box.width + 2.0 * MARGIN, box.height + 2.0 * MARGIN
    figure = Figure(figsize=(width / 72.0, height / 72.0))
    below = box.depth + MARGIN
    figure.text(MARGIN / width, below / height, line, fontproperties=font, color=INK, va="baseline")
    picture = svg(figure, prefix, transparent=True).replace(INK, "currentColor")
    return picture.replace("<svg", f'<svg style="vertical-align: -{below:.1f}pt"', 1)

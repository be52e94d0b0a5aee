"""Markdown for the generated pages: escaped words, tables of the row model, files written if changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from gausscollapse.app.rows import Cell, Table


def escaped(words: str) -> str:
    """Return words in which no character means anything to Markdown."""
    return re.sub(r"([\\`*_{}\[\]<>$#|~^])", r"\\\1", words)


def quoted(words: str) -> str:
    """Return words as the value of an option."""
    return "'" + words.replace("'", "''") + "'"


def table(found: Table, link: Callable[[str], str] | None = None) -> str:
    """Return a table with its notes; `link` gives the address of what a cell leads to."""

    def text(cell: Cell) -> str:
        words = escaped(cell.text)
        return f"[{words}]({link(cell.target)})" if link is not None and cell.target else words

    def line(entries: Sequence[str]) -> str:
        return f"| {' | '.join(entries)} |"

    rows = [line([text(cell) for cell in row]) for row in found.rows]
    head = line([escaped(column.heading) for column in found.columns])
    rule = line(["---:" if column.number else "---" for column in found.columns])
    return "\n".join([head, rule, *rows, "", *(f"{escaped(note)}\n" for note in found.notes)])


def dropdown(title: str, content: str) -> str:
    """Return content under a title that opens it."""
    return f"::::{{dropdown}} {title}\n{content}\n::::\n"


def fenced(text: str, language: str) -> str:
    """Return a block of code."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def write(path: Path, text: str) -> None:
    """Write a file where its text changed: Sphinx reads again what is newer."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

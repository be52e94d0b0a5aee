"""Tables on the terminal."""

from __future__ import annotations

import rich.table
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segments
from rich.text import Text

from gausscollapse.app.rows import Column, Table, Tone

STYLES = {Tone.PLAIN: "", Tone.GOOD: "green", Tone.BAD: "bold red", Tone.UNSURE: "yellow", Tone.SOFT: "dim"}
# Least width of a column that wraps, and a width in which nothing does.
LEAST, BOUNDLESS = 10, 10_000


def drawn(table: Table, columns: list[Column]) -> rich.table.Table:
    """Return a table, with those of its columns, as `rich` draws it; text is never read as markup."""
    result = rich.table.Table(
        title=table.title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, padding=0, pad_edge=False,
        show_edge=False,
    )  # fmt: skip
    for column in columns:
        result.add_column(
            column.heading, justify="right" if column.number else "left", no_wrap=not column.wraps,
            min_width=LEAST if column.wraps else None, overflow="fold",
        )  # fmt: skip
    for row in table.rows:
        cells = [cell for cell, column in zip(row, table.columns, strict=True) if column in columns]
        result.add_row(*(Text(cell.text, STYLES[cell.tone]) for cell in cells))
    return result


def least_width(table: Table, columns: list[Column]) -> int:
    """Return the width in which no cell of these columns is cut: what wraps still needs room for a word."""
    widths = []
    for place, column in enumerate(table.columns):
        texts = [column.heading, *(row[place].text for row in table.rows)]
        if column.wraps:
            texts = [*(word for text in texts for word in text.split()), LEAST * " "]
        widths.append(max(map(cell_len, texts)) if column in columns else -1)
    return sum(width + 1 for width in widths) - 1


def show(console: Console, table: Table) -> None:
    """Print a table and its notes; spare columns are left out where the terminal is too narrow for them.

    Where it is too narrow for the others as well, lines are longer than it: no number is cut.
    """
    chosen = list(table.columns)
    result = drawn(table, chosen)
    if console.measure(result, options=console.options.update(width=BOUNDLESS)).maximum > console.width:
        chosen = [column for column in table.columns if not column.spare]
        result = drawn(table, chosen)
    width = least_width(table, chosen)
    if width <= console.width:
        console.print(result)
    else:
        lines = console.render_lines(result, console.options.update(width=width), new_lines=True)
        console.print(Segments(segment for line in lines for segment in line), soft_wrap=True, end="")
    for note in table.notes:
        say(console, note)
    say(console, "")


def say(console: Console, line: str) -> None:
    """Print a line as it is, however long."""
    console.print(line, highlight=False, soft_wrap=True, markup=False)

"""Tables on the terminal."""

from __future__ import annotations

import rich.table
from rich.box import SIMPLE_HEAD
from rich.console import Console
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
            min_width=LEAST if column.wraps else None,
        )  # fmt: skip
    for row in table.rows:
        cells = [cell for cell, column in zip(row, table.columns, strict=True) if column in columns]
        result.add_row(*(Text(cell.text, STYLES[cell.tone]) for cell in cells))
    return result


def show(console: Console, table: Table) -> None:
    """Print a table and its notes; spare columns are left out where the terminal is too narrow for them."""
    result = drawn(table, list(table.columns))
    if console.measure(result, options=console.options.update(width=BOUNDLESS)).maximum > console.width:
        result = drawn(table, [column for column in table.columns if not column.spare])
    console.print(result)
    for note in table.notes:
        say(console, note)
    say(console, "")


def say(console: Console, line: str) -> None:
    """Print a line as it is, however long."""
    console.print(line, highlight=False, soft_wrap=True, markup=False)

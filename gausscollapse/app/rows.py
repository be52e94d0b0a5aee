"""What is shown of anything found: tables and sections of plain words, for the terminal and the page to draw.

Whoever draws them knows neither theorems nor processes; `tables` says what is in them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gausscollapse.checking.theorem_report import Cloud
from gausscollapse.core.validation import Array

# What stands where nothing is to be told.
NONE = "-"


class Tone(StrEnum):
    """How a cell is meant: what is good is green, what is bad is red."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    UNSURE = "unsure"
    SOFT = "soft"


@dataclass(frozen=True)
class Cell:
    """One entry of a table; `target` is the section of a page that it leads to."""

    text: str
    tone: Tone = Tone.PLAIN
    target: str = ""


Row = Sequence[Cell]


@dataclass(frozen=True)
class Column:
    """A heading: numbers stand at the right; where room is short, some wrap and spare ones are left out."""

    heading: str
    number: bool = False
    wraps: bool = False
    spare: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under their headings, and lines below; where a row's first cell is empty, the row above goes on."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    notes: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class Trace:
    """What came closest in a search: pairs of evaluations and smallest slack (k, 2), and evaluations in all."""

    best: Array
    evaluations: int
    exact: bool


@dataclass(frozen=True, eq=False)
class Section:
    """All that a page says of one theorem; `problem` is why there is nothing more to say.

    `facts` are pairs of words, `instance` is a headline and a scenario file, empty where there was no search.
    """

    id: str
    verdict: Cell
    headline: str
    latex: str
    words: str
    problem: str
    facts: Sequence[tuple[str, str]]
    clouds: Sequence[Cloud]
    trace: Trace | None
    controls: Table
    instance: tuple[str, str]


def number_columns(*headings: str) -> list[Column]:
    """Return columns of numbers."""
    return [Column(heading, number=True) for heading in headings]


def row(*words: object) -> list[Cell]:
    """Return the cells of a row; what is no cell yet becomes its text."""
    return [word if isinstance(word, Cell) else Cell(str(word)) for word in words]


def number(value: float, digits: int = 4) -> str:
    """Return a number in so many significant digits."""
    return f"{value:.{digits}g}" if math.isfinite(value) else str(value)

"""The literature desk: known laws of model collapse, run with this package, beside the numbers of their papers."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gausscollapse.app.rows import Cell, Column, Row, Table, Tone

ADDRESS = "https://arxiv.org/abs/"


@dataclass(frozen=True)
class Paper:
    """A paper: who, when, what it is called, and its number on arXiv."""

    authors: str
    year: int
    title: str
    arxiv: str

    @property
    def address(self) -> str:
        """Where it is."""
        return ADDRESS + self.arxiv

    @property
    def short(self) -> str:
        """Authors, year and number, as a table has them."""
        return f"{self.authors} {self.year} ({self.arxiv})"


class Relation(StrEnum):
    """How a printed number must stand to the paper's."""

    EQUAL = "="
    BELOW = "<="
    ABOVE = ">="


@dataclass(frozen=True)
class Printed:
    """One printed number and what it is compared with.

    Parameters
    ----------
    words : str
        What is printed.
    said : str
        What the paper says of it, or what follows from it in this setting.
    value : float
        The same as a number.
    relation : Relation
        How the printed number must stand to it.
    tolerance : float
        Of an equality, relative; what is drawn at random or rounded by a grid needs more than rounding errors.
    """

    words: str
    said: str
    value: float
    relation: Relation = Relation.EQUAL
    tolerance: float = 1e-9

    def agrees(self, number: float) -> bool:
        """Return whether a printed number stands to the paper's as it must."""
        if self.relation is Relation.BELOW:
            return number <= self.value
        if self.relation is Relation.ABOVE:
            return number >= self.value
        return abs(number - self.value) <= self.tolerance * abs(self.value)


@dataclass(frozen=True, kw_only=True)
class KnownLaw:
    """One law of the literature.

    Parameters
    ----------
    id, title : str
        Its name in the table, and what it says in few words.
    papers : tuple of Paper
        Where it is stated.
    statement : str
        The law in the terms of this package; Markdown with formulas.
    remark : str
        What the paper does not say, or says of other learners.
    theorem : str
        The id of the theorem that has it here, or empty.
    function : str
        What of `gausscollapse.retraining` reproduces it.
    code : str
        Python that prints one number a line.
    printed : tuple of Printed
        What each line is compared with.
    command : str
        A command that shows the same, or empty.
    """

    id: str
    title: str
    papers: tuple[Paper, ...]
    statement: str
    remark: str
    theorem: str
    function: str
    code: str
    printed: tuple[Printed, ...]
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class OutOfScope:
    """What is known and not reproduced here, with the reason."""

    subject: str
    reason: str
    papers: tuple[Paper, ...]


def run(law: KnownLaw) -> tuple[str, ...]:
    """Return the lines that the code of a law prints, run as its reader would run it."""
    names: dict[str, Any] = {"__name__": "__main__"}
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        # The text is a constant of this package.
        exec(compile(law.code, f"<{law.id}>", "exec"), names)
    lines = tuple(told.getvalue().split())
    if len(lines) != len(law.printed):
        raise RuntimeError(f"{law.id} prints {len(lines)} numbers, where {len(law.printed)} are told of")
    return lines


def literature_table(laws: Sequence[KnownLaw]) -> Table:
    """Return the laws with what this package prints beside what their papers say; their code is run.

    A law that has several numbers has several rows; a number that does not agree is marked.
    """
    columns = [
        Column("law"), Column("source", wraps=True), Column("here", spare=True), Column("number", wraps=True),
        Column("prints", number=True), Column("paper", wraps=True),
    ]  # fmt: skip
    rows: list[Row] = []
    for law in laws:
        papers = "; ".join(paper.short for paper in law.papers)
        for i, (item, line) in enumerate(zip(law.printed, run(law), strict=True)):
            good = item.agrees(float(line))
            head = [law.id, papers, law.theorem or law.function] if i == 0 else ["", "", ""]
            here = Cell(f"{float(line):.6g}" + ("" if good else " (!)"), Tone.PLAIN if good else Tone.BAD)
            rows.append([*map(Cell, [*head, item.words]), here, Cell(item.said)])
    notes = [
        "Statements, code and what is out of scope: the page `literature` of the documentation.",
        "In full: gausscollapse show THEOREM.",
    ]
    return Table("Known laws of model collapse", columns, rows, notes)

"""What there is: theorems, scenario presets and sweeps in a list, and one theorem in full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console

from gausscollapse.app.rows import Cell, Column, Table
from gausscollapse.app.terminal import say, show
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.glossary import symbols
from gausscollapse.checking.proofs import scope
from gausscollapse.core.verdict import Outcome
from gausscollapse.lab import presets, sweep_presets
from gausscollapse.theorems import find, select


def theorems_table(theorems: Iterable[Theorem]) -> Table:
    """Return the theorems, one row each."""
    rows = [[Cell(item.id), Cell(item.kind), Cell(item.source), Cell(item.title)] for item in theorems]
    columns = [
        Column("theorem"),
        Column("kind"),
        Column("source", wraps=True, spare=True),
        Column("title", wraps=True),
    ]
    return Table("Theorems", columns, rows, ["In full: gausscollapse show THEOREM."])


def presets_table() -> Table:
    """Return the scenarios that `simulate` knows by name, one row each."""
    rows = [[Cell(name), Cell(presets.about(name))] for name in presets.names()]
    columns = [Column("preset"), Column("what", wraps=True)]
    return Table("Scenarios", columns, rows, ["Compute one: gausscollapse simulate PRESET --figure out.png"])


def sweeps_table() -> Table:
    """Return the sweeps that `sweep` knows by name, one row each."""
    rows = [[Cell(name), Cell(sweep_presets.about(name))] for name in sweep_presets.names()]
    notes = ["How long it takes: gausscollapse sweep SWEEP --dry-run. Run it: --out FOLDER (extra: experiments)."]
    return Table("Sweeps", [Column("sweep"), Column("what", wraps=True)], rows, notes)


def print_lists() -> None:
    """Print what there is."""
    console = Console()
    for table in (theorems_table(select(())), presets_table(), sweeps_table()):
        show(console, table)


def print_literature() -> None:
    """Print the known laws of collapse, each run, with the number of its paper."""
    from gausscollapse.app.literature import literature_table
    from gausscollapse.app.literature_laws import LAWS

    show(Console(), literature_table(LAWS))


def print_theorem(name: str) -> None:
    """Print one theorem in full; an unknown name is refused with the known ones."""
    console = Console()
    for line in theorem_lines(find(name)):
        say(console, line)


def theorem_lines(theorem: Theorem) -> Iterator[str]:
    """Return all that is known of a theorem before it is checked, line by line."""
    yield f"{theorem.id}: {theorem.title} ({theorem.source})"
    yield ""
    yield theorem.words
    yield ""
    yield f"  {theorem.latex}"
    yield ""
    for symbol in symbols(theorem):
        yield f"  {symbol.plain:8} {symbol.name}: {symbol.meaning}"
    yield ""
    yield f"Kind: {theorem.kind}. Instances: {theorem.chapter.name}."
    if theorem.expected is Outcome.VIOLATED:
        yield "Expected to be refuted: it is kept because it is false."
    yield f"Assumptions: {'; '.join(item.words for item in theorem.assumptions) or 'none'}."
    yield f"Constants: {', '.join(f'{name} = {value:g}' for name, value in theorem.constants.items()) or 'none'}."
    yield f"Controls, which must be refuted: {'; '.join(item.words for item in theorem.controls)}."
    if theorem.boxes:
        yield f"Proved at every point of boxes of: {', '.join(theorem.boxes)}."
    yield f"Statement: gausscollapse/theorems/{theorem.file_name}.py. Proof: derivations/{theorem.file_name}.py."
    yield from scope(theorem)
    yield f"Check it: gausscollapse verify {theorem.id}"

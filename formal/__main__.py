"""Compile the formal core: ``python -m formal``. Exit status 0 only if all compiled and no axiom is unexpected."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from formal.coq import CHAPTERS, SOURCES, CoqError, assumptions, compile_all, copied, escapes, unexpected
from formal.index import BEYOND, FORMAL, names


def main(arguments: Sequence[str] | None = None) -> int:
    """Compile in a temporary folder, and print files, theorems and axioms."""
    ArgumentParser(prog="python -m formal", description="Compile the formal core and list its axioms.").parse_args(
        arguments
    )
    out = Console()
    try:
        with TemporaryDirectory() as place:
            folder = copied(Path(place))
            chapters = compile_all(folder)
            rests = assumptions(folder, names())
    except CoqError as problem:
        Console(stderr=True).print(str(problem), style="red", markup=False, highlight=False)
        return 2
    files = Table(title="Files", box=None, title_justify="left")
    for column in ("file", "lines", "seconds"):
        files.add_column(column, justify="left" if column == "file" else "right")
    for item in chapters:
        files.add_row(f"{item.name}.v", str(item.lines), f"{item.seconds:.1f}")
    files.add_row("all", str(sum(item.lines for item in chapters)), f"{sum(item.seconds for item in chapters):.1f}")
    out.print(files)
    table = Table(title="Theorems", box=None, title_justify="left")
    for column in ("id", "Coq", "for", "taken from elsewhere"):
        table.add_column(column, overflow="fold")
    for ids in (FORMAL, BEYOND):
        for name, entry in ids.items():
            table.add_row(name, "\n".join(entry.theorems), entry.scope, entry.taken or "nothing")
    out.print(table)
    out.print("Axioms:", highlight=False)
    for axiom in sorted(frozenset().union(*(axioms for name, axioms in rests.items() if "Numbers" not in name))):
        out.print(f"  {axiom}", highlight=False)
    out.print("  in Numbers also those of machine integers and floats", highlight=False)
    bad = [
        f"{name}: {', '.join(sorted(found))}" for name, axioms in rests.items() if (found := unexpected(name, axioms))
    ]
    bad += [
        f"{name}.v: {', '.join(words)}"
        for name in CHAPTERS
        if (words := escapes((SOURCES / f"{name}.v").read_text(encoding="utf-8")))
    ]
    for line in bad:
        out.print(f"not allowed: {line}", style="red", markup=False, highlight=False)
    out.print(f"{len(FORMAL)} theorems of the registry are formal; {len(BEYOND)} beyond it.", highlight=False)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

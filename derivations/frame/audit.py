"""The audit of the proofs: what a reader would think, what is proved, and what is between, from the labels alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from derivations.frame.record import Derivation
from derivations.frame.writers import readable
from formal.index import FORMAL

NONE = "none"
SPACES = "That L^2 of a law is a space with an inner product is taken everywhere."


@dataclass(frozen=True)
class Row:
    """One theorem: its statement as the concluding steps read, what is proved by what, and the gap."""

    name: str
    statement: str
    proved: str
    gap: str


def row(derivation: Derivation) -> Row:
    """Return the audit of one theorem.

    What SymPy takes counts only where Coq has no proof; what Coq takes or does not reach always.
    """
    readings = [readable(step.reads or step.latex) for step in derivation.conclusions]
    statement = f"{derivation.title}: " + "; ".join(dict.fromkeys(readings))
    formal = FORMAL.get(derivation.name)
    checked = f"SymPy ({derivation.status.lower()}): {derivation.scope}"
    if formal is None:
        return Row(derivation.name, statement, checked, derivation.taken or "the scope")
    # Theorems are about laws with densities.
    gap = [*(["from atoms to densities"] if "atoms" in formal.scope else []), *filter(None, [formal.taken])]
    return Row(derivation.name, statement, f"Coq: {formal.scope}. {checked}", "; ".join(gap) or NONE)


def audit_table(derivations: Sequence[Derivation]) -> Table:
    """Return one row a theorem; gaps are marked."""
    rows = [row(item) for item in derivations]
    closed = sum(item.gap == NONE for item in rows)
    table = Table(
        title="What a reader would think, and what is proved", title_justify="left", box=None, padding=(0, 2, 1, 0),
        caption=f"{closed} of {len(rows)} theorems have no gap: Coq proves them as stated. {SPACES}",
        caption_justify="left",
    )  # fmt: skip
    table.add_column("theorem", no_wrap=True)
    for heading in ("a reader would think", "what is proved", "gap"):
        table.add_column(heading, overflow="fold")
    for item in rows:
        gap = Text(item.gap, style="" if item.gap == NONE else "yellow")
        table.add_row(item.name, Text(item.statement), Text(item.proved), gap)
    return table


def audit_markdown(derivations: Sequence[Derivation]) -> list[str]:
    """Return the same as the lines of a Markdown table, formulas as text."""

    def cell(words: str) -> str:
        return words.replace("|", "∣").replace("*", r"\*").replace("_", r"\_").replace("$", r"\$")

    lines = ["| theorem | a reader would think | what is proved | gap |", "|---|---|---|---|"]
    for item in map(row, derivations):
        lines.append(f"| `{item.name}` | " + " | ".join(map(cell, (item.statement, item.proved, item.gap))) + " |")
    return lines

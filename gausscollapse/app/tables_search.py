"""Tables for the terminal: counterexample searches, best constants, the power of controls, proofs on boxes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from gausscollapse.app.tables import TIGHT
from gausscollapse.checking.boxes import BoxProof, provable, prove_on_box
from gausscollapse.checking.falsification import BestConstant
from gausscollapse.checking.theorem_report import TheoremReport
from gausscollapse.core.enclosure import Outcome


def number(value: float) -> str:
    """Return a constant with four significant digits."""
    return f"{value:.4g}" if math.isfinite(value) else str(value)


def constant_words(item: BestConstant) -> tuple[str, str, str]:
    """Return the constant's name, its stated and its best value; a question mark where that is not certified."""
    return item.name, number(item.stated), number(item.value) + ("" if item.certified else " (?)")


def power_words(report: TheoremReport) -> str:
    """Return in how many searches the controls were refuted."""
    if not report.power:
        return "-"
    refuted, seeds = sum(item.refuted for item in report.power), sum(item.seeds for item in report.power)
    return f"{refuted}/{seeds}"


def search_table(reports: Sequence[TheoremReport]) -> Table:
    """Return the table of the counterexample searches, one row a constant.

    *stands*: not refuted. *best*: the strongest value of the constant that no instance found contradicts; *on*: the
    family of the instance that stops there, or is tightest; *power*: searches that refuted a control, of all.
    """
    table = Table(title="Counterexample search", title_justify="left", header_style="bold", box=SIMPLE_HEAD, **TIGHT)
    for name in ("theorem", "search", "constant"):
        table.add_column(name, no_wrap=True)
    for name in ("stated", "best"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("on", min_width=10)
    table.add_column("power", justify="right", no_wrap=True)
    for report in reports:
        search = report.search
        if search is None:
            continue
        expected = search.refuted == (report.theorem.expected is Outcome.VIOLATED)
        words = "refuted" if search.refuted else "stands"
        complete = all(item.complete for item in report.power)
        power = power_words(report) if complete else f"[bold red]{power_words(report)}[/]"
        head = (report.theorem.id, words if expected else f"[bold red]{words}[/]")
        rows = [(*constant_words(item), item.family) for item in search.best_constants]
        for number_of_row, row in enumerate(rows or [("-", "-", "-", search.family)]):
            table.add_row(*(head if number_of_row == 0 else ("", "")), *row, power if number_of_row == 0 else "")
    return table


def box_proofs(ids: Sequence[str]) -> list[BoxProof]:
    """Return the proofs on the default boxes of those of some theorems that have closed forms."""
    return [prove_on_box(theorem, family) for theorem, family in provable() if theorem in ids]


def box_table(proofs: Sequence[BoxProof]) -> Table:
    """Return the table of the proofs on boxes, one row a statement and family."""
    table = Table(
        title="Every point of a box, in ball arithmetic", title_justify="left", header_style="bold",
        box=SIMPLE_HEAD, **TIGHT,
    )  # fmt: skip
    table.add_column("theorem", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("family", no_wrap=True)
    table.add_column("cells", justify="right", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    for proof in proofs:
        style = "green" if proof.proved else "bold red"
        table.add_row(
            proof.theorem, f"[{style}]{proof.verdict}[/]", proof.family, str(proof.cells), f"{proof.seconds:.2f}"
        )
    return table


def box_words(box: Mapping[str, tuple[float, float]]) -> str:
    """Return the sides of a box."""
    return ", ".join(f"{name} in [{low:g}, {high:g}]" for name, (low, high) in box.items())


def box_notes(proofs: Sequence[BoxProof]) -> list[str]:
    """Return a line for each family: its box; and for each failure the cell."""
    boxes = {proof.family: proof.box for proof in proofs}
    notes = [f"{family}: {box_words(box)}" for family, box in boxes.items()]
    for proof in proofs:
        if proof.failing_cell is not None:
            notes.append(f"{proof.theorem}, {proof.family}: {proof.verdict}: {box_words(proof.failing_cell)}")
    return notes

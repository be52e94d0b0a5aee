"""Tables of what was found, in words: columns, cells and notes, for whoever draws them.

The terminal and the page draw the same tables; neither knows what is in them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gausscollapse.app.rows import ConstantRow, GenerationRow, Quantity, SearchRow, TheoremRow
from gausscollapse.checking.boxes import BoxProof
from gausscollapse.core.enclosure import Outcome

NONE = "-"
HOME = (
    "Statement and controls of a theorem: gausscollapse/theorems/<id with _ for - and .>.py; its proof: derivations/ "
    "under the same file name."
)


class Tone(StrEnum):
    """How a cell is meant: what is good is green, what is bad is red."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    UNSURE = "unsure"
    SOFT = "soft"


TONES = {
    Outcome.HOLDS: Tone.GOOD,
    Outcome.VIOLATED: Tone.GOOD,
    Outcome.INCONCLUSIVE: Tone.UNSURE,
    Outcome.NOT_APPLICABLE: Tone.SOFT,
}


@dataclass(frozen=True)
class Cell:
    """One entry of a table; `target` is the section of a page that it leads to."""

    text: str
    tone: Tone = Tone.PLAIN
    target: str = ""


@dataclass(frozen=True)
class Column:
    """A heading: numbers stand at the right; where room is short, some wrap and spare ones are left out."""

    heading: str
    number: bool = False
    wraps: bool = False
    spare: bool = False


@dataclass(frozen=True)
class Table:
    """A table; where a row's first cell is empty, it goes on with the row above."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()


def number(value: float | None, digits: int = 4) -> str:
    """Return a number in so many significant digits."""
    if value is None:
        return NONE
    return f"{value:.{digits}g}" if math.isfinite(value) else str(value)


def tightness(ratio: float | None, *, exact: bool) -> str:
    """Return the ratio of the smaller to the larger side; of an equality, what it lacks to 1."""
    if ratio is None:
        return NONE
    if exact:
        return f"1-{abs(1.0 - ratio):.0e}" if ratio != 1.0 else "1"
    return f"{ratio:.6f}" if ratio < 10.0 else f"{ratio:.0e}"


def box_words(box: Mapping[str, tuple[float, float]]) -> str:
    """Return the sides of a box."""
    return ", ".join(f"{name} in [{low:g}, {high:g}]" for name, (low, high) in box.items())


def verdict(row: TheoremRow) -> Cell:
    """Return the verdict, with a mark where another one was expected."""
    if row.problem:
        return Cell("unusable", Tone.BAD)
    if row.verdict not in (row.expected, Outcome.NOT_APPLICABLE):
        return Cell(f"{row.verdict} (!)", Tone.BAD)
    return Cell(row.verdict, TONES[row.verdict])


def verification(rows: Sequence[TheoremRow], proofs: Mapping[str, str] | None = None) -> Table:
    """Return what was checked on instances, one row a theorem, with a column for proofs where they were run.

    *decided*: instances on which the enclosures tell; *ties*: those on which they overlap; *tightest*: the largest
    ratio of the smaller to the larger side (identities and limits: how far from agreeing at worst); *controls*:
    spoilt statements that were refuted.
    """
    columns = [
        Column("theorem"), Column("verdict"), Column("kind", spare=True), Column("decided", number=True),
        Column("ties", number=True), Column("tightest", number=True), Column("worst instance", wraps=True),
        Column("controls", number=True),
    ]  # fmt: skip
    body = []
    for row in rows:
        refuted, count = sum(control.refuted for control in row.controls), len(row.controls)
        cells = [
            Cell(row.id, target=row.id), verdict(row), Cell(row.kind), Cell(str(row.instances)),
            Cell(str(row.inconclusive)), Cell(tightness(row.tightest_ratio, exact=row.exact)),
            Cell(NONE if row.worst_instance is None else row.worst_instance.place),
            Cell(f"{refuted} of {count}" if count else NONE, Tone.PLAIN if refuted == count else Tone.BAD),
        ]  # fmt: skip
        if proofs is not None:
            words = proofs.get(row.id, NONE)
            cells.append(Cell(words, Tone.BAD if words == "FAILED" else Tone.PLAIN))
        body.append(cells)
    if proofs is not None:
        columns.append(Column("proof"))
    return Table("Theorems on exact Gaussians", columns, body, [*_violations(rows), HOME])


def _violations(rows: Sequence[TheoremRow]) -> list[str]:
    """Return a line for each theorem that is refuted: by what instance, and that it is meant to be if it is."""
    return [
        f"{row.id} is refuted{', as expected' if row.expected is row.verdict else ''}: "
        f"{row.worst_instance.comparison} ({row.worst_instance.family})"
        for row in rows
        if row.verdict is Outcome.VIOLATED and row.worst_instance is not None
    ]


def searches(rows: Sequence[TheoremRow]) -> Table:
    """Return what the counterexample searches found, one row a constant.

    *stands*: not refuted. *best*: the strongest value of the constant that no instance found contradicts, with a
    question mark where that is not certified; *on*: the family of the instance that stops there, or is tightest;
    *power*: searches that refuted a control, of all.
    """
    columns = (
        Column("theorem"), Column("search"), Column("constant"), Column("stated", number=True),
        Column("best", number=True), Column("on", wraps=True), Column("power", number=True),
    )  # fmt: skip
    body = []
    for row in rows:
        if row.search is not None:
            constants = [_constant(item) for item in row.search.best_constants]
            first, *others = constants or [[*[Cell(NONE)] * 3, Cell(row.search.family)]]
            body.append([Cell(row.id, target=row.id), _outcome(row, row.search), *first, _power(row)])
            body.extend([Cell(""), Cell(""), *other, Cell("")] for other in others)
    return Table("Counterexample search", columns, body)


def _outcome(row: TheoremRow, search: SearchRow) -> Cell:
    expected = search.refuted == (row.expected is Outcome.VIOLATED)
    return Cell("refuted" if search.refuted else "stands", Tone.PLAIN if expected else Tone.BAD)


def _constant(item: ConstantRow) -> list[Cell]:
    best = number(item.value) + ("" if item.certified else " (?)")
    return [Cell(item.name), Cell(number(item.stated)), Cell(best), Cell(item.family)]


def _power(row: TheoremRow) -> Cell:
    refuted, seeds = sum(item.refuted for item in row.power), sum(item.seeds for item in row.power)
    return Cell(f"{refuted}/{seeds}" if seeds else NONE, Tone.PLAIN if refuted == seeds else Tone.BAD)


def controls(row: TheoremRow) -> Table:
    """Return the controls of one theorem: by how many instances and by how many searches each was refuted."""
    columns = (
        Column("control"), Column("refuted by instances", number=True), Column("refuted by searches", number=True),
        Column("evaluations at most", number=True),
    )  # fmt: skip
    powers = {item.words: item for item in row.power}
    body = []
    for control in row.controls:
        power = powers.get(control.words)
        searched = (
            [Cell(NONE)] * 2
            if power is None
            else [
                Cell(f"{power.refuted} of {power.seeds}", Tone.PLAIN if power.complete else Tone.BAD),
                Cell(f"{power.most_evaluations} of {power.budget}"),
            ]
        )
        tone = Tone.PLAIN if control.refuted else Tone.BAD
        body.append([Cell(control.words), Cell(f"{control.violations} of {control.instances}", tone), *searched])
    return Table("", columns, body)


def boxes(proofs: Sequence[BoxProof]) -> Table:
    """Return the proofs on boxes, one row a statement and family; the boxes, and cells that fail, are notes."""
    columns = (
        Column("theorem"), Column("verdict"), Column("family"), Column("cells", number=True),
        Column("seconds", number=True),
    )  # fmt: skip
    body = [
        [
            Cell(proof.theorem, target=proof.theorem), Cell(proof.verdict, Tone.GOOD if proof.proved else Tone.BAD),
            Cell(proof.family), Cell(str(proof.cells)), Cell(f"{proof.seconds:.2f}"),
        ]
        for proof in proofs
    ]  # fmt: skip
    notes = [f"{family}: {box_words(box)}" for family, box in {item.family: item.box for item in proofs}.items()]
    notes += [
        f"{proof.theorem}, {proof.family}: {proof.verdict}: {box_words(proof.failing_cell)}"
        for proof in proofs
        if proof.failing_cell is not None
    ]
    return Table("Every point of a box, in ball arithmetic", columns, body, notes)


def process(rows: Sequence[Quantity]) -> Table:
    """Return the exact figures of one learned reverse process, each with the half width of its interval."""
    columns = (Column("quantity"), Column("value", number=True), Column("half width", number=True))
    body = [
        [
            Cell(row.name), Cell(f"{row.value:.12g}"),
            Cell(f"{row.half_width:.1e}" if math.isfinite(row.half_width) else "unbounded"),
        ]
        for row in rows
    ]  # fmt: skip
    return Table("One generation, exactly", columns, body)


def _with_error(row: Quantity | None) -> str:
    """Return the value, with its half width where that would be seen in the digits printed."""
    if row is not None and row.half_width > 5e-6 * abs(row.value):
        return f"{row.value:.4g} +- {row.half_width:.1g}"
    return number(None if row is None else row.value, 6)


def trajectory(rows: Sequence[GenerationRow], notes: Sequence[str] = ()) -> Table:
    """Return the models of a trajectory, one row a generation: see `GenerationRow`."""
    headings = ("generation", "components", "D = chi2", "J", "KL, nats", "2-Wasserstein (length)")
    body = [
        [
            Cell(str(row.number)), Cell(str(row.components)), Cell(number(row.drift, 6)),
            Cell(number(row.innovation, 6)), Cell(_with_error(row.kl)), Cell(number(row.wasserstein2, 6)),
        ]
        for row in rows
    ]  # fmt: skip
    return Table("Retraining, exactly", [Column(heading, number=True) for heading in headings], body, notes)

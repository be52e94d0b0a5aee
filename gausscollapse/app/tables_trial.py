"""The tables of samplers on trial."""

from __future__ import annotations

from collections.abc import Sequence

from gausscollapse.app.rows import Cell, Column, Table, Tone
from gausscollapse.trials.catalogue import Trials
from gausscollapse.trials.error_parts import Parts
from gausscollapse.trials.running import TrialRow

NONE = "-"


def _value(row: TrialRow) -> Cell:
    accuracy = row.accuracy
    value = float(accuracy.error)
    sign = ">" if accuracy.words == "KL >=" else ""
    return Cell(f"{sign}{value:.3g}", Tone.PLAIN if accuracy.exact else Tone.SOFT)


def trials_table(found: Trials, words: str, steps: Sequence[int]) -> Table:
    """Return samplers by steps, best first at the most steps.

    ``KL(p^ || p)`` in nats where the data are Gaussian (``>``: from below, by moments of samples), else the maximum
    mean discrepancy from samples; *order*: how fast KL falls with the steps; *asked*: how often it asked for the
    score at the most steps.
    """
    gaussian = found.data.weights.size == 1
    measure = "KL from the data, nats" if gaussian else "maximum mean discrepancy"
    columns = [Column("sampler", wraps=True), *(Column(str(count), number=True) for count in steps)]
    columns += [Column("order", number=True), Column("asked", number=True, spare=True)]
    rows, notes = [], []
    for item in found.trials:
        values = {row.steps: _value(row) for row in item.rows}
        cells = [values.get(count, Cell(NONE)) for count in steps]
        if None in values:
            cells = [*cells[:-1], values[None]]
        order, asked = NONE if item.order is None else str(item.order), str(item.rows[-1].evaluations)
        rows.append([Cell(item.name), *cells, Cell(order), Cell(asked)])
        if item.note:
            notes.append(f"{item.name}: {item.note}.")
    reasons = dict.fromkeys(row.reason for item in found.trials for row in item.rows if row.reason)
    if reasons and gaussian:
        notes += [f"> is KL from below, from samples: {reason}." for reason in reasons]
    notes.insert(0, "No Monte Carlo error." if all(item.exact for item in found.trials) else "Pale: from samples.")
    return Table(f"Samplers on trial: {measure}, on {words}, by steps", columns, rows, notes)


def parts_table(told: Sequence[tuple[str, Parts]], steps: int) -> Table:
    """Return which part of KL is which, in nats: what switching it off takes away."""
    columns = [Column("sampler", wraps=True), *(Column(name, number=True) for name in (
        "total", "clipping", "start", "steps", "end"))]  # fmt: skip
    rows = []
    for name, item in told:
        values = (item.total, item.clipping, item.start, item.discretisation, item.end)
        rows.append([Cell(name), *(Cell(NONE if value is None else f"{value:.2g}") for value in values)])
    notes = [
        "start: not the noised data; end: what many steps leave; steps: the rest. Each is what KL loses when it is "
        "switched off; parts may cancel."
    ]
    return Table(f"Parts of the error at {steps} steps, nats", columns, rows, notes)


def refused_table(found: Trials) -> Table:
    """Return what did not run, each with its reason."""
    rows = [[Cell(name), Cell(reason)] for name, reason in found.refused]
    return Table("Not run", [Column("sampler"), Column("why", wraps=True)], rows)

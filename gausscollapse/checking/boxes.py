"""Proofs for all parameters of a box: interval branch and bound in ball arithmetic.

A statement is proved on a cell when its slack, evaluated on the whole cell at once, is certainly positive; a cell on
which that cannot be told is halved where it helps most. A cell on which the slack is certainly negative refutes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from gausscollapse.checking.box_family import Ball, Box, BoxFamily
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.registry import chapters, find, registry
from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError, UnknownNameError
from gausscollapse.core.presentation import Presented
from gausscollapse.core.validation import as_number, as_size

PRECISION = 128
MOST_CELLS = 200_000
# Generations of cells that share one measurement of where halving helps.
MEASURED = 2

Cell = tuple[tuple[float, float], ...]
Slack = Callable[[Cell], Ball]


class BoxVerdict(StrEnum):
    """What branch and bound found on a box."""

    PROVED = "PROVED ON BOX"
    REFUTED = "REFUTED ON BOX"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True, repr=False)
class BoxProof(Presented):
    """The outcome of one proof attempt.

    Parameters
    ----------
    theorem, family : str
        What was proved, for which family.
    constant : str
        Name of the constant of the statement.
    value : float
        Its value.
    verdict : BoxVerdict
        ``PROVED ON BOX``: the statement holds strictly at every point of the box where the error is not 0.
    box : mapping of str to (float, float)
        The box.
    cells : int
        Number of cells on which the slack was evaluated.
    seconds : float
        Time spent.
    failing_cell : mapping or None
        Where it is refuted, a cell at every point of which the statement is false; where it is undecided, a cell on
        which it could not be told.
    """

    theorem: str
    family: str
    constant: str
    value: float
    verdict: BoxVerdict
    box: Mapping[str, tuple[float, float]]
    cells: int
    seconds: float
    failing_cell: Mapping[str, tuple[float, float]] | None

    @property
    def proved(self) -> bool:
        """Whether the statement is proved on the whole box."""
        return self.verdict is BoxVerdict.PROVED

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as plain values for JSON."""
        return {
            "theorem": self.theorem,
            "family": self.family,
            "constant": self.constant,
            "value": self.value,
            "verdict": str(self.verdict),
            "box": {name: list(ends) for name, ends in self.box.items()},
            "cells": self.cells,
            "failing_cell": None
            if self.failing_cell is None
            else {name: list(ends) for name, ends in self.failing_cell.items()},
            "seconds": round(self.seconds, 3),
        }


def provable(theorems: Sequence[Theorem]) -> Sequence[tuple[Theorem, str]]:
    """Return the pairs (theorem, family) that `prove_on_box` knows, the families in turn."""
    chapters = {theorem.chapter.name: theorem.chapter for theorem in theorems if theorem.boxes}
    families = [family for chapter in chapters.values() for family in chapter.boxes()]
    return [(theorem, family.name) for family in families for theorem in theorems if family.name in theorem.boxes]


def _checked_box(family: BoxFamily, box: Box | None) -> dict[str, tuple[float, float]]:
    ends = dict(family.box)
    for name, pair in (box or {}).items():
        if name not in ends:
            raise UnknownNameError("box", name, f"is no parameter of {family.name}", "one of " + ", ".join(ends))
        least, most = family.limits[name]
        if not (isinstance(pair, tuple | list) and len(pair) == 2):
            raise InvalidArgumentError(f"box[{name}]", pair, "is no interval", "a pair (low, high)")
        low = as_number(f"box[{name}]", pair[0], at_least=least)
        high = as_number(f"box[{name}]", pair[1], at_most=most)
        if low > high:
            raise InvalidArgumentError(f"box[{name}]", pair, "is empty", "low <= high")
        ends[name] = (low, high)
    return ends


def _family(theorem: Theorem, name: str) -> BoxFamily:
    for family in theorem.chapter.boxes():
        if isinstance(name, str) and family.name == name and name in theorem.boxes:
            return family
    known = [family.name for chapter in chapters().values() for family in chapter.boxes()]
    if not isinstance(name, str) or name not in known:
        raise UnknownNameError("family", name, "is not known", "one of " + ", ".join(known))
    accepted = ", ".join(item.id for item in registry.values() if name in item.boxes)
    raise NotSupportedError(f"theorem {theorem.id}: has no closed form on '{name}'; accepted: {accepted}")


def box_slack(theorem: Theorem, family: BoxFamily, point: Sequence[Ball]) -> Ball:
    """Return the slack of a theorem's first comparison at a point or on a cell, divided by a positive number.

    It is the larger side minus the smaller one, the smallest over the family's objects; the sides are the
    statement's own.
    """
    slacks: list[Ball] = []
    for statistics in family.statistics(point):
        # Forms take the place of enclosures: nothing but their arithmetic is used.
        small, large = cast("tuple[Any, Any]", next(iter(theorem.statement(statistics, **theorem.constants))).ends)
        slacks.append((large - small).sign_like)
    least = slacks[0]
    for slack in slacks[1:]:
        least = least.min(slack)
    return least


@dataclass(frozen=True)
class _Outcome:
    verdict: BoxVerdict
    cells: int
    failing: Cell | None = None


@dataclass(frozen=True)
class _Piece:
    """A cell with its slack, and what the collapse of each side to its middle raised the lower bound by.

    The gains are measured `MEASURED` generations apart; in between those of the parent are taken, the side that was
    halved having half of its gain left.
    """

    cell: Cell
    slack: Ball
    gains: tuple[float, ...] = ()
    age: int = MEASURED

    def measured(self, slack: Slack) -> _Piece:
        """Return the piece with gains that are not too old."""
        if self.age < MEASURED:
            return self
        lower = float(self.slack.lower())
        return _Piece(self.cell, self.slack, tuple(self._gain(k, lower, slack) for k in range(len(self.cell))), 0)

    def _gain(self, k: int, lower: float, slack: Slack) -> float:
        low, high = self.cell[k]
        # A side that had no part in the width has none in a part of it.
        if low == high or (self.gains and self.gains[k] == 0.0):
            return 0.0
        middle = 0.5 * (low + high)
        gain = float(slack((*self.cell[:k], (middle, middle), *self.cell[k + 1 :])).lower()) - lower
        return gain if math.isfinite(gain) else math.nan

    def halves(self, whole: Cell, slack: Slack) -> Sequence[_Piece]:
        """Split the side that gains most, width counting a little; the half that is lower comes last."""
        widths = [
            (pair[1] - pair[0]) / (side[1] - side[0]) if side[1] > side[0] else 0.0
            for pair, side in zip(self.cell, whole, strict=True)
        ]
        gained = [gain if math.isfinite(gain) else 0.0 for gain in self.gains]
        share = 0.1 * max(gained) if max(gained) > 0.0 else 1.0
        k = max(range(len(widths)), key=lambda k: gained[k] + share * widths[k])
        low, high = self.cell[k]
        middle = 0.5 * (low + high)
        gains = (*self.gains[:k], 0.5 * self.gains[k], *self.gains[k + 1 :])
        cells = [(*self.cell[:k], pair, *self.cell[k + 1 :]) for pair in ((low, middle), (middle, high))]
        pieces = [_Piece(cell, slack(cell), gains, self.age + 1) for cell in cells]
        return sorted(pieces, key=lambda piece: -float(piece.slack.lower()))


def _branch_and_bound(whole: Cell, slack: Slack, most: int) -> _Outcome:
    """Evaluate the slack on cells that cover a box, halving those that cannot be told."""
    pending, count = [_Piece(whole, slack(whole))], 0
    while pending:
        piece = pending.pop()
        count += 1
        if piece.slack > 0:
            continue
        if piece.slack < 0:
            return _Outcome(BoxVerdict.REFUTED, count, piece.cell)
        if count >= most or all(low == high for low, high in piece.cell):
            return _Outcome(BoxVerdict.UNDECIDED, count, piece.cell)
        pending.extend(piece.measured(slack).halves(whole, slack))
    return _Outcome(BoxVerdict.PROVED, count)


@checked
def prove_on_box(
    theorem: str | Theorem, family: str, *, box: Box | None = None, constant: float | None = None,
    cells: int = MOST_CELLS,
) -> BoxProof:  # fmt: skip
    """Prove a statement at every point of a box of a one-dimensional closed-form family, or find where it fails.

    Parameters
    ----------
    theorem : str or Theorem
        One that names the family; see `provable`. Its first comparison is proved.
    family : {"constant offset", "amplified score", "stationary affine"}
        The family.
    box : mapping, optional
        Ends (low, high) by parameter; parameters left out keep the family's default.
    constant : float, optional
        Another value for the statement's first constant.
    cells : int
        Most cells to evaluate before giving up, at most 4 million.

    Returns
    -------
    BoxProof
        ``PROVED ON BOX``, ``REFUTED ON BOX`` with a cell on which it is false, or ``UNDECIDED``.

    Raises
    ------
    UnknownNameError, NotSupportedError, InvalidArgumentError
        If theorem, family or box are not known, or the family has no closed form for the theorem.

    Notes
    -----
    Ball arithmetic (Arb, by python-flint) at 128 bits: every rounding is inside the balls, so the verdict is a proof
    for the closed forms in `theorems/instances/boxes.py`.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> gc.prove_on_box("prop-3.1", "constant offset", box={"span": (1.0, 2.0)}).proved
    True
    """
    from flint import ctx

    from gausscollapse.checking.balls import interval

    statement = find(theorem)
    chosen = _family(statement, family)
    name = next(iter(statement.constants))
    value = statement.constants[name] if constant is None else as_number("constant", constant)
    spoilt = statement.with_constants(**{name: value})
    ends, most = _checked_box(chosen, box), as_size("cells", cells, at_least=1, each=1e3)
    start = time.perf_counter()
    with ctx.workprec(PRECISION):
        found = _branch_and_bound(
            tuple(ends.values()), lambda cell: box_slack(spoilt, chosen, [interval(*pair) for pair in cell]), most
        )
    where = None if found.failing is None else dict(zip(ends, found.failing, strict=True))
    seconds = time.perf_counter() - start
    return BoxProof(statement.id, family, name, value, found.verdict, ends, found.cells, seconds, where)

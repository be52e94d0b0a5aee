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
from typing import Any

from gausscollapse.checking.registry import find, registry
from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError, UnknownNameError
from gausscollapse.core.validation import as_count, as_number

PRECISION = 128
MOST_CELLS = 200_000

# python-flint is loaded when a proof is asked for.
Ball = Any
Cell = tuple[tuple[float, float], ...]
Slack = Callable[[Sequence[Ball], float], Ball]
Box = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class BoxFamily:
    """A family that ball arithmetic can exhaust.

    Parameters
    ----------
    name : str
        For the reader.
    words : str
        What its parameters are, and what else is free.
    box : mapping of str to (float, float)
        The default box.
    limits : mapping of str to (float, float)
        The largest box on which the formulas hold.
    slacks : mapping of str to (str, callable)
        By theorem: the constant that may be changed, and the slack from (parameters, constant).
    """

    name: str
    words: str
    box: Box
    limits: Box
    slacks: Mapping[str, tuple[str, Slack]]


class BoxVerdict(StrEnum):
    """What branch and bound found on a box."""

    PROVED = "PROVED ON BOX"
    REFUTED = "REFUTED ON BOX"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True)
class BoxProof:
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


def provable() -> Sequence[tuple[str, str]]:
    """Return the pairs (theorem, family) that `prove_on_box` knows."""
    families = {theorem.chapter.name: theorem.chapter.boxes for theorem in registry.values()}
    return [(theorem, box.name) for boxes in families.values() for box in boxes() for theorem in box.slacks]


def _checked_box(family: BoxFamily, box: Mapping[str, tuple[float, float]] | None) -> dict[str, tuple[float, float]]:
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


def prove_on_box(
    theorem: str,
    family: str,
    *,
    box: Mapping[str, tuple[float, float]] | None = None,
    constant: float | None = None,
    cells: int = MOST_CELLS,
) -> BoxProof:
    """Prove a statement at every point of a box of a one-dimensional closed-form family, or find where it fails.

    Parameters
    ----------
    theorem : str
        An id that the family has a closed form for; see `provable`.
    family : {"constant offset", "amplified score", "stationary affine"}
        The family.
    box : mapping, optional
        Ends (low, high) by parameter; parameters left out keep the family's default.
    constant : float, optional
        Another value for the statement's constant.
    cells : int
        Most cells to evaluate before giving up.

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
    of the closed forms in `theorems/instances/boxes.py`. For ``prop-3.3`` it is the first display, for ``thm-3.4``
    the upper bound.
    """
    from flint import arb, ctx

    from gausscollapse.checking.balls import interval

    statement = find(theorem)
    known = {item.name: item for item in statement.chapter.boxes()}
    if family not in known:
        raise UnknownNameError("family", family, "is not known", "one of " + ", ".join(known))
    chosen = known[family]
    if statement.id not in chosen.slacks:
        raise NotSupportedError(
            f"theorem {statement.id}: has no closed form on '{family}'; accepted: " + ", ".join(chosen.slacks)
        )
    name, slack = chosen.slacks[statement.id]
    value = statement.constants[name] if constant is None else as_number("constant", constant)
    ends = _checked_box(chosen, box)
    most = as_count("cells", cells, at_least=1)

    def on(cell: Cell) -> Any:
        return slack([interval(*pair) for pair in cell], value)

    def halves(cell: Cell, lower: float) -> tuple[Cell, Cell]:
        """Split the side whose collapse to its middle raises the lower bound most, width counting a little."""
        gains, widths = [], []
        for k, (pair, whole) in enumerate(zip(cell, ends.values(), strict=True)):
            middle = 0.5 * (pair[0] + pair[1])
            gain = float(on((*cell[:k], (middle, middle), *cell[k + 1 :])).lower()) - lower
            gains.append(gain if math.isfinite(gain) and pair[0] < pair[1] else 0.0)
            widths.append((pair[1] - pair[0]) / (whole[1] - whole[0]) if whole[1] > whole[0] else 0.0)
        share = 0.1 * max(gains) if max(gains) > 0.0 else 1.0
        side = max(range(len(cell)), key=lambda k: gains[k] + share * widths[k])
        low, high = cell[side]
        middle = 0.5 * (low + high)
        return (*cell[:side], (low, middle), *cell[side + 1 :]), (*cell[:side], (middle, high), *cell[side + 1 :])

    start = time.perf_counter()
    pending: list[Cell] = [tuple(ends.values())]
    count, verdict, failing = 0, BoxVerdict.PROVED, None
    with ctx.workprec(PRECISION):
        while pending:
            cell = pending.pop()
            count += 1
            enclosure = on(cell)
            if enclosure > arb(0):
                continue
            if enclosure < arb(0):
                verdict, failing = BoxVerdict.REFUTED, cell
                break
            if count >= most or all(low == high for low, high in cell):
                verdict, failing = BoxVerdict.UNDECIDED, cell
                break
            first, second = halves(cell, float(enclosure.lower()))
            centres = [on(tuple((0.5 * (a + b), 0.5 * (a + b)) for a, b in half)) for half in (first, second)]
            pending.extend((first, second) if centres[1] < centres[0] else (second, first))
    where = None if failing is None else dict(zip(ends, failing, strict=True))
    return BoxProof(
        statement.id, family, name, value, verdict, ends, count, time.perf_counter() - start, where
    )  # fmt: skip

"""A family of instances that ball arithmetic can exhaust."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# python-flint's `arb`, a rigorous interval; the library is loaded when a proof is asked for.
Ball = Any
Box = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class BoxFamily:
    """A family in d = 1 whose statistics are closed forms of a few parameters.

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
    statistics : callable
        From parameters, one ball each, to objects that have some of the attributes of `Statistics` as linear forms
        in balls, all divided by one positive number, so that they stay away from 0 where the error vanishes. A
        statement whose sides are linear in the statistics holds where it holds for each of the objects.
    """

    name: str
    words: str
    box: Box
    limits: Box
    statistics: Callable[[Sequence[Ball]], Sequence[object]]

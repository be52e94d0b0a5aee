"""What a planted false statement is, and how to plant one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import gausscollapse as gc

Flags = np.ndarray[Any, np.dtype[np.bool_]]
Corner = Callable[[Any], Flags]
Point = Callable[[], Any]
# What a bound is multiplied by in its corner.
HIDDEN = 1e-12


@dataclass(frozen=True)
class Planted:
    """A false statement and where it is false.

    Parameters
    ----------
    theorem : Theorem
        The statement.
    corner : str
        Where it is false, in words.
    kind : {"corner", "plausible", "constant"}
        See the module.
    point : callable
        Builds an instance on which it is false.
    """

    theorem: gc.theorems.Theorem
    corner: str
    kind: str
    point: Point

    @property
    def about(self) -> str:
        """Kind of instance: "process" or "trajectory"."""
        return "process" if self.theorem.chapter.accepts is gc.ReverseProcess else "trajectory"


def plausible(name: str, words: str, kind: str, sides: Callable[[Any], Any], point: Point, **options: Any) -> Planted:
    """Return a statement of two sides."""
    made = gc.statement(name, kind=kind, **options)(lambda s: sides(s))
    return Planted(made, words, "plausible", point)


def too_strong(theorem: str, constants: dict[str, float], words: str, point: Point) -> Planted:
    """Return a theorem of the registry with stronger constants."""
    made = gc.theorems.registry[theorem].with_constants(**constants)
    return Planted(made, words, "constant", point)

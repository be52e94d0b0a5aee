"""Theorems as objects: statement, checked assumptions, enclosed sides, controls."""

from __future__ import annotations

from gausscollapse.checking.controls import ControlPower, power
from gausscollapse.checking.falsification import BestConstant, Falsification
from gausscollapse.checking.registry import check, find, register, registry, select
from gausscollapse.checking.search import falsify
from gausscollapse.checking.statement import Assumption, Comparison, Control, Theorem
from gausscollapse.checking.user import increasing, load, statement
from gausscollapse.theorems import early_stopping, realizable, retraining, single_generation

for _chapter in (single_generation, retraining, early_stopping, realizable):
    for _theorem in _chapter.THEOREMS:
        register(_theorem)

__all__ = [
    "Assumption",
    "BestConstant",
    "Comparison",
    "Control",
    "ControlPower",
    "Falsification",
    "Theorem",
    "check",
    "falsify",
    "find",
    "increasing",
    "load",
    "power",
    "registry",
    "select",
    "statement",
]

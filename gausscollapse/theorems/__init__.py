"""Theorems as objects: statement, checked assumptions, enclosed sides, controls."""

from __future__ import annotations

from gausscollapse.theorems.base import Assumption, Comparison, Control, Theorem
from gausscollapse.theorems.controls import ControlPower, power
from gausscollapse.theorems.falsification import BestConstant, Falsification
from gausscollapse.theorems.registry import check, find, registry, select
from gausscollapse.theorems.search import falsify
from gausscollapse.theorems.statements import increasing, load, statement

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

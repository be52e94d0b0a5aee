"""Theorems as objects: statement, checked assumptions, enclosed sides, controls."""

from __future__ import annotations

from gausscollapse.theorems.base import Assumption, Comparison, Control, Theorem
from gausscollapse.theorems.registry import check, find, registry, select

__all__ = ["Assumption", "Comparison", "Control", "Theorem", "check", "find", "registry", "select"]

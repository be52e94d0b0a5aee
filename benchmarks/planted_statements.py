"""Planted false statements: each false in one corner of the families alone, with a point of that corner.

What a counterexample search is for: it must refute all of these. `bench_planted.py` reports how many it does, and
`tests/test_planted.py` checks that each is really false at its point and not refuted at a typical one.

Three kinds. *Corners*: a true bound that is strengthened beyond truth in one corner and left as it is elsewhere, so
that nothing outside shows where the corner is. *Plausible*: statements in words that one could believe. *Constants*:
theorems of the registry with a constant a little stronger than the best one.
"""

from __future__ import annotations

from benchmarks.planted_base import Planted
from benchmarks.planted_processes import PROCESSES, typical_process
from benchmarks.planted_trajectories import TRAJECTORIES, typical_trajectory

__all__ = ["PLANTED", "Planted", "typical_process", "typical_trajectory"]

PLANTED = (*PROCESSES, *TRAJECTORIES)

"""A theorem on every instance of a sample at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gausscollapse.checking.chapter import Sample
from gausscollapse.checking.comparison import LOWER, UPPER, Comparison, Flags
from gausscollapse.checking.definition import Theorem
from gausscollapse.core.exceptions import AbsentStatisticError
from gausscollapse.core.verdict import Outcome, Verdict


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A theorem on every instance of a sample.

    Parameters
    ----------
    theorem : Theorem
        What was checked.
    sample : Sample
        On what.
    comparisons : sequence of Comparison
        All of them, sides of shape (B,).
    applicable, violated, holds : ndarray of bool, shape (B,)
        Neither violated nor holding where applicable is inconclusive.
    ratio, slack : ndarray, shape (B,)
        Greatest tightness and smallest slack over the comparisons that count.
    absent : str
        Why the statistics cannot tell; empty where they can.
    """

    theorem: Theorem
    sample: Sample
    comparisons: Sequence[Comparison]
    applicable: Flags
    violated: Flags
    holds: Flags
    ratio: NDArray[np.float64]
    slack: NDArray[np.float64]
    absent: str = ""

    def verdict(self, index: int) -> Verdict:
        """Return the verdict on one instance."""
        theorem, statistics = self.theorem, self.sample.statistics
        if self.absent:
            return Verdict(Outcome.NOT_APPLICABLE, theorem.id, None, None, None, None, self.absent)
        if not self.applicable[index]:
            for assumption in theorem.assumptions:
                met, value = assumption.check(statistics)
                if not met[index]:
                    shown = f"fails (value {value[index]:.6g})"
                    ruling = "is not shown to hold: the interval leaves it open" if np.isnan(value[index]) else shown
                    reason = f"the assumption '{assumption.words}' {ruling}"
                    return Verdict(Outcome.NOT_APPLICABLE, theorem.id, None, None, None, None, reason)
        candidates = [item for item in self.comparisons if item.applies is None or item.applies[index]]
        violated = [item for item in candidates if item.violated()[index]]
        undecided = [item for item in candidates if not item.holds()[index]]
        bounds = [item for item in candidates if item.bound]
        pool = violated or undecided or bounds or candidates
        chosen = max(pool, key=lambda item: float(item.ratio()[index]))
        outcome = Outcome.VIOLATED if violated else Outcome.INCONCLUSIVE if undecided else Outcome.HOLDS
        lhs, rhs = chosen.lhs[index], chosen.rhs[index]
        sign = {UPPER: "<=", LOWER: ">="}.get(chosen.kind, "=")
        reason = f"{chosen.name}: {float(lhs):.10g} {sign} {float(rhs):.10g}"
        if outcome is Outcome.VIOLATED:
            reason += " is false"
        elif outcome is Outcome.INCONCLUSIVE:
            reason += " cannot be told: the enclosures overlap"
        return Verdict(
            outcome, theorem.id, lhs, rhs, float(chosen.ratio()[index]), float(chosen.slack()[index]), reason
        )


def evaluate(theorem: Theorem, sample: Sample) -> Evaluation:
    """Check a theorem on every instance of a sample at once.

    Parameters
    ----------
    theorem : Theorem
        With the constants to use.
    sample : Sample
        Instances and statistics of the theorem's chapter.

    Returns
    -------
    Evaluation
        Outcomes and tightness of every instance.
    """
    size = len(sample.instances)
    applicable = np.ones(size, dtype=bool)
    try:
        for assumption in theorem.assumptions:
            applicable &= assumption.check(sample.statistics)[0]
        comparisons = theorem.comparisons(sample.statistics) if np.any(applicable) else ()
    except AbsentStatisticError as problem:
        return _nowhere(theorem, sample, str(problem))
    if not comparisons:
        return _nowhere(theorem, sample)
    violated = np.logical_or.reduce([item.violated() for item in comparisons]) & applicable
    holds = np.logical_and.reduce([item.holds() for item in comparisons]) & applicable
    counted = [item for item in comparisons if item.bound] or comparisons
    ratio = np.where(applicable, np.maximum.reduce([item.ratio() for item in counted]), 0.0)
    slacks = [np.where(item.applies if item.applies is not None else True, item.slack(), np.inf) for item in counted]
    slack = np.where(applicable, np.minimum.reduce(slacks), np.inf)
    return Evaluation(theorem, sample, comparisons, applicable, violated, holds, ratio, slack)


def _nowhere(theorem: Theorem, sample: Sample, absent: str = "") -> Evaluation:
    """Return the evaluation of a theorem that applies to no instance."""
    size = len(sample.instances)
    none = np.zeros(size, dtype=bool)
    return Evaluation(theorem, sample, (), none, none, none, np.zeros(size), np.full(size, np.inf), absent)

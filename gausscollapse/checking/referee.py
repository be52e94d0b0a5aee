"""The referee: what floats said of a theorem on one instance, judged again by statistics proved with balls."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from gausscollapse.checking.chapter import Sample
from gausscollapse.checking.comparison import Comparison
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.evaluation import evaluate
from gausscollapse.checking.falsification import Falsification
from gausscollapse.checking.registry import find
from gausscollapse.checking.theorem_report import TheoremReport
from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.verdict import Outcome, Verdict


class Agreement(StrEnum):
    """What the referee says."""

    AGREED = "agreed"
    DISAGREED = "disagreed"
    UNDECIDED = "undecided"


@dataclass(frozen=True, eq=False)
class Ruling:
    """The referee's answer on one theorem and one instance.

    Parameters
    ----------
    theorem : Theorem
        What was judged.
    instance : object
        On what.
    claimed : Outcome
        What was claimed.
    agreement : Agreement
        DISAGREED where the certified outcome is another decided one, or where an interval of a float side does not
        meet the certified one; UNDECIDED where the certified statistics cannot tell, or there are none.
    verdict : Verdict or None
        The certified verdict; None where there is none.
    reason : str
        In words.
    seconds : float
        Time spent.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> from gausscollapse.checking import judge
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(), gc.AffineError(0, 0.1))
    >>> ruling = judge(gc.theorems.find("prop-3.1"), process)
    >>> str(ruling.agreement), ruling.verdict.lhs.guarantee, ruling.to_json()["claimed"]
    ('agreed', 'certified', 'HOLDS')
    """

    theorem: Theorem
    instance: Any
    claimed: Outcome
    agreement: Agreement
    verdict: Verdict | None
    reason: str
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the ruling as plain values for JSON."""
        return {
            "agreement": str(self.agreement),
            "claimed": str(self.claimed),
            "certified": None if self.verdict is None else str(self.verdict.outcome),
            "reason": self.reason,
            "seconds": round(self.seconds, 3),
        }


@checked
def judge(theorem: str | Theorem, instance: Any, *, claimed: Outcome | None = None) -> Ruling:
    """Judge a theorem on one instance by certified statistics, and the floats' outcome and sides by them.

    Parameters
    ----------
    theorem : str or Theorem
        An id of the registry, or a statement.
    instance : object
        An instance of its chapter.
    claimed : Outcome, optional
        The outcome to bear out; by default what floats say now.

    Returns
    -------
    Ruling
        Agreed, disagreed or undecided.

    Raises
    ------
    UnknownNameError
        If the id is not known.

    Examples
    --------
    A claim that floats do not make is found out:

    >>> import gausscollapse as gc
    >>> from gausscollapse.checking import judge
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(), gc.AffineError(0, 0.1))
    >>> judge(gc.theorems.find("prop-3.1"), process, claimed=gc.Outcome.VIOLATED).reason
    'claimed VIOLATED, certified HOLDS'
    """
    start = time.perf_counter()
    statement = find(theorem)
    floats = evaluate(statement, statement.chapter.prepare(instance))
    outcome = floats.verdict(0).outcome if claimed is None else claimed
    agreement, reason, verdict = _judged(statement, instance, outcome, floats.comparisons)
    return Ruling(statement, instance, outcome, agreement, verdict, reason, time.perf_counter() - start)


@checked
def judge_report(report: TheoremReport) -> Ruling | None:
    """Judge a report's worst instance; None where it has none, or where it cannot be made again from the report.

    Parameters
    ----------
    report : TheoremReport
        From `verify`.

    Returns
    -------
    Ruling or None
        Of the outcome that the report states for that instance.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> from gausscollapse.checking import judge_report, verify
    >>> (report,) = verify(gc.theorems.select(["girsanov-forward"]), instances=20)
    >>> str(judge_report(report).agreement)
    'agreed'
    """
    restore = report.theorem.chapter.restore
    if report.worst_instance is None or restore is None:
        return None
    instance = restore(report.worst_instance["scenario"])
    return judge(report.theorem, instance, claimed=Outcome(report.worst_instance["verdict"]))


@checked
def judge_search(found: Falsification) -> Ruling:
    """Judge the extremal instance of a counterexample search, which is the counterexample where there is one.

    Parameters
    ----------
    found : Falsification
        From `falsify`.

    Returns
    -------
    Ruling
        Of the search's verdict.

    Examples
    --------
    A certified counterexample to a false statement:

    >>> import gausscollapse as gc
    >>> from gausscollapse.checking import judge_search
    >>> false = gc.theorems.find("prop-3.1").with_constants(factor=0.25)
    >>> ruling = judge_search(gc.falsify(false, budget=100, stop_at_violation=True))
    >>> str(ruling.agreement), str(ruling.verdict.outcome)
    ('agreed', 'VIOLATED')
    """
    return judge(found.theorem, found.instance, claimed=found.verdict)


def _judged(
    theorem: Theorem, instance: Any, claimed: Outcome, floats: Sequence[Comparison]
) -> tuple[Agreement, str, Verdict | None]:
    """Return the agreement, the reason and the certified verdict."""
    sample = _certified(theorem, instance)
    if isinstance(sample, str):
        return Agreement.UNDECIDED, sample, None
    evaluation = evaluate(theorem, sample)
    verdict = evaluation.verdict(0)
    unknown = evaluation.absent or "; ".join(sample.statistics.undecided.values())
    if unknown:
        return Agreement.UNDECIDED, unknown, verdict
    apart = _apart(floats, evaluation.comparisons)
    if apart:
        return Agreement.DISAGREED, apart, verdict
    if verdict.outcome is not claimed and Outcome.INCONCLUSIVE not in (verdict.outcome, claimed):
        return Agreement.DISAGREED, f"claimed {claimed}, certified {verdict.outcome}", verdict
    if verdict.outcome is Outcome.INCONCLUSIVE is not claimed:
        return Agreement.UNDECIDED, verdict.reason, verdict
    return Agreement.AGREED, verdict.reason, verdict


def _certified(theorem: Theorem, instance: Any) -> Sample | str:
    """Return the sample with certified statistics, or why there is none."""
    if theorem.chapter.certify is None:
        return f"there are no certified statistics for {theorem.chapter.name}"
    try:
        return theorem.chapter.certify(instance)
    except NotSupportedError as problem:
        return str(problem)


def _apart(floats: Sequence[Comparison], certified: Sequence[Comparison]) -> str:
    """Return the first side whose two intervals do not meet, in words; empty where all do."""
    there = {item.name: item for item in floats}
    for item in certified:
        other = there.get(item.name)
        for side in ("lhs", "rhs") if other is not None else ():
            ball, interval = getattr(item, side), getattr(other, side)
            if not np.all(ball.overlaps(interval)):
                return f"{item.name}: {side} is {interval[0]}, certified {ball[0]}"
    return ""

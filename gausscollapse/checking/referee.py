"""The referee: what floats said of a theorem on one instance, judged again by statistics proved with balls."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscollapse.checking.chapter import Sample
from gausscollapse.checking.comparison import Comparison
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.evaluation import evaluate
from gausscollapse.checking.falsification import Falsification
from gausscollapse.checking.registry import find
from gausscollapse.checking.ruling import Agreement, Ruling
from gausscollapse.checking.theorem_report import TheoremReport
from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.verdict import Outcome, Verdict

DECIDED = (Outcome.HOLDS, Outcome.VIOLATED, Outcome.NOT_APPLICABLE)


@checked
def judge(
    theorem: str | Theorem, instance: Any, *, claimed: Outcome | None = None, subject: str = "instance"
) -> Ruling:
    """Judge a theorem on one instance by certified statistics, and the floats' outcome and sides by them.

    Parameters
    ----------
    theorem : str or Theorem
        An id of the registry, or a statement.
    instance : object
        An instance of its chapter.
    claimed : Outcome, optional
        The outcome to bear out; by default what floats say now.
    subject : str
        What the ruling calls the instance.

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
    return Ruling(subject, outcome, agreement, verdict, reason, time.perf_counter() - start)


@dataclass(frozen=True)
class Claim:
    """What a report says of one instance of a theorem, or of a theorem with other constants.

    Parameters
    ----------
    subject : str
        What the instance is, in words.
    constants : mapping of str to float
        Where they are not the theorem's own.
    scenario : mapping
        From which the chapter makes the instance again.
    claimed : Outcome
        What floats said.
    """

    subject: str
    constants: Mapping[str, float]
    scenario: Mapping[str, Any]
    claimed: Outcome

    def ruling(self, theorem: Theorem) -> Ruling:
        """Judge the claim."""
        restore = theorem.chapter.restore
        if restore is None:
            reason = f"instances of {theorem.chapter.name} cannot be made again from their scenario"
            return Ruling(self.subject, self.claimed, Agreement.UNDECIDED, None, reason, 0.0)
        meant = theorem.with_constants(**self.constants) if self.constants else theorem
        return judge(meant, restore(self.scenario), claimed=self.claimed, subject=self.subject)


def claims(report: TheoremReport) -> Sequence[Claim]:
    """Return what a report rests on: its worst instance, the counterexamples of its search and to its controls."""
    theorem, found = report.theorem, []
    if theorem.chapter.restore is None:
        return ()
    worst = report.worst_instance, report.certifiable_instance
    for subject, entry in zip(("worst instance", "worst instance that can be certified"), worst, strict=True):
        if entry is not None:
            found.append(Claim(subject, {}, entry["scenario"], Outcome(entry["verdict"])))
    if report.search is not None and report.search.refuted:
        scenario = dict(theorem.chapter.describe(report.search.instance))
        found.append(Claim("counterexample of the search", {}, scenario, report.search.verdict))
    for control in report.controls:
        if control.counterexample is not None:
            subject = f"counterexample to {control.words}"
            found.append(Claim(subject, control.constants, control.counterexample, Outcome.VIOLATED))
    return found


@checked
def judge_report(report: TheoremReport) -> Sequence[Ruling]:
    """Judge what a report rests on: its worst instance, the counterexample of its search, those to its controls.

    Parameters
    ----------
    report : TheoremReport
        From `verify`.

    Returns
    -------
    sequence of Ruling
        Of the outcomes that the report states. Instances are made again from the scenarios that the report writes;
        where the chapter cannot do that there are no rulings.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> from gausscollapse.checking import judge_report, verify
    >>> (report,) = verify(gc.theorems.select(["girsanov-forward"]), instances=20)
    >>> [f"{ruling.subject}: {ruling.agreement}" for ruling in judge_report(report)]
    ['worst instance: agreed', 'counterexample to factor = 0.5 replaced by 0.25: agreed']
    """
    return tuple(claim.ruling(report.theorem) for claim in claims(report))


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
    subject = "counterexample of the search" if found.refuted else "extremal instance of the search"
    return judge(found.theorem, found.instance, claimed=found.verdict, subject=subject)


def _judged(
    theorem: Theorem, instance: Any, claimed: Outcome, floats: Sequence[Comparison]
) -> tuple[Agreement, str, Verdict | None]:
    """Return the agreement, the reason and the certified verdict: from few digits where they decide."""
    soon = theorem.chapter.certify_soon
    if soon is not None:
        found = _judged_by(soon, theorem, instance, claimed, floats)
        if found[0] is not Agreement.UNDECIDED and found[2] is not None and found[2].outcome in DECIDED:
            return found
    if theorem.chapter.certify is None:
        chapter = theorem.chapter
        return Agreement.UNDECIDED, f"no certified statistics for {chapter.name}: {chapter.uncertified}", None
    return _judged_by(theorem.chapter.certify, theorem, instance, claimed, floats)


def _judged_by(
    certify: Callable[[Any], Sample], theorem: Theorem, instance: Any, claimed: Outcome, floats: Sequence[Comparison]
) -> tuple[Agreement, str, Verdict | None]:
    try:
        sample = certify(instance)
    except NotSupportedError as problem:
        return Agreement.UNDECIDED, str(problem), None
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

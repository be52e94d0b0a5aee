"""What verification found for one theorem: counts, the worst instance, controls, both sides over all instances."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gausscollapse.checking.chapter import Sample
from gausscollapse.checking.comparison import Flags
from gausscollapse.checking.controls import ControlPower
from gausscollapse.checking.definition import Control, Theorem
from gausscollapse.checking.evaluation import Evaluation
from gausscollapse.checking.falsification import Falsification
from gausscollapse.checking.objectives import evaluated as evaluate
from gausscollapse.checking.paper_assumptions import Audit, audit, of_paper
from gausscollapse.checking.ruling import Agreement, Ruling
from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.core.presentation import Facts, Presented
from gausscollapse.core.verdict import Outcome
from gausscollapse.process.process import ReverseProcess

# Digits after the point to which tightness is shown.
SHOWN = 6


@dataclass(frozen=True, repr=False)
class ControlReport(Presented):
    """Whether a spoilt statement was refuted.

    Parameters
    ----------
    words : str
        What was spoilt.
    constants : mapping
        The spoilt constants.
    instances : int
        Number of instances on which the assumptions hold.
    violated : ndarray of bool, shape (n,)
        On which of all n instances it was certified to be false.
    counterexample : mapping or None
        Scenario of the first of them.
    """

    words: str
    constants: Mapping[str, float]
    instances: int
    violated: Flags
    counterexample: Mapping[str, Any] | None = None

    @property
    def violations(self) -> int:
        """On how many instances it was certified to be false."""
        return int(np.sum(self.violated))

    @property
    def refuted(self) -> bool:
        """Whether at least one instance refutes the control."""
        return self.violations > 0


@dataclass(frozen=True, eq=False)
class Cloud:
    """Both sides of one comparison over all instances that it applies to, for a scatter plot.

    Parameters
    ----------
    name, kind : str
        Of the comparison.
    lhs, rhs : ndarray, shape (n,)
        Values of the sides.
    """

    name: str
    kind: str
    lhs: np.ndarray[Any, np.dtype[np.float64]]
    rhs: np.ndarray[Any, np.dtype[np.float64]]


def _clouds(evaluations: Sequence[Evaluation]) -> Sequence[Cloud]:
    parts: dict[tuple[str, str], list[tuple[Any, Any]]] = {}
    for evaluation in evaluations:
        for item in evaluation.comparisons:
            counted = evaluation.applicable if item.applies is None else evaluation.applicable & item.applies
            sides = np.asarray(item.lhs.value)[counted], np.asarray(item.rhs.value)[counted]
            parts.setdefault((item.name, item.kind), []).append(sides)
    return tuple(
        Cloud(name, kind, np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs]))
        for (name, kind), pairs in parts.items()
    )


@dataclass(frozen=True, repr=False)
class TheoremReport(Presented):
    """What verification found for one theorem.

    Parameters
    ----------
    theorem : Theorem
        What was checked.
    verdict : Outcome
        VIOLATED if one instance certifies it; else HOLDS if one instance is decided; else INCONCLUSIVE or
        NOT_APPLICABLE.
    instances, applicable, drawn : int
        Decided instances, those on which the assumptions hold, all.
    violated, inconclusive, informative : int
        Counts among the applicable ones; informative ones have a positive tightness (a lower bound below 0 says
        nothing).
    min_slack, tightest_ratio : float or None
        Over the applicable instances; None where there are none.
    worst_instance : mapping or None
        Scenario of the instance that is violated most, or else of the tightest decided one (to six digits, the first
        of several), with its family and the comparison.
    controls : sequence of ControlReport
        Empty for a user's single instance.
    seconds : float
        Time spent.
    search : Falsification or None
        What the counterexample search found, where there was one.
    power : sequence of ControlPower
        How often searches refuted each control, where they were run.
    clouds : sequence of Cloud
        Both sides of each comparison over all instances.
    problem : str
        Why the theorem could not be checked; empty where it was.
    rulings : sequence of Ruling
        What the referee said of the instances that the report rests on, where it was asked.
    certifiable_instance : mapping or None
        Like `worst_instance`, of the families that have certified statistics, where the worst instance has none.
    """

    theorem: Theorem
    verdict: Outcome
    instances: int
    applicable: int
    drawn: int
    violated: int
    inconclusive: int
    informative: int
    min_slack: float | None
    tightest_ratio: float | None
    worst_instance: Mapping[str, Any] | None
    controls: Sequence[ControlReport]
    seconds: float
    search: Falsification | None = None
    power: Sequence[ControlPower] = ()
    clouds: Sequence[Cloud] = ()
    problem: str = ""
    rulings: Sequence[Ruling] = ()
    certifiable_instance: Mapping[str, Any] | None = None

    @cached_property
    def audit(self) -> Audit | None:
        """A1 to A5 on the search's extremal instance, for a theorem of the paper on reverse processes; else None."""
        instance = None if self.search is None else self.search.instance
        if not of_paper(self.theorem) or not isinstance(instance, ReverseProcess):
            return None
        return audit(instance)

    def facts(self) -> Facts:
        """Return what a notebook shows."""
        refuted = sum(control.refuted for control in self.controls)
        return (
            ("statement", self.theorem.id), ("verdict", str(self.verdict)), ("expected", str(self.theorem.expected)),
            ("decided", self.instances), ("ties", self.inconclusive), ("tightest ratio", self.tightest_ratio),
            ("controls refuted", f"{refuted} of {len(self.controls)}"), ("problem", self.problem or "none"),
        )  # fmt: skip

    @property
    def disowned(self) -> Sequence[Ruling]:
        """The rulings that disagree with what floats said."""
        return [ruling for ruling in self.rulings if ruling.agreement is Agreement.DISAGREED]

    @property
    def refereed(self) -> bool:
        """Whether the referee agreed on everything that it was asked about, and was asked."""
        return bool(self.rulings) and all(ruling.agreement is Agreement.AGREED for ruling in self.rulings)

    @property
    def refereed_in_part(self) -> bool:
        """Whether the referee agreed on something, and on the rest could not tell."""
        return not self.disowned and any(ruling.agreement is Agreement.AGREED for ruling in self.rulings)

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the expected one, every control was refuted, and no referee disagreed."""
        refuted = all(control.refuted for control in self.controls) and all(item.complete for item in self.power)
        return self.verdict is self.theorem.expected and refuted and not self.problem and not self.disowned

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        return {
            "id": self.theorem.id,
            "title": self.theorem.title,
            "source": self.theorem.source,
            "kind": self.theorem.kind,
            "expected": str(self.theorem.expected),
            "verdict": str(self.verdict),
            "instances": self.instances,
            "applicable": self.applicable,
            "drawn": self.drawn,
            "violated": self.violated,
            "inconclusive": self.inconclusive,
            "informative": self.informative,
            "min_slack": self.min_slack,
            "tightest_ratio": self.tightest_ratio,
            "worst_instance": self.worst_instance,
            "certifiable_instance": self.certifiable_instance,
            "controls": [
                {
                    "words": control.words,
                    "constants": dict(control.constants),
                    "refuted": control.refuted,
                    "violations": control.violations,
                    "instances": control.instances,
                }
                for control in self.controls
            ],
            "power": [item.to_json() for item in self.power],
            "search": None if self.search is None else self.search.to_json(),
            "audit": None if self.audit is None else self.audit.to_json(),
            "rulings": [ruling.to_json() for ruling in self.rulings],
            "problem": self.problem,
            "seconds": round(self.seconds, 3),
        }


def _worst(evaluations: Sequence[Evaluation]) -> tuple[Evaluation, int] | None:
    """Return the instance that is violated most, or else the tightest decided one (identities: agrees least).

    Of instances that are tight to the same six digits the first is returned: dimensions are drawn in ascending order.
    """
    bounds = any(item.bound for evaluation in evaluations for item in evaluation.comparisons)
    best: tuple[tuple[bool, bool, float], Evaluation, int] | None = None
    for evaluation in evaluations:
        closeness = np.round(evaluation.ratio, SHOWN) if bounds else -evaluation.ratio
        for index in np.flatnonzero(evaluation.applicable):
            key = (bool(evaluation.violated[index]), bool(evaluation.holds[index]), float(closeness[index]))
            if best is None or key > best[0]:
                best = (key, evaluation, int(index))
    return None if best is None else best[1:]


def worst_entry(theorem: Theorem, family: str, verdict: Outcome, comparison: str, instance: Any) -> Mapping[str, Any]:
    """Return what a report says of its worst instance: plain values, with the scenario that gives it again."""
    return {
        "family": family,
        "verdict": str(verdict),
        "comparison": comparison,
        "scenario": dict(theorem.chapter.describe(instance)),
    }


def _entry(theorem: Theorem, found: tuple[Evaluation, int] | None) -> Mapping[str, Any] | None:
    """Return the entry of an instance that was found."""
    if found is None:
        return None
    (evaluation, index), told = found, found[0].verdict(found[1])
    sample = evaluation.sample
    return worst_entry(theorem, sample.labels[index], told.outcome, told.reason, sample.instances[index])


def _certified(theorem: Theorem, found: tuple[Evaluation, int]) -> bool:
    """Return whether an instance has certified statistics: those of one sample all have, or none."""
    evaluation, index = found
    if theorem.chapter.certify is None or not len(evaluation.sample.instances):
        return False
    try:
        theorem.chapter.certify(evaluation.sample.instances[index])
    except NotSupportedError:
        return False
    return True


def _attempt(theorem: Theorem, control: Control, samples: Sequence[Sample], applicable: int) -> ControlReport:
    """Return how a control fared on the instances of samples."""
    spoilt = theorem.with_constants(**control.constants)
    violated = [evaluate(spoilt, sample).violated for sample in samples]
    example = None
    for sample, flags in zip(samples, violated, strict=True):
        if np.any(flags):
            example = theorem.chapter.describe(sample.instances[int(np.argmax(flags))])
            break
    return ControlReport(control.words, control.constants, applicable, np.concatenate(violated), example)


def report_on(theorem: Theorem, samples: Sequence[Sample], *, with_controls: bool) -> TheoremReport:
    """Return the report of a theorem on samples."""
    start = time.perf_counter()
    evaluations = [evaluate(theorem, sample) for sample in samples]
    return report_of(evaluations, with_controls=with_controls, since=start)


def report_of(evaluations: Sequence[Evaluation], *, with_controls: bool, since: float) -> TheoremReport:
    """Return the report of a theorem that was evaluated on samples, begun at a time of `time.perf_counter`."""
    theorem, samples = evaluations[0].theorem, [item.sample for item in evaluations]
    applicable, violated, holding = (
        sum(int(np.sum(part)) for part in parts)
        for parts in zip(*((e.applicable, e.violated, e.holds & ~e.violated) for e in evaluations), strict=True)
    )
    decided = violated + holding
    verdict = Outcome.INCONCLUSIVE if applicable else Outcome.NOT_APPLICABLE
    if decided:
        verdict = Outcome.VIOLATED if violated else Outcome.HOLDS
    slack = ratio = worst = certifiable = None
    found = _worst(evaluations)
    if found is not None:
        slack = min(float(np.min(item.slack)) for item in evaluations)
        ratio = float(found[0].ratio[found[1]])
        worst = _entry(theorem, found)
        if not _certified(theorem, found):
            certifiable = _entry(theorem, _worst([item for item in evaluations if _certified(theorem, (item, 0))]))
    controls = [_attempt(theorem, control, samples, applicable) for control in theorem.controls if with_controls]
    informative = sum(int(np.sum((item.ratio > 0.0) & item.applicable)) for item in evaluations)
    drawn = sum(len(sample.instances) for sample in samples)
    return TheoremReport(
        theorem, verdict, decided, applicable, drawn, violated, applicable - decided, informative, slack, ratio,
        worst, controls, time.perf_counter() - since, clouds=_clouds(evaluations),
        certifiable_instance=certifiable,
    )  # fmt: skip


def unusable(theorem: Theorem, problem: str) -> TheoremReport:
    """Return the report of a theorem that could not be checked."""
    return TheoremReport(
        theorem, Outcome.INCONCLUSIVE, 0, 0, 0, 0, 0, 0, None, None, None, (), 0.0, problem=problem
    )  # fmt: skip

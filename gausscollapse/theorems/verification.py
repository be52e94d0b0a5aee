"""Verify theorems on many instances, with their controls, and say how tight they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscollapse._validation import as_count
from gausscollapse.exceptions import InvalidArgumentError
from gausscollapse.results import Outcome
from gausscollapse.theorems.base import Chapter, Evaluation, Sample, Theorem, evaluate

LEAST_DRAWN = 240
ROUNDS = 8

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class ControlReport:
    """Whether a spoilt statement was refuted.

    Parameters
    ----------
    words : str
        What was spoilt.
    constants : mapping
        The spoilt constants.
    violations, instances : int
        On how many of how many instances it was certified to be false.
    """

    words: str
    constants: Mapping[str, float]
    violations: int
    instances: int

    @property
    def refuted(self) -> bool:
        """Whether at least one instance refutes the control."""
        return self.violations > 0


@dataclass(frozen=True)
class TheoremReport:
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
        Scenario of the instance that is violated most, or else of the tightest decided one, with its family and the
        comparison.
    controls : sequence of ControlReport
        Empty for a user's single instance.
    seconds : float
        Time spent.
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

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the expected one and every control was refuted."""
        return self.verdict is self.theorem.expected and all(control.refuted for control in self.controls)

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
            "seconds": round(self.seconds, 3),
        }


def _worst(evaluations: Sequence[Evaluation]) -> tuple[Evaluation, int] | None:
    """Return the instance that is violated most, or else the tightest decided one (identities: agrees least)."""
    bounds = any(item.bound for evaluation in evaluations for item in evaluation.comparisons)
    best: tuple[tuple[bool, bool, float], Evaluation, int] | None = None
    for evaluation in evaluations:
        closeness = evaluation.ratio if bounds else -evaluation.ratio
        for index in np.flatnonzero(evaluation.applicable):
            key = (bool(evaluation.violated[index]), bool(evaluation.holds[index]), float(closeness[index]))
            if best is None or key > best[0]:
                best = (key, evaluation, int(index))
    return None if best is None else best[1:]


def _report(theorem: Theorem, samples: Sequence[Sample], *, with_controls: bool) -> TheoremReport:
    start = time.perf_counter()
    evaluations = [evaluate(theorem, sample) for sample in samples]
    applicable = sum(int(np.sum(item.applicable)) for item in evaluations)
    violated = sum(int(np.sum(item.violated)) for item in evaluations)
    holding = sum(int(np.sum(item.holds & ~item.violated)) for item in evaluations)
    decided = violated + holding
    if violated:
        verdict = Outcome.VIOLATED
    elif holding:
        verdict = Outcome.HOLDS
    else:
        verdict = Outcome.INCONCLUSIVE if applicable else Outcome.NOT_APPLICABLE
    slack = ratio = worst = None
    found = _worst(evaluations)
    if found is not None:
        evaluation, index = found
        slack = min(float(np.min(item.slack)) for item in evaluations)
        ratio = float(evaluation.ratio[index])
        sample = evaluation.sample
        worst = {
            "family": sample.labels[index],
            "verdict": str(evaluation.verdict(index).outcome),
            "comparison": evaluation.verdict(index).reason,
            "scenario": dict(theorem.chapter.describe(sample.instances[index])),
        }
    controls = []
    for control in theorem.controls if with_controls else ():
        spoilt = theorem.with_constants(**control.constants)
        violations = sum(int(np.sum(evaluate(spoilt, sample).violated)) for sample in samples)
        controls.append(ControlReport(control.words, control.constants, violations, applicable))
    informative = sum(int(np.sum((item.ratio > 0.0) & item.applicable)) for item in evaluations)
    drawn = sum(len(sample.instances) for sample in samples)
    return TheoremReport(
        theorem, verdict, decided, applicable, drawn, violated, applicable - decided, informative, slack, ratio,
        worst, controls, time.perf_counter() - start,
    )  # fmt: skip


def _silent(stage: str, share: float) -> None:
    """Report progress to nobody."""


def verify(
    theorems: Sequence[Theorem], *, instances: int = 1000, seed: int = 0, progress: Progress = _silent
) -> list[TheoremReport]:
    """Check theorems on random instances of all families of their chapter, and run their controls.

    Parameters
    ----------
    theorems : sequence of Theorem
        What to check.
    instances : int
        Decided instances wanted for each theorem (a fifth of it where an instance is a trajectory of many
        generations); more are drawn until every theorem has them, or eight rounds are over.
    seed : int
        Seed >= 0; the same seed gives the same instances.
    progress : callable
        Called with a stage in words and the share done.

    Returns
    -------
    list of TheoremReport
        In the order of `theorems`.

    Raises
    ------
    InvalidArgumentError
        If `instances` is not a positive integer or `seed` a non-negative one.
    """
    wanted = as_count("instances", instances, at_least=1)
    key = as_count("seed", seed)
    reports: dict[str, TheoremReport] = {}
    for chapter in _chapters(theorems):
        members = [theorem for theorem in theorems if theorem.chapter.name == chapter.name]
        rng = np.random.default_rng(key)
        progress(f"drawing instances: {chapter.name}", len(reports) / len(theorems))
        enough = max(1, int(chapter.share * wanted))
        samples = list(chapter.draw(max(LEAST_DRAWN, int(1.3 * enough)), rng))
        for theorem in members:
            progress(theorem.id, len(reports) / len(theorems))
            report = _report(theorem, samples, with_controls=True)
            for _ in range(ROUNDS):
                if report.instances >= enough or report.applicable == 0:
                    break
                lacking = (enough - report.instances) * report.drawn / max(report.instances, 1)
                samples.extend(chapter.draw(min(int(1.1 * lacking) + 50, 4 * enough), rng))
                report = _report(theorem, samples, with_controls=True)
            reports[theorem.id] = report
    return [reports[theorem.id] for theorem in theorems]


def _chapters(theorems: Sequence[Theorem]) -> list[Chapter]:
    chapters: dict[str, Chapter] = {}
    for theorem in theorems:
        chapters.setdefault(theorem.chapter.name, theorem.chapter)
    return list(chapters.values())


def accepting(theorems: Sequence[Theorem], instance: Any, *, named: bool) -> list[Theorem]:
    """Return the theorems that speak of instances of this kind.

    Parameters
    ----------
    theorems : sequence of Theorem
        Candidates.
    instance : object
        The instance.
    named : bool
        Whether the user named the theorems: then one of another kind is an error.

    Raises
    ------
    InvalidArgumentError
        If a named theorem, or every theorem, speaks of another kind of instance.
    """
    chosen = [theorem for theorem in theorems if isinstance(instance, theorem.chapter.accepts)]
    if len(chosen) < len(theorems) and (named or not chosen):
        other = next(theorem for theorem in theorems if theorem not in chosen)
        raise InvalidArgumentError(
            "ids", other.id, f"does not speak of a {type(instance).__name__}", f"a {other.chapter.accepts.__name__}"
        )
    return chosen


def verify_instance(theorems: Sequence[Theorem], instance: Any) -> list[TheoremReport]:
    """Check theorems on one instance of the user's; no controls are run.

    Parameters
    ----------
    theorems : sequence of Theorem
        Whose chapters accept the instance.
    instance : object
        An instance of those chapters.

    Returns
    -------
    list of TheoremReport
        In the order of `theorems`.
    """
    samples = {chapter.name: chapter.prepare(instance) for chapter in _chapters(theorems)}
    return [_report(theorem, [samples[theorem.chapter.name]], with_controls=False) for theorem in theorems]

"""Verify theorems on many instances, with their controls, and say how tight they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gausscollapse.checking._elsewhere import Elsewhere, travels
from gausscollapse.checking.chapter import Sample
from gausscollapse.checking.comparison import Flags
from gausscollapse.checking.controls import ControlPower, pooled_power, power
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.evaluation import Evaluation
from gausscollapse.checking.falsification import Falsification
from gausscollapse.checking.objectives import evaluated as evaluate
from gausscollapse.checking.search import STARTS, falsify
from gausscollapse.core.enclosure import Outcome
from gausscollapse.core.exceptions import GaussCollapseError, InvalidArgumentError
from gausscollapse.core.validation import as_count

LEAST_DRAWN = 240
ROUNDS = 8
# Fewer instances are checked sooner than a second process starts.
WORTH_A_PROCESS = 500

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
    instances : int
        Number of instances on which the assumptions hold.
    violated : ndarray of bool, shape (n,)
        On which of all n instances it was certified to be false.
    """

    words: str
    constants: Mapping[str, float]
    instances: int
    violated: Flags

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
    search : Falsification or None
        What the counterexample search found, where there was one.
    power : sequence of ControlPower
        How often searches refuted each control, where they were run.
    clouds : sequence of Cloud
        Both sides of each comparison over all instances.
    problem : str
        Why the theorem could not be checked; empty where it was.
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

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the expected one and every control was refuted."""
        refuted = all(control.refuted for control in self.controls) and all(item.complete for item in self.power)
        return self.verdict is self.theorem.expected and refuted and not self.problem

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
            "power": [item.to_json() for item in self.power],
            "search": None if self.search is None else self.search.to_json(),
            "problem": self.problem,
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


def _report(
    theorem: Theorem, samples: Sequence[Sample], *, with_controls: bool
) -> tuple[TheoremReport, Sequence[Evaluation]]:
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
        flags = np.concatenate([evaluate(spoilt, sample).violated for sample in samples])
        controls.append(ControlReport(control.words, control.constants, applicable, flags))
    informative = sum(int(np.sum((item.ratio > 0.0) & item.applicable)) for item in evaluations)
    drawn = sum(len(sample.instances) for sample in samples)
    report = TheoremReport(
        theorem, verdict, decided, applicable, drawn, violated, applicable - decided, informative, slack, ratio,
        worst, controls, time.perf_counter() - start, clouds=_clouds(evaluations),
    )  # fmt: skip
    return report, evaluations


def _attacked(
    report: TheoremReport, pool: Sequence[Evaluation], budget: int, seed: int, seeds: int, progress: Progress
) -> TheoremReport:
    """Return the report with a counterexample search, and the power of the controls over `seeds` searches each."""
    start = time.perf_counter()
    theorem = report.theorem
    pooled = not theorem.chapter.spaces
    # Both sides of an identity are computed at full accuracy: a quarter of the evaluations takes as long.
    exact = theorem.kind in ("identity", "limit")
    allowed = -(-budget // 4) if exact else budget
    if pooled:
        # Without coordinates the drawn instances are the search; a large budget adds blocks worth a hundredth of it.
        allowed = report.drawn + allowed // 100 // STARTS * STARTS
    search = falsify(theorem, budget=allowed, seed=seed, pool=pool if pooled else (), progress=progress)
    powers: Sequence[ControlPower] = ()
    if seeds:
        powers = (
            pooled_power(theorem, [item.violated for item in report.controls], seeds=seeds, seed=seed)
            if pooled
            else power(theorem, seeds=seeds, progress=progress)
        )
    spent = report.seconds + time.perf_counter() - start
    found = replace(report, search=search, power=powers, seconds=spent)
    if not search.refuted:
        return found
    worst = {
        "family": search.family,
        "verdict": str(search.verdict),
        "comparison": search.comparison,
        "scenario": dict(theorem.chapter.describe(search.instance)),
    }
    if report.violated:
        return found
    return replace(
        found, verdict=Outcome.VIOLATED, worst_instance=worst, tightest_ratio=search.tightest_ratio
    )  # fmt: skip


def unusable(theorem: Theorem, problem: str) -> TheoremReport:
    """Return the report of a theorem that could not be checked."""
    return TheoremReport(
        theorem, Outcome.INCONCLUSIVE, 0, 0, 0, 0, 0, 0, None, None, None, (), 0.0, problem=problem
    )  # fmt: skip


def _sampled(
    theorem: Theorem, samples: list[Sample], wanted: int, rng: np.random.Generator
) -> tuple[TheoremReport, Sequence[Evaluation]]:
    """Return the report on samples, to which more are added until enough instances are decided."""
    report, evaluations = _report(theorem, samples, with_controls=True)
    for _ in range(ROUNDS):
        if report.instances >= wanted or report.applicable == 0:
            break
        lacking = (wanted - report.instances) * report.drawn / max(report.instances, 1)
        samples.extend(theorem.chapter.draw(min(int(1.1 * lacking) + 50, 4 * wanted), rng))
        report, evaluations = _report(theorem, samples, with_controls=True)
    return report, evaluations


def _silent(stage: str, share: float) -> None:
    """Report progress to nobody."""


def verify(
    theorems: Sequence[Theorem],
    *,
    instances: int = 1000,
    seed: int = 0,
    budget: int = 0,
    control_seeds: int = 0,
    workers: int = 1,
    progress: Progress = _silent,
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
    budget : int
        Slack evaluations of a counterexample search for each theorem; 0 for none.
    control_seeds : int
        Searches for a counterexample to each control; 0 for none.
    workers : int
        With 2 or more, chapters after the first may be checked in a second process; the reports are the same. A
        script that asks for it needs the guard ``if __name__ == "__main__"``.
    progress : callable
        Called with a stage in words and the share done.

    Returns
    -------
    list of TheoremReport
        In the order of `theorems`. A theorem that cannot be evaluated, or whose assumptions no instance meets, is
        reported with its `problem`; the others are checked all the same.

    Raises
    ------
    InvalidArgumentError
        If `instances` is not a positive integer or `seed`, `budget` or `control_seeds` a non-negative one.
    """
    wanted = as_count("instances", instances, at_least=1)
    key = as_count("seed", seed)
    allowed, searches = as_count("budget", budget), as_count("control_seeds", control_seeds)
    limits = _Limits(wanted, key, allowed, searches)
    chapters = _chapters(theorems)
    away: list[Theorem] = []
    if workers > 1 and wanted >= WORTH_A_PROCESS:
        away = [item for chapter in chapters[1:] if all(travels(item) for item in chapter) for item in chapter]
    elsewhere = Elsewhere(partial(_verify_chapters, limits=limits), [item.id for item in away]) if away else None
    try:
        gone = {item.id for item in away}
        here = [item for item in theorems if item.id not in gone]
        reports = _verify_chapters(here, limits=limits, progress=progress)
        if elsewhere is not None:
            progress("theorems of retraining, in a second process", len(here) / len(theorems))
            reports.update(elsewhere.result())
    finally:
        if elsewhere is not None:
            elsewhere.close()
    return [reports[theorem.id] for theorem in theorems]


@dataclass(frozen=True)
class _Limits:
    wanted: int
    seed: int
    budget: int
    control_seeds: int


def _verify_chapters(
    theorems: Sequence[Theorem], *, limits: _Limits, progress: Progress = _silent
) -> dict[str, TheoremReport]:
    reports: dict[str, TheoremReport] = {}
    for members in _chapters(theorems):
        chapter = members[0].chapter
        rng = np.random.default_rng(limits.seed)
        progress(f"drawing instances: {chapter.name}", len(reports) / len(theorems))
        enough = max(1, int(chapter.share * limits.wanted))
        samples = list(chapter.draw(max(LEAST_DRAWN, int(1.3 * enough)), rng))
        for theorem in members:
            progress(theorem.id, len(reports) / len(theorems))
            try:
                report, pool = _sampled(theorem, samples, enough, rng)
                if limits.budget:
                    report = _attacked(report, pool, limits.budget, limits.seed, limits.control_seeds, progress)
            except GaussCollapseError as problem:
                report = unusable(theorem, str(problem))
            reports[theorem.id] = report
    return reports


def _chapters(theorems: Sequence[Theorem]) -> list[list[Theorem]]:
    """Return the theorems of each chapter, in order."""
    chapters: dict[str, list[Theorem]] = {}
    for theorem in theorems:
        chapters.setdefault(theorem.chapter.name, []).append(theorem)
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
    samples = {members[0].chapter.name: members[0].chapter.prepare(instance) for members in _chapters(theorems)}
    return [_report(theorem, [samples[theorem.chapter.name]], with_controls=False)[0] for theorem in theorems]

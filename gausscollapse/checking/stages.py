"""The stages of a verification: instances drawn and looked at, the search, the referee, each where there is time."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gausscollapse.checking._best_constants import with_samples
from gausscollapse.checking.chapter import Sample
from gausscollapse.checking.controls import ControlPower, pooled_power, power
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.evaluation import Evaluation
from gausscollapse.checking.falsification import Falsification
from gausscollapse.checking.objectives import evaluated
from gausscollapse.checking.progress import Progress, silent
from gausscollapse.checking.referee import judge_report
from gausscollapse.checking.search import falsify
from gausscollapse.checking.theorem_report import TheoremReport, report_of, unusable, worst_entry
from gausscollapse.core.exceptions import GaussCollapseError
from gausscollapse.core.verdict import Outcome

# Drawn of every chapter at least, where it does not ask for fewer: trajectories are few, and controls need them.
LEAST_DRAWN, FEWEST_DRAWN = 240, 60
ROUNDS = 8


@dataclass(frozen=True)
class Limits:
    """What `verify` was asked for: instances, the seed, evaluations of a search, searches a control, the referee."""

    wanted: int
    seed: int
    budget: int
    control_seeds: int
    referee: bool


@dataclass(frozen=True)
class Look:
    """The report on the instances drawn, and what it was made of, from which best constants are read too."""

    report: TheoremReport
    evaluations: Sequence[Evaluation] = ()


@dataclass(frozen=True)
class Attack:
    """What the search of a theorem found, and the power of its controls; or the problem that ended it."""

    search: Falsification | None = None
    powers: Sequence[ControlPower] = ()
    seconds: float = 0.0
    problem: str = ""


def search_budget(theorem: Theorem, budget: int) -> int:
    """Return how many evaluations of a theorem take about as long as `budget` ones of an inequality on processes."""
    # Both sides of an identity are computed at full accuracy: a quarter of the evaluations takes as long.
    slow = theorem.kind in ("identity", "limit") and not all(space.exact for space in theorem.chapter.spaces)
    return max(1, math.ceil(budget * theorem.chapter.search_share * (0.25 if slow else 1.0)))


def looked_at(members: Sequence[Theorem], limits: Limits, progress: Progress = silent) -> Iterator[Look]:
    """Draw instances of a chapter and check its theorems on them, one after the other."""
    chapter = members[0].chapter
    rng = np.random.default_rng(limits.seed)
    progress(f"drawing instances: {chapter.name}", 0.0)
    enough = max(1, int(chapter.share * limits.wanted))
    least = min(LEAST_DRAWN, chapter.least, max(FEWEST_DRAWN, limits.wanted // 2))
    samples = list(chapter.draw(max(least, int(1.3 * enough)), rng))
    for number, theorem in enumerate(members):
        progress(theorem.id, number / len(members))
        try:
            look = _sampled(theorem, samples, enough, rng)
        except GaussCollapseError as problem:
            look = Look(unusable(theorem, str(problem)))
        yield look


def _sampled(theorem: Theorem, samples: list[Sample], wanted: int, rng: np.random.Generator) -> Look:
    """Return the report on samples, to which more are added until enough instances are decided."""
    start = time.perf_counter()
    evaluations = [evaluated(theorem, sample) for sample in samples]
    report = report_of(evaluations, with_controls=True, since=start)
    for _ in range(ROUNDS):
        if report.instances >= wanted or report.applicable == 0:
            break
        lacking = (wanted - report.instances) * report.drawn / max(report.instances, 1)
        samples.extend(theorem.chapter.draw(min(int(1.1 * lacking) + 50, 4 * wanted), rng))
        evaluations.extend(evaluated(theorem, sample) for sample in samples[len(evaluations) :])
        report = report_of(evaluations, with_controls=True, since=start)
    return Look(report, evaluations)


def attacked(theorem: Theorem, limits: Limits, progress: Progress = silent) -> Attack:
    """Search a counterexample to a theorem, and to its controls where that is not too long."""
    start = time.perf_counter()
    try:
        search = falsify(
            theorem, budget=search_budget(theorem, limits.budget), seed=limits.seed, progress=progress
        )  # fmt: skip
        alone = limits.control_seeds and theorem.chapter.search_share == 1.0
        powers = power(theorem, seeds=limits.control_seeds, progress=progress) if alone else ()
    except GaussCollapseError as problem:
        return Attack(problem=str(problem))
    return Attack(search, powers, time.perf_counter() - start)


def joined(look: Look, attack: Attack, limits: Limits) -> TheoremReport:
    """Return the report with what the search found."""
    report, theorem = look.report, look.report.theorem
    if report.problem:
        return report
    if attack.search is None:
        return unusable(theorem, attack.problem)
    # A short search may miss what the instances drawn before tell.
    search = replace(
        attack.search, best_constants=with_samples(theorem, look.evaluations, attack.search.best_constants)
    )  # fmt: skip
    powers = attack.powers
    if limits.control_seeds and theorem.chapter.search_share < 1.0:
        violated = [item.violated for item in report.controls]
        powers = pooled_power(theorem, violated, seeds=limits.control_seeds, seed=limits.seed)
    found = replace(report, search=search, power=powers, seconds=report.seconds + attack.seconds)
    if not search.refuted or report.violated:
        return found
    worst = worst_entry(theorem, search.family, search.verdict, search.comparison, search.instance)
    return replace(
        found, verdict=Outcome.VIOLATED, worst_instance=worst, tightest_ratio=search.tightest_ratio
    )  # fmt: skip


def refereed(report: TheoremReport) -> TheoremReport:
    """Return the report with the referee's rulings."""
    if report.problem:
        return report
    try:
        rulings = judge_report(report)
    except GaussCollapseError as problem:
        return unusable(report.theorem, str(problem))
    return replace(report, rulings=rulings, seconds=report.seconds + sum(ruling.seconds for ruling in rulings))


def verified(members: Sequence[Theorem], limits: Limits, progress: Progress = silent) -> list[TheoremReport]:
    """Return the reports of theorems of one chapter, all stages one after the other."""
    reports: list[TheoremReport] = []
    for look in looked_at(members, limits, progress):
        report = look.report
        if limits.budget and not report.problem:
            report = joined(look, attacked(report.theorem, limits, progress), limits)
        if limits.referee:
            progress(f"referee: {report.theorem.id}", len(reports) / len(members))
            report = refereed(report)
        reports.append(report)
    return reports

"""Verify theorems on many instances, with their controls, and say how tight they are."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gausscollapse.checking._best_constants import with_samples
from gausscollapse.checking._elsewhere import Elsewhere, travels
from gausscollapse.checking.chapter import Sample
from gausscollapse.checking.controls import MOST_SEEDS, ControlPower, pooled_power, power
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.progress import Progress, silent
from gausscollapse.checking.referee import judge_report
from gausscollapse.checking.reports import Reports
from gausscollapse.checking.search import HOURS, MOST_EVALUATIONS, falsify
from gausscollapse.checking.theorem_report import TheoremReport, report_on, unusable, worst_entry
from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import GaussCollapseError, InvalidArgumentError
from gausscollapse.core.validation import as_count, as_size
from gausscollapse.core.verdict import Outcome

# Drawn of every chapter at least, where it does not ask for fewer: trajectories are few, and controls need them.
LEAST_DRAWN, FEWEST_DRAWN = 240, 60
ROUNDS = 8
# What a drawn process and its statistics hold, as measured.
INSTANCE_BYTES = 1e4
# Fewer instances, those of all theorems together, are checked sooner than a second process starts.
WORTH_A_PROCESS = 2000


def search_budget(theorem: Theorem, budget: int) -> int:
    """Return how many evaluations of a theorem take about as long as `budget` ones of an inequality on processes."""
    # Both sides of an identity are computed at full accuracy: a quarter of the evaluations takes as long.
    slow = theorem.kind in ("identity", "limit") and not all(space.exact for space in theorem.chapter.spaces)
    return max(1, math.ceil(budget * theorem.chapter.search_share * (0.25 if slow else 1.0)))


def _attacked(report: TheoremReport, samples: Sequence[Sample], limits: _Limits, progress: Progress) -> TheoremReport:
    """Return the report with a counterexample search, and the power of the controls over some searches each."""
    start = time.perf_counter()
    theorem, seed, seeds = report.theorem, limits.seed, limits.control_seeds
    search = falsify(theorem, budget=search_budget(theorem, limits.budget), seed=seed, progress=progress)
    # A short search may miss what the instances drawn before tell.
    search = replace(search, best_constants=with_samples(theorem, samples, search.best_constants))
    powers: Sequence[ControlPower] = ()
    if seeds and theorem.chapter.search_share < 1.0:
        powers = pooled_power(theorem, [item.violated for item in report.controls], seeds=seeds, seed=seed)
    elif seeds:
        powers = power(theorem, seeds=seeds, progress=progress)
    spent = report.seconds + time.perf_counter() - start
    found = replace(report, search=search, power=powers, seconds=spent)
    if not search.refuted:
        return found
    worst = worst_entry(theorem, search.family, search.verdict, search.comparison, search.instance)
    if report.violated:
        return found
    return replace(
        found, verdict=Outcome.VIOLATED, worst_instance=worst, tightest_ratio=search.tightest_ratio
    )  # fmt: skip


def _refereed(report: TheoremReport) -> TheoremReport:
    """Return the report with the referee's rulings."""
    rulings = judge_report(report)
    return replace(report, rulings=rulings, seconds=report.seconds + sum(ruling.seconds for ruling in rulings))


def _sampled(theorem: Theorem, samples: list[Sample], wanted: int, rng: np.random.Generator) -> TheoremReport:
    """Return the report on samples, to which more are added until enough instances are decided."""
    report = report_on(theorem, samples, with_controls=True)
    for _ in range(ROUNDS):
        if report.instances >= wanted or report.applicable == 0:
            break
        lacking = (wanted - report.instances) * report.drawn / max(report.instances, 1)
        samples.extend(theorem.chapter.draw(min(int(1.1 * lacking) + 50, 4 * wanted), rng))
        report = report_on(theorem, samples, with_controls=True)
    return report


@checked
def verify(
    theorems: Sequence[Theorem],
    *,
    instances: int = 1000,
    seed: int = 0,
    budget: int = 0,
    control_seeds: int = 0,
    referee: bool = False,
    workers: int = 1,
    progress: Progress = silent,
) -> Reports:
    """Check theorems on random instances of all families of their chapter, and run their controls.

    Parameters
    ----------
    theorems : sequence of Theorem
        What to check.
    instances : int
        Decided instances wanted for each theorem, at most 429 496, which fill 4 GiB (a fifth of it where an instance
        is a trajectory of many generations); more are drawn until every theorem has them, or eight rounds are over.
    seed : int
        Seed >= 0; the same seed gives the same instances.
    budget : int
        Slack evaluations of a counterexample search for each theorem, at most 10^8 (fewer where one takes longer, see
        `search_budget`); 0 for none.
    control_seeds : int
        Searches for a counterexample to each control, at most 10 000; 0 for none.
    referee : bool
        Whether certified statistics judge every worst instance and every counterexample (`judge_report`).
    workers : int
        With 2 or more, chapters after the first may be checked in a second process; the reports are the same. A
        script that asks for it needs the guard ``if __name__ == "__main__"``.
    progress : callable
        Called with a stage in words and the share done.

    Returns
    -------
    Reports
        In the order of `theorems`. A theorem that cannot be evaluated, or whose assumptions no instance meets, is
        reported with its `problem`; the others are checked all the same.

    Raises
    ------
    InvalidArgumentError
        If `instances` is not a positive integer or `seed`, `budget` or `control_seeds` a non-negative one.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> from gausscollapse.checking import verify
    >>> (report,) = verify(gc.theorems.select(["prop-3.1"]), instances=50)
    >>> str(report.verdict), report.as_expected
    ('HOLDS', True)
    """
    wanted = as_size("instances", instances, at_least=1, each=INSTANCE_BYTES)
    key = as_count("seed", seed)
    allowed = as_size("budget", budget, each=HOURS, unit="hours", most=HOURS * MOST_EVALUATIONS)
    searches = as_size("control_seeds", control_seeds, each=1.0, unit="searches", most=MOST_SEEDS)
    limits = _Limits(wanted, key, allowed, searches, referee)
    # One theorem has nothing to do meanwhile.
    if workers < 2 or wanted * len(theorems) < WORTH_A_PROCESS or len(theorems) < 2:
        reports = _verify_chapters(theorems, limits=limits, progress=progress)
        return Reports(reports[theorem.id] for theorem in theorems)
    chapters = _chapters(theorems)
    away = [item for chapter in chapters[1:] if all(travels(item) for item in chapter) for item in chapter]
    here = [item for item in theorems if item not in away]
    elsewhere = Elsewhere(1)
    try:
        errand = elsewhere.send(partial(_verify_chapters, limits=limits), away) if away else None
        reports = _verify_chapters(here, limits=limits, progress=progress)
        if errand is not None:
            progress("theorems of retraining, in a second process", len(here) / len(theorems))
            reports.update(errand.result())
    finally:
        elsewhere.close()
    return Reports(reports[theorem.id] for theorem in theorems)


@dataclass(frozen=True)
class _Limits:
    wanted: int
    seed: int
    budget: int
    control_seeds: int
    referee: bool


def _verify_chapters(
    theorems: Sequence[Theorem],
    *,
    limits: _Limits,
    progress: Progress = silent,
) -> dict[str, TheoremReport]:
    reports: dict[str, TheoremReport] = {}
    for members in _chapters(theorems):
        chapter = members[0].chapter
        rng = np.random.default_rng(limits.seed)
        progress(f"drawing instances: {chapter.name}", len(reports) / len(theorems))
        enough = max(1, int(chapter.share * limits.wanted))
        least = min(LEAST_DRAWN, chapter.least, max(FEWEST_DRAWN, limits.wanted // 2))
        samples = list(chapter.draw(max(least, int(1.3 * enough)), rng))
        for theorem in members:
            progress(theorem.id, len(reports) / len(theorems))
            try:
                report = _sampled(theorem, samples, enough, rng)
                if limits.budget:
                    report = _attacked(report, samples, limits, progress)
                if limits.referee:
                    progress(f"referee: {theorem.id}", len(reports) / len(theorems))
                    report = _refereed(report)
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


def verify_instance(theorems: Sequence[Theorem], instance: Any) -> Reports:
    """Check theorems on one instance of the user's; no controls are run.

    Parameters
    ----------
    theorems : sequence of Theorem
        Whose chapters accept the instance.
    instance : object
        An instance of those chapters.

    Returns
    -------
    Reports
        In the order of `theorems`.
    """
    samples = {members[0].chapter.name: members[0].chapter.prepare(instance) for members in _chapters(theorems)}
    return Reports(report_on(theorem, [samples[theorem.chapter.name]], with_controls=False) for theorem in theorems)

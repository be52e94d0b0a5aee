"""Verify theorems on many instances, with their controls, and say how tight they are."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gausscollapse.checking._elsewhere import Elsewhere, travels
from gausscollapse.checking._search_run import STARTS
from gausscollapse.checking.chapter import Sample
from gausscollapse.checking.controls import ControlPower, pooled_power, power
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.evaluation import Evaluation
from gausscollapse.checking.progress import Progress, silent
from gausscollapse.checking.search import falsify
from gausscollapse.checking.theorem_report import TheoremReport, report_on, unusable, worst_entry
from gausscollapse.core.exceptions import GaussCollapseError, InvalidArgumentError
from gausscollapse.core.validation import as_count, as_size
from gausscollapse.core.verdict import Outcome

LEAST_DRAWN = 240
ROUNDS = 8
# Fewer instances are checked sooner than a second process starts.
WORTH_A_PROCESS = 500


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
    worst = worst_entry(theorem, search.family, search.verdict, search.comparison, search.instance)
    if report.violated:
        return found
    return replace(
        found, verdict=Outcome.VIOLATED, worst_instance=worst, tightest_ratio=search.tightest_ratio
    )  # fmt: skip


def _sampled(
    theorem: Theorem, samples: list[Sample], wanted: int, rng: np.random.Generator
) -> tuple[TheoremReport, Sequence[Evaluation]]:
    """Return the report on samples, to which more are added until enough instances are decided."""
    report, evaluations = report_on(theorem, samples, with_controls=True)
    for _ in range(ROUNDS):
        if report.instances >= wanted or report.applicable == 0:
            break
        lacking = (wanted - report.instances) * report.drawn / max(report.instances, 1)
        samples.extend(theorem.chapter.draw(min(int(1.1 * lacking) + 50, 4 * wanted), rng))
        report, evaluations = report_on(theorem, samples, with_controls=True)
    return report, evaluations


def verify(
    theorems: Sequence[Theorem],
    *,
    instances: int = 1000,
    seed: int = 0,
    budget: int = 0,
    control_seeds: int = 0,
    workers: int = 1,
    progress: Progress = silent,
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

    Examples
    --------
    >>> import gausscollapse as gc
    >>> from gausscollapse.checking import verify
    >>> (report,) = verify(gc.theorems.select(["prop-3.1"]), instances=50)
    >>> str(report.verdict), report.as_expected
    ('HOLDS', True)
    """
    wanted = as_size("instances", instances, at_least=1, each=1.0, unit="evaluations", most=10**9)
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
    theorems: Sequence[Theorem], *, limits: _Limits, progress: Progress = silent
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
    return [report_on(theorem, [samples[theorem.chapter.name]], with_controls=False)[0] for theorem in theorems]

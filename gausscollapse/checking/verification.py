"""Verify theorems on many instances, with their controls, and say how tight they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from gausscollapse.checking._elsewhere import Elsewhere, travels
from gausscollapse.checking.controls import MOST_SEEDS
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.progress import Progress, silent
from gausscollapse.checking.reports import Reports
from gausscollapse.checking.search import HOURS, MOST_EVALUATIONS
from gausscollapse.checking.stages import Attack, Limits, attacked, joined, looked_at, refereed, verified
from gausscollapse.checking.theorem_report import TheoremReport, report_on
from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import as_count, as_size

# What a drawn process and its statistics hold, as measured.
INSTANCE_BYTES = 1e4
# Fewer instances, those of all theorems together, are checked sooner than a second process starts.
WORTH_A_PROCESS = 2000


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
    limits = Limits(wanted, key, allowed, searches, referee)
    # One theorem has nothing to do meanwhile.
    if workers < 2 or wanted * len(theorems) < WORTH_A_PROCESS or len(theorems) < 2:
        found = [report for members in _chapters(theorems) for report in verified(members, limits, progress)]
    else:
        found = _in_two_processes(theorems, limits, progress)
    reports = {report.theorem.id: report for report in found}
    return Reports(reports[theorem.id] for theorem in theorems)


def _in_two_processes(theorems: Sequence[Theorem], limits: Limits, progress: Progress) -> list[TheoremReport]:
    """Return the reports, in no order, of work that two processes share.

    The other one searches for the first chapter while this one draws its instances, and then takes the other chapters
    from the front; this one takes from the end what is not begun, beginning with the referee of the first chapter.
    """
    first, *others = _chapters(theorems)
    reports: list[TheoremReport] = []
    elsewhere = Elsewhere(1)
    try:
        searches = {
            theorem.id: elsewhere.send(partial(_attacks, limits=limits), [theorem])
            for theorem in first
            if limits.budget and travels(theorem)
        }
        errands = [
            elsewhere.send(partial(verified, limits=limits), members) for members in others if _travel(members)
        ]  # fmt: skip
        looks = list(looked_at(first, limits, progress))
        for look in reversed(looks):
            theorem, report = look.report.theorem, look.report
            progress(theorem.id, len(reports) / len(theorems))
            if limits.budget and not report.problem:
                (attack,) = searches[theorem.id].result() if theorem.id in searches else _attacks([theorem], limits)
                report = joined(look, attack, limits)
            if limits.referee and travels(theorem):
                errands.append(elsewhere.send(_rulings, [report]))
            else:
                reports.append(refereed(report) if limits.referee else report)
        for members in others:
            if not _travel(members):
                reports.extend(verified(members, limits, progress))
        for errand in reversed(errands):
            reports.extend(errand.result())
            progress("in two processes", len(reports) / len(theorems))
    finally:
        elsewhere.close()
    return reports


def _attacks(theorems: Sequence[Theorem], limits: Limits) -> list[Attack]:
    return [attacked(theorem, limits) for theorem in theorems]


def _rulings(reports: Sequence[TheoremReport]) -> list[TheoremReport]:
    return [refereed(report) for report in reports]


def _travel(theorems: Sequence[Theorem]) -> bool:
    return all(travels(theorem) for theorem in theorems)


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

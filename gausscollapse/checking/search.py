"""Counterexample search: an optimiser that tries to break a statement inside its assumptions.

Every family of the chapter that has coordinates is searched: first a design that meets every pair of extremes of its
coordinates, then rounds of differential evolution, each on one family and one objective (the slack of the statement,
or the room left to one of its constants), whichever came closest so far. A quarter of all evaluations goes to further
designs, family by family, for statements that are false in one corner and flat elsewhere. Screening uses a loose
accuracy; every point that comes closer than all before is computed again at full accuracy, and only that counts. The
sequence of points depends on the seed alone, so a larger budget goes on where a smaller one stopped.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import numpy as np

from gausscollapse.checking._search_run import Search
from gausscollapse.checking._search_starts import SharedStarts
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.falsification import Falsification
from gausscollapse.checking.progress import Progress, silent
from gausscollapse.checking.registry import find
from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import EmptyFamilyError, InvalidArgumentError
from gausscollapse.core.validation import as_count, as_size

DEFAULT_BUDGET = 20_000
BUDGETS: Mapping[str, int] = {"quick": 500, "default": 2_000, "thorough": 200_000}

# Of processes with closed forms, which take a quarter of a millisecond each; trajectories take a hundred times that.
MOST_EVALUATIONS, HOURS = 10**8, 7e-8


def as_budget(value: str) -> int:
    """Return the number of evaluations that a word of `BUDGETS` or a number stands for."""
    if value in BUDGETS:
        return BUDGETS[value]
    # Not more digits than Python reads.
    if value.isascii() and value.isdigit() and len(value) <= 18 and int(value) > 0:
        return int(value)
    accepted = "one of " + ", ".join(BUDGETS) + ", or a positive integer below 10^18"
    raise InvalidArgumentError("budget", value, "is no budget", accepted)


@checked
def falsify(
    theorem: str | Theorem,
    *,
    budget: int = DEFAULT_BUDGET,
    seed: int = 0,
    stop_at_violation: bool = False,
    progress: Progress = silent,
) -> Falsification:
    """Search the families of a theorem's chapter for a counterexample, and for its best constants.

    Parameters
    ----------
    theorem : str or Theorem
        An id of the registry, or a statement of your own.
    budget : int
        Number of slack evaluations, from 1 to 10^8 (seven hours and more). A larger budget continues the sequence
        of a smaller one, so it never finds less.
    seed : int
        Seed >= 0; equal seeds give equal searches.
    stop_at_violation : bool
        Whether to stop at the first certified counterexample.
    progress : callable
        Called with a stage in words and the share done.

    Returns
    -------
    Falsification
        Verdict, extremal instance, tightest ratio, best constants and trace.

    Raises
    ------
    UnknownNameError
        If the id is not known.
    InvalidArgumentError
        If the budget is no positive integer or the seed no non-negative one.
    StatementError
        If the statement raises or a side is NaN.
    EmptyFamilyError
        If no instance meets the assumptions.

    Notes
    -----
    Slack is normalised by the larger side. Instances on which the assumptions fail never count. A counterexample
    counts only where enclosures at full accuracy (1e-9) certify it. Method: differential evolution (Storn and Price
    1997) from the best points of orthogonal arrays. Instances outside what can be computed never count.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> gc.falsify("prop-3.1", budget=100).refuted
    False
    """
    search = Search(
        find(theorem),
        as_size("budget", budget, at_least=1, each=HOURS, unit="hours", most=HOURS * MOST_EVALUATIONS),
        as_count("seed", seed),
        stop_at_violation,
        progress,
    )
    return _run(search)


def refutations(theorem: Theorem, *, budget: int, seeds: int) -> Iterator[Falsification]:
    """Search from seeds 0, 1, ..., `seeds` - 1, each until the first certified counterexample.

    Parameters
    ----------
    theorem : Theorem
        A statement.
    budget : int
        Slack evaluations a search, from 1 to 10^8.
    seeds : int
        Number of searches, at least 1.

    Yields
    ------
    Falsification
        As `falsify` with ``stop_at_violation``, but that the first points of all searches are measured together, at
        full accuracy.
    """
    shared = SharedStarts(theorem, seeds)
    for seed in range(seeds):
        yield _run(Search(theorem, budget, seed, True, silent, shared))


def _run(search: Search) -> Falsification:
    start, statement = time.perf_counter(), search.theorem
    search.run()
    if not search.best:
        if search.problem is not None:
            raise search.problem
        raise EmptyFamilyError(statement.id, search.evaluations, _failing(statement, search))
    found = search.extremal()
    verdict = found.evaluation.verdict(found.index)
    best = [search.critical[item.name] for item in search.constants if item.name in search.critical]
    return Falsification(
        statement, verdict.outcome, found.sample.instances[found.index], found.family, verdict.reason,
        float(found.evaluation.ratio[found.index]), found.value, tuple(best), np.array(search.trace).reshape(-1, 2),
        search.evaluations, search.budget, search.seed, search.violations, time.perf_counter() - start,
    )  # fmt: skip


def _failing(theorem: Theorem, search: Search) -> str:
    """Return the assumption that fails most often on random instances."""
    counts = {item.words: 0 for item in theorem.assumptions}
    samples = search.first_samples()
    for sample in samples:
        for item in theorem.assumptions:
            counts[item.words] += int(np.sum(~np.asarray(item.check(sample.statistics)[0])))
    return max(counts, key=lambda words: counts[words]) if counts else "the statement says something"

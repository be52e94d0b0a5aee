"""Counterexample search: an optimiser that tries to break a statement inside its assumptions.

Every family of the chapter that has coordinates is searched: first random points, then rounds of differential
evolution, each on one family and one objective (the slack of the statement, or the room left to one of its
constants), whichever came closest so far. Screening uses a loose accuracy; every point that comes closer than all
before is computed again at full accuracy, and only that counts. The sequence of points depends on the seed alone, so
a larger budget goes on where a smaller one stopped.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np

from gausscollapse.checking._search_run import Found, Search
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.evaluation import Evaluation
from gausscollapse.checking.falsification import BestConstant, Falsification
from gausscollapse.checking.objectives import (
    Strengthening,
    evaluated,
)
from gausscollapse.checking.progress import Progress, silent
from gausscollapse.checking.registry import find
from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import EmptyFamilyError, InvalidArgumentError
from gausscollapse.core.validation import as_count, as_size

DEFAULT_BUDGET = 20_000
BUDGETS: Mapping[str, int] = {"quick": 500, "default": 2_000, "thorough": 200_000}

MOST_EVALUATIONS = 10**9


def as_budget(value: str) -> int:
    """Return the number of evaluations that a word of `BUDGETS` or a number stands for."""
    if value in BUDGETS:
        return BUDGETS[value]
    if value.isascii() and value.isdigit() and int(value) > 0:
        return int(value)
    accepted = "one of " + ", ".join(BUDGETS) + ", or a positive integer"
    raise InvalidArgumentError("budget", value, "is no budget", accepted)


def _best_constant(theorem: Theorem, item: Strengthening, value: float, found: Found) -> BestConstant:
    """Return where a constant's search ended, certified if the statement just beyond is false on that instance."""
    beyond = value + item.stronger * 1e-4 * max(abs(value), 1e-3)
    spoilt = theorem.with_constants(**{item.name: beyond})
    certified = bool(evaluated(spoilt, found.sample).violated[found.index])
    instance = found.sample.instances[found.index]
    return BestConstant(item.name, item.stated, value, item.stronger, found.family, instance, certified)


@checked
def falsify(
    theorem: str | Theorem,
    *,
    budget: int = DEFAULT_BUDGET,
    seed: int = 0,
    stop_at_violation: bool = False,
    pool: Sequence[Evaluation] = (),
    progress: Progress = silent,
) -> Falsification:
    """Search the families of a theorem's chapter for a counterexample, and for its best constants.

    Parameters
    ----------
    theorem : str or Theorem
        An id of the registry, or a statement of your own.
    budget : int
        Number of slack evaluations, from 1 to 10^9. A larger budget continues the sequence of a smaller one, so it
        never finds less.
    seed : int
        Seed >= 0; equal seeds give equal searches.
    stop_at_violation : bool
        Whether to stop at the first certified counterexample.
    pool : sequence of Evaluation
        Evaluations of this theorem to take before any instance is drawn, where the chapter's families have no
        coordinates.
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
    1997, SciPy's) from the best random starts.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> gc.falsify("prop-3.1", budget=100).refuted
    False
    """
    start = time.perf_counter()
    statement = find(theorem)
    search = Search(
        statement,
        as_size("budget", budget, at_least=1, each=1.0, unit="evaluations", most=MOST_EVALUATIONS),
        as_count("seed", seed),
        stop_at_violation,
        progress,
        pool,
    )
    search.run()
    if not search.best:
        raise EmptyFamilyError(statement.id, search.evaluations, _failing(statement, search))
    found = search.extremal()
    verdict = found.evaluation.verdict(found.index)
    best = [
        _best_constant(statement, item, *search.critical[item.name])
        for item in search.constants
        if item.name in search.critical
    ]
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

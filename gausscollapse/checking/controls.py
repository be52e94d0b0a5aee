"""The power of controls: how often a search refutes a statement that was spoilt on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscollapse.checking.comparison import Flags
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.falsification import Falsification
from gausscollapse.checking.progress import Progress, silent
from gausscollapse.checking.search import HOURS, MOST_EVALUATIONS, falsify, refutations
from gausscollapse.core.arguments import checked
from gausscollapse.core.validation import as_size

SEEDS, QUICK_SEEDS, MOST_SEEDS = 20, 3, 10_000
CONTROL_BUDGET = 2000
POOLED_BUDGET = 256


@dataclass(frozen=True)
class ControlPower:
    """In how many searches a control was refuted.

    Parameters
    ----------
    words : str
        What was spoilt.
    constants : mapping
        The spoilt constants.
    refuted, seeds : int
        Searches that certified a counterexample, and all.
    budget : int
        Slack evaluations that each search was allowed.
    most_evaluations : int
        What the longest of the searches used.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> (found,) = gc.theorems.power(gc.theorems.registry["prop-3.1"], seeds=2, budget=500)
    >>> found.refuted, found.complete
    (2, True)
    """

    words: str
    constants: Mapping[str, float]
    refuted: int
    seeds: int
    budget: int
    most_evaluations: int

    @property
    def complete(self) -> bool:
        """Whether every search refuted the control."""
        return self.refuted == self.seeds

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain values for JSON."""
        return {
            "words": self.words,
            "constants": dict(self.constants),
            "refuted": self.refuted,
            "seeds": self.seeds,
            "budget": self.budget,
            "most_evaluations": self.most_evaluations,
        }


@checked
def power(
    theorem: Theorem,
    *,
    seeds: int = SEEDS,
    budget: int = CONTROL_BUDGET,
    progress: Progress = silent,
) -> Sequence[ControlPower]:
    """Search for a counterexample to each control of a theorem, from seeds 0, 1, ..., `seeds` - 1.

    Parameters
    ----------
    theorem : Theorem
        Its controls are attacked.
    seeds : int
        Number of searches a control, from 1 to 10 000.
    budget : int
        Slack evaluations a search, from 1 to 10^8; it stops at the first certified counterexample.
    progress : callable
        Called with a stage in words and the share done.

    Returns
    -------
    sequence of ControlPower
        One a control.

    Raises
    ------
    InvalidArgumentError
        If `seeds` or `budget` is not a positive integer.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> [item.words for item in gc.theorems.power(gc.theorems.registry["dv"], seeds=1, budget=300)]
    ['factor = 1 replaced by 1.1']
    """
    count = as_size("seeds", seeds, at_least=1, each=1.0, unit="searches", most=MOST_SEEDS)
    budget = as_size("budget", budget, at_least=1, each=HOURS, unit="hours", most=HOURS * MOST_EVALUATIONS)
    results = []
    for number, control in enumerate(theorem.controls):
        spoilt = theorem.with_constants(**control.constants)
        searches: list[Falsification] = []
        for search in refutations(spoilt, budget=budget, seeds=count):
            progress(f"controls: {theorem.id}", (number + len(searches) / count) / len(theorem.controls))
            searches.append(search)
        refuted = sum(search.refuted for search in searches)
        most = max(search.evaluations for search in searches)
        results.append(ControlPower(control.words, control.constants, refuted, count, budget, most))
    return results


def pooled_power(
    theorem: Theorem, violations: Sequence[Flags], *, seeds: int = SEEDS, seed: int = 0
) -> Sequence[ControlPower]:
    """Attack each control with `seeds` disjoint random blocks of instances that are there already.

    Parameters
    ----------
    theorem : Theorem
        Its controls are attacked.
    violations : sequence of ndarray of bool, shape (n,)
        For each control, on which of n randomly drawn instances it is certified to be false. The instances are
        shuffled and dealt into blocks.
    seeds : int
        Number of blocks, at least 1. A block that does not refute is followed by a search of its own.
    seed : int
        Seed of the shuffle.

    Returns
    -------
    sequence of ControlPower
        One a control: what `power` does, at no new instance where the instances refute.

    Raises
    ------
    InvalidArgumentError
        If `seeds` is not a positive integer.
    """
    count = as_size("seeds", seeds, at_least=1, each=1.0, unit="searches", most=MOST_SEEDS)
    results = []
    for control, violated in zip(theorem.controls, violations, strict=True):
        blocks = np.array_split(np.random.default_rng([seed, 3]).permutation(violated.size), count)
        spoilt = theorem.with_constants(**control.constants)
        refuted, most = 0, 0
        for number, block in enumerate(blocks):
            hits = np.flatnonzero(violated[block])
            if hits.size:
                refuted, most = refuted + 1, max(most, int(hits[0]) + 1)
                continue
            search = falsify(spoilt, budget=POOLED_BUDGET, seed=number, stop_at_violation=True)
            refuted, most = refuted + search.refuted, max(most, len(block) + search.evaluations)
        results.append(
            ControlPower(control.words, control.constants, refuted, count, len(blocks[0]) + POOLED_BUDGET, most)
        )
    return results

"""How many planted false statements the counterexample search refutes, by budget, with the evaluations it took.

Run with ``python benchmarks/bench_planted.py [--seeds N] [BUDGET ...]``: budgets are words or numbers as in
``gausscollapse verify --budget``, by default "default" and "thorough" (a few minutes). As there, a search of
trajectories gets a share of it. The true statements of the registry must stand.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

import gausscollapse as gc
from gausscollapse.checking.search import as_budget
from gausscollapse.checking.stages import search_budget
from gausscollapse.core.verdict import Outcome

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.planted_statements import PLANTED, Planted


def attack(planted: Planted, budget: int, seed: int) -> tuple[bool, int, int]:
    """Return whether the search refutes a statement, after how many evaluations, and how many it may use."""
    allowed = search_budget(planted.theorem, budget)
    found = gc.falsify(planted.theorem, budget=allowed, seed=seed, stop_at_violation=True)
    return found.refuted, found.evaluations, allowed


def report(word: str, seeds: int) -> None:
    """Print what one budget refutes."""
    start = time.process_time()
    for seed in range(seeds):
        results = [(planted, *attack(planted, as_budget(word), seed)) for planted in PLANTED]
        used = [evaluations for _, refuted, evaluations, _ in results if refuted]
        print(
            f"{word}, seed {seed}: {len(used)} of {len(PLANTED)} refuted, evaluations: median {np.median(used):.0f}, "
            f"most {max(used)}"
        )
        for planted, refuted, _, allowed in results:
            if not refuted:
                constants = planted.theorem.constants if planted.kind == "constant" else ""
                print(f"    stands after {allowed}: {planted.theorem.id} {dict(constants)} ({planted.corner})")
    print(f"    {time.process_time() - start:.0f} s of processor time")


def true_statements(word: str) -> None:
    """Print which theorems of the registry are refuted that should not be."""
    wrong = [
        theorem.id
        for theorem in gc.theorems.registry.values()
        if gc.falsify(theorem, budget=search_budget(theorem, as_budget(word))).refuted
        != (theorem.expected is Outcome.VIOLATED)
    ]
    count = len(gc.theorems.registry)
    print(f"{word}: {count - len(wrong)} of {count} theorems as expected {wrong}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("budgets", nargs="*", default=["default", "thorough"])
    parser.add_argument("--seeds", type=int, default=1)
    arguments = parser.parse_args()
    for budget in arguments.budgets:
        report(budget, arguments.seeds)
        true_statements(budget)

"""Slack evaluations a second of the search, beside `gausscollapse.check` on one instance at a time.

Run with ``python -m pytest benchmarks/bench_search.py -s``. Each theorem of the chapter is evaluated on blocks of
1024 points of each family with coordinates; the time is that of both cores' work, halved. Goals: 20 000 a second for
the families in d = 1, 3000 for those in d = 2.
"""

import time

import numpy as np

import gausscollapse as gc
from gausscollapse.checking.objectives import measure
from gausscollapse.checking.search import SEARCH_TOLERANCE
from gausscollapse.theorems.instances.spaces import LINEAR_SPACES

IDS = (
    *("prop-3.1", "prop-3.3", "thm-3.4", "girsanov-forward", "path-chi2"),
    *("sharp", "hcr", "dv", "gradient-kl"),
)
GOALS = {"d=1": 20_000.0, "d=2": 3_000.0}
BLOCK, ALONE, ROUNDS = 1024, 2, 1


def seconds(work) -> float:
    start = time.process_time()
    work()
    return 0.5 * (time.process_time() - start)


def rates(dimension: str) -> tuple[list[float], list[float]]:
    """Return evaluations a second in blocks, and one at a time, for each theorem and family."""
    rng, together, alone = np.random.default_rng(0), [], []
    for space in (item for item in LINEAR_SPACES if dimension in item.name):
        for name in IDS:
            theorem = gc.theorems.registry[name]
            points = rng.uniform(space.low, space.high, (BLOCK, len(space.low)))
            instances = [space.sample(points[:ALONE], SEARCH_TOLERANCE).instances[k] for k in range(ALONE)]
            mine, peer = [], []
            for _ in range(ROUNDS):
                mine.append(seconds(lambda: measure(theorem, space.sample(points, SEARCH_TOLERANCE), [])))  # noqa: B023
                peer.append(seconds(lambda: [gc.check(theorem, item) for item in instances]))  # noqa: B023
            together.append(BLOCK / float(np.median(mine)))
            alone.append(ALONE / float(np.median(peer)))
    return together, alone


def test_slack_evaluations() -> None:
    rates("d=1")
    for dimension, goal in GOALS.items():
        together, alone = rates(dimension)
        print(
            f"\n{dimension}: {min(together):.0f} to {max(together):.0f} a second, median {np.median(together):.0f} "
            f"(goal {goal:.0f}); {np.median(np.divide(together, alone)):.0f} times one at a time"
        )

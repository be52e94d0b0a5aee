"""How far constants stand: on the points of a search, and on instances that were checked without one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.evaluation import Evaluation
from gausscollapse.checking.falsification import BestConstant
from gausscollapse.checking.objectives import Measured, Strengthening, certainly_beyond, measure, strengthenings


def moved(
    theorem: Theorem, item: Strengthening, close: Measured, index: int, weakest: BestConstant | None
) -> BestConstant | None:
    """Return the best constant where an instance moves it: to another value, or to none, which stays."""
    sample = close.evaluation.sample
    where = sample.labels[index], sample.instances[index]
    if weakest is not None and weakest.value is None:
        return None
    if close.hopeless[item.name][index]:
        return BestConstant(item.name, item.stated, None, item.stronger, *where, certified=True)
    value = float(close.critical[item.name][index])
    further = weakest is None or weakest.value is None or item.stronger * (weakest.value - value) > 0.0
    if not np.isfinite(value) or not (further or (weakest is not None and not weakest.certified)):
        return None
    certified = certainly_beyond(theorem, item, value, sample, index)
    # What no enclosure certifies never takes the place of what one does.
    if weakest is None or (certified and not weakest.certified) or (further and certified is weakest.certified):
        return BestConstant(item.name, item.stated, value, item.stronger, *where, certified)
    return None


def with_samples(
    theorem: Theorem, evaluations: Sequence[Evaluation], known: Sequence[BestConstant]
) -> tuple[BestConstant, ...]:
    """Return best constants that no instance of some samples, on which it was evaluated, contradicts either."""
    constants = strengthenings(theorem)
    best = {item.name: item for item in known}
    for evaluation in evaluations:
        close = measure(theorem, evaluation.sample, constants, evaluation)
        for item in constants:
            hopeless = np.flatnonzero(close.hopeless[item.name])
            values = np.where(np.isnan(close.critical[item.name]), np.inf, item.stronger * close.critical[item.name])
            index = int(hopeless[0]) if hopeless.size else int(np.argmin(values))
            found = moved(theorem, item, close, index, best.get(item.name))
            if found is not None:
                best[item.name] = found
    return tuple(best[item.name] for item in constants if item.name in best)

"""What a counterexample search makes small: the normalised slack, and the room left to the constants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gausscollapse.checking.chapter import Sample
from gausscollapse.checking.comparison import Comparison, Flags
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.evaluation import Evaluation, evaluate
from gausscollapse.core.exceptions import GaussCollapseError, NotSupportedError, StatementError
from gausscollapse.core.validation import Array

# Value of an objective where a comparison says nothing (it does not apply, or both sides are 0 or infinite), and
# where the assumptions fail: above everything that a real comparison gives.
SILENT, OUTSIDE = 10.0, 20.0
# Value of a constant's objective where no value of it stands.
HOPELESS = -1e100
# Shares of itself by which a constant is weakened to see whether any value stands.
WEAKER = (0.25, 1e3, 1e9)
SLACK, AGREEMENT = "slack", "agreement"
# Two values of a constant are enough where the sides are affine in it; this share tells whether they are.
AFFINE = 1e-6


@dataclass(frozen=True)
class Strengthening:
    """A constant of a theorem, and the direction in which the statement becomes stronger.

    Parameters
    ----------
    name : str
        Of the constant.
    stated : float
        Its value in the statement.
    stronger : float
        +1.0 where a larger value says more, -1.0 where a smaller one does.
    """

    name: str
    stated: float
    stronger: float


def strengthenings(theorem: Theorem) -> list[Strengthening]:
    """Return the constants of a theorem's inequalities, the direction being the one in which its controls go."""
    found: dict[str, Strengthening] = {}
    for control in theorem.controls:
        if len(control.constants) != 1:
            continue
        ((name, value),) = control.constants.items()
        stated = theorem.constants[name]
        if name not in found and value != stated:
            found[name] = Strengthening(name, stated, 1.0 if value > stated else -1.0)
    return list(found.values())


def normalised(comparison: Comparison) -> Array:
    """Return slack over the larger side in size, shape (B,): negative where the values violate, `SILENT` where mute.

    For an identity it is minus the difference over its scale.
    """
    left, right = np.asarray(comparison.lhs.value), np.asarray(comparison.rhs.value)
    size = np.maximum(np.abs(left), np.abs(right))
    gap = comparison.slack()
    if not comparison.bound and comparison.scale is not None:
        size = np.asarray(comparison.scale)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(np.isinf(gap), np.sign(gap), gap / np.where(size > 0.0, size, 1.0))
    mute = (size == 0.0) | (np.isinf(left) & np.isinf(right))
    if comparison.applies is not None:
        mute = mute | ~comparison.applies
    # Adding 0 turns the negative zero of an exact identity into 0.
    return np.where(mute, SILENT, share + 0.0)


def _sharper(theorem: Theorem, sample: Sample, item: Strengthening) -> Sequence[Comparison]:
    other = item.stated + item.stronger * max(0.25 * abs(item.stated), 0.01)
    return theorem.with_constants(**{item.name: other}).comparisons(sample.statistics)


def room(stated: Sequence[Comparison], sharper: Sequence[Comparison]) -> Array:
    """Return how many steps of a constant, of which `sharper` is one, an instance allows; inf where any.

    Inf too where the enclosures do not tell the number to within one step: what lies in their width is no closeness.
    """
    rooms = []
    for here, there in zip(stated, sharper, strict=True):
        if not here.bound:
            continue
        before, after = here.slack(), there.slack()
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            lost = before - after
            steps = before / lost
            sizes = np.maximum(np.abs(np.asarray(here.lhs.value)), np.abs(np.asarray(here.rhs.value)))
            known = np.asarray(here.lhs.width) + np.asarray(here.rhs.width) <= lost
            bites = np.isfinite(steps) & (lost > 1e-12 * sizes) & known
        if here.applies is not None:
            bites = bites & here.applies
        rooms.append(np.where(bites, steps, np.inf))
    if not rooms:
        return np.full(len(np.asarray(stated[0].lhs.value)), np.inf)
    return np.asarray(np.minimum.reduce(rooms))


def refutes_every_value(theorem: Theorem, sample: Sample, item: Strengthening, evaluation: Evaluation) -> Flags:
    """Return where a statement is false whatever the value of a constant, shape (B,).

    There the side that must be smaller is infinite and the other one finite, for the value stated and for weaker
    ones: sides are affine in their constants, so that no value makes the other one infinite.
    """
    found = _infinite(evaluation.comparisons) & evaluation.applicable
    for share in WEAKER:
        if not np.any(found):
            return found
        other = item.stated - item.stronger * share * max(abs(item.stated), 0.01)
        found = found & _infinite(theorem.with_constants(**{item.name: other}).comparisons(sample.statistics))
    return found


def _infinite(comparisons: Sequence[Comparison]) -> Flags:
    parts = []
    for item in comparisons:
        small, large = item.ends
        there = np.isposinf(np.asarray(small.lower)) & np.isfinite(np.asarray(large.upper))
        parts.append(there & item.bound if item.applies is None else there & item.bound & item.applies)
    return np.asarray(np.logical_or.reduce(parts))


def certainly_beyond(theorem: Theorem, item: Strengthening, value: float, sample: Sample, index: int) -> bool:
    """Return whether the statement with a constant moved by 1e-4 of itself beyond a value is false on an instance."""
    beyond = value + item.stronger * 1e-4 * max(abs(value), 1e-3)
    spoilt = theorem.with_constants(**{item.name: beyond})
    return bool(evaluated(spoilt, sample).violated[index])


@dataclass(frozen=True, eq=False)
class Measured:
    """A block of instances with what the search wants to know of them.

    Parameters
    ----------
    evaluation : Evaluation
        Of the statement as it is.
    objectives : mapping of str to ndarray, shape (B,)
        By name; smaller is closer to a counterexample.
    critical : mapping of str to ndarray, shape (B,)
        For each constant that can be strengthened, the value at which the two sides meet; NaN where it has none.
    hopeless : mapping of str to ndarray of bool, shape (B,)
        For each of them, where the statement is false whatever its value, one side being infinite.
    """

    evaluation: Evaluation
    objectives: Mapping[str, Array]
    critical: Mapping[str, Array]
    hopeless: Mapping[str, Flags]


def evaluated(theorem: Theorem, sample: Sample) -> Evaluation:
    """Return `evaluate`, an error inside the statement being named as the statement's.

    Raises
    ------
    StatementError
        If the statement raises, or a side is NaN.
    NotSupportedError
        If the instances are outside what can be computed; it passes through.
    """
    try:
        return evaluate(theorem, sample)
    except (StatementError, NotSupportedError):
        raise
    except GaussCollapseError as problem:
        raise StatementError(theorem.id, str(problem)) from problem
    except Exception as problem:
        raise StatementError(theorem.id, f"{type(problem).__name__}: {problem}") from problem


def measure(
    theorem: Theorem, sample: Sample, constants: Sequence[Strengthening], evaluation: Evaluation | None = None
) -> Measured:
    """Evaluate a theorem on a sample, with its objectives; `evaluation` is taken where it is there already."""
    if evaluation is None:
        evaluation = evaluated(theorem, sample)
    applicable = evaluation.applicable
    if not np.any(applicable):
        nowhere = np.full(applicable.size, np.nan)
        return Measured(
            evaluation, {}, {item.name: nowhere for item in constants},
            {item.name: np.zeros(applicable.size, dtype=bool) for item in constants},
        )  # fmt: skip
    objectives: dict[str, Array] = {}
    for name, bound in ((SLACK, True), (AGREEMENT, False)):
        parts = [normalised(item) for item in evaluation.comparisons if item.bound is bound]
        if parts:
            objectives[name] = np.where(applicable, np.minimum.reduce(parts), OUTSIDE)
    critical, hopeless = {}, {}
    for item in constants:
        sharper = _sharper(theorem, sample, item)
        steps = room(evaluation.comparisons, sharper)
        steps = np.where(applicable, steps, np.inf)
        step = item.stronger * max(0.25 * abs(item.stated), 0.01)
        with np.errstate(invalid="ignore"):
            critical[item.name] = np.where(np.isfinite(steps), item.stated + step * steps, np.nan)
        objectives[item.name] = np.where(np.isfinite(steps), np.minimum(steps, SILENT), SILENT)
        objectives[item.name] = np.where(applicable, objectives[item.name], OUTSIDE)
        hopeless[item.name] = refutes_every_value(theorem, sample, item, evaluation)
        objectives[item.name] = np.where(hopeless[item.name], HOPELESS, objectives[item.name])
    return Measured(evaluation, objectives, critical, hopeless)

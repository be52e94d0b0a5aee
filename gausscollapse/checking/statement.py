"""What a theorem is here: a statement with checked assumptions, two enclosed sides, and controls that must fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gausscollapse.core.enclosure import Enclosure, Outcome, Verdict
from gausscollapse.core.exceptions import AbsentStatisticError, UnknownNameError

UPPER, LOWER, IDENTITY, LIMIT = "upper", "lower", "identity", "limit"

# An identity or a limit is called decided when its enclosures are narrower than this share of their scale.
RESOLUTION = 1e-3

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two enclosed sides and how they must relate, for B instances at once.

    Parameters
    ----------
    name : str
        What is compared, in a few words.
    kind : {"upper", "lower", "identity", "limit"}
        ``upper``: lhs <= rhs; ``lower``: lhs >= rhs; ``identity`` and ``limit``: lhs = rhs.
    lhs, rhs : Enclosure
        Arrays of shape (B,).
    scale : ndarray, shape (B,), optional
        For identities: the size against which the width of the enclosures is judged; by default the larger side.
    applies : ndarray of bool, shape (B,), optional
        Where this comparison is part of the statement; everywhere by default.
    """

    name: str
    kind: str
    lhs: Enclosure
    rhs: Enclosure
    scale: NDArray[np.float64] | None = None
    applies: Flags | None = None

    @property
    def _ends(self) -> tuple[Enclosure, Enclosure]:
        """The side that must be smaller and the one that must be larger."""
        return (self.rhs, self.lhs) if self.kind == LOWER else (self.lhs, self.rhs)

    @property
    def bound(self) -> bool:
        """Whether this is an inequality."""
        return self.kind in (UPPER, LOWER)

    def _size(self) -> NDArray[np.float64]:
        if self.scale is not None:
            return self.scale
        return np.asarray(np.maximum(np.abs(np.asarray(self.lhs.value)), np.abs(np.asarray(self.rhs.value))))

    def violated(self) -> Flags:
        """Return where the enclosures certify that the statement is false."""
        if self.bound:
            small, large = self._ends
            result = np.asarray(small.certainly_above(large))
        else:
            result = ~np.asarray(self.lhs.overlaps(self.rhs))
        return result & self._applies(result.shape)

    def holds(self) -> Flags:
        """Return where the enclosures certify the inequality, or agree to within `RESOLUTION` for an identity."""
        if self.bound:
            small, large = self._ends
            result = np.asarray(small.certainly_at_most(large))
        else:
            width = np.asarray(self.lhs.width) + np.asarray(self.rhs.width)
            result = np.asarray(self.lhs.overlaps(self.rhs)) & (width <= RESOLUTION * self._size())
        return result | ~self._applies(result.shape)

    def _applies(self, shape: tuple[int, ...]) -> Flags:
        return np.ones(shape, dtype=bool) if self.applies is None else self.applies

    def slack(self) -> NDArray[np.float64]:
        """Return larger minus smaller side of an inequality, minus the absolute difference of an identity."""
        small, large = (np.asarray(side.value) for side in self._ends)
        with np.errstate(invalid="ignore"):
            gap = np.where(large == small, 0.0, large - small)
        return gap if self.bound else -np.abs(gap)

    def ratio(self) -> NDArray[np.float64]:
        """Return the tightness: smaller over larger side; for identities 1 minus the relative difference.

        Above 1 only where the enclosures certify a violation: values out of order within them are called attained.
        """
        small, large = (np.asarray(side.value) for side in self._ends)
        if self.bound:
            with np.errstate(divide="ignore", invalid="ignore"):
                quotient = small / large
            attained = (small == large) & np.isfinite(small)
            ratio = np.where(attained, 1.0, np.where((large <= 0.0) | ~np.isfinite(large), 0.0, quotient))
            ratio = np.where(self.violated(), ratio, np.clip(ratio, 0.0, 1.0))
            return np.where(self._applies(ratio.shape), ratio, 0.0)
        size = self._size()
        return 1.0 + self.slack() / np.where(size > 0.0, size, 1.0)


@dataclass(frozen=True)
class Assumption:
    """One condition of a theorem, checked on the instance.

    Parameters
    ----------
    words : str
        The condition as a phrase.
    check : callable
        From statistics to a pair: where it is met, shape (B,), and the value that decided, shape (B,).
    """

    words: str
    check: Callable[[Any], tuple[Flags, NDArray[np.float64]]]


@dataclass(frozen=True)
class Control:
    """The statement with a constant spoilt: the machinery must refute it.

    Parameters
    ----------
    words : str
        What was spoilt.
    constants : mapping
        The constants that replace the theorem's.
    """

    words: str
    constants: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Sample:
    """Instances of one shape with their statistics.

    Parameters
    ----------
    instances : sequence
        What the statistics were computed from.
    statistics : object
        Statistics of all of them at once.
    labels : sequence of str
        Family of each instance.
    """

    instances: Sequence[Any]
    statistics: Any
    labels: Sequence[str]


class LazyInstances(Sequence[Any]):
    """Instances that are built when first asked for: a search makes thousands and looks at a few.

    Parameters
    ----------
    count : int
        How many there are.
    build : callable
        From an index to the instance.
    """

    def __init__(self, count: int, build: Callable[[int], Any]) -> None:
        self._count, self._build = count, build

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._build(k) for k in range(self._count)[index]]
        return self._build(range(self._count)[int(index)])


@dataclass(frozen=True, eq=False)
class Space:
    """A family of instances as a box of numbers: what a counterexample search moves in.

    Parameters
    ----------
    name : str
        For the reader.
    low, high : ndarray, shape (k,)
        Ends of the box.
    sample : callable
        ``sample(points, tolerance)``: from points (n, k) of the box to a `Sample` of n instances whose statistics are
        computed to that relative accuracy.
    """

    name: str
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    sample: Callable[[NDArray[np.float64], float], Sample]


@dataclass(frozen=True)
class Chapter:
    """A kind of instance: how to draw, prepare and write it.

    Parameters
    ----------
    name : str
        For the reader.
    draw : callable
        ``draw(count, rng)`` gives samples with `count` instances in all from every family.
    prepare : callable
        From one instance to a `Sample` of length one.
    describe : callable
        From one instance to the tables of a scenario file.
    accepts : type
        Type of the instances.
    share : float
        Share of the wanted instances that are drawn, in (0, 1]; below 1 where one instance holds many checks.
    spaces : sequence of Space
        Families with coordinates, for the counterexample search; without one it draws at random.
    boxes : callable
        Returns the families on which ball arithmetic can prove.
    """

    name: str
    draw: Callable[[int, np.random.Generator], Sequence[Sample]]
    prepare: Callable[[Any], Sample]
    describe: Callable[[Any], Mapping[str, Any]]
    accepts: type = object
    share: float = 1.0
    spaces: Sequence[Space] = ()
    boxes: Callable[[], Sequence[Any]] = tuple


@dataclass(frozen=True)
class Theorem:
    """A statement that can be checked, and the controls that show the check can fail.

    Parameters
    ----------
    id : str
        Name in the registry.
    title, words, latex, source : str
        For the reader: a title, the statement in words and in LaTeX, and where it comes from.
    kind : {"upper", "lower", "two-sided", "identity", "limit"}
        Decides how the sides are compared; each comparison carries its own.
    chapter : Chapter
        The kind of instance that it speaks of.
    statement : callable
        From statistics and constants to comparisons.
    constants : mapping
        The statement's constants by name.
    assumptions : sequence of Assumption
        Checked on every instance.
    controls : sequence of Control
        Spoilt constants; at least one.
    expected : Outcome
        HOLDS, or VIOLATED for a statement that is kept because it is refuted.
    derivation : str
        Name of its proof in `derivations/` of a checkout; empty for a statement of the user's.
    """

    id: str
    title: str
    words: str
    latex: str
    source: str
    kind: str
    chapter: Chapter
    statement: Callable[[Any, Mapping[str, float]], Sequence[Comparison]]
    constants: Mapping[str, float]
    assumptions: Sequence[Assumption]
    controls: Sequence[Control]
    expected: Outcome = field(default=Outcome.HOLDS)
    derivation: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "constants", MappingProxyType(dict(self.constants)))

    def comparisons(self, statistics: Any) -> tuple[Comparison, ...]:
        """Return both sides of everything that the statement says of some instances, with its own constants."""
        return tuple(self.statement(statistics, self.constants))

    def with_constants(self, **constants: float) -> Theorem:
        """Return the same statement with other constants; an unknown name is refused."""
        unknown = sorted(set(constants) - set(self.constants))
        if unknown:
            accepted = "one of " + ", ".join(self.constants)
            raise UnknownNameError("constants", unknown[0], f"is no constant of {self.id}", accepted)
        return replace(self, constants={**self.constants, **constants})


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A theorem on every instance of a sample.

    Parameters
    ----------
    theorem : Theorem
        What was checked.
    sample : Sample
        On what.
    comparisons : sequence of Comparison
        All of them, sides of shape (B,).
    applicable, violated, holds : ndarray of bool, shape (B,)
        Neither violated nor holding where applicable is inconclusive.
    ratio, slack : ndarray, shape (B,)
        Greatest tightness and smallest slack over the comparisons that count.
    absent : str
        The statistic that the statement needs and the instances' statistics declare absent, and why.
    """

    theorem: Theorem
    sample: Sample
    comparisons: Sequence[Comparison]
    applicable: Flags
    violated: Flags
    holds: Flags
    ratio: NDArray[np.float64]
    slack: NDArray[np.float64]
    absent: str = ""

    def verdict(self, index: int) -> Verdict:
        """Return the verdict on one instance."""
        theorem, statistics = self.theorem, self.sample.statistics
        if not self.applicable[index]:
            for assumption in theorem.assumptions:
                met, value = assumption.check(statistics)
                if not met[index]:
                    reason = f"the assumption '{assumption.words}' fails (value {value[index]:.6g})"
                    return Verdict(Outcome.NOT_APPLICABLE, theorem.id, None, None, None, None, reason)
            return Verdict(Outcome.NOT_APPLICABLE, theorem.id, None, None, None, None, self.absent)
        candidates = [item for item in self.comparisons if item.applies is None or item.applies[index]]
        violated = [item for item in candidates if item.violated()[index]]
        undecided = [item for item in candidates if not item.holds()[index]]
        bounds = [item for item in candidates if item.bound]
        pool = violated or undecided or bounds or candidates
        chosen = max(pool, key=lambda item: float(item.ratio()[index]))
        outcome = Outcome.VIOLATED if violated else Outcome.INCONCLUSIVE if undecided else Outcome.HOLDS
        lhs, rhs = chosen.lhs[index], chosen.rhs[index]
        sign = {UPPER: "<=", LOWER: ">="}.get(chosen.kind, "=")
        reason = f"{chosen.name}: {float(lhs):.10g} {sign} {float(rhs):.10g}"
        if outcome is Outcome.VIOLATED:
            reason += " is false"
        elif outcome is Outcome.INCONCLUSIVE:
            reason += " cannot be told: the enclosures overlap"
        return Verdict(
            outcome, theorem.id, lhs, rhs, float(chosen.ratio()[index]), float(chosen.slack()[index]), reason
        )


def evaluate(theorem: Theorem, sample: Sample) -> Evaluation:
    """Check a theorem on every instance of a sample at once.

    Parameters
    ----------
    theorem : Theorem
        With the constants to use.
    sample : Sample
        Instances and statistics of the theorem's chapter.

    Returns
    -------
    Evaluation
        Outcomes and tightness of every instance.
    """
    size = len(sample.instances)
    applicable = np.ones(size, dtype=bool)
    for assumption in theorem.assumptions:
        applicable &= assumption.check(sample.statistics)[0]
    nowhere = np.zeros(size, dtype=bool)
    nothing = Evaluation(theorem, sample, (), nowhere, nowhere, nowhere, np.zeros(size), np.full(size, np.inf))
    if not np.any(applicable):
        return nothing
    try:
        comparisons = theorem.comparisons(sample.statistics)
    except AbsentStatisticError as missing:
        return replace(nothing, absent=str(missing))
    violated = np.logical_or.reduce([item.violated() for item in comparisons]) & applicable
    holds = np.logical_and.reduce([item.holds() for item in comparisons]) & applicable
    counted = [item for item in comparisons if item.bound] or comparisons
    ratio = np.where(applicable, np.maximum.reduce([item.ratio() for item in counted]), 0.0)
    slacks = [np.where(item.applies if item.applies is not None else True, item.slack(), np.inf) for item in counted]
    slack = np.where(applicable, np.minimum.reduce(slacks), np.inf)
    return Evaluation(theorem, sample, comparisons, applicable, violated, holds, ratio, slack)


def always(statistics: Any) -> Flags:
    """Return True for each instance of the statistics."""
    return np.ones(statistics.size, dtype=bool)

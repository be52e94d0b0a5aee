"""What a theorem is here: a statement with checked assumptions, and controls that must fail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from gausscollapse.checking.chapter import Chapter
from gausscollapse.checking.comparison import Comparison, Flags
from gausscollapse.core.exceptions import UnknownNameError
from gausscollapse.core.presentation import Facts, Presented
from gausscollapse.core.verdict import Outcome


def file_name_of(identifier: str) -> str:
    """Return the name, without its ending, of the files that hold the theorem of an id and its proof."""
    return re.sub(r"\W", "_", identifier)


@dataclass(frozen=True)
class Assumption:
    """One condition of a theorem, checked on the instance.

    Parameters
    ----------
    words : str
        The condition as a phrase.
    check : callable
        From statistics to a pair: where it is met, shape (B,), and the value that decided, shape (B,); NaN where
        the interval leaves open whether it is met.

    Examples
    --------
    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> small = gc.theorems.Assumption(
    ...     "the ideal energy is below 1", lambda s: (np.asarray(s.ideal_energy.upper) < 1, s.ideal_energy.value)
    ... )
    >>> @gc.statement(kind="upper", assumes=(small,))
    ... def mine(s):
    ...     return s.kl, s.learned_energy
    >>> large = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(), gc.AffineError(0, 9))
    >>> gc.check(mine, large).reason.startswith("the assumption 'the ideal energy is below 1' fails")
    True
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

    Examples
    --------
    >>> import gausscollapse as gc
    >>> gc.theorems.registry["prop-3.1"].controls[0].words
    'factor = 0.5 replaced by 0.25'
    """

    words: str
    constants: Mapping[str, float]


@dataclass(frozen=True, repr=False)
class Theorem(Presented):
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
        ``statement(statistics, **constants)`` gives the comparisons.
    constants : mapping
        The statement's constants by name.
    assumptions : sequence of Assumption
        Checked on every instance.
    controls : sequence of Control
        Spoilt constants; at least one.
    expected : Outcome
        HOLDS, or VIOLATED for a statement that is kept because it is refuted.
    boxes : sequence of str
        Families on which ball arithmetic proves the first comparison; see `prove_on_box`.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> theorem = gc.theorems.registry["prop-3.1"]
    >>> theorem.file_name, dict(theorem.constants)
    ('prop_3_1', {'factor': 0.5})
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(), gc.AffineError(0, 0.1))
    >>> [item.name for item in theorem.comparisons(process.statistics)]
    ['KL(p^ || q) <= eps^^2/2']
    >>> str(gc.check(theorem.with_constants(factor=0.01), process).outcome)
    'VIOLATED'
    """

    of_function: ClassVar[str] = "a theorem: gausscollapse.statement(kind='upper')(function)"

    id: str
    title: str
    words: str
    latex: str
    source: str
    kind: str
    chapter: Chapter
    statement: Callable[..., Iterable[Comparison]]
    constants: Mapping[str, float]
    assumptions: Sequence[Assumption]
    controls: Sequence[Control]
    expected: Outcome = field(default=Outcome.HOLDS)
    boxes: Sequence[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "constants", MappingProxyType(dict(self.constants)))

    def __repr__(self) -> str:
        return f"Theorem({self.id!r})"

    def facts(self) -> Facts:
        """Return what a notebook shows."""
        named = (("id", self.id), ("title", self.title), ("words", self.words), ("kind", self.kind))
        return (*named, ("source", self.source), ("constants", str(dict(self.constants))))

    @property
    def file_name(self) -> str:
        """Name of the files that hold the statement in `theorems/` and its proof in `derivations/`."""
        return file_name_of(self.id)

    def comparisons(self, statistics: Any) -> tuple[Comparison, ...]:
        """Return both sides of everything that the statement says of some instances, with its own constants."""
        return tuple(self.statement(statistics, **self.constants))

    def with_constants(self, **constants: float) -> Theorem:
        """Return the same statement with other constants; an unknown name is refused."""
        unknown = sorted(set(constants) - set(self.constants))
        if unknown:
            accepted = "one of " + ", ".join(self.constants)
            raise UnknownNameError("constants", unknown[0], f"is no constant of {self.id}", accepted)
        return replace(self, constants={**self.constants, **constants})

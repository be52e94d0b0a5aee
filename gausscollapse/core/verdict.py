"""What a check of a statement comes to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.presentation import Facts, Presented


class Outcome(StrEnum):
    """What a check of one statement on one instance came to.

    ``HOLDS``: the enclosures prove it. ``VIOLATED``: they refute it. ``INCONCLUSIVE``: they overlap.
    ``NOT_APPLICABLE``: an assumption fails.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> gc.Outcome.HOLDS == "HOLDS", [str(outcome) for outcome in gc.Outcome][1:3]
    (True, ['VIOLATED', 'INCONCLUSIVE'])
    """

    HOLDS = "HOLDS"
    VIOLATED = "VIOLATED"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_APPLICABLE = "NOT_APPLICABLE"


def with_id(identifier: str, reason: str) -> str:
    """Return a reason after the id of its statement; a comparison that has the id as its own name says it once."""
    return reason if reason.startswith(f"{identifier}: ") else f"{identifier}: {reason}"


@dataclass(frozen=True, eq=False, repr=False)
class Verdict(Presented):
    """The answer of `check`: an outcome with both sides of the comparison that decided it.

    Parameters
    ----------
    outcome : Outcome
        HOLDS, VIOLATED, INCONCLUSIVE (the enclosures overlap) or NOT_APPLICABLE.
    theorem : str
        Id of the statement.
    lhs, rhs : Enclosure or None
        Both sides of the deciding comparison; None where the statement does not apply.
    ratio : float or None
        Tightness in [0, 1]: smaller side over larger side of an inequality (1 is attained, above 1 is violated);
        for identities and limits, 1 minus the relative difference.
    slack : float or None
        ``rhs - lhs`` of an upper bound, ``lhs - rhs`` of a lower one, minus the absolute difference of an
        identity; negative where violated. Both are None where the statement does not apply.
    reason : str
        The comparison, or the failed assumption with its value, in words.

    Examples
    --------
    Half the energy of a score error 0.1 over the time 3.98, ``0.1^2 * 3.98/2 = 0.0199``, bounds KL:

    >>> import gausscollapse as gc
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(4.0, 0.02), gc.AffineError(0, 0.1))
    >>> verdict = gc.check("girsanov-forward", process)
    >>> verdict.name, verdict.holds, round(verdict.rhs.value, 10), round(verdict.ratio, 3)
    ('HOLDS', True, 0.0199, 0.749)
    """

    HOLDS: ClassVar[Outcome] = Outcome.HOLDS
    VIOLATED: ClassVar[Outcome] = Outcome.VIOLATED
    INCONCLUSIVE: ClassVar[Outcome] = Outcome.INCONCLUSIVE
    NOT_APPLICABLE: ClassVar[Outcome] = Outcome.NOT_APPLICABLE

    outcome: Outcome
    theorem: str
    lhs: Enclosure | None
    rhs: Enclosure | None
    ratio: float | None
    slack: float | None
    reason: str

    def facts(self) -> Facts:
        """Return what a notebook shows."""
        sides = [(name, str(side)) for name, side in (("lhs", self.lhs), ("rhs", self.rhs)) if side is not None]
        return (("statement", self.theorem), ("outcome", str(self.outcome)), ("reason", self.reason), *sides)

    @property
    def name(self) -> str:
        """The outcome as a word."""
        return str(self.outcome)

    @property
    def holds(self) -> bool:
        """Whether the outcome is HOLDS."""
        return self.outcome is Outcome.HOLDS

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Verdict):
            return (self.outcome, self.theorem, self.lhs, self.rhs) == (
                other.outcome,
                other.theorem,
                other.lhs,
                other.rhs,
            )
        return isinstance(other, str) and str(self.outcome) == other

    def __hash__(self) -> int:
        return hash(str(self.outcome))

    def __str__(self) -> str:
        return f"{self.outcome} {with_id(self.theorem, self.reason)}"

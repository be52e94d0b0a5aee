"""What the referee says of one claim."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gausscollapse.core.verdict import Outcome, Verdict


class Agreement(StrEnum):
    """What the referee says."""

    AGREED = "agreed"
    DISAGREED = "disagreed"
    UNDECIDED = "undecided"


@dataclass(frozen=True, eq=False)
class Ruling:
    """The referee's answer on one theorem and one instance.

    Parameters
    ----------
    subject : str
        What was judged, in words: an instance, the counterexample to a control.
    claimed : Outcome
        What was claimed.
    agreement : Agreement
        DISAGREED where the certified outcome is another decided one, or where an interval of a float side does not
        meet the certified one; UNDECIDED where the certified statistics cannot tell, or there are none.
    verdict : Verdict or None
        The certified verdict; None where there is none.
    reason : str
        In words.
    seconds : float
        Time spent.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> from gausscollapse.checking import judge
    >>> process = gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(), gc.AffineError(0, 0.1))
    >>> ruling = judge(gc.theorems.find("prop-3.1"), process)
    >>> str(ruling.agreement), ruling.verdict.lhs.guarantee, ruling.to_json()["claimed"]
    ('agreed', 'certified', 'HOLDS')
    """

    subject: str
    claimed: Outcome
    agreement: Agreement
    verdict: Verdict | None
    reason: str
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the ruling as plain values for JSON."""
        return {
            "subject": self.subject,
            "agreement": str(self.agreement),
            "claimed": str(self.claimed),
            "certified": None if self.verdict is None else str(self.verdict.outcome),
            "reason": self.reason,
            "seconds": round(self.seconds, 3),
        }

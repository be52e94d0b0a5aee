"""What a counterexample search found: the extremal instance, and how far each constant could be strengthened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gausscollapse.checking.definition import Theorem
from gausscollapse.core.presentation import Facts, Presented
from gausscollapse.core.validation import Array
from gausscollapse.core.verdict import Outcome

# A best value below this share of the stated one is the rounding of a difference.
NO_VALUE = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class BestConstant(Presented):
    """How far a constant can be strengthened on the families before a counterexample appears.

    Parameters
    ----------
    name : str
        Of the constant.
    stated : float
        Its value in the statement.
    value : float or None
        The strongest value that no instance found contradicts; None where an instance contradicts every value, one
        side of it being infinite.
    stronger : float
        +1.0 where a larger value says more, -1.0 where a smaller one does.
    family : str
        Where the limiting instance was found.
    instance : object
        The limiting instance: a stronger value is false on it.
    certified : bool
        Whether enclosures certify that, with the constant moved by 1e-4 of itself beyond `value`; where there is
        none, that the side is infinite.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> (best,) = gc.falsify("prop-3.1", budget=300).best_constants
    >>> best.name, best.stated, best.value <= best.stated, best.certified
    ('factor', 0.5, True, True)
    >>> round(best.left, 2)  # nothing: the bound is attained
    1.0
    """

    name: str
    stated: float
    value: float | None
    stronger: float
    family: str
    instance: Any
    certified: bool

    @property
    def left(self) -> float | None:
        """How many times as strong the constant could be; None where no value stands, or one of the two is 0.

        A best value of 0, or of the other sign, says that no instance found needs the constant at all.
        """
        if self.value is None or not self.stated or self.value / self.stated <= NO_VALUE:
            return None
        return self.value / self.stated if self.stronger > 0.0 else self.stated / self.value

    @property
    def words(self) -> str:
        """The value in four digits, or "none"; with a question mark where it is not certified."""
        if self.value is None:
            return "none"
        value = 0.0 if abs(self.value) <= NO_VALUE * abs(self.stated) else self.value
        return f"{value:.4g}" + ("" if self.certified else " (?)")


@dataclass(frozen=True, eq=False, repr=False)
class Falsification(Presented):
    """What a counterexample search found.

    Parameters
    ----------
    theorem : Theorem
        What was attacked.
    verdict : Outcome
        VIOLATED where enclosures certify a counterexample; else what the extremal instance says: HOLDS, or
        INCONCLUSIVE where its enclosures overlap (an attained bound).
    instance : object
        The extremal instance, of the theorem's chapter.
    family, comparison : str
        Where it was found, and its two sides in words.
    tightest_ratio : float
        Smaller over larger side at the extremal instance; identities: 1 minus the relative difference.
    slack : float
        Normalised slack there: larger minus smaller side over the larger in size; negative for a counterexample.
    best_constants : tuple of BestConstant
        One for each constant of the inequalities; empty for identities.
    trace : ndarray, shape (k, 2)
        Numbers of evaluations and the smallest normalised slack after them, one row an improvement.
    evaluations, budget, seed : int
        Slack evaluations made and allowed, and the seed.
    violations : int
        Certified counterexamples met.
    seconds : float
        Time spent.

    Examples
    --------
    A plausible false statement: the energy of the ideal path in the place of the learned one's.

    >>> import gausscollapse as gc
    >>> @gc.statement(kind="upper")
    ... def training_loss_bounds_kl(s):
    ...     return s.kl, 0.5 * s.ideal_energy
    >>> found = gc.falsify(training_loss_bounds_kl, budget=500, stop_at_violation=True)
    >>> found.refuted, str(gc.check(training_loss_bounds_kl, found.instance).outcome)
    (True, 'VIOLATED')
    """

    theorem: Theorem
    verdict: Outcome
    instance: Any
    family: str
    comparison: str
    tightest_ratio: float
    slack: float
    best_constants: tuple[BestConstant, ...]
    trace: Array
    evaluations: int
    budget: int
    seed: int
    violations: int
    seconds: float

    def facts(self) -> Facts:
        """Return what a notebook shows."""
        constants = [(f"best {item.name}", item.words) for item in self.best_constants]
        return (
            ("statement", self.theorem.id), ("verdict", str(self.verdict)), ("comparison", self.comparison),
            ("instance", self.instance), ("family", self.family), *constants,
            ("evaluations", f"{self.evaluations} (seed {self.seed})"),
        )  # fmt: skip

    @property
    def best_constant(self) -> float | None:
        """The strongest value of the statement's first constant; None for identities, or where no value stands."""
        return self.best_constants[0].value if self.best_constants else None

    @property
    def refuted(self) -> bool:
        """Whether a counterexample is certified."""
        return self.verdict is Outcome.VIOLATED

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain values for JSON."""
        describe = self.theorem.chapter.describe
        return {
            "verdict": str(self.verdict),
            "evaluations": self.evaluations,
            "budget": self.budget,
            "seed": self.seed,
            "tightest_ratio": self.tightest_ratio,
            "slack": self.slack,
            "family": self.family,
            "comparison": self.comparison,
            "violations": self.violations,
            "scenario": dict(describe(self.instance)),
            "best_constants": [
                {
                    "name": item.name,
                    "stated": item.stated,
                    "value": item.value,
                    "left": item.left,
                    "certified": item.certified,
                    "family": item.family,
                    "scenario": dict(describe(item.instance)),
                }
                for item in self.best_constants
            ],
            "trace": self.trace.tolist(),
        }

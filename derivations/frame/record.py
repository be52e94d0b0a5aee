"""What is left of a proof when it is written: its steps, each with its status, and its closed forms."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from mpmath import mpf
from sympy import Expr, Symbol, lambdify

from derivations.frame.certificates import Known


class Status(StrEnum):
    """How far a step is established."""

    PROVED = "PROVED"
    SPOT_CHECKED = "SPOT-CHECKED"
    FAILED = "FAILED"


def weakest(statuses: Iterable[Status]) -> Status:
    """Return the worst of some statuses; PROVED where there is none."""
    return max(statuses, key=list(Status).index, default=Status.PROVED)


@dataclass(frozen=True, slots=True)
class Step:
    """One checked line of a proof.

    Attributes
    ----------
    text : str
        What the step says.
    identity : str
        The identity or argument that is used.
    latex : str
        The formula, made from what is checked.
    reads : str
        How it reads in the theorem's notation, as LaTeX; nothing compares it with what is checked. May be empty.
    status : Status
        Whether it is proved.
    evidence : str
        What was checked, or the point that contradicts it.
    seconds : float
        Time spent on it.
    concludes : bool
        Whether it says what the theorem says, or a part of it.
    sides : tuple of sympy.Expr
        What is compared.
    shows : Known, optional
        Of an inequality, what is not negative or positive.
    given : tuple of Known
        What it was shown from, beside the signs of symbols.
    """

    text: str
    identity: str
    latex: str
    reads: str
    status: Status
    evidence: str
    seconds: float
    concludes: bool = False
    sides: tuple[Expr, ...] = ()
    shows: Known | None = None
    given: tuple[Known, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A closed form with its symbols explained.

    Attributes
    ----------
    expression : sympy.Expr
        The closed form.
    symbols : mapping of Symbol to str
        Every free symbol with its meaning.
    """

    expression: Expr
    symbols: Mapping[Symbol, str]

    def value(self, **values: float) -> float:
        """Evaluate in double precision, one keyword a symbol (its name).

        Raises
        ------
        ValueError
            If a symbol has no value or a name is not one of the symbols.
        """
        names = [str(symbol) for symbol in self.symbols]
        if set(values) != set(names):
            raise ValueError(f"values for {sorted(values)} given; the symbols are {sorted(names)}")
        function = _compiled(self.expression, tuple(self.symbols))
        return float(function(*(mpf(values[name]) for name in names)))


@dataclass(frozen=True, slots=True)
class Derivation:
    """A finished proof.

    Attributes
    ----------
    name, title, source : str
        How it is called (a theorem's proof: the theorem's id), what it shows, where the statement comes from.
    lemma : bool
        Whether it is a lemma and not a theorem's proof.
    cites : tuple of str
        The proofs whose results it uses.
    assumptions : tuple of str
        What is assumed.
    steps : tuple of Step
        The checked lines.
    seconds : float
        Time from the first line to the last.
    results : mapping of str to Result
        The closed forms.
    scope : str
        For what it is proved: any densities, n atoms, N generations, Gaussians, d.
    taken : str
        What is taken from analysis, and from where; empty where nothing is.
    """

    name: str
    title: str
    source: str
    lemma: bool
    cites: tuple[str, ...]
    assumptions: tuple[str, ...]
    steps: tuple[Step, ...]
    results: Mapping[str, Result]
    seconds: float
    scope: str = ""
    taken: str = ""

    def count(self, status: Status) -> int:
        """Return the number of steps with this status."""
        return sum(step.status is status for step in self.steps)

    @property
    def status(self) -> Status:
        """The weakest status among the steps."""
        return weakest(step.status for step in self.steps)

    @property
    def conclusions(self) -> tuple[Step, ...]:
        """The steps that say what the theorem says; none in a lemma."""
        return tuple(step for step in self.steps if step.concludes)


@lru_cache(maxsize=256)
def _compiled(expression: Expr, symbols: tuple[Symbol, ...]) -> Callable[..., mpf]:
    function: Callable[..., mpf] = lambdify(list(symbols), expression, modules="mpmath")
    return function

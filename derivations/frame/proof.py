r"""The frame: a proof is a list of steps, each checked when it is written down.

A step is an equality, an inequality, a refutation or a minimum of a convex function. Its status is

* ``PROVED`` when SymPy rewrites the residual to 0, or when the inequality has a certificate: the gap is a sum of
terms
  whose sign follows from the assumptions (squares, products of positive symbols, expressions shown non-negative
  before);
* ``SPOT-CHECKED`` when SymPy cannot close it and no exact rational point contradicts it;
* ``FAILED`` when it is false at an exact rational point, or when its certificate is not one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from time import perf_counter

from mpmath import mpf
from sympy import Basic, Expr, Symbol, diff, lambdify, latex, sympify
from sympy.matrices import MatrixBase

from derivations.frame.certificates import Rewriting, entries, is_nonnegative, is_zero, witness

LONGEST_DISPLAY = 700


class Status(StrEnum):
    """How far a step is established."""

    PROVED = "PROVED"
    SPOT_CHECKED = "SPOT-CHECKED"
    FAILED = "FAILED"


def weakest(statuses: Iterable[Status]) -> Status:
    """Return the worst of some statuses; PROVED where there is none."""
    return max(statuses, key=list(Status).index, default=Status.PROVED)


class TrivialStepError(ValueError):
    """A step compares an expression with itself, which proves nothing."""


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
        The formula.
    status : Status
        Whether it is proved.
    evidence : str
        What was checked, or the point that contradicts it.
    seconds : float
        Time spent on it.
    concludes : bool
        Whether it says what the theorem says, or a part of it.
    """

    text: str
    identity: str
    latex: str
    status: Status
    evidence: str
    seconds: float
    concludes: bool = False


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


@dataclass(slots=True)
class Proof:
    """A proof being written.

    Parameters
    ----------
    name, title, source : str
        How it is called, what it shows, where the statement comes from.
    lemma : bool
        Whether it is a lemma: a theorem's proof needs a step with ``concludes``, a lemma has none.
    cites : tuple of str
        The proofs whose results it uses, by their names.
    """

    name: str
    title: str
    source: str
    lemma: bool = field(default=False, kw_only=True)
    cites: tuple[str, ...] = field(default=(), kw_only=True)
    assumptions: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    results: dict[str, Result] = field(default_factory=dict)
    started: float = field(default_factory=perf_counter)

    def assume(self, *texts: str) -> None:
        """Write down what is assumed."""
        self.assumptions.extend(texts)

    def equal(
        self,
        text: str,
        left: Expr | MatrixBase,
        right: Expr | MatrixBase | int,
        *,
        by: str,
        show: str = "",
        rewrite: Sequence[Rewriting] = (),
        domain: Sequence[Expr] = (),
        concludes: bool = False,
    ) -> None:
        """State an equality; proved when the residual is rewritten to 0.

        `left` should be as yet uncomputed (an ``Integral``, ``Derivative``, ``Limit``, ``Sum`` or an unsimplified
        expression): comparing an expression with itself raises `TrivialStepError`.
        """
        start = perf_counter()
        right = right if isinstance(right, MatrixBase) else sympify(right)
        if left == right:
            raise TrivialStepError(f"step {text!r} compares an expression with itself")
        residual = left.doit() - right.doit()
        if is_zero(residual, rewrite):
            status, evidence = Status.PROVED, "residual simplifies to 0"
        else:
            point, tried = witness(lambda value: value != 0, residual, domain)
            status, evidence = _unproved(point, tried, closed="is zero")
        self._add(text, by, show or _display(left, "=", right), status, evidence, start, concludes=concludes)

    def at_least(
        self,
        text: str,
        larger: Expr,
        smaller: Expr | int,
        *,
        by: str,
        terms: Sequence[Expr],
        given: Sequence[Expr] = (),
        show: str = "",
        rewrite: Sequence[Rewriting] = (),
        domain: Sequence[Expr] = (),
        concludes: bool = False,
    ) -> None:
        """State ``larger >= smaller``; proved when the gap is the sum of `terms` and each is non-negative.

        The sign of a term follows from the assumptions on its symbols or from `given`, expressions that are
        non-negative by hypothesis or by an earlier step.
        """
        start = perf_counter()
        smaller = sympify(smaller)
        gap = larger.doit() - smaller.doit()
        negative = [term for term in terms if not is_nonnegative(term, given)]
        if not negative and is_zero(gap - sum(terms), rewrite):
            status, evidence = Status.PROVED, f"gap = sum of {len(terms)} non-negative term(s)"
        else:
            point, tried = witness(lambda value: value < 0, gap, [*domain, *given])
            status, evidence = _unproved(point, tried, closed="is non-negative")
            if status is Status.SPOT_CHECKED and not negative:
                status, evidence = Status.FAILED, "the gap is not the sum of the certificate's terms"
        self._add(text, by, show or _display(larger, r"\ge", smaller), status, evidence, start, concludes=concludes)

    def convex_minimum(
        self, text: str, function: Expr, variable: Symbol, at: Expr | int, *, by: str, show: str = ""
    ) -> None:
        """State ``function >= 0``: value and slope vanish at one point and the second derivative is
        non-negative.
        """
        start = perf_counter()
        touches = is_zero(function.subs(variable, at)) and is_zero(diff(function, variable).subs(variable, at))
        if touches and is_nonnegative(diff(function, variable, 2).simplify()):
            status, evidence = Status.PROVED, f"zero with zero slope at {variable} = {at}, convex"
        else:
            point, tried = witness(lambda value: value < 0, function)
            status, evidence = _unproved(point, tried, closed="is non-negative")
            if status is Status.SPOT_CHECKED:
                status, evidence = Status.FAILED, "not a convex function that touches zero"
        self._add(text, by, show or _display(function, r"\ge", sympify(0)), status, evidence, start, concludes=False)

    def positive(self, text: str, expression: Expr, *, by: str, show: str = "", concludes: bool = False) -> None:
        """State that an exact number, or an expression with sufficient assumptions, is strictly positive."""
        start = perf_counter()
        value = expression.doit()
        proved = value.is_positive
        status = Status.PROVED if proved else Status.FAILED
        evidence = "positive" if proved else f"SymPy finds {value}"
        self._add(
            text, by, show or _display(expression, ">", sympify(0)), status, evidence, start, concludes=concludes
        )

    def differ(
        self,
        text: str,
        left: Expr,
        right: Expr | int,
        at: Mapping[Symbol, Basic],
        *,
        by: str,
        show: str = "",
        concludes: bool = False,
    ) -> None:
        """State that a supposed equality is false; proved by an exact point where the two sides differ."""
        start = perf_counter()
        gap = (left.doit() - sympify(right).doit()).subs(at).simplify()
        proved = gap.is_zero is False
        status = Status.PROVED if proved else Status.FAILED
        point = ", ".join(f"{symbol} = {value}" for symbol, value in at.items())
        evidence = f"difference {gap} at {point}" if point else f"difference {gap}"
        self._add(
            text, by, show or _display(left, r"\ne", sympify(right)), status, evidence, start, concludes=concludes
        )

    def result(self, name: str, expression: Expr, symbols: Mapping[Symbol, str]) -> None:
        """Expose a closed form; every free symbol must be explained."""
        missing = expression.free_symbols - set(symbols)
        if missing:
            raise ValueError(
                f"result {name!r} of {self.name!r} leaves symbols unexplained: {sorted(map(str, missing))}"
            )
        self.results[name] = Result(expression, dict(symbols))

    def finish(self) -> Derivation:
        """Return the finished proof."""
        if any(step.concludes for step in self.steps) == self.lemma:
            wanted = "a lemma, and a step concludes" if self.lemma else "a theorem's proof, and no step concludes"
            raise ValueError(f"{self.name!r} is {wanted} the theorem")
        return Derivation(
            self.name,
            self.title,
            self.source,
            self.lemma,
            self.cites,
            tuple(self.assumptions),
            tuple(self.steps),
            self.results,
            perf_counter() - self.started,
        )

    def _add(
        self,
        text: str,
        by: str,
        formula: str,
        status: Status,
        evidence: str,
        start: float,
        *,
        concludes: bool,
    ) -> None:
        self.steps.append(Step(text, by, formula, status, evidence, perf_counter() - start, concludes))


@lru_cache(maxsize=256)
def _compiled(expression: Expr, symbols: tuple[Symbol, ...]) -> Callable[..., mpf]:
    function: Callable[..., mpf] = lambdify(list(symbols), expression, modules="mpmath")
    return function


def _unproved(point: Mapping[Symbol, Basic] | None, tried: int, *, closed: str) -> tuple[Status, str]:
    if point is not None:
        return Status.FAILED, "false at " + ", ".join(f"{symbol} = {value}" for symbol, value in point.items())
    if not tried:
        return Status.FAILED, "not proved, and no exact point could be evaluated"
    return Status.SPOT_CHECKED, f"SymPy cannot close it; it {closed} at {tried} exact rational points"


def _display(left: Expr | MatrixBase, relation: str, right: Expr | MatrixBase) -> str:
    formula = f"{latex(left)} {relation} {latex(right)}"
    if len(formula) <= LONGEST_DISPLAY:
        return formula
    return rf"\text{{(a rational identity of {sum(entry.count_ops() for entry in entries(left))} operations)}}"

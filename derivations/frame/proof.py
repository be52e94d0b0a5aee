r"""The frame: a proof is a list of steps, each checked when it is written down.

A step is an equality, an inequality, a refutation or a minimum of a convex function. Its status is

* ``PROVED`` when SymPy rewrites the residual to 0, or when the inequality has a certificate: the gap is a sum of
  terms whose sign follows from the assumptions (squares, products of positive symbols) and from what the proof knows
  already: what it supposed, and the gaps of its earlier steps. No exact rational point contradicts it either;
* ``SPOT-CHECKED`` when SymPy cannot close it and no exact rational point contradicts it;
* ``FAILED`` when it is false at an exact rational point, or when its certificate is not one.

What a step shows is made from what it checks; how that reads in the theorem's notation is words beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from types import MappingProxyType

from sympy import (
    Basic,
    Derivative,
    Expr,
    Integral,
    Limit,
    Rational,
    Subs,
    Sum,
    Symbol,
    diff,
    expand_log,
    latex,
    sympify,
)
from sympy.matrices import MatrixBase

from derivations.frame.certificates import Known, Sign, consistent, entries, is_zero, sign, witness
from derivations.frame.covering import sign_between
from derivations.frame.record import Derivation, Result, Status, Step

LONGEST_DISPLAY = 700
UNCOMPUTED = (Derivative, Integral, Limit, Subs, Sum)


class TrivialStepError(ValueError):
    """A step compares an expression with itself, which proves nothing."""


class UnknownPremiseError(ValueError):
    """A step uses what its proof has neither supposed nor shown before."""


class InconsistentError(ValueError):
    """No point was found at which all that a proof supposes holds: everything would follow."""


class UnprovedResultError(ValueError):
    """A result is no side of any step."""


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
    supposed: list[Known] = field(default_factory=list)
    learnt: list[Known] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    results: dict[str, Result] = field(default_factory=dict)
    started: float = field(default_factory=perf_counter)

    def assume(self, *texts: str) -> None:
        """Write down what is assumed, in words that no step uses."""
        self.assumptions.extend(texts)

    def suppose(self, text: str, expression: Expr, *, strict: bool = False) -> Known:
        """Suppose an expression to be non-negative, or positive; steps may use what is returned.

        Raises
        ------
        InconsistentError
            If no exact rational point is found at which it holds together with what was supposed before.
        """
        known = Known(expression, strict, text)
        if not consistent([*self.supposed, known]):
            raise InconsistentError(f"{self.name!r} supposes {text!r}, which no point was found to meet")
        self.assumptions.append(text)
        self.supposed.append(known)
        return known

    def instance(self, known: Known, at: Mapping[Symbol, Expr]) -> Known:
        """Return what is known with other expressions for its symbols; their signs must be those of the symbols.

        Raises
        ------
        UnknownPremiseError
            If it is not known, or an expression may have another sign than its symbol.
        """
        self._premises("instance", [known])
        for symbol, value in at.items():
            if sign(value) < sign(symbol):
                raise UnknownPremiseError(f"{self.name!r}: the sign of {value} is not that of {symbol}")
        found = Known(expand_log(known.expression.subs(at)), known.strict, known.origin)
        self.learnt.append(found)
        return found

    def equal(
        self,
        text: str,
        left: Expr | MatrixBase,
        right: Expr | MatrixBase | int,
        *,
        by: str,
        reads: str = "",
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
        found = witness(lambda value: value != 0, residual)
        proved = is_zero(residual)
        status, evidence = _status(proved, found, "residual simplifies to 0", "is zero")
        self._add(
            text, by, _display(left, "=", right), reads, status, evidence, start, concludes=concludes,
            sides=(*entries(left), *entries(right)),
        )  # fmt: skip

    def at_least(
        self,
        text: str,
        larger: Expr,
        smaller: Expr | int,
        *,
        by: str,
        terms: Sequence[Expr],
        given: Sequence[Known] = (),
        reads: str = "",
        concludes: bool = False,
    ) -> Known:
        """State ``larger >= smaller``; proved when the gap is the sum of `terms` and each is non-negative.

        The sign of a term follows from the assumptions on its symbols and from `given`: what this proof supposed, or
        what its earlier steps returned. The gap is returned, for later steps.

        Raises
        ------
        TrivialStepError
            If both sides are the same.
        UnknownPremiseError
            If something given is of no earlier step.
        """
        start = perf_counter()
        smaller = sympify(smaller)
        if larger == smaller:
            raise TrivialStepError(f"step {text!r} compares an expression with itself")
        premises = self._premises(text, given)
        gap = larger.doit() - smaller.doit()
        signs = [sign(sympify(term), premises) for term in terms]
        certified = Sign.UNKNOWN not in signs
        found = witness(lambda value: value < 0, gap, premises)
        proved = certified and is_zero(gap - sum(terms))
        status, evidence = _status(
            proved, found, f"gap = sum of {len(terms)} non-negative term(s)", "is non-negative"
        )
        if status is Status.SPOT_CHECKED and certified:
            status, evidence = Status.FAILED, "the gap is not the sum of the certificate's terms"
        self._add(
            text, by, _display(larger, r"\ge", smaller), reads, status, evidence, start, concludes=concludes,
            sides=(larger, smaller), shows=Known(gap, False, text), given=premises,
        )  # fmt: skip
        return self._learnt(Known(gap, proved and max(signs, default=Sign.UNKNOWN) is Sign.POSITIVE, text), status)

    def convex_minimum(
        self, text: str, function: Expr, variable: Symbol, at: Expr | int, *, by: str, reads: str = ""
    ) -> Known:
        """State ``function >= 0``: value and slope vanish at one point of the domain, and it is convex there.

        The domain is what the assumptions on the variable say; an interval of them is convex.
        """
        start = perf_counter()
        point = sympify(at)
        least = (
            Sign.POSITIVE if variable.is_positive else Sign.NONNEGATIVE if variable.is_nonnegative else Sign.UNKNOWN
        )
        inside = sign(point) >= least
        touches = is_zero(function.subs(variable, point)) and is_zero(diff(function, variable).subs(variable, point))
        convex = sign(diff(function, variable, 2).simplify()) is not Sign.UNKNOWN
        found = witness(lambda value: value < 0, function)
        status, evidence = _status(
            inside and touches and convex,
            found,
            f"zero with zero slope at {variable} = {at}, convex",
            "is non-negative",
        )
        if status is Status.SPOT_CHECKED:
            status, evidence = Status.FAILED, "not a convex function that touches zero within its domain"
        self._add(
            text, by, _display(function, r"\ge", sympify(0)), reads, status, evidence, start, concludes=False,
            sides=(function,), shows=Known(function, False, text),
        )  # fmt: skip
        return self._learnt(Known(function, False, text), status)

    def positive(self, text: str, expression: Expr, *, by: str, reads: str = "", concludes: bool = False) -> Known:
        """State that an exact number, or an expression with sufficient assumptions, is strictly positive."""
        start = perf_counter()
        value = expression.doit()
        status = Status.PROVED if sign(value) is Sign.POSITIVE else Status.FAILED
        evidence = "positive" if status is Status.PROVED else f"no sign is known of {value}"
        self._add(
            text, by, _display(expression, ">", sympify(0)), reads, status, evidence, start, concludes=concludes,
            sides=(expression,), shows=Known(value, True, text),
        )  # fmt: skip
        return self._learnt(Known(value, True, text), status)

    def positive_between(
        self,
        text: str,
        expression: Expr,
        variable: Symbol,
        low: Rational,
        high: Rational,
        *,
        by: str,
        reads: str = "",
    ) -> None:
        """State that an expression in one variable is positive on ``[low, high]``; proved on balls that cover it.

        Nothing is returned for later steps: what is known there is known on the interval only.
        """
        start = perf_counter()
        found, evidence = sign_between(expression, variable, low, high)
        status = Status.PROVED if found is Sign.POSITIVE else Status.FAILED
        formula = f"{_display(expression, '>', sympify(0))} \\quad ({latex(low)} \\le {variable} \\le {latex(high)})"
        self._add(text, by, formula, reads, status, evidence, start, concludes=False, sides=(expression,))

    def differ(
        self,
        text: str,
        left: Expr,
        right: Expr | int,
        at: Mapping[Symbol, Basic],
        *,
        by: str,
        reads: str = "",
        concludes: bool = False,
    ) -> None:
        """State that a supposed equality is false; proved by an exact point where the two sides differ."""
        start = perf_counter()
        gap = (left.doit() - sympify(right).doit()).subs(at).simplify()
        proved = Sign.POSITIVE in (sign(gap), sign(-gap))
        status = Status.PROVED if proved else Status.FAILED
        point = ", ".join(f"{symbol} = {value}" for symbol, value in at.items())
        evidence = f"difference {gap} at {point}" if point else f"difference {gap}"
        self._add(
            text, by, _display(left, r"\ne", sympify(right)), reads, status, evidence, start, concludes=concludes,
            sides=(left, sympify(right)),
        )  # fmt: skip

    def result(
        self,
        name: str,
        expression: Expr,
        symbols: Mapping[Symbol, str],
        *,
        where: Mapping[Symbol, Expr] = MappingProxyType({}),
    ) -> None:
        """Expose a closed form: a side of a step, or a part of one, in which every free symbol must be explained.

        `where` says what symbols of the closed form or of the steps stand for.

        Raises
        ------
        ValueError
            If a symbol is not explained.
        UnprovedResultError
            If no step has it as a side.
        """
        missing = expression.free_symbols - set(symbols)
        if missing:
            raise ValueError(
                f"result {name!r} of {self.name!r} leaves symbols unexplained: {sorted(map(str, missing))}"
            )
        meant = sympify(expression).subs(where)
        sides = [side.subs(where) for step in self.steps for side in step.sides]
        if not any(side.has(meant) or _equal(meant, side) for side in sides):
            raise UnprovedResultError(f"result {name!r} of {self.name!r} is no side of any step, nor a part of one")
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

    def _premises(self, text: str, given: Sequence[Known]) -> Sequence[Known]:
        """Return what is given, if this proof knows it."""
        for item in given:
            if not any(item is known for known in [*self.supposed, *self.learnt]):
                raise UnknownPremiseError(f"step {text!r} uses what {self.name!r} has not supposed or shown before")
        return given

    def _learnt(self, known: Known, status: Status) -> Known:
        """Return what a step has shown; later steps may use it only if it is proved."""
        if status is Status.PROVED:
            self.learnt.append(known)
        return known

    def _add(
        self,
        text: str,
        by: str,
        formula: str,
        reads: str,
        status: Status,
        evidence: str,
        start: float,
        *,
        concludes: bool,
        sides: tuple[Expr, ...],
        shows: Known | None = None,
        given: Sequence[Known] = (),
    ) -> None:
        seconds = perf_counter() - start
        step = Step(text, by, formula, reads, status, evidence, seconds, concludes, sides, shows, tuple(given))
        self.steps.append(step)


def _equal(first: Expr, second: Expr) -> bool:
    """Return whether two expressions are equal at a dozen exact points, or by rewriting where there are none."""
    if first.free_symbols != second.free_symbols or second.has(*UNCOMPUTED):
        return False
    point, tried = witness(lambda value: value != 0, first - second)
    return point is None and (tried > 0 or is_zero(first - second))


def _status(
    proved: bool, found: tuple[Mapping[Symbol, Basic] | None, int], evidence: str, closed: str
) -> tuple[Status, str]:
    """Return the status of a step that was proved or not, and of which exact points were tried."""
    point, tried = found
    if point is not None:
        return Status.FAILED, "false at " + ", ".join(f"{symbol} = {value}" for symbol, value in point.items())
    if proved:
        return Status.PROVED, evidence
    if not tried:
        return Status.FAILED, "not proved, and no exact point could be evaluated"
    return Status.SPOT_CHECKED, f"SymPy cannot close it; it {closed} at {tried} exact rational points"


def _display(left: Expr | MatrixBase, relation: str, right: Expr | MatrixBase) -> str:
    formula = f"{latex(left)} {relation} {latex(right)}"
    if len(formula) <= LONGEST_DISPLAY:
        return formula
    return rf"\text{{(a rational identity of {sum(entry.count_ops() for entry in entries(left))} operations)}}"

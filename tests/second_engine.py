"""Inequalities of the proofs put to z3: what a step shows, from what it was shown from and the signs of symbols.

Logarithms, exponentials and roots are numbers of which z3 knows no more than what is given, so that it may prove a
step about them and cannot refute it. What it cannot read at all says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import z3
from sympy import Add, Basic, Expr, Mul, Pow, S, Symbol, exp, expand_log, factor, log, together

from derivations.frame.certificates import Known, jets
from derivations.frame.record import Step

EFFORT = 4_000_000


class Answer(StrEnum):
    """What z3 says of a step."""

    PROVED = "proved"
    REFUTED = "refuted"
    OPAQUE = "opaque"
    TIMEOUT = "timeout"
    INCONSISTENT = "inconsistent"
    NOT_READ = "not read"


class NotReadError(ValueError):
    """An expression is neither polynomial nor rational, also with its functions taken as numbers."""


@dataclass
class Reader:
    """SymPy's expressions as z3's; what is divided by, and the conditions on symbols, are collected."""

    numbers: dict[Basic, Any] = field(default_factory=dict)
    conditions: list[Any] = field(default_factory=list)
    divisors: list[tuple[Any, list[Any]]] = field(default_factory=list)
    opaque: bool = False

    def read(self, expression: Expr) -> Any:
        """Return an expression as z3's."""
        if expression.is_Rational:
            return z3.RealVal(f"{expression.p}/{expression.q}")
        if isinstance(expression, Symbol):
            return self._number(expression)
        if isinstance(expression, Add):
            return z3.Sum([self.read(part) for part in expression.args])
        if isinstance(expression, Mul):
            return z3.Product([self.read(part) for part in expression.args])
        if isinstance(expression, Pow) and expression.exp.is_Integer:
            return self._power(self.read(expression.base), int(expression.exp))
        if isinstance(expression, exp | log | Pow) or expression == S.Pi:
            self.opaque = True
            return self._number(expression)
        raise NotReadError(str(expression.func))

    def _power(self, base: Any, exponent: int) -> Any:
        product = z3.Product([base] * abs(exponent))
        if exponent > 0:
            return product
        # A quotient is a number that times the divisor is 1: z3's own division by 0 is any number.
        self.divisors.append((base, list(self.conditions)))
        quotient = z3.Real(f"quotient{len(self.numbers)}")
        known = self.numbers.setdefault(("quotient", base.sexpr(), exponent), quotient)
        self.conditions.append(known * product == 1)
        return known

    def _number(self, expression: Expr) -> Any:
        if expression not in self.numbers:
            found = self.numbers[expression] = z3.Real(f"number{len(self.numbers)}")
            if expression.is_positive:
                self.conditions.append(found > 0)
            elif expression.is_nonnegative:
                self.conditions.append(found >= 0)
        return self.numbers[expression]


def _split(argument: Expr) -> Expr:
    return expand_log(log(factor(together(argument))))


def holds(known: Known, reader: Reader) -> Any:
    """Return a known sign as z3's."""
    value = reader.read(jets(known.expression.replace(log, _split)))
    return value > 0 if known.strict else value >= 0


def _check(conditions: Iterable[Any], effort: int) -> Any:
    solver = z3.Solver()
    solver.set("rlimit", effort)
    solver.add(*conditions)
    return solver.check()


def ask(shows: Known, given: Iterable[Known] = (), *, effort: int = EFFORT) -> Answer:
    """Return whether z3 proves what a step shows from what is given.

    Each divisor must be other than 0 where all that is given holds, and something must meet all of it. The effort is
    counted in z3's own steps, so that the answer is the same on a busy machine.
    """
    reader = Reader()
    try:
        premises = [holds(item, reader) for item in given]
        claim = holds(shows, reader)
    except NotReadError:
        return Answer.NOT_READ
    possible = _check([*reader.conditions, *premises], effort)
    if possible == z3.unsat:
        return Answer.INCONSISTENT
    plain = [item for item in premises if "quotient" not in item.sexpr()]
    divided = [_check([*before, *plain, divisor == 0], effort) for divisor, before in reader.divisors]
    against = _check([*reader.conditions, *premises, z3.Not(claim)], effort)
    if z3.sat in (against, *divided):
        return Answer.OPAQUE if reader.opaque else Answer.REFUTED
    return Answer.TIMEOUT if z3.unknown in (possible, against, *divided) else Answer.PROVED


def answer(step: Step, *, effort: int = EFFORT) -> Answer | None:
    """Return what z3 says of a step, or None of one that is no inequality."""
    return None if step.shows is None else ask(step.shows, step.given, effort=effort)

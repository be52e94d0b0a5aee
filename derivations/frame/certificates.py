"""What SymPy can be asked to decide: is a residual zero, is a term non-negative.

Nothing here samples. :func:`is_zero` closes an equality by rewriting it to 0; :func:`sign` reads the
sign of a sum of products from the assumptions on its symbols and from what is known before, and lets nothing be
divided by what may be 0. The sign of a number is that of a ball that holds it. :func:`witness` is the opposite: it
looks for an exact rational point at which a claim is false, and so can only refute.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice

from sympy import (
    Add,
    Basic,
    Derivative,
    Dummy,
    Expr,
    Mul,
    Pow,
    Rational,
    Symbol,
    cancel,
    exp,
    expand,
    expand_log,
    factor,
    log,
    powsimp,
    radsimp,
    simplify,
    sympify,
    together,
)
from sympy.core.function import AppliedUndef
from sympy.matrices import MatrixBase

from derivations.frame.points import NoBallError, ball, rational_points, value_at

Rewriting = Callable[[Expr], Expr]


def jets(expression: Expr) -> Expr:
    """Replace arbitrary functions and their derivatives by independent symbols.

    An identity for all smooth functions is an identity between rational functions of these symbols, which is
    decidable.
    """
    unknown = sorted(expression.atoms(Derivative), key=lambda item: -item.derivative_count)
    unknown += sorted(expression.atoms(AppliedUndef), key=str)
    names = {item: Symbol(f"jet{i}", real=True, positive=item.is_positive) for i, item in enumerate(unknown)}
    for item in unknown:
        expression = expression.xreplace({item: names[item]})
    return expression


def _rational(expression: Expr) -> Expr:
    """Cancel, with exponentials and logarithms taken as independent symbols (zero then is zero for sure)."""
    opaque = {atom: Dummy() for atom in expression.atoms(exp, log)}
    return cancel(together(expression.xreplace(opaque)))


def _split_logarithms(expression: Expr) -> Expr:
    """Factor the arguments of logarithms, and write those of products of positive factors as sums."""
    return expression.replace(log, lambda argument: expand_log(log(factor(together(argument)))))


REWRITINGS: tuple[Rewriting, ...] = (
    expand,
    _rational,
    lambda expression: expand(expand_log(powsimp(expression))),
    lambda expression: _rational(_split_logarithms(expression)),
    lambda expression: radsimp(cancel(together(expand_log(powsimp(expand(expression)))))),
    simplify,
    lambda expression: simplify(expand(expand_log(simplify(expression)))),
)
"""Tried in turn, the cheap ones first.  All are valid under the assumptions on the symbols (nothing is forced)."""


def entries(expression: Basic | MatrixBase) -> list[Expr]:
    """Return the scalar expressions of a matrix, or the expression alone."""
    return list(expression) if isinstance(expression, MatrixBase) else [expression]


def is_zero(expression: Basic | MatrixBase) -> bool:
    """Whether each entry is rewritten to exactly 0."""
    return all(_scalar_is_zero(entry) for entry in entries(expression))


def _scalar_is_zero(expression: Expr) -> bool:
    expression = jets(expression.doit())
    if expression == 0:
        return True
    if _nonzero_somewhere(expression):
        return False
    return any(rewriting(expression) == 0 for rewriting in REWRITINGS)


def _nonzero_somewhere(expression: Expr) -> bool:
    """Whether an exact rational point gives a value away from 0; it saves the rewritings of a hopeless residual."""
    for point in islice(rational_points(expression.free_symbols), 2):
        value = value_at(expression, point)
        if value is not None and value != 0:
            return True
    return False


class Sign(IntEnum):
    """What is known of a sign, the stronger the larger."""

    UNKNOWN = 0
    NONNEGATIVE = 1
    POSITIVE = 2


@dataclass(frozen=True, eq=False)
class Known:
    """An expression whose sign is known in one proof: assumed there, or the gap of an earlier step.

    Attributes
    ----------
    expression : sympy.Expr
        What is not negative.
    strict : bool
        Whether it is positive.
    origin : str
        The assumption or the step, in words.
    """

    expression: Expr
    strict: bool
    origin: str

    @property
    def sign(self) -> Sign:
        """The sign."""
        return Sign.POSITIVE if self.strict else Sign.NONNEGATIVE


def sign(expression: Expr, given: Iterable[Known] = ()) -> Sign:
    """Return the sign that follows from the assumptions on symbols and from `given`, factor by factor.

    A negative power has a sign only where its base is positive: nothing is divided by what may be 0.
    """
    return _sign(sympify(expression), {_primitive(known.expression): known.sign for known in given})


def _sign(expression: Expr, known: Mapping[Expr, Sign]) -> Sign:
    if not expression.free_symbols:
        return ball_sign(expression)
    remembered = known.get(_primitive(expression), Sign.UNKNOWN)
    if isinstance(expression, Mul):
        parts = [_sign(part, known) for part in expression.args]
        return max(remembered, min(parts), _assumed(expression, known))
    if isinstance(expression, Add):
        parts = [_sign(part, known) for part in expression.args]
        found = Sign.UNKNOWN if Sign.UNKNOWN in parts else max(parts)
        return max(remembered, found, _assumed(expression, known))
    if isinstance(expression, Pow):
        return max(remembered, _of_power(expression, known))
    return max(remembered, _assumed(expression, known))


def _of_power(expression: Expr, known: Mapping[Expr, Sign]) -> Sign:
    base, exponent = _sign(expression.base, known), expression.exp
    if base is Sign.POSITIVE and exponent.is_real:
        return Sign.POSITIVE
    if base is Sign.NONNEGATIVE and exponent.is_positive:
        return Sign.NONNEGATIVE
    return _assumed(expression, known)


def _assumed(expression: Expr, known: Mapping[Expr, Sign]) -> Sign:
    """Return what SymPy infers from the symbols, where nothing is divided by what may be 0."""
    for power in expression.atoms(Pow):
        if not (power.exp.is_nonnegative or power.base.is_nonzero or _sign(power.base, known) is Sign.POSITIVE):
            return Sign.UNKNOWN
    if expression.is_positive:
        return Sign.POSITIVE
    return Sign.NONNEGATIVE if expression.is_nonnegative else Sign.UNKNOWN


def ball_sign(number: Expr) -> Sign:
    """Return the sign of an exact number: of a ball of 200 bits that holds it; UNKNOWN where it may be negative."""
    try:
        found = ball(number, {})
    except (NoBallError, ZeroDivisionError):
        return Sign.UNKNOWN
    return Sign.POSITIVE if found > 0 else Sign.NONNEGATIVE if found >= 0 else Sign.UNKNOWN


def _primitive(expression: Expr) -> Expr:
    """Expand and divide by the positive rational content, so that multiples of one expression compare equal."""
    return expand(expression).primitive()[1]


def witness(
    violated: Callable[[Expr], bool], expression: Basic | MatrixBase, given: Sequence[Known] = (), points: int = 12
) -> tuple[dict[Symbol, Rational] | None, int]:
    """Search exact rational points at which all that is given holds for a violation.

    Returns the point found, or None, and how many points were evaluated.
    """
    tried = 0
    scalars = [jets(scalar) for scalar in entries(expression)]
    symbols = set().union(*(item.free_symbols for item in [*scalars, *(known.expression for known in given)]))
    for point in islice(rational_points(symbols), 40 * points):
        if not all(_holds(known, point) for known in given):
            continue
        values = [value_at(scalar, point) for scalar in scalars]
        if any(value is None for value in values):
            continue
        tried += 1
        if any(violated(value) for value in values):
            return point, tried
        if tried == points:
            break
    return None, tried


def _holds(known: Known, point: dict[Symbol, Rational]) -> bool:
    value = value_at(known.expression, point)
    return value is not None and bool(value > 0 if known.strict else value >= 0)


def consistent(given: Sequence[Known]) -> bool:
    """Return whether one exact rational point was found at which all that is given holds."""
    symbols = set().union(*(known.expression.free_symbols for known in given))
    return any(all(_holds(known, point) for known in given) for point in islice(rational_points(symbols, 6), 2000))

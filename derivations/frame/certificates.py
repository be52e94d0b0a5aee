"""What SymPy can be asked to decide: is a residual zero, is a term non-negative.

Nothing here samples. :func:`is_zero` closes an equality by rewriting it to 0; :func:`is_nonnegative` reads the
sign of a sum of products from the assumptions on its symbols. :func:`witness` is the opposite: it looks for an
exact rational point at which a claim is false, and so can only refute.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
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
    S,
    Symbol,
    cancel,
    exp,
    expand,
    expand_log,
    log,
    powsimp,
    radsimp,
    simplify,
    together,
)
from sympy.core.function import AppliedUndef
from sympy.matrices import MatrixBase

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


REWRITINGS: tuple[Rewriting, ...] = (
    expand,
    _rational,
    lambda expression: expand(expand_log(powsimp(expression))),
    lambda expression: radsimp(cancel(together(expand_log(powsimp(expand(expression)))))),
    simplify,
    lambda expression: simplify(expand(expand_log(simplify(expression)))),
)
"""Tried in turn, the cheap ones first.  All are valid under the assumptions on the symbols (nothing is forced)."""


def entries(expression: Basic | MatrixBase) -> list[Expr]:
    """Return the scalar expressions of a matrix, or the expression alone."""
    return list(expression) if isinstance(expression, MatrixBase) else [expression]


def is_zero(expression: Basic | MatrixBase, rewritings: Sequence[Rewriting] = ()) -> bool:
    """Whether each entry is rewritten to exactly 0 (`rewritings` are tried before the general ones)."""
    return all(_scalar_is_zero(entry, (*rewritings, *REWRITINGS)) for entry in entries(expression))


def _scalar_is_zero(expression: Expr, rewritings: Sequence[Rewriting]) -> bool:
    expression = jets(expression.doit())
    if expression == 0:
        return True
    if _nonzero_somewhere(expression):
        return False
    return any(rewriting(expression) == 0 for rewriting in rewritings)


def _nonzero_somewhere(expression: Expr) -> bool:
    """Whether an exact rational point gives a value away from 0; it saves the rewritings of a hopeless residual."""
    for point in islice(rational_points(expression.free_symbols), 2):
        value = value_at(expression, point)
        if value is not None and value != 0:
            return True
    return False


def is_nonnegative(expression: Expr, given: Iterable[Expr] = ()) -> bool:
    """Whether the sign follows from the assumptions, term by term and factor by factor.

    `given` lists expressions that are non-negative by hypothesis or by an earlier step.
    """
    return _signed(expression, {_primitive(known) for known in given})


def _signed(expression: Expr, known: set[Expr]) -> bool:
    if expression.is_nonnegative or _primitive(expression) in known:
        return True
    if isinstance(expression, Add | Mul):
        return all(_signed(part, known) for part in expression.args)
    if isinstance(expression, Pow) and expression.exp.is_real:
        return _signed(expression.base, known)
    return False


def _primitive(expression: Expr) -> Expr:
    """Expand and divide by the positive rational content, so that multiples of one expression compare equal."""
    return expand(expression).primitive()[1]


def rational_points(symbols: Iterable[Symbol]) -> Iterator[dict[Symbol, Rational]]:
    """Exact rational points that respect the signs of the symbols; deterministic, without end."""
    ordered = sorted(symbols, key=str)
    state = 12345
    while True:
        point = {}
        for symbol in ordered:
            state = (1103515245 * state + 12345) % 2**31
            magnitude = Rational(1 + (state >> 8) % 29, 7 + (state >> 16) % 5)
            sign = -1 if symbol.is_negative or (not symbol.is_nonnegative and (state >> 20) % 2) else 1
            if symbol.is_integer:
                magnitude = S(1 + (state >> 8) % 5)
            point[symbol] = sign * magnitude
        yield point


def value_at(expression: Expr, point: dict[Symbol, Rational]) -> Expr | None:
    """Return the value there: exact 0, a real number of 30 digits, or None where it is not a real number."""
    value = expression.subs(point)
    if value.is_Rational:
        return value
    try:
        number = value.evalf(30, maxn=200)
    except (ArithmeticError, TypeError, ValueError):
        return None
    if not number.is_Number or not number.is_finite:
        return None
    return S.Zero if abs(number) < Rational(1, 10**20) else number


def witness(
    violated: Callable[[Expr], bool], expression: Basic | MatrixBase, domain: Sequence[Expr] = (), points: int = 12
) -> tuple[dict[Symbol, Rational] | None, int]:
    """Search exact rational points of the domain (all of its expressions positive) for a violation.

    Returns the point found, or None, and how many points were evaluated.
    """
    tried = 0
    scalars = [jets(scalar) for scalar in entries(expression)]
    symbols = set().union(*(scalar.free_symbols for scalar in scalars))
    for point in islice(rational_points(symbols), 40 * points):
        bounds = [value_at(condition, point) for condition in domain]
        if any(bound is None or not bound > 0 for bound in bounds):
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

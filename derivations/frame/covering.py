"""The sign of an expression in one variable on an interval: halved until ball arithmetic tells on each part."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from operator import add, mul

from flint import arb, ctx, fmpq
from sympy import Add, Expr, Mul, Pow, Rational, Symbol, exp

from derivations.frame.certificates import Sign

BITS, MOST = 64, 20_000


@contextmanager
def _precision(bits: int) -> Iterator[None]:
    before, ctx.prec = ctx.prec, bits
    try:
        yield
    finally:
        ctx.prec = before


def _range(expression: Expr, variable: Symbol, where: arb) -> arb:
    """Return a ball that holds every value of an expression of rationals, sums, products, integer powers and exp."""
    if expression == variable:
        return where
    if expression.is_Rational:
        return arb(fmpq(int(expression.p), int(expression.q)))
    if isinstance(expression, Add | Mul):
        parts = (_range(part, variable, where) for part in expression.args)
        return reduce(add if isinstance(expression, Add) else mul, parts)
    if isinstance(expression, exp):
        return _range(expression.args[0], variable, where).exp()
    if isinstance(expression, Pow) and expression.exp.is_Integer:
        return _range(expression.base, variable, where) ** int(expression.exp)
    raise NotImplementedError(f"{expression}: no ball")


def sign_between(expression: Expr, variable: Symbol, low: Rational, high: Rational) -> tuple[Sign, str]:
    """Return whether an expression in one variable is positive on a whole interval, and what was seen.

    The widest parts come first: one on which it is negative is met before those that cannot be told.
    """
    pending, count = deque([(low, high)]), 0
    with _precision(BITS):
        while pending:
            left, right = pending.popleft()
            count += 1
            middle, half = ((right + sign * left) / 2 for sign in (1, -1))
            exact = [arb(fmpq(int(part.p), int(part.q))) for part in (middle, half)]
            found = _range(expression, variable, exact[0] + arb(0, exact[1].abs_upper()))
            if found > 0:
                continue
            if found < 0:
                return Sign.UNKNOWN, f"negative about {variable} = {float(middle):.6g}"
            if count + len(pending) >= MOST:
                return Sign.UNKNOWN, f"no sign about {variable} = {float(middle):.6g} in {MOST} parts"
            pending.extend([(left, middle), (middle, right)])
    return Sign.POSITIVE, f"positive on all of {count} intervals, in ball arithmetic"

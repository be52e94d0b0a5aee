"""Exact rational points, and what an expression is there: exactly, or as a ball that holds it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce
from operator import add, mul

from flint import arb, ctx, fmpq
from sympy import Add, Expr, Float, Mul, Pow, Rational, S, Symbol, atanh, erf, erfc, exp, gamma, log, pi

BITS = 200
# A ball around zero that is narrower than this is taken to be zero: a point can refute, and must not do so wrongly.
NARROW = arb(10) ** -20
Number = fmpq | arb
BALLS: Mapping[type[Expr], Callable[[arb], arb]] = {
    exp: arb.exp, log: arb.log, atanh: arb.atanh, erf: arb.erf, erfc: arb.erfc, gamma: arb.gamma,
}  # fmt: skip
# Where the exponential is 1 and the logarithm 0.
EXACT = {exp: 0, log: 1}


def rational_points(symbols: Iterable[Symbol], halvings: int = 0) -> Iterator[dict[Symbol, Rational]]:
    """Exact rational points that respect the signs of the symbols; deterministic, without end.

    With `halvings` the numbers are made smaller by up to so many factors of 2.
    """
    ordered = sorted(symbols, key=str)
    state = 12345
    while True:
        point = {}
        for symbol in ordered:
            state = (1103515245 * state + 12345) % 2**31
            magnitude = Rational(1 + (state >> 8) % 29, 7 + (state >> 16) % 5)
            magnitude /= 2 ** ((state >> 22) % (halvings + 1))
            sign = -1 if symbol.is_negative or (not symbol.is_nonnegative and (state >> 20) % 2) else 1
            if symbol.is_integer:
                magnitude = S(1 + (state >> 8) % 5)
            point[symbol] = sign * magnitude
        yield point


class NoBallError(ValueError):
    """An expression has a function of which no ball is known, or is no real number."""


def ball(expression: Expr, point: Mapping[Symbol, Rational]) -> Number:
    """Return a number at a point: exactly where rational operations lead to it, else a ball of 200 bits.

    Raises
    ------
    NoBallError
        If it has more than rationals, pi, sums, products, powers and `BALLS`, or is no real number.
    ZeroDivisionError
        If it divides by exactly 0.
    """
    known: dict[Expr, Number] = {symbol: fmpq(int(value.p), int(value.q)) for symbol, value in point.items()}
    before, ctx.prec = ctx.prec, BITS
    try:
        found = _ball(expression, known)
    finally:
        ctx.prec = before
    if isinstance(found, arb) and not found.is_finite():
        raise NoBallError(f"{expression}: no real number")
    return found


def _ball(number: Expr, known: dict[Expr, Number]) -> Number:
    """Return a number from those of its parts, each computed once."""
    found = known.get(number)
    if found is None:
        found = known[number] = _from_parts(number, known)
    return found


def _from_parts(number: Expr, known: dict[Expr, Number]) -> Number:
    if number.is_Rational:
        return fmpq(int(number.p), int(number.q))
    if number == pi:
        return arb.pi()
    if isinstance(number, Add | Mul):
        return reduce(add if isinstance(number, Add) else mul, (_ball(part, known) for part in number.args))
    if number == S.Exp1:
        return arb(1).exp()
    if isinstance(number, Pow):
        base, exponent = _ball(number.base, known), _ball(number.exp, known)
        if isinstance(exponent, fmpq) and exponent.q == 1:
            return base ** int(exponent)
        return arb(base) ** arb(exponent)
    if number.func in BALLS:
        argument = _ball(number.args[0], known)
        if argument == EXACT.get(number.func):
            return fmpq(number.func is exp)
        return BALLS[number.func](arb(argument))
    raise NoBallError(f"{number}: no ball")


def value_at(expression: Expr, point: Mapping[Symbol, Rational]) -> Expr | None:
    """Return the value there: exact, a real number of 30 digits, or None where it is not a real number.

    A ball around zero is zero where it is narrow, and no value otherwise.
    """
    try:
        found = ball(expression, point)
    except ZeroDivisionError:
        return None
    except NoBallError:
        return _by_sympy(expression, point)
    if isinstance(found, fmpq):
        return Rational(int(found.p), int(found.q))
    if found.contains(0):
        return S.Zero if found.rad() < NARROW else None
    return Float(found.mid().str(30, radius=False))


def _by_sympy(expression: Expr, point: Mapping[Symbol, Rational]) -> Expr | None:
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

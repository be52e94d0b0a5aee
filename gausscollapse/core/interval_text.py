"""An interval in words, which never claim more than the interval: every rounding is outwards."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from math import isfinite

# Digits of a value and of an end whose interval does not say how many it has.
DIGITS = 10
# Beyond it one side is so much the longer that a half width would hide it, unless both are rounding errors.
LOPSIDED, ROUNDING = 2.0, 1e-9

# Numbers from this power of ten on are printed with an exponent.
MOST_PLACES = 17

_EXACT = Context(prec=2000)


def interval_text(value: float, lower: float, upper: float) -> str:
    """Return a number with its interval: ``0.5``, ``0.125 ± 3e-11``, or ``2 in [1.5, inf]``.

    A number alone is known exactly, and reads back as the same float. A half width is that of an interval about the
    number as printed that holds the whole interval. Both ends are printed where one is infinite, or where one side
    is longer than twice the other; they read back as the same floats or lie outside.
    """
    if lower == upper:
        return _shortest(value)
    if isfinite(lower) and isfinite(upper):
        sides = sorted((value - lower, upper - value))
        if isfinite(sides[1]) and (sides[1] <= LOPSIDED * sides[0] or sides[1] <= ROUNDING * abs(value)):
            return _with_half_width(Decimal(value), Decimal(lower), Decimal(upper))
    return f"{value:.{DIGITS}g} in [{_end(lower, ROUND_FLOOR)}, {_end(upper, ROUND_CEILING)}]"


def _shortest(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


def _end(end: float, rounding: str) -> str:
    text = f"{end:.{DIGITS}g}"
    if float(text) == end:
        return text
    return f"{Context(prec=DIGITS, rounding=rounding).plus(Decimal(end)).normalize():g}"


def _with_half_width(value: Decimal, lower: Decimal, upper: Decimal) -> str:
    """Return the value to the place of the half width's second digit, and the half width rounded up to it."""
    place = max(_EXACT.subtract(upper, value), _EXACT.subtract(value, lower)).adjusted() - 1
    shown = value.quantize(Decimal(1).scaleb(place), ROUND_HALF_EVEN, _EXACT)
    half = max(_EXACT.subtract(upper, shown), _EXACT.subtract(shown, lower))
    half = Context(prec=2, rounding=ROUND_CEILING).plus(half).normalize()
    shorter = shown.quantize(Decimal(1).scaleb(half.adjusted()), ROUND_HALF_EVEN, _EXACT)
    shown = shorter if shorter == shown and len(half.as_tuple().digits) == 1 else shown
    number = f"{shown:f}" if -5 <= shown.adjusted() < MOST_PLACES or not shown else f"{shown:e}"
    width = f"{float(half):g}" if half > Decimal("1e-300") else f"{half:e}"
    return f"{number} ± {width}"


def concise_text(value: float, lower: float, upper: float, *, digits: int = 5) -> str:
    """Return a number with its uncertainty in units of the last digit, for tables: ``0.0367(9)`` is 0.0367 ± 0.0009.

    Rounded to so many digits; without brackets where the interval is within one unit of the last of them. Where an
    end is infinite, the other: ``>= 0.012``, ``<= 3``, or ``unknown``.
    """
    if not (isfinite(lower) and isfinite(upper)):
        if isfinite(lower):
            return f">= {_end_in(lower, ROUND_FLOOR)}"
        return f"<= {_end_in(upper, ROUND_CEILING)}" if isfinite(upper) else "unknown"
    number, ends = Decimal(value), (Decimal(lower), Decimal(upper))
    finest = (number.adjusted() if number else 0) - digits + 1
    half = max(_EXACT.subtract(ends[1], number), _EXACT.subtract(number, ends[0]))
    place = max(finest, half.adjusted() if half else finest)
    while True:
        shown = number.quantize(Decimal(1).scaleb(place), ROUND_HALF_EVEN, _EXACT)
        half = max(_EXACT.subtract(ends[1], shown), _EXACT.subtract(shown, ends[0]))
        units = int((half.scaleb(-place, _EXACT)).to_integral_value(ROUND_CEILING))
        if place == finest and units <= 1:
            return f"{float(shown):g}" if shown else "0"
        if units <= 9:
            break
        place += 1
    if place > 0:
        return interval_text(value, lower, upper)
    if shown and shown.adjusted() < -5:
        return f"{shown.scaleb(-shown.adjusted()):f}({units})e{shown.adjusted()}"
    return f"{shown:f}({units})"


def _end_in(end: float, rounding: str) -> str:
    return f"{Context(prec=3, rounding=rounding).plus(Decimal(end)).normalize():g}"

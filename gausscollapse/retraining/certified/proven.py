"""Numbers to proven digits: balls whose working precision is raised until they are there."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from flint import arb

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import UndecidedError
from gausscollapse.divergences.certified.integral import enclosure
from gausscollapse.process.certified.balls import Ball, precision

DIGITS = 16
LEAST_BITS, MOST_BITS = 192, 6144


def proven(compute: Callable[[], Sequence[Ball]], *, floors: Sequence[Ball] | None = None) -> list[Ball]:
    """Return balls with `DIGITS` proven relative digits each, or narrower than their floor.

    Parameters
    ----------
    compute : callable
        Gives the balls at the working precision of the moment; a division by a ball that holds 0 asks for more.
    floors : sequence of arb, optional
        Radii below which a ball will do, one a ball; none by default.

    Returns
    -------
    list of arb
        At the work limit of `MOST_BITS` bits they may be wider, up to the whole line.

    Raises
    ------
    UndecidedError
        If a divisor holds 0 at every working precision.
    """
    bits, wanted = LEAST_BITS, arb(10) ** -DIGITS
    best: list[Ball] | None = None
    while bits <= MOST_BITS:
        with precision(bits):
            try:
                found = list(compute())
            except ZeroDivisionError:
                found = None
            if found is not None:
                best = [ball if ball.is_finite() else arb.neg_inf().union(arb.pos_inf()) for ball in found]
                least = [arb(0)] * len(best) if floors is None else floors
                pairs = zip(best, least, strict=True)
                if all(ball.rad() <= abs(ball).lower() * wanted or ball.rad() <= floor for ball, floor in pairs):
                    break
        bits *= 2
    if best is None:
        raise UndecidedError(f"a divisor cannot be told from 0 with {MOST_BITS} bits; accepted: other parameters")
    return best


def _told(ball: Ball | None, least: float) -> Enclosure:
    if ball is None:
        return Enclosure(math.inf, math.inf, math.inf)
    # Of a ball without an end nothing is known.
    if not ball.is_finite():
        return Enclosure(max(least, 0.0), least, math.inf)
    return enclosure(ball, digits=15, least=least)


def enclosed(
    balls: Sequence[Ball | None], shape: tuple[int, ...], *, least: float = -math.inf, method: str = "ball arithmetic"
) -> Enclosure:
    """Return balls as one certified enclosure of that shape, rounded outwards; None stands for infinity."""
    parts = [_told(ball, least) for ball in balls]
    value, lower, upper = (
        np.array([getattr(part, end) for part in parts], dtype=np.float64).reshape(shape)
        for end in ("value", "lower", "upper")
    )
    return Enclosure(value, lower, upper, method, "certified")

"""The efforts that are tried one after another until a statistic has the digits wanted."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gausscollapse.process.certified.sweep import GUARD, Effort

LEAST_BITS, MOST_BITS = 192, 768
# Numbers of two words need no memory of their own: most processes have their digits here, three times sooner.
FIRST_BITS = 128
# Digits up to which floats are tried before balls.
FLOAT_DIGITS = 8


def levels(digits: int, most_bits: int) -> Sequence[Effort]:
    """Return what is tried for so many digits, in this order, up to a work limit."""
    bits = math.ceil(digits * math.log2(10.0))
    needed = 64 * math.ceil((bits + 64) / 64)
    least = max(LEAST_BITS, needed)
    count = max(1, 1 + int(math.log2(max(1.0, most_bits / least))))
    first = [Effort.full(FIRST_BITS)] if needed <= FIRST_BITS else []
    lean = Effort.lean(FIRST_BITS)
    # Tails cost what cancels, as rounding does.
    first = [lean, *first] if bits + GUARD <= lean.aim else first
    if digits <= FLOAT_DIGITS:
        first = [Effort.least(FIRST_BITS), *first]
    return first + [Effort.full(least << k) for k in range(count)]

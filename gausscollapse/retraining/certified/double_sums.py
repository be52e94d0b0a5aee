"""Double sums over inner products of rows, in balls."""

from __future__ import annotations

from collections.abc import Sequence

from flint import arb

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.process.certified.balls import Ball, Rational
from gausscollapse.retraining.certified.exact_trajectory import Row
from gausscollapse.retraining.certified.products import BallProducts
from gausscollapse.retraining.certified.proven import enclosed, proven


def double_sums(
    products: BallProducts, rows: Sequence[Row], weights: Sequence[Sequence[Rational]], cross: Rational
) -> Enclosure:
    """Return ``sum_ij w_ni w_nj <f_i, f_j>`` of rows f, one sum a row of weights, shape (1, n).

    `cross` multiplies every inner product of two different rows. A sum with a row of infinite norm has no value.
    """
    infinite = {i for i, row in enumerate(rows) if not products.square_integrable(row)}
    settled = [n for n, left in enumerate(weights) if not any(left[i] != 0 for i in infinite)]
    kept = [i for i in range(len(rows)) if i not in infinite]

    def sums() -> list[Ball]:
        inner, found = products.gram([rows[i] for i in kept], [rows[i] for i in kept]), []
        for n in settled:
            left, total = [weights[n][i] for i in kept], arb(0)
            for i, first in enumerate(left):
                for j, second in enumerate(left[: i + 1]):
                    scale = 1 if i == j else 2 * cross
                    total += arb(first * second * scale) * inner[i, j] if first * second != 0 else arb(0)
            found.append(total)
        return found

    known = dict(zip(settled, proven(sums, floors=[arb(10) ** -60] * len(settled)), strict=True))
    whole = arb.neg_inf().union(arb.pos_inf())
    return enclosed([known.get(n, whole) for n in range(len(weights))], (1, len(weights)))

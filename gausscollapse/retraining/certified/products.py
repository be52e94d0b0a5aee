"""Inner products in L^2(p) of signed mixtures over one Gaussian p, in balls.

For ``N_a = N(m_a, V_a)`` and ``y_a = m_a - m_p``, with ``P = V_a^{-1} + V_b^{-1} - V_p^{-1}`` positive definite,

    int N_a N_b/p = sqrt(|V_p|/(|V_a| |V_b| |P|)) exp((h.P^{-1} h - y_a.V_a^{-1} y_a - y_b.V_b^{-1} y_b)/2),
    h = V_a^{-1} y_a + V_b^{-1} y_b,

and ``exp(y_a.V_p^{-1} y_b)`` where all three covariances are equal. Source: completing the square.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from flint import arb, arb_mat, ctx

from gausscollapse.process.certified.balls import Ball, Matrix, Rational, positive_definite, precision
from gausscollapse.retraining.certified.exact_trajectory import ExactGaussian, Row

DECIDING_BITS = 128


class _Prepared(NamedTuple):
    """A component at one working precision: ``V^{-1}``, ``V^{-1} y``, ``y.V^{-1} y``, ``|V|`` and y."""

    inverse: Matrix
    linear: Matrix
    square: Ball
    volume: Ball
    shift: Matrix


def definite(matrix: Rational) -> bool:
    """Return whether a symmetric rational matrix is positive definite, exactly."""
    with precision(DECIDING_BITS):
        answer = positive_definite(arb_mat(matrix))
    if answer is not None:
        return answer
    rows = matrix.tolist()
    for k in range(len(rows)):
        if rows[k][k] <= 0:
            return False
        for i in range(k + 1, len(rows)):
            factor = rows[i][k] / rows[k][k]
            rows[i] = [entry - factor * above for entry, above in zip(rows[i], rows[k], strict=True)]
    return True


@dataclass(eq=False)
class BallProducts:
    """Inner products over ``p = components[0]`` at the working precision of the moment.

    Parameters
    ----------
    components : sequence of ExactGaussian
        What rows give weights to.
    """

    components: Sequence[ExactGaussian]
    _prepared: dict[tuple[int, int], _Prepared] = field(default_factory=dict)
    _pairs: dict[tuple[int, int, int], Ball] = field(default_factory=dict)
    _reaching: dict[int, bool] = field(default_factory=dict)

    def square_integrable(self, row: Row) -> bool:
        """Return whether ``int f^2/p`` is finite, exactly.

        It is where ``2 V_p - V_a`` is positive definite for every component: where it is not, f^2/p does not decay
        along a direction, and distinct Gaussians are linearly independent on almost every line along it.
        """
        return all(self._reaches(number) for number in row)

    def _reaches(self, number: int) -> bool:
        if number not in self._reaching:
            self._reaching[number] = definite(self.components[0].cov * 2 - self.components[number].cov)
        return self._reaching[number]

    def _ready(self, number: int) -> _Prepared:
        key = (number, ctx.prec)
        if key not in self._prepared:
            law = self.components[number]
            cov, shift = arb_mat(law.cov), arb_mat(law.mean - self.components[0].mean)
            inverse = cov.inv()
            linear = inverse * shift
            square = (shift.transpose() * linear)[0, 0]
            self._prepared[key] = _Prepared(inverse, linear, square, cov.det(), shift)
        return self._prepared[key]

    def pair(self, a: int, b: int) -> Ball:
        """Return ``int N_a N_b/p``."""
        if a > b:
            a, b = b, a
        if a == 0:
            return arb(1)
        key = (a, b, ctx.prec)
        if key not in self._pairs:
            self._pairs[key] = self._integral(a, b)
        return self._pairs[key]

    def _integral(self, a: int, b: int) -> Ball:
        data, first, second = self._ready(0), self._ready(a), self._ready(b)
        spread = self.components[0].cov
        if self.components[a].cov == spread and self.components[b].cov == spread:
            return (first.shift.transpose() * second.linear)[0, 0].exp()
        inner = first.inverse + second.inverse - data.inverse
        h = first.linear + second.linear
        exponent = (h.transpose() * inner.solve(h))[0, 0] - first.square - second.square
        ratio = data.volume / (first.volume * second.volume * inner.det())
        return ratio.sqrt() * (exponent / 2).exp()

    def energy(self, row: Row) -> Ball:
        """Return ``int f^2/p``, which must be finite."""
        numbers = list(row)
        total = arb(0)
        for i, a in enumerate(numbers):
            total += arb(row[a] * row[a]) * self.pair(a, a)
            for b in numbers[i + 1 :]:
                total += arb(2 * row[a] * row[b]) * self.pair(a, b)
        return total

    def gram(self, rows: Sequence[Row], others: Sequence[Row]) -> Matrix:
        """Return ``int f_i g_j/p`` for square integrable rows, a matrix of balls; there must be rows of both."""
        left, right = (sorted({number for row in part for number in row}) for part in (rows, others))
        if not left or not right:
            return arb_mat(len(rows), len(others))
        inner = arb_mat([[self.pair(a, b) for b in right] for a in left])
        weights, columns = (
            arb_mat([[arb(row[number]) if number in row else arb(0) for number in numbers] for row in part])
            for part, numbers in ((rows, left), (others, right))
        )
        return weights * inner * columns.transpose()

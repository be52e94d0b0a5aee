"""Inner products of signed mixtures in the Hilbert space of a Gaussian kernel, in balls.

For ``k(x, y) = exp(-|x - y|^2/(2 l^2))``, independent ``X ~ N(m, V)`` and ``Y ~ N(n, W)``, and ``S = l^2 I + V + W``:

    E k(X, Y) = l^d |S|^{-1/2} exp(-(m - n).S^{-1} (m - n)/2).

Source: the convolution of Gaussians.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from flint import arb, arb_mat, ctx, fmpq

from gausscollapse.process.certified.balls import Ball, Matrix, Rational, identity
from gausscollapse.retraining.certified.exact_trajectory import Row
from gausscollapse.retraining.certified.products import BallProducts


@dataclass(eq=False)
class KernelBallProducts(BallProducts):
    """Inner products under a Gaussian kernel at the working precision of the moment: no norm is infinite.

    Parameters
    ----------
    width : fmpq
        l.
    """

    width: Rational = field(default_factory=lambda: fmpq(1))
    _moments: dict[tuple[int, int], tuple[Matrix, Matrix]] = field(default_factory=dict)

    def square_integrable(self, row: Row) -> bool:  # noqa: ARG002
        """Return True: every norm is finite."""
        return True

    def pair(self, a: int, b: int) -> Ball:
        """Return ``E k(X, Y)`` for X and Y of the components a and b."""
        key = (min(a, b), max(a, b), ctx.prec)
        if key not in self._pairs:
            self._pairs[key] = self._mean(a, b)
        return self._pairs[key]

    def _mean(self, a: int, b: int) -> Ball:
        square = arb(self.width * self.width)
        (mean, cov), (other, spread) = self._at(a), self._at(b)
        dim, step = cov.nrows(), mean - other
        total = identity(dim) * square + cov + spread
        exponent = (step.transpose() * total.solve(step))[0, 0] / 2
        return (square**dim / total.det()).sqrt() * (-exponent).exp()

    def _at(self, number: int) -> tuple[Matrix, Matrix]:
        key = number, ctx.prec
        if key not in self._moments:
            law = self.components[number]
            self._moments[key] = arb_mat(law.mean), arb_mat(law.cov)
        return self._moments[key]

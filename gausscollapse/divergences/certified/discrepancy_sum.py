"""The maximum mean discrepancy of two laws in ball arithmetic: all but square roots and exponentials is rational."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from flint import arb, fmpq, fmpq_mat

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array
from gausscollapse.divergences.certified.gaussians import sharpened


def _rational(number: Fraction | float) -> Any:
    return fmpq(*Fraction(number).as_integer_ratio())


def _matrix(rows: Array) -> Any:
    return fmpq_mat([[_rational(float(entry)) for entry in row] for row in rows])


def distance(weights: Sequence[Fraction], means: Array, covs: Array, width: float) -> Enclosure:
    """Return ``sqrt(sum_ab u_a u_b E k(X_a, X_b))`` for signed weights u that sum to 0, not all 0.

    Parameters
    ----------
    weights : sequence of Fraction, length P
        u.
    means, covs : ndarray, shape (P, d) and (P, d, d)
        Distinct Gaussians.
    width : float
        The kernel's width.
    """
    dim, count = means.shape[1], len(weights)
    square = _rational(width) * _rational(width)
    centres = [_matrix(mean[:, None]) for mean in means]
    spreads = [_matrix(cov) for cov in covs]
    floor = fmpq_mat([[square if i == j else fmpq(0) for j in range(dim)] for i in range(dim)])
    terms = []
    for a in range(count):
        for b in range(a, count):
            spread, step = floor + spreads[a] + spreads[b], centres[a] - centres[b]
            exponent = (step.transpose() * spread.solve(step))[0, 0] / 2
            weight = _rational(weights[a] * weights[b]) * (1 if a == b else 2)
            terms.append((weight, exponent, square**dim / spread.det()))

    def ball() -> Any:
        return sum((arb(w) * (-arb(e)).exp() * arb(r).sqrt() for w, e, r in terms), arb(0)).sqrt()

    return sharpened(ball)

"""Divergences between Gaussians in ball arithmetic: their parameters are exact rationals, and so is all but logs.

Traces, quadratic forms and determinants are computed without rounding; logarithms, square roots and exponentials
are balls whose precision grows until the answer is known to `DIGITS`. For W2 the eigenvalues of ``S_p S_q`` are the
roots of its exact characteristic polynomial, isolated with their multiplicities.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

from flint import arb, ctx, fmpq, fmpq_mat

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array
from gausscollapse.divergences._definite import mix_is_positive
from gausscollapse.divergences.certified.integral import enclosure
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture

DIGITS = 16
FIRST_PRECISION, LARGEST_PRECISION = 128, 1 << 16
LARGEST_DIMENSION = 16
LARGEST_WORK = 400_000
NOTE = " of the closed form"


def fits(dim: int, components: int = 1) -> bool:
    """Return whether exact arithmetic on so many components in so many dimensions takes at most some seconds."""
    return dim <= LARGEST_DIMENSION and components**2 * dim**3 <= LARGEST_WORK


def _rational(number: float) -> Any:
    return fmpq(*float(number).as_integer_ratio())


def _matrix(array: Array) -> Any:
    columns = array if array.ndim == 2 else array[:, None]
    return fmpq_mat([[_rational(entry) for entry in row] for row in columns.tolist()])


def _trace(matrix: Any) -> Any:
    return sum((matrix[i, i] for i in range(matrix.nrows())), fmpq(0))


def _determinant(argument: str, law: Gaussian, matrix: Any) -> Any:
    """Return the determinant of a covariance, which must be positive definite exactly."""
    if not mix_is_positive(law.cov, law.cov, 1.0):
        raise InvalidArgumentError(
            argument, law, "has a covariance that is positive definite by rounding only",
            "a covariance that is positive definite as it is stored",
        )  # fmt: skip
    return matrix.det()


def sharpened(function: Callable[[], Any], *, most: float = math.inf) -> Enclosure:
    """Return the enclosure of a number that is above 0, from balls of growing precision."""
    best, bits, old = arb(0).union(arb.pos_inf()), FIRST_PRECISION, ctx.prec
    try:
        while bits <= LARGEST_PRECISION:
            ctx.prec = bits
            found = function()
            if found.is_finite():
                best = found
                if best.rad() <= abs(best).lower() * arb(10) ** -DIGITS:
                    break
            bits *= 2
        return enclosure(best, digits=15, most=most, note=NOTE)
    finally:
        ctx.prec = old


class ExactGaussians:
    """Two Gaussians whose parameters are the stored floats, exactly.

    Parameters
    ----------
    p, q : Gaussian
        Laws of the same dimension, not equal.

    Raises
    ------
    InvalidArgumentError
        If a covariance is not positive definite.
    """

    def __init__(self, p: Gaussian, q: Gaussian) -> None:
        self.dim = p.dim
        self.first, self.second = _matrix(p.cov), _matrix(q.cov)
        self.shift = _matrix(p.mean) - _matrix(q.mean)
        self.first_volume = _determinant("p", p, self.first)
        self.second_volume = _determinant("q", q, self.second)

    def _square(self, matrix: Any) -> Any:
        """Return ``dm^T M^{-1} dm``."""
        return (self.shift.transpose() * matrix.solve(self.shift))[0, 0]

    @cached_property
    def _kl_terms(self) -> tuple[Any, Any]:
        rational = _trace(self.second.solve(self.first)) - self.dim + self._square(self.second)
        return rational, self.first_volume / self.second_volume

    def kl(self) -> Enclosure:
        """Return ``KL(p || q)``."""
        rational, ratio = self._kl_terms
        return sharpened(lambda: (arb(rational) - arb(ratio).log()) / 2)

    def _log_power(self, order: float) -> Callable[[], Any]:
        a = _rational(order)
        mixed = self.second * a + self.first * (1 - a)
        square, volume = self._square(mixed) * a * (1 - a), mixed.det()

        def ball() -> Any:
            logs = (
                arb(volume).log() - arb(1 - a) * arb(self.first_volume).log() - arb(a) * arb(self.second_volume).log()
            )
            return -(arb(square) + logs) / 2

        return ball

    def renyi(self, order: float) -> Enclosure:
        """Return ``D_a(p || q)``, finite and a not 1."""
        ball, rest = self._log_power(order), _rational(order) - 1
        return sharpened(lambda: ball() / arb(rest))

    def bhattacharyya(self) -> Enclosure:
        """Return ``-log int sqrt(p q)``."""
        ball = self._log_power(0.5)
        return sharpened(lambda: -ball())

    def fisher_divergence(self) -> Enclosure:
        """Return ``|S_q^{-1} dm|^2 + tr(G S_p G)``, ``G = S_q^{-1} - S_p^{-1}``: a rational number."""
        force = self.second.solve(self.shift)
        gap = self.second.inv() - self.first.inv()
        value = (force.transpose() * force)[0, 0] + _trace(gap * self.first * gap)
        return sharpened(lambda: arb(value))

    def wasserstein2(self) -> Enclosure:
        """Return ``sqrt(|dm|^2 + tr S_p + tr S_q - 2 sum sqrt(eigenvalues of S_p S_q))``."""
        polynomial = (self.first * self.second).charpoly()
        rational = (self.shift.transpose() * self.shift)[0, 0] + _trace(self.first) + _trace(self.second)

        def ball() -> Any:
            roots = sum((root.real.sqrt() * count for root, count in polynomial.complex_roots()), arb(0))
            return (arb(rational) - 2 * roots).sqrt()

        return sharpened(ball)

    def total_variation(self) -> Enclosure:
        """Return ``erf(delta/sqrt(8))`` for equal covariances."""
        square = self._square(self.second)
        return sharpened(lambda: (arb(square) / 8).sqrt().erf(), most=1.0)


class PairSum:
    """``log int p^2/q`` of a mixture p and a Gaussian q for which it is finite; formulas in `pair_sums`.

    Parameters
    ----------
    p : GaussianMixture
        The mixture; weights are the stored floats divided by their exact sum.
    q : Gaussian
        The Gaussian.
    """

    def __init__(self, p: GaussianMixture, q: Gaussian) -> None:
        cov = _matrix(q.cov)
        volume, precision = _determinant("q", q, cov), cov.inv()
        covs = [_matrix(part) for part in p.covs]
        volumes = [_determinant("p", a, b) for a, b in zip(p.components, covs, strict=True)]
        inverses = [part.inv() for part in covs]
        shifts = [_matrix(mean) - _matrix(q.mean) for mean in p.means]
        linear = [a * y for a, y in zip(inverses, shifts, strict=True)]
        squares = [(y.transpose() * b)[0, 0] for y, b in zip(shifts, linear, strict=True)]
        weights = [_rational(weight) for weight in p.weights]
        total = sum(weights, fmpq(0))
        self._terms = []
        for a in range(len(covs)):
            for b in range(a, len(covs)):
                mixed, h = inverses[a] + inverses[b] - precision, linear[a] + linear[b]
                exponent = (h.transpose() * mixed.solve(h))[0, 0] - squares[a] - squares[b]
                ratio = volume / (volumes[a] * volumes[b] * mixed.det())
                weight = weights[a] * weights[b] * (1 if a == b else 2) / (total * total)
                self._terms.append((weight, exponent / 2, ratio))

    def _integral(self) -> Any:
        return sum((arb(w) * arb(e).exp() * arb(r).sqrt() for w, e, r in self._terms), arb(0))

    def renyi(self) -> Enclosure:
        """Return ``log int p^2/q``."""
        return sharpened(lambda: self._integral().log())

"""Gaussians that are refitted to their own samples, without fresh data: what one fit does to the log-determinant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.named import Named
from gausscollapse.core.validation import Array, as_size

MOST_SAMPLES, MOST_DIMENSIONS = 2000, 16
# Steps in log x of the trapezoidal rule; on densities that fall off like these it converges faster than any power.
COARSE, FINE, WIDE = 0.08, 0.04, 45.0


@dataclass(frozen=True)
class Refit:
    """A Gaussian that every generation fits by maximum likelihood to samples of the last one.

    Parameters
    ----------
    samples : int
        n, from 2 to 2000, more than the dimension.
    dim : int
        d, from 1 to 16.
    """

    samples: int
    dim: int

    def __post_init__(self) -> None:
        d = as_size("dim", self.dim, at_least=1, each=1.0, unit="dimensions", most=MOST_DIMENSIONS)
        n = as_size("samples", self.samples, at_least=d + 1, each=1.0, unit="samples", most=MOST_SAMPLES)
        object.__setattr__(self, "dim", d)
        object.__setattr__(self, "samples", n)


def _chi_squared(freedom: int, step: float) -> tuple[float, float, float]:
    """Return the mean and the variance of ``log(x/m)`` and the mean of x/m, x chi-squared with m degrees, by sums.

    In u = log(x/m) the density is proportional to ``exp(m (u - e^u)/2)``: smooth, with tails on both sides.
    """
    low, high = -2.0 * WIDE / freedom - 12.0 / np.sqrt(freedom), 4.0 + 8.0 / np.sqrt(freedom)
    u = np.arange(low, high, step * min(1.0, 3.0 / np.sqrt(freedom)))
    weights = np.exp(0.5 * freedom * (u - np.expm1(u)))
    weights = weights / np.sum(weights)
    mean = float(weights @ u)
    return mean, float(weights @ (u - mean) ** 2), float(weights @ np.exp(u))


@cache
def _moments(freedom: int) -> tuple[tuple[float, float], ...]:
    """Return each of the three with its error: what half the step changes, and the rounding of the sums."""
    coarse, fine = _chi_squared(freedom, COARSE), _chi_squared(freedom, FINE)
    return tuple(
        (b, 4.0 * abs(b - a) + 1e-13 * max(abs(b), 1.0 / freedom)) for a, b in zip(coarse, fine, strict=True)
    )


class RefitStatistics(Named):
    """Factors of ``det S'/det S`` of one generation, by quadrature, for B refits; shape (B,).

    ``n S'`` is a Wishart matrix: ``n^d det S'/det S`` is a product of independent chi-squared variables with n - 1,
    ..., n - d degrees of freedom (Bartlett).

    Parameters
    ----------
    refits : sequence of Refit
        B of them.
    """

    def __init__(self, refits: Sequence[Refit]) -> None:
        self.refits = tuple(refits)

    @property
    def size(self) -> int:
        """Number B of refits."""
        return len(self.refits)

    @cached_property
    def samples(self) -> Array:
        """Samples n of a generation."""
        return np.array([float(refit.samples) for refit in self.refits])

    @cached_property
    def dim(self) -> Array:
        """Dimension d."""
        return np.array([float(refit.dim) for refit in self.refits])

    @cached_property
    def freedoms(self) -> Array:
        """Degrees of freedom n - j, shape (B, 16); 0 where j > d."""
        j = np.arange(1.0, MOST_DIMENSIONS + 1.0)
        return np.where(j <= self.dim[:, None], self.samples[:, None] - j, 0.0)

    def _total(self, index: int) -> Enclosure:
        rows = np.array([
            np.sum([_moments(int(m))[index] for m in row if m > 0.0], axis=0) for row in self.freedoms
        ])  # fmt: skip
        middle, error = rows[:, 0], rows[:, 1]
        return Enclosure(middle, middle - error, middle + error, "trapezoidal rule", "numeric")

    @cached_property
    def mean_log(self) -> Enclosure:
        """Mean of ``log det S' - log det S``."""
        shift = np.sum(np.log(np.where(self.freedoms > 0.0, self.freedoms / self.samples[:, None], 1.0)), axis=1)
        return self._total(0) + Enclosure(
            shift, shift - 1e-15 * (1.0 + abs(shift)), shift + 1e-15 * (1.0 + abs(shift)), "logarithms"
        )  # fmt: skip

    @cached_property
    def variance_log(self) -> Enclosure:
        """Variance of ``log det S' - log det S``."""
        return self._total(1)

    @cached_property
    def mean_variance(self) -> Enclosure:
        """Mean of ``S'_11/S_11``."""
        rows = np.array([_moments(refit.samples - 1)[2] for refit in self.refits])
        share = 1.0 - 1.0 / self.samples
        middle, error = share * rows[:, 0], rows[:, 1] + 4e-16
        return Enclosure(middle, middle - error, middle + error, "trapezoidal rule", "numeric")

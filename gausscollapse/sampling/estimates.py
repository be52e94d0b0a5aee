"""A Monte Carlo estimate with its standard error."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.mean_bounds import lower_mean
from gausscollapse.core.validation import Array
from gausscollapse.sampling.confidence import EACH, rounding

METHOD = "Girsanov weights"
# Half width in standard errors of intervals that rest on a normal error: the level `confidence.MISS`.
ERRORS = 5.0
SECOND_ORDER = (2.0 * ERRORS**2 + 1.0) / 6.0


@dataclass(frozen=True)
class Estimate:
    """A Monte Carlo estimate with its standard error.

    Parameters
    ----------
    value, standard_error : float
        Mean and its standard error, in the unit of what is estimated; both inf where a number of the sample is
        beyond floats.
    paths : int
        Number of independent paths.
    bounds : tuple of float, optional
        A confidence interval that is proven, where five standard errors would not be one; inf where there is no
        bound. Of the level `gausscollapse.sampling.confidence.MISS`, 6e-7.
    rounding : float
        A bound of the rounding of the value.
    one_sided : bool
        Whether the mean is itself below what is estimated: the interval has no upper end.
    skewness : float
        Of the numbers of the sample, where five standard errors are widened by it on the side of the long tail.

    Examples
    --------
    >>> from gausscollapse.sampling import Estimate
    >>> found = Estimate(value=1.0, standard_error=0.1, paths=400)
    >>> float(found)
    1.0
    >>> found.enclosure.lower, found.enclosure.upper  # five standard errors
    (0.5, 1.5)
    """

    value: float
    standard_error: float
    paths: int
    bounds: tuple[float, float] | None = None
    rounding: float = 0.0
    one_sided: bool = False
    skewness: float = 0.0

    def __float__(self) -> float:
        return self.value

    @property
    def enclosure(self) -> Enclosure:
        """The interval, guarantee ``"statistical"``: its bounds, else five standard errors, or those below alone.

        A skewness g widens the side of the long tail by ``1 + |g| (2 z^2 + 1)/(6 sqrt n)``, z = 5: the second term of
        Edgeworth's expansion (Johnson 1978). It is asymptotic as well, of a higher order.
        """
        widths = [ERRORS * self.standard_error + self.rounding for _ in range(2)]
        if self.skewness:
            widths[self.skewness > 0.0] *= 1.0 + abs(self.skewness) * SECOND_ORDER / math.sqrt(self.paths)
        below, above = widths
        words = f"{METHOD}, {self.paths} paths"
        if self.bounds is not None:
            low, high = self.bounds
            return Enclosure(min(max(self.value, low), high), low, high, words, "statistical")
        low = self.value - below if np.isfinite(below) else -np.inf
        high = np.inf if self.one_sided else self.value + above
        return Enclosure(self.value, low, high, words, "statistical")


def lower_estimate(sample: Array) -> Estimate:
    """Return a mean of independent numbers (n,), whose expectation is at most what is estimated: no upper end."""
    return replace(estimate(sample), one_sided=True)


def positive_estimate(sample: Array, *, terms: int = 1, told: bool = True) -> Estimate:
    """Return a mean of independent numbers (n,) >= 0; with a proven lower end alone where draws do not tell it."""
    bounds = None if told else (lower_mean(sample, miss=EACH), math.inf)
    return estimate(sample, terms=terms, bounds=bounds)


def skewed_estimate(sample: Array) -> Estimate:
    """Return a mean of independent numbers (n,) with one long tail, such as products of replicates."""
    found = estimate(sample)
    spread = found.standard_error * math.sqrt(sample.size)
    if not (math.isfinite(spread) and spread > 0.0):
        return found
    return replace(found, skewness=float(np.mean(((sample - found.value) / spread) ** 3)))


def estimate(sample: Array, *, terms: int = 1, bounds: tuple[float, float] | None = None) -> Estimate:
    """Return mean and standard error of independent numbers (n,), sums of so many terms; inf where one of them is."""
    if np.any(np.isinf(sample)):
        return Estimate(np.inf, np.inf, int(sample.size), bounds)
    error = float(np.std(sample, ddof=1) / np.sqrt(sample.size))
    return Estimate(float(np.mean(sample)), error, int(sample.size), bounds, rounding(sample, terms))

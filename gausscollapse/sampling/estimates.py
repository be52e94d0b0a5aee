"""A Monte Carlo estimate with its standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array

METHOD = "Girsanov weights"
# Half width of the intervals in standard errors: 6e-7 two-sided for a normal error.
ERRORS = 5.0


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

    def __float__(self) -> float:
        return self.value

    @property
    def enclosure(self) -> Enclosure:
        """The value within five standard errors, guarantee ``"statistical"``."""
        width = ERRORS * self.standard_error
        low = self.value - width if np.isfinite(width) else -np.inf
        words = f"{METHOD}, {self.paths} paths"
        return Enclosure(self.value, low, self.value + width, words, "statistical")


def estimate(sample: Array) -> Estimate:
    """Return mean and standard error of independent numbers (n,); inf where one of them is."""
    if np.any(np.isinf(sample)):
        return Estimate(np.inf, np.inf, int(sample.size))
    return Estimate(float(np.mean(sample)), float(np.std(sample, ddof=1) / np.sqrt(sample.size)), int(sample.size))

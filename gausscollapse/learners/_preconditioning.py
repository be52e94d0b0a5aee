"""The preconditioning of the residual network: what it is told, and by what its answer is multiplied."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.learners.neural import log_snr

WAVES = 4


@dataclass(frozen=True, eq=False)
class Scales:
    """What a network is told, and by what its answer is multiplied, at any noise level.

    Parameters
    ----------
    fit : Gaussian
        The Gaussian fit.
    level_centre, level_spread : float
        Middle and half width of ``log(a^2/s^2)``.

    Notes
    -----
    Times are vectors, one a point.

    Examples
    --------
    Of N(0, 1) the denoiser is ``a x`` at every time, ``c = s`` and ``b = a^2``:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> from gausscollapse.learners import Scales
    >>> scales, times = Scales(gc.Gaussian(0.0, 1.0), 0.0, 4.0), np.full(2, np.log(4.0))
    >>> scales.denoised(np.array([[1.0], [2.0]]), times).ravel()
    array([0.5, 1. ])
    >>> [part.ravel().round(6).tolist() for part in scales.factors(times)]
    [[0.216506, 0.216506], [0.25, 0.25]]
    >>> scales.features(np.array([[1.0], [2.0]]), times).shape
    (2, 10)
    """

    fit: Gaussian
    level_centre: float
    level_spread: float

    def features(self, points: Array, times: Array) -> Array:
        """Return standardised points, the noise level and its waves, shape (n, d + 1 + 2 WAVES)."""
        keep = np.exp(-0.5 * times)[:, None]
        deviation = np.sqrt(keep**2 * np.diag(self.fit.cov) - np.expm1(-times)[:, None])
        level = ((log_snr(times) - self.level_centre) / self.level_spread)[:, None]
        angles = 0.5 * math.pi * np.arange(1, WAVES + 1) * level
        return np.concatenate([(points - keep * self.fit.mean) / deviation, level, np.sin(angles), np.cos(angles)], 1)

    def factors(self, times: Array) -> tuple[Array, Array]:
        """Return ``c b`` and b, shape (n, 1)."""
        keep, noise = np.exp(-times), -np.expm1(-times)
        variance = float(np.mean(np.diag(self.fit.cov)))
        whole = keep * variance + noise
        shrink = keep * variance / whole
        return (np.sqrt(variance * noise / whole) * shrink)[:, None], shrink[:, None]

    def denoised(self, points: Array, times: Array) -> Array:
        """Return the Gaussian's denoiser ``E[x | X_t]`` at points (n, d), each at its own time."""
        values, axes = np.linalg.eigh(self.fit.cov)
        keep, noise = np.exp(-0.5 * times)[:, None], -np.expm1(-times)[:, None]
        turned = (points - keep * self.fit.mean) @ axes
        return np.asarray(self.fit.mean + (turned * keep * values / (keep**2 * values + noise)) @ axes.T)

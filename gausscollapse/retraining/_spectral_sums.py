"""Sums over autocovariances and atoms in interval arithmetic, and what the autocovariances to come leave open."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import Array

# How far beyond 1 rounding may carry a parameter of Schur that is 1.
SLACK = 1e-6
# NumPy's sines and cosines are within one unit in the last place.
UNITS = 2.0


def kept(fresh: float) -> Enclosure:
    """Return k = 1 - a."""
    return 1.0 - Enclosure.exact(fresh)


def gains(fresh: float, angles: Array) -> Enclosure:
    """Return ``|1 - k exp(iw)|^-2 = 1/(a^2 + 4 k sin^2(w/2))`` at each angle."""
    half, share = _wave(np.sin(0.5 * angles)), Enclosure.exact(fresh)
    return 1.0 / (share * share + 4.0 * kept(fresh) * half * half)


def atom_sums(fresh: float, angles: Array) -> Enclosure:
    """Return ``sum_(n >= 1) k^(n-1) cos(n w) = (cos w - k)/|1 - k exp(iw)|^2`` at each angle."""
    return (_wave(np.cos(angles)) - kept(fresh)) * gains(fresh, angles)


def _wave(values: Array) -> Enclosure:
    error = UNITS * np.spacing(np.abs(values))
    return Enclosure(values, np.maximum(values - error, -1.0), np.minimum(values + error, 1.0))


def summed(parts: Enclosure) -> Enclosure:
    """Return the sum of the entries; 0 of none."""
    found = Enclosure.exact(0.0)
    for part in parts:
        found = found + part
    return found


def discounted(autocovariances: Enclosure, fresh: float, decay: float) -> Enclosure:
    """Return ``sum_(n >= 1) k^(n-1) g_n`` where ``g_(m+n) = g_m c^n``."""
    k = kept(fresh)
    found = autocovariances[-1] * (Enclosure.exact(decay) / (1.0 - k * decay))
    for n in range(len(autocovariances) - 1, 0, -1):
        found = autocovariances[n] + k * found
    return found


def schur_parameters(autocovariances: Enclosure) -> list[Enclosure]:
    """Return the parameters of Schur of a measure, in statistics its partial autocorrelations, as far as they reach.

    The recursion of Levinson; it ends with a parameter that may be 1 or -1, for then nothing is left open.

    Raises
    ------
    InvalidArgumentError
        If one is beyond 1 by more than rounding: no measure has such autocovariances.
    """
    found: list[Enclosure] = []
    left, past = autocovariances[0], Enclosure.exact(np.zeros(0))
    for j in range(1, len(autocovariances)):
        told = summed(past * autocovariances[j - 1 : 0 : -1]) if j > 1 else Enclosure.exact(0.0)
        parameter = (autocovariances[j] - told) / left
        least = float(abs(parameter).lower)
        if least > 1.0 + SLACK:
            raise InvalidArgumentError(
                "autocovariances", np.asarray(autocovariances.value), f"are of no innovations, from lag {j} on",
                "a positive semidefinite sequence",
            )  # fmt: skip
        if least > 1.0:
            return found
        found.append(_cut(parameter))
        if float(abs(parameter).upper) >= 1.0:
            return found
        past = past - parameter * past[::-1]
        middle, lower, upper = (np.append(getattr(past, end), getattr(parameter, end)) for end in _ENDS)
        past = Enclosure(middle, lower, upper)
        left = left * (1.0 - parameter * parameter)
    return found


def schur_value(parameters: Sequence[Enclosure], fresh: float) -> Enclosure:
    """Return Schur's function f at k: its first parameters are known, the rest is of size at most 1.

    ``f_j = (c_j + k f_(j+1))/(1 + c_j k f_(j+1))`` grows with ``c_j`` and ``f_(j+1)``; the value has a rest of 0.
    """
    k, found = kept(fresh), Enclosure(0.0, -1.0, 1.0, "autocovariances to come are not known")
    for parameter in reversed(parameters):
        middle, lower, upper = (
            _back(Enclosure.exact(getattr(parameter, end)), k * Enclosure.exact(getattr(found, end))) for end in _ENDS
        )
        value = float(np.clip(float(middle), lower.lower, upper.upper))
        found = _cut(Enclosure(value, lower.lower, upper.upper, found.method))
    return found


def place_of(total: Enclosure, fresh: float) -> Enclosure:
    """Return the one number c with ``S = c/(1 - k c)``: ``S/(1 + k S)``, which grows with S, within [-1, 1]."""
    return _cut(_growing(lambda s: s / (1.0 + kept(fresh) * s), total))


def sum_of(place: Enclosure, fresh: float) -> Enclosure:
    """Return ``S = c/(1 - k c)``, which grows with c."""
    return _growing(lambda c: c / (1.0 - kept(fresh) * c), place)


_ENDS = ("value", "lower", "upper")


def _back(c: Enclosure, rest: Enclosure) -> Enclosure:
    return c if abs(float(c)) == 1.0 else (c + rest) / (1.0 + c * rest)


def _growing(function: Callable[[Enclosure], Enclosure], x: Enclosure) -> Enclosure:
    middle, lower, upper = (function(Enclosure.exact(getattr(x, end))) for end in _ENDS)
    return Enclosure(middle.value, lower.lower, upper.upper, x.method, x.guarantee)


def _cut(number: Enclosure) -> Enclosure:
    value, lower, upper = (float(np.clip(getattr(number, end), -1.0, 1.0)) for end in _ENDS)
    return Enclosure(value, lower, upper, number.method, number.guarantee)


def energy_density(autocovariances: Array, decay: float, angles: Array) -> Array:
    """Return ``sum_n g_|n| exp(inw)``, 2 pi times the density at each angle, where ``g_(m+n) = g_m c^n``, |c| < 1."""
    turn, last = np.exp(1j * angles), len(autocovariances) - 1
    lags = np.arange(1, last + 1)
    waves = np.exp(1j * np.multiply.outer(angles, lags)) @ autocovariances[1:]
    tail = autocovariances[-1] * decay * turn ** (last + 1) / (1.0 - decay * turn)
    return np.asarray(autocovariances[0] + 2.0 * (waves + tail).real)

"""What is left of something a generation in later models: its sums in the coefficients of `memory`."""

from __future__ import annotations

import numpy as np

from gausscollapse.core.enclosure import GUARANTEES, Enclosure
from gausscollapse.core.validation import Array


def remembered(
    coefficients: Array, start: Array, drive: Enclosure, first: Enclosure, *, power: float, relative: float
) -> Enclosure:
    """Return ``sum_i G_ni^power drive_i + c_n^power first``, shape (B, N + 1), rounded outwards.

    Parameters
    ----------
    coefficients, start : ndarray, shape (B, N + 1, N) and (B, N + 1)
        G and c, none negative.
    drive, first : Enclosure, shape (B, N) and (B,)
        None negative.
    power : float
        Of the coefficients.
    relative : float
        Bound of the relative rounding of every coefficient, below 1e-3.
    """
    factors = np.concatenate([coefficients, start[:, :, None]], axis=2) ** power
    # A power multiplies the relative error; each sum has N + 1 products and sums more.
    outwards = 2.0 * max(power, 1.0) * relative + 2.0**-50 * (factors.shape[2] + 4.0)
    found = []
    for end, scale in (("value", 1.0), ("lower", 1.0 - outwards), ("upper", 1.0 + outwards)):
        terms = np.concatenate([getattr(drive, end), np.asarray(getattr(first, end))[:, None]], axis=1)
        with np.errstate(over="ignore", invalid="ignore"):
            products = np.where((factors == 0.0) | (terms[:, None] == 0.0), 0.0, factors * terms[:, None])
            found.append(np.sum(products, axis=2) * scale)
    value, lower, upper = found
    weakest = max(drive.guarantee, first.guarantee, key=GUARANTEES.index)
    return Enclosure(value, np.minimum(lower, value), np.maximum(upper, value), drive.method, weakest)

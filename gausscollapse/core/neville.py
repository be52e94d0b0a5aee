"""Limits from values at step sizes that are halved (Neville's scheme)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array


def last_correction(values: Sequence[Any], order: int = 1, stride: int = 1) -> tuple[Array, Array]:
    """Return the limit of values at steps h, h/2, h/4, ... and the size of the scheme's last correction.

    Parameters
    ----------
    values : sequence of array_like
        From the coarsest to the finest.
    order : int
        Leading power of h in the error.
    stride : int
        Distance from one power to the next.
    """
    rows = [np.asarray(value, dtype=np.float64) for value in values]
    correction = np.zeros_like(rows[0])
    power = order
    while len(rows) > 1:
        finer = [b + (b - a) / (2.0**power - 1.0) for a, b in itertools.pairwise(rows)]
        correction = np.abs(finer[-1] - rows[-1])
        rows, power = finer, power + stride
    return rows[0], correction


def neville(values: Sequence[Any], order: int = 1, stride: int = 1) -> Enclosure:
    """Return the limit of values at steps h, h/2, h/4, ... with an error expansion in powers of h.

    Parameters
    ----------
    values : sequence of array_like
        From the coarsest to the finest.
    order : int
        Leading power of h in the error.
    stride : int
        Distance from one power to the next.

    Returns
    -------
    Enclosure
        The interval is twice the last correction: an estimate, guarantee ``"numeric"``.
    """
    limit, correction = last_correction(values, order, stride)
    # An estimate, as the guarantee says: the last term is a tolerance for the values' own rounding.
    width = 2.0 * correction + 1e-14 * np.abs(limit)
    return Enclosure(limit, limit - width, limit + width, "Richardson extrapolation", "numeric")

"""The logarithm of a sum of exponentials. SciPy's loads for a fifth of a second, and takes a tenth of a ms a call."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def log_sum(logs: Array | Sequence[float], *, axis: int | None = None, keepdims: bool = False) -> Array:
    """Return ``log sum_k exp(l_k)`` along an axis, or of all numbers.

    Parameters
    ----------
    logs : array_like
        Logarithms; -inf is a term that vanishes.
    axis : int, optional
        The axis that is summed over; all of them by default.
    keepdims : bool
        Whether that axis stays, of length 1.

    Returns
    -------
    ndarray

    Notes
    -----
    The largest term is taken out, ``m + log sum_k exp(l_k - m)``, so that nothing overflows; a sum without terms is
    -inf.

    Examples
    --------
    >>> round(float(log_sum([1000.0, 1000.0])), 6)
    1000.693147
    """
    terms = np.asarray(logs, dtype=np.float64)
    largest = np.max(terms, axis=axis, keepdims=True, initial=-np.inf)
    shift = np.where(np.isfinite(largest), largest, 0.0)
    # A sum of nothing but vanishing terms is -inf, which is meant.
    with np.errstate(divide="ignore"):
        found = np.log(np.sum(np.exp(terms - shift), axis=axis, keepdims=True)) + shift
    if keepdims:
        return np.asarray(found)
    return np.asarray(np.squeeze(found, axis=axis))

"""Divergences of N(y, I + X) from N(0, I) by the eigenvalues of X, without cancellation for small X."""

from __future__ import annotations

import numpy as np

from gausscollapse.core.excess import excess
from gausscollapse.core.validation import Array


def kl(mean: Array, eigenvalues: Array) -> Array:
    """Return ``KL(N(y, I + X) || N(0, I)) = (|y|^2 + sum x_i - log(1 + x_i))/2`` in nats.

    Parameters
    ----------
    mean : ndarray, shape (..., d)
        y, in the eigenbasis of X or any other.
    eigenvalues : ndarray, shape (..., d)
        Eigenvalues of X, above -1.
    """
    return np.asarray(0.5 * (np.sum(mean**2, axis=-1) + np.sum(excess(eigenvalues), axis=-1)))


def reverse_kl(mean: Array, eigenvalues: Array) -> Array:
    """Return ``KL(N(0, I) || N(y, I + X)) = sum (y_i^2/(1 + x_i) + excess(-x_i/(1 + x_i)))/2`` in nats.

    Parameters
    ----------
    mean : ndarray, shape (..., d)
        y in the eigenbasis of X.
    eigenvalues : ndarray, shape (..., d)
        Eigenvalues of X, above -1.
    """
    variances = 1.0 + eigenvalues
    return np.asarray(0.5 * np.sum(mean**2 / variances + excess(-eigenvalues / variances), axis=-1))


def log_power_integral(mean: Array, eigenvalues: Array, order: float) -> Array:
    """Return ``log int p^a q^(1-a)`` with p = N(y, I + X), q = N(0, I) and order a; inf where it diverges.

    With ``b = 1 - a`` and ``c_i = 1 + b x_i`` (finite iff every ``c_i > 0``) it is
    ``-b sum(a y_i^2/c_i + excess(x_i) - excess(b x_i)/b)/2``.

    Parameters
    ----------
    mean : ndarray, shape (..., d)
        y in the eigenbasis of X.
    eigenvalues : ndarray, shape (..., d)
        Eigenvalues of X, above -1.
    order : float
        Order a, not 0 and not 1.
    """
    rest = 1.0 - order
    scaled = rest * eigenvalues
    finite = np.all(scaled > -1.0, axis=-1)
    safe = np.where(scaled > -1.0, scaled, 0.0)
    terms = order * mean**2 / (1.0 + safe) + excess(eigenvalues) - excess(safe) / rest
    return np.where(finite, -0.5 * rest * np.sum(terms, axis=-1), np.inf if order > 1.0 else -np.inf)

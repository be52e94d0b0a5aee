"""Bounds of the supremum of a mixture over one Gaussian, with the condition of what is solved in their width."""

from __future__ import annotations

import numpy as np

from gausscollapse.checking.sides import increasing
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.rounding import EPS
from gausscollapse.core.validation import Array
from gausscollapse.retraining.whitened import Whitened

UNBOUNDED = Enclosure(np.inf, 0.0, np.inf, "no bound of a ratio of Gaussians")
METHOD = "sup of ratios of Gaussians"


def ratio_supremum(weights: Array, parts: Whitened, *, relative: float) -> Enclosure:
    """Return ``sum_k w_k sup N_k/p``, which bounds ``sup (sum w_k N_k)/p``; [0, inf] where none is certain.

    Seen from p, with the excess ``X = R - I`` negative definite, the two scores agree where
    ``log N_k/p`` is greatest: ``sup = exp(y^T (-X)^{-1} y/2)/sqrt(det(I + X))``. Source: *own*.

    Parameters
    ----------
    weights : ndarray, shape (K,)
        w, accurate to `relative`.
    parts : Whitened
        The components seen from p. One that is p itself has neither shift nor excess, and ratio 1.
    relative : float
        Bound of the relative errors of the weights.
    """
    total = Enclosure.exact(0.0, METHOD)
    for k, weight in enumerate(weights):
        share = Enclosure(float(weight), float(weight) * (1.0 - relative), float(weight) * (1.0 + relative))
        itself = not np.any(parts.shift[k]) and not np.any(parts.excess[k])
        if itself and parts.shift_error[k] == 0.0 and parts.excess_error[k] == 0.0:
            total = total + share
            continue
        logarithm = _logarithm(parts[k])
        if logarithm is None:
            return UNBOUNDED
        middle, low, high = logarithm
        ratio = increasing(np.exp, Enclosure(middle, low, high, METHOD))
        if not np.isfinite(ratio.upper):
            return UNBOUNDED
        total = total + share * ratio
    return total


def _logarithm(part: Whitened) -> tuple[float, float, float] | None:
    """Return ``log sup N_k/p`` and both ends of its interval; None where it may be infinite."""
    dim = part.shift.size
    eigenvalues, basis = np.linalg.eigh(-part.excess)
    # Eigenvalues of a matrix that is off by E move by ||E|| at most, those of the solver's backward error included.
    loose = float(part.excess_error) + 16.0 * dim * EPS * float(np.linalg.norm(part.excess))
    smallest = float(eigenvalues[0])
    room = 1.0 - eigenvalues
    if not loose < 0.5 * smallest or not loose < 0.5 * float(np.min(room)):
        return None
    # (-X - E)^{-1} is between (-X)^{-1}/(1 + e) and (-X)^{-1}/(1 - e) with e = ||E||/lambda.
    moved = loose / smallest
    turned = (basis.T @ part.shift) / np.sqrt(eigenvalues)
    size = float(np.linalg.norm(turned))
    unit = 8.0 * (dim + 2.0) * EPS
    of_shift = (float(part.shift_error) + unit * float(np.linalg.norm(part.shift))) / np.sqrt(smallest)
    square = 0.5 * size**2
    least = 0.5 * max(0.0, size - of_shift) ** 2 / (1.0 + moved)
    most = 0.5 * (size + of_shift) ** 2 / (1.0 - moved)
    volume = -0.5 * float(np.sum(np.log1p(-eigenvalues)))
    slack = float(np.sum(-0.5 * np.log1p(-loose / room)))
    rounding = unit * (square + most + float(np.sum(np.abs(np.log1p(-eigenvalues)))))
    low, high = least + volume - slack - rounding, most + volume + slack + rounding
    return square + volume, low, high

"""Integrals ``I_ab = int a b / p`` of Gaussians a, b over one Gaussian p, as arrays; finiteness decided first.

Seen from ``p = N(m, S)``, ``S = L L^T``: ``y_a = L^{-1}(m_a - m)``, ``R_a = L^{-1} S_a L^{-T} = I + X_a``. Then
(Mehler's kernel, *own* form)

    log I_ab = - log det G / 2 + y_a^T G^{-T} (y_b + X_b y_a / 2) + y_b^T G^{-1} X_a y_b / 2,
    G = I - X_a X_b = R_a + R_b - R_a R_b,

which keeps full relative accuracy as a or b comes near p. The integral is finite iff
``C = R_a^{-1} + R_b^{-1} - I`` is positive definite; that is certain where ``||X_a X_b|| < 1/2``. Elsewhere
Cholesky's factorisation of ``L_a^T C L_a = I + W^T W - L_a^T L_a``, ``W = L_b^{-1} L_a``, is tried twice, shifted
down and up by a bound of all errors: it exists iff the matrix is positive definite within rounding, so that the first
success and the second failure are certain (Rump 2006). Between them nothing is said.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gausscollapse.core.validation import Array
from gausscollapse.retraining.whitened import Whitened


def ratio_products(left: Whitened, right: Whitened, log_left: Array, log_right: Array) -> tuple[Array, Array, Any]:
    """Return ``s_a s_b (I_ab - 1)``, a bound of its rounding error, and what is known of its finiteness.

    Parameters
    ----------
    left, right : Whitened
        A and B Gaussians.
    log_left, log_right : ndarray, shape (A,) and (B,)
        ``log s``: scales that keep large integrals of rare components within the range of floats.

    Returns
    -------
    values, errors : ndarray, shape (A, B)
        The scaled integrals minus one; 0 where divergent or undecided, inf where beyond the range of floats.
    states : ndarray of uint8, shape (A, B)
        `FINITE`; `DIVERGENT` where the integral is certainly infinite; `UNDECIDED` where rounding leaves both open.
    """
    from gausscollapse.retraining._ratio_kernels import fill

    roots = np.linalg.cholesky(left.spread)
    opposite = np.linalg.cholesky(right.spread)
    values = np.empty((len(left), len(right)))
    errors = np.empty_like(values)
    states = np.empty(values.shape, dtype=np.uint8)
    fill(
        left.shift, left.excess, left.spread, left.shift_error, left.excess_error, roots, log_left,
        right.shift, right.excess, right.spread, right.shift_error, right.excess_error, opposite, log_right,
        left is right and log_left is log_right, values, errors, states,
    )  # fmt: skip
    return values, errors, states

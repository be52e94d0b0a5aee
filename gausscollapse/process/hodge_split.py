"""Split a linear field into its gradient and its solenoidal part in L^2 of a Gaussian."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.validation import Array, as_covariance, as_matrix, require_finite


def hodge(matrix: ArrayLike, cov: ArrayLike) -> tuple[Array, Array]:
    """Return the symmetric B and the antisymmetric Q with ``matrix @ cov == B @ cov + Q``.

    Under ``r = N(m, V)`` the field ``e(x) = A x + b`` splits into the gradient field
    ``B(x - m) + (A m + b)`` and the field ``Q V^{-1}(x - m)``, whose r-weighted divergence is 0. The two are
    orthogonal in ``L^2(r)`` with energies ``tr(B V B) + |A m + b|^2`` and ``tr(Q V^{-1} Q^T)``.

    Parameters
    ----------
    matrix : array_like, shape (d, d)
        A.
    cov : array_like, shape (d, d)
        V, symmetric positive definite.

    Returns
    -------
    symmetric, antisymmetric : ndarray, shape (d, d)
        B solves the Lyapunov equation ``B V + V B = A V + V A^T``; ``Q = A V - B V``.

    Raises
    ------
    InvalidArgumentError
        If an entry is not finite or `cov` is not symmetric positive definite.
    DimensionMismatchError
        If the shapes differ.

    Notes
    -----
    Source: the gradient paper (arXiv 2606.06179) for the split, *own* for the linear-Gaussian form.

    Examples
    --------
    On an isotropic Gaussian B is the symmetric part, 1/2 off the diagonal; here it is 3/4, and ``A V = B V + Q``:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> matrix, cov = np.array([[0.0, 1.0], [0.0, 0.0]]), np.diag([1.0, 3.0])
    >>> symmetric, antisymmetric = gc.hodge(matrix, cov)
    >>> symmetric[0, 1], antisymmetric[0, 1]
    (np.float64(0.75), np.float64(0.75))
    >>> bool(np.allclose(matrix @ cov, symmetric @ cov + antisymmetric))
    True
    """
    variance = as_covariance("cov", cov)
    field = as_matrix("matrix", matrix, variance.shape[0])
    eigenvalues, basis = np.linalg.eigh(variance)
    rotated = basis.T @ field @ basis
    # The symmetric part does not depend on the scale of V, the swirl is proportional to it.
    size = float(eigenvalues[-1])
    eigenvalues = eigenvalues / size
    # In the eigenbasis (A V + V A^T)_ij = A_ij v_j + v_i A_ji, and B V + V B = B_ij (v_i + v_j).
    flow = rotated * eigenvalues
    sums = eigenvalues[:, None] + eigenvalues
    symmetric = basis @ ((flow + flow.T) / sums) @ basis.T
    swirl = basis @ ((flow * eigenvalues[:, None] - flow.T * eigenvalues) / sums) @ basis.T
    with np.errstate(over="ignore", invalid="ignore"):
        swirl = require_finite("cov", cov, size * (0.5 * (swirl - swirl.T)))
    return require_finite("matrix", matrix, 0.5 * symmetric + 0.5 * symmetric.T), swirl

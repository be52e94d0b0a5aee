"""Where the drift goes in the long run, relative to a constant energy of the innovations."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError
from gausscollapse.core.validation import Array, as_array, as_symmetric


def long_run_edges(fresh: ArrayLike) -> tuple[Array, Array, Array]:
    """Return the least, the incoherent and the greatest long-run ``D/J`` for constant innovation energy J.

    Parameters
    ----------
    fresh : array_like
        Fresh fractions in [0, 1]; at 0 the last two are infinite.

    Returns
    -------
    least, incoherent, greatest : ndarray
        Dimensionless, in the shape of `fresh`.

    Raises
    ------
    InvalidArgumentError
        If a fraction is outside [0, 1].

    Notes
    -----
    ``1/(2 - a)^2 <= limsup D/J <= 1/a^2``; orthogonal innovations give ``1/(a (2 - a))``, the geometric mean of the
    two ends. The ends are attained by innovations that alternate and that stay the same. Source: *own*.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> [float(edge.round(6)) for edge in gc.retraining.long_run_edges(0.5)]
    [0.444444, 1.333333, 4.0]
    """
    fraction = as_array("fresh", fresh)
    if not np.all((fraction >= 0.0) & (fraction <= 1.0)):
        raise InvalidArgumentError("fresh", fresh, "is outside [0, 1]", "numbers in [0, 1]")
    with np.errstate(divide="ignore"):
        return (2.0 - fraction) ** -2.0, 1.0 / (fraction * (2.0 - fraction)), 1.0 / fraction**2


def innovation_correlation(gram: ArrayLike) -> float:
    """Return the correlation of successive innovations: the one number that places a run in its range.

    Parameters
    ----------
    gram : array_like, shape (N, N)
        Inner products of the innovations, N >= 2, such as `Trajectory.innovation_gram`.

    Returns
    -------
    float
        c, in [-1, 1].

    Raises
    ------
    InvalidArgumentError
        If the matrix is no Gram matrix of two innovations or more, or all of them vanish.

    Notes
    -----
    ``sum_i <xi_i, xi_{i+1}> / sum_i sqrt(J_i J_{i+1})``, the c of `long_run_drift` where the inner products are
    ``J c^|i - j|``. Source: *own*.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> gc.retraining.innovation_correlation([[1, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 1]])
    0.5
    """
    matrix = as_symmetric("gram", gram)
    energy = np.diag(matrix)
    if len(matrix) < 2:
        raise InvalidArgumentError("gram", gram, "has fewer than two innovations", "a matrix of two rows or more")
    sizes = np.sqrt(np.maximum(energy, 0.0))
    total = float(sizes[:-1] @ sizes[1:])
    if np.any(energy < 0.0) or not 0.0 < total < np.inf:
        raise InvalidArgumentError(
            "gram", gram, "has no energies to compare", "energies >= 0, two neighbours positive"
        )
    found = float(np.sum(np.diag(matrix, 1))) / total
    if abs(found) > 1.0 + 1e-9:
        raise InvalidArgumentError("gram", gram, "is no Gram matrix", "inner products within Cauchy and Schwarz")
    return min(max(found, -1.0), 1.0)


def long_run_drift(fresh: ArrayLike, correlation: ArrayLike) -> Array:
    """Return the long-run ``D/J`` for stationary innovations whose correlation decays as ``rho^|i - j|``.

    Parameters
    ----------
    fresh, correlation : array_like
        a in (0, 1] and rho in [-1, 1], broadcast together.

    Returns
    -------
    ndarray
        Dimensionless, of the shape of both.

    Raises
    ------
    InvalidArgumentError
        If a fraction or a correlation is out of range.

    Notes
    -----
    ``(1 + b rho)/((1 - b rho)(1 - b^2))`` with ``b = 1 - a``: an autoregressive filter driven by autoregressive
    innovations. ``rho = 1`` gives ``1/a^2``, 0 the incoherent value, ``-1`` gives ``1/(2 - a)^2``. Source: *own*.

    Examples
    --------
    At -1, 0 and 1 it meets `long_run_edges`:

    >>> import gausscollapse as gc
    >>> gc.retraining.long_run_drift(0.5, [-1, 0, 1]).round(6)
    array([0.444444, 1.333333, 4.      ])
    """
    kept = 1.0 - as_array("fresh", fresh)
    rho = as_array("correlation", correlation)
    try:
        np.broadcast_shapes(kept.shape, rho.shape)
    except ValueError:
        raise DimensionMismatchError(
            "correlation", correlation, f"has shape {rho.shape}", f"a shape that fits {kept.shape}"
        ) from None
    if not np.all((kept >= 0.0) & (kept < 1.0)):
        raise InvalidArgumentError("fresh", fresh, "is outside (0, 1]", "numbers in (0, 1]")
    if not np.all(np.abs(rho) <= 1.0):
        raise InvalidArgumentError("correlation", correlation, "is outside [-1, 1]", "numbers in [-1, 1]")
    return np.asarray((1.0 + kept * rho) / ((1.0 - kept * rho) * (1.0 - kept**2)))


def power_gain(fresh: ArrayLike, angle: ArrayLike) -> Array:
    """Return by how much retraining amplifies the energy of innovations of one frequency.

    Parameters
    ----------
    fresh : array_like
        Fresh fractions a in (0, 1].
    angle : array_like
        Frequencies w in radians a generation: 0 is the same error for ever, pi one that alternates.

    Returns
    -------
    ndarray
        ``|1 - (1 - a) exp(iw)|^-2``, dimensionless, of the shape of both.

    Raises
    ------
    InvalidArgumentError
        If a fraction is out of range.

    Notes
    -----
    It falls from ``1/a^2`` at 0 to ``1/(2 - a)^2`` at pi, the two ends of ``range``; its mean over all frequencies is
    ``1/(a (2 - a))``. Source: *own*.

    Examples
    --------
    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> gc.retraining.power_gain(0.5, [0.0, np.pi / 2, np.pi]).round(6)
    array([4.      , 0.8     , 0.444444])
    """
    shares, angles = as_array("fresh", fresh), as_array("angle", angle)
    if not np.all((shares > 0.0) & (shares <= 1.0)):
        raise InvalidArgumentError("fresh", fresh, "is outside (0, 1]", "numbers in (0, 1]")
    try:
        np.broadcast_shapes(shares.shape, angles.shape)
    except ValueError:
        raise DimensionMismatchError(
            "angle", angle, f"has shape {angles.shape}", f"a shape that fits {shares.shape}"
        ) from None
    return np.asarray(1.0 / (shares**2 + 4.0 * (1.0 - shares) * np.sin(0.5 * angles) ** 2))

"""What accumulates: the filter of retraining and its bounds, as functions of arrays, in every workflow.

With ``r_i = p^_i/p - 1``, innovations ``xi_i = (p^_{i+1} - q_i)/p``, energies ``J_i = ||xi_i||^2`` in L^2(p) and
fresh fractions a_i, ``r_{i+1} = (1 - a_i) sum_j s_ij r_j + xi_i`` with the shares s of a workflow, where the last
model alone counts ``(1 - a_i) r_i + xi_i``. Everything here holds in any Hilbert space. Source: *own*.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gausscollapse.core.arguments import checked
from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError
from gausscollapse.core.validation import Array, as_array, as_count, as_number
from gausscollapse.retraining.workflows import LAST, Workflow, as_workflow, training_weights

# Their coefficients fill 4 GiB.
MOST_GENERATIONS = 23_169


def fresh_fractions(fresh: ArrayLike, generations: int) -> Array:
    """Return the fresh fraction of every generation, shape (N,), from one number or a sequence of N.

    Raises
    ------
    InvalidArgumentError
        If a fraction is outside [0, 1] or the sequence has another length than `generations`.
    """
    accepted = f"a number in [0, 1] or a sequence of {generations} such numbers"
    array = as_array("fresh", fresh)
    if array.ndim > 1 or (array.ndim == 1 and array.size != generations):
        raise InvalidArgumentError("fresh", fresh, f"has shape {array.shape}", accepted)
    if not np.all((array >= 0.0) & (array <= 1.0)):
        raise InvalidArgumentError("fresh", fresh, "is outside [0, 1]", accepted)
    return np.broadcast_to(array, (generations,)).copy()


@checked
def memory(
    fresh: ArrayLike, generations: int, *, workflow: Workflow | str = LAST
) -> tuple[Array, Array]:  # fmt: skip
    """Return what is left of each innovation and of the start: ``r_n = sum_i C[n, i] xi_i + c[n] r_0``.

    Parameters
    ----------
    fresh : float or array_like, shape (N,)
        Fresh fractions.
    generations : int
        N from 0 to 23 169: the coefficients of more would fill 4 GiB. To 2 000 where more than the last model counts.
    workflow : Workflow or str
        What is kept of earlier models, as in `retrain`.

    Returns
    -------
    coefficients : ndarray, shape (N + 1, N)
        ``C[n, i] = prod_{i < j < n} (1 - a_j)`` for i < n, else 0, where the last model alone counts; in general
        ``C[n + 1] = sum_j W_nj C[j]``, and one for i = n.
    initial : ndarray, shape (N + 1,)
        ``c[n] = prod_{j < n} (1 - a_j)``, or ``c[n + 1] = sum_j W_nj c[j]``.

    Raises
    ------
    InvalidArgumentError
        If a fraction is outside [0, 1] or there are not N of them.

    Notes
    -----
    Source: *own* (the recursion, unrolled).

    Examples
    --------
    With half of the data fresh every generation halves what it was given:

    >>> import gausscollapse as gc
    >>> coefficients, initial = gc.retraining.memory(0.5, 3)
    >>> coefficients
    array([[0.  , 0.  , 0.  ],
           [1.  , 0.  , 0.  ],
           [0.5 , 1.  , 0.  ],
           [0.25, 0.5 , 1.  ]])
    >>> initial
    array([1.   , 0.5  , 0.25 , 0.125])

    Where everything is kept, an error of generation j counts ``1/(j + 2)`` for ever after:

    >>> gc.retraining.memory(0, 3, workflow="accumulate")[0].round(4)
    array([[0.    , 0.    , 0.    ],
           [1.    , 0.    , 0.    ],
           [0.5   , 1.    , 0.    ],
           [0.5   , 0.3333, 1.    ]])
    """
    count = as_count("generations", generations)
    if count > MOST_GENERATIONS:
        needed = 8.0 * float(min(count, 10**100)) ** 2 / 2**30
        accepted = f"an integer from 0 to {MOST_GENERATIONS}"
        raise InvalidArgumentError("generations", generations, f"needs about {needed:.3g} GiB", accepted)
    kept = 1.0 - fresh_fractions(fresh, generations)
    coefficients = np.zeros((generations + 1, generations))
    initial = np.ones(generations + 1)
    asked = as_workflow(workflow)
    if not asked.last_model:
        weights = training_weights(asked, 1.0 - kept)[:, 1:]
        for n in range(generations):
            coefficients[n + 1] = weights[n, : n + 1] @ coefficients[: n + 1]
            coefficients[n + 1, n] = 1.0
            initial[n + 1] = weights[n, : n + 1] @ initial[: n + 1]
        return coefficients, initial
    for n in range(generations):
        coefficients[n + 1] = kept[n] * coefficients[n]
        coefficients[n + 1, n] = 1.0
        initial[n + 1] = kept[n] * initial[n]
    return coefficients, initial


@checked
def filter_sum(
    gram: ArrayLike,
    fresh: ArrayLike,
    *,
    initial: float = 0.0,
    cross: ArrayLike | None = None,
    workflow: Workflow | str = LAST,
) -> Array:
    """Return ``D_0..D_N`` as the exact double sum over innovations.

    ``D_n = sum_ij C_ni C_nj <xi_i, xi_j> + 2 c_n sum_i C_ni <xi_i, r_0> + c_n^2 D_0`` with the coefficients of
    `memory`.

    Parameters
    ----------
    gram : array_like, shape (N, N)
        Inner products of the innovations.
    fresh : float or array_like, shape (N,)
        Fresh fractions.
    initial : float
        ``D_0``.
    cross : array_like, shape (N,)
        ``<xi_i, r_0>``; zero by default, which is right where the recursion starts from the data.
    workflow : Workflow or str
        What is kept of earlier models, as in `retrain`.

    Returns
    -------
    ndarray, shape (N + 1,)
        ``inf`` where a term that counts is infinite.

    Raises
    ------
    DimensionMismatchError
        If the matrix is not square.
    InvalidArgumentError
        If a fraction is outside [0, 1] or there are not N of them.

    Notes
    -----
    Source: *own*; the theorem ``filter``.

    Examples
    --------
    The drift of a trajectory is the double sum of its innovations:

    >>> import numpy as np
    >>> import gausscollapse as gc
    >>> shift = gc.retraining.offset_channel(0.3)
    >>> trajectory = gc.retrain(gc.Gaussian(0, 1), fresh=0.5, step=shift, generations=4)
    >>> drift = gc.retraining.filter_sum(trajectory.innovation_gram, 0.5)
    >>> bool(np.allclose(drift, trajectory.accumulated))
    True
    """
    inner = as_array("gram", gram, infinite=True)
    base_energy = as_initial(initial)
    if inner.ndim != 2 or inner.shape[0] != inner.shape[1]:
        raise DimensionMismatchError("gram", gram, f"has shape {inner.shape}", "a square matrix of shape (N, N)")
    count = inner.shape[0]
    coefficients, start = memory(fresh, count, workflow=workflow)
    with_start = np.zeros(count) if cross is None else as_array("cross", cross, infinite=True)
    if with_start.shape != (count,):
        raise DimensionMismatchError("cross", cross, f"has shape {with_start.shape}", f"shape ({count},)")
    endless = np.isinf(inner)
    safe, safe_cross = np.where(endless, 0.0, inner), np.where(np.isinf(with_start), 0.0, with_start)
    sums = np.einsum("ni,ni->n", coefficients @ safe, coefficients) + 2.0 * start * (coefficients @ safe_cross)
    counted = coefficients > 0.0
    infinite = np.einsum("ni,ij,nj->n", 1.0 * counted, 1.0 * endless, 1.0 * counted, optimize=True) > 0.0
    infinite |= (start > 0.0) & ((counted @ np.isinf(with_start)) | np.isinf(base_energy))
    base = start**2 * (0.0 if np.isinf(base_energy) else base_energy)
    return np.where(infinite, np.inf, sums + base)


@checked
def coherent_bound(
    energies: ArrayLike, fresh: ArrayLike, *, initial: float = 0.0, workflow: Workflow | str = LAST
) -> Array:
    """Return the greatest ``D_0..D_N`` that innovations of these energies can give, shape (N + 1,).

    ``sqrt(D_n) <= sum_i C_ni sqrt(J_i) + c_n sqrt(D_0)``, with equality for aligned innovations.

    Parameters
    ----------
    energies : array_like, shape (N,)
        ``J_i >= 0``.
    fresh : float or array_like, shape (N,)
        Fresh fractions.
    initial : float
        ``D_0``.
    workflow : Workflow or str
        What is kept of earlier models, as in `retrain`.

    Returns
    -------
    ndarray, shape (N + 1,)
        Dimensionless bounds; ``inf`` where a term that counts is infinite.

    Raises
    ------
    InvalidArgumentError
        If an energy is negative or NaN, a fraction is outside [0, 1], or `initial` is negative.

    Notes
    -----
    Source: *own* (the triangle inequality in L^2(p)).

    Examples
    --------
    Roots add up: ``1, 1/2 + 1, 1/4 + 1/2 + 1``, squared.

    >>> import gausscollapse as gc
    >>> gc.retraining.coherent_bound([1, 1, 1], 0.5)
    array([0.    , 1.    , 2.25  , 3.0625])
    """
    sizes = np.sqrt(_energies(energies))
    coefficients, start = memory(fresh, sizes.size, workflow=workflow)
    return _weighted(coefficients, sizes, start, np.sqrt(as_initial(initial))) ** 2


@checked
def incoherent_sum(
    energies: ArrayLike, fresh: ArrayLike, *, initial: float = 0.0, workflow: Workflow | str = LAST
) -> Array:
    """Return ``D_0..D_N`` for orthogonal innovations: ``sum_i C_ni^2 J_i + c_n^2 D_0``, shape (N + 1,).

    With a constant fresh fraction it is the paper's discounted sum.

    Parameters
    ----------
    energies, fresh, initial, workflow
        As in `coherent_bound`.

    Returns
    -------
    ndarray, shape (N + 1,)
        Dimensionless; ``inf`` where a term that counts is infinite.

    Raises
    ------
    InvalidArgumentError
        As in `coherent_bound`.

    Notes
    -----
    Source: arXiv 2602.16601, section 4; *own* (Pythagoras in L^2(p)).

    Examples
    --------
    Squares add up: ``1, 1/4 + 1, 1/16 + 1/4 + 1``.

    >>> import gausscollapse as gc
    >>> gc.retraining.incoherent_sum([1, 1, 1], 0.5)
    array([0.    , 1.    , 1.25  , 1.3125])

    Where everything is kept they add up to pi^2/6:

    >>> import numpy as np
    >>> sums = gc.retraining.incoherent_sum(np.ones(1000), 0, workflow="accumulate")
    >>> bool(abs(sums[-1] - np.pi**2 / 6) < 1.1e-3)
    True
    """
    squares = _energies(energies)
    coefficients, start = memory(fresh, squares.size, workflow=workflow)
    return _weighted(coefficients**2, squares, start**2, as_initial(initial))


def discounted_bound(energies: ArrayLike, fresh: float, *, theta: float, initial: float = 0.0) -> Array:
    """Return ``(1 + 1/theta) sum_i g^(n-1-i) J_i + g^n D_0`` with ``g = (1 + theta)(1 - a)^2``, shape (N + 1,).

    An upper bound of ``D_n`` for every ``theta > 0`` (Young's inequality along the filter), whatever the angles
    between the innovations.

    Parameters
    ----------
    energies, initial
        As in `coherent_bound`.
    fresh : float
        a, one fresh fraction in [0, 1] for all generations.
    theta : float
        > 0. Small values forget sooner and pay more for every generation.

    Returns
    -------
    ndarray, shape (N + 1,)
        Dimensionless bounds; ``inf`` where a term that counts is infinite or beyond floats.

    Raises
    ------
    InvalidArgumentError
        As in `coherent_bound`, or if `theta` is not above 0.

    Notes
    -----
    Source: *own*; the theorem ``discounted``.

    Examples
    --------
    With ``theta = 1`` and half of the data fresh ``g = 1/2``: ``2, 2 (1/2 + 1), 2 (1/4 + 1/2 + 1)``.

    >>> import gausscollapse as gc
    >>> gc.retraining.discounted_bound([1, 1, 1], 0.5, theta=1.0)
    array([0. , 2. , 3. , 3.5])
    """
    squares = _energies(energies)
    weight = as_number("theta", theta, at_least=float(np.finfo(np.float64).tiny))
    fraction = as_number("fresh", fresh, at_least=0.0, at_most=1.0)
    growth = (1.0 + weight) * (1.0 - fraction) ** 2
    # g may exceed 1, so the powers are formed here and not by `memory`.
    n = np.arange(squares.size + 1)
    powers = n[:, None] - 1 - n[None, :-1]
    with np.errstate(over="ignore"):
        coefficients = np.where(powers >= 0, growth ** np.maximum(powers, 0).astype(np.float64), 0.0)
        coefficients *= 1.0 + 1.0 / weight
        start = growth ** n.astype(np.float64)
    return _weighted(coefficients, squares, start, as_initial(initial))


def as_initial(initial: float) -> float:
    """Return ``D_0``, a number >= 0 that may be infinite."""
    return np.inf if isinstance(initial, float) and initial == np.inf else as_number("initial", initial, at_least=0.0)


def _energies(energies: ArrayLike) -> Array:
    array = np.atleast_1d(as_array("energies", energies, infinite=True))
    if array.ndim != 1 or np.any(np.isnan(array)) or np.any(array < 0.0):
        raise InvalidArgumentError("energies", energies, "is not a vector of energies", "numbers >= 0, shape (N,)")
    return array


def _weighted(coefficients: Array, terms: Array, start: Array, initial: float) -> Array:
    """Return ``coefficients @ terms + start * initial`` with 0 * inf = 0, whichever factor is infinite."""
    factors, values = np.column_stack([coefficients, start]), np.append(terms, initial)
    endless, beyond = np.isinf(values), np.isinf(factors)
    sums = np.where(beyond, 0.0, factors) @ np.where(endless, 0.0, values)
    infinite = ((factors > 0.0) @ endless) | (beyond @ (values > 0.0))
    return np.where(infinite, np.inf, sums)

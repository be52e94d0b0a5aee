"""Functions of a point that regressions fit, with their gradients, and the fit on one half of the paths each."""

from __future__ import annotations

from collections.abc import Iterator
from math import comb

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError, NotSupportedError
from gausscollapse.core.validation import Array, as_size
from gausscollapse.laws.mixture import GaussianMixture, Law

MOST_DEGREE = 64


def polynomials(x: Array, degree: int) -> tuple[Array, Array]:
    """Return monomials of degree 1..degree at points (n, d), shape (n, m), and their gradients, shape (n, m, d)."""
    n, d = x.shape
    exponents = [np.eye(d, dtype=int)[i] for i in range(d)]
    layer = exponents
    for _ in range(1, degree):
        layer = [np.array(e) for e in {tuple(e + unit) for e in layer for unit in np.eye(d, dtype=int)}]
        exponents = exponents + sorted(layer, key=tuple)
    powers = np.stack([x**k for k in range(degree + 1)])
    values = np.ones((n, len(exponents)))
    gradients = np.zeros((n, len(exponents), d))
    for m, exponent in enumerate(exponents):
        for i in range(d):
            values[:, m] *= powers[exponent[i], :, i]
            if exponent[i]:
                rest = np.prod([powers[exponent[j], :, j] for j in range(d) if j != i], axis=0)
                gradients[:, m, i] = exponent[i] * powers[exponent[i] - 1, :, i] * rest
    return values, gradients


def basis(law: Law, x: Array, degree: int) -> tuple[Array, Array]:
    """Return functions (n, m) and gradients (n, m, d): polynomials of the whitened point, and of each component.

    Those of a component are multiplied by its posterior, ``grad p_k = p_k (s_k - s)`` with the scores s.
    """
    as_size("degree", degree, at_least=1, each=1.0, unit="powers", most=MOST_DEGREE)
    count = comb(law.dim + degree, degree) * law.weights.size
    as_size("degree", degree, at_least=1, each=8.0 * len(x) * count * (law.dim + 1) / degree)
    centre, factor = law.mean, np.linalg.inv(np.linalg.cholesky(law.cov))
    values, gradients = polynomials((x - centre) @ factor.T, degree)
    all_values, all_gradients = [values], [gradients @ factor]
    if isinstance(law, GaussianMixture):
        posterior, scores = law.posterior(x), law.component_scores(x)
        score = np.einsum("nk,knd->nd", posterior, scores)
        for k, part in enumerate(law.components):
            weight, change = posterior[:, k], posterior[:, k, None] * (scores[k] - score)
            inverse = np.linalg.inv(part.cholesky)
            values, gradients = polynomials((x - part.mean) @ inverse.T, degree)
            gradients = gradients @ inverse
            if k > 0:
                all_values.append(weight[:, None])
                all_gradients.append(change[:, None, :])
            all_values.append(weight[:, None] * values)
            all_gradients.append(weight[:, None, None] * gradients + values[:, :, None] * change[:, None, :])
    return np.concatenate(all_values, axis=1), np.concatenate(all_gradients, axis=1)


def least_squares(gram: Array, right: Array) -> Array:
    """Return the least-squares solution (m,) of a semi-definite system (m, m).

    Raises
    ------
    NotSupportedError
        If sums over the paths are beyond floats.
    """
    if not (np.isfinite(gram).all() and np.isfinite(right).all()):
        raise NotSupportedError(
            "a regression on these paths is beyond floats; accepted: smaller means, a lower degree"
        )
    scale = np.sqrt(np.maximum(np.diag(gram), 1e-300))
    return np.asarray(np.linalg.lstsq(gram / np.outer(scale, scale), right / scale, rcond=1e-9)[0] / scale)


def require_paths(argument: str, n: int, functions: int) -> None:
    """Refuse fewer paths than twice the functions in each half."""
    if n // 2 < 2 * functions:
        raise InvalidArgumentError(
            argument, n, f"is too few paths for {functions} functions", f"n >= {4 * functions}"
        )  # fmt: skip


def halves(n: int) -> Iterator[tuple[slice, slice]]:
    """Yield the paths to fit on and the paths to take values on, twice: each half serves as both."""
    first, second = slice(n // 2), slice(n // 2, None)
    yield first, second
    yield second, first

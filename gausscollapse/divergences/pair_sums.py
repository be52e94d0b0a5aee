r"""Chi-squared divergence of a mixture from one Gaussian: a closed double sum over components, in any dimension.

With ``q = N(mu, L L^T)`` and components of p seen from it, ``N(y_a, V_a)`` with ``y = L^{-1}(m - mu)`` and
``V = L^{-1} S L^{-T}``: ``int N_a N_b/q = exp(G_ab)``,
``G_ab = (h^T C^{-1} h - y_a^T V_a^{-1} y_a - y_b^T V_b^{-1} y_b - log det V_a - log det V_b - log det C)/2``,
``C = V_a^{-1} + V_b^{-1} - I`` and ``h = V_a^{-1} y_a + V_b^{-1} y_b``; finite iff C is positive definite. Then
``chi2(p || q) = sum_ab w_a w_b (exp(G_ab) - 1)``. Own derivation from the product of Gaussians.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.validation import Array
from gausscollapse.divergences.closed import UNIT_ROUNDOFF, correlation_condition
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture

METHOD = "closed form, sum over pairs of components"


def chi2(p: GaussianMixture, q: Gaussian) -> Enclosure:
    """Return ``chi2(p || q)`` for a mixture p and a Gaussian q for which it is finite, with its rounding error.

    The interval is a first-order rounding bound. ``inf`` is returned where a precision C is not positive definite.
    """
    dim, count = p.dim, p.weights.size
    shifts = solve_triangular(q.cholesky, (p.means - q.mean).T, lower=True).T
    identity = np.eye(dim)
    precisions, log_dets, conditions = [], [], []
    for component in p.components:
        root = np.asarray(solve_triangular(q.cholesky, component.cholesky, lower=True))
        half = np.asarray(solve_triangular(root, identity, lower=True))
        precisions.append(half.T @ half)
        log_dets.append(component.log_det - q.log_det)
        conditions.append(correlation_condition(component.cov))
    linear = np.array([a @ y for a, y in zip(precisions, shifts, strict=True)])
    squares = np.sum(linear * shifts, axis=1)
    base = 32.0 * UNIT_ROUNDOFF * dim
    total: list[float] = []
    error = 0.0
    for a in range(count):
        for b in range(a, count):
            mixed = precisions[a] + precisions[b] - identity
            try:
                factor = cho_factor(mixed, lower=True)
            except np.linalg.LinAlgError:
                return Enclosure.exact(math.inf, f"{METHOD}: V_a^-1 + V_b^-1 - I is not positive definite")
            h = linear[a] + linear[b]
            quadratic = float(h @ cho_solve(factor, h))
            log_det = 2.0 * float(np.sum(np.log(np.diag(factor[0]))))
            terms = (quadratic, -squares[a], -squares[b], -log_dets[a], -log_dets[b], -log_det)
            exponent = 0.5 * math.fsum(terms)
            weight = float(p.weights[a] * p.weights[b]) * (1.0 if a == b else 2.0)
            with np.errstate(over="ignore"):
                excess, size = float(np.expm1(exponent)), float(np.exp(exponent))
            total.append(weight * excess)
            error += (
                weight * size * _relative(mixed, precisions[a], precisions[b], conditions[a] + conditions[b], terms)
            )
    value = math.fsum(total) if all(map(math.isfinite, total)) else math.inf
    if math.isinf(value):
        return Enclosure(math.inf, 0.0, math.inf, f"{METHOD} (beyond the range of floats)", "closed-form")
    half_width = base * error + 4.0 * UNIT_ROUNDOFF * math.fsum(map(abs, total))
    value = max(value, 0.0)
    return Enclosure(value, max(0.0, value - half_width), value + half_width, METHOD, "closed-form")


def _relative(mixed: Array, first: Array, second: Array, condition: float, terms: tuple[float, ...]) -> float:
    """Return the size of what rounding multiplies in the exponent: terms times conditions and cancellation."""
    lowest = float(np.linalg.eigvalsh(mixed)[0])
    largest = float(np.linalg.norm(first, 2) + np.linalg.norm(second, 2) + 1.0)
    return (len(mixed) + math.fsum(map(abs, terms))) * (condition + largest / max(lowest, UNIT_ROUNDOFF * largest))

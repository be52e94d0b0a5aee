r"""Chi-squared divergence of a mixture from one Gaussian: a closed double sum over components, in any dimension.

With ``q = N(mu, L L^T)`` and components of p seen from it, ``N(y_a, V_a)`` with ``y = L^{-1}(m - mu)`` and
``V = L^{-1} S L^{-T}``: ``int N_a N_b/q = exp(G_ab)``,
``G_ab = (h^T C^{-1} h - y_a^T V_a^{-1} y_a - y_b^T V_b^{-1} y_b - log det V_a - log det V_b - log det C)/2``,
``C = V_a^{-1} + V_b^{-1} - I`` and ``h = V_a^{-1} y_a + V_b^{-1} y_b``; finite iff C is positive definite. Then
``chi2(p || q) = sum_ab w_a w_b (exp(G_ab) - 1)``. Own derivation from the product of Gaussians.

The interval is a first-order rounding bound. Where it is wide, or floats do not see that a C is positive definite,
the laws are taken as exact rationals and the answer is a ball (`certified.gaussians`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.log_sum import log_sum
from gausscollapse.core.rounding import EPS
from gausscollapse.core.triangular import solve_triangle
from gausscollapse.core.validation import Array
from gausscollapse.divergences.closed import SHARP, correlation_condition, raised
from gausscollapse.laws.gaussian import Gaussian
from gausscollapse.laws.mixture import GaussianMixture

METHOD = "closed form, sum over pairs of components"
LARGEST_EXPONENT = 700.0


class _Pairs(NamedTuple):
    """Weights of all pairs, exponents G, and bounds of the exponents' errors: infinite where floats fail."""

    weights: Array
    exponents: Array
    errors: Array


def chi2(p: GaussianMixture, q: Gaussian) -> Enclosure:
    """Return ``chi2(p || q)`` for a mixture p and a Gaussian q for which it is finite, with its rounding error."""
    pairs = _pairs(p, q)
    if np.max(pairs.exponents) > LARGEST_EXPONENT:
        return raised(_sharp(_log_integral(pairs), p, q))
    value = math.fsum(pairs.weights * np.expm1(pairs.exponents))
    terms = pairs.weights * np.exp(pairs.exponents)
    rounding = 4.0 * EPS * (math.fsum(terms) + 1.0) * len(p.weights)
    known = float(np.max(pairs.errors)) < 1.0
    found = _about(value, math.fsum(terms * np.expm1(pairs.errors)) + rounding if known else math.inf)
    exact = _sharp(found, p, q)
    return found if exact is found else raised(exact)


def renyi(p: GaussianMixture, q: Gaussian) -> Enclosure | None:
    """Return ``D_2(p || q) = log(1 + chi2)`` for a finite chi2; None where it is small and better had from chi2."""
    pairs = _pairs(p, q)
    return _sharp(_log_integral(pairs), p, q) if np.max(pairs.exponents) > 1.0 else None


def _about(value: float, error: float) -> Enclosure:
    if not (math.isfinite(value) and math.isfinite(error)):
        return Enclosure(0.0, 0.0, math.inf, f"{METHOD} (beyond the accuracy of floats)", "closed-form")
    value = max(value, 0.0)
    return Enclosure(value, max(0.0, value - error), value + error, METHOD, "closed-form")


def _log_integral(pairs: _Pairs) -> Enclosure:
    logs = np.log(pairs.weights) + pairs.exponents
    value = float(log_sum(logs))
    return _about(value, float(np.max(pairs.errors)) + 8.0 * EPS * (len(logs) + float(np.max(np.abs(logs)))))


def _sharp(found: Enclosure, p: GaussianMixture, q: Gaussian) -> Enclosure:
    """Return `found` where it is narrow, else ``log int p^2/q`` by exact rationals, where that is not too dear."""
    if float(found.width) <= 2.0 * SHARP * float(found.lower):
        return found
    from gausscollapse.divergences.certified import gaussians

    return gaussians.PairSum(p, q).renyi() if gaussians.fits(p.dim, p.weights.size) else found


def _pairs(p: GaussianMixture, q: Gaussian) -> _Pairs:
    from scipy.linalg import cho_factor, cho_solve

    dim, count = p.dim, p.weights.size
    shifts = solve_triangle(q.cholesky, (p.means - q.mean).T).T
    identity = np.eye(dim)
    precisions, log_dets, conditions = [], [], []
    for component in p.components:
        root = solve_triangle(q.cholesky, component.cholesky)
        half = solve_triangle(root, identity)
        precisions.append(half.T @ half)
        log_dets.append(component.log_det - q.log_det)
        conditions.append(correlation_condition(component.cov) + correlation_condition(q.cov))
    linear = np.array([a @ y for a, y in zip(precisions, shifts, strict=True)])
    squares = np.sum(linear * shifts, axis=1)
    rows = []
    for a in range(count):
        for b in range(a, count):
            mixed = precisions[a] + precisions[b] - identity
            weight = float(p.weights[a] * p.weights[b]) * (1.0 if a == b else 2.0)
            h = linear[a] + linear[b]
            try:
                factor = cho_factor(mixed, lower=True)
                solved = cho_solve(factor, h)
            except (np.linalg.LinAlgError, ValueError):  # the latter where numbers are beyond floats
                rows.append((weight, 0.0, math.inf))
                continue
            quadratic = float(h @ solved)
            log_det = 2.0 * float(np.sum(np.log(np.diag(factor[0]))))
            terms = (quadratic, -squares[a], -squares[b], -log_dets[a], -log_dets[b], -log_det)
            relative = _relative(mixed, precisions[a], precisions[b], conditions[a] + conditions[b])
            error = relative * (dim + math.fsum(map(abs, terms))) if relative < 0.1 else math.inf
            rows.append((weight, 0.5 * math.fsum(terms), error))
    return _Pairs(*np.array(rows).T)


def _relative(mixed: Array, first: Array, second: Array, condition: float) -> float:
    """Return the relative error of the terms of an exponent: conditions, and what forming C cancels."""
    lowest = float(np.linalg.eigvalsh(mixed)[0])
    largest = float(np.linalg.norm(first, 2) + np.linalg.norm(second, 2) + 1.0)
    cancelled = largest / max(lowest, EPS * largest)
    return 32.0 * EPS * len(mixed) * (condition + cancelled)

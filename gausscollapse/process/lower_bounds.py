"""Lower bounds from the observable score ``u(y) = E[M | endpoint = y]``, in the linear-Gaussian case.

In the whitened coordinates of the ideal endpoint ``u(z) = y'.z + (z^T X' z - tr X')/2`` with the tangents
``(y', X')``, and the learned endpoint is ``N(y, I + X)``. All formulas are *own*.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gausscollapse.core.enclosure import Enclosure
from gausscollapse.core.excess import excess
from gausscollapse.core.validation import Array
from gausscollapse.process.exact.statistics import METHOD, ROUNDING, LinearStatistics


def _squared(root: Array, error: Array) -> Enclosure:
    size = np.abs(root)
    return Enclosure(size**2, np.maximum(size - error, 0.0) ** 2, (size + error) ** 2, METHOD, "numeric")


def _state_error(statistics: LinearStatistics, size: Array) -> Array:
    floor = ROUNDING * np.sqrt(np.asarray(statistics.ideal_energy.value))
    return np.asarray(2.0 * statistics.relative * size + floor)


def _elsewhere(statistics: Any, name: str) -> Enclosure:
    """Return a bound that the statistics know themselves; 0 where they do not."""
    if not hasattr(statistics, name):
        return Enclosure.exact(np.zeros(statistics.size))
    found = getattr(statistics, name)
    result: Enclosure = found() if callable(found) else found
    return result


def hammersley_observable(statistics: Any) -> Enclosure:
    """Return ``(E_{p^} u - E_q u)^2/Var_q u``, a lower bound of ``chi2(p^ || q)``; 0 where u = 0.

    ``E_{p^} u = y'.y + (tr(X' X) + y^T X' y)/2`` and ``Var_q u = |y'|^2 + tr(X'^2)/2``.
    """
    if not isinstance(statistics, LinearStatistics):
        return _elsewhere(statistics, "hammersley_observable")
    tangent_mean, tangent_cov = statistics.tangent
    mean, cov = statistics.deviation
    change = np.sum(tangent_mean * mean, axis=1) + 0.5 * (
        np.sum(tangent_cov * cov, axis=(1, 2)) + np.einsum("bi,bij,bj->b", mean, tangent_cov, mean)
    )
    deviation = np.sqrt(np.sum(tangent_mean**2, axis=1) + 0.5 * np.sum(tangent_cov**2, axis=(1, 2)))
    noise = ROUNDING * np.sqrt(np.asarray(statistics.ideal_energy.value))
    seen = deviation > noise
    root = np.where(seen, change / np.where(seen, deviation, 1.0), 0.0)
    size = np.sqrt(np.sum(mean**2, axis=1) + np.sum(cov**2, axis=(1, 2))) * (1.0 + np.sqrt(np.sum(mean**2, axis=1)))
    return _squared(root, np.where(seen, _state_error(statistics, size), 0.0))


def hammersley_affine(statistics: Any) -> Enclosure:
    """Return ``|y|^2``, the best lower bound of ``chi2(p^ || q)`` over affine test functions: means alone."""
    if not isinstance(statistics, LinearStatistics):
        return _elsewhere(statistics, "hammersley_affine")
    norm = np.sqrt(np.sum(statistics.deviation[0] ** 2, axis=1))
    return _squared(norm, statistics.spectral_error)


def hammersley_quadratic(statistics: Any) -> Enclosure:
    """Return ``|y|^2 + ||X + y y^T||_F^2/2``, the best lower bound over quadratic test functions: two moments."""
    if not isinstance(statistics, LinearStatistics):
        return _elsewhere(statistics, "hammersley_quadratic")
    mean, cov = statistics.deviation
    second = cov + mean[:, :, None] * mean[:, None, :]
    norm = np.sqrt(np.sum(mean**2, axis=1) + 0.5 * np.sum(second**2, axis=(1, 2)))
    length = np.sqrt(np.sum(mean**2, axis=1))
    error = statistics.spectral_error * np.sqrt(2.0 * statistics.batch.dim) * (1.0 + length)
    return _squared(norm, np.asarray(error))


def donsker_varadhan(statistics: Any) -> Enclosure:
    """Return ``sup_lam {lam E_{p^} u - log E_q exp(lam u)}``, a lower bound of ``KL(p^ || q)`` in nats.

    ``log E_q exp(lam u) = sum_i (excess(-lam x_i) + lam^2 y_i^2/(1 - lam x_i))/2`` in the eigenbasis of X', for
    ``lam x_i < 1``. The objective is concave; Newton's method with halving finds its maximum, and the value at
    any feasible lam is a lower bound of the supremum.
    """
    if not isinstance(statistics, LinearStatistics):
        return _elsewhere(statistics, "donsker_varadhan")
    eigenvalues, basis = np.linalg.eigh(statistics.tangent[1])
    first = np.einsum("bij,bi->bj", basis, statistics.tangent[0])
    mean, cov = statistics.deviation
    second = np.einsum("bji,bjk,bki->bi", basis, cov + mean[:, :, None] * mean[:, None, :], basis)
    shift = np.sum(first * np.einsum("bij,bi->bj", basis, mean) + 0.5 * eigenvalues * second, axis=1)

    def cumulant(scale: Array) -> Array:
        product = scale[:, None] * eigenvalues
        inside = np.all(product < 1.0, axis=1)
        safe = np.where(inside[:, None], product, 0.0)
        terms = excess(-safe) + (scale[:, None] * first) ** 2 / (1.0 - safe)
        return np.where(inside, 0.5 * np.sum(terms, axis=1), np.inf)

    def derivatives(scale: Array) -> tuple[Array, Array]:
        rest = 1.0 - scale[:, None] * eigenvalues
        slope = 0.5 * np.sum(
            scale[:, None] * eigenvalues**2 / rest + first**2 * scale[:, None] * (1.0 + rest) / rest**2, axis=1
        )
        curvature = np.sum(0.5 * eigenvalues**2 / rest**2 + first**2 / rest**3, axis=1)
        return slope, curvature

    scale = np.zeros(statistics.size)
    best = np.zeros(statistics.size)
    for _ in range(60):
        slope, curvature = derivatives(scale)
        step = np.where(curvature > 0.0, (shift - slope) / np.where(curvature > 0.0, curvature, 1.0), 0.0)
        for _ in range(60):
            trial = scale + step
            value = trial * shift - cumulant(trial)
            worse = value < best
            if not np.any(worse):
                break
            step = np.where(worse, 0.5 * step, step)
        better = value > best
        if not np.any(better):
            break
        scale, best = np.where(better, trial, scale), np.where(better, value, best)
    slope, curvature = derivatives(scale)
    gap = (shift - slope) ** 2 / np.where(curvature > 0.0, curvature, np.inf)
    norm = np.sqrt(np.sum(mean**2, axis=1) + np.sum(cov**2, axis=(1, 2)))
    derivative = np.sqrt(np.sum(first**2, axis=1) + 0.5 * np.sum(eigenvalues**2, axis=1))
    error = np.abs(scale) * derivative * _state_error(statistics, norm * (1.0 + norm)) * 2.0
    return Enclosure(best, np.maximum(best - error, 0.0), best + error + gap, METHOD, "numeric")

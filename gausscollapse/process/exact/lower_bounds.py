"""Lower bounds of endpoint divergences between Gaussians, as functions of arrays.

In the whitened coordinates of the ideal endpoint, whose law is N(0, I), the learned endpoint is ``N(y, I + X)`` and
the observable score is ``u(z) = y'.z + (z^T X' z - tr X')/2`` with the tangents ``(y', X')``. All formulas are *own*.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gausscollapse.core.excess import excess
from gausscollapse.core.validation import Array

ROUNDING = 2.0**-52

Law = tuple[Array, Array]
"""A mean (B, d) and a symmetric matrix (B, d, d): ``(y, X)``, or its tangent ``(y', X')``."""


def observable_change(tangent: Law, deviation: Law) -> Array:
    """Return ``E_{p^} u - E_q u``, shape (B,)."""
    (tangent_mean, tangent_cov), (mean, cov) = tangent, deviation
    return np.asarray(
        np.sum(tangent_mean * mean, axis=1)
        + 0.5 * (np.sum(tangent_cov * cov, axis=(1, 2)) + np.einsum("bi,bij,bj->b", mean, tangent_cov, mean))
    )


def observable_spread(tangent: Law) -> Array:
    """Return the root of ``Var_q u = |y'|^2 + tr(X'^2)/2``, shape (B,)."""
    mean, cov = tangent
    return np.asarray(np.sqrt(np.sum(mean**2, axis=1) + 0.5 * np.sum(cov**2, axis=(1, 2))))


def observable_root(tangent: Law, deviation: Law, noise: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return ``(E_{p^} u - E_q u)/sqrt(Var_q u)``, the size of the states in it, and where u is above `noise`.

    ``E_{p^} u = y'.y + (tr(X' X) + y^T X' y)/2`` and ``Var_q u = |y'|^2 + tr(X'^2)/2``; the root is 0 where u = 0.
    """
    mean, cov = deviation
    change, spread = observable_change(tangent, deviation), observable_spread(tangent)
    seen = spread > noise
    root = np.where(seen, change / np.where(seen, spread, 1.0), 0.0)
    size = np.sqrt(np.sum(mean**2, axis=1) + np.sum(cov**2, axis=(1, 2))) * (1.0 + np.sqrt(np.sum(mean**2, axis=1)))
    return root, size, seen


def quadratic_root(deviation: Law) -> tuple[Array, Array]:
    """Return the root of ``|y|^2 + ||X + y y^T||_F^2/2``, and ``|y|``."""
    mean, cov = deviation
    second = cov + mean[:, :, None] * mean[:, None, :]
    norm = np.sqrt(np.sum(mean**2, axis=1) + 0.5 * np.sum(second**2, axis=(1, 2)))
    return norm, np.sqrt(np.sum(mean**2, axis=1))


class ObservableCumulant:
    """``K(lam) = log E_q exp(lam u)`` and its derivatives, with u in the eigenbasis of X'.

    ``K = sum_i (excess(-lam x_i) + lam^2 y_i^2/(1 - lam x_i))/2`` for ``lam x_i < 1``; inf beyond.

    Parameters
    ----------
    first : ndarray, shape (B, d)
        ``y_i``: the tangent of the mean.
    eigenvalues : ndarray, shape (B, d)
        ``x_i``: those of X'.
    """

    def __init__(self, first: Array, eigenvalues: Array) -> None:
        self.first, self.eigenvalues = first, eigenvalues

    def value(self, scale: Array) -> Array:
        """Return ``K(lam)``, shape (B,)."""
        product = scale[:, None] * self.eigenvalues
        inside = np.all(product < 1.0, axis=1)
        safe = np.where(inside[:, None], product, 0.0)
        terms = excess(-safe) + (scale[:, None] * self.first) ** 2 / (1.0 - safe)
        return np.where(inside, 0.5 * np.sum(terms, axis=1), np.inf)

    def derivatives(self, scale: Array) -> tuple[Array, Array]:
        """Return ``K'(lam)`` and ``K''(lam)``, shapes (B,)."""
        first, eigenvalues = self.first, self.eigenvalues
        rest = 1.0 - scale[:, None] * eigenvalues
        slope = 0.5 * np.sum(
            scale[:, None] * eigenvalues**2 / rest + first**2 * scale[:, None] * (1.0 + rest) / rest**2, axis=1
        )
        curvature = np.sum(0.5 * eigenvalues**2 / rest**2 + first**2 / rest**3, axis=1)
        return slope, curvature

    def conjugate(self, shift: Array) -> tuple[Array, Array, Array]:
        """Return lam, ``lam shift - K(lam)`` and a bound of what is missing to the supremum, shapes (B,).

        The objective is concave; Newton's method with halving finds its maximum, and the value at any lam is a
        lower bound of the supremum. A step goes at most nine tenths of the way to where K becomes infinite.
        """
        scale, best = np.zeros(shift.size), np.zeros(shift.size)
        with np.errstate(divide="ignore"):
            lowest = 1.0 / np.minimum(np.min(self.eigenvalues, axis=1), -0.0)
            highest = 1.0 / np.maximum(np.max(self.eigenvalues, axis=1), 0.0)
        for _ in range(60):
            slope, curvature = self.derivatives(scale)
            rest = shift - slope
            step = np.where(curvature > 0.0, rest / np.where(curvature > 0.0, curvature, 1.0), 0.0)
            step = np.clip(step, 0.9 * (lowest - scale), 0.9 * (highest - scale))
            # Half of it is what the step may gain: below rounding, halving would go on for nothing.
            step = np.where(rest * step <= ROUNDING * best, 0.0, step)
            for _ in range(60):
                trial = scale + step
                value = trial * shift - self.value(trial)
                worse = value < best
                if not np.any(worse):
                    break
                step = np.where(worse, 0.5 * step, step)
            better = value > best
            if not np.any(better):
                break
            scale, best = np.where(better, trial, scale), np.where(better, value, best)
        slope, curvature = self.derivatives(scale)
        return scale, best, (shift - slope) ** 2 / np.where(curvature > 0.0, curvature, np.inf)


def donsker_varadhan(tangent: Law, deviation: Law) -> tuple[Array, Array, Array]:
    """Return ``max_lam {lam E_{p^} u - log E_q exp(lam u)}``, its gap to the supremum and its sensitivity, (B,).

    The sensitivity is the factor from an error of the states to one of the value.
    """
    return donsker_varadhan_sum(tangent_spectrum(tangent), observable_change(tangent, deviation))


def tangent_spectrum(tangent: Law) -> tuple[Array, Array]:
    """Return y' in the eigenbasis of X', and the eigenvalues of X', shapes (B, d)."""
    eigenvalues, basis = np.linalg.eigh(tangent[1])
    return np.einsum("bij,bi->bj", basis, tangent[0]), eigenvalues


def donsker_varadhan_sum(spectrum: tuple[Array, Array], shift: Array) -> tuple[Array, Array, Array]:
    """Return the same from `tangent_spectrum` and `observable_change`."""
    first, eigenvalues = spectrum
    scale, best, gap = ObservableCumulant(first, eigenvalues).conjugate(shift)
    derivative = np.sqrt(np.sum(first**2, axis=1) + 0.5 * np.sum(eigenvalues**2, axis=1))
    return best, gap, np.abs(scale) * derivative

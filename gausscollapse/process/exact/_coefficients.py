"""Kernels: coefficients of the whitened linear reverse process at one time. They know arrays only.

In the eigenbasis of the data covariance, with ``lam_i(t)`` the eigenvalues of ``S_t`` and the whitened
coordinate ``z = S_t^{-1/2}(x - m_t)``, an affine error reads ``e = c + B z``. Under the ideal process z is
stationary with law N(0, I) and ``dz = -(1/2) diag(1/lam) z ds + diag(lam^{-1/2}) dW``.
"""

from __future__ import annotations

import math
from typing import Any

from numba import njit

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}


# Beyond this time log(exp(t) + x) = t + x exp(-t) to rounding, and exp(t) would overflow at last.
FAR = 40.0


@njit(**OPTIONS)
def decays(clock, floor):  # type: ignore[no-untyped-def]
    """Return ``exp(-t), exp(-t/2), 1 - exp(-t)`` and dt/dclock where ``exp(clock) = floor + exp(t) - 1``.

    In this clock the fastest mode has rate one.
    """
    if clock > FAR:
        decay = math.exp(-clock)
        return decay, math.exp(-0.5 * clock), 1.0 - decay, 1.0
    raised = math.exp(clock)
    decay = 1.0 / (raised + 1.0 - floor)
    return decay, math.sqrt(decay), max(raised - floor, 0.0) * decay, raised * decay


@njit(**OPTIONS)
def clock_of_time(t, floor):  # type: ignore[no-untyped-def]
    """Return ``log(floor + exp(t) - 1)``, the clock of `decays`."""
    if t > FAR:
        return t + (floor - 1.0) * math.exp(-t)
    return math.log(floor + math.expm1(t))


@njit(**OPTIONS)
def clock_length(span, stop, floor):  # type: ignore[no-untyped-def]
    """Return the clock at ``stop + span`` minus that at `stop`, to full relative accuracy however short the span.

    ``log1p(expm1(span)/lam)`` with ``lam = floor exp(-stop) + 1 - exp(-stop)``: no two clocks are subtracted.
    """
    lam = floor * math.exp(-stop) - math.expm1(-stop)
    if span > FAR:
        return span - math.log(lam) + math.log1p((lam - 1.0) * math.exp(-span))
    return math.log1p(math.expm1(span) / lam)


@njit(**OPTIONS)
def coefficients(decay, keep, noise, form, lam, root, c, B, work):  # type: ignore[no-untyped-def]
    """Fill lam, root = sqrt(lam), c and B for ``e = c + B z`` where exp(-t) = decay.

    ``e(x) = A x + b + R S^{-1}(x - m) + share (S^{-1}(x - m) - V^{-1}(x - n))``. With ``change`` the target's
    covariance minus the data's, ``S^{-1} - V^{-1} = S^{-1} exp(-t) change V^{-1}`` does not cancel.
    """
    d = form.eig.size
    for i in range(d):
        lam[i] = form.eig[i] * decay + noise
        root[i] = math.sqrt(lam[i])
    for i in range(d):
        total = form.offset[i]
        for j in range(d):
            total += form.slope[i, j] * keep * form.mean[j]
            B[i, j] = form.slope[i, j] * root[j] + form.response[i, j] / root[j]
        c[i] = total
    if form.share != 0.0:
        for i in range(d):
            for j in range(i + 1):
                total = 0.0
                for k in range(d):
                    total += form.basis[i, k] * form.basis[j, k] / (form.target_eig[k] * decay + noise)
                work[i, j] = total
                work[j, i] = total
        for i in range(d):
            total = 0.0
            for j in range(d):
                total += work[i, j] * keep * form.shift[j]
            c[i] += form.share * total
            for j in range(d):
                total = 0.0
                for k in range(d):
                    total += form.change[i, k] * work[k, j]
                B[i, j] += form.share * decay / lam[i] * total * root[j]


@njit(**OPTIONS)
def by_noise(stochasticity, gain, lam, root, c, B):  # type: ignore[no-untyped-def]
    """Measure coefficients in units of the noise, in place: then the equations are those of stochasticity 1.

    The process ``dz = (-(s^2/2) D z + k W e) ds + s W dB`` with k = `gain` has D s^2, W s and the error (k/s) e.
    """
    if stochasticity == 1.0:
        return
    ratio = gain / stochasticity
    for i in range(lam.size):
        lam[i] /= stochasticity * stochasticity
        root[i] /= stochasticity
        c[i] *= ratio
        for j in range(lam.size):
            B[i, j] *= ratio


@njit(**OPTIONS)
def jacobi(matrix, vectors):  # type: ignore[no-untyped-def]
    """Diagonalise a symmetric positive definite matrix in place; the columns of `vectors` are its eigenvectors.

    Cyclic Jacobi with the relative criterion ``|a_ij| <= u sqrt(a_ii a_jj)``, which keeps small eigenvalues of
    graded matrices accurate (Demmel and Veselic 1992).
    """
    d = matrix.shape[0]
    for i in range(d):
        for j in range(d):
            vectors[i, j] = 1.0 if i == j else 0.0
    for _ in range(40):
        rotated = False
        for i in range(d - 1):
            for j in range(i + 1, d):
                entry = matrix[i, j]
                if entry == 0.0 or abs(entry) <= 2.3e-16 * math.sqrt(abs(matrix[i, i] * matrix[j, j])):
                    continue
                rotated = True
                ratio = (matrix[j, j] - matrix[i, i]) / (2.0 * entry)
                tangent = math.copysign(1.0, ratio) / (abs(ratio) + math.sqrt(1.0 + ratio * ratio))
                cosine = 1.0 / math.sqrt(1.0 + tangent * tangent)
                sine = cosine * tangent
                matrix[i, i] -= tangent * entry
                matrix[j, j] += tangent * entry
                matrix[i, j] = 0.0
                matrix[j, i] = 0.0
                for k in range(d):
                    if k != i and k != j:
                        left, right = matrix[k, i], matrix[k, j]
                        matrix[k, i] = cosine * left - sine * right
                        matrix[i, k] = matrix[k, i]
                        matrix[k, j] = sine * left + cosine * right
                        matrix[j, k] = matrix[k, j]
                    left, right = vectors[k, i], vectors[k, j]
                    vectors[k, i] = cosine * left - sine * right
                    vectors[k, j] = sine * left + cosine * right
        if not rotated:
            break

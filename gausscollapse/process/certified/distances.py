"""Distances of the two Gaussian endpoints in ball arithmetic: total variation on the line, 2-Wasserstein anywhere."""

from __future__ import annotations

import numpy as np
from flint import acb_mat, arb, arb_mat, ctx

from gausscollapse.process.certified.balls import Ball, Matrix, frobenius, middle, positive_definite, symmetric
from gausscollapse.process.certified.endpoint import Endpoints
from gausscollapse.process.certified.sweep import PrecisionError

NEWTON_STEPS = 40


def total_variation(ends: Endpoints) -> Ball:
    """Return ``int |p^ - q|/2`` on the line.

    In units of the ideal deviation ``p^ = N(y, v)``, ``v = 1 + x``, and both densities agree at the roots of
    ``x z^2 + 2 y z - y^2 - v log v``. The distance is the difference of the two masses between the roots. Where balls
    cannot tell x from 0, the mass of both laws beyond the far root is at most what the near edge of its ball leaves.
    """
    scale = ends.covariance[0, 0].sqrt()
    change, mean = ends.relative[0, 0], ends.mean[0, 0] / scale
    variance = 1 + change
    level = mean * mean + variance * variance.log()
    inside = mean * mean + change * level
    if not inside > 0:
        # Pinsker's inequality: the laws are too close for their roots.
        return arb(0).union((ends.kl().abs_upper() / 2).sqrt())
    root = inside.sqrt()
    pivot = -(mean + root) if mean.mid() >= 0 else root - mean
    if pivot.contains(0):
        raise PrecisionError("where the densities agree")
    deviation, near = variance.sqrt(), -level / pivot

    def masses(z: Ball) -> Ball:
        return _normal((z - mean) / deviation) - _normal(z)

    if not change.contains(0):
        return abs(masses(pivot / change) - masses(near))
    reach = abs(pivot).lower() / abs(change).upper() - abs(mean).upper() if change.rad() > 0 else None
    rest = arb(0)
    if reach is not None:
        if not reach > 0:
            raise PrecisionError("where the densities agree")
        rest = arb(0).union(_normal(-reach / deviation.upper()).max(_normal(-reach)).abs_upper())
    return abs(masses(near)) + rest - rest


def wasserstein2(ends: Endpoints) -> Ball:
    """Return the 2-Wasserstein distance ``(|delta|^2 + tr(2 S + X) - 2 tr (S^{1/2}(S + X) S^{1/2})^{1/2})^{1/2}``."""
    root = square_root(ends.covariance)
    cross = square_root(symmetric(root * (ends.covariance + ends.change) * root))
    square = (ends.mean.transpose() * ends.mean)[0, 0] + (2 * ends.covariance + ends.change - 2 * cross).trace()
    if square > 0:
        return square.sqrt()
    # A square is never negative.
    return arb(0).union(square.abs_upper().sqrt())


def square_root(matrix: Matrix) -> Matrix:
    """Return an enclosure of the positive square root of a symmetric positive definite matrix.

    From ``A^{1/2} (A^{1/2} - R) + (A^{1/2} - R) R = A - R^2``, R symmetric and positive definite,
    ``||A^{1/2} - R||_F <= ||A - R^2||_F ||R^{-1}||``.
    """
    size = matrix.nrows()
    if size == 1:
        return arb_mat([[matrix[0, 0].sqrt()]])
    eigenvalues, basis = np.linalg.eigh(middle(matrix))
    if not np.all(eigenvalues > 0.0):
        raise PrecisionError("a square root")
    start = (basis * np.sqrt(eigenvalues)) @ basis.T
    root = arb_mat([[arb(float(entry)) for entry in row] for row in start])
    centre, tolerance = matrix.mid(), arb(2) ** (-ctx.prec)
    # Newton's step for R^2 = A, in the basis of the start: R E + E R = A - R^2.
    turn = arb_mat([[arb(float(entry)) for entry in row] for row in basis])
    back, roots = turn.inv().mid(), [arb(float(value)).sqrt() for value in eigenvalues]
    for _ in range(NEWTON_STEPS):
        rest = back * (centre - root * root) * turn
        step = arb_mat([[rest[i, j] / (roots[i] + roots[j]) for j in range(size)] for i in range(size)])
        root = symmetric(root + turn * step * back).mid()
        if frobenius(step) < tolerance * frobenius(root):
            break
    if not positive_definite(root):
        raise PrecisionError("a square root")
    inverse = root.inv()
    error = (frobenius(matrix - root * root) * frobenius(inverse)).abs_upper()
    if not error.is_finite():
        raise PrecisionError("a square root")
    ball = arb(0, error)
    return arb_mat([[root[i, j] + ball for j in range(size)] for i in range(size)])


def largest_eigenvalue(matrix: Matrix) -> Ball:
    """Return the largest eigenvalue of a symmetric matrix."""
    if matrix.nrows() == 1:
        return matrix[0, 0]
    try:
        values = [value.real for value in acb_mat(matrix).eig(multiple=True)]
    except ValueError as problem:
        raise PrecisionError("the largest eigenvalue") from problem
    largest = values[0]
    for value in values[1:]:
        largest = largest.max(value)
    return largest


def _normal(z: Ball) -> Ball:
    """Return the normal distribution function."""
    return (-z / arb(2).sqrt()).erfc() / 2

"""The integrands of `geometry` at one time: the solenoidal part of the error, energies and slack, as balls."""

from __future__ import annotations

from collections.abc import Sequence

from flint import arb_mat

from gausscollapse.process.certified.balls import Ball, Matrix, block


def rotation(covariance: Matrix, slope: Matrix) -> Matrix:
    """Return the antisymmetric Q with ``V Q + Q V = V (A - A^T) V``: ``Q V^{-1}`` is the solenoidal part of A."""
    size = covariance.nrows()
    pairs = [(i, j) for i in range(size) for j in range(i)]
    result = arb_mat(size, size)
    if not pairs:
        return result
    turn = covariance * (slope - slope.transpose()) * covariance
    number = {pair: k for k, pair in enumerate(pairs)}
    system, right = arb_mat(len(pairs), len(pairs)), arb_mat([[turn[pair]] for pair in pairs])
    for row, (i, j) in enumerate(pairs):
        for k in range(size):
            # (V Q)_ij + (Q V)_ij = sum_k V_ik Q_kj + Q_ik V_kj
            for a, b, entry in ((k, j, covariance[i, k]), (i, k, covariance[k, j])):
                if a > b:
                    system[row, number[a, b]] += entry
                elif a < b:
                    system[row, number[b, a]] -= entry
    solved = system.solve(right)
    for row, (i, j) in enumerate(pairs):
        result[i, j], result[j, i] = solved[row, 0], -solved[row, 0]
    return result


def _energy(field: Matrix, moment: Matrix) -> Ball:
    return (field * moment * field.transpose()).trace()


def integrands(
    slope: Matrix, offset: Matrix, inverse: Matrix, covariance: Matrix, deviation: Matrix, *, turns: bool, noise: Ball
) -> Sequence[Ball]:
    """Return twice the slack times the noise and, where `turns`, gradient and swirl energies, per unit of time.

    Parameters
    ----------
    slope : arb_mat, shape (d, d)
        A.
    offset : arb_mat, shape (d, 1)
        b.
    inverse, covariance : arb_mat, shape (d, d)
        ``S^{-1}`` and S.
    deviation : arb_mat, shape (d + 1, d + 1)
        Learned less ideal covariance in the block, learned mean in the last column.
    turns : bool
        Whether the energies are wanted.
    noise : arb
        u.
    """
    dim = slope.nrows()
    inside = range(dim)
    mean = block(deviation, inside, range(dim, dim + 1))
    learned = covariance + block(deviation, inside, inside)
    second = learned + mean * mean.transpose()

    def square(field: Matrix) -> Ball:
        """Return ``E |field z + b|^2``."""
        cross = (offset.transpose() * (field * mean))[0, 0]
        return _energy(field, second) + 2 * cross + (offset.transpose() * offset)[0, 0]

    precision = learned.inv()
    pulled = slope - inverse * noise
    slack = square(pulled) + 2 * noise * pulled.trace() + noise**2 * precision.trace()
    if not turns:
        return (slack,)
    turn = rotation(learned, slope)
    gradient = slope - turn * precision
    middle_value = slope * mean + offset
    along = _energy(gradient, learned) + (middle_value.transpose() * middle_value)[0, 0]
    return slack, along, square(slope - rotation(covariance, slope) * inverse), _energy(turn, precision)

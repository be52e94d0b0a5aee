"""The bound of an inverse's norm, against exact rational numbers; pivots alone bound nothing in d > 1."""

from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest

from gausscollapse.core.rounding import EPS
from gausscollapse.retraining._inverse_norm import inverse_norm
from gausscollapse.retraining.ratio_states import FINITE
from gausscollapse.retraining.ratios import ratio_products
from gausscollapse.retraining.whitened import Whitened


def exact_norm(matrix):
    """Return the spectral norm of the exact inverse of a matrix of floats, to 60 digits."""
    with mp.workdps(60):
        return float(mp.svd_r(mp.matrix(matrix.tolist()) ** -1, compute_uv=False)[0])


def matrices():
    """Return matrices of condition 1 to 1e13 in d = 1 to 6, and triangular ones whose pivots are all 1."""
    rng = np.random.default_rng(3)
    for dim in range(1, 7):
        for decade in range(0, 14, 2):
            left, right = (np.linalg.qr(rng.standard_normal((dim, dim)))[0] for _ in range(2))
            yield left * np.logspace(0, -decade if dim > 1 else 0, dim) @ right
        yield np.eye(dim) - np.triu(np.full((dim, dim), 1.0), 1)


def test_the_inverse_is_never_larger_than_its_bound_and_seldom_much_smaller():
    for matrix in matrices():
        truth, bound = exact_norm(matrix), inverse_norm(matrix)
        assert truth <= bound * (1 + 4 * EPS)
        assert bound <= 2.0 * np.sqrt(len(matrix)) * truth or truth * np.linalg.norm(matrix) > 1e12


def test_control_the_smallest_pivot_is_no_bound():
    matrix = np.array([[1.0, -50.0], [0.0, 1.0]])
    assert exact_norm(matrix) > 10 * 2 / 1.0
    assert inverse_norm(np.array([[1.0, 1.0], [1.0, 1.0]])) == np.inf


@pytest.mark.parametrize("dim", [2, 3])
def test_integrals_with_a_nearly_singular_matrix_hold_the_truth(dim):
    rng, counted = np.random.default_rng(dim), 0
    for _ in range(60):
        laws = []
        for _ in range(2):
            basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
            cov = (basis * np.exp(rng.uniform(-6.0, 0.69, dim))) @ basis.T
            laws.append((rng.standard_normal(dim), 0.5 * (cov + cov.T)))
        means, covs = (np.array([law[i] for law in laws]) for i in range(2))
        excess = covs - np.eye(dim)
        # Excess and spread are floats each: X is taken as the truth, R is then off by its rounding.
        sizes = 4 * EPS * dim * (1.0 + np.linalg.norm(covs, axis=(1, 2)))
        pool = Whitened(means, excess, covs, np.zeros(2), sizes)
        values, errors, states = ratio_products(pool, pool, np.zeros(2), np.zeros(2))
        for a in range(2):
            for b in range(2):
                if states[a, b] == FINITE and np.isfinite(values[a, b]):
                    counted += 1
                    assert abs(Fraction(values[a, b]) - truth(means, covs, a, b)) <= Fraction(errors[a, b])
    assert counted > 100


def truth(means, covs, a, b):
    """Return ``int N_a N_b/N(0, I) - 1`` by completing the square, 60 digits."""
    with mp.workdps(60):
        first, second = (mp.matrix(covs[i].tolist()) ** -1 for i in (a, b))
        left, right = (mp.matrix(means[i].tolist()) for i in (a, b))
        joint, pull = first + second - mp.eye(len(means[0])), first * left + second * right
        exponent = (pull.T * joint**-1 * pull)[0] - (left.T * first * left)[0] - (right.T * second * right)[0]
        value = mp.sqrt(mp.det(first) * mp.det(second) / mp.det(joint)) * mp.exp(exponent / 2) - 1
        return Fraction(int(mp.floor(value * mp.mpf(2) ** 160))) / 2**160

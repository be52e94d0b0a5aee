"""The split of a linear field: identity, orthogonality and energies by traces, SciPy's Lyapunov solver beside it."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import solve_continuous_lyapunov

import gausscollapse as gc
from gausscollapse.core.exceptions import DimensionMismatchError, InvalidArgumentError

DIMENSIONS = (1, 2, 3, 8)


def instance(dim, seed):
    """A matrix A and a covariance V of condition up to about 100."""
    rng = np.random.default_rng(seed)
    rotation = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    cov = (rotation * np.exp(rng.uniform(-2.5, 2.0, dim))) @ rotation.T
    return rng.standard_normal((dim, dim)), 0.5 * (cov + cov.T)


@given(dim=st.integers(1, 8), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_the_parts_make_up_the_field_and_have_their_symmetries(dim, seed):
    matrix, cov = instance(dim, seed)
    symmetric, antisymmetric = gc.hodge(matrix, cov)
    np.testing.assert_array_equal(symmetric, symmetric.T)
    np.testing.assert_array_equal(antisymmetric, -antisymmetric.T)
    size = np.linalg.norm(matrix) * np.linalg.norm(cov)
    np.testing.assert_allclose(symmetric @ cov + antisymmetric, matrix @ cov, rtol=0.0, atol=1e-13 * size)


@given(dim=st.integers(1, 8), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_orthogonality_and_pythagoras_by_traces(dim, seed):
    matrix, cov = instance(dim, seed)
    offset, mean = np.random.default_rng(seed + 1).standard_normal((2, dim))
    symmetric, antisymmetric = gc.hodge(matrix, cov)
    swirl = antisymmetric @ np.linalg.inv(cov)
    # E[B(x - m) . v(x)] = tr(B V (Q V^{-1})^T) under N(m, V).
    inner = np.trace(symmetric @ cov @ swirl.T)
    shift = matrix @ mean + offset
    total = np.trace(matrix @ cov @ matrix.T) + shift @ shift
    gradient = np.trace(symmetric @ cov @ symmetric) + shift @ shift
    solenoidal = np.trace(antisymmetric @ np.linalg.inv(cov) @ antisymmetric.T)
    assert abs(inner) <= 1e-12 * total
    assert gradient + solenoidal == pytest.approx(total, rel=1e-12)
    assert gradient >= 0.0
    assert solenoidal >= 0.0
    # The weighted divergence of Q V^{-1}(x - m) is tr(Q V^{-1}) minus a quadratic form: both vanish.
    assert abs(np.trace(swirl)) <= 1e-12 * np.linalg.norm(swirl) * dim
    form = np.linalg.inv(cov) @ swirl
    np.testing.assert_allclose(form, -form.T, rtol=0.0, atol=1e-11 * max(np.linalg.norm(form), 1e-300))


@pytest.mark.parametrize("dim", DIMENSIONS)
def test_the_symmetric_part_solves_the_lyapunov_equation_as_scipy_does(dim):
    matrix, cov = instance(dim, dim)
    symmetric, antisymmetric = gc.hodge(matrix, cov)
    expected = solve_continuous_lyapunov(cov, matrix @ cov + cov @ matrix.T)
    np.testing.assert_allclose(symmetric, expected, rtol=0.0, atol=1e-11 * np.linalg.norm(expected))
    np.testing.assert_allclose(antisymmetric, (matrix - expected) @ cov, rtol=0.0, atol=1e-11)
    # The control: the naive symmetric part is another matrix as soon as the covariance is not isotropic.
    if dim > 1:
        assert np.max(np.abs(expected - 0.5 * (matrix + matrix.T))) > 1e-3


def test_isotropic_covariances_give_the_plain_symmetric_and_antisymmetric_parts():
    matrix, _ = instance(4, 0)
    symmetric, antisymmetric = gc.hodge(matrix, 2.0 * np.eye(4))
    np.testing.assert_allclose(symmetric, 0.5 * (matrix + matrix.T), rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(antisymmetric, matrix - matrix.T, rtol=1e-14, atol=1e-15)


def test_gradient_fields_have_no_solenoidal_part_and_solenoidal_fields_no_gradient():
    matrix, cov = instance(5, 1)
    gradient, swirl = matrix + matrix.T, (matrix - matrix.T) @ np.linalg.inv(cov)
    assert np.max(np.abs(gc.hodge(gradient, cov)[1])) < 1e-12
    assert np.max(np.abs(gc.hodge(swirl, cov)[0])) < 1e-11
    np.testing.assert_allclose(gc.hodge(swirl, cov)[1], matrix - matrix.T, rtol=1e-10, atol=1e-11)


def test_one_dimension_is_all_gradient_and_takes_scalars():
    symmetric, antisymmetric = gc.hodge(-3.0, 0.25)
    assert symmetric.tolist() == [[-3.0]]
    assert antisymmetric.tolist() == [[0.0]]


def test_a_graded_diagonal_of_condition_1e12_keeps_every_entry():
    variances = np.array([1e-12, 1e-7, 1.0])
    matrix = np.random.default_rng(2).standard_normal((3, 3))
    symmetric, antisymmetric = gc.hodge(matrix, np.diag(variances))
    with mpmath.workdps(40):
        for i in range(3):
            for j in range(3):
                a, b, v, w = (mpmath.mpf(x) for x in (matrix[i, j], matrix[j, i], variances[i], variances[j]))
                exact = (a * w + v * b) / (v + w)
                assert symmetric[i, j] == pytest.approx(float(exact), rel=1e-14)
                assert antisymmetric[i, j] == pytest.approx(float((a - exact) * w), rel=1e-12, abs=1e-300)


def test_a_full_covariance_of_condition_1e12_keeps_the_identity():
    matrix, _ = instance(4, 3)
    rotation = np.linalg.qr(np.random.default_rng(4).standard_normal((4, 4)))[0]
    cov = (rotation * np.array([1e-12, 1e-8, 1e-3, 1.0])) @ rotation.T
    cov = 0.5 * (cov + cov.T)
    symmetric, antisymmetric = gc.hodge(matrix, cov)
    np.testing.assert_array_equal(antisymmetric, -antisymmetric.T)
    np.testing.assert_allclose(symmetric @ cov + antisymmetric, matrix @ cov, rtol=0.0, atol=1e-14)


BAD = {
    "cov asymmetric": ((np.eye(2), [[1.0, 0.5], [0.0, 1.0]]), InvalidArgumentError, "cov = .*is not symmetric"),
    "cov indefinite": ((np.eye(2), np.diag([1.0, -1.0])), InvalidArgumentError, "cov = .*smallest eigenvalue -1"),
    "matrix NaN": (([[math.nan]], 1.0), InvalidArgumentError, "matrix = .*NaN"),
    "matrix not square": ((np.ones((2, 3)), np.eye(2)), InvalidArgumentError, r"matrix = .*\(d, d\)"),
    "dimensions": (
        (np.eye(3), np.eye(2)),
        DimensionMismatchError,
        r"matrix = .*accepted: a matrix of shape \(2, 2\)",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named_with_its_cure(name):
    arguments, kind, message = BAD[name]
    with pytest.raises(kind, match=message):
        gc.hodge(*arguments)

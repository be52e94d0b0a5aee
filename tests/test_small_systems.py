"""Small triangular systems and sums of weights to twice the precision, against exact rationals."""

from fractions import Fraction

import numpy as np
import pytest

from gausscollapse.core.triangular import FEW, solve_triangle
from gausscollapse.retraining._component_pool import PooledLaw
from gausscollapse.retraining._long_weights import LONG_EPS, LongWeights, complement


def _exact_solution(factor, right, *, transposed):
    rows = [[Fraction(x) for x in row] for row in (factor.T if transposed else factor)]
    dim = len(rows)
    solution = [Fraction(0)] * dim
    for i in reversed(range(dim)) if transposed else range(dim):
        known = range(i + 1, dim) if transposed else range(i)
        solution[i] = (Fraction(right[i]) - sum(rows[i][k] * solution[k] for k in known)) / rows[i][i]
    return np.array([float(x) for x in solution])


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("dim", [1, 2, 5, 9])
def test_triangular_systems_are_solved_to_rounding(dim, transposed):
    rng = np.random.default_rng(dim)
    factor = np.tril(rng.standard_normal((dim, dim)), -1) + np.diag(rng.uniform(1.0, 2.0, dim))
    # What is above the diagonal is not read.
    factor = factor + np.triu(np.full((dim, dim), 1e6), 1)
    right = rng.standard_normal((dim, 3))
    before = right.copy()
    found = solve_triangle(factor, right, transposed=transposed)
    wanted = np.column_stack([_exact_solution(np.tril(factor), column, transposed=transposed) for column in right.T])
    inverse = np.linalg.norm(np.linalg.inv(np.tril(factor)), 2) * np.linalg.norm(np.tril(factor), 2)
    assert np.max(np.abs(found - wanted)) <= 4.0 * dim * 2.0**-52 * inverse * np.max(np.abs(wanted))
    assert np.array_equal(right, before)
    assert np.allclose(solve_triangle(factor, right[:, 0], transposed=transposed), found[:, 0], rtol=1e-12)


def test_large_triangular_systems_agree_with_their_residual():
    rng = np.random.default_rng(3)
    factor = np.tril(0.1 * rng.standard_normal((FEW + 1, FEW + 1)), -1) + np.eye(FEW + 1)
    right = rng.standard_normal(FEW + 1)
    assert np.allclose(factor @ solve_triangle(factor, right), right, atol=1e-10)
    assert np.allclose(factor.T @ solve_triangle(factor, right, transposed=True), right, atol=1e-10)


def _law(rng, count, most):
    entries = np.sort(rng.choice(most, size=count, replace=False)).astype(np.int64)
    high = rng.uniform(0.0, 1.0, count) * 10.0 ** rng.uniform(-12, 0, count)
    return PooledLaw(entries, LongWeights(high, high * rng.uniform(-1, 1, count) * 2.0**-54))


def _exact(law):
    weights = law.long_weights
    rows = zip(law.entries, weights.high, weights.low, strict=True)
    return {int(entry): Fraction(high) + Fraction(low) for entry, high, low in rows}


@pytest.mark.parametrize("seed", range(6))
def test_mixtures_of_laws_are_right_to_twice_the_precision(seed):
    rng = np.random.default_rng(seed)
    first, second = _law(rng, 9, 20), _law(rng, 6, 20)
    weight = float(rng.uniform())
    mixed, left, right = first.mixed(weight, second), _exact(first), _exact(second)
    assert list(mixed.entries) == sorted(left.keys() | right.keys())
    share = Fraction(weight)
    for entry, found in _exact(mixed).items():
        terms = share * left.get(entry, 0), (1 - share) * right.get(entry, 0)
        assert abs(found - sum(terms)) <= 3 * Fraction(LONG_EPS) * sum(map(abs, terms))
    # The bound is one of the long sums: floats alone break it.
    plain = {k: Fraction(float(v)) for k, v in _exact(mixed).items()}
    assert any(
        abs(plain[k] - share * left.get(k, 0) - (1 - share) * right.get(k, 0)) > 3 * Fraction(LONG_EPS) * plain[k]
        for k in plain
    )


def test_what_cancels_is_kept_only_where_it_is_asked_for():
    law = _law(np.random.default_rng(1), 5, 9)
    assert law.combined((1.0, 0.0), law, (-1.0, 0.0)).entries.size == 0
    zeros = law.combined((1.0, 0.0), law, (-1.0, 0.0), keep_zeros=True)
    assert np.array_equal(zeros.entries, law.entries)
    assert not np.any(zeros.weights)


def test_complements_are_exact():
    for fraction in (0.0, 1e-30, 0.1, 1.0 / 3.0, 1.0):
        high, low = complement(fraction)
        assert Fraction(high) + Fraction(low) == 1 - Fraction(fraction)

"""The random streams: known answers, the functions inside, moments, independence, and the exact law of normals."""

import math

import mpmath as mp
import numpy as np
import pytest
from numba import njit
from scipy import stats

from gausscollapse.core import random_kernels as kernels
from gausscollapse.core.random_kernels import BLOCK


@njit
def _mixed(x):
    return kernels.mix(x)


@njit
def _elementary(x, which, out):
    """Apply one of five functions to an array."""
    for n in range(x.size):
        if which == 0:
            out[n] = kernels.log_unit(x[n])
        elif which == 1:
            out[n] = kernels.sine(x[n])
        elif which == 2:
            out[n] = kernels.cosine(x[n])
        elif which == 3:
            out[n] = kernels.power_of_two(x[n])
        else:
            out[n] = kernels.cosine_of_turns(x[n])


@njit
def _draw(seed, generation, first, pairs, out):
    """Fill rows with pairs of normals."""
    state = np.empty(kernels.STREAM_ROWS * kernels.BLOCK, dtype=np.uint64)
    kernels.seed_block(seed, generation, first, state)
    for k in range(pairs):
        kernels.normal_pair(state, out, 2 * k, 2 * k + 1)


@njit
def _seed(seed, generation, first, state):
    kernels.seed_block(seed, generation, first, state)


@njit
def _raw(state, out):
    for k in range(out.size // kernels.BLOCK):
        kernels.uniform_row(state, out, k)


def normals(pairs, *, seed=1, generation=0, first=0):
    out = np.empty(2 * pairs * BLOCK)
    _draw(np.uint64(seed), np.uint64(generation), np.uint64(first), pairs, out)
    return out.reshape(2 * pairs, BLOCK)


def test_splitmix_known_answers():
    """The published output for the seed 1234567: state plus multiples of the golden gamma, then the mixer."""
    expected = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    golden = int(kernels.GOLDEN)
    assert [int(_mixed(np.uint64((1234567 + (k + 1) * golden) % 2**64))) for k in range(5)] == expected


def test_xoshiro_known_answers():
    """The first outputs of xoshiro256++ from the state (1, 2, 3, 4), seen through the uniforms' 52 upper bits."""
    expected = [
        41943041,
        58720359,
        3588806011781223,
        3591011842654386,
        9228616714210784205,
        9973669472204895162,
        14011001112246962877,
        12406186145184390807,
        15849039046786891736,
        10450023813501588000,
    ]
    state = np.repeat(np.array([1, 2, 3, 4], dtype=np.uint64), BLOCK)
    out = np.empty(10 * BLOCK)
    _raw(state, out)
    found = (out.reshape(10, BLOCK)[:, 7] * 2.0**53).astype(np.uint64)
    assert [int(x) for x in found] == [2 * (word >> 12) + 1 for word in expected]


def test_keys_are_injective():
    """The mixing of (seed, generation, path, 0) is inverted step by step."""
    mask, golden = 2**64 - 1, int(kernels.GOLDEN)
    state = np.empty(4 * BLOCK, dtype=np.uint64)
    _seed(np.uint64(12345), np.uint64(7), np.uint64(1000), state)

    def mixed(x):
        return int(_mixed(np.uint64(x & mask)))

    for n in (0, 1, BLOCK - 1):
        a, b, c, d = (int(state[k * BLOCK + n]) for k in range(4))
        for salt in range(12, 0, -4):
            c = (c - mixed(d + salt * golden)) & mask
            b = (b - mixed(c + (salt - 1) * golden)) & mask
            a = (a - mixed(b + (salt - 2) * golden)) & mask
            d = (d - mixed(a + (salt - 3) * golden)) & mask
        assert (a, b, c, d) == (12345, 7, 1000 + n, 0)


@pytest.mark.parametrize(
    ("which", "low", "high", "function", "tolerance"),
    [
        (0, 1e-16, 1.0, mp.log, 4.4e-16),
        (1, -math.pi / 4, math.pi / 4, mp.sin, 2.5e-16),
        (2, -math.pi / 4, math.pi / 4, mp.cos, 2.5e-16),
        (3, -900.0, 0.0, lambda x: mp.mpf(2) ** x, 4e-16),
        (4, -40.0, 40.0, lambda x: mp.cos(2 * mp.pi * x), None),
    ],
)
def test_elementary_functions(which, low, high, function, tolerance):
    rng = np.random.default_rng(which)
    x = rng.uniform(low, high, 3000)
    if which == 0:
        x = np.concatenate([np.exp(rng.uniform(np.log(low), 0.0, 2000)), 1.0 - 2.0 ** -rng.integers(1, 54, 500), x])
    out = np.empty_like(x)
    _elementary(x, which, out)
    with mp.workdps(40):
        exact = [function(mp.mpf(float(v))) for v in x]
        if tolerance is None:
            assert max(abs(mp.mpf(float(a)) - b) for a, b in zip(out, exact, strict=True)) < 3e-14
        else:
            worst = max(abs(mp.mpf(float(a)) / b - 1) for a, b in zip(out, exact, strict=True) if b != 0)
            assert worst < tolerance


def test_the_power_of_two_underflows_to_zero():
    out = np.empty(3)
    _elementary(np.array([0.0, -1500.0, -np.inf]), 3, out)
    np.testing.assert_array_equal(out, [1.0, 0.0, 0.0])


def test_streams_do_not_depend_on_the_block():
    whole = normals(5, first=0)
    moved = normals(5, first=100)
    np.testing.assert_array_equal(whole[:, 100:], moved[:, : BLOCK - 100])
    assert not np.any(normals(5, seed=2) == whole)
    assert not np.any(normals(5, generation=1) == whole)


def moments_pass(sample, z=5.0):
    """Compare the first eight moments with those of N(0, 1), each with its exact standard error."""
    for order in range(1, 9):
        double = lambda k: float(np.prod(np.arange(k - 1, 0, -2))) if k % 2 == 0 else 0.0  # noqa: E731
        mean, second = double(order), double(2 * order)
        error = math.sqrt((second - mean**2) / sample.size)
        if abs(np.mean(sample**order) - mean) > z * error:
            return False
    return True


def test_moments_and_correlations_of_two_million_normals():
    """False-alarm budget 1e-5: eight moments and a few hundred correlations at 5 to 5.5 standard errors."""
    sample = normals(4000, seed=20)
    assert moments_pass(sample.ravel())
    assert not moments_pass(sample.ravel() * 1.01)
    count = sample.shape[0]
    neighbours = np.corrcoef(sample[:, :24].T) - np.eye(24)
    assert np.max(np.abs(neighbours)) < 5.5 / math.sqrt(count)
    for lag in (1, 2, 3):
        assert abs(np.mean(sample[lag:] * sample[:-lag])) < 5.0 / math.sqrt(sample[lag:].size)
        assert abs(np.mean((sample[lag:] ** 2 - 1) * (sample[:-lag] ** 2 - 1))) < 10.0 / math.sqrt(sample[lag:].size)
    squares = np.corrcoef((sample[:, :24] ** 2).T) - np.eye(24)
    assert np.max(np.abs(squares)) < 6.0 / math.sqrt(count)


@pytest.mark.slow
@pytest.mark.exhaustive
def test_one_hundred_million_normals():
    """Chi-square over 1000 cells of equal probability on 1e8 normals, moments, and pairs in 64 x 64 cells."""
    edges = stats.norm.ppf(np.linspace(0.0, 1.0, 1001))
    counts, pairs, total = np.zeros(1000), np.zeros((64, 64)), 0
    first = 0
    coarse = stats.norm.ppf(np.linspace(0.0, 1.0, 65))
    while total < 10**8:
        sample = normals(10000, seed=99, first=first)
        first += BLOCK
        total += sample.size
        ordered = np.sort(sample.ravel())
        counts += np.diff(np.concatenate([[0], np.searchsorted(ordered, edges[1:-1]), [ordered.size]]))
        x = np.searchsorted(coarse, sample[0::2].ravel()) - 1
        y = np.searchsorted(coarse, sample[1::2].ravel()) - 1
        pairs += np.bincount(64 * x + y, minlength=4096).reshape(64, 64)
        assert moments_pass(sample.ravel(), 6.0)
    for table in (counts, pairs.ravel()):
        expected = table.sum() / table.size
        statistic = float(np.sum((table - expected) ** 2) / expected)
        assert 1e-6 < stats.chi2.sf(statistic, table.size - 1) < 1.0 - 1e-6
    spoilt = counts * np.linspace(0.995, 1.005, 1000)
    assert stats.chi2.sf(float(np.sum((spoilt - spoilt.mean()) ** 2) / spoilt.mean()), 999) < 1e-6

"""Importance sampling: its normals, its reproducibility, its errors and its warnings."""

import numba
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.divergences import _kernels, closed, montecarlo
from gausscollapse.divergences._integral import Integral
from gausscollapse.divergences._integrands import evaluate
from gausscollapse.divergences.finiteness import decide
from tests.divergence_oracle import random_law

KL = Integral("kl")


@pytest.fixture
def pair():
    rng = np.random.default_rng(50)
    return random_law(rng, 3, 4), random_law(rng, 2, 4)


def block_sums(key, first, blocks):
    """Sums, a block, of the density ratio of N((1, 0, 0), I) to N(0, I) at draws from the latter."""
    wide = (np.zeros((1, 3)), np.eye(3)[None], np.full(1, -1.5 * np.log(2.0 * np.pi)))
    moved = (np.array([[1.0, 0.0, 0.0]]), *wide[1:])
    out = np.zeros((blocks, 3))
    _kernels.sample_blocks(
        np.uint64(key), first, _kernels.POWER, 1.0, 0.0, np.ones(1), *wide, moved, wide, False, out
    )
    return out


def test_blocks_have_streams_of_their_own():
    """The ratio is ``exp(x - 1/2)`` with mean 1 and variance e - 1: a z-score at a false-alarm budget of 1e-6."""
    sums = block_sums(3, 0, 40)
    np.testing.assert_array_equal(sums, np.concatenate([block_sums(3, 0, 15), block_sums(3, 15, 25)]))
    assert np.unique(np.concatenate([sums, block_sums(4, 0, 40)])[:, 0]).size == 80
    draws = 40 * _kernels.BLOCK
    error = np.sqrt((np.e - 1.0) / draws)
    assert abs(sums[:, 0].sum() / draws - 1.0) < 4.9 * error
    assert abs(sums[:, 0].sum() / draws - 1.05) > 4.9 * error


def test_answers_do_not_depend_on_threads_or_on_batches(pair):
    threads = numba.get_num_threads()
    try:
        answers = []
        for count in (1, threads):
            numba.set_num_threads(count)
            answers.append(montecarlo.estimate(KL, *pair, draws=40_000, rng=3))
    finally:
        numba.set_num_threads(threads)
    assert answers[0] == answers[1]
    assert answers[0].draws == 40_960


def test_default_seed_seed_and_generator(pair):
    first, again = gc.kl(*pair, draws=4096), gc.kl(*pair, draws=4096)
    assert first == again
    assert first == gc.kl(*pair, draws=4096, rng=montecarlo.DEFAULT_SEED)
    assert first != gc.kl(*pair, draws=4096, rng=1)
    drawn = [gc.kl(*pair, draws=4096, rng=np.random.default_rng(9)) for _ in range(2)]
    assert drawn[0] == drawn[1]


def test_stops_at_the_requested_standard_error(pair):
    found = montecarlo.estimate(KL, *pair, draws=2048, standard_error=2e-3)
    assert 1e-3 < found.standard_error <= 2e-3
    assert found.draws > 2048
    answer = gc.kl(*pair, standard_error=2e-3, confidence=0.99)
    assert answer.width == pytest.approx(2 * 2.5758 * 2e-3, rel=0.6)
    assert "standard error" in answer.method


def test_warns_when_the_standard_error_is_out_of_reach(pair, monkeypatch):
    monkeypatch.setattr(montecarlo, "LARGEST_DRAWS", 8192)
    with pytest.warns(montecarlo.UnreliableEstimateWarning, match="not reached"):
        montecarlo.estimate(KL, *pair, standard_error=1e-6)


@pytest.mark.parametrize("name", ["kl", "chi2", "hellinger2", "jeffreys", "fisher_divergence"])
def test_coverage_against_closed_forms(name):
    # 60 seeds at 90 %: at most 17 misses has probability 1 - 1e-5 if the intervals are right, and
    # 0 misses of 60 would be as unlikely as 2e-3
    kinds = {
        "kl": KL,
        "chi2": Integral("gap", 2.0),
        "hellinger2": Integral("gap", 0.5),
        "jeffreys": Integral("jeffreys"),
        "fisher_divergence": Integral("fisher"),
    }
    p = gc.Gaussian([0.0, 0.5, 0.0], np.eye(3))
    q = gc.Gaussian([0.3, 0.0, -0.2], 1.5 * np.eye(3) + 0.2)
    truth = getattr(closed, name)(p, q).value
    found = [montecarlo.estimate(kinds[name], p, q, draws=4096, rng=s, confidence=0.9) for s in range(60)]
    misses = sum(not estimate.enclosure.contains(truth) for estimate in found)
    assert misses <= 17
    scores = [(estimate.enclosure.value - truth) / estimate.standard_error for estimate in found]
    assert abs(np.mean(scores)) < 4.9 / np.sqrt(60)
    # power: an answer that is wrong by a tenth would be seen
    wrong = [(estimate.enclosure.value - 1.1 * truth) / estimate.standard_error for estimate in found]
    assert abs(np.mean(wrong)) > 4.9 / np.sqrt(60)


def test_nearly_equal_laws_have_small_relative_error():
    p = gc.Gaussian(np.zeros(5), np.eye(5))
    q = gc.GaussianMixture([0.5, 0.5], [np.zeros(5), np.full(5, 1e-4)], np.eye(5))
    found = montecarlo.estimate(KL, p, q)
    assert found.standard_error < 0.01 * found.enclosure.value
    # KL of a mean shift of half of 1e-4 (1, ..., 1), to first order
    assert found.enclosure.value == pytest.approx(0.5 * 5 * (0.5e-4) ** 2, rel=0.05)


@pytest.mark.filterwarnings("ignore:monte-carlo. the tail dominates")
def test_warns_where_no_component_dominates_alone():
    # 2 I - V_j^{-1} is diag(-1/2, 3/2) and diag(3/2, -1/2): neither is positive definite, their mean is.
    p = gc.Gaussian([0.0, 0.0], np.eye(2))
    q = gc.GaussianMixture([0.5, 0.5], np.zeros((2, 2)), [np.diag([0.4, 2.0]), np.diag([2.0, 0.4])])
    assert decide(p, q, order=2.0).finite
    with pytest.warns(montecarlo.UnreliableEstimateWarning, match="may have infinite variance"):
        montecarlo.estimate(Integral("gap", 2.0), p, q)
    # with twice the covariances each dominates alone, and there is no warning
    montecarlo.estimate(Integral("gap", 2.0), p, q.with_components(q.means, 2.0 * q.covs))


@pytest.mark.filterwarnings("ignore:monte-carlo")
def test_weights_of_infinite_variance_have_a_lower_end_alone():
    """The truth by quadrature; 60 seeds at 90 %: the wrong interval of normal errors is the control."""
    p = gc.Gaussian([0.0, 0.0], np.eye(2))
    q = gc.GaussianMixture([0.5, 0.5], np.zeros((2, 2)), [np.diag([0.3, 2.0]), np.diag([2.0, 0.3])])
    truth = float(gc.chi2(p, q, method="quadrature"))
    gap = Integral("gap", 2.0)
    found = [montecarlo.estimate(gap, p, q, draws=1 << 17, rng=seed, confidence=0.9) for seed in range(60)]
    assert all(item.enclosure.contains(truth) and item.enclosure.upper == np.inf for item in found)
    assert np.mean([item.enclosure.lower for item in found]) > 0.3 * truth
    assert sum(item.enclosure.value + 1.645 * item.standard_error < truth for item in found) > 30
    # A bounded integral keeps its own upper end.
    assert gc.total_variation(p, q, method="monte-carlo").upper < 1.0


def test_warns_when_the_tail_dominates():
    p = gc.GaussianMixture([1.0 - 1e-4, 1e-4], [[0.0] * 3, [9.0] * 3], np.eye(3))
    q = gc.GaussianMixture([0.5, 0.5], [[0.0] * 3, [1e-7] * 3], np.eye(3))
    with pytest.warns(montecarlo.UnreliableEstimateWarning, match="tail dominates"):
        montecarlo.estimate(KL, p, q, draws=1 << 16)


def test_numpy_and_numba_integrands_agree():
    rng = np.random.default_rng(51)
    log_p = rng.normal(-5.0, 3.0, 400)
    log_q = log_p + rng.normal(0.0, 1.0, 400) * np.repeat([1e-6, 1e-2, 1.0, 10.0], 100)
    unit = np.maximum(log_p, log_q)
    for kind, order in (
        ("kl", 1.0),
        ("jeffreys", 1.0),
        ("gap", 0.4),
        ("gap", 2.3),
        ("power", 0.4),
        ("variation", 1.0),
    ):
        code = montecarlo.KINDS.index(kind)
        value, error = evaluate(Integral(kind, order), log_p, log_q, unit)
        other = np.array(
            [_kernels._value(code, order, a, b, c, 0.0) for a, b, c in zip(log_p, log_q, unit, strict=True)]
        )
        assert np.all(np.abs(value - other) <= 8.0 * error)


def test_refusals(pair):
    for options in ({"draws": 0}, {"confidence": 1.0}, {"standard_error": 0.0}, {"rng": -1}):
        with pytest.raises(InvalidArgumentError, match=f"{next(iter(options))} ="):
            gc.kl(*pair, **options)

"""The span-and-radius sampler against the general one, an independent algorithm with the same law.

Each comparison of means is a two-sample z-score with a false-alarm budget of 1e-6 (|z| < 4.9).
"""

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.sampling.isotropic import perfect_process, sample_reverse

DIFFUSION = gc.OrnsteinUhlenbeck(3.0, 0.05)
PATHS, STEPS = 60_000, 40


def aged(dim, rank):
    """Means in `rank` dimensions, turned, each with three variances."""
    rng = np.random.default_rng(dim + rank)
    basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0][:, :rank]
    means = np.repeat(2.0 * rng.standard_normal((2, rank)) @ basis.T, 3, axis=0)
    variances = np.tile([0.3, 0.8, 2.5], 2)
    return gc.GaussianMixture([0.1, 0.2, 0.2, 0.15, 0.25, 0.1], means, variances[:, None, None] * np.eye(dim))


def features(x):
    radius = np.sum(x**2, axis=1)
    return np.concatenate(
        [x, x**2, (x[:, :1] * x[:, 1:2]), (x[:, :1] ** 2 * x[:, -1:] ** 2), radius[:, None] ** 2], axis=1
    )


def z_scores(first, second):
    a, b = features(first), features(second)
    return (a.mean(axis=0) - b.mean(axis=0)) / np.sqrt((a.var(axis=0) + b.var(axis=0)) / a.shape[0])


@pytest.mark.slow
@pytest.mark.parametrize(("dim", "rank"), [(3, 1), (6, 2), (21, 2)])
@pytest.mark.parametrize("start", ["marginal", "standard-normal"])
def test_the_same_law_as_the_general_sampler(dim, rank, start):
    law = aged(dim, rank)
    run = sample_reverse(law, DIFFUSION, PATHS, STEPS, 1, start=start)
    assert f"{rank} coordinates and one radius of {dim}" in run.method
    twin = gc.simulate(perfect_process(law, DIFFUSION, start), PATHS, STEPS, 2)
    assert np.max(np.abs(z_scores(run.endpoint, twin.endpoint))) < 4.9


@pytest.mark.slow
def test_the_comparison_sees_a_variance_that_is_a_tenth_larger():
    law = aged(6, 2)
    wider = np.where(law.covs == 2.5, 2.75, law.covs)
    run = sample_reverse(law, DIFFUSION, PATHS, STEPS, 1)
    twin = gc.simulate(perfect_process(gc.GaussianMixture(law.weights, law.means, wider), DIFFUSION), PATHS, STEPS, 2)
    assert np.max(np.abs(z_scores(run.endpoint, twin.endpoint))) > 4.9


@pytest.mark.slow
def test_bits_do_not_depend_on_threads_or_number():
    law = aged(6, 2)
    one, two = (sample_reverse(law, DIFFUSION, 3000, STEPS, 3, threads=k).endpoint for k in (1, 2))
    assert one.tobytes() == two.tobytes()
    assert one[:500].tobytes() == sample_reverse(law, DIFFUSION, 500, STEPS, 3).endpoint.tobytes()
    assert not np.array_equal(one, sample_reverse(law, DIFFUSION, 3000, STEPS, 3, generation=1).endpoint)


@pytest.mark.slow
def test_centred_mixtures_are_one_radius():
    law = gc.GaussianMixture([0.5, 0.5], np.zeros((2, 4)), [0.5 * np.eye(4), 2.0 * np.eye(4)])
    run = sample_reverse(law, DIFFUSION, PATHS, STEPS, 1)
    assert "0 coordinates and one radius" in run.method
    twin = gc.simulate(perfect_process(law, DIFFUSION), PATHS, STEPS, 2)
    assert np.max(np.abs(z_scores(run.endpoint, twin.endpoint))) < 4.9


def test_other_laws_go_to_the_general_sampler():
    skew = gc.GaussianMixture([0.5, 0.5], np.zeros((2, 3)), [np.diag([1.0, 2.0, 1.0]), np.eye(3)])
    for law in (gc.Gaussian(np.zeros(2), np.eye(2)), skew):
        run = sample_reverse(law, DIFFUSION, 100, STEPS, 1)
        twin = gc.simulate(perfect_process(law, DIFFUSION), 100, STEPS, 1)
        assert run.endpoint.tobytes() == twin.endpoint.tobytes()


def test_a_diverging_chain_is_refused():
    with pytest.raises(gc.GaussCollapseError, match="makes the chain diverge"):
        sample_reverse(aged(6, 2), gc.OrnsteinUhlenbeck(40.0, 0.02), 10, 3, 1)


def test_the_exponential_is_as_good_as_it_says():
    """It has no wrapper that Python could call: another kernel calls it."""
    from numba import njit

    from gausscollapse.sampling._isotropic_kernels import exponential

    @njit
    def fill(x, out):
        for n in range(x.size):
            out[n] = exponential(x[n])

    x = np.concatenate([np.linspace(-1.5, 1.5, 4001), np.linspace(-999.0, 900.0, 4001), [-1e300]])
    out = np.empty_like(x)
    fill(x, out)
    off = np.abs(out[:-1] / np.exp2(x[:-1]) - 1.0)
    assert 1e-14 < np.max(off) < 2e-12
    assert out[-1] == pytest.approx(2.0**-1000, rel=1e-11)

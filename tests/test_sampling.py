"""The sampler: each step against its formula, equal bits however the work is cut, statistics, bad input."""

import math

import numpy as np
import pytest
from numba import njit

import gausscollapse as gc
from gausscollapse.core.exceptions import (
    DimensionMismatchError,
    InvalidArgumentError,
    NotSupportedError,
    UnknownNameError,
)
from gausscollapse.sampling import _sampler_kernels


def covariances(rng, count, dim, kind):
    if kind == "isotropic":
        return np.array([0.4 * np.eye(dim)] * count)
    if kind == "diagonal":
        return np.array([np.diag(rng.uniform(0.2, 1.0, dim)) for _ in range(count)])
    factors = rng.standard_normal((count, dim, dim))
    full = factors @ np.swapaxes(factors, 1, 2) / dim + 0.2 * np.eye(dim)
    return np.array([full[0]] * count) if kind == "shared" else full


def law(rng, count, dim, kind):
    covs = covariances(rng, count, dim, kind)
    if count == 1:
        return gc.Gaussian(rng.standard_normal(dim), covs[0])
    return gc.GaussianMixture(rng.dirichlet(np.ones(count)), 1.5 * rng.standard_normal((count, dim)), covs)


def swirl(rng, dim, count=None):
    matrices = rng.standard_normal((dim, dim) if count is None else (count, dim, dim))
    return gc.SolenoidalError(0.3 * (matrices - np.swapaxes(matrices, -1, -2)))


def errors(rng, data):
    dim, count = data.dim, 1 if isinstance(data, gc.Gaussian) else data.weights.size
    affine = gc.AffineError(0.3 * rng.standard_normal((dim, dim)), rng.standard_normal(dim))
    waves = gc.RandomFeatureError(
        0.5 * rng.standard_normal((6, dim)), rng.standard_normal((6, dim)), rng.uniform(0, 6, 6)
    )
    found = {
        "offset": gc.AffineError(np.zeros((dim, dim)), rng.standard_normal(dim)),
        "affine": affine,
        "swirl": swirl(rng, dim),
        "swirl a component": swirl(rng, dim, count),
        "amplified": gc.AmplifiedScoreError(0.4),
        "realizable": gc.RealizableError(law(rng, 3, dim, "full")),
        "realizable Gaussian": gc.RealizableError(law(rng, 1, dim, "full")).scaled(0.7),
        "waves": waves,
        "function": gc.FunctionError(lambda x, t: np.sin(x) * t),
    }
    found["everything"] = sum(list(found.values())[1:], found["offset"])
    return found


@pytest.mark.parametrize("kind", ["isotropic", "shared", "diagonal", "full"])
@pytest.mark.parametrize(("dim", "count"), [(1, 2), (2, 1), (2, 3), (3, 2), (5, 5), (10, 1)])
def test_every_step_is_the_step_of_the_scheme(kind, dim, count):
    """Two steps from one key, in rows: what is left when the drift is taken away is the same noise for all errors."""
    rng = np.random.default_rng([dim, count, len(kind)])
    data = law(rng, count, dim, kind)
    diffusion = gc.OrnsteinUhlenbeck(horizon=1.0, stop=0.2)
    h, times = 0.4, (1.0, 0.6)
    for name, error in errors(rng, data).items():
        process = gc.ReverseProcess(data, diffusion, error)
        noise = {}
        for kept in ("learned", "ideal"):
            run = gc.simulate(process, 40, 2, 3, law=kept, functionals=True, snapshots=[1.0, 0.6, 0.2])
            assert run.snapshots.shape == (3, 40, dim)
            np.testing.assert_array_equal(run.snapshots[2], run.endpoint)
            xi, energy, martingale = [], 0.0, 0.0
            for k, t in enumerate(times):
                x, after = run.snapshots[k], run.snapshots[k + 1]
                e = error.evaluate(x, t, data=data)
                drift = 0.5 * x + diffusion.marginal(data, t).score(x) + (e if kept == "learned" else 0.0)
                xi.append((after - x - h * drift) / math.sqrt(h))
                energy = energy + h * np.sum(e**2, axis=1)
                martingale = martingale + math.sqrt(h) * np.sum(e * xi[-1], axis=1)
            noise[kept] = np.array(xi)
            np.testing.assert_allclose(run.energy, energy, rtol=1e-9, atol=1e-10, err_msg=name)
            np.testing.assert_allclose(run.martingale, martingale, rtol=1e-9, atol=1e-8, err_msg=name)
        np.testing.assert_allclose(noise["learned"], noise["ideal"], rtol=1e-9, atol=1e-9, err_msg=name)
        assert np.max(np.abs(noise["ideal"])) < 6.0
        assert 0.5 < np.std(noise["ideal"]) < 1.6


def paper():
    means = np.zeros((5, 10))
    means[1:, :2] = [[4, 4], [4, -4], [-4, 4], [-4, -4]]
    return gc.GaussianMixture(np.ones(5) / 5, means, 0.36 * np.eye(10))


def offset(size=0.1, dim=10):
    return gc.AffineError(np.zeros((dim, dim)), np.full(dim, size))


def mixed_process():
    rng = np.random.default_rng(0)
    return gc.ReverseProcess(
        law(rng, 3, 3, "full"), gc.OrnsteinUhlenbeck(1.0, 0.1), gc.AffineError(0.1 * np.eye(3), [0.1, 0.2, 0.3])
    )


def test_bits_do_not_depend_on_threads_or_splits():
    cases = (
        mixed_process(),
        gc.ReverseProcess(gc.Gaussian(0.1, 0.5), gc.OrnsteinUhlenbeck(1.0, 0.1), gc.AffineError(0.2, 0.1)),
        gc.ReverseProcess(paper(), gc.OrnsteinUhlenbeck(1.0, 0.1), offset()),
    )
    for process in cases:
        whole = gc.simulate(process, 3000, 7, 11, threads=1, functionals=True)
        for threads in (2, 3):
            other = gc.simulate(process, 3000, 7, 11, threads=threads, functionals=True)
            np.testing.assert_array_equal(whole.endpoint, other.endpoint)
            np.testing.assert_array_equal(whole.energy, other.energy)
        parts = [
            gc.simulate(process, 777, 7, 11, functionals=True),
            gc.simulate(process, 2223, 7, 11, first=777, functionals=True),
        ]
        np.testing.assert_array_equal(whole.endpoint, np.concatenate([part.endpoint for part in parts]))
        np.testing.assert_array_equal(whole.martingale, np.concatenate([part.martingale for part in parts]))
        assert not np.any(gc.simulate(process, 300, 7, 11, generation=1).endpoint == whole.endpoint[:300])
    reduced = gc.simulate(cases[2], 1000, 7, 11)
    assert "2 of 10 coordinates simulated" in reduced.method
    np.testing.assert_array_equal(reduced.endpoint[400:], gc.simulate(cases[2], 600, 7, 11, first=400).endpoint)


def test_one_compilation_serves_all_laws():
    """Arrays of another layout, or read-only, would compile the kernel once more."""
    rng, diffusion = np.random.default_rng(3), gc.OrnsteinUhlenbeck(1.0, 0.1)
    counts = set()
    for count, dim, kind in ((1, 2, "full"), (3, 2, "full"), (2, 3, "isotropic"), (1, 1, "diagonal")):
        data = law(rng, count, dim, kind)
        for start in ("marginal", "standard-normal"):
            for error in (offset(0.1, dim), gc.FunctionError(lambda x, t: np.sin(t * x))):
                gc.simulate(gc.ReverseProcess(data, diffusion, error, start=start), 300, 3, 1, snapshots=[0.5])
                counts.add(len(_sampler_kernels.run_blocks.signatures))
    gc.simulate(gc.ReverseProcess(paper(), diffusion, offset()), 300, 3, 1)
    assert counts == {len(_sampler_kernels.run_blocks.signatures)}


def test_a_called_function_and_a_kernel_give_the_same_paths():
    data = law(np.random.default_rng(2), 3, 2, "full")
    diffusion = gc.OrnsteinUhlenbeck(2.0, 0.1)
    matrix, shift = np.array([[0.2, -0.3], [0.1, 0.4]]), np.array([0.1, -0.2])

    @njit
    def field(x, t):
        return x @ matrix.T + shift

    inside = gc.simulate(
        gc.ReverseProcess(data, diffusion, gc.AffineError(matrix, shift)), 700, 20, 5, functionals=True
    )
    outside = gc.simulate(
        gc.ReverseProcess(data, diffusion, gc.FunctionError(field)), 700, 20, 5, functionals=True, snapshots=[1.05]
    )
    np.testing.assert_allclose(inside.endpoint, outside.endpoint, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(inside.energy, outside.energy, rtol=1e-10)
    np.testing.assert_allclose(inside.martingale, outside.martingale, rtol=1e-8, atol=1e-10)
    assert outside.snapshots.shape == (1, 700, 2)


def mode_statistics(sample, data):
    """Return z-scores of mode weights, mode means and mode covariances of well separated modes."""
    labels = np.argmax(data.log_joint(sample), axis=1)
    n, scores = sample.shape[0], []
    for k, weight in enumerate(data.weights):
        members = sample[labels == k]
        scores.append((members.shape[0] / n - weight) / math.sqrt(weight * (1 - weight) / n))
        white = (members - data.means[k]) @ np.linalg.inv(np.linalg.cholesky(data.covs[k])).T
        scores.extend(np.sqrt(len(white)) * white.mean(axis=0))
        second = np.sqrt(len(white)) * (white.T @ white / len(white) - np.eye(data.dim))
        scores.extend(second[np.triu_indices(data.dim, 1)])
        scores.extend(np.diag(second) / math.sqrt(2.0))
    return np.array(scores)


@pytest.mark.parametrize("reduce", [True, False])
def test_the_modes_of_the_papers_mixture(reduce):
    """330 z-scores at 5: false-alarm probability 2e-4 were they Gaussian with the ideal law; the bias is inside."""
    data = paper()
    process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(4.0, 0.02), offset(0.0))
    run = gc.simulate(process, 100_000 if reduce else 20_000, 500, 2024, reduce=reduce)
    ideal = process.ideal_endpoint()
    assert np.max(np.abs(mode_statistics(run.endpoint, ideal))) < 5.0
    wrong = gc.GaussianMixture(data.weights, ideal.means + 0.05, ideal.covs)
    assert np.max(np.abs(mode_statistics(run.endpoint, wrong))) > 5.0


def test_the_reduced_law_is_the_full_law():
    """Means and covariances of 20 coordinates pooled: budget 1e-6 (z below 5.5 for 60 scores)."""
    process = gc.ReverseProcess(paper(), gc.OrnsteinUhlenbeck(2.0, 0.05), offset(0.5) + gc.AmplifiedScoreError(0.2))
    n = 20_000
    short = gc.simulate(process, n, 40, 1).endpoint
    full = gc.simulate(process, n, 40, 2, reduce=False).endpoint
    error = np.sqrt(short.var(axis=0) / n + full.var(axis=0) / n)
    assert np.max(np.abs(short.mean(axis=0) - full.mean(axis=0)) / error) < 5.5
    fourth = [((s - s.mean(axis=0)) ** 2) for s in (short, full)]
    error = np.sqrt(fourth[0].var(axis=0) / n + fourth[1].var(axis=0) / n)
    assert np.max(np.abs(fourth[0].mean(axis=0) - fourth[1].mean(axis=0)) / error) < 5.5
    inner = np.corrcoef(short[:, 2:].T) - np.eye(8)
    assert np.max(np.abs(inner)) < 5.5 / math.sqrt(n)


def test_coupled_runs_share_their_noise():
    process = gc.ReverseProcess(
        law(np.random.default_rng(4), 2, 2, "full"), gc.OrnsteinUhlenbeck(2.0, 0.1), offset(1e-6, 2)
    )
    learned, ideal = gc.coupled(process, 500, 50, np.random.default_rng(3))
    assert 0.0 < np.max(np.abs(learned.endpoint - ideal.endpoint)) < 1e-4


def test_a_generator_gives_a_key_once():
    process = mixed_process()
    first = gc.simulate(process, 10, 3, np.random.default_rng(8)).endpoint
    np.testing.assert_array_equal(first, gc.simulate(process, 10, 3, np.random.default_rng(8)).endpoint)
    generator = np.random.default_rng(8)
    gc.simulate(process, 10, 3, generator)
    assert not np.any(gc.simulate(process, 10, 3, generator).endpoint == first)


def test_grids():
    diffusion = gc.OrnsteinUhlenbeck(4.0, 0.01)
    uniform = gc.time_grid(diffusion, 10)
    np.testing.assert_allclose(np.diff(uniform), -0.399, rtol=1e-12)
    geometric = gc.time_grid(diffusion, 10, "log-snr")
    np.testing.assert_allclose(np.diff(np.log(np.expm1(geometric)), 2), 0.0, atol=1e-10)
    assert geometric[0] == 4.0
    assert geometric[-1] == 0.01
    with pytest.raises(InvalidArgumentError, match="needs a stop > 0"):
        gc.time_grid(gc.OrnsteinUhlenbeck(4.0, 0.0), 10, "log-snr")
    with pytest.raises(InvalidArgumentError, match="does not decrease"):
        gc.time_grid(diffusion, 2, [4.0, 5.0, 0.01])


def test_random_features_have_the_energy_and_the_shares_asked_for():
    rng = np.random.default_rng(5)
    data = law(rng, 3, 2, "full")
    diffusion = gc.OrnsteinUhlenbeck(2.0, 0.1)
    error = gc.RandomFeatureError.draw(data, diffusion, energy=0.7, gradient_fraction=0.6, rng=1)
    n = 4000
    run = gc.simulate(gc.ReverseProcess(data, diffusion, error), n, 100, 5, law="ideal", functionals=True)
    assert abs(run.energy.mean() - 0.7) < 0.05
    parts = [term for _, term in error.terms]
    energies = [
        gc.simulate(gc.ReverseProcess(data, diffusion, part), n, 100, 5, law="ideal", functionals=True).energy.mean()
        for part in parts
    ]
    assert energies[0] == pytest.approx(0.42, abs=0.04)
    assert energies[1] == pytest.approx(0.28, abs=0.04)
    point = rng.standard_normal((1, 2))
    waves = parts[0]
    jacobian = np.array(
        [
            (waves.evaluate(point + s, 1.0, data=data) - waves.evaluate(point - s, 1.0, data=data))[0]
            for s in 1e-5 * np.eye(2)
        ]
    )
    np.testing.assert_allclose(jacobian, jacobian.T, atol=1e-9)


def test_nothing_to_do():
    run = gc.simulate(mixed_process(), 0, 3, 1, functionals=True)
    assert run.endpoint.shape == (0, 3)
    assert run.energy.shape == (0,)


def test_bad_arguments_are_named():
    process = mixed_process()
    with pytest.raises(InvalidArgumentError, match="steps = 0"):
        gc.simulate(process, 10, 0, 1)
    with pytest.raises(InvalidArgumentError, match=r"n = 1\d+: needs .* GiB.*`first` continues"):
        gc.simulate(process, 10**14, 5, 1)
    with pytest.raises(InvalidArgumentError, match=r"rng = .*does not fit 64 bits"):
        gc.simulate(process, 1, 5, 2**64)
    with pytest.raises(InvalidArgumentError, match="n = -1"):
        gc.simulate(process, -1, 5, 1)
    with pytest.raises(UnknownNameError, match=r"law = 'true'.*learned, ideal"):
        gc.simulate(process, 1, 5, 1, law="true")
    with pytest.raises(InvalidArgumentError, match="snapshots"):
        gc.simulate(process, 1, 5, 1, snapshots=[3.0])
    with pytest.raises(InvalidArgumentError, match="process = 3"):
        gc.simulate(3, 1, 5, 1)
    with pytest.raises(NotSupportedError, match="functionals=True"):
        _ = gc.simulate(process, 1, 5, 1).energy
    with pytest.raises(DimensionMismatchError):
        gc.simulate(gc.ReverseProcess(paper(), gc.OrnsteinUhlenbeck(), offset(0.1, 3)), 1, 500, 1)


def test_a_function_that_misbehaves_is_named_with_its_time():
    data = law(np.random.default_rng(1), 2, 2, "full")

    def run(function):
        process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(1.0, 0.1), gc.FunctionError(function))
        gc.simulate(process, 300, 9, 1)

    with pytest.raises(InvalidArgumentError, match=r"returns shape \(\d+,\) at t = 1; accepted: shape \(\d+, 2\)"):
        run(lambda x, t: x[:, 0])
    with pytest.raises(InvalidArgumentError, match=r"NaN or infinity at t = 0\.4 for 1 of 300 points"):
        run(lambda x, t: np.where((np.arange(len(x))[:, None] == 7) & (t < 0.45), np.nan, x))
    with pytest.raises(InvalidArgumentError, match="fails at t = 1"):
        run(lambda x, t: x @ np.ones((3, 3)))
    with pytest.raises(InvalidArgumentError, match="is not callable"):
        gc.FunctionError(3)


def test_a_step_that_is_too_large_is_named_with_the_steps_that_would_do():
    data = gc.GaussianMixture([0.5, 0.5], [-1.0, 1.0], [1e-3, 1e-3])
    process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(4.0, 0.1), gc.AmplifiedScoreError(200.0))
    with pytest.raises(InvalidArgumentError, match=r"steps = 100: makes the chain diverge.*steps >= \d+") as caught:
        gc.simulate(process, 10, 100, 1)
    enough = int(caught.value.accepted.split()[-1])
    assert np.all(np.isfinite(gc.simulate(process, 10, enough, 1).endpoint))
    wild = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(4.0, 0.5), gc.AffineError(1e30, 0.1))
    with pytest.raises(InvalidArgumentError, match="leave the range of floats"):
        gc.simulate(wild, 10, 100, 1)


WORDS = (-1, 2**64, 1.5, True, "3", np.array([1]), np.array([[1, 2]]).view(np.matrix))


@pytest.mark.parametrize("word", WORDS, ids=repr)
def test_keys_that_are_no_words_are_refused_in_one_line(word):
    """Every sampler: seeds, and the generation and the first path where they are arguments."""
    process = mixed_process()
    calls = {
        "rng": [
            lambda: gc.simulate(process, 10, 5, word),
            lambda: gc.coupled(process, 10, 5, word),
            lambda: gc.path_divergences(process, 10, 5, word),
            lambda: gc.paired_energy(process, 10, word),
            lambda: gc.gradient_energy_estimate(process, 400, 5, word),
            lambda: gc.sample_reverse(process.data, process.diffusion, 10, 5, word),
            lambda: gc.kl(process.data, gc.Gaussian(np.zeros(3), np.eye(3)), rng=word),
        ],
        "generation": [
            lambda: gc.simulate(process, 10, 5, 1, generation=word),
            lambda: gc.sample_reverse(process.data, process.diffusion, 10, 5, 1, generation=word),
        ],
        "first": [lambda: gc.simulate(process, 10, 5, 1, first=word)],
    }
    for argument, functions in calls.items():
        for function in functions:
            with pytest.raises(InvalidArgumentError, match=f"^{argument} = .*accepted: an integer") as found:
                function()
            assert "\n" not in str(found.value)


def test_what_is_no_law_is_refused():
    with pytest.raises(InvalidArgumentError, match="law = 3: is of kind int; accepted: a Gaussian"):
        gc.sample_reverse(3, gc.OrnsteinUhlenbeck(), 10, 5, 1)

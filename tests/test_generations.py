"""Runs on finite samples against theory: exact recursions of moments and diversity, first-order drift, orderings.

Comparisons of averages over independent runs are z-scores at a false-alarm budget of 1e-6 each (|z| < 4.9).
"""

import dataclasses
import math
import tomllib
from importlib.resources import files

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import ScenarioError
from gausscollapse.divergences.finiteness import UNDECIDED, Finiteness
from gausscollapse.lab import generation_divergences as divergences
from gausscollapse.lab import sweep_presets
from gausscollapse.lab.experiments import EXPERIMENTS
from gausscollapse.lab.generation_innovations import innovations
from gausscollapse.lab.generation_measures import tail_mass
from gausscollapse.lab.generation_settings import read_settings
from gausscollapse.lab.generation_theory import expected_covariances, expected_diversity, expected_drift
from gausscollapse.lab.generations import check, learned_generations, run, seconds
from gausscollapse.lab.sweep_file import load_sweep
from gausscollapse.lab.transport import gelbrich, mixture_transport
from gausscollapse.process.realizable import realizable_energy

LIMIT = 4.9
LINE = {"kind": "gaussian", "mean": [0.0], "cov": [[1.0]]}
THREE = {"kind": "isotropic-mixture", "deviation": 0.5, "means": [[-2.0, 0.0], [2.0, 0.0], [0.0, 2.0]]}
NETWORK = {
    "data": THREE,
    "fresh": 0.5,
    "generations": 1,
    "samples": 1500,
    "sampling": "euler-maruyama",
    "diffusion": {"horizon": 4.0, "stop": 0.1},
    "sampler": {"steps": 60},
    "learner": {"kind": "neural", "layers": [32], "repeats": 3, "epochs": 10},
}


def gaussian(d, n, fresh, count=8, **others):
    data = {"kind": "gaussian", "mean": [0.0] * d, "cov": np.diag(1.0 + np.arange(d)).tolist()}
    return {
        "data": data, "fresh": fresh, "generations": count, "samples": n, "learner": {"kind": "gaussian"}, **others,
    }  # fmt: skip


def z_score(sample, expected):
    """Score of the mean of independent numbers."""
    return (np.mean(sample) - expected) / (np.std(sample, ddof=1) / math.sqrt(len(sample)))


def average_drift(settings, runs, skip):
    """Return one number a run: the drift of the later models, averaged."""
    spec = read_settings(settings)
    found = []
    for key in range(runs):
        models = [generation.law for generation in learned_generations(spec, key)][skip:]
        found.append(np.mean([float(gc.chi2(law, spec.data)) for law in models]))
    return np.array(found)


SETTINGS = [(1, 1000, 0.5), (1, 400, 0.9), (2, 1000, 0.5), (3, 2000, 0.9)]


@pytest.mark.parametrize(("d", "n", "fresh"), SETTINGS)
def test_finite_sample_law(d, n, fresh):
    """``E D = d (d + 3)/(2 n alpha (2 - alpha))`` to first order in 1/n; the rest is below a tenth of an error."""
    settings = gaussian(d, n, fresh, measure={"evaluation": 10})
    found = average_drift(settings, 40, 5)
    law = d * (d + 3) / (2.0 * n * fresh * (2.0 - fresh))
    # Five generations on, what the start has left is below (1 - alpha)^10.
    assert abs(z_score(found, law)) < LIMIT
    assert expected_drift(d, fresh, n, 50)[-1] == pytest.approx(law, rel=1e-9)
    # The same errors, if they did add up in amplitude: J/alpha^2.
    coherent = d * (d + 3) / (2.0 * n * fresh**2)
    assert fresh == 0.9 or abs(z_score(found, coherent)) > LIMIT


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.parametrize(("d", "n", "fresh"), [*SETTINGS, (1, 4000, 0.1), (2, 4000, 0.2)])
def test_finite_sample_law_within_few_percent(d, n, fresh):
    found = average_drift(gaussian(d, n, fresh, count=40, measure={"evaluation": 10}), 120, 20)
    law = d * (d + 3) / (2.0 * n * fresh * (2.0 - fresh)) * (1.0 - (1.0 - fresh) ** 60)
    assert abs(z_score(found, law)) < LIMIT
    assert abs(z_score(found, d * (d + 3) / (2.0 * n))) > LIMIT or fresh == 0.9


@pytest.mark.parametrize("fresh", [0.0, 0.4, pytest.param(1.0, marks=pytest.mark.slow)])
def test_moments_of_maximum_likelihood_are_exact_at_small_n(fresh):
    """Covariance and mean square of the mean at n = 10, where no expansion in 1/n helps."""
    spec = read_settings(gaussian(2, 10, fresh, count=4, measure={"evaluation": 10}))
    covs = expected_covariances(spec.data.cov, fresh, 10, 4)
    runs = [[generation.law for generation in learned_generations(spec, key)] for key in range(700)]
    for i in range(1, 5):
        for entry in ((0, 0), (0, 1), (1, 1)):
            sample = [models[i].cov[entry] for models in runs]
            assert abs(z_score(sample, covs[i][entry])) < LIMIT, (i, entry)
    # The divisor n - 1 would be another learner.
    ratios = [np.trace(np.linalg.solve(spec.data.cov, models[1].cov)) for models in runs]
    assert abs(z_score(ratios, 2.0)) > LIMIT
    if fresh == 0.0:
        np.testing.assert_allclose(covs[4], spec.data.cov * 0.9**4, rtol=1e-12)


@pytest.mark.parametrize("fresh", [0.0, pytest.param(0.3, marks=pytest.mark.slow)])
def test_modes_drift_like_genes(fresh):
    """The diversity of modes under kernel density, exactly, and the covariance."""
    settings = {
        "data": {"kind": "isotropic-mixture", "deviation": 0.1, "means": [[0.0], [5.0], [10.0], [20.0]],
                 "weights": [0.1, 0.2, 0.3, 0.4]},
        "fresh": fresh, "generations": 5, "samples": 10, "learner": {"kind": "kernel-density", "bandwidth": 0.05},
        "measure": {"modes": True, "divergences": False, "evaluation": 50},
    }  # fmt: skip
    runs = [run(settings, key) for key in range(120)]
    law = runs[0]["mode_diversity_expected"].values
    np.testing.assert_allclose(law, expected_diversity(np.array([0.1, 0.2, 0.3, 0.4]), fresh, 10, 5))
    for i in (1, 3, 5):
        assert abs(z_score([r["mode_diversity"].values[i] for r in runs], law[i])) < LIMIT
        variance = runs[0]["variance_expected"].values[i, 0]
        assert abs(z_score([r["variance"].values[i, 0] for r in runs], variance)) < LIMIT
    if fresh == 0.0:
        assert law[5] == pytest.approx(0.7 * 0.9**5)
    assert abs(z_score([r["mode_diversity"].values[5] for r in runs], law[0])) > LIMIT


def paper(fresh, count=4, n=4000):
    document = sweep_presets.document("fresh-fractions")["settings"]
    changes = {"fresh": fresh, "generations": count, "samples": n}
    measure = {"evaluation": 2000, "density_points": 2000, "modes": True}
    return {**document, **changes, "sampler": {"steps": 200, "grid": "log-snr"}, "measure": measure}


@pytest.mark.slow
def test_the_order_of_the_papers_protocol():
    """The less fresh data the farther from the data: proven from below, against the population law of the next."""
    found = {fresh: run(paper(fresh), 3) for fresh in (0.1, 0.5, 0.9)}
    for less, more in ((0.1, 0.5), (0.5, 0.9)):
        assert found[less]["kl_lower"].values[-1] > found[more]["kl_expected"].values[-1]
        assert found[more]["kl_lower"].values[-1] < found[less]["kl_expected"].values[-1]
    for result in found.values():
        # Judged by a density of other draws KL is bounded from below (Gibbs), and the bound is not far.
        assert np.all(result["kl_lower"].values[1:] < result["kl_expected"].values[1:])
        assert np.all(result["kl"].values[1:] > 0.75 * result["kl_expected"].values[1:])
        assert np.all(np.isinf(result["kl_upper"].values[1:]))
        assert np.all(np.isinf(result["chi2"].values[1:]))
        assert result["chi2"].values[0] == 0.0
        assert np.all(result["wasserstein2_upper"].values >= result["wasserstein2_population"].values)


@pytest.mark.slow
def test_first_generation_of_the_papers_protocol_has_the_discrete_law():
    """Outside the span of the means the first model is Gaussian: the exact law of the discretised chain."""
    settings = {**paper(0.5, count=1, n=40_000), "measure": {"divergences": False, "evaluation": 20_000}}
    spec = read_settings(settings)
    draws = list(learned_generations(spec, 5))[1].draws[:, 2:]
    one = gc.ReverseProcess(gc.Gaussian(0.0, 0.72), spec.diffusion, gc.AffineError(0.0, 0.0))
    variance = float(gc.discrete_law(one, 200, grid="log-snr").endpoint.cov[0, 0])
    assert abs(z_score(draws.ravel() ** 2, variance)) < LIMIT
    assert abs(z_score(draws.ravel() ** 2, 0.36)) > LIMIT


@pytest.mark.slow
def test_the_score_of_infinitely_many_samples_is_that_of_the_channel():
    spec = read_settings(paper(0.3, count=3))
    channel = gc.AffineChannel(np.eye(10), np.zeros(10), 0.36 * np.eye(10))
    law = spec.data
    stop = gc.OrnsteinUhlenbeck(4.0, 0.02)
    for generation in learned_generations(spec, 1):
        points = generation.draws[:20]
        np.testing.assert_allclose(generation.law.logpdf(points), law.logpdf(points), rtol=1e-9)
        parts = [(0.3, spec.data), (0.7, law)]
        q = gc.GaussianMixture(
            np.concatenate([share * part.weights for share, part in parts]),
            np.concatenate([part.means for _, part in parts]),
            np.concatenate([part.covs for _, part in parts]),
        )
        law = stop.marginal(channel.apply(q), 0.02)


def eta_and_interval(settings, key):
    found = {name: item.values for name, item in run(settings, key).items()}
    eta, error = found["paired_observability"][0], found["paired_observability_error"][0]
    return found, eta - 5.0 * error, eta + 5.0 * error


@pytest.mark.slow
def test_a_network_has_an_error_that_is_partly_seen():
    """eta strictly between 0 and 1 and chi2 in the interval of `sharp`, each with five standard errors."""
    energies = {"generations": [0], "paths": 2500, "steps": 80, "pairs": 4000}
    learner = {"kind": "neural", "layers": [48, 48], "repeats": 4, "epochs": 12}
    settings = {
        **NETWORK,
        "samples": 3000,
        "learner": learner,
        "measure": {"divergences": False, "energies": energies},
    }
    found, low, high = eta_and_interval(settings, 3)
    assert 0.0 < low < high < 1.0
    width = 5.0 * found["intra_chi2_error"][0]
    assert found["intra_chi2_lower"][0] <= found["intra_chi2"][0] + width
    assert found["intra_chi2"][0] - width <= found["intra_chi2_upper"][0]
    # The regression on the endpoint is a lower estimate of what the pairs estimate without bias.
    gap = found["observed_energy"][0] - found["paired_energy"][0]
    assert gap < 5.0 * math.hypot(found["observed_energy_error"][0], found["paired_energy_error"][0])
    assert found["effective_share"][0] > 0.2


@pytest.mark.slow
@pytest.mark.exhaustive
def test_the_preset_of_networks():
    document = sweep_presets.document("neural-2d")["settings"]
    found, low, high = eta_and_interval({**document, "generations": 6}, 0)
    assert 0.0 < low < high < 1.0
    assert found["intra_chi2_lower"][0] < found["intra_chi2"][0] < found["intra_chi2_upper"][0]
    assert found["energy_reference"].tolist() == [0.0, 8.0]
    assert np.all(found["kl_lower"][1:] > 0.0)


@pytest.mark.slow
def test_energies_of_a_gaussian_learner_agree_with_the_exact_ones():
    """Generation 0 is linear and Gaussian: energies, eta and chi2 are known to rounding."""
    energies = {"paths": 8000, "steps": 400, "pairs": 8000}
    settings = gaussian(
        2, 60, 0.5, count=1, diffusion={"horizon": 3.0, "stop": 0.1},
        measure={"divergences": False, "energies": energies},
    )  # fmt: skip
    spec = read_settings(settings)
    last = list(learned_generations(spec, 4))[1]
    process = gc.ReverseProcess(spec.data, spec.diffusion, gc.RealizableError(last.law))
    found = {name: item.values for name, item in run(settings, 4).items()}
    exact = {
        "ideal_energy": process.ideal_energy(),
        "learned_energy": process.learned_energy(),
        "observed_energy": process.observed_energy(),
        "paired_energy": process.observed_energy(),
        "intra_chi2": process.chi2(),
    }
    for name, value in exact.items():
        # One hundredth for the step of 1/400 in the clock, whose bias is below.
        off = found[name][0] - float(value)
        # Of chi2 there is a lower estimate only: its ratio of densities is no polynomial.
        gap = (off if name == "intra_chi2" else abs(off)) - 0.01 * float(value)
        assert gap < LIMIT * found[f"{name}_error"][0], name
    assert found["intra_chi2_lower"][0] <= float(process.chi2()) <= found["intra_chi2_upper"][0]
    # The model of another key has another error.
    other = gc.ReverseProcess(
        spec.data, spec.diffusion, gc.RealizableError(list(learned_generations(spec, 5))[1].law)
    )
    for name, value in (("ideal_energy", other.ideal_energy()), ("paired_energy", other.observed_energy())):
        assert abs(found[name][0] - float(value)) > LIMIT * found[f"{name}_error"][0]


@pytest.mark.slow
def test_finite_kernel_scores_beside_their_population():
    settings = paper(0.5, count=1)
    settings["measure"] = {
        "divergences": False, "evaluation": 100,
        "finite_kernel": {"centres": 300, "paths": 200, "steps": 25, "pairs": 50},
    }  # fmt: skip
    found = {name: item.values for name, item in run(settings, 1).items()}
    spec = read_settings(settings)
    target = gc.GaussianMixture(spec.data.weights, spec.data.means, 2.0 * spec.data.covs)
    limit = realizable_energy(spec.data, target, spec.diffusion, samples=20_000).upper
    # Finitely many centres add an error of their own.
    assert found["finite_ideal_energy"][0] > 1.02 * float(limit)
    assert found["finite_ideal_energy"][0] < 2.0 * float(limit)


@pytest.mark.parametrize(
    "settings",
    [
        gaussian(2, 50, 0.5, count=2, measure={"tails": 2.0, "points": 5, "correlations": True}),
        pytest.param(
            {**NETWORK, "samples": 300, "measure": {"energies": {"paths": 600, "steps": 20, "pairs": 50}}},
            marks=pytest.mark.slow,
        ),
        {
            "data": THREE, "fresh": 0.2, "generations": 2, "samples": 90,
            "learner": {"kind": "mixture", "components": 3}, "measure": {"modes": True},
        },
        {"data": THREE, "fresh": 0.2, "generations": 2, "samples": 90, "sampling": "euler-maruyama",
         "sampler": {"steps": 50}, "learner": {"kind": "kernel-density", "bandwidth": 0.3}},
        pytest.param(paper(0.5, count=2, n=600), marks=pytest.mark.slow),
    ],
    ids=["gaussian", "network", "mixture", "kernel-density", "population"],
)  # fmt: skip
def test_same_key_same_bytes(settings, monkeypatch):
    """On one thread and on two; another key gives other numbers, of the same shapes and all of them numbers."""
    import os

    from threadpoolctl import threadpool_limits

    results = []
    for threads, key in ((1, 11), (2, 11), (2, 12)):
        monkeypatch.setattr(os, "cpu_count", lambda threads=threads: threads)
        with threadpool_limits(limits=threads):
            results.append(run(settings, key))
    one, two, other = results
    assert one.keys() == other.keys()
    for name, item in one.items():
        assert item.values.tobytes() == two[name].values.tobytes(), name
        assert item.values.shape == other[name].values.shape
        assert not np.any(np.isnan(item.values)), name
        assert item.words
    assert one["variance"].values.tobytes() != other["variance"].values.tobytes()


def test_counts_that_are_not_whole_are_rounded_and_told():
    found = run(gaussian(1, 15, 0.3, count=1, measure={"evaluation": 10}), 0)
    assert (float(found["fresh_samples"].values), float(found["model_samples"].values)) == (4.0, 11.0)
    # Theory is that of the counts: alpha = 4/15.
    exact = expected_covariances(np.eye(1), 4 / 15, 15, 1)[1, 0, 0]
    assert found["variance_expected"].values[1, 0] == pytest.approx(exact)


WRONG = {
    "samples": ({"samples": 3, "data": {"kind": "gaussian", "mean": [0.0] * 5, "cov": np.eye(5).tolist()}},
                r"samples = 3: is too few for this learner in dimension 5; accepted: n >= 6"),
    "fresh": ({"fresh": 1.5}, "fresh = 1.5: is out of range"),
    "learner": ({"learner": {"kind": "oracle"}}, "learner.kind = 'oracle': is not known; accepted: gaussian"),
    "bandwidth": ({"learner": {"kind": "kernel-density", "bandwidth": 0.0}}, "learner.bandwidth = 0.0"),
    "unknown key": ({"measures": {}}, "measures = .*: is no known key"),
    "nested key": ({"measure": {"energies": {"path": 3}}}, "measure.energies.path = 3: is no known key"),
    "no law": ({"learner": {"kind": "neural"}}, "sampling = 'exact': needs a learner with a known law"),
    "late": ({"measure": {"energies": {"generations": [8]}}}, "beyond the last; accepted: 0 to 7"),
    "modes": ({"measure": {"modes": True}}, "measure.modes = True: needs data with modes"),
    "pictures": ({"measure": {"pictures": 3}}, "needs data that are pictures"),
    "missing": ({"data": None}, "data = None: is not a table"),
    "stop": ({"sampling": "euler-maruyama", "diffusion": {"stop": 0.0}}, "a stop > 0"),
    "correlations": ({"data": THREE, "measure": {"correlations": True}}, "needs Gaussian data"),
    "finite": ({"measure": {"finite_kernel": {}}}, "needs a population-kernel-density learner"),
    "generations": ({"generations": 0}, "generations = 0: is out of range"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_bad_settings_are_refused_in_one_line(name):
    changes, message = WRONG[name]
    with pytest.raises(ScenarioError, match=message) as found:
        check({**gaussian(1, 100, 0.5), **changes})
    assert "\n" not in str(found.value)


PRESETS = (
    "digits",
    "fresh-fractions",
    "gaussian-mle",
    "modes-vanish",
    "neural-2d",
    "photograph-patches",
    "tails-vanish",
)


def override(settings, changes):
    result = {key: dict(value) if isinstance(value, dict) else value for key, value in settings.items()}
    for key, value in changes.items():
        table, (*path, last) = result, key.split(".")
        for part in path:
            table = table[part]
        table[last] = value
    return result


@pytest.mark.parametrize("name", PRESETS)
def test_presets_can_be_run(name):
    document = sweep_presets.document(name)
    assert document["sweep"]["experiment"] in EXPERIMENTS
    cell = {key: values[0] for key, values in document["grid"].items()}
    short = {key: value for key, value in document["quick"].items() if key != "runs" and key not in cell}
    for changes in (cell, {**cell, **short}):
        settings = override(document["settings"], changes)
        check(settings)
        assert 0.0 < seconds(settings) < 3600.0


def test_presets_are_shipped():
    shipped = {entry.name for entry in files(sweep_presets.__name__).iterdir() if entry.name.endswith(".toml")}
    assert {f"{name}.toml" for name in PRESETS} <= shipped
    assert all(tomllib.loads(files(sweep_presets.__name__).joinpath(name).read_text()) for name in shipped)


@pytest.mark.slow
def test_digits_drift_without_fresh_ones():
    settings = sweep_presets.document("digits")["settings"]
    found = {fresh: run({**settings, "fresh": fresh, "generations": 4}, 0) for fresh in (0.0, 0.9)}
    assert found[0.0]["frechet"].values[-1] > 2.0 * found[0.9]["frechet"].values[-1]
    pictures = found[0.0]["pictures"]
    assert pictures.dims == ("generation", "picture", "row", "column")
    assert pictures.values.shape == (5, 40, 8, 8)
    assert 0.0 <= pictures.values.min() < pictures.values.max() <= 1.0


def test_wasserstein_distance_lies_between_its_bounds():
    """On the line the distance is that of the quantile functions."""
    p = gc.GaussianMixture([0.3, 0.7], [[-2.0], [1.0]], [[[0.5]], [[1.0]]])
    q = gc.GaussianMixture([0.6, 0.4], [[-1.0], [3.0]], [[[1.0]], [[0.2]]])
    u = (np.arange(400_000) + 0.5) / 400_000
    quantiles = []
    for law in (p, q):
        grid = np.linspace(-12.0, 12.0, 200_001)
        from scipy.special import ndtr

        cdf = sum(
            w * ndtr((grid - m) / s)
            for w, m, s in zip(law.weights, law.means[:, 0], np.sqrt(law.covs[:, 0, 0]), strict=True)
        )
        quantiles.append(np.interp(u, cdf, grid))
    exact = math.sqrt(np.mean((quantiles[0] - quantiles[1]) ** 2))
    low, high = gelbrich(p.mean, p.cov, q.mean, q.cov), mixture_transport(p, q)
    assert low < exact < high
    assert mixture_transport(p, p) == pytest.approx(0.0, abs=1e-7)


def test_both_bounds_are_the_distance_of_gaussians():
    rng = np.random.default_rng(0)
    factor = rng.standard_normal((3, 3))
    p, q = gc.Gaussian(np.zeros(3), np.eye(3)), gc.Gaussian(np.ones(3), factor @ factor.T + np.eye(3))
    exact = float(gc.wasserstein2(p, q))
    assert gelbrich(p.mean, p.cov, q.mean, q.cov) == pytest.approx(exact, rel=1e-10)
    assert mixture_transport(p, q) == pytest.approx(exact, rel=1e-10)


def test_entropy_from_neighbours():
    """Mean log-density of N(0, I) in d = 2 is -(1 + log 2 pi); 0.01 is allowed for the estimator's bias."""
    points = np.random.default_rng(1).standard_normal((20_000, 2))
    found = divergences.neighbour_log_density(points)
    error = found.std() / math.sqrt(found.size)
    assert abs(found.mean() + 1.0 + math.log(2.0 * math.pi)) < 0.01 + LIMIT * error
    assert abs(found.mean() + math.log(2.0 * math.pi)) > 0.5


def test_chi2_from_samples_is_a_lower_estimate():
    """exp(|mu|^2) - 1 for a shift by mu: reached by no quadratic, but nearly; 0 for equal laws."""
    data = gc.Gaussian(np.zeros(2), np.eye(2))
    shifted = gc.Gaussian([0.3, 0.0], np.eye(2)).sample(20_000, 1)
    value, low, high = divergences.chi2_from_samples(data, shifted, np.random.default_rng(2))
    assert low < math.expm1(0.09) < high
    assert low > 0.02
    value, low, high = divergences.chi2_from_samples(data, data.sample(20_000, 3), np.random.default_rng(4))
    assert low < 0.0 < high < 0.01
    assert value < 0.002


def kernels(deviation, sampling="exact"):
    """Return generation 1 of a run on two unit Gaussians, whose model has kernels as wide as told."""
    means = [[-1.0, 0.0], [1.0, 0.0]]
    described = {"kind": "mixture", "weights": [0.5, 0.5], "means": means, "covs": [np.eye(2).tolist()] * 2}
    spec = read_settings(
        {"data": described, "fresh": 0.5, "generations": 1, "samples": 60, "sampling": sampling,
         "learner": {"kind": "kernel-density", "bandwidth": deviation}, "measure": {"evaluation": 200}}
    )  # fmt: skip
    return spec, list(learned_generations(spec, 3))[1]


@pytest.mark.parametrize(("variance", "infinite"), [(1.9, False), (2.1, True)])
def test_chi2_is_infinite_where_the_tails_of_a_learned_law_win(variance, infinite):
    """``int N(m, v)^2/N(0, 1)`` is finite iff v < 2 (Gil, Alajaji and Linder 2013): for kernels and for mixtures."""
    spec, generation = kernels(math.sqrt(variance))
    value, low, high = divergences._chi2(spec, generation, generation.draws, 1)
    law = gc.GaussianMixture([0.3, 0.7], [[0.0, 0.0], [0.5, 0.0]], [variance * np.eye(2), 0.5 * np.eye(2)])
    mixture = dataclasses.replace(generation, law=law, model=None)
    again, _, end = divergences._chi2(spec, mixture, law.sample(200, 2), 1)
    assert (math.isinf(value), math.isinf(low), math.isinf(again)) == (infinite,) * 3
    assert math.isinf(high)
    assert math.isinf(end)


def test_early_stopping_narrows_what_was_too_wide():
    """Sampled until t, a kernel of variance v has ``exp(-t) v + 1 - exp(-t)``: 1.99 of 2.01 at t = 0.02."""
    spec, generation = kernels(math.sqrt(2.01), "euler-maruyama")
    assert math.isfinite(divergences._chi2(spec, generation, generation.draws, 1)[0])
    spec, generation = kernels(math.sqrt(2.01))
    assert math.isinf(divergences._chi2(spec, generation, generation.draws, 1)[0])


def test_the_expected_kl_says_how_well_it_is_known():
    """Three dimensions, by Monte Carlo, against the sum over independent coordinates, each by quadrature."""
    from gausscollapse.lab.generation_theory import _population_kl

    line = [gc.GaussianMixture([0.5, 0.5], [-2.0, 2.0], [v, v]) for v in (1.0, 0.5)]
    laws = [
        gc.GaussianMixture([0.5, 0.5], [[-2.0, 0.0, 0.0], [2.0, 0.0, 0.0]], [np.diag([v, u, u])] * 2)
        for v, u in ((1.0, 0.8), (0.5, 1.0))
    ]
    truth = float(gc.kl(*line, method="certified")) + 2.0 * float(gc.kl(gc.Gaussian(0.0, 0.8), gc.Gaussian(0.0, 1.0)))
    value, error = _population_kl(*laws)
    assert 0.0 < error < 0.01 * truth
    assert abs(value - truth) < LIMIT * error
    assert abs(value - 1.05 * truth) > LIMIT * error


def test_what_cannot_be_decided_is_not_called_infinite(monkeypatch):
    monkeypatch.setattr(divergences, "decide", lambda *_, **__: Finiteness(UNDECIDED, "made"))
    spec, generation = kernels(0.5)
    value, _, high = divergences._chi2(spec, generation, generation.draws, 1)
    assert math.isfinite(value)
    assert math.isinf(high)


def test_infinite_innovations_have_no_product():
    spec = read_settings(gaussian(1, 30, 0.5, count=3, measure={"correlations": True, "evaluation": 10}))
    narrow, wide = gc.Gaussian([0.1], [[1.1]]), gc.Gaussian([0.0], [[2.5]])
    found = innovations(spec, [spec.data, narrow, narrow, wide])
    assert np.isinf(found["innovation_energy"].values).tolist() == [False, False, True]
    for name in ("innovation_product", "innovation_correlation"):
        assert np.isnan(found[name].values).tolist() == [False, True]
    # With fresh data alone an innovation is the model's own r, whatever the last model was.
    alone = read_settings(gaussian(1, 30, 1.0, count=3, measure={"correlations": True, "evaluation": 10}))
    energy = innovations(alone, [spec.data, wide, narrow, narrow])["innovation_energy"].values
    assert np.isinf(energy).tolist() == [True, False, False]
    assert energy[1] == pytest.approx(float(gc.chi2(narrow, spec.data)), rel=1e-12)


def test_tail_mass_of_gaussians():
    from scipy.stats import chi2

    data = gc.Gaussian([1.0, 2.0], [[2.0, 0.5], [0.5, 1.0]])
    draws = data.sample(50_000, 1)
    law = chi2.sf(4.0, 2)
    assert abs(tail_mass(data, draws, 2.0) - law) < LIMIT * math.sqrt(law * (1 - law) / 50_000)
    # A law that moved away whole has the same tails; a narrower one has less.
    assert tail_mass(data, draws + 10.0, 2.0) == pytest.approx(tail_mass(data, draws, 2.0), abs=1e-4)
    assert tail_mass(data, 0.5 * draws, 2.0) < 0.1 * law


@pytest.mark.slow
def test_the_quick_form_of_tails_vanish_shows_its_title():
    """Without fresh data the tails go, and before the variance does; with half of fresh data they stay."""
    sweep = load_sweep("tails-vanish", quick=True)
    assert sweep.title == "Without fresh data the tails go first"
    found = {}
    for fresh in (0.0, 0.5):
        settings = {**sweep.settings, "fresh": fresh}
        runs = [run(settings, key) for key in range(sweep.runs)]
        found[fresh] = {name: np.mean([each[name].values.ravel() for each in runs], axis=0)
                        for name in ("tail_mass", "variance")}  # fmt: skip
    tails, variance = found[0.0]["tail_mass"], found[0.0]["variance"]
    assert tails[-1] < 0.05 * tails[0]
    assert np.argmax(tails < 0.2 * tails[0]) < np.argmax(variance < 0.2 * variance[0])
    assert 0.4 < found[0.5]["tail_mass"][-20:].mean() / tails[0] < 2.0


def test_the_kl_of_a_population_learner_is_measured_on_samples():
    """Between N(0, 1) and N(0, 1 + h^2): the bound is below, near it with many samples, and tells wrong ones."""
    described = {"kind": "mixture", "weights": [1.0], "means": [[0.0]], "covs": [[[1.0]]]}
    spec = read_settings(
        {"data": described, "fresh": 0.5, "generations": 1, "samples": 6000, "sampling": "exact",
         "learner": {"kind": "population-kernel-density", "bandwidth": 0.8}, "measure": {"evaluation": 6000}}
    )  # fmt: skip
    generation = list(learned_generations(spec, 3))[1]
    truth = 0.5 * (0.64 - math.log(1.64))
    value, low, high = divergences._kl(spec, generation, generation.draws, 1)
    width = value - low
    assert math.isinf(high)
    assert truth - 0.01 - width < value < truth + width
    # KL(N(0, v) || N(1, v)) = 1/(2 v) less where the training samples are another law's.
    wrong = dataclasses.replace(generation, training=generation.training + 1.0)
    assert abs(divergences._kl(spec, wrong, wrong.draws, 1)[0] - (truth - 0.5 / 1.64)) < 0.01 + 2.0 * width
    few = dataclasses.replace(generation, training=generation.training[:20])
    assert divergences._kl(spec, few, few.draws, 1)[0] < value


def test_innovations_are_those_of_the_laws():
    """Against inner products in L^2(p) by quadrature on a grid."""
    spec = read_settings(gaussian(1, 30, 0.5, count=3, measure={"correlations": True, "evaluation": 10}))
    laws = [generation.law for generation in learned_generations(spec, 2)]
    found = innovations(spec, laws)
    grid = np.linspace(-14.0, 14.0, 40_001)
    density = spec.data.pdf(grid)
    ratios = [law.pdf(grid) / density - 1.0 for law in laws]
    xi = [ratios[i + 1] - 0.5 * ratios[i] for i in range(3)]
    gram = np.array([[np.trapezoid(a * b * density, grid) for b in xi] for a in xi])
    np.testing.assert_allclose(found["innovation_energy"].values, np.diag(gram), rtol=1e-8)
    np.testing.assert_allclose(found["innovation_product"].values, np.diag(gram, 1), rtol=1e-8, atol=1e-12)


def test_frechet_distance_of_features():
    from gausscollapse.lab.digits import dataset, features
    from gausscollapse.lab.transport import frechet_distance

    rng = np.random.default_rng(0)
    first, second = rng.standard_normal((500, 4)), rng.standard_normal((400, 4)) * [1.0, 2.0, 1.0, 3.0] + 1.0
    laws = [gc.Gaussian(x.mean(axis=0), np.cov(x, rowvar=False)) for x in (first, second)]
    assert frechet_distance(first, second) == pytest.approx(float(gc.wasserstein2(*laws)) ** 2, rel=1e-9)
    digits = features(dataset()[0])
    assert digits.shape == (1797, 32)
    assert frechet_distance(digits, digits) == pytest.approx(0.0, abs=1e-6)

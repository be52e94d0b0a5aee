"""The single-generation chapter on mixtures: by Fokker-Planck in d = 1, by conditional paths in d = 2 and 10."""

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.checking.evaluation import evaluate
from gausscollapse.core.verdict import Outcome
from gausscollapse.sampling import sampled_statistics
from gausscollapse.sampling.sampled_statistics import SampledStatistics
from gausscollapse.theorems import check, registry
from gausscollapse.theorems.instances import single as families
from gausscollapse.theorems.instances.flows import draw_flows, draw_noisy
from gausscollapse.theorems.instances.single import SINGLE_GENERATION, draw, draw_all, draw_mixtures

CHAPTER = [theorem for theorem in registry.values() if theorem.chapter is SINGLE_GENERATION]


@pytest.fixture(scope="module")
def line():
    return draw_mixtures(2, np.random.default_rng(1))


@pytest.mark.parametrize("theorem", [t for t in CHAPTER if t.id != "limit"], ids=lambda t: t.id)
def test_on_the_line_every_statement_holds(line, theorem):
    for sample in line:
        outcome = evaluate(theorem, sample).verdict(0).outcome
        if theorem.id == "impossibility":
            assert outcome is Outcome.NOT_APPLICABLE
        elif theorem.id == "w2-energy":
            # The slope of a mixture's score has no bound in closed form.
            gaussian = isinstance(sample.instances[0].data, gc.Gaussian)
            assert outcome is (Outcome.HOLDS if gaussian else Outcome.NOT_APPLICABLE)
        elif theorem.id == "dv":
            # The first sample attains the bound to within the grid's error.
            assert outcome in (Outcome.HOLDS, Outcome.INCONCLUSIVE)
        else:
            assert outcome is Outcome.HOLDS


@pytest.mark.slow
def test_the_limit_on_the_line(line):
    assert evaluate(registry["limit"], line[0]).verdict(0).outcome is Outcome.HOLDS
    spoilt = registry["limit"].with_constants(target=1.01)
    assert evaluate(spoilt, line[0]).verdict(0).outcome is Outcome.VIOLATED


@pytest.mark.parametrize(
    ("name", "constants"),
    [
        ("prop-3.1", {"factor": 0.25}),
        ("girsanov-forward", {"factor": 0.25}),
        ("slack", {"factor": 0.49}),
        ("path-chi2", {"factor": 0.5}),
        ("hcr", {"factor": 1.1}),
        ("prop-3.3", {"leading": 1.25}),
        ("dv", {"factor": 1.1}),
        ("gradient-kl", {"factor": 0.25}),
    ],
)
def test_controls_are_refuted_on_the_line(line, name, constants):
    spoilt = registry[name].with_constants(**constants)
    assert any(evaluate(spoilt, sample).verdict(0).outcome is Outcome.VIOLATED for sample in line)


def test_check_takes_a_mixture(monkeypatch):
    data = gc.GaussianMixture([0.4, 0.6], [-1.0, 1.0], [0.3, 0.2])
    process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(1.5, 0.1), gc.AffineError(0.0, 0.2))
    verdict = check("prop-3.1", process)
    assert verdict == "HOLDS"
    assert verdict.lhs.guarantee == "numeric"
    exact = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), gc.OrnsteinUhlenbeck(1.5, 0.1), gc.AffineError(0.0, 0.2))
    assert check("prop-3.1", exact) == "HOLDS"
    monkeypatch.setattr(families, "EXACT_PER_MIXTURE", 8)
    labels = {label for sample in draw_all(8, np.random.default_rng(0)) for label in sample.labels}
    assert labels == {*families.COMMON, "mixture d=1"}


@pytest.mark.parametrize("dim", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_in_more_dimensions_nothing_is_refuted_and_some_is_decided(monkeypatch, dim):
    monkeypatch.setattr(sampled_statistics, "ENDS", 16_000 if dim == 2 else 64_000)
    monkeypatch.setattr(sampled_statistics, "STEPS", 40)
    (sample,) = draw_mixtures(1, np.random.default_rng(dim), dim=dim)
    found = {theorem.id: evaluate(theorem, sample).verdict(0) for theorem in CHAPTER}
    assert all(verdict.outcome is not Outcome.VIOLATED for verdict in found.values()), found
    for name in ("prop-3.1", "girsanov-forward", "prop-3.3", "thm-3.4"):
        assert found[name].outcome is Outcome.HOLDS, str(found[name])
        assert found[name].lhs.guarantee == "statistical"
    # In ten dimensions KL of the endpoints has no lower end above 0 at this many ends; chi-squared has.
    false = {2: registry["prop-3.1"].with_constants(factor=0.02), 10: registry["thm-3.4"].with_constants(upper=0.02)}
    assert evaluate(false[dim], sample).verdict(0).outcome is Outcome.VIOLATED


def test_conditional_paths_against_the_exact_case():
    """Intervals of five errors and a bias hold the exact values; widths are told, a spoilt error is seen."""
    data = gc.Gaussian([0.3, -0.2], [[1.0, 0.3], [0.3, 0.5]])
    diffusion = gc.OrnsteinUhlenbeck(1.5, 0.1)
    error = gc.AffineError([[0.05, 0.1], [-0.1, 0.05]], [0.15, 0.1])
    process = gc.ReverseProcess(data, diffusion, error)
    exact, found = process.statistics, SampledStatistics([process])
    names = (
        "ideal_energy", "learned_energy", "chi2", "kl", "reverse_kl", "observed_energy", "path_chi2",
        "variation_square", "taylor_square", "martingale_remainder",
    )  # fmt: skip
    for name in names:
        assert getattr(found, name)[0].overlaps(getattr(exact, name)[0]), name
    assert float(found.chi2.width[0]) < 2.0 * float(exact.chi2.value[0])
    assert found.gradient_energy("learned")[0].overlaps(exact.gradient_energy("learned")[0])
    assert found.hammersley_observable().overlaps(exact.chi2)
    other = gc.ReverseProcess(data, diffusion, error.scaled(2.5)).statistics
    assert not np.any(found.chi2.overlaps(other.chi2))


def test_degenerate_weights_claim_nothing():
    data = gc.GaussianMixture([0.5, 0.5], [[-1.0, 0.0], [1.0, 0.0]], 0.3 * np.eye(2))
    process = gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(1.5, 0.1), gc.AffineError(np.zeros((2, 2)), [3.0, 3.0]))
    found = SampledStatistics([process])
    assert found.effective_shares[0] < 0.2
    # [M] is 25.2 on every path: exp(25.2) - 1 is the path chi-squared, and all that is known of the ends'.
    assert found.chi2.upper[0] == pytest.approx(np.expm1(18.0 * 1.4), rel=1e-5)
    assert found.chi2.lower[0] == 0.0
    bound = found.hammersley_quadratic()
    assert (bound.lower[0], bound.upper[0]) == (0.0, np.inf)


def test_a_drawn_process_built_when_asked_for_has_the_statistics_of_its_sample():
    """Truth: each process's own statistics, computed alone from the object that the sample hands out."""
    for sample in draw(60, np.random.default_rng(3)):
        together = np.asarray(sample.statistics.ideal_energy.value)
        alone = [float(process.ideal_energy()) for process in sample.instances]
        assert together == pytest.approx(alone, rel=1e-8)
    for make in (draw_noisy, draw_flows):
        for sample in make(60, np.random.default_rng(4)):
            assert [process.stochasticity for process in sample.instances] == list(sample.statistics.stochasticity)
            alone = [float(process.learned_energy()) for process in sample.instances]
            assert np.asarray(sample.statistics.learned_energy.value) == pytest.approx(alone, rel=1e-8)

"""Workflows: the exact recursion, its filter and its Gram matrix against an independent recursion; bad weights."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import InvalidArgumentError, ScenarioError
from gausscollapse.lab.trajectory_scenario import describe_trajectory, read_trajectory
from gausscollapse.retraining import Workflow, coherent_bound, filter_sum, incoherent_sum, memory, offset_channel

LONG = 200
MIXED = np.tril(1.0 + np.random.default_rng(3).integers(0, 4, (LONG, LONG)))
WORKFLOWS = {
    "last": "last",
    "accumulate": "accumulate",
    "accumulate-subsample": "accumulate-subsample",
    "fixed-set": "fixed-set",
    "window": Workflow.window(5),
    "weights": Workflow.weights(MIXED / MIXED.sum(axis=1, keepdims=True)),
}


def rows_of(kind: str, count: int) -> list[list[Fraction]]:
    """Return the shares of a workflow as fractions, from its definition in words."""
    rows = []
    for i in range(count):
        if kind in ("last", "fixed-set"):
            row = [Fraction(int(j == i)) for j in range(i + 1)]
        elif kind == "window":
            row = [Fraction(int(j > i - 5), min(5, i + 1)) for j in range(i + 1)]
        elif kind == "weights":
            floats = [Fraction(x) for x in (MIXED[i] / MIXED[i].sum())[: i + 1].tolist()]
            whole = sum(floats)
            row = [x / whole for x in floats]
        else:
            row = [Fraction(1, i + 1)] * (i + 1)
        rows.append(row)
    return rows


# The term of order m of an inner product is below 0.04^m/m!.
ORDERS = 14


def shift_moments(kind: str, fresh: float, count: int, offset: float) -> tuple[list, list]:
    """Return ``E (k c)^m``, k the number of offsets passed, in models and training laws: an offset adds one to k."""
    share, step = mpmath.mpf(fresh), mpmath.mpf(offset)
    nothing = [mpmath.mpf(int(m == 0)) for m in range(ORDERS)]
    pascal = [[mpmath.binomial(m, n) * step ** (m - n) for n in range(m + 1)] for m in range(ORDERS)]
    models, trained = [nothing], []
    for row in rows_of(kind, count):
        used = [(mpmath.mpf(w.numerator) / w.denominator, models[j]) for j, w in enumerate(row) if w]
        past = [mpmath.fdot((w, moments[m]) for w, moments in used) for m in range(ORDERS)]
        trained.append([share * a + (1 - share) * b for a, b in zip(nothing, past, strict=True)])
        models.append([mpmath.fdot(zip(line, trained[-1], strict=False)) for line in pascal])
    return models, trained


def inner(first: list, second: list) -> float:
    """Return ``sum_{m >= 1} a_m b_m/m!``, the inner product over N(0, 1) of mixtures of shifts less one."""
    return float(
        mpmath.fsum(a * b / mpmath.factorial(m) for m, (a, b) in enumerate(zip(first, second, strict=True)) if m)
    )


@pytest.mark.parametrize("kind", WORKFLOWS)
@pytest.mark.parametrize("fresh", [0.125, pytest.param(0.0, marks=pytest.mark.slow)])
def test_drift_and_gram_matrix_against_sixty_digits_over_200_generations(kind, fresh):
    """Offsets c of N(0, 1): ``<N(a c)/p, N(b c)/p> = exp(a b c^2)`` as a series in moments of counts, in 60 digits.

    The offset is a power of two, so that the means are exact too; its square is small enough for drifts that are
    numbers.
    """
    offset = 2.0**-10
    count = LONG
    run = gc.retrain(
        gc.Gaussian(0, 1), fresh=fresh, step=offset_channel(offset), generations=count, workflow=WORKFLOWS[kind]
    )  # fmt: skip
    some = [*range(0, count, 40), count - 1]
    with mpmath.workdps(60):
        models, trained = shift_moments(kind, fresh, count, offset)
        expected = np.array([inner(model, model) for model in models])
        moved = [[a - b for a, b in zip(models[i + 1], trained[i], strict=True)] for i in some]
        gram = np.array([[inner(a, b) for b in moved] for a in moved])
    np.testing.assert_allclose(run.accumulated, expected, rtol=1e-10)
    assert np.all(np.abs(run.accumulated_enclosure.lower) <= expected * (1 + 1e-15))
    assert np.all(expected * (1 - 1e-15) <= run.accumulated_enclosure.upper)
    np.testing.assert_allclose(run.innovation_gram[np.ix_(some, some)], gram, rtol=1e-10)
    summed = filter_sum(run.innovation_gram, fresh, workflow=WORKFLOWS[kind])
    np.testing.assert_allclose(summed, expected, rtol=1e-10, atol=0)


@pytest.mark.parametrize("kind", WORKFLOWS)
def test_what_is_left_of_an_innovation_against_fractions(kind):
    """G by its recursion in rational numbers."""
    count = 24 if kind != "weights" else LONG
    fresh = [Fraction(i % 3, 4) for i in range(count)]
    shares = rows_of(kind, 24)
    rows = [[Fraction(0)] * count + [Fraction(1)]]
    for n in range(24):
        mixed = [(1 - fresh[n]) * share for share in shares[n]]
        if kind == "fixed-set":
            mixed[0] += fresh[n]
        rows.append([sum(w * row[k] for w, row in zip(mixed, rows, strict=True) if w) for k in range(count + 1)])
        rows[-1][n] = Fraction(1)
    coefficients, start = memory([float(x) for x in fresh], count, workflow=WORKFLOWS[kind])
    np.testing.assert_allclose(coefficients[:25], [[float(x) for x in row[:-1]] for row in rows], rtol=1e-13)
    np.testing.assert_allclose(start[:25], [float(row[-1]) for row in rows], rtol=1e-13)


def test_the_published_limit_is_that_of_orthogonal_errors_only():
    """``pi^2/6`` against the squared harmonic number; with the weights of replacement both are others."""
    ones, harmonic = np.ones(300), float(mpmath.harmonic(300))
    orthogonal = incoherent_sum(ones, 0, workflow="accumulate")[-1]
    assert orthogonal == pytest.approx(np.pi**2 / 6 - 1 / 300.5, abs=1e-7)
    assert coherent_bound(ones, 0, workflow="accumulate")[-1] == pytest.approx(harmonic**2, rel=1e-12)
    assert incoherent_sum(ones, 0)[-1] == pytest.approx(300)


def test_a_fixed_set_is_no_fresh_data():
    """Its mean stays in the training set for ever: ``m' = a m_0 + (1 - a) m + c``."""
    start = gc.Gaussian(0.5, 1)
    run = gc.retrain(
        gc.Gaussian(0, 1), fresh=0.25, step=offset_channel(0.125), generations=30, start=start, workflow="fixed-set"
    )
    mean = 0.5
    for i in range(30):
        mean = 0.25 * 0.5 + 0.75 * mean + 0.125
        assert run.means[i + 1, 0] == pytest.approx(mean, rel=1e-13)
    fresh = gc.retrain(gc.Gaussian(0, 1), fresh=0.25, step=offset_channel(0.125), generations=30, start=start)
    assert abs(fresh.means[-1, 0] - run.means[-1, 0]) > 0.4


@pytest.mark.parametrize("data", [gc.GaussianMixture([0.5, 0.5], [-1, 1], 0.5), gc.Gaussian([0, 1], np.eye(2))])
def test_a_mixture_of_models_against_their_moments(data):
    """Moments of a mixture are the mixture of moments, and ``chi2(q || p)`` is finite where both are."""
    channel = gc.AffineChannel(0.9 * np.eye(data.dim), np.zeros(data.dim), 0.05 * np.eye(data.dim))
    table = [[1, 0, 0], [0.5, 0.5, 0], [0.25, 0, 0.75]]
    run = gc.retrain(data, fresh=0.2, step=channel, generations=3, workflow=Workflow.weights(table))
    trained = run.training_laws[2]
    mean = 0.2 * data.mean + 0.8 * (0.25 * run.means[0] + 0.75 * run.means[2])
    np.testing.assert_allclose(trained.mean, mean, rtol=1e-13, atol=1e-15)
    assert run.refreshed[2] > 0.0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Workflow.weights([[1, 0], [0.5, 0.6]]), "sums to 1.1 in generation 1"),
        (lambda: Workflow.weights([[1, 0], [-0.5, 1.5]]), "negative weight in generation 1"),
        (lambda: Workflow.weights([[0.5, 0.5], [0.5, 0.5]]), "a model that does not exist yet"),
        (lambda: Workflow.weights([1, 0]), "a square table"),
        (lambda: Workflow.window(0), "length = 0"),
        (lambda: Workflow.window(2.5), "length = 2.5"),
        (lambda: Workflow("window"), "length"),
        (lambda: Workflow("last", length=3), "has no meaning for the workflow 'last'"),
        (lambda: gc.retrain(gc.Gaussian(0, 1), fresh=0, step=offset_channel(0.1), generations=3, workflow="all"),
         "is no workflow; accepted: one of 'last', 'accumulate'"),
        (lambda: gc.retrain(gc.Gaussian(0, 1), fresh=0, step=offset_channel(0.1), generations=3, workflow="window"),
         "Workflow.window(...)"),
        (lambda: gc.retrain(gc.Gaussian(0, 1), fresh=0, step=offset_channel(0.1), generations=3,
                            workflow=Workflow.weights([[1]])), "weights for 1 generations, not for 3"),
        (lambda: gc.retrain(gc.Gaussian(0, 1), fresh=0, step=offset_channel(0.1), generations=2001,
                            workflow="accumulate"), "an integer from 0 to 2000"),
        (lambda: gc.retrain(gc.Gaussian(0, 1), fresh=0, step=lambda i: offset_channel(0.1 / (i + 1)), generations=40,
                            workflow="accumulate"), "channels that change multiply them"),
    ],
)  # fmt: skip
def test_bad_weights_and_windows_are_one_clear_line(make, words):
    with pytest.raises(InvalidArgumentError) as found:
        make()
    assert words in str(found.value)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize("workflow", ["accumulate", Workflow.window(2), Workflow.weights([[1, 0], [0.3, 0.7]])])
def test_a_scenario_gives_the_trajectory_back(workflow):
    run = gc.retrain(gc.Gaussian(0, 1), fresh=0.1, step=offset_channel(0.1), generations=2, workflow=workflow)
    again = read_trajectory(describe_trajectory(run))
    assert again.workflow == run.workflow
    np.testing.assert_array_equal(again.accumulated, run.accumulated)


def test_a_scenario_names_the_workflow_it_does_not_know():
    scenario = {
        "data": {"kind": "gaussian", "mean": [0.0], "cov": [[1.0]]},
        "retraining": {
            "fresh": 0.1, "generations": 2, "workflow": "pile", "step": {"kind": "offset", "offset": [0.1]},
        },
    }  # fmt: skip
    with pytest.raises(ScenarioError, match=r"retraining.workflow = 'pile': is no workflow; accepted: 'last', 'acc"):
        read_trajectory(scenario)


LAST_ONLY = (
    *("refresh", "filter", "innovation", "prop-4.1", "coherent", "incoherent", "range", "thm-4.2-display"),
    *("discounted", "regimes", "early-stopping", "hermite", "appendix-4.2"),
)
IN_OTHER_NORMS = ("norm-filter", "mmd-filter", "kl-step", "robust-ball", "annealed")


@pytest.mark.parametrize("name", LAST_ONLY)
def test_a_theorem_on_the_last_model_is_not_applicable_to_another_workflow(name):
    run = gc.retrain(
        gc.Gaussian(0, 1), fresh=0.3, step=offset_channel(0.1), generations=3, workflow="accumulate"
    )  # fmt: skip
    verdict = gc.check(gc.theorems.registry[name], run)
    assert verdict.outcome.value == "NOT_APPLICABLE"
    assert "the last model replaces all before it" in verdict.reason


@pytest.mark.parametrize("name", IN_OTHER_NORMS)
def test_a_theorem_in_another_norm_is_not_applicable_to_another_workflow_nor_to_score_errors(name):
    stopping = gc.retraining.early_stopping(0.2)
    data, diffusion = gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(2.0, 0.0)
    kept = gc.retrain(data, fresh=0.4, step=stopping, generations=3, workflow="accumulate")
    wrong = gc.retrain(data, fresh=0.0, step=gc.AffineError(0, 0.1), generations=2, diffusion=diffusion)
    for run in (kept, wrong):
        assert gc.check(gc.theorems.registry[name], run).outcome.value == "NOT_APPLICABLE"


def test_accumulate_asks_for_accumulated_data_and_memory_for_any():
    data, step = gc.Gaussian(0, 1), offset_channel(0.1)
    last = gc.retrain(data, fresh=0.0, step=step, generations=3)
    kept = gc.retrain(data, fresh=0.0, step=step, generations=3, workflow="accumulate")
    some = gc.retrain(data, fresh=0.1, step=step, generations=3, workflow="accumulate")
    assert gc.check(gc.theorems.registry["accumulate"], kept).outcome.value == "HOLDS"
    assert {gc.check(gc.theorems.registry["accumulate"], run).outcome.value for run in (last, some)} == {
        "NOT_APPLICABLE"
    }
    assert {gc.check(gc.theorems.registry["memory"], run).outcome.value for run in (last, kept, some)} == {"HOLDS"}


@pytest.mark.parametrize("kind", ["accumulate", "fixed-set", "window", "weights"])
def test_certified_statistics_enclose_floats(kind):
    """Rational arithmetic on the same recursion, and the double sum in the same memory."""
    from gausscollapse.retraining.certified import CertifiedTrajectoryStatistics

    workflow = Workflow.weights(np.tril(np.full((4, 4), 0.1)) + np.diag([0.9, 0.8, 0.7, 0.6])) \
        if kind == "weights" else WORKFLOWS[kind]  # fmt: skip
    start = gc.Gaussian(0.2, 1.1)
    run = gc.retrain(
        gc.Gaussian(0, 1), fresh=0.3, step=gc.AffineChannel(0.9, 0.1, 0.2), generations=4, start=start,
        workflow=workflow,
    )  # fmt: skip
    certified = CertifiedTrajectoryStatistics(run)
    assert bool(np.all(certified.drift.overlaps(run.accumulated_enclosure[None])))
    assert bool(np.all(certified.filtered().overlaps(certified.drift)))
    assert not bool(np.all(certified.filtered(cross=0.9).overlaps(certified.drift)))


def finite(kind, count, **others):
    """Return settings of Gaussian maximum likelihood on finite samples."""
    from gausscollapse.lab.generation_settings import read_settings

    data = {"kind": "gaussian", "mean": [0.0], "cov": [[1.0]]}
    table = {"data": data, "fresh": 0.0, "generations": count, "samples": 100, "learner": {"kind": "gaussian"}}
    return read_settings(table | {"workflow": kind} | others)


@pytest.mark.parametrize(
    ("kind", "sizes"),
    [
        ("last", [100, 100, 100, 100]),
        ("accumulate", [100, 200, 300, 400]),
        ("accumulate-subsample", [100, 100, 100, 100]),
        ("fixed-set", [100, 100, 100, 100]),
        ({"kind": "window", "length": 2}, [100, 200, 200, 200]),
    ],
)
def test_finite_training_sets_have_the_sizes_and_the_samples_of_their_workflow(kind, sizes):
    """Training sets from the draws themselves: subsets, unions, and the same real samples in a fixed set."""
    from gausscollapse.lab.generations import learned_generations

    runs = list(learned_generations(finite(kind, 4, fresh=0.3), 5))
    assert [len(run.training) for run in runs[1:]] == sizes
    real, fresh = runs[1].training[:30], runs[4].training[:30]
    assert np.array_equal(real, fresh) == (kind in ("fixed-set", "accumulate"))
    if kind == "accumulate":
        assert set(runs[3].training.ravel()) < set(runs[4].training.ravel())
    if kind == "accumulate-subsample":
        everything = np.concatenate([run.draws[:70] for run in runs[:4]]).ravel()
        assert np.isin(runs[4].training.ravel(), everything).sum() > 40


def test_accumulated_maximum_likelihood_against_the_sum_of_inverse_squares():
    """``E (mean)^2 = (1/n) sum_j 1/j^2`` to first order, over 400 runs; that of replacement is not it."""
    from gausscollapse.lab.generations import learned_generations

    scores = {}
    for kind in ("accumulate", "last"):
        spec = finite(kind, 6)
        squares = np.array([float(list(learned_generations(spec, key))[-1].law.mean[0]) ** 2 for key in range(400)])
        expected = sum(1 / j**2 for j in range(1, 7)) / 100
        scores[kind] = (squares.mean() - expected) / (squares.std(ddof=1) / 20)
    assert abs(scores["accumulate"]) < 4.9
    assert scores["last"] > 4.9


def test_correlations_and_rows_that_do_not_fit_are_refused_in_one_line():
    with pytest.raises(ScenarioError, match="needs a workflow in which the last model alone counts"):
        finite("accumulate", 4, measure={"correlations": True})
    with pytest.raises(ScenarioError, match="has 1 rows of weights for 4 generations"):
        finite({"kind": "weights", "shares": [[1.0]]}, 4)


def test_the_figure_of_kept_and_replaced_data_has_the_limits():
    """Ends of the curves against harmonic sums, ``pi^2/6`` as a line, and the two levels of alternating errors."""
    from gausscollapse.app.figures_workflows import accumulate_figure

    left = accumulate_figure(generations=400).axes[0]
    ends = [float(line.get_ydata()[-1]) for line in left.lines]
    sign = sum((-1) ** j / (j + 2) for j in range(398))
    levels = [(-1 + sign) ** 2, (1 + sign - 1 / 400) ** 2]
    assert ends[0] == pytest.approx(float(mpmath.harmonic(400)) ** 2, rel=1e-10)
    assert ends[1] == pytest.approx(sum(1 / j**2 for j in range(1, 401)), rel=1e-10)
    assert sorted(ends[2:4]) == pytest.approx(sorted(levels), rel=1e-2)
    assert np.pi**2 / 6 in ends

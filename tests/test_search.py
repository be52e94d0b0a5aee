"""Counterexample search: optima known on paper, refutations, replay, the budget, controls with power."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import gausscollapse as gc
from gausscollapse.checking.chapter import Chapter, Sample, Space
from gausscollapse.checking.controls import pooled_power
from gausscollapse.checking.definition import Assumption, Control
from gausscollapse.checking.evaluation import evaluate
from gausscollapse.checking.objectives import strengthenings
from gausscollapse.core.exceptions import EmptyFamilyError, InvalidArgumentError, StatementError
from gausscollapse.core.verdict import Outcome
from gausscollapse.process import Batch, LinearStatistics
from gausscollapse.theorems import falsify, power, registry
from gausscollapse.theorems.instances.single import SINGLE_GENERATION
from gausscollapse.theorems.instances.spaces import FAMILIES, LINEAR_SPACES, energy_of


def confined(theorem, *names):
    """Return a theorem whose search sees some families alone."""
    chapter = SINGLE_GENERATION
    spaces = tuple(space for space in LINEAR_SPACES if space.name in names)
    assert len(spaces) == len(names)
    return replace(
        theorem, chapter=Chapter(chapter.name, chapter.draw, chapter.prepare, chapter.describe, spaces=spaces)
    )


def test_best_constant_of_prop_3_1_for_amplified_scores_is_the_one_on_paper():
    """KL/eps^^2 in closed form over (delta, l), by another optimiser."""

    def ratio(delta, length):
        a = 1.0 + 2.0 * delta
        phi = -np.expm1(-a * length) / a
        deviation = -2.0 * delta * phi
        energy = delta**2 * (phi + (length - phi) / a)
        return 0.5 * (deviation - np.log1p(deviation)) / energy

    found = falsify(confined(registry["prop-3.1"], "amplified score d=1"), budget=3000, seed=1)
    process = found.best_constants[0].instance
    data, diffusion = process.data, process.diffusion
    cov = float(data.cov[0, 0])
    length = math.log((math.expm1(diffusion.horizon) + cov) / (math.expm1(diffusion.stop) + cov))
    assert found.best_constant == pytest.approx(ratio(process.error.factor, length), rel=1e-6)
    # The same number from the two-parameter formula, on the part of the plane that the family covers.
    best = max(
        -minimize_scalar(
            lambda length, delta=delta: -ratio(delta, length), bounds=(0.05, 8.0), method="bounded"
        ).fun
        for delta in (process.error.factor, 0.9 * process.error.factor)
    )  # fmt: skip
    assert found.best_constant >= best - 1e-3
    assert found.verdict is Outcome.HOLDS
    assert found.best_constants[0].certified


def test_best_constant_for_constant_offsets_is_the_largest_observability():
    """KL = eta eps^2/2 exactly, so that the best factor is half the largest eta: v = 10 in closed form."""
    found = falsify(confined(registry["prop-3.1"], "constant offset d=1"), budget=3000)

    def eta(span):
        k = 9.0
        w = math.exp(0.5 * span)
        integral = (math.atan(w / math.sqrt(k)) - math.atan(1.0 / math.sqrt(k))) / math.sqrt(k)
        return 4.0 * 10.0 * integral**2 / span

    top = -minimize_scalar(lambda span: -eta(span), bounds=(0.1, 8.0), method="bounded").fun
    # The data variance at t0 = 1e-3 is a little below 10.
    assert found.best_constant == pytest.approx(0.5 * top, rel=2e-3)


@pytest.mark.parametrize("space", LINEAR_SPACES, ids=lambda space: space.name)
def test_points_and_processes_are_the_same_instances(space):
    rng = np.random.default_rng(0)
    points = rng.uniform(space.low, space.high, (6, space.low.size))
    sample = space.sample(points, 1e-9)
    for index in range(6):
        alone = sample.instances[index].statistics
        for name in ("ideal_energy", "learned_energy", "kl", "chi2", "observed_energy"):
            many = float(np.asarray(getattr(sample.statistics, name).value)[index])
            assert float(np.asarray(getattr(alone, name).value)[0]) == pytest.approx(many, rel=1e-7, abs=1e-14)


def test_energies_are_as_wished():
    for family, space in zip(FAMILIES, LINEAR_SPACES, strict=True):
        if "target" in family.parts:
            continue
        points = np.random.default_rng(1).uniform(space.low, space.high, (40, space.low.size))
        first = 0
        for name, (count, _) in family.ranges.items():
            if name == "log_energy":
                wished = np.exp(points[:, first])
            first += count
        energy = np.asarray(space.sample(points, 1e-9).statistics.ideal_energy.value)
        np.testing.assert_allclose(energy, wished, rtol=1e-7)
    one = np.ones((1, 1))
    assert energy_of(one, 0 * one, 0 * one[:, None], one, 0 * one[:, None], 0 * one[0], 2 * one[0])[0] == 2.0


def test_a_line_is_the_first_axis_of_a_plane():
    """The kernels of dimension one are written apart: the plane with nothing in its second axis tells the same."""
    space = next(space for space in LINEAR_SPACES if space.name == "linear d=1")
    points = np.random.default_rng(2).uniform(space.low, space.high, (30, space.low.size))
    line = space.sample(points, 1e-10).statistics

    def padded(name, axis_value):
        array = getattr(line.batch, name)
        wide = np.full((len(array), *(2 for _ in array.shape[1:])), 0.0)
        wide[(slice(None), *(0 for _ in array.shape[1:]))] = array.reshape(len(array), -1)[:, 0]
        if array.ndim == 3 and axis_value:
            wide[:, 1, 1] = axis_value
        elif array.ndim == 2 and axis_value:
            wide[:, 1] = axis_value
        return wide

    ones = ("rotation", "eig", "basis", "target_eig")
    names = ("rotation", "eig", "mean", "slope", "offset", "response", "change", "basis", "target_eig", "shift")
    arrays = {name: padded(name, 1.0 if name in ones else 0.0) for name in names}
    scalars = {name: getattr(line.batch, name) for name in ("share", "horizon", "stop", "matched")}
    plane = LinearStatistics(Batch(**arrays, **scalars), 1e-10)
    for name in ("kl", "chi2", "learned_energy", "path_chi2", "variation_square", "slack_integral", "swirl_energy"):
        one, two = (np.asarray(getattr(s, name).value) for s in (line, plane))
        finite = np.isfinite(one)
        assert np.array_equal(finite, np.isfinite(two))
        np.testing.assert_allclose(one[finite], two[finite], rtol=1e-7, atol=1e-14)
    one, two = (np.asarray(s.gradient_energy("ideal").value) for s in (line, plane))
    np.testing.assert_allclose(one, two, rtol=1e-7)


def test_equal_seeds_replay_and_others_do_not():
    first, second, other = (falsify("sharp", budget=500, seed=seed) for seed in (4, 4, 5))
    assert np.array_equal(first.trace, second.trace)
    assert first.best_constant == second.best_constant
    assert gc.scenario.to_toml(gc.scenario.describe(first.instance)) == gc.scenario.to_toml(
        gc.scenario.describe(second.instance)
    )
    assert not np.array_equal(first.trace, other.trace)


def test_a_larger_budget_continues_the_sequence():
    budgets = (30, 64, 100, 700, 1500)
    results = [falsify("prop-3.3", budget=budget, seed=2) for budget in budgets]
    longest = results[-1].trace
    for budget, result in zip(budgets, results, strict=True):
        assert result.evaluations == budget
        assert np.array_equal(result.trace, longest[longest[:, 0] <= budget])
    slacks = [result.slack for result in results]
    assert slacks == sorted(slacks, reverse=True)
    leading = [result.best_constant for result in results]
    assert leading == sorted(leading, reverse=True)


def test_the_extremal_instance_replays_by_check():
    found = falsify("prop-3.3", budget=600)
    verdict = gc.check("prop-3.3", found.instance)
    assert verdict == str(found.verdict)
    assert verdict.ratio == pytest.approx(found.tightest_ratio, rel=1e-6)
    constant = found.best_constants[0]
    beyond = registry["prop-3.3"].with_constants(leading=constant.value * 1.001)
    assert gc.check(beyond, constant.instance) == "VIOLATED"
    short = registry["prop-3.3"].with_constants(leading=constant.value * 0.999)
    assert gc.check(short, constant.instance).holds


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in registry if registry[name].chapter is SINGLE_GENERATION])
def test_true_statements_are_not_refuted_and_controls_are_for_every_seed(name):
    theorem = registry[name]
    found = falsify(theorem, budget=600)
    assert not found.refuted
    assert found.violations == 0
    for control in power(theorem, seeds=20):
        assert control.refuted == 20
        assert control.most_evaluations <= control.budget


def test_strengthening_goes_where_the_controls_go():
    assert [(item.name, item.stronger) for item in strengthenings(registry["thm-3.4"])] == [
        ("upper", -1.0),
        ("perturbative", 1.0),
    ]


def test_an_instance_outside_the_assumptions_never_counts():
    """A statement that fails wherever the energy is above 1, assumed to be below: nothing is found."""
    small = Assumption(
        "the energy is at most 1",
        lambda s: (np.asarray(s.ideal_energy.upper) <= 1.0, np.asarray(s.ideal_energy.value)),
    )

    @gc.statement(kind="upper", assumes=(small,))
    def bounded(s):
        return s.ideal_energy, 1.0 + 1e-6

    found = falsify(bounded, budget=2000)
    assert not found.refuted
    assert found.tightest_ratio <= 1.0
    assert falsify(replace(bounded, assumptions=()), budget=2000).refuted


def test_a_chapter_without_coordinates_is_searched_at_random():
    chapter = SINGLE_GENERATION
    bare = Chapter(chapter.name, chapter.draw, chapter.prepare, chapter.describe)
    found = falsify(replace(registry["prop-3.1"], chapter=bare), budget=130)
    assert found.evaluations == 130
    assert 0.5 < found.tightest_ratio <= 1.0
    spoilt = replace(registry["prop-3.1"], chapter=bare).with_constants(factor=0.25)
    assert falsify(spoilt, budget=130).refuted


def test_an_empty_family_is_named_with_the_assumption():
    never = Assumption("the dimension is negative", lambda s: (np.zeros(s.size, dtype=bool), np.ones(s.size)))
    with pytest.raises(EmptyFamilyError, match=r"prop-3\.1: none of \d+ instances.*the dimension is negative"):
        falsify(replace(registry["prop-3.1"], assumptions=(never,)), budget=5000)


def test_a_statement_that_raises_or_is_nan_is_named():
    @gc.statement(kind="upper", name="broken")
    def broken(s):
        return s.kl, 1.0 / 0.0

    @gc.statement(kind="upper", name="nan")
    def nan(s):
        return s.kl, math.nan

    with pytest.raises(StatementError, match=r"theorem broken: .*ZeroDivisionError"):
        falsify(broken, budget=100)
    with pytest.raises(StatementError, match=r"theorem nan: .*NaN"):
        falsify(nan, budget=100)


def test_bad_arguments_are_named():
    with pytest.raises(InvalidArgumentError, match=r"budget = 0: .*>= 1"):
        falsify("prop-3.1", budget=0)
    with pytest.raises(InvalidArgumentError, match="seed = -1"):
        falsify("prop-3.1", budget=10, seed=-1)
    with pytest.raises(InvalidArgumentError, match="seeds = 0"):
        power(registry["prop-3.1"], seeds=0)


def test_progress_is_reported_and_ends_at_one():
    shares = []
    falsify("prop-3.1", budget=200, progress=lambda stage, share: shares.append((stage, share)))
    assert shares[-1] == ("searching: prop-3.1", 1.0)


@pytest.mark.slow
def test_trajectories_are_attacked_with_the_drawn_pool():
    """Retraining: the pool counts as evaluated, controls are dealt into 20 blocks, and the planted one is found."""
    theorem = registry["coherent"]
    samples = list(theorem.chapter.draw(60, np.random.default_rng(0)))
    pool = [evaluate(theorem, sample) for sample in samples]
    count = sum(len(sample.instances) for sample in samples)
    found = falsify(theorem, budget=count, pool=pool)
    assert found.evaluations == count
    assert not found.refuted
    for control in theorem.controls:
        spoilt = theorem.with_constants(**control.constants)
        flags = np.concatenate([evaluate(spoilt, sample).violated for sample in samples])
        assert np.any(flags)
        dealt = replace(theorem, controls=(control,))
        assert all(item.complete for item in pooled_power(dealt, [flags], seeds=5))
        # Blocks without a violation are searched on their own, up to the stated budget.
        (alone,) = pooled_power(dealt, [np.zeros_like(flags)], seeds=2)
        assert alone.complete
        assert alone.most_evaluations > count // 2
    blunt = replace(theorem, controls=(Control("nothing spoilt", dict(theorem.constants)),))
    assert not any(control.refuted for control in pooled_power(blunt, [np.zeros(count, dtype=bool)], seeds=1))


def test_a_space_of_ones_own():
    """A statement on a family of the user's own: coordinates to samples."""
    base = LINEAR_SPACES[0]

    def sample(points, tolerance):
        inner = base.sample(
            np.concatenate([points, np.full((len(points), 2), [math.log(0.5), 1.0])], axis=1), tolerance
        )
        return Sample(inner.instances, inner.statistics, ["mine"] * len(points))

    mine = Space("mine", base.low[:3], base.high[:3], sample)
    chapter = SINGLE_GENERATION
    theorem = replace(
        registry["prop-3.1"],
        chapter=Chapter(chapter.name, chapter.draw, chapter.prepare, chapter.describe, spaces=(mine,)),
    )
    found = falsify(theorem, budget=300)
    assert found.family == "mine"
    assert float(found.instance.ideal_energy()) == pytest.approx(0.5, rel=1e-8)

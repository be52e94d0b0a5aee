"""The retraining theorems: verdicts, controls, planted constants, counterexamples, edges; scenarios and presets."""

import json
import math

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.app import tables_runs
from gausscollapse.checking import stages
from gausscollapse.checking.verification import accepting, verify, verify_instance
from gausscollapse.core.exceptions import InvalidArgumentError, ScenarioError, UnknownNameError
from gausscollapse.core.verdict import Outcome
from gausscollapse.lab import presets, scenario, storage, to_toml
from gausscollapse.lab.trajectory_scenario import describe_trajectory, read_trajectory
from gausscollapse.retraining.accumulation import coherent_bound
from gausscollapse.retraining.channels import early_stopping, kernel_density, offset_channel, perfect
from gausscollapse.retraining.running import retrain
from gausscollapse.retraining.schedules import (
    AlternatingOffset,
    ConstantSchedule,
    DriftingOffset,
    RandomOffset,
    SummableSchedule,
)
from gausscollapse.retraining.trajectory import Trajectory
from gausscollapse.theorems import check, registry
from gausscollapse.theorems.instances import retraining as retraining_families

THEOREMS = tuple(theorem for theorem in registry.values() if theorem.chapter.accepts is Trajectory)
IDS = tuple(theorem.id for theorem in THEOREMS)
LINE = gc.Gaussian(0.0, 1.0)
PLANE = gc.Gaussian([0.5, -1.0], [[1.0, 0.3], [0.3, 2.0]])
CHANNEL = gc.AffineChannel([[0.97, 0.02], [-0.02, 0.97]], [0.05, 0.02], [[0.03, 0.01], [0.01, 0.05]])


@pytest.fixture(scope="module")
def reports():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "LEAST_DRAWN", 70)
        return {item.theorem.id: item for item in verify(THEOREMS, instances=100, seed=3)}


def test_the_issue_is_whole():
    named = (
        "refresh filter innovation prop-4.1 coherent incoherent range thm-4.2-display discounted "
        "early-stopping hermite regimes"
    )
    assert set(named.split()) <= set(IDS)


@pytest.mark.parametrize("name", IDS)
def test_verdict_is_the_expected_one_and_controls_are_refuted(reports, name):
    item = reports[name]
    assert item.verdict is (Outcome.VIOLATED if name == "thm-4.2-display" else Outcome.HOLDS)
    assert item.verdict is item.theorem.expected
    assert item.instances >= 40
    assert all(control.refuted for control in item.controls), [c.words for c in item.controls if not c.refuted]
    assert item.as_expected


def test_worst_instances_are_scenarios_that_give_the_same_verdict(reports):
    for name, item in reports.items():
        document = item.worst_instance["scenario"]
        again = scenario.read(json.loads(json.dumps(document)))
        assert str(check(name, again).outcome) == item.worst_instance["verdict"], name


def test_tightness_where_the_theory_says_so(reports):
    for name in ("coherent", "range", "regimes", "early-stopping", "discounted", "innovation"):
        assert reports[name].tightest_ratio > 0.99, name


def test_the_display_is_refuted_by_its_constant_alone():
    """With C_bias = 0 the same instance does not refute it: the constant is what is wrong."""
    steps = [offset_channel(0.2 * 0.5**i) for i in range(24)]
    trajectory = retrain(LINE, fresh=0.6, step=steps, generations=24)
    verdict = check("thm-4.2-display", trajectory)
    assert verdict.outcome is Outcome.VIOLATED
    assert float(verdict.lhs) > 1e-3
    # The right side by hand: sum (1-a)^{2(N-1-i)} c_i^2, times C.
    by_hand = 1e3 * math.fsum(0.4 ** (2 * (23 - i)) * (0.2 * 0.5**i) ** 2 for i in range(24))
    assert float(verdict.rhs) == pytest.approx(by_hand, rel=1e-9)
    without = check(registry["thm-4.2-display"].with_constants(bias=0.0), trajectory)
    assert without.outcome is Outcome.HOLDS


def test_constant_offset_is_tight_for_coherent_and_alternating_for_the_floor():
    steady = retrain(LINE, fresh=0.3, step=offset_channel(1e-3), generations=40)
    verdict = check("range", steady)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.ratio > 1.0 - 1e-5
    assert verdict.reason.startswith("D_N <= max J/a^2")
    turning = retrain(LINE, fresh=0.3, step=AlternatingOffset(1e-3), generations=40)
    verdict = check("range", turning)
    assert verdict.ratio > 1.0 - 1e-5
    assert verdict.reason.startswith("max(D_{N-1}, D_N) >= J/(2-a)^2")


def test_a_long_constant_offset_leaves_its_plateau():
    """At age k ``I_kk = exp(k^2 c^2)``: the limit law has infinite chi-squared, and D_N grows late."""
    trajectory = retrain(LINE, fresh=0.5, step=offset_channel(0.3), generations=60)
    drift = trajectory.accumulated
    assert drift[60] > 1e6 * drift[10]
    assert check("range", trajectory).outcome is not Outcome.VIOLATED
    assert np.all(drift <= coherent_bound(trajectory.innovation_energy, 0.5) * (1 + 1e-12))


def test_regimes_of_energies():
    def drifts(energy, fresh, count=100):
        return retrain(LINE, fresh=fresh, step=DriftingOffset(1.0, energy), generations=count).accumulated

    constant, summable = ConstantSchedule(1e-6), SummableSchedule(1e-6)
    growing = drifts(constant, 0.0)
    # ln D over ln N: slope 2 for aligned errors without fresh data.
    assert math.log(growing[100] / growing[50]) / math.log(2.0) == pytest.approx(2.0, abs=0.05)
    plateau = drifts(constant, 0.2)
    assert plateau[100] == pytest.approx(plateau[50], rel=1e-3)
    falling = drifts(summable, 0.2, 80)
    assert falling[80] < 0.4 * falling[40]
    # Random signs without fresh data: slope 1 on average, by the exact law of the mean shift.
    finals = [
        retrain(LINE, fresh=0.0, step=RandomOffset(1e-3, seed=seed), generations=100).accumulated[[50, 100]]
        for seed in range(30)
    ]
    ratio = np.mean(finals, axis=0)
    assert ratio[1] / ratio[0] == pytest.approx(2.0, abs=1.9)  # of 30 chi-squared variables


@pytest.mark.parametrize("name", [name for name in IDS if name != "realizable"])
def test_edges_give_a_verdict_and_no_error(name):
    for trajectory in (
        retrain(PLANE, fresh=0.5, step=CHANNEL, generations=0),
        retrain(PLANE, fresh=0.0, step=CHANNEL, generations=3),
        retrain(PLANE, fresh=1.0, step=CHANNEL, generations=3),
        retrain(PLANE, fresh=0.5, step=perfect(2), generations=3),
        retrain(PLANE, fresh=0.1, step=kernel_density(1.5, 2), generations=4),
        retrain(LINE, fresh=0.0, step=offset_channel(4.0), generations=9),
    ):
        verdict = check(name, trajectory)
        if name != "thm-4.2-display":
            assert verdict.outcome is not Outcome.VIOLATED, verdict.reason


def test_failed_assumptions_are_named():
    wide = retrain(PLANE, fresh=0.1, step=kernel_density(1.5, 2), generations=4)
    assert "chi-squared divergences are finite" in check("filter", wide).reason
    assert "early stopping at one time" in check("hermite", wide).reason
    steady = retrain(LINE, fresh=0.3, step=offset_channel(0.1), generations=4)
    assert "inner product" in check("incoherent", steady).reason
    assert (
        "every step is an offset"
        in check("thm-4.2-display", retrain(PLANE, fresh=0.5, step=CHANNEL, generations=2)).reason
    )
    process = scenario.read(scenario.EXAMPLE)
    assert check("realizable", process).outcome is Outcome.NOT_APPLICABLE


def test_equal_seeds_give_equal_trajectories():
    first, second, third = (
        retraining_families.RETRAINING.draw(14, np.random.default_rng(seed)) for seed in (4, 4, 5)
    )
    values = [
        np.concatenate([np.asarray(sample.statistics.energy.value).ravel() for sample in samples])
        for samples in (first, second, third)
    ]
    assert np.array_equal(values[0], values[1])
    assert not np.array_equal(values[0], values[2])


def test_instances_of_one_kind_meet_the_theorems_of_that_kind():
    trajectory = retrain(PLANE, fresh=0.5, step=CHANNEL, generations=3)
    chosen = accepting(list(registry.values()), trajectory, named=False)
    assert {theorem.id for theorem in chosen} == set(IDS) - {"realizable"}
    outcomes = {item.theorem.id: item.verdict for item in verify_instance(chosen, trajectory)}
    assert outcomes["filter"] is Outcome.HOLDS
    assert outcomes["hermite"] is Outcome.NOT_APPLICABLE
    with pytest.raises(InvalidArgumentError, match="does not speak of a Trajectory"):
        accepting([registry["filter"], registry["prop-3.1"]], trajectory, named=True)


STEPS = {
    "channel": 'kind = "channel"\nmatrix = [[0.9]]\noffset = [0.1]\nnoise = [[0.1]]',
    "offset": 'kind = "offset"\noffset = [0.1]',
    "kernel-density": 'kind = "kernel-density"\nbandwidth = 0.3',
    "early-stopping": 'kind = "early-stopping"\ntime = 0.3',
    "drifting-offset": 'kind = "drifting-offset"\ndirection = [0.1]\nenergy = { kind = "harmonic", size = 1.0 }',
    "alternating-offset": 'kind = "alternating-offset"\ndirection = [0.1]\nenergy = 0.5',
    "random-offset": 'kind = "random-offset"\nscale = [0.1]\nseed = 3\nenergy = { kind = "random", size = 1 }',
}
HEAD = (
    "[data]\nmean = [0.5]\ncov = [[2.0]]\n[retraining]\nfresh = [0.3, 0.2, 0.1]\ngenerations = 3\n[retraining.step]\n"
)


@pytest.mark.parametrize("kind", STEPS)
def test_scenarios_come_back_to_the_last_bit(kind, tmp_path):
    path = tmp_path / "scenario.toml"
    path.write_text(HEAD + STEPS[kind], encoding="utf-8")
    first = scenario.load(path)
    path.write_text(to_toml(describe_trajectory(first)), encoding="utf-8")
    second = scenario.load(path)
    assert isinstance(second, Trajectory)
    assert second.channels == first.channels
    assert second.data == first.data
    assert np.array_equal(second.accumulated, first.accumulated)


def test_start_and_lists_of_channels_come_back(tmp_path):
    start = gc.GaussianMixture([0.4, 0.6], [0.0, 1.0], [1.0, 1.5])
    trajectory = retrain(
        gc.Gaussian(0.5, 2.0), fresh=0.3, step=[offset_channel(0.1), perfect(1)], generations=2, start=start
    )
    path = tmp_path / "scenario.toml"
    path.write_text(to_toml(describe_trajectory(trajectory)), encoding="utf-8")
    again = scenario.load(path)
    assert np.array_equal(again.accumulated, trajectory.accumulated)
    assert again.start == start


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (("fresh = [0.3, 0.2, 0.1]", "fresh = 1.5"), "retraining.fresh"),
        (("fresh = [0.3, 0.2, 0.1]", "fresh = [0.3]"), "retraining.fresh"),
        (("generations = 3", "generations = -3"), "retraining.generations"),
        (("generations = 3\n", ""), "retraining.generations"),
        (("generations = 3", "generations = 3\nspeed = 1"), "retraining.speed"),
        (('"early-stopping"', '"stopping"'), "retraining.step.kind"),
        (("time = 0.3", "time = -0.3"), "retraining.step.time"),
        (("time = 0.3", "times = 0.3"), "retraining.step.times"),
        (('kind = "early-stopping"\ntime = 0.3', 'kind = "offset"\noffset = [0.1, 0.2]'), "retraining.step"),
        (
            (
                'kind = "early-stopping"\ntime = 0.3',
                'kind = "drifting-offset"\ndirection = [1]\nenergy = { kind = "x" }',
            ),
            "retraining.step.energy.kind",
        ),
    ],
)
def test_mistakes_in_a_scenario_name_the_key(change, key, tmp_path):
    text = (HEAD + STEPS["early-stopping"]).replace(*change)
    path = tmp_path / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=f"^{key} = "):
        scenario.load(path)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name in ("paper-mixture", "score-error") else ())
        for name in presets.names(table="retraining")
    ],
)
def test_presets_run_and_teach_what_they_say(name):
    trajectory = read_trajectory(presets.document(name))
    table = tables_runs.trajectory(trajectory)
    assert len(table.rows) == trajectory.generations + 1
    drift = trajectory.accumulated
    if name == "paper-mixture":
        assert np.all(np.isinf(drift[1:]))
        assert any("D of generation 1: infinite" in note for note in table.notes)
        assert float(trajectory.wasserstein2[-1]) > 1.0
    elif name == "fresh-data-saves":
        assert drift[-1] == pytest.approx(drift[-5], rel=1e-3)
    elif name == "no-fresh-data":
        assert drift[-1] > 20.0
    elif name == "coherent":
        assert drift[-1] == pytest.approx(trajectory.innovation_energy[-1] / 0.04, rel=0.01)
    elif name == "alternating":
        assert drift[-1] == pytest.approx(trajectory.innovation_energy[-1] / 1.8**2, rel=0.01)
    elif name == "score-error":
        aligned = sum(0.6 ** (4 - i) * energy**0.5 for i, energy in enumerate(trajectory.innovation_energy)) ** 2
        assert 0.97 * aligned < drift[-1] <= aligned * (1.0 + 1e-9)
    else:
        assert trajectory.channels[0] == early_stopping(0.2)
        assert np.all(np.diff(drift) > 0.0)


def test_unknown_presets_list_the_known_ones():
    with pytest.raises(UnknownNameError, match="coherent, ddpm, early-stopping"):
        presets.document("coherence")


def test_trajectories_as_files(tmp_path):
    trajectory = retrain(gc.Gaussian(0.0, 1.0), fresh=0.1, step=kernel_density(0.6), generations=4)
    storage.write(trajectory, tmp_path / "t.json")
    document = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    assert document["variables"]["accumulated"]["values"][-1] == "inf"
    assert document["variables"]["accumulated"]["values"][1] == trajectory.accumulated[1]
    assert "not positive definite" in document["finiteness"][-1]
    assert np.array_equal(scenario.read(document["scenario"]).covs, trajectory.covs)
    gram = document["variables"]["innovation_gram"]
    assert gram["dimensions"] == ["generation", "generation_"]
    assert "dimensionless" in gram["description"]
    for ending in ("nc", "csv"):
        with pytest.raises(InvalidArgumentError, match=rf"has the ending '\.{ending}'; accepted: a name in \.json$"):
            storage.write(trajectory, tmp_path / f"t.{ending}")

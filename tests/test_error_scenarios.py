"""Score errors in scenario and sweep files: the same run through Python, round trips, one clear line an error."""

import json
import math
import tomllib

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import GaussCollapseError, NotSupportedError, ScenarioError
from gausscollapse.lab import presets, storage, to_toml
from gausscollapse.lab.experiments import EXPERIMENTS

LONG = {"horizon": 2 * math.log(2), "stop": 0.0}
OFFSET = {"kind": "affine", "matrix": [[0.0]], "offset": [0.25]}
NORMAL = {"mean": [0.0], "cov": [[1.0]]}


def document(step, generations=3, fresh=0.0, data=NORMAL, diffusion=LONG, **options):
    table = {"fresh": fresh, "generations": generations, "step": step, **options}
    return {"data": data, "diffusion": diffusion, "retraining": table}


def test_an_offset_of_the_score_moves_the_mean_as_the_closed_form_says():
    """Over [0, 2 log 2] an offset b of the score of N(m, 1) moves m by b; its energy is ``b^2 2 log 2``."""
    run = gc.lab.read(document(OFFSET))
    np.testing.assert_allclose(run.means.ravel(), 0.25 * np.arange(4), atol=1e-8)
    terms = run.paper_terms()
    np.testing.assert_allclose(terms.ideal_energy.value, 0.0625 * 2 * math.log(2), rtol=1e-9)
    np.testing.assert_allclose(terms.observed_energy.value, 0.0625, rtol=1e-8)


@pytest.mark.parametrize(
    ("step", "factors"),
    [
        ({**OFFSET, "scale": 2.0}, [2.0, 2.0, 2.0]),
        ({**OFFSET, "scale": [1.0, -1.0, 0.5]}, [1.0, -1.0, 0.5]),
        ({**OFFSET, "energy": 4.0}, [2.0, 2.0, 2.0]),
        ({**OFFSET, "energy": {"kind": "harmonic", "size": 1.0}}, [1.0, 2**-0.5, 3**-0.5]),
        ({**OFFSET, "scale": -2.0, "energy": {"kind": "summable", "size": 1.0}}, [-2.0, -1.0, -2.0 / 3.0]),
        ([OFFSET, {**OFFSET, "offset": [0.5]}, {**OFFSET, "scale": 0.0}], [1.0, 2.0, 0.0]),
        ({"kind": "sum", "terms": [OFFSET, {**OFFSET, "offset": [-0.5]}], "scale": 3.0}, [-3.0, -3.0, -3.0]),
    ],
)
def test_schedules_of_an_error_move_the_mean_by_their_factors(step, factors):
    """Energies are squares: a schedule of energies multiplies the error by its root."""
    run = gc.lab.read(document(step))
    np.testing.assert_allclose(run.means[1:, 0], 0.25 * np.cumsum(factors), atol=1e-7)
    np.testing.assert_allclose(
        run.paper_terms().ideal_energy.value, 0.0625 * np.square(factors) * 2 * math.log(2), atol=1e-9
    )


def test_the_same_run_through_python():
    """To the last bit, on the grid as well."""
    data = {"kind": "mixture", "weights": [0.5, 0.5], "means": [[-1.0], [1.0]], "covs": [[[0.5]], [[0.5]]]}
    step = {"kind": "amplified", "factor": 0.1, "scale": [1.0, -0.5]}
    read = gc.lab.read(document(step, 2, 0.4, data, {"horizon": 3.0, "stop": 0.0}, cells=160, steps=170))
    error = gc.AmplifiedScoreError(0.1)
    called = gc.retrain(
        gc.GaussianMixture([0.5, 0.5], [-1.0, 1.0], 0.5), fresh=0.4, step=[error, error.scaled(-0.5)], generations=2,
        diffusion=gc.OrnsteinUhlenbeck(3.0, 0.0), cells=160, steps=170,
    )  # fmt: skip
    for end in ("value", "lower", "upper"):
        np.testing.assert_array_equal(
            getattr(read.accumulated_enclosure, end), getattr(called.accumulated_enclosure, end)
        )
    again = gc.lab.read(json.loads(json.dumps(gc.lab.describe(read))))
    np.testing.assert_array_equal(again.accumulated, read.accumulated)
    assert gc.lab.describe(again) == gc.lab.describe(read)


@pytest.mark.parametrize(
    "step",
    [
        OFFSET,
        [OFFSET, {**OFFSET, "offset": [0.5]}],
        {"kind": "sum", "terms": [OFFSET, {"kind": "amplified", "factor": 0.1}]},
        {"kind": "realizable", "target": {"mean": [0.2], "cov": [[1.1]]}},
    ],
)
@pytest.mark.parametrize("refit", ["none", "gaussian"])
def test_a_description_gives_the_run_back(step, refit):
    run = gc.lab.read(document(step, 2, 1.0 if refit == "none" else 0.5, refit=refit, workflow="accumulate"))
    text = to_toml(gc.lab.describe(run))
    again = gc.lab.read(tomllib.loads(text))
    np.testing.assert_array_equal(again.accumulated, run.accumulated)
    np.testing.assert_array_equal(again.paper_terms().ideal_energy.value, run.paper_terms().ideal_energy.value)
    assert again.refit == refit
    assert again.workflow == run.workflow


def test_no_generation_is_described_too():
    run = gc.lab.read(document(OFFSET, 0))
    assert gc.lab.read(gc.lab.describe(run)).generations == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"step": {**OFFSET, "kind": "afine"}}, "retraining.step.kind = 'afine'"),
        ({"step": {"offset": [0.1]}}, "retraining.step.kind = None: is missing"),
        ({"step": {**OFFSET, "offst": 1}}, "retraining.step.offst"),
        ({"step": {**OFFSET, "offset": ["x"]}}, "retraining.step.offset"),
        ({"step": {**OFFSET, "scale": "x"}}, "retraining.step.scale"),
        ({"step": {**OFFSET, "scale": [1.0, 2.0]}}, "one score error a generation"),
        ({"step": {**OFFSET, "scale": [1.0, "b", 1.0]}}, "retraining.step.scale[1] = 'b'"),
        ({"step": {**OFFSET, "scale": [1.0, 1.0, 1.0], "energy": 1.0}}, "is a list beside a schedule"),
        ({"step": {**OFFSET, "energy": -1.0}}, "retraining.step.energy"),
        ({"step": {**OFFSET, "energy": {"kind": "harmonc"}}}, "retraining.step.energy.kind = 'harmonc'"),
        ({"step": [OFFSET, {"kind": "offset", "offset": [0.1]}, OFFSET]}, "retraining.step[1].kind = 'offset'"),
        ({"step": [OFFSET]}, "one score error a generation"),
        ({"step": {"kind": "sum", "terms": []}}, "retraining.step.terms"),
        ({"step": {"kind": "sum", "terms": 3}}, "retraining.step.terms = 3: is no list"),
        ({"refit": "mixture"}, "retraining.refit = 'mixture'"),
        ({"cells": 10}, "cells = 10"),
        ({"cels": 200}, "retraining.cels"),
    ],
)
def test_a_mistake_is_one_clear_line(change, words):
    asked = document(OFFSET)
    asked["retraining"] |= change
    with pytest.raises(GaussCollapseError) as found:
        gc.lab.read(asked)
    assert words in str(found.value)
    assert "\n" not in str(found.value)


def test_a_diffusion_is_for_score_errors_only():
    shift = {"kind": "offset", "offset": [0.1]}
    with pytest.raises(ScenarioError, match=r"diffusion = .*: is for steps that are score errors"):
        gc.lab.read(document(shift))
    with pytest.raises(ScenarioError, match=r"diffusion\.horizon = -1"):
        gc.lab.read(document(OFFSET, diffusion={"horizon": -1}))
    with pytest.raises(ScenarioError, match=r"retraining\.step\.kind = 'ofset': is not known; .*realizable, sum"):
        gc.lab.read(document({"kind": "ofset"}))
    # Without one the diffusion is that of all scenarios.
    plain = document(OFFSET)
    del plain["diffusion"]
    assert gc.lab.read(plain).diffusion == gc.OrnsteinUhlenbeck()


def test_what_has_no_exact_endpoint_is_refused_before_anything_runs():
    square = {"mean": [0.0, 0.0], "cov": [[1.0, 0.0], [0.0, 1.0]]}
    step = {"kind": "affine", "matrix": [[0.0, 0.0], [0.0, 0.0]], "offset": [0.1, 0.0]}
    settings = document(step, fresh=0.5, data=square)
    with pytest.raises(NotSupportedError, match='refit="gaussian"'):
        EXPERIMENTS["trajectory"].check(settings)
    settings["retraining"]["refit"] = "gaussian"
    EXPERIMENTS["trajectory"].check(settings)


def test_a_sweep_measures_energies_and_seeds_schedules():
    step = {**OFFSET, "energy": {"kind": "random", "size": 1.0}}
    trajectory = EXPERIMENTS["trajectory"]
    first, again, other = (trajectory.run(document(step), key) for key in (1, 1, 2))
    np.testing.assert_array_equal(first["ideal_energy"].values, again["ideal_energy"].values)
    assert not np.array_equal(first["ideal_energy"].values, other["ideal_energy"].values)
    sizes = [np.random.default_rng([1, i]).exponential() for i in range(3)]
    np.testing.assert_allclose(first["ideal_energy"].values, 0.0625 * 2 * math.log(2) * np.array(sizes), rtol=1e-8)
    np.testing.assert_allclose(first["observability"].values, 1.0 / (2 * math.log(2)), rtol=1e-8)
    assert first["intra"].dims == first["innovation_energy"].dims
    with pytest.raises(ScenarioError, match="seed"):
        trajectory.check(document({**OFFSET, "energy": {"kind": "random", "size": 1.0, "seed": 3}}))


def test_a_file_of_a_run_has_its_scenario_and_its_energies(tmp_path):
    run = gc.lab.read(document(OFFSET))
    storage.write(run, tmp_path / "run.json")
    found = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    np.testing.assert_array_equal(gc.lab.read(found["scenario"]).accumulated, run.accumulated)
    assert found["variables"]["ideal_energy"]["values"] == run.paper_terms().ideal_energy.value.tolist()
    low, high = (found["variables"][f"observability_{end}"]["values"] for end in ("lower", "upper"))
    assert all(a <= 1.0 / (2 * math.log(2)) <= b for a, b in zip(low, high, strict=True))


@pytest.mark.slow
def test_the_preset_is_perturbative_and_its_innovations_agree():
    run = gc.lab.read({**presets.document("score-error"), "name": "", "finding": ""})
    terms = run.paper_terms()
    assert terms.perturbative.all()
    assert all(item.fails == 0 for item in terms.comparisons())
    assert gc.retraining.innovation_correlation(run.innovation_gram) > 0.99

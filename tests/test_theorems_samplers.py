"""Theorems on samplers: their verdicts, their controls, edges, and a user's own sampler."""

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.checking.verification import verify
from gausscollapse.theorems import check, registry

THEOREMS = tuple(item for item in registry.values() if item.chapter.accepts is gc.DiscretisedProcess)
DIFFUSION = gc.OrnsteinUhlenbeck(2.0, 0.1)
NOTHING = gc.AffineError(0.0, 0.0)


@pytest.fixture(scope="module")
def reports():
    return {item.theorem.id: item for item in verify(THEOREMS, instances=100, seed=3)}


@pytest.mark.parametrize("name", [item.id for item in THEOREMS])
def test_a_statement_holds_and_its_controls_are_refuted(name, reports):
    report = reports[name]
    assert str(report.verdict) == "HOLDS"
    assert report.as_expected
    assert all(control.refuted for control in report.controls)


def test_there_are_four():
    assert [item.id for item in THEOREMS] == ["schedule", "discretisation", "budget", "leading"]


EDGES = {
    "one step": gc.DiscretisedProcess(gc.ReverseProcess(gc.Gaussian(0.3, 2.0), DIFFUSION, NOTHING), 1),
    "N(0, 1)": gc.DiscretisedProcess(gc.ReverseProcess(gc.Gaussian(0, 1), DIFFUSION, NOTHING), 3, scheme=1.0),
    "stop 0": gc.DiscretisedProcess(
        gc.ReverseProcess(gc.Gaussian(1, 0.5), gc.OrnsteinUhlenbeck(1.0, 0.0), NOTHING), 4, "quadratic", "martingale"
    ),
    "diagonal": gc.DiscretisedProcess(
        gc.ReverseProcess(gc.Gaussian([0, 1], [[1, 0.5], [0.5, 2]]), DIFFUSION, gc.AffineError(np.eye(2), [1, 0])),
        4, scheme=[0.2, 0.9],
    ),
    "realizable": gc.DiscretisedProcess(
        gc.ReverseProcess(gc.Gaussian(0, 1), DIFFUSION, gc.RealizableError(gc.Gaussian(0.2, 1.2))), 6
    ),
}  # fmt: skip


@pytest.mark.parametrize("edge", list(EDGES))
@pytest.mark.parametrize("name", ["discretisation", "budget"])
def test_edges_hold(name, edge):
    assert str(check(name, EDGES[edge]).outcome) == "HOLDS"


def test_a_mixture_has_an_identity_and_no_bound():
    data = gc.GaussianMixture([0.5, 0.5], [-1.0, 1.0], [0.3, 0.4])
    sampler = gc.DiscretisedProcess(gc.ReverseProcess(data, DIFFUSION, gc.AffineError(0.1, 0.1)), 2, "quadratic")
    assert str(check("discretisation", sampler).outcome) == "HOLDS"
    verdict = check("budget", sampler)
    assert str(verdict.outcome) == "NOT_APPLICABLE"
    assert "Gaussian data" in verdict.reason


def test_what_has_no_schedule_is_not_judged_by_its_theorem():
    verdict = check("schedule", EDGES["one step"])
    assert str(verdict.outcome) == "NOT_APPLICABLE"
    assert "schedule" in verdict.reason


def test_a_chain_that_ends_where_its_schedule_has_no_parameter_is_not_judged_by_it():
    verdict = check("schedule", gc.lab.load("ddpm"))
    assert str(verdict.outcome) == "NOT_APPLICABLE"
    assert "clock" in verdict.reason


@pytest.mark.parametrize("name", ["discretisation", "budget"])
def test_ancestral_sampling_is_not_judged(name):
    verdict = check(name, gc.DiscretisedProcess(EDGES["one step"].process, 5, scheme="ancestral"))
    assert str(verdict.outcome) == "NOT_APPLICABLE"
    assert "another noise" in verdict.reason


@pytest.mark.parametrize("edge", ["diagonal"])
def test_leading_costs_of_a_diagonal_part_are_not_claimed(edge):
    verdict = check("leading", EDGES[edge])
    assert str(verdict.outcome) == "NOT_APPLICABLE"


def test_where_a_step_costs_nothing_to_leading_order_it_tells_nothing():
    process = gc.ReverseProcess(gc.Gaussian(0, 5.0), gc.OrnsteinUhlenbeck(3.0, 0.1), NOTHING)
    verdict = check("leading", gc.DiscretisedProcess(process, 100))
    assert str(verdict.outcome) == "NOT_APPLICABLE"
    assert "vanishes at no time" in verdict.reason


def test_a_bound_below_the_truth_is_refuted():
    process = gc.ReverseProcess(gc.Gaussian(3.0, 1.0), gc.OrnsteinUhlenbeck(0.2, 0.05), NOTHING, "standard-normal")
    sampler = gc.DiscretisedProcess(process, 20)
    assert check("budget", sampler).holds
    assert str(check(registry["budget"].with_constants(initial=0.5), sampler).outcome) == "VIOLATED"

"""The tools for other people's tests: strategies, assertions, the pytest plugin."""

import numpy as np
import pytest
from hypothesis import HealthCheck, find, given, settings

import gausscollapse as gc
from gausscollapse.testing import (
    assert_holds,
    assert_unrefuted,
    channels,
    diffusions,
    gaussians,
    mixtures,
    score_errors,
    single_generations,
    trajectories,
)
from gausscollapse.theorems import registry

pytest_plugins = ["pytester"]

QUIET = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
WRONG = registry["prop-3.1"].with_constants(factor=0.25)


@QUIET
@given(single_generations())
def test_published_bounds_hold_on_drawn_instances(process):
    for name in ("prop-3.1", "girsanov-forward"):
        assert_holds(name, process)


@QUIET
@given(mixtures(), diffusions())
def test_mixtures_and_diffusions_fit_together(mixture, diffusion):
    law = diffusion.marginal(mixture, diffusion.horizon)
    assert law.dim == mixture.dim
    assert diffusion.stop < diffusion.horizon


@QUIET
@given(score_errors(dim=2))
def test_errors_have_a_linear_form(error):
    form = error.linear_form(gc.Gaussian([0.0, 0.0], np.eye(2)))
    assert np.all(np.isfinite(form.matrix))


def test_examples_shrink_to_readable_ones():
    law = find(gaussians(), lambda law: True)
    assert law == gc.Gaussian(0.0, 1.0)
    law = find(gaussians(), lambda law: law.dim == 2 and law.cov[0, 1] != 0.0)
    assert law.mean.tolist() == [0.0, 0.0]
    assert np.all(np.abs(np.round(100.0 * law.cov) - 100.0 * law.cov) < 1e-9)
    process = find(single_generations(), lambda process: not gc.check(WRONG, process).holds)
    assert process.dim == 1
    assert process.diffusion == gc.OrnsteinUhlenbeck(horizon=process.diffusion.horizon, stop=0.1)


def test_assert_holds_fails_with_a_scenario():
    process = gc.ReverseProcess(gc.Gaussian(0.0, 1.0), gc.OrnsteinUhlenbeck(horizon=1.3), gc.AmplifiedScoreError(0.1))
    assert_holds("prop-3.1", process)
    assert_holds(registry["prop-3.1"], process, decided=True)
    with pytest.raises(AssertionError, match=r"VIOLATED prop-3\.1(.|\n)*\[data\](.|\n)*amplified"):
        assert_holds(WRONG, process)
    with pytest.raises(AssertionError, match=r"NOT_APPLICABLE.*dimension is at least 2"):
        assert_holds("impossibility", process)
    tie = gc.ReverseProcess(gc.Gaussian(0.0, 0.5), gc.OrnsteinUhlenbeck(), gc.AffineError(0.0, 0.3))
    assert_holds("dv", tie)
    with pytest.raises(AssertionError, match="INCONCLUSIVE"):
        assert_holds("dv", tie, decided=True)


def test_assert_unrefuted_fails_with_a_scenario():
    assert_unrefuted("prop-3.1", budget=200)
    with pytest.raises(AssertionError, match=r"prop-3\.1 is refuted(.|\n)*\[data\]"):
        assert_unrefuted(WRONG, budget=200)


DOWNSTREAM = """
import gausscollapse as gc
from hypothesis import given, settings
from gausscollapse.testing import assert_holds, assert_unrefuted, single_generations

@gc.statement(kind="upper")
def my_bound(s, factor=FACTOR):
    return s.kl, factor * s.learned_energy

@settings(deadline=None)
@given(single_generations(max_dim=1))
def test_my_bound(process):
    assert_holds(my_bound, process)

def test_my_bound_is_not_refuted(gausscollapse_budget):
    assert gausscollapse_budget == 150
    assert_unrefuted(my_bound, budget=gausscollapse_budget)
"""


@pytest.mark.parametrize(
    ("factor", "passed", "failed"), [("0.5", 2, 0), pytest.param("0.1", 0, 2, marks=pytest.mark.slow)]
)
def test_a_downstream_repository_runs_the_plugin(pytester, factor, passed, failed):
    pytester.makepyfile(DOWNSTREAM.replace("FACTOR", factor))
    result = pytester.runpytest_subprocess("-p", "gausscollapse.testing.plugin", "--gausscollapse-budget=150")
    result.assert_outcomes(passed=passed, failed=failed)


@pytest.mark.slow
def test_the_plugin_refuses_what_is_no_budget(pytester):
    result = pytester.runpytest_subprocess("-p", "gausscollapse.testing.plugin", "--gausscollapse-budget=0")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*budget = '0': is no budget*quick, default, thorough*"])


@QUIET
@given(trajectories())
def test_retraining_bounds_hold_on_drawn_trajectories(trajectory):
    assert_holds("coherent", trajectory)
    assert_holds("refresh", trajectory)


@QUIET
@given(channels(dim=2), gaussians(dim=2))
def test_channels_keep_gaussians(channel, law):
    assert channel.apply(law).dim == 2

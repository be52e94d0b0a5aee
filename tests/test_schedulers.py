"""Schedulers of the installed `diffusers`, all that can be built; without it nothing here runs."""

import sys

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import MissingPackageError
from gausscollapse.trials import schedulers
from tests.extras import extra

# KL(p^ || N(0.7, 0.25)) with DDPM's linear betas at 10, 25, 50 and 100 steps, from somebody else's trial with
# samples: two digits, and about 1/n more for n samples.
SAMPLED = {
    "DDPM": (0.127, 0.037, 0.013, 0.0040),
    "DDIM": (0.071, 0.012, 0.0033, 0.00091),
    "EulerDiscrete": (0.086, 0.013, 0.0034, 0.00092),
    "EulerAncestralDiscrete": (0.145, 0.039, 0.013, 0.0041),
    "DPMSolverMultistep": (0.041, 0.0007, 2e-5, 2e-5),
}


def test_without_diffusers_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPackageError, match="diffusers is not installed; try"):
        gc.trial("DDIM", "narrow")


@pytest.fixture(scope="module")
def diffusers():
    torch = extra("torch", "diffusers")
    torch.set_num_threads(1)
    return extra("diffusers", "diffusers")


def unclipped(name):
    chosen = gc.trials.as_sampler(name)
    plain = chosen.unclipped()
    return chosen if plain is None else plain


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLED)
def test_exact_numbers_are_those_of_a_trial_with_samples(diffusers, name):
    found = gc.trial(unclipped(name), "narrow")
    assert found.exact
    for row, sampled in zip(found.rows, SAMPLED[name], strict=True):
        assert abs(float(row.accuracy.kl) - sampled) < 0.03 * sampled + 2e-4, (name, row.steps)


@pytest.mark.slow
def test_ddim_is_its_recursion_written_down(diffusers):
    """DDIM on the line: x' = a' D + s' (x - a D)/s with D linear in x, at the scheduler's own timesteps."""
    mean, variance = 0.7, 0.25
    betas = np.linspace(1e-4, 0.02, 1000)
    kept = np.cumprod(1.0 - betas)
    for steps in (10, 50):
        times = (np.arange(steps) * (1000 // steps)).round()[::-1]
        slope, shift = 1.0, 0.0
        for t in times:
            a, s = np.sqrt(kept[t]), np.sqrt(1.0 - kept[t])
            before = t - 1000 // steps
            a_next, s_next = (np.sqrt(kept[before]), np.sqrt(1.0 - kept[before])) if before >= 0 else (1.0, 0.0)
            gain = a * variance / (a * a * variance + s * s)
            clean = (gain * slope, mean + gain * (shift - a * mean))
            slope, shift = (
                a_next * clean[0] + s_next * (slope - a * clean[0]) / s,
                a_next * clean[1] + s_next * (shift - a * clean[1]) / s,
            )
        row = gc.trial(unclipped("DDIM"), "narrow", steps=[steps]).rows[0]
        exact = gc.kl(gc.Gaussian(shift, slope**2), gc.Gaussian(mean, variance))
        # The scheduler keeps its alphas in single precision.
        assert abs(float(row.accuracy.kl) / float(exact) - 1.0) < 1e-4


@pytest.mark.slow
def test_clipping_is_told(diffusers):
    """By default DDIM clips what it predicts at 1, where N(0.7, 0.25) has a quarter of its mass."""
    clipped = gc.trial("DDIM", "narrow", steps=[100]).rows[0]
    plain = gc.trial(unclipped("DDIM"), "narrow", steps=[100]).rows[0]
    assert "clipping" in clipped.reason
    assert clipped.accuracy.kl_below.lower > 80.0 * plain.accuracy.kl.upper


@pytest.mark.slow
@pytest.mark.parametrize("law", ["narrow", "correlated", "heavy-ended", "eight-modes"])
def test_every_scheduler_runs_or_says_why_not(diffusers, law):
    names = schedulers.scheduler_names()
    found = gc.trials.trials(names, law, steps=[20], samples=2000)
    ran = {item.name.partition(" (")[0] for item in found.trials}
    assert ran | {name.removesuffix("Scheduler") for name, _ in found.refused} == set(names)
    assert len(ran) >= 25
    assert all(reason for _, reason in found.refused)
    if law != "eight-modes":
        assert all(item.exact or item.rows[0].reason for item in found.trials)


@pytest.mark.slow
def test_orders_on_the_line(diffusers):
    """KL falls with twice the weak order: two for Euler, DDIM and EDM, about four for second-order solvers."""
    for name, least, most in (
        ("EulerDiscrete", 1.9, 2.1), ("DDIM", 1.9, 2.1), ("EDMEuler", 1.9, 2.1), ("FlowMatchHeunDiscrete", 3.7, 4.1),
        ("DDPM", 1.3, 1.8), ("FlowMatchEulerDiscrete", 1.9, 2.1),
    ):  # fmt: skip
        assert least < gc.trial(unclipped(name), "narrow").order.order < most, name

"""Samplers as scenarios, printed and drawn, and their chains against the steps of practitioners written out."""

from itertools import pairwise

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.app import tables_runs
from gausscollapse.app.figures_budget import budget_figure
from gausscollapse.lab import presets

SAMPLERS = [name for name in presets.names() if "sampler" in presets.document(name)]


def test_ddpms_chain_is_ddpm_written_out():
    """Mean and variance of ``x' = (x - beta eps/sqrt(1 - bar))/sqrt(1 - beta) + sqrt(v) z``, eps of N(0.7, 0.25)."""
    sampler = gc.lab.load("ddpm")
    betas = np.linspace(1e-4, 0.02, 1000)
    bar = np.cumprod(1 - betas)
    mean, variance = 0.0, 1.0
    for beta, a in zip(betas[::-1], bar[::-1], strict=True):
        spread = a * 0.25 + 1 - a
        # eps(x) = slope (x - sqrt(a) 0.7)
        slope = np.sqrt(1 - a) / spread
        keep = (1 - beta * slope / np.sqrt(1 - a)) / np.sqrt(1 - beta)
        mean = keep * mean + beta * slope / np.sqrt(1 - a) * np.sqrt(a) * 0.7 / np.sqrt(1 - beta)
        variance = keep**2 * variance + beta / (1 - beta)
    assert sampler.law.endpoint.mean[0] == pytest.approx(mean, rel=1e-10)
    assert sampler.law.endpoint.cov[0, 0] == pytest.approx(variance, rel=1e-10)


def test_edms_chain_is_euler_maruyama_of_the_exploding_process():
    """``x' = x + (sigma^2 - sigma'^2) s(x) + sqrt(sigma^2 - sigma'^2) z`` from N(0, 1 + sigma^2)."""
    sampler = gc.lab.load("edm")
    i = np.arange(50)
    sigmas = np.append((80 ** (1 / 7) + i / 49 * (0.002 ** (1 / 7) - 80 ** (1 / 7))) ** 7, 0.0)
    mean, variance = 0.0, 1 + sigmas[0] ** 2
    for high, low in pairwise(sigmas):
        gap = high**2 - low**2
        keep = 1 - gap / (0.25 + high**2)
        mean, variance = keep * mean + (1 - keep) * 0.7, keep**2 * variance + gap
    assert sampler.law.endpoint.mean[0] == pytest.approx(mean, rel=1e-9)
    assert sampler.law.endpoint.cov[0, 0] == pytest.approx(variance, rel=1e-9)


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_preset_says_what_it_shows(name):
    sampler = gc.lab.load(name)
    rows = {row[0].text: float(row[1].text) for row in tables_runs.sampler(sampler).rows}
    parts = [rows[key] for key in rows if key not in ("sum, a bound", "truth: KL(q || p^)")]
    assert sum(parts) == pytest.approx(rows["sum, a bound"], rel=1e-7)
    assert rows["truth: KL(q || p^)"] <= rows["sum, a bound"]
    assert gc.lab.describe(gc.lab.read(gc.lab.describe(sampler))) == gc.lab.describe(sampler)
    if name == "optimal-grid":
        assert rows["discretisation, exact score"] == pytest.approx(0.03143, abs=5e-6)
    if name == "error-budget":
        less, more = (sampler.with_steps(n).budget for n in (300, 500))
        assert less.discretisation > less.score
        assert more.discretisation < more.score
    if name == "edm":
        best = gc.error_budget(sampler.process, 50, grid="optimal", scheme="martingale").discretisation
        assert 1.3 < float(sampler.budget.discretisation) / float(best) < 1.4


def test_the_figure_has_labels_with_units_and_the_numbers_of_its_grids():
    figure = budget_figure(gc.lab.load("optimal-grid"))
    for axes in figure.axes:
        assert axes.get_xlabel()
        assert "(" in axes.get_ylabel()
        assert axes.get_title(loc="left")
    labels = [text.get_text() for text in figure.axes[1].get_legend().get_texts()]
    assert labels == [
        "optimal: 0.0314 nats", "quadratic: 0.0336 nats", "logarithmic: 0.0410 nats", "uniform: 0.0715 nats",
    ]  # fmt: skip


def document(**sampler):
    return {
        "data": {"mean": [0.0], "cov": [[1.0]]},
        "error": {"kind": "affine", "matrix": [[0.0]], "offset": [0.1]},
        "sampler": sampler,
    }


@pytest.mark.parametrize(
    ("sampler", "key"),
    [
        ({}, "sampler.steps"), ({"steps": 0}, "sampler.steps"), ({"steps": 10, "grid": "best"}, "sampler.grid"),
        ({"steps": 10, "scheme": "heun"}, "sampler.scheme"), ({"steps": 10, "sheme": 0.5}, "sampler.sheme"),
        ({"steps": 10, "grid": "schedule"}, "sampler.grid"), ({"steps": 2, "grid": [4.0, 5.0, 0.02]}, "sampler.grid"),
        ({"steps": 100, "schedule": {"kind": "linear", "lowest": -1.0}}, "sampler.schedule.lowest"),
        ({"steps": 100, "schedule": {"kind": "sigmoid"}}, "sampler.schedule.kind"),
        ({"steps": True, "schedule": {"kind": "linear"}}, "sampler.steps"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_sampler_is_told_with_its_key(sampler, key):
    with pytest.raises(gc.GaussCollapseError) as problem:
        gc.lab.read(document(**sampler))
    assert str(problem.value).startswith(key)
    assert "\n" not in str(problem.value)


def test_a_sampler_on_the_line_has_a_budget_and_no_truth():
    text = document(steps=10, grid="quadratic", scheme="exponential")
    text["data"] = {"kind": "mixture", "weights": [0.5, 0.5], "means": [[-1.0], [1.0]], "covs": [[[0.2]], [[0.2]]]}
    table = tables_runs.sampler(gc.lab.read(text))
    assert len(table.rows) == 4
    assert "truth" in table.notes[-1]

"""Hostile arguments for every public callable: what is answered, what is refused, and what gets through.

    python benchmarks/fuzz_api.py [--calls 8000] [--seed 1] [--more] [--package FOLDER] [--results FILE]

The calls run in subprocesses with a time limit for each call and a memory limit, so that a crash is counted, not
fatal. Each answer is written to the file of results as it comes, and a second run with the same file goes on where
the first was killed. ``--package FOLDER`` runs the same calls against another checkout: names are looked for in all
its modules, and what it does not have is left out. The exit code is 1 where anything but an answer or a refusal in
one line came back.
"""

from __future__ import annotations

import argparse
import collections
import importlib
import inspect
import json
import os
import random
import re
import resource
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

sys.path.append(str(Path(__file__).resolve().parent.parent))
from benchmarks.fuzz_house import Absent, Anywhere, house_of
from benchmarks.fuzz_processes import READY, answers
from benchmarks.fuzz_values import MEANINGLESS, values

SECONDS = 10.0
MEMORY = 6 * 2**30
GOOD, REFUSED = "right answer", "refused in one line"
RIGHT = "right"
LONGEST = 300
# What an argument is called in messages, where that says more; a document is named by its keys.
ALSO = {
    "name": ("preset", "sweep"),
    "document": ("is no known key",),
    "sampler": ("diffusers is not installed",),
    # Where two arguments do not fit, either may be named.
    "lowest": ("highest",),
    "first": ("last",),
    "dim": ("samples",),
    "shares": ("rows",),
    "error": ("function", "module"),
    "degree": ("n = ", "paths"),
    "components": ("covs",),
    # What a channel makes of a law that is too wide.
    "cov": ("step",),
    "covs": ("step",),
    # A process has parts.
    "process": ("data", "diffusion", "error"),
    # Score errors need a forward process.
    "step": ("diffusion",),
    "distribution": ("distributions",),
}
PYTHON = ("missing", "unexpected keyword", "positional argument", "multiple values")

SWEEP = {
    "sweep": {"title": "drift", "experiment": "trajectory", "runs": 2},
    "settings": {
        "data": {"mean": [0.0], "cov": [[1.0]]},
        "retraining": {"fresh": 0.5, "generations": 3, "step": {"kind": "offset", "offset": [0.1]}},
    },
    "grid": {"retraining.fresh": [0.2, 0.8]},
    "quick": {"runs": 1},
}

Target: TypeAlias = "tuple[Callable[..., Any], dict[str, Any]]"
Case: TypeAlias = "tuple[str, str, str]"


def frozen() -> Any:
    """Return a law of SciPy."""
    from scipy import stats

    return stats.norm(0.0, 1.0)


def fitted() -> Any:
    """Return a fitted mixture of scikit-learn."""
    from sklearn.mixture import GaussianMixture

    return GaussianMixture(1).fit(np.linspace(-1.0, 1.0, 40).reshape(-1, 1))


def targets(*, more: bool = False, house: Any = None) -> dict[str, Target]:
    """Return every public callable and method with arguments that are right, by name; `more` with `further`."""
    gc = house or importlib.import_module("gausscollapse")

    law, mixture = gc.Gaussian(0, 1), gc.GaussianMixture([0.5, 0.5], [-1, 1], 0.5)
    diffusion, error = gc.OrnsteinUhlenbeck(1.0, 0.1), gc.AffineError(0.0, 0.3)
    process = gc.ReverseProcess(law, diffusion, error)
    run = gc.simulate(process, 200, 20, 1, law="ideal", functionals=True)
    channel = gc.AffineChannel(0.5, 0.0, 0.75)
    pair, walk = {"p": law, "q": gc.Gaussian(1, 1)}, {"process": process, "n": 200, "steps": 20, "rng": 1}
    point = {"x": 0.5, "t": 0.2, "data": law}
    form, kept = error.linear_form(law), gc.core.Enclosure.exact(1.0)
    sides, random_error = {"name": "a", "lhs": kept, "rhs": kept}, gc.RandomFeatureError([[1.0]], [[1.0]], [0.0])
    samples = {"samples": np.linspace(-1, 1, 40), "diffusion": diffusion, "key": 1}
    trajectory = gc.retrain(law, fresh=0.5, step=channel, generations=3)
    injected = {"diffusion": None, "refit": "none", "cells": 200, "steps": 200}
    r, d, c, learners = gc.retraining, gc.divergences, gc.checking, gc.learners
    found: dict[str, Target] = {
        "Gaussian": (gc.Gaussian, {"mean": 0, "cov": 1}),
        "GaussianMixture": (gc.GaussianMixture, {"weights": [0.5, 0.5], "means": [0, 1], "covs": 1}),
        "OrnsteinUhlenbeck": (gc.OrnsteinUhlenbeck, {"horizon": 1.0, "stop": 0.1}),
        "LinearSchedule": (gc.LinearSchedule, {"lowest": 0.1, "highest": 20.0}),
        "CosineSchedule": (gc.CosineSchedule, {"offset": 0.008}),
        "ExplodingSchedule": (gc.ExplodingSchedule, {"lowest": 0.002, "highest": 80.0, "rho": 7.0}),
        "scheme_steps": (
            gc.sampling.scheme_steps,
            {"times": [1.0, 0.1], "scheme": "martingale", "stochasticity": 1.0, "dim": 1},
        ),
        "DiscretisedProcess": (
            gc.DiscretisedProcess,
            {
                "process": process,
                "steps": 5,
                "grid": "uniform",
                "scheme": "exponential",
                "schedule": gc.LinearSchedule(),
            },
        ),
        "error_budget": (
            gc.error_budget,
            {"process": process, "steps": 5, "grid": "uniform", "scheme": "exponential"},
        ),
        "optimal_grid": (gc.optimal_grid, {"process": process, "steps": 5, "scheme": "exponential"}),
        "from_scipy": (gc.from_scipy, {"distribution": frozen(), "weights": None}),
        "from_sklearn": (gc.from_sklearn, {"estimator": fitted()}),
        "marginal": (gc.laws.marginal, {"dist": law, "t": 0.5}),
        "OrnsteinUhlenbeck.marginal": (diffusion.marginal, {"dist": law, "t": 0.5}),
        "AffineError": (gc.AffineError, {"matrix": 0.1, "offset": 0.1}),
        "SolenoidalError": (gc.SolenoidalError, {"antisymmetric": [[0, 1], [-1, 0]], "scale": 1.0}),
        "AmplifiedScoreError": (gc.AmplifiedScoreError, {"factor": 0.1}),
        "RealizableError": (gc.RealizableError, {"target": law}),
        "FunctionError": (gc.FunctionError, {"function": lambda x, t: x}),
        "FunctionError.run": (
            lambda function: gc.FunctionError(function).evaluate(0.5, 0.1, data=law),
            {"function": lambda x, t: x},
        ),
        "RandomFeatureError": (
            gc.RandomFeatureError,
            {"amplitudes": [[1.0]], "frequencies": [[1.0]], "phases": [0.0]},
        ),
        "draw": (
            gc.RandomFeatureError.draw,
            {
                "data": law,
                "diffusion": diffusion,
                "energy": 0.1,
                "gradient_fraction": 1.0,
                "features": 4,
                "length": 1.0,
                "rng": 1,
            },
        ),
        "energy_density": (random_error.energy_density, {"law": law}),
        "plus": (form.plus, {"other": form}),
        "ReverseProcess": (
            gc.ReverseProcess,
            {"data": law, "diffusion": diffusion, "error": error, "start": "marginal", "tolerance": 1e-9},
        ),
        "exponential_moment": (process.exponential_moment, {"theta1": 0.5, "theta2": 0.1}),
        "gradient_energy": (process.gradient_energy, {"weight": "ideal"}),
        "fokker_planck": (gc.fokker_planck, {"process": process, "cells": 80, "steps": 40}),
        "hodge": (gc.hodge, {"matrix": [[1.0]], "cov": [[2.0]]}),
        "score_error": (
            gc.process.score_error,
            {
                "module": lambda x, t: x,
                "data": law,
                "diffusion": diffusion,
                "parametrisation": "eps",
                "time": "t",
                "scaling": "variance-preserving",
                "batch": 8,
                "precision": "double",
                "length_scale": 1.0,
                "time_scale": 1.0,
            },
        ),
        "observable_score": (gc.observable_score, {"process": process, "y": 0.5}),
        "realizable_energy": (
            gc.process.realizable_energy,
            {"data": law, "target": gc.Gaussian(1, 1), "diffusion": diffusion, "samples": 100, "rng": 1},
        ),
        "simulate": (
            gc.simulate,
            walk
            | {
                "grid": "uniform",
                "law": "learned",
                "functionals": True,
                "snapshots": (),
                "generation": 0,
                "first": 0,
                "reduce": True,
                "threads": 1,
            },
        ),
        "coupled": (gc.coupled, walk),
        "discrete_law": (gc.discrete_law, {"process": process, "steps": 20, "grid": "uniform", "law": "learned"}),
        "gradient_energy_estimate": (
            gc.gradient_energy_estimate,
            walk | {"degree": 2, "slices": 4, "grid": "uniform"},
        ),
        "measure": (
            gc.measure,
            {
                "error": error,
                "data": law,
                "diffusion": diffusion,
                "n": 100,
                "steps": 4,
                "rng": 1,
                "slices": 2,
                "degree": 1,
            },
        ),
        "paired_energy": (gc.paired_energy, {"process": process, "n": 200, "rng": 1, "times": 8}),
        "path_divergences": (gc.path_divergences, walk | {"grid": "uniform", "threads": 1}),
        "regressed_chi2": (gc.regressed_chi2, {"process": process, "run": run, "degree": 2, "reference": law}),
        "regressed_energy": (gc.regressed_energy, {"process": process, "run": run, "degree": 2, "reference": law}),
        "richardson": (
            gc.richardson,
            {"process": process, "steps": 20, "grid": "uniform", "law": "learned", "levels": 3},
        ),
        "sample_reverse": (
            gc.sample_reverse,
            {
                "law": mixture,
                "diffusion": diffusion,
                "n": 10,
                "steps": 20,
                "rng": 1,
                "grid": "uniform",
                "start": "marginal",
                "generation": 0,
                "threads": 1,
            },
        ),
        "time_grid": (gc.time_grid, {"diffusion": diffusion, "steps": 5, "grid": "uniform"}),
        "AffineChannel": (gc.AffineChannel, {"matrix": 0.5, "offset": 0.0, "noise": 0.5}),
        "apply": (channel.apply, {"law": law}),
        "then": (channel.then, {"following": channel}),
        "early_stopping": (r.early_stopping, {"time": 0.1, "dim": 1}),
        "kernel_density": (r.kernel_density, {"bandwidth": 0.1, "dim": 1}),
        "perfect": (r.perfect, {"dim": 1}),
        "sampling_temperature": (r.sampling_temperature, {"temperature": 0.9, "mean": [0.1]}),
        "offset_channel": (r.offset_channel, {"offset": 0.1}),
        "early_stopping_limit": (r.early_stopping_limit, {"data": law, "fresh": 0.5, "time": 0.1, "tail": 1e-9}),
        "hermite_coefficient": (r.hermite_coefficient, {"law": law, "index": 2}),
        "hermite_multiplier": (r.hermite_multiplier, {"degree": 2, "fresh": 0.5, "time": 0.1}),
        "retrain": (
            gc.retrain,
            {"data": law, "fresh": 0.5, "step": channel, "generations": 3, "start": law, "workflow": "last"}
            | injected,
        ),
        "Trajectory.intra_generation": (trajectory.intra_generation, {"generation": 1}),
        "coherent_bound": (r.coherent_bound, {"energies": [0.1, 0.2], "fresh": [0.5, 0.5], "initial": 0.0}),
        "incoherent_sum": (r.incoherent_sum, {"energies": [0.1, 0.2], "fresh": [0.5, 0.5], "initial": 0.0}),
        "discounted_bound": (
            r.discounted_bound,
            {"energies": [0.1, 0.2], "fresh": 0.5, "theta": 0.7, "initial": 0.0},
        ),
        "filter_sum": (r.filter_sum, {"gram": np.eye(2), "fresh": [0.5, 0.5], "initial": 0.0, "cross": None}),
        "memory": (r.memory, {"fresh": 0.5, "generations": 3, "workflow": "accumulate"}),
        "Workflow": (r.Workflow, {"kind": "window", "length": 2, "rows": None}),
        "Workflow.window": (r.Workflow.window, {"length": 2}),
        "Workflow.weights": (r.Workflow.weights, {"shares": [[1.0, 0.0], [0.5, 0.5]]}),
        "Workflow.shares": (r.Workflow("accumulate").shares, {"generations": 3}),
        "cycle_drift": (r.cycle_drift, {"fresh": [0.0, 0.5], "correlation": 0.1}),
        "schedule_drift": (r.schedule_drift, {"fresh": [0.0, 0.5], "correlation": 0.1}),
        "plan_fresh": (r.plan_fresh, {"budget": 0.5, "generations": 2, "correlation": 0.0, "aim": "last"}),
        "innovation_correlation": (r.innovation_correlation, {"gram": np.eye(2)}),
        "collapse_rate": (r.collapse_rate, {"samples": 10, "dim": 1, "unbiased": True}),
        "power_gain": (r.power_gain, {"fresh": 0.5, "angle": [0.1]}),
        "Spectrum": (r.Spectrum, {"autocovariances": [1.0, 0.5], "angles": [0.1], "weights": [0.5], "decay": 0.5}),
        "Spectrum.of_innovations": (r.Spectrum.of_innovations, {"gram": np.eye(2)}),
        "Spectrum.autocovariance": (r.Spectrum([1.0]).autocovariance, {"lag": [1]}),
        "Spectrum.density": (r.Spectrum([1.0]).density, {"angle": [0.1]}),
        "Spectrum.drift": (r.Spectrum([1.0]).drift, {"fresh": 0.5}),
        "Spectrum.effective_correlation": (r.Spectrum([1.0]).effective_correlation, {"fresh": 0.5}),
        "critical_fresh": (r.critical_fresh, {"gain": 2.0, "moment": 2.0}),
        "early_stopping_bias": (r.early_stopping_bias, {"data": law}),
        "best_stopping_time": (
            r.best_stopping_time,
            {"data": gc.Gaussian(0.0, 0.8), "fresh": 0.5, "error": 0.1, "exponent": 0.5},
        ),
        "limit_moments": (r.limit_moments, {"data": law, "channel": channel, "fresh": 0.5}),
        "tail_exponent": (r.tail_exponent, {"gain": 2.0, "fresh": 0.5}),
        "long_run_drift": (r.long_run_drift, {"fresh": [0.5], "correlation": [0.1]}),
        "long_run_edges": (r.long_run_edges, {"fresh": [0.5]}),
        "ConstantSchedule": (r.ConstantSchedule, {"size": 0.1}),
        "SummableSchedule": (r.SummableSchedule, {"size": 0.1, "power": 2.0}),
        "RandomSchedule": (r.RandomSchedule, {"size": 0.1, "seed": 1}),
        "DriftingOffset": (r.DriftingOffset, {"direction": 0.1, "energy": r.ConstantSchedule(1.0)}),
        "AlternatingOffset": (r.AlternatingOffset, {"direction": 0.1, "energy": r.ConstantSchedule(1.0)}),
        "RandomOffset": (r.RandomOffset, {"scale": 0.1, "energy": r.ConstantSchedule(1.0), "seed": 1}),
        "decide": (d.decide, pair | {"order": 2.0}),
        "renyi": (gc.renyi, pair | {"order": 0.5, "method": "auto"}),
        "check": (gc.check, {"theorem": "prop-3.3", "instance": process, "method": "auto"}),
        "falsify": (gc.falsify, {"theorem": "prop-3.3", "budget": 10, "seed": 1, "stop_at_violation": True}),
        "prove_on_box": (
            gc.prove_on_box,
            {"theorem": "prop-3.1", "family": "constant offset", "box": None, "constant": None, "cells": 10},
        ),
        "judge": (c.judge, {"theorem": "prop-3.3", "instance": process, "claimed": None}),
        "at_least": (c.at_least, sides),
        "at_most": (c.at_most, sides),
        "equal": (c.equal, sides),
        "tends_to": (c.tends_to, sides),
        "InjectedLearner": (learners.InjectedLearner, {"error": error, "components": 1}),
        "GaussianLearner": (learners.GaussianLearner, {"shrinkage": "none"}),
        "GaussianLearner.fit": (gc.GaussianLearner().fit, samples),
        "KernelDensityLearner": (gc.KernelDensityLearner, {"bandwidth": 0.1, "centres": 10, "threads": 1}),
        "KernelDensityLearner.fit": (gc.KernelDensityLearner(0.1).fit, samples),
        "MixtureLearner": (
            gc.MixtureLearner,
            {"components": 1, "covariance": "full", "regularisation": 1e-6, "iterations": 10, "starts": 1},
        ),
        "MixtureLearner.fit": (gc.MixtureLearner(1).fit, samples),
        "TorchLearner": (gc.TorchLearner, {"width": 4, "blocks": 1, "steps": 2, "batch": 8, "rate": 0.01}),
        "NeuralLearner": (gc.NeuralLearner, {"layers": (4,), "repeats": 1, "epochs": 1, "rate": 0.01, "batch": 16}),
    }
    for name in ("kl", "chi2", "jeffreys", "fisher_divergence", "hellinger2", "total_variation", "bhattacharyya"):
        found[name] = (getattr(gc, name), pair | {"method": "auto"})
    for name in ("wasserstein1", "wasserstein2", "kl_bounds"):
        found[name] = (getattr(gc, name), pair)
    found["mmd"] = (gc.mmd, pair | {"width": 1.0, "method": "auto"})
    points = {"x": np.linspace(-1.0, 1.0, 9), "y": np.linspace(0.0, 1.0, 9), "width": 1.0, "confidence": 0.99}
    found["mmd_from_samples"] = (d.mmd_from_samples, points)
    found["Trajectory.mmd"] = (trajectory.mmd, {"width": 1.0})
    for kind, item in (("Gaussian", law), ("GaussianMixture", mixture)):
        for name in ("logpdf", "pdf", "score"):
            found[f"{kind}.{name}"] = (getattr(item, name), {"x": 0.5})
        found[f"{kind}.sample"] = (item.sample, {"n": 5, "rng": 1})
    for kind, score in (
        ("Affine", error),
        ("Amplified", gc.AmplifiedScoreError(0.1)),
        ("RandomFeature", random_error),
    ):
        found[f"{kind}Error.evaluate"] = (score.evaluate, point)
        if kind != "RandomFeature":  # waves have none
            found[f"{kind}Error.linear_form"] = (score.linear_form, {"data": law})
        found[f"{kind}Error.scaled"] = (score.scaled, {"factor": 2.0})
    return found | (further(house=gc) if more else {})


def further(*, house: Any = None) -> dict[str, Target]:
    """Return the methods of statistics, learned models and results, and the rooms that are seldom called by hand."""
    gc = house or importlib.import_module("gausscollapse")
    law, diffusion = gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(1.0, 0.1)
    process = gc.ReverseProcess(law, diffusion, gc.AffineError(0.0, 0.3))
    batch = gc.process.Batch.of([process])
    flat = gc.ReverseProcess(gc.Gaussian([0, 0], np.eye(2)), diffusion, gc.AffineError(np.zeros((2, 2)), [0.1, 0.0]))
    plane = gc.process.LinearStatistics(gc.process.Batch.of([flat]))
    exact, grid = gc.process.LinearStatistics(batch), gc.process.GridStatistics([process])
    solved = gc.fokker_planck(process, cells=80, steps=40)
    kernel = gc.KernelDensityLearner(0.1).fit(np.linspace(-1, 1, 40), diffusion, 1)
    learned = gc.GaussianLearner().fit(np.linspace(-1, 1, 40), diffusion, 1)
    value, checking = gc.core.Enclosure.exact(1.0), gc.checking
    theorem = gc.theorems.registry["prop-3.3"]
    moment = {"theta1": 0.5, "theta2": 0.1}
    found: dict[str, Target] = {
        "Batch": (gc.process.Batch.of, {"processes": [process]}),
        "Batch.eigenvalues_at": (batch.eigenvalues_at, {"time": np.array([0.5])}),
        "Batch.scaled": (batch.scaled, {"factor": 2.0}),
        "LinearStatistics": (gc.process.LinearStatistics, {"batch": batch, "tolerance": 1e-9}),
        "LinearStatistics.scaled": (exact.scaled, {"factor": 2.0}),
        "LinearStatistics.gradient_energy": (exact.gradient_energy, {"weight": "ideal"}),
        "LinearStatistics.renyi": (exact.renyi, {"order": 2.0}),
        "LinearStatistics.reverse_renyi": (exact.reverse_renyi, {"order": 0.5}),
        "GridStatistics.renyi": (grid.renyi, {"order": 2.0}),
        "GridStatistics.reverse_renyi": (grid.reverse_renyi, {"order": 0.5}),
        "LinearStatistics.exponential_moment": (exact.exponential_moment, moment),
        "LinearStatistics.log_exponential_moment": (exact.log_exponential_moment, moment),
        "LinearStatistics.invisible": (plane.invisible, {"energy": 0.1, "leak": 0.1}),
        "GridStatistics": (gc.process.GridStatistics, {"processes": [process]}),
        "GridStatistics.scaled": (grid.scaled, {"factor": 2.0}),
        "FokkerPlanck.renyi": (solved.renyi, {"order": 2.0}),
        "FokkerPlanck.reverse_renyi": (solved.reverse_renyi, {"order": 0.5}),
        "FokkerPlanck.observable_score": (solved.observable_score, {"y": 0.5}),
        "Enclosure": (gc.Enclosure, {"value": 1.0, "lower": 0.5, "upper": 2.0}),
        "Enclosure.exact": (gc.Enclosure.exact, {"value": 1.0}),
        "Enclosure.contains": (value.contains, {"value": 1.0}),
        "Enclosure.certainly_at_most": (value.certainly_at_most, {"other": 1.0}),
        "Enclosure.clipped": (value.clipped, {"at_least": 0.0}),
        "audit": (checking.audit, {"process": process}),
        "increasing": (checking.increasing, {"function": np.exp, "x": value}),
        "power": (checking.power, {"theorem": theorem, "seeds": 1, "budget": 10}),
        "verify": (
            checking.verify,
            {"theorems": [theorem], "instances": 5, "seed": 1, "budget": 0, "referee": False},
        ),
        "statement": (
            lambda **options: gc.statement(**options)(lambda s, factor=0.5: (s.kl, factor * s.learned_energy)),
            {"name": "mine", "kind": "upper", "chapter": "single generation", "assumes": None, "controls": None},
        ),
        "symbols": (checking.symbols, {"theorem": theorem}),
        "chi2_bounds": (gc.divergences.chi2_bounds, {"p": law, "q": gc.Gaussian(1, 1)}),
        "HarmonicSchedule": (gc.retraining.HarmonicSchedule, {"size": 0.1}),
        "describe": (gc.lab.describe, {"item": process}),
        "read": (gc.lab.read, {"document": gc.lab.describe(process)}),
        "to_toml": (gc.lab.to_toml, {"document": {"a": 1}}),
        "load": (gc.lab.load, {"name": "coherent"}),
        "image_law": (gc.lab.image_law, {"name": "digits", "components": 1}),
        "load_sweep": (gc.lab.load_sweep, {"name": "correlation", "quick": True}),
        "read_sweep": (gc.lab.read_sweep, {"document": SWEEP, "quick": True}),
        "assert_holds": (gc.testing.assert_holds, {"theorem": "prop-3.3", "instance": process, "decided": False}),
        "assert_unrefuted": (gc.testing.assert_unrefuted, {"theorem": "prop-3.3", "budget": 10, "seed": 1}),
    }
    found |= textures(gc, diffusion, exact) | trials(gc, law) | methods(gc, law, diffusion, process)
    for kind, model in (("KernelDensityModel", kernel), ("LawModel", learned)):
        found[f"{kind}.score"] = (model.score, {"x": 0.5, "t": 0.1})
        found[f"{kind}.logpdf"] = (model.logpdf, {"x": 0.5})
        found[f"{kind}.sample"] = (model.sample, {"n": 5, "rng": 1})
    return found


def methods(gc: Any, law: Any, diffusion: Any, process: Any) -> dict[str, Target]:
    """Return methods of public objects that are called by hand."""
    sampler = gc.DiscretisedProcess(process, steps=5)
    value, mixture = gc.core.Enclosure.exact(1.0), gc.GaussianMixture([0.5, 0.5], [-1, 1], 0.5)
    found: dict[str, Target] = {
        "DiscretisedProcess.with_steps": (sampler.with_steps, {"steps": 4}),
        "Enclosure.certainly_above": (value.certainly_above, {"other": 0.5}),
        "Enclosure.overlaps": (value.overlaps, {"other": 0.5}),
        "GaussianMixture.posterior": (mixture.posterior, {"x": 0.5}),
        "GaussianMixture.log_joint": (mixture.log_joint, {"x": 0.5}),
        "GaussianMixture.component_scores": (mixture.component_scores, {"x": 0.5}),
        "ReverseProcess.log_exponential_moment": (process.log_exponential_moment, {"theta1": 0.5, "theta2": 0.1}),
        "RealizableError.evaluate": (
            gc.RealizableError(gc.Gaussian(1, 1)).evaluate, {"x": 0.5, "t": 0.2, "data": law},
        ),
        "RealizableError.scaled": (gc.RealizableError(gc.Gaussian(1, 1)).scaled, {"factor": 2.0}),
        "FunctionError.scaled": (gc.FunctionError(lambda x, t: x).scaled, {"factor": 2.0}),
    }  # fmt: skip
    for schedule in (gc.LinearSchedule(), gc.CosineSchedule(), gc.ExplodingSchedule()):
        name = type(schedule).__name__
        for method in ("beta", "clock", "scaling", "sigma"):
            found[f"{name}.{method}"] = (getattr(schedule, method), {"u": 0.5})
        found[f"{name}.parameter"] = (schedule.parameter, {"t": 0.1})
        found[f"{name}.times"] = (schedule.times, {"steps": 30})
        found[f"{name}.diffusion"] = (schedule.diffusion, {"first": 0.1, "last": 0.9})
        found[f"{name}.grid"] = (schedule.grid, {"diffusion": diffusion, "steps": 5})
    return found


def kept(function: Callable[..., Any], **arguments: Any) -> Callable[..., Any]:
    """Return a function with some arguments given, and its docstring."""
    return wraps(function)(lambda **others: function(**arguments, **others))


def trials(gc: Any, law: Any) -> dict[str, Target]:
    """Return what tries samplers."""
    model = gc.trials.ExactModel(law)
    level = {"x": 0.5, "signal": 0.8, "noise": 0.6}
    settings = {"data": law, "steps": [5], "samples": 200, "rng": 1}
    order = {"sampler": "exponential", "steps": [5, 10]}
    accuracy = {"sampler": "exponential", "data": law, "steps": 5, "samples": 200, "rng": 1}
    return {
        "ExactModel": (gc.trials.ExactModel, {"data": law}),
        "ExactModel.posterior": (model.posterior, level),
        "ExactModel.predict": (model.predict, level | {"kind": "epsilon"}),
        "ExactModel.score": (lambda x, t: model(x, t), {"x": 0.5, "t": 0.1}),
        "as_sampler": (gc.trials.as_sampler, {"sampler": "exponential"}),
        "trial_law": (gc.trials.trial_law, {"name": "narrow"}),
        "trial": (gc.trial, {"sampler": "exponential", **settings}),
        "trials": (gc.trials.trials, {"samplers": ["exponential"], **settings}),
        "parts": (gc.trials.parts, {"sampler": "exponential", "data": law, "steps": 5, "fine": 5}),
        # What they refuse is an assertion: any accuracy and any order will do here.
        "assert_sampler_accuracy": (kept(gc.testing.assert_sampler_accuracy, at_most=1e300), accuracy),
        "assert_order": (kept(gc.testing.assert_order, at_least=-1e300), {"data": law, **order}),
    }


def textures(gc: Any, diffusion: Any, exact: Any) -> dict[str, Target]:
    """Return what has to do with pictures, and with processes of independent parts."""
    texture, blur = gc.Texture(np.ones((4, 4))), gc.process.FilterError(slope=-0.1, motion=(0.1, 0.0))
    moment = {"theta1": 0.5, "theta2": 0.1}
    pixels = np.arange(16.0).reshape(4, 4)
    product = gc.process.ProductStatistics([exact], [[2]])
    rings = {"data": texture, "strength": 0.1, "above": 1.0}
    settings = {"fresh": 0.5, "error": blur, "diffusion": diffusion, "generations": 2, "tolerance": 1e-6}
    return {
        "Texture": (gc.Texture, {"spectrum": np.ones((4, 4)), "brightness": 0.0}),
        "Texture.power_law": (
            gc.Texture.power_law,
            {"size": 8, "exponent": 2.0, "contrast": 1.0, "corner": 1.0, "brightness": 0.0},
        ),
        "Texture.of": (gc.Texture.of, {"picture": pixels}),
        "Texture.sample": (texture.sample, {"n": 2, "rng": 1}),
        "Texture.marginal": (texture.marginal, {"t": 0.1}),
        "Texture.kl": (texture.kl, {"other": texture}),
        "FilterError": (
            gc.process.FilterError,
            {"slope": 0.1, "response": 0.1, "brightness": 0.1, "motion": (0.1, 0.1)},
        ),
        "FilterError.fading": (gc.process.FilterError.fading, rings),
        "FilterError.sharpening": (gc.process.FilterError.sharpening, rings),
        "FilterError.scaled": (blur.scaled, {"factor": 2.0}),
        "FilterError.filters": (blur.filters, {"data": texture}),
        "FilterError.rotation": (blur.rotation, {"data": texture}),
        "FilterError.evaluate": (blur.evaluate, {"x": pixels, "t": 0.5, "data": texture}),
        "TextureProcess": (
            gc.process.TextureProcess,
            {"data": texture, "diffusion": diffusion, "error": blur, "start": "marginal", "tolerance": 1e-6},
        ),
        "ProductStatistics": (gc.process.ProductStatistics, {"parts": [exact], "counts": [[2]]}),
        "ProductStatistics.scaled": (product.scaled, {"factor": 2.0}),
        "ProductStatistics.gradient_energy": (product.gradient_energy, {"weight": "ideal"}),
        "ProductStatistics.exponential_moment": (product.exponential_moment, moment),
        "ProductStatistics.log_exponential_moment": (product.log_exponential_moment, moment),
        "retrain_texture": (gc.retraining.retrain_texture, {"data": texture, **settings}),
    }


def numbers(answer: Any) -> Iterator[float]:
    """Yield every float of an answer, by its public fields."""
    if isinstance(answer, float | np.floating):
        yield float(answer)
    elif isinstance(answer, np.ndarray) and answer.dtype.kind == "f":
        yield from np.asarray(answer).ravel()[:1000]
    elif isinstance(answer, tuple | list):
        for item in answer[:20]:
            yield from numbers(item)
    elif hasattr(answer, "lower") and hasattr(answer, "upper") and not isinstance(answer, str):
        yield from numbers((answer.value, answer.lower, answer.upper))
    else:
        for name in ("mean", "cov", "endpoint", "matrix", "offset"):
            part = getattr(answer, name, None)
            if isinstance(part, float | np.ndarray):
                yield from numbers(part)


CALLABLE = (
    "wrong shape|returns nan|raising|returns text|returns None|returns complex|returns many|recursion|stops|an exit|"
    "generator function"
)
# What is meant after all: any integer for a seed, flags where flags are read, functions that are not called yet.
MEANT = (
    (r".*/(rng|seed|centres)", "10**400"),
    (r".*/(referee|functionals|reduce|quick|decided|stop_at_violation|unbiased)", "True"),
    (r"FunctionError/function|\w+Offset/energy|score_error/(module|time)", f"{CALLABLE}|class"),
    (r"as_sampler/sampler", CALLABLE),
    # What is no sampler is listed with the reason.
    (r"trials/samplers", "flags and numbers|ragged|strings"),
    (r"(at_least|at_most|equal|tends_to|statement)/name", "str|long str"),
    (r"to_toml/document", "dict"),
)
# Work that was asked for, within the stated limits, of which nobody waits for the end here: minutes.
LONG = (
    (r"(falsify|assert_unrefuted|verify)/budget", "10**6"),
    (r"fokker_planck/(cells|steps)|discrete_law/steps", "10**6"),
)


def listed(table: tuple[tuple[str, str], ...], case: Case) -> bool:
    """Return whether a case of one argument is in a table of callables with arguments, and values."""
    place = f"{case[0]}/{case[1]}"
    return any(re.fullmatch(where, place) and case[2] in values.split("|") for where, values in table)


def misused(case: Case, function: Callable[..., Any], right: dict[str, Any]) -> bool:
    """Return whether an answer can only be wrong: the value means nothing, and is not what the argument is for."""
    _, argument, value = case
    if value not in MEANINGLESS or argument not in right or listed(MEANT, case):
        return False
    default = right[argument]
    return not (value == "None" and (default is None or optional(function, argument)))


def optional(function: Callable[..., Any], argument: str) -> bool:
    """Return whether None stands for a default."""
    try:
        parameter = inspect.signature(function).parameters.get(argument)
    except (TypeError, ValueError):
        return False
    return parameter is not None and (parameter.default is None or "None" in str(parameter.annotation))


def classified(call: Callable[[], Any], arguments: str) -> tuple[str, str]:
    """Return the class of what one call does, and the words of its error."""
    from gausscollapse import GaussCollapseError

    try:
        answer = call()
    except GaussCollapseError as error:
        text = str(error)
        if len(text) > LONGEST or not text.isprintable():
            return "long refusal", repr(text)
        # Of two arguments that do not fit together either one may be named.
        fits = type(error).__name__ in ("DimensionMismatchError", "NotSupportedError") or "has shape" in text
        return (REFUSED if fits or named(text, arguments) else "nameless refusal"), text
    except MemoryError as error:
        return "out of memory", repr(error)
    except Exception as error:
        text = str(error)
        if isinstance(error, TypeError) and any(words in text for words in PYTHON):
            return REFUSED, text
        return f"foreign exception ({type(error).__name__})", text[:300]
    return ("silent NaN" if any(np.isnan(number) for number in numbers(answer)) else GOOD), ""


def named(text: str, arguments: str) -> bool:
    """Return whether a refusal says which argument it is about."""
    words = [word for argument in arguments.split("/") for word in (argument, *ALSO.get(argument, ()))]
    return any(re.search(rf"\b{word}\b", text) for word in words)


def pairs(known: dict[str, Target], choice: str = "all") -> list[Case]:
    """Return every callable with every argument and every hostile value."""
    return [
        (name, argument, value)
        for name, (_, right) in known.items()
        for argument in right
        for value in sorted(values(choice))
    ]


def cases(known: dict[str, Target], calls: int, seed: int, choice: str = "all") -> list[Case]:
    """Return (callable, argument, hostile value), every pair once and drawn pairs of two arguments beyond that."""
    draw = random.Random(seed)
    bad = sorted(values(choice))
    found = pairs(known, choice)
    draw.shuffle(found)
    several = [(name, tuple(right)) for name, (_, right) in known.items() if len(right) > 1]
    while len(found) < calls:
        name, right = draw.choice(several)
        found.append((name, "/".join(draw.sample(right, 2)), "/".join(draw.choices(bad, k=2))))
    return [case for case in found[:calls] if not listed(LONG, case)]


class Late(BaseException):
    """A call ran out of time; no `except Exception` of the package takes it for an error of its own."""


def _late(*_: object) -> None:
    raise Late


def outcome(known: dict[str, Target], case: Case, seconds: float = SECONDS) -> tuple[str, str]:
    """Return the class of one case and the words of its error; more than `seconds` of CPU time are a timeout."""
    name, arguments, words = case
    function, right = known[name]
    bad = values()
    picked = dict(right)
    if words != RIGHT:
        picked |= {key: bad[word]() for key, word in zip(arguments.split("/"), words.split("/"), strict=True)}
    before = signal.signal(signal.SIGPROF, _late)
    signal.setitimer(signal.ITIMER_PROF, 0.0 if words == RIGHT else seconds)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found, said = classified(lambda: function(**picked), arguments)
            return ("silent misuse" if found == GOOD and misused(case, function, right) else found), said
    except Late:
        return "timeout", ""
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


def work(seconds: float) -> None:
    """Answer the cases of standard input, one line each; runs in the subprocess."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    wanted = [tuple(case) for case in json.loads(sys.stdin.readline())]
    house = house_of()
    known = {
        name: (function, right)
        for name, (function, right) in targets(more=not isinstance(house, Anywhere), house=house).items()
        if not any(isinstance(item, Absent) for item in (function, *right.values()))
    }
    print(READY.decode(), flush=True)
    for case in wanted:
        start = time.perf_counter()
        found = outcome(known, case, seconds) if case[0] in known else ("absent", "")
        print("=" + json.dumps([*found, round(time.perf_counter() - start, 3)]), flush=True)


def main() -> int:
    """Run the calls and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=8000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="the limit of one call")
    parser.add_argument("--package", default=str(Path(__file__).resolve().parents[1]))
    parser.add_argument("--values", choices=("first", "outsiders", "all"), default="all")
    parser.add_argument("--more", action="store_true", help="also methods of statistics, and rooms seldom called")
    parser.add_argument("--results", type=Path, help="a file of results, written as they come and gone on with")
    parser.add_argument("--show", type=int, default=40)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.seconds)
        return 0
    chosen = cases(targets(more=options.more), options.calls, options.seed, options.values)
    # What is compiled within the limit of a call, and cut off, would be compiled again and again.
    warm = [(name, next(iter(right)), RIGHT) for name, (_, right) in targets(more=options.more).items()]
    command = [sys.executable, __file__, "--worker", "--seconds", str(options.seconds)]
    environment = os.environ | {"PYTHONPATH": options.package}
    table: collections.Counter[str] = collections.Counter()
    instances: list[str] = []
    for case, (found, words, _) in answers(command, environment, warm, chosen, options.results):
        table[found] += 1
        if found not in (GOOD, REFUSED, "absent"):
            instances.append(f"{found}: {' | '.join(case)}: {words[:160]}")
    for line in sorted(instances)[: options.show]:
        print(line)
    for found, count in table.most_common():
        print(f"{count:6d}  {found}", flush=True)
    return int(bool(instances))


if __name__ == "__main__":
    sys.exit(main())

"""Hostile arguments for every public callable: what is answered, what is refused, and what gets through.

``python benchmarks/fuzz_api.py [--calls 8000] [--seed 1]`` runs the calls in subprocesses with a time limit for each
call and a memory limit, so that a crash is counted, not fatal. ``--package FOLDER`` runs them against another
checkout. The exit code is 1 where anything but an answer or a refusal in one line came back.
"""

from __future__ import annotations

import argparse
import atexit
import collections
import functools
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

BATCH = 250
SECONDS = 10.0
MEMORY = 6 * 2**30
GOOD, REFUSED = "right answer", "refused in one line"
RIGHT = "right"
PYTHON = ("missing", "unexpected keyword", "positional argument", "multiple values")


class Liar:
    """An object whose conversions all raise."""

    def __float__(self) -> float:
        raise RuntimeError("no number")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("no array")

    def __repr__(self) -> str:
        raise RuntimeError("no text")


class Count(int):
    """A subclass of int."""


@functools.cache
def mapped_file() -> str:
    """Return the name of a file that holds the identity of dimension 2."""
    folder = tempfile.TemporaryDirectory(prefix="fuzz-")
    atexit.register(folder.cleanup)
    path = Path(folder.name, "eye")
    np.eye(2).tofile(path)
    return str(path)


def hostile() -> dict[str, Callable[[], Any]]:
    """Return what is handed in, by name; made anew for every call."""
    from scipy import sparse

    def raising(*_: Any) -> Any:
        raise ZeroDivisionError("from the caller")

    structured = np.zeros(2, dtype=[("a", float)])
    readonly = np.eye(2)
    readonly.setflags(write=False)
    values: dict[str, Any] = {
        "None": None,
        "True": True,
        "str": "x",
        "empty str": "",
        "long str": "y" * 5000,
        "bytes": b"1",
        "bytearray": bytearray(b"1"),
        "nan": float("nan"),
        "inf": float("inf"),
        "-inf": -float("inf"),
        "-0.0": -0.0,
        "0": 0,
        "1": 1,
        "-1": -1,
        "2**63": 2**63,
        "10**400": 10**400,
        "10**6": 10**6,
        "10**9": 10**9,
        "30": 30,
        "1e160": 1e160,
        "1e-320": 1e-320,
        "0.5": 0.5,
        "complex": 1j,
        "Decimal": Decimal("0.5"),
        "Decimal nan": Decimal("nan"),
        "Fraction": Fraction(1, 2),
        "object array": np.array([1, "2"], dtype=object),
        "object None": np.array([None]),
        "structured": structured,
        "dates": np.array(["2020-01-01"], "M8[D]"),
        "timedelta": np.timedelta64(1, "D"),
        "masked": np.ma.array([1.0, 2.0], mask=[0, 1]),
        "empty": np.zeros(0),
        "0-d": np.array(1.0),
        "3-d": np.zeros((2, 2, 2)),
        "eye": np.eye(2),
        "ragged": [[1.0], [1.0, 2.0]],
        "sparse": sparse.eye(2).tocsr(),
        "readonly": readonly,
        "strided": np.eye(4)[::-2, ::2],
        "mapped": np.memmap(mapped_file(), dtype=float, mode="r", shape=(2, 2)),
        "flags and numbers": [True, 2.0],
        "float16": np.array([0.5], dtype=np.float16),
        "int8": np.array([[1]], dtype=np.int8),
        "subclass": Count(2),
        "liar": Liar(),
        "raising": raising,
        "wrong shape": lambda *_: np.zeros((3, 7)),
        "returns nan": lambda *_: float("nan"),
        "class": dict,
        "dict": {"a": 1},
        "object": object(),
        "strings": ["1", "2"],
        "complex array": np.array([1j]),
        "flags": np.array([True]),
        "longdouble": np.longdouble("1e4000"),
    }
    made = {name: (lambda value=value: value) for name, value in values.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        matrix = np.asmatrix(np.eye(2))
    return made | {"generator": lambda: (i for i in range(2)), "matrix": lambda: matrix}


def targets(*, more: bool = False) -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """Return every public callable and method with arguments that are right, by name; `more` with `further`."""
    import gausscollapse as gc

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
    r, d, c, learners = gc.retraining, gc.divergences, gc.checking, gc.learners
    found: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
        "Gaussian": (gc.Gaussian, {"mean": 0, "cov": 1}),
        "GaussianMixture": (gc.GaussianMixture, {"weights": [0.5, 0.5], "means": [0, 1], "covs": 1}),
        "OrnsteinUhlenbeck": (gc.OrnsteinUhlenbeck, {"horizon": 1.0, "stop": 0.1}),
        "from_scipy": (gc.from_scipy, {"distribution": None, "weights": None}),
        "from_sklearn": (gc.from_sklearn, {"estimator": None}),
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
        "offset_channel": (r.offset_channel, {"offset": 0.1}),
        "early_stopping_limit": (r.early_stopping_limit, {"data": law, "fresh": 0.5, "time": 0.1, "tail": 1e-9}),
        "hermite_coefficient": (r.hermite_coefficient, {"law": law, "index": 2}),
        "hermite_multiplier": (r.hermite_multiplier, {"degree": 2, "fresh": 0.5, "time": 0.1}),
        "retrain": (gc.retrain, {"data": law, "fresh": 0.5, "step": channel, "generations": 3, "start": law}),
        "Trajectory.intra_generation": (trajectory.intra_generation, {"generation": 1}),
        "coherent_bound": (r.coherent_bound, {"energies": [0.1, 0.2], "fresh": [0.5, 0.5], "initial": 0.0}),
        "incoherent_sum": (r.incoherent_sum, {"energies": [0.1, 0.2], "fresh": [0.5, 0.5], "initial": 0.0}),
        "discounted_bound": (
            r.discounted_bound,
            {"energies": [0.1, 0.2], "fresh": 0.5, "theta": 0.7, "initial": 0.0},
        ),
        "filter_sum": (r.filter_sum, {"gram": np.eye(2), "fresh": [0.5, 0.5], "initial": 0.0, "cross": None}),
        "memory": (r.memory, {"fresh": 0.5, "generations": 3}),
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
            {"theorem": "prop-3.3", "family": "none", "box": None, "constant": None, "cells": 10},
        ),
        "judge": (c.judge, {"theorem": "prop-3.3", "instance": process, "claimed": None}),
        "at_least": (c.at_least, sides),
        "at_most": (c.at_most, sides),
        "equal": (c.equal, sides),
        "tends_to": (c.tends_to, sides),
        "GaussianLearner": (learners.GaussianLearner, {"shrinkage": "none"}),
        "GaussianLearner.fit": (gc.GaussianLearner().fit, samples),
        "KernelDensityLearner": (gc.KernelDensityLearner, {"bandwidth": 0.1, "centres": 10, "threads": 1}),
        "KernelDensityLearner.fit": (gc.KernelDensityLearner(0.1).fit, samples),
        "MixtureLearner": (
            gc.MixtureLearner,
            {"components": 1, "covariance": "full", "regularisation": 1e-6, "iterations": 10, "starts": 1},
        ),
        "MixtureLearner.fit": (gc.MixtureLearner(1).fit, samples),
        "NeuralLearner": (gc.NeuralLearner, {"layers": (4,), "repeats": 1, "epochs": 1, "rate": 0.01, "batch": 16}),
    }
    for name in ("kl", "chi2", "jeffreys", "fisher_divergence", "hellinger2", "total_variation", "bhattacharyya"):
        found[name] = (getattr(gc, name), pair | {"method": "auto"})
    for name in ("wasserstein2", "kl_bounds"):
        found[name] = (getattr(gc, name), pair)
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
        found[f"{kind}Error.linear_form"] = (score.linear_form, {"data": law})
        found[f"{kind}Error.scaled"] = (score.scaled, {"factor": 2.0})
    return found | (further() if more else {})


def further() -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """Return the methods of statistics, learned models and results, and the rooms that are seldom called by hand."""
    import gausscollapse as gc

    law, diffusion = gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(1.0, 0.1)
    process = gc.ReverseProcess(law, diffusion, gc.AffineError(0.0, 0.3))
    batch = gc.process.Batch.of([process])
    exact, grid = gc.process.LinearStatistics(batch), gc.process.GridStatistics([process])
    solved = gc.fokker_planck(process, cells=80, steps=40)
    kernel = gc.KernelDensityLearner(0.1).fit(np.linspace(-1, 1, 40), diffusion, 1)
    fitted = gc.GaussianLearner().fit(np.linspace(-1, 1, 40), diffusion, 1)
    value, checking = gc.core.Enclosure.exact(1.0), gc.checking
    theorem = gc.theorems.registry["prop-3.3"]
    moment = {"theta1": 0.5, "theta2": 0.1}
    found: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
        "Batch": (gc.process.Batch.of, {"processes": [process]}),
        "Batch.eigenvalues_at": (batch.eigenvalues_at, {"time": np.array([0.5])}),
        "Batch.scaled": (batch.scaled, {"factor": 2.0}),
        "LinearStatistics": (gc.process.LinearStatistics, {"batch": batch, "tolerance": 1e-9}),
        "LinearStatistics.scaled": (exact.scaled, {"factor": 2.0}),
        "LinearStatistics.gradient_energy": (exact.gradient_energy, {"weight": "ideal"}),
        "LinearStatistics.exponential_moment": (exact.exponential_moment, moment),
        "LinearStatistics.log_exponential_moment": (exact.log_exponential_moment, moment),
        "LinearStatistics.invisible": (exact.invisible, {"energy": 0.1, "leak": 0.1}),
        "GridStatistics": (gc.process.GridStatistics, {"processes": [process]}),
        "GridStatistics.scaled": (grid.scaled, {"factor": 2.0}),
        "FokkerPlanck.observable_score": (solved.observable_score, {"y": 0.5}),
        "Enclosure": (gc.Enclosure, {"value": 1.0, "lower": 0.5, "upper": 2.0}),
        "Enclosure.exact": (gc.Enclosure.exact, {"value": 1.0}),
        "Enclosure.contains": (value.contains, {"value": 1.0}),
        "Enclosure.certainly_at_most": (value.certainly_at_most, {"other": 1.0}),
        "Enclosure.clipped": (value.clipped, {"at_least": 0.0}),
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
        "load_sweep": (gc.lab.load_sweep, {"name": "correlation", "quick": True}),
        "read_sweep": (gc.lab.read_sweep, {"document": {}, "quick": True}),
        "assert_holds": (gc.testing.assert_holds, {"theorem": "prop-3.3", "instance": process, "decided": False}),
        "assert_unrefuted": (gc.testing.assert_unrefuted, {"theorem": "prop-3.3", "budget": 10, "seed": 1}),
    }
    for kind, model in (("KernelDensityModel", kernel), ("LawModel", fitted)):
        found[f"{kind}.score"] = (model.score, {"x": 0.5, "t": 0.1})
        found[f"{kind}.logpdf"] = (model.logpdf, {"x": 0.5})
        found[f"{kind}.sample"] = (model.sample, {"n": 5, "rng": 1})
    return found


def numbers(answer: Any) -> Iterator[float]:
    """Yield every float of an answer, by its public fields."""
    if isinstance(answer, float | np.floating):
        yield float(answer)
    elif isinstance(answer, np.ndarray) and answer.dtype.kind == "f":
        yield from answer.ravel()[:1000]
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


def classified(call: Callable[[], Any], argument: str) -> str:
    """Return the class of what one call does."""
    from gausscollapse import GaussCollapseError

    try:
        answer = call()
    except GaussCollapseError as error:
        text = str(error)
        named = argument.partition("/")[0] in text or "accepted" in text or "=" in text
        return REFUSED if named and len(text) <= 300 and text.isprintable() else "long or nameless refusal"
    except Late:
        return "timeout"
    except MemoryError:
        return "out of memory"
    except Exception as error:
        text = str(error)
        if isinstance(error, TypeError) and any(words in text for words in PYTHON):
            return REFUSED
        return f"foreign exception ({type(error).__name__})"
    return "silent NaN" if any(np.isnan(number) for number in numbers(answer)) else GOOD


def cases(calls: int, seed: int, *, more: bool = False) -> list[tuple[str, str, str]]:
    """Return (callable, argument, hostile value), every pair once and drawn pairs of two arguments beyond that."""
    draw = random.Random(seed)
    bad = sorted(hostile())
    known = targets(more=more)
    found = [(name, argument, value) for name, (_, right) in known.items() for argument in right for value in bad]
    draw.shuffle(found)
    several = [(name, tuple(right)) for name, (_, right) in known.items() if len(right) > 1]
    while len(found) < calls:
        name, right = draw.choice(several)
        found.append((name, "/".join(draw.sample(right, 2)), "/".join(draw.choices(bad, k=2))))
    return found[:calls]


class Late(BaseException):
    """A call ran out of time; no `except Exception` of the package takes it for an error of its own."""


def _late(*_: object) -> None:
    raise Late


def work(chosen: list[tuple[str, str, str]]) -> Iterator[str]:
    """Yield the class of each case; runs in the subprocess."""
    bad = hostile()
    known = targets()
    if any(name not in known for name, *_ in chosen):
        known |= further()
    signal.signal(signal.SIGALRM, _late)
    for name, arguments, values in chosen:
        function, right = known[name]
        keys = arguments.split("/")
        warm = values == RIGHT
        picked = dict(right)
        if not warm:
            picked |= {key: bad[value]() for key, value in zip(keys, values.split("/"), strict=True)}
        signal.setitimer(signal.ITIMER_REAL, 0.0 if warm else SECONDS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                outcome = classified(lambda f=function, k=picked: f(**k), arguments)
            except Late:
                outcome = "timeout"
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        yield outcome


def run_batch(chosen: list[tuple[str, str, str]], package: str) -> list[str]:
    """Return the classes of a batch; what kills the subprocess or never returns is counted, and the rest goes on."""
    done: list[str] = []
    while len(done) < len(chosen):
        environment = os.environ | {"PYTHONPATH": package, "GAUSSCOLLAPSE_FUZZ": "1"}
        task = json.dumps(chosen[len(done) :])
        command = [sys.executable, __file__, "--worker"]
        timeout = 120.0 + 0.5 * BATCH
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        ) as process:
            try:
                out, _ = process.communicate(task, timeout=timeout)
                ended = "crash"
            except subprocess.TimeoutExpired:
                process.kill()
                out, _ = process.communicate()
                ended = "timeout"
        before = len(done)
        done += [line[1:] for line in out.splitlines() if line.startswith("=")]
        if len(done) < len(chosen):
            done.append(ended)
        if len(done) == before:
            raise RuntimeError("a subprocess did nothing")
    return done


def main() -> int:
    """Run the calls and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=8000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--package", default=str(Path(__file__).parents[1]))
    parser.add_argument("--more", action="store_true", help="also methods of statistics, and rooms seldom called")
    parser.add_argument("--show", type=int, default=40)
    parser.add_argument("--worker", action="store_true")
    options = parser.parse_args()
    if options.worker:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        for outcome in work([tuple(case) for case in json.loads(sys.stdin.read())]):
            print("=" + outcome, flush=True)
        return 0
    # What is compiled within the limit of a call, and cut off, would be compiled again and again.
    warm = [(name, next(iter(right)), RIGHT) for name, (_, right) in targets(more=options.more).items()]
    run_batch(warm, options.package)
    chosen = cases(options.calls, options.seed, more=options.more)
    table: collections.Counter[str] = collections.Counter()
    instances: list[str] = []
    for start in range(0, len(chosen), BATCH):
        batch = chosen[start : start + BATCH]
        for case, outcome in zip(batch, run_batch(batch, options.package), strict=True):
            table[outcome] += 1
            if outcome not in (GOOD, REFUSED):
                instances.append(f"{outcome}: {' | '.join(case)}")
    for line in sorted(instances)[: options.show]:
        print(line)
    for outcome, count in table.most_common():
        print(f"{count:6d}  {outcome}")
    return int(bool(instances))


if __name__ == "__main__":
    sys.exit(main())

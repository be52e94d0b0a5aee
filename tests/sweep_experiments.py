"""Experiments for the tests of sweeps, and a driver that runs one in a process of its own.

``python -m tests.sweep_experiments FILE OUT [--workers N | --scheduler ADDRESS]``
"""

import argparse
import os
import signal
import time
from pathlib import Path

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.lab.experiment import Experiment, Measurement
from gausscollapse.lab.sweep import run_sweep
from gausscollapse.lab.sweep_file import read_sweep
from gausscollapse.lab.tables import read_document

GENERATIONS = 5


def check(settings):
    if settings.get("fresh", 0.5) > 1.0:
        raise InvalidArgumentError("fresh", settings["fresh"], "is outside [0, 1]", "a number in [0, 1]")


def walk(settings, key):
    """A mean of n normals a generation: its expectation 0 and its standard error 1/sqrt(n) are known."""
    if settings.get("fail_at") == settings.get("fresh"):
        raise ZeroDivisionError("as the test wants it")
    mark = settings.get("kill_worker_once")
    if mark and settings["fresh"] == settings["kill_at"] and not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(settings.get("sleep", 0.0))
    rng = np.random.default_rng(key)
    generations = settings.get("generations", GENERATIONS)
    draws = rng.standard_normal((generations + 1, settings.get("n", 4)))
    found = {
        "mean": Measurement(("generation",), draws.mean(1), "mean of standard normals", "length"),
        "mean_error": Measurement(("generation",), draws.std(1, ddof=1) / 2.0, "its standard error", "length"),
        "mean_expected": Measurement(("generation",), np.zeros(generations + 1), "zero", "length"),
        "count": Measurement((), np.array(draws.size), "number of draws"),
        "fresh": Measurement(("generation",), np.full(generations + 1, settings.get("fresh", 0.5)), "fresh fraction"),
    }
    if settings.get("samples"):
        pictures = np.abs(rng.standard_normal((generations + 1, 16, 8, 8))).cumsum(axis=2)
        points = rng.standard_normal((generations + 1, 50, settings["samples"]))
        found["pictures"] = Measurement(("generation", "picture", "row", "column"), pictures, "samples")
        found["points"] = Measurement(("generation", "point", "coordinate"), points, "samples", "length")
        weights = rng.dirichlet([3.0, 2.0, 1.0], size=generations + 1)
        found["mode_weight"] = Measurement(("generation", "mode"), weights, "weight of each mode")
    return found


KNOWN = {"walk": Experiment("walk", check, walk, lambda settings: 0.02 + settings.get("sleep", 0.0))}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--scheduler")
    given = parser.parse_args()
    run_sweep(read_sweep(read_document(given.file), known=KNOWN), given.out,
              workers=given.workers, scheduler=given.scheduler)  # fmt: skip

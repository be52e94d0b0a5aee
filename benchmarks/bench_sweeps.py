"""Overhead of a sweep of 1000 cells, beside a plain Python loop over the same cells in the same run.

Run with ``python -m pytest benchmarks/bench_sweeps.py -s``. The loop calls the experiment and keeps the arrays in
memory; the sweep starts its workers, sends cells, checks and writes each to the disk, and assembles the dataset. The
experiment does next to nothing, so the difference is overhead; the goal is 10 ms a cell.
"""

from __future__ import annotations

import time

import numpy as np

from gausscollapse.lab.cells import cells
from gausscollapse.lab.experiment import Experiment, Measurement
from gausscollapse.lab.sweep import run_sweep
from gausscollapse.lab.sweep_file import Sweep

COUNT = 1000
GOAL = 10.0


def tiny(settings, key):
    values = np.random.default_rng(key).standard_normal(21)
    return {"drift": Measurement(("generation",), settings["size"] * values**2, "a small trajectory")}


def bench(tmp_path, seconds):
    experiment = Experiment("tiny", lambda settings: None, tiny, lambda settings: seconds)
    sweep = Sweep("overhead", experiment, {}, {"size": tuple(range(COUNT // 10))}, runs=10)
    begin = time.perf_counter()
    kept = [tiny(cell.settings, cell.key) for cell in cells(sweep)]
    loop = time.perf_counter() - begin
    begin = time.perf_counter()
    run_sweep(sweep, tmp_path / "out", workers=2)
    whole = time.perf_counter() - begin
    overhead = 1e3 * (whole - loop) / len(kept)
    print(
        f"\n{COUNT} cells, {seconds:g} s estimated each: loop {loop:.2f} s, sweep {whole:.2f} s, "
        f"overhead {overhead:.1f} ms a cell (goal {GOAL:g} ms)"
    )


def test_overhead_in_batches(tmp_path):
    bench(tmp_path, 0.001)


def test_overhead_one_cell_a_task(tmp_path):
    bench(tmp_path, 1.0)

"""Exact reverse processes in a batch, beside a plain `solve_ivp` loop at equal accuracy in the same run.

Run with ``python -m pytest benchmarks/bench_reverse.py -s``. The peer integrates mean, covariance, the tangent
system and both energies in the plain coordinates with DOP853, at the loosest tolerance whose worst error over a
sample is below our stated 1e-9. It runs on a share of the instances and is scaled up; both are timed in turn, and the
ratio is of medians.
"""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import gausscollapse as gc
from gausscollapse.process import Batch, LinearStatistics

COUNT, SHARE, ROUNDS = 1000, 20, 5
GOALS = {2: 50.0, 8: 10.0}


def processes(dim: int) -> list[gc.ReverseProcess]:
    rng = np.random.default_rng(dim)
    made = []
    for _ in range(COUNT):
        factor = rng.standard_normal((dim, dim))
        data = gc.Gaussian(rng.standard_normal(dim), factor @ factor.T / dim + 0.05 * np.eye(dim))
        error = gc.AffineError(0.1 * rng.standard_normal((dim, dim)), 0.1 * rng.standard_normal(dim))
        made.append(gc.ReverseProcess(data, gc.OrnsteinUhlenbeck(horizon=4.0, stop=0.02), error))
    return made


def ours(made: list[gc.ReverseProcess]) -> np.ndarray:
    s = LinearStatistics(Batch.of(made))
    return np.stack([np.asarray(x.value) for x in (s.ideal_energy, s.learned_energy, s.observability)], axis=1)


def peer(process: gc.ReverseProcess, rtol: float) -> np.ndarray:
    data, diffusion, error = process.data, process.diffusion, process.error
    d, eye = data.dim, np.eye(data.dim)
    A, b = error.matrix, error.offset

    def rates(s: float, state: np.ndarray) -> np.ndarray:
        t = diffusion.horizon - s
        keep = np.exp(-0.5 * t)
        mean, cov = keep * data.mean, keep**2 * data.cov - np.expm1(-t) * eye
        precision = np.linalg.inv(cov)
        m, m1 = state[:d], state[d : 2 * d]
        V, V1 = state[2 * d : 2 * d + d * d].reshape(d, d), state[2 * d + d * d : 2 * d + 2 * d * d].reshape(d, d)
        drift = 0.5 * eye - precision
        full = drift + A
        forced = A @ cov
        ideal = np.sum((A @ mean + b) ** 2) + np.sum(forced * A)
        learned = np.sum((A @ m + b) ** 2) + np.sum((A @ V) * A)
        rate_V, rate_V1 = full @ V, drift @ V1 + forced
        return np.concatenate(
            [
                full @ m + precision @ mean + b,
                drift @ m1 + A @ mean + b,
                (rate_V + rate_V.T + eye).ravel(),
                (rate_V1 + rate_V1.T).ravel(),
                [ideal, learned],
            ]
        )

    start = diffusion.marginal(data, diffusion.horizon)
    first = np.concatenate([start.mean, np.zeros(d), start.cov.ravel(), np.zeros(d * d + 2)])
    span = (0.0, diffusion.horizon - diffusion.stop)
    last = solve_ivp(rates, span, first, method="DOP853", rtol=rtol, atol=1e-2 * rtol).y[:, -1]
    end = diffusion.marginal(data, diffusion.stop)
    precision = np.linalg.inv(end.cov)
    m1, V1 = last[d : 2 * d], last[2 * d + d * d : 2 * d + 2 * d * d].reshape(d, d)
    turned = precision @ V1
    observed = m1 @ precision @ m1 + 0.5 * np.sum(turned * turned.T)
    return np.array([last[-2], last[-1], observed / last[-2]])


@pytest.mark.parametrize("dim", sorted(GOALS))
def test_batch_against_solve_ivp(dim: int, benchmark) -> None:
    made = processes(dim)
    found = ours(made)
    sample = made[:SHARE]
    truth = np.array([peer(process, 1e-13) for process in sample])
    mistake = np.max(np.abs(found[:SHARE] / truth - 1.0))
    rtol = next(
        r
        for r in (1e-8, 1e-9, 1e-10, 1e-11, 1e-12)
        if np.max(np.abs(np.array([peer(process, r) for process in sample]) / truth - 1.0)) <= max(mistake, 1e-9)
    )
    mine, theirs = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        ours(made)
        mine.append(time.perf_counter() - start)
        start = time.perf_counter()
        for process in sample:
            peer(process, rtol)
        theirs.append((time.perf_counter() - start) * COUNT / SHARE)
    ratio = np.median(theirs) / np.median(mine)
    print(
        f"\nd = {dim}: {COUNT} instances in {np.median(mine):.3f} s, worst relative error {mistake:.1e}; "
        f"solve_ivp (rtol {rtol:.0e}) {np.median(theirs):.1f} s; ratio {ratio:.0f} (goal {GOALS[dim]:.0f})"
    )
    benchmark.extra_info.update(ratio=float(ratio), goal=GOALS[dim], rtol=rtol, worst_relative_error=float(mistake))
    benchmark.pedantic(ours, args=(made,), rounds=3)

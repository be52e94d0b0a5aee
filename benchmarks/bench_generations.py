"""Generations beside their peers, in one run: ``python benchmarks/bench_generations.py``.

- The score of a kernel density estimate: the tiled kernel, NumPy's matrices of all pairs, and scikit-learn's
  `KernelDensity` (which gives the density alone).
- One generation of the paper's mixture protocol: span and radius, and the general sampler.
"""

import argparse
import statistics
import time

import numpy as np
from sklearn.neighbors import KernelDensity

import gausscollapse as gc
from gausscollapse.retraining.channels import kernel_density
from gausscollapse.sampling.isotropic import perfect_process, sample_reverse

DIFFUSION = gc.OrnsteinUhlenbeck(4.0, 0.02)


def numpy_score(x, centres, bandwidth):
    out = np.empty_like(x)
    for first in range(0, x.shape[0], 500):
        part = x[first : first + 500]
        logs = -(np.sum(part**2, 1)[:, None] - 2.0 * part @ centres.T + np.sum(centres**2, 1)) / (2.0 * bandwidth**2)
        weights = np.exp(logs - logs.max(axis=1, keepdims=True))
        mean = weights @ centres / weights.sum(axis=1, keepdims=True)
        out[first : first + 500] = (mean - part) / bandwidth**2
    return out


def paper_law(age):
    means = np.zeros((5, 10))
    means[1:, :2] = [[4.0, 4.0], [4.0, -4.0], [-4.0, 4.0], [-4.0, -4.0]]
    data = gc.GaussianMixture(np.full(5, 0.2), means, 0.36 * np.eye(10))
    return gc.retrain(data, fresh=0.1, step=kernel_density(0.6, 10), generations=age).models[age]


def timed(jobs, rounds):
    found = {name: [] for name in jobs}
    for job in jobs.values():
        job()
    for _ in range(rounds):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            found[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in found.items()}


def table(title, seconds, unit):
    print(f"\n{title}\n| | seconds | ns a {unit[0]} | ours is faster by |\n|---|---|---|---|")
    ours = next(iter(seconds.values()))
    for name, value in seconds.items():
        print(f"| {name} | {value:.3f} | {1e9 * value / unit[1]:.2f} | {value / ours:.2f} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--paths", type=int, default=4096)
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    for d in (2, 10):
        centres, x = rng.standard_normal((4000, d)), rng.standard_normal((4000, d))
        model = gc.KernelDensityLearner(0.6).fit(centres, DIFFUSION)
        one = gc.KernelDensityLearner(0.6, threads=1).fit(centres, DIFFUSION)
        peer = KernelDensity(bandwidth=0.6).fit(centres)
        jobs = {
            "gausscollapse": lambda m=model, x=x: m.score(x, 0.0),
            "gausscollapse, one thread": lambda m=one, x=x: m.score(x, 0.0),
            "NumPy, all pairs": lambda x=x, c=centres: numpy_score(x, c, 0.6),
            "scikit-learn, density only": lambda p=peer, x=x: p.score_samples(x),
        }
        title = f"Kernel density in d = {d}: score at 4000 points of 4000 centres"
        table(title, timed(jobs, arguments.rounds), ("pair", 16e6))
    n, steps = arguments.paths, 500
    for age in (2, 10, 20):
        law = paper_law(age)
        process = perfect_process(law, DIFFUSION)
        jobs = {
            "span and radius": lambda law=law: sample_reverse(law, DIFFUSION, n, steps, 1),
            "general sampler": lambda process=process: gc.simulate(process, n, steps, 1),
        }
        title = f"Paper's mixture, age {age}: {n} paths of {steps} steps, {law.weights.size} components"
        table(title, timed(jobs, arguments.rounds), ("path-step", n * steps))


if __name__ == "__main__":
    main()

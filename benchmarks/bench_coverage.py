"""Coverage of the intervals from sampled paths, over many seeds, on three processes that are known exactly.

``python benchmarks/bench_coverage.py heavy`` (or ``offset``, ``plane``; ``--seeds 50 --paths 1000``) prints a table:
how many intervals miss the truth on the low and on the high side, and how many have an upper end. The truth is that
of continuous time, from the moment and Riccati equations; one-sided estimates are asked for their lower end alone.
Nothing here is compared with a sample. An interval that misses with probability 6e-7 is expected to miss never: one
miss in 200 has probability 1.2e-4.
"""

from __future__ import annotations

import argparse
import warnings
from collections import Counter
from collections.abc import Iterator

import numpy as np

import gausscollapse as gc
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.sampling import sampled_statistics
from gausscollapse.sampling.sampled_statistics import SampledStatistics

PROCESSES = {
    "heavy": gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(5.5, 0.0), gc.AffineError(0.2, 0.0)),
    "offset": gc.ReverseProcess(gc.Gaussian(0, 1), gc.OrnsteinUhlenbeck(2.0, 0.0), gc.AffineError(0.0, 0.3)),
    "plane": gc.ReverseProcess(
        gc.Gaussian([0.3, -0.2], [[1.0, 0.3], [0.3, 0.5]]),
        gc.OrnsteinUhlenbeck(1.5, 0.1),
        gc.AffineError([[0.05, 0.1], [-0.1, 0.05]], [0.15, 0.1]),
    ),
}
WEIGHTED = ("ideal_energy", "learned_energy", "path_kl", "path_chi2", "variation_square", "taylor_square",
            "martingale_remainder")  # fmt: skip
SAMPLED = (*(name for name in WEIGHTED if name != "path_kl"), "kl", "reverse_kl", "chi2", "observed_energy")
BOUNDS = ("hammersley_affine", "hammersley_quadratic")


def found(process: gc.ReverseProcess, paths: int, steps: int, seed: int) -> Iterator[tuple[str, Enclosure, float]]:
    """Yield name, interval and truth of everything that is printed of one process from one seed."""
    exact = process.statistics
    chains = gc.path_divergences(process, paths, steps, seed)
    for name in WEIGHTED:
        yield f"path_divergences {name}", getattr(chains, name).enclosure, float(getattr(exact, name).value[0])
    yield "path_divergences total_weight", chains.total_weight.enclosure, 1.0
    statistics = SampledStatistics([process], seed)
    for name in SAMPLED:
        yield f"conditional paths {name}", getattr(statistics, name)[0], float(getattr(exact, name).value[0])
    for name in BOUNDS:
        yield f"conditional paths {name}", getattr(statistics, name)()[0], float(getattr(exact, name)().value[0])
    observed, chi2 = float(exact.observed_energy.value[0]), float(exact.chi2.value[0])
    yield "paired_energy", gc.paired_energy(process, paths, seed).enclosure, observed
    run = gc.simulate(process, paths, steps, seed, law="ideal", functionals=True)
    gradient = gc.gradient_energy_estimate(process, paths, steps, seed, degree=2, slices=12)
    true_gradient = float(exact.gradient_energy("learned").value[0])
    for name, item, truth in (
        ("regressed_energy (lower)", gc.regressed_energy(process, run), observed),
        ("regressed_chi2 (lower)", gc.regressed_chi2(process, run), chi2),
        ("gradient_energy_estimate (lower)", gradient, true_gradient),
    ):
        low = float(item.enclosure.lower)
        yield name, Enclosure(max(item.value, low), low, np.inf, "", "statistical"), truth
    if process.path_chi2().finite:
        p, q = process.endpoint(), process.ideal_endpoint()
        for name, truth in (("kl", process.kl()), ("chi2", process.chi2())):
            answer = getattr(gc, name)(p, q, method="monte-carlo", draws=1 << 14, rng=seed)
            yield f"gc.{name} monte-carlo (level 0.999)", answer, float(truth)


def coverage(process: gc.ReverseProcess, *, seeds: int, paths: int, steps: int) -> dict[str, Counter[str]]:
    """Return how often each interval lies below or above the truth, and how often it has an upper end."""
    counts: dict[str, Counter[str]] = {}
    for seed in range(seeds):
        for name, interval, truth in found(process, paths, steps, seed):
            row = counts.setdefault(name, Counter())
            slack = 1e-6 * abs(truth) if np.isfinite(truth) else 0.0
            row["below"] += bool(interval.upper < truth - slack)
            row["above"] += bool(interval.lower > truth + slack)
            row["two-sided"] += bool(np.isfinite(interval.upper))
    return counts


def main() -> None:
    """Print the table of one process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("process", choices=[*PROCESSES])
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--paths", type=int, default=4000)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--ends", type=int, default=sampled_statistics.ENDS)
    options = parser.parse_args()
    sampled_statistics.ENDS = options.ends
    warnings.simplefilter("ignore")
    counts = coverage(PROCESSES[options.process], seeds=options.seeds, paths=options.paths, steps=options.steps)
    print(f"{options.process}, {options.seeds} seeds, {options.paths} paths, {options.steps} steps")
    print(f"{'interval':44} {'below':>6} {'above':>6} {'upper end':>10}")
    for name, row in counts.items():
        print(f"{name:44} {row['below']:6} {row['above']:6} {row['two-sided']:10}")


if __name__ == "__main__":
    main()

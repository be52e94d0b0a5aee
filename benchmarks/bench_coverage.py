"""Coverage of the intervals from sampled paths, over many seeds, on three processes that are known exactly.

``python benchmarks/bench_coverage.py heavy`` (or ``offset``, ``plane``; ``--seeds 50 --paths 4000``) prints a table:
how many intervals miss the truth on the low and on the high side, and how many have an upper end. The truth is that
of continuous time, proven in ball arithmetic by `gausscollapse.process.certified`, which shares nothing with the
samplers. Nothing here is compared with a sample. An interval that misses with probability 6e-7 is expected to miss
never: one miss in 200 has probability 1.2e-4. Of the Monte Carlo divergences 0.2 misses in 200 are expected.
"""

from __future__ import annotations

import argparse
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

import gausscollapse as gc
from gausscollapse.core.enclosure import Enclosure
from gausscollapse.process.certified import certified_statistics
from gausscollapse.sampling import sampled_statistics
from gausscollapse.sampling.girsanov import divergences_of
from gausscollapse.sampling.grids import time_grid
from gausscollapse.sampling.sampled_statistics import SampledStatistics
from gausscollapse.sampling.weight_moments import WeightMoments, chain_moments, process_moments

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


@dataclass(frozen=True)
class Known:
    """What all seeds share.

    Parameters
    ----------
    truths : mapping
        Proven values of continuous time.
    moments : WeightMoments
        Of the weights of the chain.
    limits : WeightMoments
        Of the weights in continuous time.
    """

    truths: Mapping[str, float]
    moments: WeightMoments
    limits: WeightMoments


def known(process: gc.ReverseProcess, steps: int) -> Known:
    """Return what all seeds share: proven truths, and the moments of the weights of the chain."""
    proven = certified_statistics(process)
    truths = {name: float(getattr(proven, name).value[0]) for name in {*WEIGHTED, *SAMPLED}}
    truths |= {name: float(getattr(proven, name)().value[0]) for name in BOUNDS}
    truths["gradient_energy"] = float(proven.gradient_energy("learned").value[0])
    return Known(truths, chain_moments(process, time_grid(process.diffusion, steps)), process_moments(process))


def found(
    process: gc.ReverseProcess, shared: Known, *, paths: int, steps: int, seed: int
) -> Iterator[tuple[str, Enclosure, float]]:
    """Yield name, interval and truth of everything that is printed of one process from one seed."""
    truths = shared.truths
    run = gc.simulate(process, paths, steps, seed, law="ideal", functionals=True)
    learned = gc.simulate(process, paths, steps, seed, law="learned", functionals=True, first=paths)
    chains = divergences_of(run, learned, moments=shared.moments)
    for name in WEIGHTED:
        yield f"path_divergences {name}", getattr(chains, name).enclosure, truths[name]
    yield "path_divergences total_weight", chains.total_weight.enclosure, 1.0
    statistics = SampledStatistics([process], seed)
    statistics.__dict__["_moments"] = (shared.limits,)
    for name in SAMPLED:
        yield f"conditional paths {name}", getattr(statistics, name)[0], truths[name]
    for name in BOUNDS:
        yield f"conditional paths {name}", getattr(statistics, name)()[0], truths[name]
    observed = truths["observed_energy"]
    yield "paired_energy", gc.paired_energy(process, paths, seed).enclosure, observed
    gradient = gc.gradient_energy_estimate(process, paths, steps, seed, degree=2, slices=12)
    yield "regressed_energy", gc.regressed_energy(process, run).enclosure, observed
    yield "regressed_chi2", gc.regressed_chi2(process, run).enclosure, truths["chi2"]
    yield "gradient_energy_estimate", gradient.enclosure, truths["gradient_energy"]
    if np.isfinite(truths["path_chi2"]):
        p, q = process.endpoint(), process.ideal_endpoint()
        for name in ("kl", "chi2"):
            answer = getattr(gc, name)(p, q, method="monte-carlo", draws=1 << 14, rng=seed)
            yield f"gc.{name} monte-carlo (level 0.999)", answer, truths[name]


def coverage(process: gc.ReverseProcess, *, seeds: int, paths: int, steps: int) -> dict[str, Counter[str]]:
    """Return how often each interval lies below or above the truth, and how often it has an upper end."""
    counts: dict[str, Counter[str]] = {}
    shared = known(process, steps)
    for seed in range(seeds):
        for name, interval, truth in found(process, shared, paths=paths, steps=steps, seed=seed):
            row = counts.setdefault(name, Counter())
            row["below"] += bool(interval.upper < truth)
            row["above"] += bool(interval.lower > truth)
            row["two-sided"] += bool(np.isfinite(interval.upper))
    return counts


def main() -> None:
    """Print the table of one process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("process", choices=[*PROCESSES])
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--paths", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--ends", type=int, default=1000)
    options = parser.parse_args()
    sampled_statistics.ENDS = options.ends
    warnings.simplefilter("ignore")
    counts = coverage(PROCESSES[options.process], seeds=options.seeds, paths=options.paths, steps=options.steps)
    print(
        f"{options.process}, {options.seeds} seeds, {options.paths} paths, {options.steps} steps, {options.ends} ends"
    )
    print(f"{'interval':44} {'below':>6} {'above':>6} {'upper end':>10}")
    for name, row in counts.items():
        print(f"{name:44} {row['below']:6} {row['above']:6} {row['two-sided']:10}")


if __name__ == "__main__":
    main()

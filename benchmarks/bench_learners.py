"""The residual network beside the Gaussian fit: relative error of the score over time, on two laws, by seed.

``python -m benchmarks.bench_learners`` needs torch. The error is ``|s_hat - s| / |s|`` in L^2 of the marginal, on
20 000 points that no learner saw; where the network is worse than the fit at some time the script fails.
"""

import argparse
import sys
import time

import numpy as np

import gausscollapse as gc
from gausscollapse.lab.threads import one_thread

DIFFUSION = gc.OrnsteinUhlenbeck(4.0, 0.02)
TIMES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 4.0)
ANGLES = np.arange(8) * np.pi / 4.0
EIGHT = gc.GaussianMixture(
    np.full(8, 0.125), 4.0 * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1), 0.09 * np.eye(2)
)
CORNERS = np.zeros((5, 10))
CORNERS[1:, :2] = [[4, 4], [4, -4], [-4, 4], [-4, -4]]
PAPER = gc.GaussianMixture(np.full(5, 0.2), CORNERS, 0.36 * np.eye(10))
LAWS = {"eight modes": EIGHT, "paper mixture": PAPER}


def relative(score, data, t, count=20_000):
    """Return the relative L2 error of a score at a time."""
    law = DIFFUSION.marginal(data, t)
    points = law.sample(count, 9)
    true = law.score(points)
    gap = score(points, t) - true
    return float(np.sqrt(np.mean(np.sum(gap**2, axis=1)) / np.mean(np.sum(true**2, axis=1))))


def errors(learner, data, samples, key):
    """Return by time the relative error of the network and that of the Gaussian fit to the same samples."""
    drawn = data.sample(samples, key)
    with one_thread():
        scores = [kind.fit(drawn, DIFFUSION, key=key).score for kind in (learner, gc.GaussianLearner())]
        return {t: tuple(relative(score, data, t) for score in scores) for t in TIMES}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--steps", type=int, default=gc.TorchLearner().steps)
    parser.add_argument("--keys", type=int, nargs="+", default=[1])
    options = parser.parse_args()
    worse = []
    for key in options.keys:
        found, seconds = {}, []
        for name, data in LAWS.items():
            print(f"{name}, key {key} ...", file=sys.stderr, flush=True)
            start = time.process_time()
            found[name] = errors(gc.TorchLearner(steps=options.steps), data, options.samples, key)
            seconds.append(time.process_time() - start)
        spent = " and ".join(f"{part:.0f}" for part in seconds)
        print(f"\nkey {key}, {options.samples} samples, {options.steps} steps; {spent} s of a processor")
        print("| t | " + " | ".join(f"{name} | Gaussian fit" for name in LAWS) + " |\n|" + " --- |" * 5)
        for t in TIMES:
            pairs = [found[name][t] for name in LAWS]
            print(f"| {t:g} | " + " | ".join(f"{value:.2g}" for pair in pairs for value in pair) + " |")
            worse += [(key, name, t) for name, (network, fit) in zip(LAWS, pairs, strict=True) if network > fit]
    print("nowhere worse than the Gaussian fit" if not worse else f"worse than the Gaussian fit: {worse}")
    sys.exit(bool(worse))


if __name__ == "__main__":
    main()

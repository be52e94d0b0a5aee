"""Paired times of commands in two or more trees: processor time and wall time, warm and with an empty kernel cache.

Run as ``python benchmarks/bench_commands.py before=/path/to/checkout now=. --pairs 3 --only help figure``. Every pair
runs a command once in each tree, in turning order, so that what else the machine does meets all of them. The numbers
are medians over pairs; a share is the median of the quotients within pairs, by processor time, which other people's
work distorts least. Processor time is that of the command and all processes that it started.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# {out} is an empty folder of its own.
COMMANDS: Mapping[str, Sequence[str]] = {
    "help": ("--help",),
    "regimes": ("plot", "regimes", "--figure", "{out}/regimes.png"),
    "figure": ("simulate", "alternating", "--figure", "{out}/figure.png"),
    "prop-3.1": ("verify", "prop-3.1"),
    "prop-3.1 without referee": ("verify", "prop-3.1", "--no-referee"),
    "quick": ("verify", "--budget", "quick"),
    "verify without referee": ("verify", "--no-referee"),
    "verify": ("verify",),
}
COLD = "cold "


@dataclass(frozen=True)
class Timing:
    """Seconds of one run."""

    processor: float
    wall: float


def timed(tree: Path, arguments: Sequence[str], cache: str | None) -> Timing | str:
    """Run a command in a tree; return its times, or the last line of what it complained of."""
    # With bytecode kept, as a user's Python keeps it.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": str(tree), "MPLBACKEND": "agg"}
    if cache is not None:
        environment["NUMBA_CACHE_DIR"] = cache
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "gausscollapse", *(part.format(out=out) for part in arguments)]
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["failed"])[-1]
    return Timing(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


def run(tree: Path, name: str) -> Timing | str:
    """Run one of `COMMANDS`, with a cache of its own where its name begins with "cold"."""
    if not name.startswith(COLD):
        return timed(tree, COMMANDS[name], None)
    with tempfile.TemporaryDirectory() as cache:
        return timed(tree, COMMANDS[name.removeprefix(COLD)], cache)


def paired(trees: Mapping[str, Path], name: str, pairs: int, *, warm: bool) -> dict[str, list[Timing]]:
    """Run a command in every tree so many times, the trees in turn; trees that do not know it have no times."""
    found: dict[str, list[Timing]] = {label: [] for label in trees}
    refused: set[str] = set()
    # The first run of a warm command may compile, and does not count.
    spare = int(not warm and not name.startswith(COLD))
    rounds = range(pairs + spare)
    for number in rounds:
        labels = list(trees)
        for label in labels[number % len(labels) :] + labels[: number % len(labels)]:
            if label in refused:
                continue
            timing = run(trees[label], name)
            if isinstance(timing, str):
                refused.add(label)
                print(f"{label}, {name}: {timing}", file=sys.stderr)
            elif number >= spare:
                found[label].append(timing)
    return found


def table(name: str, found: Mapping[str, Sequence[Timing]]) -> str:
    """Return a line: median seconds of every tree, and shares of the first."""
    parts = [f"{name:28s}"]
    first = next(iter(found.values()))
    for label, timings in found.items():
        if not timings:
            parts.append(f"{label}: none")
            continue
        processor = statistics.median(item.processor for item in timings)
        wall = statistics.median(item.wall for item in timings)
        text = f"{label}: {processor:6.2f} s processor, {wall:6.2f} s wall"
        if first and timings is not first:
            share = statistics.median(b.processor / a.processor for a, b in zip(first, timings, strict=False))
            text += f" ({share:.2f})"
        parts.append(text)
    return " | ".join(parts)


def main() -> None:
    """Read the arguments, run, print a line for each command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "trees", nargs="+", metavar="NAME=PATH", help="checkouts; the first is what others are told by"
    )
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--warm", action="store_true", help="kernels are compiled already: every run counts")
    names = [*COMMANDS, *(COLD + name for name in COMMANDS)]
    parser.add_argument("--only", nargs="+", default=[*COMMANDS, COLD + "verify"], choices=names, metavar="COMMAND")
    given = parser.parse_args()
    trees = {label: Path(path).resolve() for label, _, path in (item.partition("=") for item in given.trees)}
    for name in given.only:
        print(table(name, paired(trees, name, given.pairs, warm=given.warm)), flush=True)


if __name__ == "__main__":
    main()

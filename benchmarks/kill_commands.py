"""Commands killed at chosen moments: is a sweep that was killed resumed to the byte, and is no written file lost?

Run as ``python benchmarks/kill_commands.py --kills 6 --only tails-vanish``. A sweep runs once undisturbed, which
gives its time and its bytes. Then it is killed (SIGKILL, the whole process group), at moments spread over that time,
the first ones after some milliseconds; each time it is started again, killed once more, and started a third time
without disturbance: its results must have the same bytes. An output (``--json``, ``--html``, ``--figure``) is written
over an older one and killed: the file must be the older one or a whole new one, and nothing may lie beside it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SWEEPS = ("gaussian-mle", "tails-vanish", "modes-vanish", "correlation", "fresh-fractions")
# {out} is the file to write.
OUTPUTS: Mapping[str, Sequence[str]] = {
    "json": ("verify", "prop-3.1", "--budget", "quick", "--json", "{out}"),
    "html": ("verify", "prop-3.1", "--budget", "quick", "--html", "{out}"),
    "figure": ("simulate", "alternating", "--figure", "{out}"),
}
SUFFIXES: Mapping[str, str] = {"json": ".json", "html": ".html", "figure": ".png"}
# Seconds after which the first kills come: before and while the folder is made.
EARLY = (0.02, 0.3)
PATIENCE = 900.0


@dataclass(frozen=True)
class Kill:
    """What became of one command that was killed."""

    name: str
    after: float
    outcome: str

    @property
    def good(self) -> bool:
        """Whether nothing was lost."""
        return self.outcome in ("same bytes", "older file", "whole new file", "ended before")


def start(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own."""
    command = [sys.executable, "-m", "gausscollapse", *arguments]
    environment = {**os.environ, "MPLBACKEND": "agg"}
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True, env=environment
    )


def finish(arguments: Sequence[str]) -> tuple[float, str]:
    """Run a command to its end; return its seconds, and what it complained of if it failed."""
    begin, process = time.perf_counter(), start(arguments)
    _, complaint = process.communicate(timeout=PATIENCE)
    words = complaint.decode(errors="replace").strip().splitlines()
    return time.perf_counter() - begin, "" if process.returncode == 0 else (words or ["failed"])[-1]


def kill(arguments: Sequence[str], after: float) -> bool:
    """Start a command and kill all its processes after some seconds; return whether it still ran."""
    process = start(arguments)
    try:
        process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return True
    return False


def digest(folder: Path) -> str:
    """Return a digest of all files of a folder and of their names."""
    found = hashlib.sha256()
    for path in sorted(item for item in folder.rglob("*") if item.is_file()):
        found.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def moments(seconds: float, count: int, generator: random.Random) -> Sequence[float]:
    """Return so many moments within the time of a run, the early ones first."""
    spread = [
        seconds * (part + generator.random()) / max(1, count - len(EARLY)) for part in range(count - len(EARLY))
    ]
    return [*EARLY[:count], *spread]


def sweep_kills(name: str, count: int, folder: Path, generator: random.Random) -> Iterator[Kill]:
    """Yield what became of a sweep that is killed twice and started a third time."""

    def command(out: Path) -> Sequence[str]:
        return ("sweep", name, "--quick", "--workers", "2", "--out", str(out))

    whole = folder / "whole"
    seconds, complaint = finish(command(whole))
    if complaint:
        yield Kill(name, 0.0, complaint)
        return
    expected = digest(whole / "results.zarr")
    for place, after in enumerate(moments(seconds, count, generator)):
        out = folder / f"killed-{place}"
        hit = kill(command(out), after)
        hit |= kill(command(out), generator.uniform(0.3, 0.8) * seconds)
        _, complaint = finish(command(out))
        same = not complaint and digest(out / "results.zarr") == expected
        yield Kill(name, after, complaint or ("same bytes" if same and hit else "ended before" if same else "DIFFER"))


def output_kills(name: str, count: int, folder: Path, generator: random.Random) -> Iterator[Kill]:
    """Yield what became of a file over which a command writes while it is killed."""
    path = folder / f"out{SUFFIXES[name]}"
    command = [part.format(out=path) for part in OUTPUTS[name]]
    seconds, complaint = finish(command)
    if complaint:
        yield Kill(name, 0.0, complaint)
        return
    whole, older = len(path.read_bytes()), b"older"
    # Most kills meet the last fifth of the run, where the file is written.
    for after in [seconds * (0.8 + 0.25 * generator.random()) for _ in range(count)]:
        path.write_bytes(older)
        hit = kill(command, after)
        found, beside = path.read_bytes(), sorted(item.name for item in folder.iterdir() if item != path)
        kept = "older file" if found == older else "whole new file" if len(found) > 0.9 * whole else "HALF A FILE"
        left = [item for item in beside if not item.startswith(".")]
        yield Kill(name, after, f"LEFT {left}" if left else kept if hit else "ended before")


def main() -> int:
    """Kill, print the table; 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=6, help="kills of each command")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[], help=f"some of {', '.join((*SWEEPS, *OUTPUTS))}")
    options = parser.parse_args()
    generator, found = random.Random(options.seed), []
    for name in options.only or (*SWEEPS, *OUTPUTS):
        with tempfile.TemporaryDirectory() as folder:
            run = output_kills if name in OUTPUTS else sweep_kills
            for item in run(name, options.kills, Path(folder), generator):
                found.append(item)
                print(f"{item.name:18} killed after {item.after:6.2f} s: {item.outcome}", flush=True)
    good = sum(item.good for item in found)
    print(
        f"{good} of {len(found)} lost nothing; {sum(item.outcome == 'ended before' for item in found)} ended before"
    )
    return 0 if good == len(found) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Commands in surroundings that no one tests in: closed pipes, full devices, odd terminals, no home, interrupts.

    python benchmarks/fuzz_surroundings.py [--only NAME ...] [--commands NAME ...] [--interrupts 4] [--show]

Each command runs in a new process and a new folder. Allowed are an answer, and a refusal in one line with exit
status 2; where the reader of standard output has gone, silence; an interrupt is one line and exit status 130, or came
too late. Anything else, and whatever else lies in the folder, is a failure.

answer       exit status 0, or 1 of a verdict, and no error words
refusal      exit status 2, or 130 of an interrupt, and one line
gone         nobody reads, and nothing is said; or an interrupt met Python itself, before the package or at the end
bad          a traceback, an ignored exception, many lines, another status, or files that are left
timeout      no end within the limit
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CLASSES = ("answer", "refusal", "gone", "bad", "timeout")
LONGEST = len("gausscollapse: ") + 300
PATIENCE = 120.0
# {out} is a name without its ending in the folder of the call.
COMMANDS: Mapping[str, Sequence[str]] = {
    "help": ("--help",),
    "list": ("list",),
    "literature": ("list", "--literature"),
    "show": ("show", "prop-3.1"),
    "simulate": ("simulate",),
    "trajectory": ("simulate", "coherent", "--output", "{out}.json"),
    "figure": ("simulate", "coherent", "--figure", "{out}.png"),
    "plan": ("plan", "0.3", "--generations", "10"),
    "dry run": ("sweep", "correlation", "--quick", "--dry-run"),
    "explore": ("explore", "--no-open", "--output", "{out}.html"),
    "trial": ("trial", "exponential", "--steps", "10"),
    "allocation": ("plot", "allocation", "--figure", "{out}.svg"),
    "verify": ("verify", "prop-3.1", "--budget", "quick", "--no-boxes", "--json", "{out}.json"),
}
WRITING = ("trajectory", "figure", "explore", "allocation", "verify")


@dataclass(frozen=True)
class Place:
    """Where a command runs: variables (None: not there), its standard output, and what is in its way."""

    variables: Mapping[str, str | None] | None = None
    output: str = "kept"
    prepared: str = ""
    interrupted: bool = False


PLACES: Mapping[str, Place] = {
    "as usual": Place(),
    "no colours": Place({"NO_COLOR": "1", "TERM": "dumb"}),
    "one column": Place({"COLUMNS": "1", "LINES": "1"}),
    "columns of words": Place({"COLUMNS": "wide"}),
    "many columns": Place({"COLUMNS": "100000"}),
    "ascii": Place({"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}),
    "latin": Place({"LC_ALL": "C", "PYTHONIOENCODING": "latin-1:strict"}),
    "no home": Place({"HOME": None, "XDG_CACHE_HOME": None, "XDG_CONFIG_HOME": None}),
    "home nowhere": Place({"HOME": "/nonexistent", "MPLCONFIGDIR": None}),
    "no variables": Place({"PATH": None, "TERM": None, "LANG": None, "TMPDIR": "/nonexistent"}),
    "display of another": Place({"MPLBACKEND": "no such backend", "DISPLAY": ":77"}),
    "warnings are errors": Place({"PYTHONWARNINGS": "error::RuntimeWarning"}),
    "reader gone": Place(output="gone"),
    "output closed": Place(output="closed"),
    "output full": Place(output="/dev/full"),
    "folder gone": Place(prepared="gone"),
    "file is a folder": Place(prepared="folder"),
    "file is a pipe": Place(prepared="pipe"),
    "file is a link to nothing": Place(prepared="dangling"),
    "file is a link to itself": Place(prepared="circle"),
    "file is full": Place(prepared="full"),
    "file has a long name": Place(prepared="long"),
    "folder is a file": Place(prepared="below"),
    "interrupt": Place(interrupted=True),
}
NAMED = ("folder", "pipe", "dangling", "circle", "full", "long", "below")


def prepare(folder: Path, prepared: str, ending: str) -> str:
    """Put in the way what is asked for; return the name of the file to write, without its ending."""
    path = folder / f"out{ending}"
    if prepared == "folder":
        path.mkdir()
    elif prepared == "pipe":
        os.mkfifo(path)
    elif prepared == "dangling":
        path.symlink_to("nowhere/at-all")
    elif prepared == "circle":
        path.symlink_to(path.name)
    elif prepared == "full":
        path.symlink_to("/dev/full")
    elif prepared == "long":
        return "x" * 300
    elif prepared == "below":
        (folder / "file").write_text("x")
        return "file/out"
    return "out"


def judged(status: int, words: str, place: Place) -> str:
    """Return the class of an ending."""
    if place.interrupted and (status == -signal.SIGINT or status == 130) and "gausscollapse" not in words:
        return "gone"
    if "Traceback" in words or "Exception ignored" in words or "Error in atexit" in words:
        return "bad"
    lines = [line for line in words.split("\n") if line and "Warning" not in line and not line.startswith("  ")]
    if place.output in ("gone", "closed") and not lines and status in (0, 1, 2, -signal.SIGPIPE, 141, 120):
        return "answer" if status == 0 else "gone"
    if status in (0, 1) and not lines:
        return "answer"
    one = len(lines) == 1 and len(lines[0]) <= LONGEST and lines[0].isprintable()
    # Python may end a process that was interrupted by the signal itself, which a shell shows as 130.
    fair = (2, 130, -signal.SIGINT) if place.interrupted else (2,)
    return "refusal" if one and status in fair else "bad"


def answer(name: str, place: Place, after: float | None = None) -> tuple[str, int | None, str]:
    """Run one command; return the class of its end, its status and its words."""
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept) / "here"
        folder.mkdir()
        ending = Path(COMMANDS[name][-1]).suffix
        out = prepare(folder, place.prepared, ending)
        command = [sys.executable, "-m", "gausscollapse", *(part.format(out=out) for part in COMMANDS[name])]
        environment = {**os.environ, "MPLBACKEND": "agg"}
        for key, value in (place.variables or {}).items():
            environment.pop(key, None)
            if value is not None:
                environment[key] = value
        # A pipe without a reader is waited for, as by any program: here it has one.
        pipe = folder / f"{out}{ending}"
        other = subprocess.Popen(["cat", pipe], stdout=subprocess.DEVNULL) if place.prepared == "pipe" else None
        reader, writer = os.pipe()
        script, shell = (
            {"closed": '"$@" >&-', "kept": '"$@"', "gone": '"$@"'}.get(place.output, '"$@" >/dev/full'),
            "sh",
        )
        if place.prepared == "gone":
            script = 'rmdir "$PWD"; ' + script
        process = subprocess.Popen(
            ["/bin/sh", "-c", f"exec {script}" if place.prepared != "gone" else script, shell, *command],
            cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        os.close(writer)
        if place.output == "gone":
            os.close(reader)
        else:
            # Nothing that these commands print fills a pipe of the usual size; a thread would read it all the same.
            os.set_blocking(reader, False)
        try:
            if after is not None:
                time.sleep(after)
                os.killpg(process.pid, signal.SIGINT)
            words = process.communicate(timeout=PATIENCE)[1].decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return "timeout", None, ""
        finally:
            if place.output != "gone":
                os.close(reader)
            if other is not None:
                other.kill()
                other.wait()
        left = [item.name for item in folder.iterdir()] if folder.exists() else []
        stray = [item for item in left if item not in (f"out{ending}", "file")]
        if stray:
            return "bad", process.returncode, f"left {stray}: {words}"
        return judged(process.returncode, words, place), process.returncode, words


def main() -> int:
    """Run the commands everywhere and print the table; 1 if any ended badly."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=list(PLACES), choices=list(PLACES), metavar="NAME")
    parser.add_argument("--commands", nargs="*", default=list(COMMANDS), choices=list(COMMANDS), metavar="NAME")
    parser.add_argument("--interrupts", type=int, default=4, help="moments of interrupts of each command")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="print each call that ended badly")
    options = parser.parse_args()
    draw, table = random.Random(options.seed), {name: collections.Counter[str]() for name in options.only}
    for name in options.commands:
        begin = time.monotonic()
        answer(name, Place())
        seconds = time.monotonic() - begin
        for where in options.only:
            place = PLACES[where]
            if place.prepared in NAMED and name not in WRITING:
                continue
            count = options.interrupts if place.interrupted else 1
            for number in range(count):
                after = seconds * (number + draw.random()) / count if place.interrupted else None
                found, status, words = answer(name, place, after)
                table[where][found] += 1
                if options.show and found in ("bad", "timeout"):
                    print(json.dumps([where, name, status, after, words[-600:]]), flush=True)
    print("".join(f"{cell:>11}" for cell in ("", *CLASSES)).rjust(80))
    for where, counts in table.items():
        print(f"{where:<25}" + "".join(f"{counts[name]:>11}" for name in CLASSES))
    total = sum(table.values(), collections.Counter[str]())
    print(f"{'all':<25}" + "".join(f"{total[name]:>11}" for name in CLASSES), flush=True)
    return int(total["bad"] + total["timeout"] > 0)


if __name__ == "__main__":
    sys.exit(main())

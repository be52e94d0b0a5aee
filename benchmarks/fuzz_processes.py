"""Run the fuzzer's calls in subprocesses; each answer is kept as soon as it is there."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

Case: TypeAlias = "tuple[str, str, str]"
Answer: TypeAlias = "tuple[str, str, float]"

BATCH = 250
# A call that no signal ends, and what is compiled before the first one.
SILENCE, FIRST = 40.0, 400.0
READY = b"ready"


def answers(
    command: list[str], environment: dict[str, str], warm: list[Case], chosen: list[Case], results: Path | None
) -> Iterator[tuple[Case, Answer]]:
    """Yield the answer of each case; those of the file of results are taken from there."""
    kept = read(results)
    missing = [case for case in chosen if case not in kept]
    yield from ((case, kept[case]) for case in chosen if case in kept)
    if missing:
        for _ in batch(command, environment, warm):
            pass
    start, done = time.monotonic(), 0
    for first in range(0, len(missing), BATCH):
        for case, answer in batch(command, environment, missing[first : first + BATCH]):
            if results is not None:
                with results.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([case, answer]) + "\n")
            done += 1
            yield case, answer
        print(f"{done} of {len(missing)} calls, {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)


def read(results: Path | None) -> dict[Case, Answer]:
    """Return what a file of results holds; a line that was cut off is left out."""
    found: dict[Case, Answer] = {}
    if results is not None and results.exists():
        for line in results.read_text(encoding="utf-8").splitlines():
            try:
                case, answer = json.loads(line)
            except ValueError:
                continue
            found[tuple(case)] = tuple(answer)
    return found


def batch(command: list[str], environment: dict[str, str], chosen: list[Case]) -> Iterator[tuple[Case, Answer]]:
    """Yield the answers of a batch; what kills the subprocess or never returns is counted, and the rest goes on."""
    done = 0
    while done < len(chosen):
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(chosen[done:]).encode() + b"\n")
            process.stdin.close()
            ready, rest = False, b""
            while True:
                spoke = select.select([process.stdout], [], [], SILENCE if ready else FIRST)[0]
                piece = process.stdout.read1(1 << 16) if spoke else b""
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    if line.startswith(b"="):
                        yield chosen[done], tuple(json.loads(line[1:]))
                        done += 1
                    ready = ready or line == READY
                if not piece:
                    break
            process.kill()
        if not ready:
            raise RuntimeError("a subprocess ended before its first call")
        if done < len(chosen):
            yield chosen[done], ("crash" if spoke else "timeout", "", 0.0)
            done += 1

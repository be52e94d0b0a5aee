"""Mutants of core modules, each judged by the tests that exercise the module.

Run with ``python -m benchmarks.mutation --seed 1 --mutants 13 --results FILE``. One change is made at a time in a
copy of the package in a temporary directory, and the module's tests run there; the checkout is never written to. A
mutant is killed if a test fails, or if the tests outlast the timeout; what survives is printed as
``file:line before -> after``. Every result is written to FILE at once, and a run with the same FILE goes on where
the last one ended: what a changed module or changed tests may answer otherwise is run again.

``mutation_modules.toml`` has the modules, the tests of each, and the survivors that no test can see, with the reason:
they are counted as explained. Modules of kernels say so: their machine code is kept under a key that holds their
text, so that every mutant is compiled, which takes most of its time.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Queue

from benchmarks.mutants import Mutant, chosen

ROOT = Path(__file__).parents[1]
COPIED = ("gausscollapse", "tests", "benchmarks", "derivations", "examples", "pyproject.toml")
TABLE = Path(__file__).with_name("mutation_modules.toml")


@dataclass(frozen=True)
class Result:
    """What became of a mutant: ``killed``, ``timeout`` (counted as killed) or ``survived``; by which test."""

    mutant: Mutant
    outcome: str
    by: str = ""

    @property
    def killed(self) -> bool:
        return self.outcome != "survived"


@dataclass(frozen=True)
class Explained:
    """A mutant that no test can see: the text of its line (and of the one above, where needed) and the reason."""

    line: str
    before: str
    after: str
    why: str
    above: str | None = None

    def meets(self, mutant: Mutant, source: bytes) -> bool:
        above, there = (
            text.decode().strip() for text in (b"", *source.splitlines())[mutant.line - 1 : mutant.line + 1]
        )
        known = self.above is None or above == self.above
        return known and (there, mutant.before, mutant.after) == (self.line, self.before, self.after)


@dataclass(frozen=True)
class Target:
    """A module, the arguments of pytest that run its tests, and its mutants that are explained."""

    module: str
    tests: tuple[str, ...]
    explained: tuple[Explained, ...] = ()
    kernels: bool = False

    def reason(self, mutant: Mutant, source: bytes) -> str:
        return next((item.why for item in self.explained if item.meets(mutant, source)), "")


def targets(path: Path = TABLE) -> list[Target]:
    """Return the table of modules."""
    entries = tomllib.loads(path.read_text())["modules"]
    return [
        Target(
            entry["path"],
            tuple(entry["tests"]),
            tuple(Explained(**item) for item in entry.get("explained", ())),
            entry.get("kernels", False),
        )
        for entry in entries
    ]


@contextmanager
def copies(root: Path, count: int) -> Iterator[list[Path]]:
    """Hold ``count`` copies of the project, one for each worker."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        places = [Path(folder) / str(k) for k in range(count)]
        for place in places:
            place.mkdir()
            for name in COPIED:
                if (root / name).is_dir():
                    shutil.copytree(root / name, place / name, ignore=shutil.ignore_patterns("*.pyc"))
                elif (root / name).exists():
                    shutil.copy2(root / name, place / name)
        yield places


def _bytecode(place: Path, module: str) -> list[Path]:
    source = place / module
    return list((source.parent / "__pycache__").glob(f"{source.stem}.*.pyc"))


def tested(place: Path, tests: tuple[str, ...], timeout: float, *, keep: bool) -> tuple[str, str]:
    """Run the tests in a copy: ``survived`` if they pass, ``timeout`` if they do not end; and the test that failed.

    Where `keep`, the bytecode of all modules is left behind, which saves the next run the time to compile it.
    """
    environment = {**os.environ, "PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "" if keep else "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(command, cwd=place, env=environment, timeout=timeout, capture_output=True, check=False)
    except subprocess.TimeoutExpired:
        return "timeout", ""
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout.decode(errors="replace"), re.MULTILINE)
    return ("survived", "") if done.returncode == 0 else ("killed", failed.group(1) if failed else "import")


def run(
    root: Path,
    module: str,
    tests: tuple[str, ...],
    picked: list[Mutant],
    *,
    timeout: float,
    workers: int,
    record: Callable[[Result], None] = lambda result: None,
) -> list[Result]:
    """Judge mutants of a module. The tests must pass on the module as it is, or no kill means anything."""
    source = (root / module).read_bytes()
    with copies(root, workers) as places:
        for place in places:
            outcome, by = tested(place, tests, timeout, keep=True)
            if outcome != "survived":
                raise RuntimeError(f"the tests of {module} do not pass without a mutant: {outcome} {by}")
            # A mutant of the same size within the same second would not be compiled.
            for file in _bytecode(place, module):
                file.unlink()
        free: Queue[Path] = Queue()
        for place in places:
            free.put(place)

        def judged(mutant: Mutant) -> Result:
            place = free.get()
            try:
                (place / module).write_bytes(mutant.apply(source))
                result = Result(mutant, *tested(place, tests, timeout, keep=False))
                record(result)
                return result
            finally:
                (place / module).write_bytes(source)
                free.put(place)

        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(judged, picked))


class Results:
    """Lines of JSON, one a mutant, written as they come; later lines replace earlier ones."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.known: dict[str, tuple[str, str]] = {}
        if path is not None and path.exists():
            for line in path.read_text().splitlines():
                entry = json.loads(line)
                self.known[entry["key"]] = entry["outcome"], entry["by"]

    def add(self, key: str, module: str, result: Result) -> None:
        self.known[key] = result.outcome, result.by
        if self.path is not None:
            entry = {
                "key": key,
                "module": module,
                **asdict(result.mutant),
                "outcome": result.outcome,
                "by": result.by,
            }
            with self.path.open("a") as file:
                file.write(json.dumps(entry) + "\n")


def digest(*parts: bytes) -> str:
    """Return a key of what an answer depends on."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:24]


def keys_of(root: Path, target: Target, source: bytes, mutant: Mutant) -> dict[str, str]:
    """Return the key of each outcome: a kill holds until the module changes, survival until its tests do as well."""
    files = sorted({name.split("::")[0] for name in target.tests if name.startswith("tests/")})
    tests = b"".join((root / name).read_bytes() for name in files)
    place = f"{target.module} {mutant.start} {mutant.stop} {mutant.after}".encode()
    killed = digest(source, place)
    return {"killed": killed, "timeout": killed, "survived": digest(source, place, tests)}


def judge(
    root: Path, target: Target, results: Results, *, count: int, seed: int, timeout: float, workers: int
) -> list[Result]:
    """Judge a module's chosen mutants, but those whose result is known."""
    source = (root / target.module).read_bytes()
    drawn = chosen(source, count, seed, kernels=target.kernels)
    keys = {mutant: keys_of(root, target, source, mutant) for mutant in drawn}
    found: dict[Mutant, Result] = {}
    for mutant, named in keys.items():
        known = next((key for key in named.values() if key in results.known), None)
        if known is not None:
            found[mutant] = Result(mutant, *results.known[known])

    def record(result: Result) -> None:
        mutant = result.mutant
        results.add(keys[mutant][result.outcome], target.module, result)
        print(f"    {result.outcome:9}{target.module}:{mutant.line}  {mutant.before}  ->  {mutant.after}", flush=True)

    missing = [mutant for mutant in keys if mutant not in found]
    if missing:
        new = run(root, target.module, target.tests, missing, timeout=timeout, workers=workers, record=record)
        found |= {result.mutant: result for result in new}
    return [found[mutant] for mutant in keys]


def report(root: Path, target: Target, results: list[Result], seconds: float) -> None:
    source = (root / target.module).read_bytes()
    killed, late = sum(item.killed for item in results), sum(item.outcome == "timeout" for item in results)
    reasons = {item.mutant: target.reason(item.mutant, source) for item in results}
    open_ones = [item for item in results if not item.killed and not reasons[item.mutant]]
    explained = len(results) - killed - len(open_ones)
    numbers = f"{len(results):7} {killed:7} {late:8} {explained:9} {len(open_ones):8}"
    print(f"{target.module:44} {numbers} {seconds:7.0f} s", flush=True)
    for item in results:
        mutant, why = item.mutant, reasons[item.mutant]
        if item.killed and not why:
            continue
        what = "killed, although explained" if item.killed else (f"explained: {why}" if why else "SURVIVED")
        print(f"    {target.module}:{mutant.line}  {mutant.before}  ->  {mutant.after}  {what}", flush=True)


def main() -> None:
    table = targets()
    names = [target.module for target in table]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules", nargs="*", default=names, choices=names)
    parser.add_argument("--mutants", type=int, default=13)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=120.0)
    parser.add_argument("--results", type=Path)
    asked = parser.parse_args()
    results = Results(asked.results)
    every: list[Result] = []
    print(f"{'module':44} {'mutants':>7} {'killed':>7} {'timeouts':>8} {'explained':>9} {'survived':>8}")
    for target in table:
        if target.module not in asked.modules:
            continue
        start = time.perf_counter()
        found = judge(
            ROOT,
            target,
            results,
            count=asked.mutants,
            seed=asked.seed,
            timeout=asked.timeout,
            workers=asked.workers,
        )
        every += found
        report(ROOT, target, found, time.perf_counter() - start)
    print(f"{'all':44} {len(every):7} {sum(item.killed for item in every):7}")


if __name__ == "__main__":
    main()

"""Mutants of core modules, each judged by the tests that exercise the module.

Run with ``python -m benchmarks.mutation --seed 1 --mutants 13 --results FILE``. One change is made at a time in a
copy of the package in a temporary directory, and the module's tests run there; the checkout is never written to. A
mutant is killed if a test fails, or if the tests outlast the timeout; what survives is printed as
``file:line before -> after``. Every result is written to FILE at once, and a run with the same FILE goes on where
the last one ended: what a changed module or changed tests may answer otherwise is run again.

``mutation_modules.toml`` has the modules, the tests of each, and the survivors that no test can see, with the reason:
they are counted as explained.
"""

import argparse
import ast
import copy
import hashlib
import json
import os
import random
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

ROOT = Path(__file__).parents[1]
COPIED = ("gausscollapse", "tests", "benchmarks", "derivations", "examples", "pyproject.toml")
TABLE = Path(__file__).with_name("mutation_modules.toml")

COMPARISONS = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
}
OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
EXTREMES = {"max": "min", "min": "max", "maximum": "minimum", "minimum": "maximum"}
TEXTS = ("__repr__", "__str__")


@dataclass(frozen=True)
class Mutant:
    """One change of a module's text: the bytes from start to stop become ``after``."""

    line: int
    start: int
    stop: int
    before: str
    after: str

    def apply(self, source: bytes) -> bytes:
        return source[: self.start] + f"({self.after})".encode() + source[self.stop :]


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
    """A mutant that no test can see: the text of its line, the change and the reason."""

    line: str
    before: str
    after: str
    why: str

    def meets(self, mutant: Mutant, source: bytes) -> bool:
        there = source.splitlines()[mutant.line - 1].decode().strip()
        return (there, mutant.before, mutant.after) == (self.line, self.before, self.after)


@dataclass(frozen=True)
class Target:
    """A module, the arguments of pytest that run its tests, and its mutants that are explained."""

    module: str
    tests: tuple[str, ...]
    explained: tuple[Explained, ...] = ()

    def reason(self, mutant: Mutant, source: bytes) -> str:
        return next((item.why for item in self.explained if item.meets(mutant, source)), "")


def targets(path: Path = TABLE) -> list[Target]:
    """Return the table of modules."""
    entries = tomllib.loads(path.read_text())["modules"]
    return [
        Target(entry["path"], tuple(entry["tests"]), tuple(Explained(**item) for item in entry.get("explained", ())))
        for entry in entries
    ]


def mutable(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions that may change: no annotations, decorators, messages, patterns or compiled kernels."""
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.pattern):
        return
    if isinstance(node, ast.FunctionDef):
        if node.name in TEXTS or any("jit" in ast.unparse(item) for item in node.decorator_list):
            return
        defaults = (item for item in (*node.args.defaults, *node.args.kw_defaults) if item is not None)
        children: Iterator[ast.AST] = iter((*defaults, *node.body))
    elif isinstance(node, ast.AnnAssign):
        children = iter(() if node.value is None else (node.value,))
    elif isinstance(node, ast.ClassDef):
        children = iter(node.body)
    else:
        children = ast.iter_child_nodes(node)
    if isinstance(node, ast.expr):
        yield node
    for child in children:
        yield from mutable(child)


def changes(node: ast.expr) -> Iterator[ast.expr]:
    """Yield what stands in the place of an expression: each one a mutant."""
    match node:
        case ast.Compare(ops=[operator]):
            for other in COMPARISONS.get(type(operator), ()):
                yield ast.Compare(node.left, [other()], node.comparators)
        case ast.BinOp():
            if type(node.op) in OPERATORS:
                yield ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)
            if isinstance(node.op, ast.Add | ast.Sub):
                yield node.left
                yield node.right if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), node.right)
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            yield from (ast.Constant(new) for new in (2 * value, value + 1, 0) if new != value)
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        case ast.UnaryOp(op=ast.USub() | ast.Not()):
            yield node.operand
        case ast.Call(func=ast.Name(id="abs") | ast.Attribute(attr="abs"), args=[argument]):
            yield argument
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in EXTREMES:
            other = copy.deepcopy(node)
            if isinstance(other.func, ast.Name):
                other.func.id = EXTREMES[name]
            elif isinstance(other.func, ast.Attribute):
                other.func.attr = EXTREMES[name]
            yield other


def mutants(source: bytes) -> list[Mutant]:
    """Return every mutant of a module's text, in the order of the text."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for node in mutable(ast.parse(source)):
        start = starts[node.lineno - 1] + node.col_offset
        stop = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        for new in changes(node):
            found.append(Mutant(node.lineno, start, stop, ast.unparse(node), ast.unparse(new)))
    return sorted(found, key=lambda item: (item.start, item.stop, item.after))


def chosen(source: bytes, count: int, seed: int) -> list[Mutant]:
    """Return ``count`` of a module's mutants, drawn without replacement from the seed."""
    every = mutants(source)
    drawn = random.Random(seed).sample(every, min(count, len(every)))
    return sorted(drawn, key=lambda item: (item.start, item.after))


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
    keys = {mutant: keys_of(root, target, source, mutant) for mutant in chosen(source, count, seed)}
    found: dict[Mutant, Result] = {}
    for mutant, named in keys.items():
        for key in named.values():
            if key in results.known:
                found[mutant] = Result(mutant, *results.known[key])

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

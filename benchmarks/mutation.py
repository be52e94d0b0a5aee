"""Mutants of core modules, each judged by the tests that are the module's own.

Run with ``python -m benchmarks.mutation --mutants 13``. One change is made at a time in a copy of the package in a
temporary directory, and the module's tests run there; the checkout is never written to. A mutant is killed if a test
fails, or if the tests outlast the timeout; what survives is printed as ``file:line before -> after``.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).parents[1]
COPIED = ("gausscollapse", "tests", "benchmarks", "derivations", "examples", "pyproject.toml")

# The tests of each module: arguments of pytest.
OWN_TESTS: dict[str, tuple[str, ...]] = {
    "gausscollapse/core/enclosure.py": ("tests/test_enclosure.py",),
    "gausscollapse/divergences/closed.py": ("tests/test_divergences_closed.py",),
    "gausscollapse/divergences/certified/gaussians.py": ("tests/test_divergences_certified.py",),
    "gausscollapse/divergences/finiteness.py": ("tests/test_divergences_finiteness.py",),
    "gausscollapse/process/exact/enclosures.py": ("tests/test_statistics.py",),
    "gausscollapse/process/exact/statistics.py": ("tests/test_statistics.py",),
    "gausscollapse/retraining/_recursion.py": ("tests/test_discrete_law.py", "tests/test_retraining.py"),
    "gausscollapse/retraining/accumulation.py": ("tests/test_retraining.py",),
    "gausscollapse/checking/comparison.py": ("tests/test_enclosure.py", "tests/test_statements.py"),
    "gausscollapse/checking/evaluation.py": ("tests/test_statements.py",),
    "gausscollapse/checking/sides.py": ("tests/test_side_widths.py", "tests/test_statements.py"),
    "gausscollapse/checking/referee.py": ("tests/test_referee.py",),
}

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
    """What became of a mutant: ``killed``, ``timeout`` (counted as killed) or ``survived``."""

    mutant: Mutant
    outcome: str

    @property
    def killed(self) -> bool:
        return self.outcome != "survived"


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


def tested(place: Path, tests: tuple[str, ...], timeout: float) -> str:
    """Run the tests in a copy: ``survived`` if they pass, ``timeout`` if they do not end."""
    environment = {**os.environ, "PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(command, cwd=place, env=environment, timeout=timeout, capture_output=True, check=False)
    except subprocess.TimeoutExpired:
        return "timeout"
    return "survived" if done.returncode == 0 else "killed"


def run(
    root: Path, module: str, tests: tuple[str, ...], picked: list[Mutant], *, timeout: float, workers: int
) -> list[Result]:
    """Judge mutants of a module. The tests must pass on the module as it is, or no kill means anything."""
    source = (root / module).read_bytes()
    with copies(root, workers) as places:
        outcome = tested(places[0], tests, timeout)
        if outcome != "survived":
            raise RuntimeError(f"the tests of {module} do not pass without a mutant: {outcome}")
        free: Queue[Path] = Queue()
        for place in places:
            free.put(place)

        def judged(mutant: Mutant) -> Result:
            place = free.get()
            try:
                (place / module).write_bytes(mutant.apply(source))
                return Result(mutant, tested(place, tests, timeout))
            finally:
                (place / module).write_bytes(source)
                free.put(place)

        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(judged, picked))


def report(module: str, results: list[Result], seconds: float) -> None:
    killed, late = sum(item.killed for item in results), sum(item.outcome == "timeout" for item in results)
    left = len(results) - killed
    print(f"{module:52} {len(results):7} {killed:7} {late:8} {left:8} {seconds:7.0f} s", flush=True)
    for item in results:
        if not item.killed:
            print(f"    {module}:{item.mutant.line}  {item.mutant.before}  ->  {item.mutant.after}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules", nargs="*", default=list(OWN_TESTS), choices=list(OWN_TESTS))
    parser.add_argument("--mutants", type=int, default=13)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=120.0)
    chosen_options = parser.parse_args()
    print(f"{'module':52} {'mutants':>7} {'killed':>7} {'timeouts':>8} {'survived':>8}")
    for module in chosen_options.modules:
        start = time.perf_counter()
        picked = chosen((ROOT / module).read_bytes(), chosen_options.mutants, chosen_options.seed)
        options = {"timeout": chosen_options.timeout, "workers": chosen_options.workers}
        report(module, run(ROOT, module, OWN_TESTS[module], picked, **options), time.perf_counter() - start)


if __name__ == "__main__":
    main()

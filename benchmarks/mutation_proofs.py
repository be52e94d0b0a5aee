"""Mutants of proofs: a constant, a sign, an exponent at a time, each judged by the proofs and their tests.

Run with ``python -m benchmarks.mutation_proofs --seed 1 --mutants 7 --results FILE``. Each mutant lives in a process
of its own that reads one changed file; the checkout is never written to. It is killed if a proof that reads the file
is not PROVED any more or cannot be written, if a planted error is no longer found, or if a constant of the registry,
an independent number, a bridge to the package or a numeral of a reading contradicts it. Only the proofs that read
the file are run: those that cite it take its status over. Every result is written to FILE at once, and a run with the
same FILE goes on where the last one ended.

``mutation_proofs.toml`` has the survivors that nothing can see, with the reason: they are counted as explained.
"""

import argparse
import ast
import multiprocessing
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType

from benchmarks.mutants import Mutant
from benchmarks.mutation import ROOT, Explained, Result, Results, digest
from benchmarks.proof_mutants import chosen, of_mathematics, of_readings

TABLE = Path(__file__).with_name("mutation_proofs.toml")
FOLDERS = ("derivations", "derivations/lemmas")
SHARED = "derivations/frame/steps.py"
# Rooms that are read again in the process of each mutant.
READ_AGAIN = ("derivations", "tests", "formal")
TESTS = (
    "test_derivations", "test_derivations_constants", "test_derivations_readings", "test_derivations_suppositions",
    "test_bridges",
    "derivations_oracles", "bridge_numbers",
)  # fmt: skip


def files(root: Path = ROOT) -> list[str]:
    """Return the files of the proofs, and that of the steps they share."""
    found = [path for folder in FOLDERS for path in sorted((root / folder).glob("*.py"))]
    return [str(path.relative_to(root)) for path in found if not path.name.startswith("__")] + [SHARED]


def explained(path: Path = TABLE) -> dict[str, tuple[Explained, ...]]:
    """Return the explained survivors of each file."""
    entries = tomllib.loads(path.read_text())["files"]
    return {entry["path"]: tuple(Explained(**item) for item in entry["explained"]) for entry in entries}


class _Changed(MetaPathFinder, Loader):
    """A module whose text is given, in place of the one in its file."""

    def __init__(self, module: str, text: bytes, path: Path) -> None:
        self.module, self.text, self.path = module, text, path

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        return spec_from_loader(fullname, self, origin=str(self.path)) if fullname == self.module else None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(self.path)
        exec(compile(self.text, str(self.path), "exec"), module.__dict__)


def module_of(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def readers(path: str, root: Path = ROOT) -> set[str]:
    """Return the modules of proofs that read a file, itself among them."""
    imports = {}
    for file in files(root):
        tree = ast.parse((root / file).read_bytes())
        imports[module_of(file)] = {item.module for item in ast.walk(tree) if isinstance(item, ast.ImportFrom)}
    found, before = {module_of(path)}, set[str]()
    while found != before:
        before = set(found)
        found |= {module for module, read in imports.items() if read & found}
    return found - {module_of(SHARED)}


def checks(modules: set[str]) -> Iterator[tuple[str, Callable[[], bool]]]:
    """Yield what can kill a mutant of the proofs in these modules, quick ones first."""
    from derivations.frame.catalogue import MODULES, derive
    from derivations.frame.record import Status
    from tests import derivations_oracles, test_bridges, test_derivations
    from tests import test_derivations_constants as constants
    from tests import test_derivations_readings as readings
    from tests import test_derivations_suppositions as suppositions

    names = [name for name, module in MODULES.items() if module.__name__ in modules]
    yield (
        "constants",
        lambda: all(constants.agree(*pair) for pair in constants.PAIRS if pair[0] in names),
    )
    yield "step", lambda: all(derive(name).status is Status.PROVED for name in names)
    yield "supposition", lambda: all(suppositions.held(name) for name in names if name in suppositions.SUPPOSING)
    yield (
        "reading",
        lambda: all(
            readings.unheld(derive(name)) == readings.allowed(name)
            and readings.contained(derive(name)) >= readings.CONTAINED.get(name, 0)
            for name in names
        ),
    )
    yield (
        "number",
        lambda: all(test_derivations.meets(*case) for case in derivations_oracles.CASES if case[0] in names),
    )
    yield (
        "bridge",
        lambda: all(test_bridges.holds(bridge) for bridge in test_bridges.BRIDGES.values() if bridge.name in names),
    )
    yield (
        "planted error",
        lambda: all(
            test_derivations.fails(name, argument, value)
            for name in names
            for argument, value in MODULES[name].wrong.items()
        ),
    )


def outcome(modules: set[str]) -> tuple[str, str]:
    """Return whether the proofs of some modules survive, and what killed them; one that cannot be written is none."""
    try:
        for name, holds in checks(modules):
            if not holds():
                return "killed", name
    except Exception as error:
        return "killed", f"refused: {type(error).__name__}"
    return "survived", ""


def read_again() -> None:
    """Forget the modules that a change of a proof may change."""
    for name in [name for name in sys.modules if name.split(".")[0] in READ_AGAIN]:
        del sys.modules[name]


def _judge(connection: Connection, path: str, text: bytes, root: Path, modules: set[str]) -> None:
    read_again()
    sys.meta_path.insert(0, _Changed(module_of(path), text, root / path))
    connection.send(outcome(modules))


def judged(path: str, mutant: Mutant, timeout: float, root: Path = ROOT) -> Result:
    """Judge one mutant in a process of its own."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    text = mutant.apply((root / path).read_bytes())
    process = context.Process(target=_judge, args=(theirs, path, text, root, readers(path, root)))
    process.start()
    theirs.close()
    try:
        found = ours.recv() if ours.poll(timeout) else ("timeout", "")
    except EOFError:
        found = "killed", "refused: crash"
    process.kill()
    process.join()
    return Result(mutant, *found)


def keys_of(root: Path, path: str, mutant: Mutant) -> dict[str, str]:
    """Return the key of each outcome: a kill holds until the file changes, survival until the tests do as well."""
    source = (root / path).read_bytes()
    place = f"{path} {mutant.start} {mutant.stop} {mutant.after}".encode()
    paths = [root / "tests" / f"{name}.py" for name in TESTS] + sorted((root / "tests").glob("bridges*.py"))
    tests = b"".join(path.read_bytes() for path in paths)
    killed = digest(source, place)
    return {"killed": killed, "timeout": killed, "survived": digest(source, place, tests)}


def judge_file(
    path: str, picked: list[Mutant], results: Results, *, timeout: float, root: Path = ROOT
) -> list[Result]:
    """Judge mutants of a file, but those whose result is known."""
    found = []
    for mutant in picked:
        keys = keys_of(root, path, mutant)
        known = next((key for key in keys.values() if key in results.known), None)
        if known is not None:
            found.append(Result(mutant, *results.known[known]))
            continue
        result = judged(path, mutant, timeout, root)
        results.add(keys[result.outcome], path, result)
        found.append(result)
    return found


def report(path: str, results: list[Result], reasons: tuple[Explained, ...], seconds: float, root: Path) -> int:
    """Print a file's figures and survivors, and return how many are not explained."""
    source = (root / path).read_bytes()
    why = {item: next((it.why for it in reasons if it.meets(item.mutant, source)), "") for item in results}
    killed = sum(item.killed for item in results)
    survivors = [item for item in results if not item.killed]
    open_ones = sum(not why[item] for item in survivors)
    print(
        f"{path:44} {len(results):7} {killed:7} {len(survivors) - open_ones:9} {open_ones:8} {seconds:6.0f} s",
        flush=True,
    )
    for item in survivors:
        change = f"{path}:{item.mutant.line}  {item.mutant.before}  ->  {item.mutant.after}"
        print(f"    {change}  {f'explained: {why[item]}' if why[item] else 'SURVIVED'}", flush=True)
    return open_ones


def main() -> int:
    names = files()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", nargs="*", default=names, choices=names)
    parser.add_argument("--mutants", type=int, default=7, help="changes of the mathematics in each file")
    parser.add_argument("--readings", type=int, default=2, help="changes of numerals of readings in each file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=120.0)
    parser.add_argument("--results", type=Path)
    asked = parser.parse_args()
    for path in asked.files:
        # This also reads everything that the mutants' processes then share.
        if (found := outcome(readers(path)))[0] != "survived":
            raise RuntimeError(f"{path} does not pass without a mutant: {found[1]}")
    results, known = Results(asked.results), explained()
    by: Counter[str] = Counter()
    total = open_ones = 0
    print(f"{'file':44} {'mutants':>7} {'killed':>7} {'explained':>9} {'survived':>8}")
    for path in asked.files:
        start, source = time.perf_counter(), (ROOT / path).read_bytes()
        picked = chosen(of_mathematics(source), asked.mutants, asked.seed)
        picked += chosen(of_readings(source), asked.readings, asked.seed)
        found = judge_file(path, picked, results, timeout=asked.timeout)
        total += len(found)
        by.update(item.by.split(":")[0] or item.outcome for item in found)
        open_ones += report(path, found, known.get(path, ()), time.perf_counter() - start, ROOT)
    print(f"{total} mutants; " + ", ".join(f"{count} {name}" for name, count in by.most_common()))
    return 1 if open_ones else 0


if __name__ == "__main__":
    sys.exit(main())

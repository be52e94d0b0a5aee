"""Hostile calls of the command line, sorted by what came back: an answer, one line, or something worse.

    python benchmarks/fuzz_command_line.py [--calls 1000] [--seed 0] [--seconds 20] [--show] [--kind KIND ...]

Each call runs in a fork of a process that has loaded the package, through the entry point, with limits of time and
memory. Calls are drawn from a seed: the same seed gives the same calls to any version of the package.

answer       exit status 0 or 1 and nothing but warnings on standard error
refusal      exit status 2 and one line of at most 300 characters
usage        exit status 2 and the parser's own words
long         a refusal of more than a line, of more than 300 characters, or with control characters
traceback    any other exception, or a process that died
timeout      no answer within the limit
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import pkgutil
import random
import resource
import select
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

CLASSES = ("answer", "refusal", "usage", "long", "traceback", "timeout")
LONGEST = len("gausscollapse: ") + 300
MEMORY = 6 * 2**30

SCENARIOS = (
    '[data]\nmean = [1.0]\ncov = [[0.25]]\n[diffusion]\nhorizon = 4.0\nstop = 0.02\n'
    '[error]\nkind = "affine"\nmatrix = [[0.15]]\noffset = [0.25]\n',
    '[data]\nmean = [0.0, 1.0]\ncov = [[1.0, 0.2], [0.2, 2.0]]\n[diffusion]\nhorizon = 3.0\n'
    '[error]\nkind = "solenoidal"\nmatrix = [[0.0, 0.1], [-0.1, 0.0]]\n',
    '[data]\nmean = [0.0]\ncov = [[1.0]]\n[retraining]\nfresh = 0.5\ngenerations = 4\n'
    '[retraining.step]\nkind = "offset"\noffset = [0.1]\n',
    '[data]\nkind = "mixture"\nweights = [0.5, 0.5]\nmeans = [[-1.0], [1.0]]\ncovs = [[[1.0]], [[1.0]]]\n'
    '[retraining]\nfresh = 0.5\ngenerations = 2\n[retraining.step]\nkind = "offset"\noffset = [0.1]\n',
)  # fmt: skip
NEWER = (
    '[data]\nmean = [0.7]\ncov = [[0.25]]\n[diffusion]\nhorizon = 4.0\nstop = 0.02\n[process]\n'
    'start = "standard-normal"\n[error]\nkind = "affine"\nmatrix = [[0.0]]\noffset = [0.07]\n'
    '[sampler]\nsteps = 20\ngrid = "uniform"\nscheme = "euler-maruyama"\n',
    '[data]\nmean = [0.0]\ncov = [[0.5]]\n[error]\nkind = "amplified"\nfactor = 0.05\n'
    '[sampler]\nsteps = 10\nscheme = "exponential"\n[sampler.schedule]\nkind = "exploding"\nlowest = 0.01\n'
    'highest = 80.0\nrho = 7.0\n',
    '[data]\nmean = [0.0, 0.0]\ncov = [[0.05, 0.0], [0.0, 2.0]]\n[diffusion]\nhorizon = 4.0\nstop = 0.02\n'
    '[error]\nkind = "affine"\nmatrix = [[0.0, 0.0], [0.0, 0.0]]\noffset = [0.0, 0.1]\n'
    '[sampler]\nsteps = 10\ngrid = "optimal"\nscheme = "martingale"\n',
    '[data]\nmean = [0.0]\ncov = [[1.0]]\n[diffusion]\nhorizon = 4.0\n[retraining]\nfresh = 0.4\ngenerations = 2\n'
    '[retraining.step]\nkind = "affine"\nmatrix = [[0.0]]\noffset = [0.2]\nenergy = 0.5\n',
    '[data]\nmean = [0.0]\ncov = [[1.0]]\n[retraining]\nfresh = [0.2, 0.5, 0.5]\ngenerations = 3\n'
    'workflow = { kind = "window", length = 2 }\n'
    '[retraining.step]\nkind = "drifting-offset"\ndirection = [0.1]\nenergy = { kind = "harmonic", size = 1.0 }\n',
    '[texture]\nsize = 8\nexponent = 2.4\ncorner = 3.0\n[diffusion]\nhorizon = 3.0\nstop = 0.001\n'
    '[[run]]\nname = "fades"\nfresh = 0.0\ngenerations = 2\n'
    'error = { kind = "fading", strength = 0.5, above = 4.0 }\n'
    '[[run]]\nname = "drifts"\nfresh = 0.33\ngenerations = 2\nerror = { brightness = 0.04 }\n',
)  # fmt: skip
SWEEPS = (
    '[sweep]\ntitle = "drift"\nexperiment = "trajectory"\nruns = 2\nseed = 1\n'
    '[settings]\ndata = { mean = [0.0], cov = [[1.0]] }\n'
    'retraining = { fresh = 0.5, generations = 3, step = { kind = "offset", offset = [0.1] } }\n'
    '[grid]\n"retraining.fresh" = [0.2, 0.8]\n[quick]\nruns = 1\n',
    '[sweep]\ntitle = "tails"\nexperiment = "generations"\nruns = 2\n'
    '[settings]\nfresh = 0.0\ngenerations = 3\nsamples = 50\nsampling = "exact"\n'
    'data = { kind = "gaussian", mean = [0.0], cov = [[1.0]] }\nlearner = { kind = "gaussian" }\n'
    'measure = { tails = 2.0, evaluation = 50 }\n[grid]\nfresh = [0.0, 0.5]\n[quick]\nruns = 1\n',
    '[sweep]\ntitle = "tails"\nexperiment = "generations"\n[settings]\nfresh = 0.5\ngenerations = 3\nsamples = 50\n'
    'sampling = "euler-maruyama"\ndiffusion = { horizon = 4.0, stop = 0.02 }\nsampler = { steps = 20 }\n'
    'data = { kind = "isotropic-mixture", deviation = 0.5, means = [[0.0, 0.0], [3.0, 0.0]] }\n'
    'learner = { kind = "kernel-density", bandwidth = 0.3 }\nmeasure = { modes = true }\n'
    "[grid]\nfresh = [0.0, 0.5]\n",
)  # fmt: skip
VALUES = (
    "nan", "inf", "-inf", "1e308", "-1e308", "5e-324", "-0.0", "0", "-1", "1", "2", "1.5",
    "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1" + 400 * "0", 5000 * "1",
    "0x" + 5000 * "f", "1e400", '""', '"text"', '"\\u0000"', '"\\u001b[31mred\\nline"',
    '"' + 5000 * "x" + '"', "true", "false", "[]", "[[]]", "[[], 1]", "{}", "{ kind = 1 }",
    '{ kind = "mixture" }', "[1, 'a', true]", "[nan]", "[[nan]]", "[[inf]]", "[[1e308, 0], [0]]", "[1e308]",
    "[[1e308]]", "[[1e-320]]", "1979-05-27", "0001-01-01T00:00:00", "9999-99-99", "07:32:00",
    "[" + "1.0, " * 20000 + "]", 200 * "[" + 200 * "]", 5000 * "[" + 5000 * "]", "[9223372036854775807]", "_",
    "1__0", "[[0.0]]", "[0.0, 0.0, 0.0]", "1_000_000_000_000", "1e18", "'''a\nb'''", "{ a.b.c = 1 }",
)  # fmt: skip
LINES = (
    "[a.b.c]\nx = 1\n", '"new\\nline" = 1\n', '"\\u001b[2J" = { "\\r" = 1 }\n', 900 * "k" + " = 1\n", "= 1\n",
    "[[data]]\n", "x = \n", "\x00\n", "[retraining]\n", ".".join(5000 * "a") + " = 1\n",
    "[" + ".".join(2000 * "b") + "]\n", "#" * 999 + "\n", '"" = 1\n', '[grid]\n"a\\nb" = [1, 2]\n',
    "x = " + 3000 * "{ x = " + "1" + 3000 * " }" + "\n", "data = 3\n", "\ufeff\n",
)  # fmt: skip
WORDS = (
    "", " ", "-", "--", "nowhere", "nowhere.toml", ".", "/", "/dev/null", "/dev/zero", "/etc/shadow", "a\nb",
    "\x1b[31m", "x" * 5000, "nan", "inf", "-1", "0", "1", "1e9", "9" * 30, "9" * 5000, "9223372036854775808",
    "quick", "thorough", "png", "exe", "é" * 50, "\udc80", "tcp://", "tcp://localhost:1", "tcp://x:99999",
    "regimes", "prop-3.1", "prop-9.9", "no/such/x.png", "./x.png", "x.json", "x.exe", ".png", "folder",
    "empty.toml", "coherent", "tails-vanish", "../..", "%s%n", "{0}", "[bold]", "$(id)",
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """Arguments of a call, and the files that it is given by name."""

    kind: str
    arguments: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...] = ()


def changed(rng: random.Random, text: str) -> bytes:
    """Return a document with one to three things in it that should not be there."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        lines = text.splitlines(keepends=True)
        place = rng.randrange(len(lines))
        way = rng.random()
        if way < 0.6:
            # The value of a key: what is behind one of the signs of equality.
            head, *rest = lines[place].split(" = ")
            if rest:
                cut = rng.randrange(len(rest))
                tail = " = ".join(rest[cut + 1 :])
                value = rng.choice(VALUES)
                closing = " }" if head and "{" in lines[place] and not tail else ""
                lines[place] = " = ".join([head, *rest[:cut], value]) + (", " + tail if tail else closing + "\n")
        elif way < 0.75:
            lines.insert(place, rng.choice(LINES))
        elif way < 0.85:
            del lines[place]
        elif way < 0.9:
            lines.insert(place, lines[rng.randrange(len(lines))])
        else:
            old, new = rng.choice((("kind", "kinds"), ("[", "[["), ("0", "-1"), ("1", "1e300"), ('"', ""), ("=", "")))
            lines[place] = lines[place].replace(old, new)
        text = "".join(lines) or "\n"
    content = text.encode("utf-8", "surrogatepass")
    if rng.random() < 0.1:
        cut = rng.randrange(len(content))
        content = rng.choice((content[:cut], content[:cut] + bytes([rng.randrange(256)]) + content[cut + 1 :]))
    return content


def scenario(rng: random.Random) -> Call:
    """Return a call of `simulate` on a damaged scenario."""
    return Call("scenario", ("simulate", "s.toml"), (("s.toml", changed(rng, rng.choice(SCENARIOS))),))


def instance(rng: random.Random) -> Call:
    """Return a call of `verify` on a damaged scenario."""
    name = rng.choice(("prop-3.1", "prop-3.3", "thm-3.4", "realizable"))
    arguments = ("verify", name, "--instance", "s.toml", "--no-boxes")
    return Call("instance", arguments, (("s.toml", changed(rng, rng.choice(SCENARIOS))),))


def sweep_file(rng: random.Random) -> Call:
    """Return a call of `sweep` on a damaged sweep file, which is only estimated."""
    quick = ("--quick",) if rng.random() < 0.3 else ()
    document = changed(rng, rng.choice(SWEEPS))
    return Call("sweep file", ("sweep", "s.toml", "--dry-run", *quick), (("s.toml", document),))


def options(rng: random.Random) -> Call:
    """Return a call with hostile words for names and options."""
    command = rng.choice(("simulate", "sweep", "plot", "verify"))
    known = {
        "simulate": ("--figure", "--output"),
        "sweep": ("--out", "--workers", "--scheduler", "--quick"),
        "plot": ("--figure", "--out", "--format"),
        "verify": ("--instance", "--instances", "--seed", "--json", "--worst", "--budget", "--theorem", "--html"),
    }[command]
    # What would run for long is only estimated, or asked for a theorem that is not there.
    arguments = [command, *{"sweep": ("--dry-run",), "verify": ("prop-9.9",)}.get(command, ())]
    if rng.random() < 0.8 and command != "verify":
        arguments.append(rng.choice(WORDS))
    for option in rng.sample(known, rng.randrange(min(3, len(known)) + 1)):
        arguments += [option, rng.choice(WORDS)]
    return Call("options", tuple(arguments), (("empty.toml", b""), ("folder/x", b"x")))


def results(rng: random.Random) -> Call:
    """Return a call of `plot` or `sweep` on a folder with damaged files of a sweep."""
    texts = (
        "",
        "{",
        "[]",
        "{}",
        "null",
        "[" * 100_000,
        "1" * 5000,
        '{"description": 1, "fingerprint": 2}',
        "\x00\xff",
    )
    names = ("sweep.json", "results.zarr/.zmetadata", "results.zarr/zarr.json", "results.zarr/x/.zarray", "lock",
             "cells/0.cell", "results.zarr", "results.zarr/.zgroup", "results.zarr/x/c/0")  # fmt: skip
    chosen = rng.sample(names, rng.randrange(1, 4))
    chosen = [
        name for name in chosen if name != "results.zarr" or not any("results.zarr/" in each for each in chosen)
    ]
    files = tuple((f"out/{name}", rng.choice(texts).encode("latin-1")) for name in chosen)
    if rng.random() < 0.7:
        return Call("results", ("plot", "out"), files)
    document = SWEEPS[0].encode()
    return Call("results", ("sweep", "s.toml", "--dry-run", "--out", "out"), (*files, ("s.toml", document)))


def sampler_scenario(rng: random.Random) -> Call:
    """Return a call of `simulate` on a damaged scenario of a sampler, of score errors or of a texture."""
    return Call("newer scenario", ("simulate", "s.toml"), (("s.toml", changed(rng, rng.choice(NEWER))),))


def preset(rng: random.Random) -> Call:
    """Return a call on a damaged copy of a shipped sweep, which is only estimated."""
    quick = ("--quick",) if rng.random() < 0.3 else ()
    folder = Path(importlib.import_module("gausscollapse.lab").__file__ or "").parent / "sweep_presets"
    text = rng.choice(sorted(folder.glob("*.toml"))).read_text(encoding="utf-8")
    return Call("preset", ("sweep", "s.toml", "--dry-run", *quick), (("s.toml", changed(rng, text)),))


def newer(rng: random.Random) -> Call:
    """Return a call of a newer command with hostile words for names and options."""
    command, first, known = rng.choice(COMMANDS)
    arguments = [command]
    if first is not None:
        arguments += first if rng.random() < 0.5 else [rng.choice(WORDS)]
    arguments += ["--no-open"] if command == "explore" else []
    for option in rng.sample(known, rng.randrange(min(3, len(known)) + 1)):
        arguments += [option, rng.choice(WORDS)] if option.startswith("--") else [option]
    return Call("newer options", tuple(arguments), (("empty.toml", b""), ("folder/x", b"x")))


# Commands with arguments that are right, where they have some, and their options.
COMMANDS: tuple[tuple[str, list[str] | None, tuple[str, ...]], ...] = (
    ("trial", ["exponential", "--steps", "5", "--samples", "100"], ("--data", "--steps", "--html", "--figure")),
    ("trial", ["all"], ("--data", "--steps", "--samples")),
    ("plan", ["0.3"], ("--generations", "--correlation", "--aim", "--figure")),
    ("plot", ["spectrum"], ("--figure", "--out", "--format")),
    ("plot", ["tails"], ("--figure", "--out", "--format")),
    ("plot", ["allocation"], ("--figure", "--out", "--format")),
    ("plot", ["accumulate"], ("--figure", "--out")),
    ("explore", None, ("--output", "--lectures")),
    ("list", None, ("-literature", "--literature", "--nothing")),
    ("show", ["prop-3.1"], ("--nothing",)),
)  # fmt: skip
KINDS: dict[str, tuple[Callable[[random.Random], Call], float]] = {
    "scenario": (scenario, 0.3),
    "sweep file": (sweep_file, 0.3),
    "options": (options, 0.2),
    "instance": (instance, 0.1),
    "results": (results, 0.1),
}


# What has come since the first table; a set of their own, so that the first calls stay the same.
NEWER_KINDS: dict[str, tuple[Callable[[random.Random], Call], float]] = {
    "newer scenario": (sampler_scenario, 0.4),
    "preset": (preset, 0.25),
    "newer options": (newer, 0.35),
}
SETS = {"first": KINDS, "newer": NEWER_KINDS}


def calls(count: int, seed: int = 0, kinds: str = "first") -> Iterator[Call]:
    """Yield calls; the same seed gives the same calls."""
    rng = random.Random(seed)
    makers, weights = zip(*SETS[kinds].values(), strict=True)
    for _ in range(count):
        yield rng.choices(makers, weights)[0](rng)


def entry() -> Callable[[], None]:
    """Return the entry point of the package, in the house it has or had."""
    for name in ("gausscollapse.app.cli", "gausscollapse.cli"):
        try:
            found: Callable[[], None] = importlib.import_module(name).main
        except ModuleNotFoundError:
            continue
        return found
    raise ModuleNotFoundError("gausscollapse")


def judged(status: int | None, errors: str) -> str:
    """Return the class of an answer."""
    if status is None:
        return "timeout"
    if "Traceback (most recent call last)" in errors or status not in (0, 1, 2):
        return "traceback"
    if status < 2:
        return "answer"
    if "Usage:" in errors:
        return "usage"
    lines = [line for line in errors.split("\n") if line and "Warning" not in line and not line.startswith("  ")]
    fair = len(lines) == 1 and len(lines[0]) <= LONGEST and lines[0].isprintable()
    return "refusal" if fair else "long"


def _child(main: Callable[[], None], call: Call, folder: Path, errors: int) -> None:
    os.chdir(folder)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.dup2(errors, 2)
    sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False, errors="backslashreplace")  # noqa: SIM115
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.argv = ["gausscollapse", *call.arguments]
    status = 1
    try:
        main()
        status = 0
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)


def answer(main: Callable[[], None], call: Call, seconds: float) -> tuple[str, str]:
    """Make a call in a fork and return the class of what came back, and its words."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in call.files:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(content)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            os.setsid()
            _child(main, call, folder, writer)
        os.close(writer)
        pieces, end = [], time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if left <= 0.0 or not select.select([reader], [], [], left)[0]:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                os.close(reader)
                return "timeout", ""
            piece = os.read(reader, 1 << 16)
            if not piece:
                break
            pieces.append(piece)
        os.close(reader)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    words = b"".join(pieces).decode("utf-8", "replace")
    return judged(status, words), words


def table(found: dict[str, Counter[str]]) -> str:
    """Return counts by kind and class."""
    rows = [["", *CLASSES], *([kind, *(str(counts[name]) for name in CLASSES)] for kind, counts in found.items())]
    total = sum(found.values(), Counter())
    rows.append(["all", *(str(total[name]) for name in CLASSES)])
    return "\n".join(
        "".join(f"{cell:<12}" if i == 0 else f"{cell:>11}" for i, cell in enumerate(row)) for row in rows
    )


def load(package: str) -> None:
    """Load a package and what it loads late, once and not in every fork."""
    root = importlib.import_module(package)
    names = [entry.name for entry in pkgutil.walk_packages(root.__path__, f"{package}.", onerror=lambda _: None)]
    for name in ("numba", "xarray", "zarr", "rich.console", "scipy.special", "scipy.optimize", "flint", *names):
        if name.rpartition(".")[2] != "__main__":
            with contextlib.suppress(ImportError):
                importlib.import_module(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--kind", action="append", choices=(*KINDS, *NEWER_KINDS), help="only these kinds of calls")
    parser.add_argument(
        "--set", choices=tuple(SETS), default="first", help="calls of the first tables, or newer ones"
    )
    parser.add_argument("--show", action="store_true", help="print each call that came back badly")
    given = parser.parse_args()
    program = entry()
    load(program.__module__.partition(".")[0])
    found = {kind: Counter[str]() for kind in SETS[given.set]}
    for number, call in enumerate(calls(given.calls, given.seed, given.set)):
        if given.kind and call.kind not in given.kind:
            continue
        kind, words = answer(program, call, given.seconds)
        found[call.kind][kind] += 1
        if given.show and kind in ("long", "traceback", "timeout"):
            short = [argument[:60] for argument in call.arguments]
            files = {name: content[-300:].decode("utf-8", "replace") for name, content in call.files}
            print(
                json.dumps(
                    {"call": number, "class": kind, "arguments": short, "files": files, "words": words[-400:]}
                ),
                flush=True,
            )
        if number % 100 == 99:
            # What was found so far, so that a kill loses little.
            print(f"{number + 1} calls", table(found), sep="\n", file=sys.stderr, flush=True)
    print(table(found))


if __name__ == "__main__":
    main()

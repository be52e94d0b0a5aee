"""Compile the formal core and read what it assumes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore

SOURCES = Path(__file__).parent
# In the order of what they require.
CHAPTERS = (
    "Sums", "InnerProduct", "Retraining", "LongRun", "OneGeneration", "Atoms", "Offset", "EarlyStopping", "Swirl",
    "Samplers", "Beyond", "Norms", "Rates", "Workflows", "Spectrum", "Entropy", "Clock", "Numbers",
)  # fmt: skip
# Axioms of the real numbers of Coq's standard library, and excluded middle.
REALS = frozenset(
    {
        "ClassicalDedekindReals.sig_not_dec",
        "ClassicalDedekindReals.sig_forall_dec",
        "FunctionalExtensionality.functional_extensionality_dep",
        "Classical_Prop.classic",
    }
)
# Machine integers and floats, by which the interval tactics compute: allowed in the chapter of numbers alone.
MACHINE = ("PrimInt63.", "Uint63.", "PrimFloat.", "FloatAxioms.", "FloatOps.", "Sint63.")
ESCAPES = re.compile(r"\b(Admitted|admit|Axiom|Axioms|Conjecture|Parameter|Parameters|Abort)\b")
REQUIRED = re.compile(r"^Require Import ([\w\s]+)\.$", re.MULTILINE)
COMMENT = re.compile(r"\(\*.*?\*\)", re.DOTALL)


class CoqError(Exception):
    """Coq is not there, or refused a file."""


@dataclass(frozen=True)
class Chapter:
    """One compiled file.

    Parameters
    ----------
    name : str
        Without its ending.
    lines : int
        Of the source.
    seconds : float
        Spent.
    """

    name: str
    lines: int
    seconds: float


def compiler() -> str:
    """Return the path of coqc, or raise `CoqError`."""
    found = shutil.which("coqc")
    if found is None:
        packages = "coq libcoq-stdlib libcoq-coquelicot libcoq-interval"
        raise CoqError(f"coqc is not installed; on Debian: apt install {packages}")
    return found


def escapes(text: str) -> list[str]:
    """Return the words in a source by which a proof could be left out, comments apart."""
    return ESCAPES.findall(COMMENT.sub("", text))


def compile_chapter(folder: Path, name: str) -> Chapter:
    """Compile a chapter that lies in a folder beside those that it requires, or raise `CoqError`."""
    start = time.perf_counter()
    source = folder / f"{name}.v"
    run = subprocess.run(
        [compiler(), "-q", "-w", "-all", source.name], cwd=folder, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise CoqError(f"{name}.v: {' '.join(run.stderr.split())}")
    return Chapter(name, len(source.read_text(encoding="utf-8").splitlines()), time.perf_counter() - start)


def required(folder: Path, name: str) -> list[str]:
    """Return the chapters that a chapter in a folder requires."""
    text = (folder / f"{name}.v").read_text(encoding="utf-8")
    return [other for line in REQUIRED.findall(text) for other in line.split()]


def compile_all(folder: Path) -> list[Chapter]:
    """Compile every chapter in a folder once those that it requires are there, one on each processor.

    Returns them in the order of `CHAPTERS`, or raises the first `CoqError` in that order.
    """
    free = BoundedSemaphore(os.cpu_count() or 1)

    def when_ready(name: str, others: Sequence[Future[Chapter]]) -> Chapter:
        for other in others:
            other.result()
        with free:
            return compile_chapter(folder, name)

    started: dict[str, Future[Chapter]] = {}
    with ThreadPoolExecutor(len(CHAPTERS)) as pool:
        for name in CHAPTERS:
            started[name] = pool.submit(when_ready, name, [started[other] for other in required(folder, name)])
    return [future.result() for future in started.values()]


def copied(folder: Path) -> Path:
    """Copy all chapters into a folder, which it returns."""
    for name in CHAPTERS:
        shutil.copy(SOURCES / f"{name}.v", folder)
    return folder


def assumptions(folder: Path, theorems: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """Return the axioms that each theorem rests on, of chapters that were compiled in a folder."""
    chapters = dict.fromkeys(name.split(".")[0] for name in theorems)
    lines = [f"Require {' '.join(chapters)}."]
    lines += [f"Print Assumptions {name}." for name in theorems]
    (folder / "Assumed.v").write_text("\n".join(lines) + "\n", encoding="utf-8")
    run = subprocess.run(
        [compiler(), "-q", "-w", "-all", "Assumed.v"], cwd=folder, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise CoqError(f"assumptions: {' '.join(run.stderr.split())}")
    return dict(zip(theorems, parsed(run.stdout), strict=True))


def parsed(output: str) -> list[frozenset[str]]:
    """Return the axioms of each ``Print Assumptions`` in an output of Coq."""
    found: list[set[str]] = []
    for line in output.splitlines():
        if line.startswith(("Axioms:", "Closed under the global context")):
            found.append(set())
        elif match := re.match(r"([A-Za-z_][\w.']*)\s*(:|$)", line):
            found[-1].add(match.group(1))
    return [frozenset(axioms) for axioms in found]


def unexpected(theorem: str, axioms: frozenset[str]) -> frozenset[str]:
    """Return the axioms that a theorem should not rest on."""
    machine = theorem.startswith("Numbers.")
    return frozenset(name for name in axioms - REALS if not (machine and name.startswith(MACHINE)))

"""The body of the command `verify`: collect theorems, check them, print, write, and say how it went."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from gausscollapse.app import tables
from gausscollapse.app.progress import progress_bar
from gausscollapse.app.status import Status
from gausscollapse.app.terminal import say, show
from gausscollapse.checking.boxes import BoxProof, provable, prove_on_box
from gausscollapse.checking.controls import QUICK_SEEDS, SEEDS
from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.paper_assumptions import Audit, audit, of_paper
from gausscollapse.checking.proofs import PROVED, prove
from gausscollapse.checking.search import as_budget
from gausscollapse.checking.theorem_file import load
from gausscollapse.checking.theorem_report import TheoremReport
from gausscollapse.checking.verification import accepting, verify, verify_instance
from gausscollapse.core.exceptions import TheoremFileError
from gausscollapse.core.json_text import json_text
from gausscollapse.core.verdict import with_id
from gausscollapse.core.whole_file import check_writable, write_whole
from gausscollapse.lab import presets
from gausscollapse.lab.toml_text import to_toml
from gausscollapse.process.process import ReverseProcess
from gausscollapse.theorems import check, select

INSTANCES, QUICK_INSTANCES = 1000, 200


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the command was asked for; the fields are its arguments and options."""

    ids: Sequence[str] = ()
    files: Sequence[Path] = ()
    instance: Path | None = None
    instances: int = INSTANCES
    seed: int = 0
    budget: str = "default"
    boxes: bool = True
    proofs: bool = False
    referee: bool = True
    json: Path | None = None
    html: Path | None = None
    worst: Path | None = None


@dataclass(frozen=True)
class Found:
    """Reports, proofs on boxes, the derivations' status by theorem where they were run, a reason for each report.

    Reasons are given for a user's instance: both sides in words, or the assumption that fails. The paper's
    assumptions A1 to A5 are audited on it where a theorem of the paper is among those asked for.
    """

    reports: Sequence[TheoremReport] = ()
    boxes: Sequence[BoxProof] = ()
    proofs: Mapping[str, str] | None = None
    reasons: Sequence[str] = ()
    audit: Audit | None = None


def run(request: Request) -> Status:
    """Do what was asked for, print it, and return the exit status.

    Parameters
    ----------
    request : Request
        Arguments and options of the command.

    Returns
    -------
    Status
        EXPECTED if every verdict is the expected one, every control was refuted, no proof failed and the referee
        disagreed nowhere; UNUSABLE if a
        theorem could not be used, the others being reported all the same; else UNEXPECTED.
    """
    as_budget(request.budget)
    theorems, problems = collect(request.ids, request.files)
    found = _reported(request, theorems) if theorems else Found()
    problems += [report.problem for report in found.reports if report.problem]
    for problem in problems:
        print(f"gausscollapse: {problem}", file=sys.stderr)  # noqa: T201
    if problems:
        return Status.UNUSABLE
    return Status.EXPECTED if _good(request, found) else Status.UNEXPECTED


def collect(ids: Sequence[str], files: Sequence[Path]) -> tuple[list[Theorem], list[str]]:
    """Return the theorems asked for, those of the user's files last, and what is wrong with files.

    Without ids and files they are all those of the registry.
    """
    theorems = select(ids) if ids or not files else []
    problems = []
    for path in files:
        print(f"gausscollapse: running the code of {path}", file=sys.stderr)  # noqa: T201
        try:
            theorems.extend(load(path))
        except TheoremFileError as problem:
            problems.append(str(problem))
    return theorems, problems


def _reported(request: Request, theorems: Sequence[Theorem]) -> Found:
    """Check theorems, print and write what was found; what cannot be read or written is refused before the work."""
    given = None if request.instance is None else _instance(request.instance, theorems)
    for path in (request.json, request.html):
        if path is not None:
            check_writable(path)
    if given is None:
        if request.worst is not None:
            request.worst.mkdir(parents=True, exist_ok=True)
        found = _searched(request, theorems)
    else:
        found = _on_instance(request, accepting(theorems, given, named=bool(request.ids)), given)
    console = Console()
    _print(console, found)
    _write(console, request, found)
    return found


def _searched(request: Request, theorems: Sequence[Theorem]) -> Found:
    proofs = prove(theorems) if request.proofs else None
    with progress_bar() as progress:
        reports = verify(
            theorems, instances=request.instances, seed=request.seed, budget=as_budget(request.budget),
            control_seeds=QUICK_SEEDS if request.budget == "quick" else SEEDS, referee=request.referee,
            workers=os.cpu_count() or 1, progress=progress,
        )  # fmt: skip
    wanted = provable(theorems) if request.boxes else []
    return Found(reports, [prove_on_box(*each) for each in wanted], proofs)


def _instance(path: Path, theorems: Sequence[Theorem]) -> Any:
    """Return what a scenario file describes, of a chapter's own kind where it has that chapter's table."""
    from gausscollapse.lab import scenario

    document = presets.find(path)
    for chapter in (theorem.chapter for theorem in theorems):
        if chapter.table in document and chapter.restore is not None:
            return chapter.restore(document)
    return scenario.read(document)


def _on_instance(request: Request, theorems: Sequence[Theorem], given: Any) -> Found:
    reports = verify_instance(theorems, given)
    reasons = [
        check(report.theorem, given).reason if report.worst_instance is None else report.worst_instance["comparison"]
        for report in reports
    ]
    paper = any(of_paper(theorem) for theorem in theorems) and isinstance(given, ReverseProcess)
    audited = audit(given) if paper else None
    return Found(reports, (), prove(theorems) if request.proofs else None, reasons, audited)


def _print(console: Console, found: Found) -> None:
    show(console, tables.verification(found.reports, found.proofs))
    if any(report.search is not None for report in found.reports):
        show(console, tables.searches(found.reports))
    if found.boxes:
        show(console, tables.boxes(found.boxes))
    papers = [report for report in found.reports if report.search is not None and of_paper(report.theorem)]
    if papers:
        show(console, tables.audits(papers))
    if found.audit is not None:
        say(console, f"The paper's assumptions: {found.audit.words}")
    for report, reason in zip(found.reports, found.reasons, strict=False):
        say(console, with_id(report.theorem.id, reason))
    if not found.reasons:
        say(console, tables.closing(found.reports))


def _write(console: Console, request: Request, found: Found) -> None:
    if request.json is not None:
        write_whole(request.json, json_text([report.to_json() for report in found.reports]))
    if request.instance is None and request.worst is not None:
        count = write_worst_instances(found.reports, request.worst)
        say(
            console,
            f"Worst instances: {request.worst}/<theorem>.toml ({count} files). Run one again: "
            f"gausscollapse verify <theorem> --instance {request.worst}/<theorem>.toml",
        )
    if request.html is not None:
        from gausscollapse.app import html

        write_whole(request.html, html.render(found.reports, found.boxes, derivations=found.proofs))
        say(console, f"Report page: {request.html}")


def write_worst_instances(reports: Sequence[TheoremReport], folder: Path) -> int:
    """Write each theorem's worst instance as a scenario file that ``verify --instance`` reads; return how many."""
    written = [(report.theorem.id, report.worst_instance) for report in reports if report.worst_instance is not None]
    for name, worst in written:
        comment = f"# Worst instance of {name} ({worst['family']}).\n# {worst['comparison']}\n\n"
        write_whole(folder / f"{name}.toml", comment + to_toml(worst["scenario"]))
    return len(written)


def _good(request: Request, found: Found) -> bool:
    """Return whether everything came out as it should; on a user's instance, everything that applies to it."""
    counted = [report for report in found.reports if report.applicable or request.instance is None]
    failed = any(status != PROVED for status in (found.proofs or {}).values())
    proved = all(proof.proved for proof in found.boxes) and not failed
    return bool(counted) and all(report.as_expected for report in counted) and proved

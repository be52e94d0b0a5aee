"""Run the proofs: ``python -m derivations [NAME] [--list] [--audit] [--book FILE] [--latex DIR] [--markdown DIR]``.

Exit status 0 when every step is proved, 1 when one is not, 2 for an unknown name or unusable arguments.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from derivations.frame.audit import audit_markdown, audit_table
from derivations.frame.catalogue import MODULES, UnknownDerivationError, derive
from derivations.frame.record import Derivation, Status
from derivations.frame.writers import book, latex_document, markdown, scope_table, summary_table, text


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one proof and print it, or all and print a table."""
    parser = ArgumentParser(prog="python -m derivations", description="Run the proofs behind the bounds.")
    parser.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="a theorem's id, or a lemma: printed step by step (default: all, as a table)",
    )
    parser.add_argument("--list", action="store_true", help="say of every theorem for what it is proved, and where")
    parser.add_argument(
        "--audit", action="store_true", help="say of every theorem what a reader would think, what is proved, the gap"
    )
    parser.add_argument("--book", type=Path, metavar="FILE", help="write all proofs into one Markdown document")
    parser.add_argument("--latex", type=Path, metavar="DIR", help="write each proof as a LaTeX section")
    parser.add_argument("--markdown", type=Path, metavar="DIR", help="write each proof as a Markdown page")
    options = parser.parse_args(arguments)
    out, err = Console(soft_wrap=options.name is not None), Console(stderr=True)
    names = list(MODULES) if options.name is None else [options.name]
    try:
        derivations = [derive(name) for name in track(names, "Proving", console=err, transient=True)]
    except UnknownDerivationError as error:
        err.print(str(error), style="red", markup=False, highlight=False)
        return 2
    theorems = [item for item in derivations if not item.lemma]
    if options.list or options.audit:
        out.print(audit_table(theorems) if options.audit else scope_table(theorems))
    elif options.name is None:
        out.print(summary_table(derivations))
        for derivation in derivations:
            for number, step in enumerate(derivation.steps, 1):
                if step.status is not Status.PROVED:
                    line = f"{step.status} {derivation.name} step {number}: {step.text} {step.evidence}"
                    out.print(line, markup=False, highlight=False)
    else:
        out.print(text(derivations[0]), markup=False, highlight=False)
    try:
        if options.book is not None:
            options.book.parent.mkdir(parents=True, exist_ok=True)
            pages = book(derivations, numbers([item.name for item in derivations]), audit_markdown(theorems))
            options.book.write_text(pages, encoding="utf-8")
        _write(derivations, options.latex, ".tex", latex_document)
        _write(derivations, options.markdown, ".md", markdown)
    except OSError as error:
        err.print(f"cannot write: {error}", style="red", markup=False, highlight=False)
        return 2
    return 1 if any(derivation.status is not Status.PROVED for derivation in derivations) else 0


def numbers(names: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Return numbers of the package by proof, from the tests' bridges; none where a checkout's tests do not run."""
    try:
        bridges: Any = import_module("tests.bridge_numbers")
    except ImportError:
        return {}
    found: Mapping[str, Sequence[str]] = bridges.numbers(names)
    return found


def _write(
    derivations: Sequence[Derivation], folder: Path | None, suffix: str, render: Callable[[Derivation], str]
) -> None:
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for derivation in derivations:
        (folder / f"{derivation.name}{suffix}").write_text(render(derivation), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

"""The literature desk: one entry a known law, its code run, what it printed beside what the paper says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from page_text import escaped, fenced, write

from gausscollapse.app.literature import KnownLaw, OutOfScope, Paper, run
from gausscollapse.app.literature_laws import BEYOND, LAWS

INTRODUCTION = """# Literature desk

What is known of model collapse, in the terms of this package: each law with its source, the theorem or function that
has it here, and Python that reproduces it. All code on this page is run when the site is built; *here* is what it
printed. Where the paper has no number, *paper* says what the paper says, and after a colon or semicolon what follows
from it in this setting.

$\\alpha$ is the fresh fraction, $D_N$ the drift of model $N$, $J$ the energy of one innovation, what one generation
adds. Errors of finite samples are orthogonal from one generation to the next, errors of a bias agree
([lecture 8](../lectures/08-same-size-opposite-fate.md)). On the command line: `gausscollapse list --literature`.
"""
BEYOND_WORDS = "## Out of scope, and why\n"


def write_literature(docs: Path) -> None:
    """Write the page; a law that does not come out as its paper says fails the build."""
    write(docs / "literature" / "index.md", literature_page(LAWS, BEYOND))


def literature_page(laws: Sequence[KnownLaw], beyond: Sequence[OutOfScope]) -> str:
    """Return the page; its table comes first."""
    printed = {law.id: run(law) for law in laws}
    for law in laws:
        for item, line in zip(law.printed, printed[law.id], strict=True):
            if not item.agrees(float(line)):
                raise ValueError(f"{law.id}, {item.words}: {line} where the paper says {item.said}")
    parts = [INTRODUCTION, _overview(laws, printed), *(_entry(law, printed[law.id]) for law in laws)]
    parts += [BEYOND_WORDS, *(_beyond(item) for item in beyond)]
    return "\n".join(parts)


def _overview(laws: Sequence[KnownLaw], printed: dict[str, tuple[str, ...]]) -> str:
    lines = ["| law | source | number | here | paper |", "| --- | --- | --- | ---: | --- |"]
    for law in laws:
        item, line = law.printed[0], printed[law.id][0]
        papers = "; ".join(_cited(paper) for paper in law.papers)
        cells = (
            f"[{escaped(law.title)}](#law-{law.id})",
            papers,
            escaped(item.words),
            _number(line),
            escaped(item.said),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _entry(law: KnownLaw, printed: Sequence[str]) -> str:
    rows = ["| number | here | paper |", "| --- | ---: | --- |"]
    rows += [
        f"| {escaped(item.words)} | {_number(line)} | {escaped(item.said)} |"
        for item, line in zip(law.printed, printed, strict=True)
    ]
    here = f"{{obj}}`gausscollapse.retraining.{law.function}`"
    if law.theorem:
        here = f"theorem {{doc}}`{law.theorem} <../theorems/{law.theorem}>`; {here}"
    parts = [
        f"(law-{law.id})=\n## {escaped(law.title)}\n",
        "\n".join(f"- {_reference(paper)}" for paper in law.papers) + "\n",
        f"{law.statement}\n",
        f"{law.remark}\n",
        f"Here: {here}.\n",
        fenced(law.code, "python"),
        "\n".join(rows) + "\n",
    ]
    if law.command:
        parts.append("On the command line:\n\n" + fenced(law.command, "sh"))
    return "\n".join(parts)


def _beyond(item: OutOfScope) -> str:
    papers = "; ".join(_cited(paper) for paper in item.papers)
    return f"**{escaped(item.subject)}** ({papers})\n: {escaped(item.reason)}\n"


def _cited(paper: Paper) -> str:
    return f"[{escaped(paper.authors)} {paper.year}]({paper.address})"


def _reference(paper: Paper) -> str:
    return f"{escaped(paper.authors)}, {paper.year}. *{escaped(paper.title)}*. [arXiv {paper.arxiv}]({paper.address})"


def _number(line: str) -> str:
    return f"{float(line):.6g}"

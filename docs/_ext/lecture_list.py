"""The list of lectures: number, title and finding of each, read from its file."""

from __future__ import annotations

import re
from pathlib import Path

from page_text import write


def lecture_list(folder: Path) -> str:
    """Return one entry a lecture, with the label that the explorer leads to."""
    entries = []
    for path in sorted(folder.glob("[0-9]*.md")):
        text = path.read_text(encoding="utf-8")
        title = re.search(r"^# (?:\d+\.\s*)?(.+)$", text, re.MULTILINE)
        finding = re.search(r"^\*\*(.+?)\*\*$", text, re.MULTILINE | re.DOTALL)
        if title is None or finding is None:
            raise ValueError(f"{path} must have a title and, as a paragraph of its own in bold, its finding")
        number = path.name[:2]
        words = " ".join(finding[1].split())
        entries.append(f"(lecture-{number})=\n\n**[{int(number)}. {title[1]}]({path.name})**\n: {words}\n")
    return "\n".join(entries)


def write_lectures(docs: Path) -> None:
    """Write the list into the folder of generated text, and after it the teaching plan where there is one."""
    folder = docs / "lectures"
    plan = "```{toctree}\n:maxdepth: 1\n\nteaching-plan\n```\n" if (folder / "teaching-plan.md").exists() else ""
    write(docs / "generated" / "lectures.md", lecture_list(folder) + plan)

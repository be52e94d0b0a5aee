"""Each lecture has one finding, one theorem of the registry, pictures in words, and two checked exercises."""

import re
from pathlib import Path

import pytest

from gausscollapse.theorems import registry

FOLDER = Path(__file__).parents[1] / "docs" / "lectures"
LECTURES = sorted(FOLDER.glob("[0-9]*.md"))
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def faults(text):
    """Return what a lecture lacks, in words."""
    found = []
    body = text.split("---\n", 2)[2]
    if not re.match(r"\s*# \d+\. .+\n\n\*\*[^*]", body):
        found.append("no finding in bold below the title")
    # A display that is false is not called a theorem.
    boxes = re.findall(r"\{admonition\} (?:Theorem )?(?:\{doc\}`)?([\w.-]+)(?: <\.\./theorems/[\w.-]+>`)?:", body)
    theorems = [box for box in boxes if box in registry]
    if len(theorems) != 1:
        found.append(f"not one theorem of the registry in a box: {boxes}")
    exercises = body.split("\n## Exercises\n")[-1].split("**Exercise ")[1:]
    if len(exercises) != 2:
        found.append(f"{len(exercises)} exercises")
    for number, exercise in enumerate(exercises, 1):
        if "{dropdown} Solution" not in exercise:
            found.append(f"exercise {number} has no solution")
        if "assert" not in "".join(CELL.findall(exercise)):
            found.append(f"exercise {number} has no cell that checks its solution")
    for cell in CELL.findall(body):
        if re.search(r"^figure$|^gc\.plot\(", cell, re.MULTILINE) and "alt:" not in cell:
            found.append("a picture without words for those who do not see it")
    return found


@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_a_lecture_has_its_parts(path):
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("**Half of", "Half of", "finding"),
        ("Theorem prop-3.1:", "Theorem prop-3.9:", "theorem"),
        ("**Exercise 2.**", "Another.", "1 exercises"),
        ("{dropdown} Solution", "{dropdown} Answer", "no solution"),
        ("assert", "print", "no cell that checks"),
        ("alt: ", "words: ", "picture"),
    ],
)
def test_what_a_lecture_lacks_is_seen(old, new, fault):
    text = (FOLDER / "03-how-far-one-wrong-score-carries-you.md").read_text(encoding="utf-8")
    assert old in text
    assert any(fault in found for found in faults(text.replace(old, new)))

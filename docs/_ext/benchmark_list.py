"""The list of benchmarks: the first sentence of each script's docstring."""

from __future__ import annotations

import ast
from pathlib import Path

# What a benchmark imports, and what is no benchmark.
HELPERS = "planted_"


def benchmark_list(folder: Path) -> str:
    """Return one line a script."""
    lines = []
    for path in sorted(folder.glob("*.py")):
        words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if words and not path.name.startswith(HELPERS):
            lines.append(f"- `{path.name}`: {words.splitlines()[0]}")
    return "\n".join(lines) + "\n"

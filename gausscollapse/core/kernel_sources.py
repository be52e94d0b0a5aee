"""One key for the cached machine code of a kernel: a digest of the texts of every kernel file that it reaches."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def _reached(path: Path, found: dict[Path, bytes]) -> None:
    """Add a file and every file of the package that it imports, at any depth, to `found`."""
    if path in found or not path.is_file():
        return
    found[path] = path.read_bytes()
    for node in ast.walk(ast.parse(found[path])):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE.name:
            module = PACKAGE.parent.joinpath(*node.module.split("."))
            for name in (alias.name for alias in node.names):
                _reached((module / name).with_suffix(".py"), found)
            _reached(module.with_suffix(".py"), found)


def kernel_sources(file: str) -> int:
    """Return a number below 2^63 that changes with the text of any kernel file that a kernel file reaches.

    numba's cache on disk notices a change of the file that holds an entry, not of the files that it calls into; but
    the value of a closure variable is part of its key.

    Parameters
    ----------
    file : str
        ``__file__`` of the module that holds the cached entry.
    """
    found: dict[Path, bytes] = {}
    _reached(Path(file).resolve(), found)
    texts = b"".join(found[path] for path in sorted(found))
    return int.from_bytes(hashlib.sha256(texts).digest()[:8], "big") >> 1

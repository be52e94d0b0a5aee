"""Machine code on disk under a key that changes with the text of every kernel file that a kernel reaches."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit

from gausscollapse.core.kernel_files import cache_of

PACKAGE = Path(__file__).resolve().parent.parent


# The module and the names of an import from the package. A syntax tree would take as long as loading a kernel.
IMPORT = re.compile(rf"^\s*from ({PACKAGE.name}[\w.]*) import (\([^)]*\)|.*)$", re.MULTILINE)


def _reached(path: Path, found: dict[Path, str]) -> None:
    """Add a file and every file of the package that it imports, at any depth, to `found`."""
    if path in found or not path.is_file():
        return
    found[path] = path.read_text(encoding="utf-8")
    for dotted, names in IMPORT.findall(found[path]):
        module = PACKAGE.parent.joinpath(*dotted.split("."))
        for name in ["", *re.findall(r"\w+", names)]:
            _reached((module / name).with_suffix(".py"), found)


@functools.cache
def kernel_sources(file: str) -> str:
    """Return a digest of the texts of a kernel file and of all files of the package that it reaches.

    Parameters
    ----------
    file : str
        ``__file__`` of the module that holds a cached kernel.
    """
    found: dict[Path, str] = {}
    _reached(Path(file).resolve(), found)
    return hashlib.sha256("\0".join(found[path] for path in sorted(found)).encode()).hexdigest()


def cached_kernel(file: str, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return the decorator ``numba.njit(**options)`` whose machine code is kept on disk, keyed by `kernel_sources`.

    Parameters
    ----------
    file : str
        ``__file__`` of the module that holds the kernel.
    **options
        Options of `numba.njit`.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        kernel = njit(**options)(function)
        # What `cache=True` does, with another key. Without a compiler there is nothing to keep.
        if hasattr(kernel, "enable_caching"):
            kept = cache_of(function, kernel_sources(file))
            kernel._cache = kernel._cache if kept is None else kept
        return kernel

    return decorate

"""A folder with the cells of one sweep: each cell whole or absent, and no sweep over another's results.

sweep.json       what the folder holds, with its fingerprint
cells/KEY.cell   a finished cell with its checksum, written under another name, flushed to the disk, then renamed
results.zarr     all cells as one `xarray.Dataset`, assembled at the end
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from gausscollapse.core.exceptions import InvalidArgumentError, SweepError
from gausscollapse.core.whole_file import PART, write_whole
from gausscollapse.lab.cell_file import decode, whole
from gausscollapse.lab.cells import Cell, description, fingerprint
from gausscollapse.lab.experiment import Measurement
from gausscollapse.lab.sweep_file import Sweep
from gausscollapse.lab.tables import canonical

MANIFEST, LOCK, CELLS, RESULTS = "sweep.json", "lock", "cells", "results.zarr"
EMPTY = "an empty or a new folder, or that of the same sweep"


def _difference(ours: Any, theirs: Any, where: str = "") -> str:
    """Return the first entry in which two descriptions differ."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted({*ours, *theirs}):
            if canonical(ours.get(key)) != canonical(theirs.get(key)):
                return _difference(ours.get(key), theirs.get(key), f"{where}.{key}".lstrip("."))
    return where


class SweepStore:
    """The folder of a sweep.

    Parameters
    ----------
    folder : Path
        Made when something is first written to it.
    sweep : Sweep
        What the folder is for.

    Raises
    ------
    InvalidArgumentError
        If the folder holds something else.
    """

    def __init__(self, folder: Path, sweep: Sweep) -> None:
        self.folder = folder
        self.sweep = sweep
        self.fingerprint = fingerprint(sweep)
        self._refuse_foreign()

    def _refuse_foreign(self) -> None:
        where = str(self.folder)
        if self.folder.exists() and not self.folder.is_dir():
            raise InvalidArgumentError("out", where, "is a file", EMPTY)
        for name in (LOCK, MANIFEST, CELLS, RESULTS):
            if (self.folder / name).is_symlink():
                raise InvalidArgumentError("out", str(self.folder / name), "is a link out of the folder", EMPTY)
        manifest = self.folder / MANIFEST
        if not manifest.exists():
            if self.folder.exists() and not self._just_begun():
                raise InvalidArgumentError("out", where, "holds files that are no sweep", EMPTY)
            return
        try:
            found = json.loads(manifest.read_text(encoding="utf-8"))
            theirs, mark = found["description"], found["fingerprint"]
        except (ValueError, TypeError, KeyError, RecursionError):
            if self._just_begun():
                return
            raise InvalidArgumentError("out", where, f"has a {MANIFEST} that is not readable", EMPTY) from None
        if mark != self.fingerprint:
            key = _difference(json.loads(canonical(description(self.sweep))), theirs)
            raise InvalidArgumentError("out", where, f"holds another sweep ({key or 'its format'} differs)", EMPTY)

    def _just_begun(self) -> bool:
        """Return whether the folder holds no more than a sweep leaves that was killed before its first cell."""
        beside = {entry.name for entry in self.folder.iterdir()} - {LOCK, MANIFEST, CELLS}
        cells = self.folder / CELLS
        inside = {entry.name for entry in cells.iterdir()} if cells.is_dir() else set()
        return all(name.startswith(MANIFEST) and name.endswith(PART) for name in beside) and not inside

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the folder for this process: make it, say what it is for, and clear what a killed process left.

        Raises
        ------
        SweepError
            If another process holds it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock_file() as lock:
            if not _locked(lock.fileno()):
                raise SweepError(f"out = {str(self.folder)!r}: another process is writing to it")
            document = {"fingerprint": self.fingerprint, "description": description(self.sweep)}
            write_whole(self.folder / MANIFEST, (canonical(document) + "\n").encode(), follow=False)
            (self.folder / CELLS).mkdir(exist_ok=True)
            for part in [*self.folder.glob(f"*{PART}"), *(self.folder / CELLS).glob(f"*{PART}")]:
                shutil.rmtree(part) if part.is_dir() and not part.is_symlink() else part.unlink()
            yield

    def _lock_file(self) -> BinaryIO:
        """Open the file of the lock without changing what is there; a link is not followed."""
        path = self.folder / LOCK
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        except OSError as problem:
            if problem.errno != errno.ELOOP:
                raise
            raise InvalidArgumentError("out", str(path), "is a link out of the folder", EMPTY) from None
        return os.fdopen(handle, "r+b", buffering=0)

    def path(self, cell: Cell) -> Path:
        """Return where a finished cell is kept."""
        return self.folder / CELLS / f"{cell.name}.cell"

    def put(self, cell: Cell, content: bytes) -> None:
        """Keep the bytes of a finished cell."""
        write_whole(self.path(cell), content, follow=False)

    def read(self, cell: Cell) -> dict[str, Measurement] | None:
        """Return the measurements of a finished cell, or None where it is absent, truncated or corrupted."""
        try:
            content = self.path(cell).read_bytes()
        except FileNotFoundError:
            return None
        return decode(content) if whole(content, fingerprint=self.fingerprint, key=cell.key) else None

    def missing(self, cells: Sequence[Cell]) -> list[Cell]:
        """Return the cells that are still to be done, corrupted ones among them."""
        return [cell for cell in cells if self.read(cell) is None]


def _locked(handle: int) -> bool:
    """Lock a file for this process; True also where the system has no such locks. The lock ends with the process."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True

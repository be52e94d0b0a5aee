"""Files that are either whole or untouched: what a failed write leaves behind is the file as it was."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

PART = ".part"


def write_whole(path: Path, content: bytes | str, *, follow: bool = True) -> None:
    """Write a file so that it is either whole or as it was, whenever the process or the machine stops.

    Parameters
    ----------
    path : Path
        What to write. A pipe or a device is written to directly.
    content : bytes or str
        Text is encoded as UTF-8.
    follow : bool
        Whether to write what a link names, as is right for a path that the user gave; else the file takes the place
        of the link, as is right in a folder that may come from elsewhere.

    Raises
    ------
    OSError
        If it cannot be written; the error names `path`.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        if follow and path.exists() and not path.is_file():
            path.write_bytes(data)
            return
        target = _named(path) if follow else path
        part = _part(target)
        try:
            # A new file: neither another process that writes the same path nor a link that waits there is touched.
            with part.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as problem:
        problem.filename, problem.filename2 = str(path), None
        raise


def check_writable(path: Path) -> None:
    """Refuse a path that `write_whole` could not write, before the work that it is for; nothing is left behind.

    Raises
    ------
    OSError
        If its folder takes no file, or it is a folder; the error names `path`.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and not path.is_file():
        return
    part = _part(_named(path))
    try:
        part.open("xb").close()
        part.unlink()
    except OSError as problem:
        problem.filename = str(path)
        raise


def _named(path: Path) -> Path:
    """Return what a path names, through links; Python before 3.13 has an error of its own for a circle of them."""
    try:
        return path.resolve()
    except RuntimeError:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from None


def _part(target: Path) -> Path:
    return target.with_name(f"{target.name}.{secrets.token_hex(4)}{PART}")

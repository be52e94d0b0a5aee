"""Files of machine code: a place to keep them wherever the package is, and damage that is seen before it is loaded.

numba raises where no folder can be written, and unpickles whatever a file holds. Here a private temporary folder is
the last place, a file that is not what was written counts as absent, and a disk that takes nothing only costs time.
"""

from __future__ import annotations

import functools
import hashlib
import os
import pickle
import stat
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba.core.caching import (
    CacheImpl,
    CompileResultCacheImpl,
    FunctionCache,
    IndexDataCacheFile,
    InTreeCacheLocator,
)

DIGEST = 32


class KernelFilesWarning(UserWarning):
    """Machine code is not kept where it should be: kernels are compiled again."""


@functools.cache
def _warn_once(message: str) -> None:
    warnings.warn(message, KernelFilesWarning, stacklevel=2)


def private_folder() -> Path | None:
    """Return a folder for temporary files that this user alone can write, or None where there is none.

    What it holds is run as code: a folder that others could have made or can write is not used.
    """
    if not hasattr(os, "getuid"):
        return None
    user = os.getuid()
    try:
        folder = Path(tempfile.gettempdir()) / f"gausscollapse-kernels-{user}"
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    private = stat.S_ISDIR(found.st_mode) and found.st_uid == user and not found.st_mode & 0o077
    return folder if private else None


class _TemporaryLocator(InTreeCacheLocator):
    """The last place: a private temporary folder."""

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        super().__init__(function, file)  # type: ignore[no-untyped-call]
        name = self.get_suitable_cache_subpath(file)  # type: ignore[no-untyped-call]
        self._cache_path = str((private_folder() or Path()) / name)

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> Any:
        folder = private_folder()
        found = None if folder is None else super().from_function(function, file)  # type: ignore[no-untyped-call]
        if found is not None:
            _warn_once(
                f"no folder can be written for machine code, neither beside the package nor in a home: {folder} is "
                "used; NUMBA_CACHE_DIR names another one"
            )
        return found


class _Files(IndexDataCacheFile):
    """Files with digests: what was cut, damaged or cannot be read is absent, and is written again."""

    def __init__(self, **where: Any) -> None:
        super().__init__(**where)  # type: ignore[no-untyped-call]
        # Another version than numba's own files have: neither reads the other's.
        self._version = f"{self._version} with digests"

    def _dump(self, obj: Any) -> bytes:
        body: bytes = super()._dump(obj)  # type: ignore[no-untyped-call]
        return hashlib.blake2b(body, digest_size=DIGEST).digest() + body

    def save(self, key: Any, data: Any) -> None:
        """Write an entry with its key: two processes that write at once may choose one name."""
        super().save(key, (key, data))  # type: ignore[no-untyped-call]

    def load(self, key: Any) -> Any:
        """Return an entry, or None where it is not there as it was written."""
        found = super().load(key)  # type: ignore[no-untyped-call]
        return found[1] if found is not None and found[0] == key else None

    def _load_index(self) -> dict[Any, str]:
        head = pickle.dumps(self._version, protocol=-1)
        try:
            stamp, found = _checked(Path(self._index_path).read_bytes().removeprefix(head))
        except OSError:
            return {}
        return found if stamp == self._source_stamp else {}

    def _load_data(self, name: str) -> Any:
        path = self._data_path(name)  # type: ignore[no-untyped-call]
        return _checked(Path(path).read_bytes())


def _checked(content: bytes) -> Any:
    body = content[DIGEST:]
    if hashlib.blake2b(body, digest_size=DIGEST).digest() != content[:DIGEST]:
        raise OSError("not what was written")
    return pickle.loads(body)


class _Places(CompileResultCacheImpl):
    _locator_classes = [*CacheImpl._locator_classes, _TemporaryLocator]  # noqa: RUF012


class KeyedCache(FunctionCache):
    """numba's cache of one function: its own key notices the file of the function alone, not those it calls into.

    Parameters
    ----------
    function : callable
        Of a file of its own.
    sources : str
        What changes with every text that the function reaches; part of the key.

    Raises
    ------
    RuntimeError
        If there is no place for its files.
    """

    _impl_class = _Places

    def __init__(self, function: Callable[..., Any], sources: str) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        self.sources = sources
        self._cache_file = _Files(
            cache_path=self._cache_path,
            filename_base=self._impl.filename_base,
            source_stamp=self._impl.locator.get_source_stamp(),
        )

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        return (*super()._index_key(sig, codegen), self.sources)  # type: ignore[no-untyped-call]

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep machine code, if the disk takes it."""
        try:
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
        except OSError as problem:
            _warn_once(f"machine code cannot be kept in {self._cache_path}: {problem.strerror or problem}")


def cache_of(function: Callable[..., Any], sources: str) -> KeyedCache | None:
    """Return the `KeyedCache` of a function, or None, with one warning in all, where no folder can be written."""
    try:
        return KeyedCache(function, sources)
    except RuntimeError:
        _warn_once(
            "no folder can be written for machine code: every process compiles its kernels again; NUMBA_CACHE_DIR "
            "names a folder"
        )
        return None

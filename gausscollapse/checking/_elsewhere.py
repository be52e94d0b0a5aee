"""Reports made in a second process: theorems travel by their id, everything else as bytes."""

from __future__ import annotations

import importlib
import io
import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

from gausscollapse.checking.definition import Theorem
from gausscollapse.checking.registry import registry, select

Work = Callable[[Sequence[Theorem]], Any]


class _Writer(pickle.Pickler):
    def persistent_id(self, item: Any) -> str | None:
        return item.id if isinstance(item, Theorem) else None


class _Reader(pickle.Unpickler):
    def persistent_load(self, identifier: str) -> Theorem:
        return registry[identifier]


def travels(theorem: Theorem) -> bool:
    """Return whether another process knows the same theorem by its id."""
    return registry.get(theorem.id) is theorem


def _answer(work: Work, ids: Sequence[str], modules: Sequence[str]) -> bytes:
    for module in modules:
        importlib.import_module(module)
    buffer = io.BytesIO()
    _Writer(buffer).dump(work(select(ids)))
    return buffer.getvalue()


class Elsewhere:
    """A second process that does one piece of work while this one does another.

    Parameters
    ----------
    work : callable
        A function of a module (or a `functools.partial` of one) that takes theorems of the registry.
    ids : sequence of str
        Theorems to hand to it.
    """

    def __init__(self, work: Work, ids: Sequence[str]) -> None:
        self._work, self._ids = work, ids
        # A forked copy of a process with threads may hang; a fresh one cannot.
        self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        modules = sorted({registry[name].statement.__module__ for name in ids})
        self._future = self._pool.submit(_answer, work, list(ids), modules)

    def result(self) -> Any:
        """Return what the work returned, done in this process where the other one could not start or was killed."""
        try:
            return _Reader(io.BytesIO(self._future.result())).load()
        except BrokenProcessPool:
            return self._work(select(self._ids))

    def close(self) -> None:
        """Stop the process."""
        self._pool.shutdown(wait=False, cancel_futures=True)

"""Work done in other processes: theorems travel by their id, everything else as bytes."""

from __future__ import annotations

import importlib
import io
import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Errand:
    """One piece of work that other processes do, or this one where they cannot.

    Parameters
    ----------
    work : callable
        A function of a module (or a `functools.partial` of one) that takes theorems of the registry.
    ids : sequence of str
        Theorems to hand to it.
    answer : Future
        Its result as bytes.
    """

    work: Work
    ids: Sequence[str]
    answer: Future[bytes]

    def result(self) -> Any:
        """Return what the work returned, done in this process where the other one could not start or was killed."""
        try:
            return _Reader(io.BytesIO(self.answer.result())).load()
        except BrokenProcessPool:
            return self.work(select(self.ids))


class Elsewhere:
    """Other processes that do pieces of work while this one does another.

    Parameters
    ----------
    workers : int
        How many.
    """

    def __init__(self, workers: int) -> None:
        # A forked copy of a process with threads may hang; a fresh one cannot.
        self._pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))

    def send(self, work: Work, theorems: Sequence[Theorem]) -> Errand:
        """Hand over a piece of work on theorems of the registry."""
        ids = [theorem.id for theorem in theorems]
        modules = sorted({registry[name].statement.__module__ for name in ids})
        try:
            answer = self._pool.submit(_answer, work, ids, modules)
        except BrokenProcessPool as problem:
            answer = Future()
            answer.set_exception(problem)
        return Errand(work, ids, answer)

    def close(self) -> None:
        """Stop the processes."""
        self._pool.shutdown(wait=False, cancel_futures=True)

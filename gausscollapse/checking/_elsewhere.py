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
from gausscollapse.checking.registry import registry

# What fills the registry; it is upstairs, and so only named here.
THEOREMS = "gausscollapse.theorems"

Work = Callable[[Sequence[Any]], Any]


class _Writer(pickle.Pickler):
    def persistent_id(self, item: Any) -> str | None:
        return item.id if isinstance(item, Theorem) else None


class _Reader(pickle.Unpickler):
    def persistent_load(self, identifier: str) -> Theorem:
        return registry[identifier]


def travels(theorem: Theorem) -> bool:
    """Return whether another process knows the same theorem by its id."""
    return registry.get(theorem.id) is theorem


def _packed(item: Any) -> bytes:
    buffer = io.BytesIO()
    _Writer(buffer).dump(item)
    return buffer.getvalue()


def _unpacked(data: bytes) -> Any:
    return _Reader(io.BytesIO(data)).load()


def _answer(work: Work, items: bytes, room: str) -> bytes:
    importlib.import_module(room)
    return _packed(work(_unpacked(items)))


@dataclass(frozen=True)
class Errand:
    """One piece of work that other processes do, or this one where they cannot or have not begun.

    Parameters
    ----------
    work : callable
        A function of a module (or a `functools.partial` of one) that takes a list.
    items : sequence
        What it is given: theorems of the registry, or what speaks of them.
    answer : Future
        Its result as bytes.
    """

    work: Work
    items: Sequence[Any]
    answer: Future[bytes]

    def result(self) -> Any:
        """Return what the work returned; what is not begun, and what a killed process leaves, is done here."""
        if self.answer.cancel():
            return self.work(self.items)
        try:
            return _unpacked(self.answer.result())
        except BrokenProcessPool:
            return self.work(self.items)


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

    def send(self, work: Work, items: Sequence[Any]) -> Errand:
        """Hand over a piece of work on theorems of the registry, or on what speaks of them."""
        try:
            answer = self._pool.submit(_answer, work, _packed(items), THEOREMS)
        except BrokenProcessPool as problem:
            answer = Future()
            answer.set_exception(problem)
        return Errand(work, items, answer)

    def close(self) -> None:
        """Stop the processes."""
        self._pool.shutdown(wait=False, cancel_futures=True)

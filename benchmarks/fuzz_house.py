"""Where the fuzzer finds the public names of a checkout: in its rooms, or anywhere in an older house."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any, Self


class Absent:
    """A name that a checkout does not have: whatever is done with it gives another one."""

    def __getattr__(self, name: str) -> Self:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: Any, **__: Any) -> Self:
        return self

    def __getitem__(self, _: Any) -> Self:
        return self


class Anywhere:
    """A package whose public names are found wherever a module has them; its rooms are the package itself."""

    def __init__(self, package: str, rooms: tuple[str, ...]) -> None:
        self.rooms = rooms
        root = importlib.import_module(package)
        self.modules = [root]
        for entry in pkgutil.walk_packages(root.__path__, f"{package}."):
            if entry.name.rpartition(".")[2] not in ("__main__", "pytest_plugin"):
                self.modules.append(importlib.import_module(entry.name))

    def __getattr__(self, name: str) -> Any:
        if name in self.rooms:
            return self
        for module in self.modules:
            if hasattr(module, name):
                return getattr(module, name)
        return Absent()


def house_of(package: str = "gausscollapse") -> Any:
    """Return the package itself where it has the rooms of today, else one that looks for names everywhere."""
    rooms = ("core", "laws", "divergences", "process", "sampling", "retraining", "checking", "learners", "lab")
    root = importlib.import_module(package)
    return root if hasattr(root, "core") else Anywhere(package, (*rooms, "theorems", "testing"))

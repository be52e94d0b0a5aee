"""The API by rooms: the public face of each, one page a room, one a name."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from typing import get_origin

from page_text import write

import gausscollapse

# From the first that one meets to the last.
ROOMS = (
    "laws", "divergences", "process", "sampling", "retraining", "theorems", "checking", "testing", "learners", "lab",
    "core", "app",
)  # fmt: skip


def public_names(room: str) -> list[str]:
    """Return the public names of a room, but modules, names of types, and what another room hands on to it."""
    module = import_module(f"gausscollapse.{room}")
    return sorted(name for name in module.__all__ if _belongs(getattr(module, name), name, room))


def _belongs(thing: object, name: str, room: str) -> bool:
    if inspect.ismodule(thing) or get_origin(thing) is not None:
        return False
    home = getattr(thing, "__module__", "").removeprefix("gausscollapse.").partition(".")[0]
    return home in (room, "") or home not in ROOMS or name not in import_module(f"gausscollapse.{home}").__all__


def _title(words: str) -> str:
    return f"{words}\n{'=' * len(words)}\n"


def _room(room: str) -> str:
    module = import_module(f"gausscollapse.{room}")
    names = "\n".join(f"   {name}" for name in public_names(room))
    return (
        f"{_title(f'gausscollapse.{room}')}\n{inspect.getdoc(module)}\n\n.. currentmodule:: gausscollapse.{room}\n\n"
        f".. autosummary::\n   :toctree: generated\n   :nosignatures:\n\n{names}\n"
    )


def _shortcuts() -> str:
    """Return the names of ``import gausscollapse as gc``, each leading to its page in a room."""
    places: dict[int, str] = {}
    for room in ROOMS:
        module = import_module(f"gausscollapse.{room}")
        for name in public_names(room):
            places.setdefault(id(getattr(module, name)), f"gausscollapse.{room}.{name}")
    top = [name for name in gausscollapse.__all__ if not inspect.ismodule(getattr(gausscollapse, name))]
    linked = [f":obj:`~{places[id(getattr(gausscollapse, name))]}`" for name in sorted(top) if _has(places, name)]
    return ", ".join(linked)


def _has(places: dict[int, str], name: str) -> bool:
    return id(getattr(gausscollapse, name)) in places


def write_api(folder: Path) -> None:
    """Write the page of every room and the list of rooms into `folder`."""
    kept = {f"gausscollapse.{room}.{name}.rst" for room in ROOMS for name in public_names(room)}
    for path in (folder / "generated").glob("*.rst"):
        if path.name not in kept:
            path.unlink()
    for room in ROOMS:
        write(folder / f"{room}.rst", _room(room))
    rooms = "\n".join(f"   {room}" for room in ROOMS)
    write(
        folder / "index.rst",
        f"{_title('API')}\nEvery room is a package of its own, with one public face. What is used most is in "
        f"``import gausscollapse as gc`` as well: {_shortcuts()}.\n\n.. toctree::\n   :maxdepth: 1\n\n{rooms}\n",
    )

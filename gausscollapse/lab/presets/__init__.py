"""Scenario files that come with the package, named after what they teach."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from gausscollapse.core.exceptions import UnknownNameError
from gausscollapse.lab.scenario import Table


def names() -> tuple[str, ...]:
    """Return the names of all presets, sorted."""
    return tuple(sorted(entry.name[:-5] for entry in files(__name__).iterdir() if entry.name.endswith(".toml")))


def document(name: str) -> Table:
    """Return the scenario of a preset; an unknown name is refused with the known ones."""
    if name not in names():
        raise UnknownNameError(
            "preset", name, "is neither a file nor a preset", "a TOML file, or " + ", ".join(names())
        )
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))

"""TOML files that come with the package, by name."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import takewhile
from pathlib import Path

from gausscollapse.core.exceptions import UnknownNameError
from gausscollapse.lab.tables import Table, read_document


@dataclass(frozen=True)
class Shipped:
    """The TOML files of a package.

    Parameters
    ----------
    package : str
        Its dotted name.
    argument : str
        What a name of one is called in messages.
    renamed : mapping
        Former names, with the names of now.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> gc.lab.presets.names(table="retraining")
    ('alternating', 'coherent', 'early-stopping', 'fresh-data-saves', 'no-fresh-data', 'paper-mixture', 'score-error')
    >>> gc.lab.presets.document("coherent")["retraining"]["fresh"]
    0.2
    >>> gc.lab.sweep_presets.find("correlation")["sweep"]["title"]
    'The correlation of innovations decides long-run drift'
    """

    package: str
    argument: str
    renamed: Mapping[str, str] = field(default_factory=dict)

    def names(self, *, table: str = "") -> tuple[str, ...]:
        """Return the names of all presets, sorted, or of those that have one `table`."""
        entries = (entry.name for entry in files(self.package).iterdir())
        found = sorted(name.removesuffix(".toml") for name in entries if name.endswith(".toml"))
        return tuple(name for name in found if not table or table in self._read(name))

    def _read(self, name: str) -> Table:
        return tomllib.loads(files(self.package).joinpath(f"{name}.toml").read_text(encoding="utf-8"))

    def document(self, name: str) -> Table:
        """Return the document of a preset; an unknown name is refused with the known ones."""
        known = self.names()
        if name in self.renamed:
            raise UnknownNameError(self.argument, name, f"is called {self.renamed[name]} now", self.renamed[name])
        if name not in known:
            accepted = f"a TOML file, or {', '.join(known)}"
            meant = f"; did you mean {name}.toml?" if _exists(Path(f"{name}.toml")) else ""
            raise UnknownNameError(self.argument, name, f"is neither a file nor a preset{meant}", accepted)
        return self._read(name)

    def about(self, name: str) -> str:
        """Return what a preset's file says of it in its first lines."""
        lines = files(self.package).joinpath(f"{name}.toml").read_text(encoding="utf-8").splitlines()
        return " ".join(
            line.removeprefix("#").strip() for line in takewhile(lambda line: line.startswith("#"), lines)
        )

    def find(self, name: str | Path) -> Table:
        """Return the document of a file, or of a preset where `name` has no ending and is no file."""
        path = Path(name)
        there = bool(path.name) and _exists(path)
        return read_document(path) if path.suffix or there else self.document(str(name))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # longer than names of files may be, or with a zero in it
        return False

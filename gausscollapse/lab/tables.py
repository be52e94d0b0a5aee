"""Plain tables, as TOML has them: files, keys, dotted keys, and a text that is equal for equal values."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeAlias

from gausscollapse.core.exceptions import ScenarioError

Table: TypeAlias = Mapping[str, Any]


def read_document(path: Path) -> Table:
    """Return the TOML document of a file.

    Raises
    ------
    ScenarioError
        If the file cannot be read or is no TOML, with the line.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        reason = getattr(problem, "strerror", None) or "is not UTF-8 text"
        raise ScenarioError("file", str(path), f"cannot be read ({reason})", "a TOML file") from None
    except tomllib.TOMLDecodeError as problem:
        raise ScenarioError("file", str(path), f"is not TOML ({problem})", "a TOML file") from None


def dotted(where: str, key: str) -> str:
    """Return the name of a key of the table `where`; the document itself is ``""``."""
    return f"{where}.{key}" if where else key


def as_table(value: object, where: str) -> Table:
    """Return `value` where it is a table."""
    if not isinstance(value, Mapping):
        raise ScenarioError(where, value, "is not a table", f"a table [{where}]")
    return value


def require_keys(table: Table, where: str, *, needed: Sequence[str], optional: Sequence[str] = ()) -> None:
    """Refuse a table with a key missing or a key unknown; `where` names it in the message."""
    known = [*needed, *optional]
    for key in table:
        if key not in known:
            raise ScenarioError(dotted(where, key), table[key], "is no known key", ", ".join(known))
    for key in needed:
        if key not in table:
            raise ScenarioError(dotted(where, key), None, "is missing", f"a table with {', '.join(needed)}")


def flat(table: Table, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield entries with dotted keys; ``a.b = ...`` without quotes is a table in TOML."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def override(settings: Table, changes: Table, where: str) -> dict[str, Any]:
    """Return a copy of `settings` with the entries named by dotted keys replaced."""
    result = deepcopy(dict(settings))
    for key, value in changes.items():
        *path, last = key.split(".")
        table = result
        for part in path:
            inner = table.setdefault(part, {})
            if not isinstance(inner, dict):
                raise ScenarioError(dotted(where, key), value, f"has {part!r} for a table", "the path of a setting")
            table = inner
        table[last] = deepcopy(value)
    return result


def canonical(value: Any) -> str:
    """Return JSON text that is equal for equal values: keys sorted, ``1.0`` written as ``1``, ``-0.0`` as ``0``."""

    def plain(entry: Any) -> Any:
        if isinstance(entry, Mapping):
            return {str(key): plain(inner) for key, inner in entry.items()}
        if isinstance(entry, list | tuple):
            return [plain(inner) for inner in entry]
        return int(entry) if isinstance(entry, float) and entry.is_integer() else entry

    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), default=str)

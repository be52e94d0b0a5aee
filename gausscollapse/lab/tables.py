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

# Of a file in bytes, and of tables and lists in levels.
LARGEST_FILE, DEEPEST = 2**24, 32
NESTED = "is nested too deeply"
INTEGERS = "integers from -2^63 to 2^63 - 1, as TOML has them"


def read_document(path: Path) -> Table:
    """Return the TOML document of a file.

    Raises
    ------
    ScenarioError
        If the file cannot be read or is no TOML, with the line; or it is larger than `LARGEST_FILE`, its tables and
        lists are nested deeper than `DEEPEST`, or an integer has more than the 64 bits of TOML.
    """
    try:
        # Not more than the limit: a device has no end.
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise ScenarioError("file", str(path), f"has more than {LARGEST_FILE} bytes", "a smaller TOML file")
        document = tomllib.loads(content.decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as problem:
        reason = getattr(problem, "strerror", None) or "is not UTF-8 text"
        raise ScenarioError("file", str(path), f"cannot be read ({reason})", "a TOML file") from None
    except tomllib.TOMLDecodeError as problem:
        raise ScenarioError("file", str(path), f"is not TOML ({problem})", "a TOML file") from None
    except RecursionError:
        raise ScenarioError("file", str(path), NESTED, f"at most {DEEPEST} levels") from None
    except ScenarioError:
        raise
    except ValueError:
        # What the parser lets through of Python's own limits: an integer of thousands of digits, a date out of range.
        raise ScenarioError("file", str(path), "has a number or a date out of range", INTEGERS) from None
    _check_entries(document, path)
    return document


def _check_entries(document: Table, path: Path) -> None:
    """Refuse what other functions, which call themselves level by level and know floats, could not go through."""
    waiting: list[tuple[str, Any, int]] = [("", document, 0)]
    while waiting:
        where, value, depth = waiting.pop()
        if depth > DEEPEST:
            raise ScenarioError("file", str(path), NESTED, f"at most {DEEPEST} levels")
        if isinstance(value, Mapping):
            waiting += [(dotted(where, key), inner, depth + 1) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(where, inner, depth + 1) for inner in value]
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise ScenarioError(where, value, "has more than 64 bits", INTEGERS)


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

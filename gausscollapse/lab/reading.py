"""From tables to objects: a table is read by the parameters of what it builds.

Its keys are the names of the parameters, those without a default must be there, a parameter that is a dataclass is a
table of its own, and ``kind = "..."`` chooses among several. What a constructor refuses is told in one line with the
key of the file.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from functools import lru_cache, partial
from types import NoneType
from typing import Annotated, Any, Generic, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError, ScenarioError
from gausscollapse.lab.tables import Table, as_table, dotted, require_keys

T = TypeVar("T")
# From a value and its key to what it stands for.
Reader: TypeAlias = Callable[[Any, str], Any]


@lru_cache
def _parameters(build: Any) -> tuple[inspect.Parameter, ...]:
    return tuple(inspect.signature(build).parameters.values())


@lru_cache
def _annotations(build: Any) -> Mapping[str, Any]:
    """Return the annotations of a dataclass by parameter, without ``| None``; none for anything else."""
    found = get_type_hints(build, include_extras=True) if is_dataclass(build) else {}
    for name, hint in found.items():
        parts = [part for part in get_args(hint) if part is not NoneType]
        if NoneType in get_args(hint) and len(parts) == 1:
            found[name] = parts[0]
    return found


class Checked:
    """A frozen dataclass whose annotations say what is accepted: ``steps: Annotated[int, as_count] = 200``."""

    def __post_init__(self) -> None:
        kind: Callable[..., Any] = type(self)
        hints = _annotations(kind)
        for item in fields(self):  # type: ignore[arg-type]
            value, hint = getattr(self, item.name), hints[item.name]
            if value is not item.default and get_origin(hint) is Annotated:
                (check,) = hint.__metadata__
                object.__setattr__(self, item.name, check(item.name, value))


def as_flag(argument: str, value: object) -> bool:
    """Return `value` where it is a boolean."""
    if not isinstance(value, bool):
        raise InvalidArgumentError(argument, value, "is neither true nor false", "true or false")
    return value


def built(where: str, build: Callable[..., T], arguments: Table) -> T:
    """Call a constructor, naming the key of the file where an argument is refused: one of `where`, or a table."""
    try:
        return build(**arguments)
    except InvalidArgumentError as error:
        inside = error.argument.partition("[")[0] in arguments
        key = dotted(where, error.argument) if inside else error.argument
        raise ScenarioError(key, error.value, error.reason, error.accepted) from None


def read_table(
    build: Callable[..., T],
    value: object,
    where: str,
    *,
    readers: Mapping[str, Reader] = {},
    given: Mapping[str, Any] = {},
    also: Sequence[str] = (),
) -> T:
    """Return what `build` makes of the table `value`, which messages call `where`.

    Values go to `build` as they are, dataclasses as tables and keys of `readers` by these; `given` are arguments that
    are no keys of the table, `also` keys that are no arguments.
    """
    entries = as_table(value, where)
    parameters = [p for p in _parameters(build) if p.name not in (*given, *also)]
    needed = [p.name for p in parameters if p.default is p.empty]
    optional = [p.name for p in parameters if p.default is not p.empty]
    require_keys(entries, where, needed=needed, optional=(*also, *optional))
    arguments = {}
    for key, entry in entries.items():
        hint = _annotations(build).get(key)
        if key in readers:
            arguments[key] = readers[key](entry, dotted(where, key))
        elif isinstance(hint, type) and is_dataclass(hint):
            arguments[key] = read_table(hint, entry, dotted(where, key))
        elif key not in also:
            arguments[key] = entry
    return built(where, partial(build, **given), arguments)


@dataclass(frozen=True)
class Kinds(Generic[T]):
    """What a table can build, by the name that its ``kind`` gives; `readers` and `also` as in `read_table`."""

    builders: Mapping[str, Callable[..., T]]
    default: str | None = None
    readers: Mapping[str, Reader] = field(default_factory=dict)
    also: tuple[str, ...] = ()

    def read(self, value: object, where: str) -> T:
        """Return what a table describes."""
        kind = as_table(value, where).get("kind", self.default)
        if not isinstance(kind, str) or kind not in self.builders:
            reason = "is missing" if kind is None else "is not known"
            raise ScenarioError(dotted(where, "kind"), kind, reason, ", ".join(self.builders))
        return read_table(self.builders[kind], value, where, readers=self.readers, also=("kind", *self.also))

    def describe(self, argument: str, item: T) -> dict[str, Any]:
        """Return the table of an object of one of the classes: its kind and its parameters, arrays as lists."""
        for kind, build in self.builders.items():
            if isinstance(build, type) and isinstance(item, build):
                names = [parameter.name for parameter in _parameters(build) if parameter.name not in self.also]
                return {"kind": kind, **{name: plain(getattr(item, name)) for name in names}}
        raise InvalidArgumentError(argument, item, "cannot be written to a file", ", ".join(self.builders))


def plain(value: Any) -> Any:
    """Return numbers and arrays of NumPy as Python's own, to the last bit; tables and lists entry by entry."""
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value

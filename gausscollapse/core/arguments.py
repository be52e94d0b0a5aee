"""One table of checks behind the public names: what an annotation promises, a caller is held to.

Numbers and arrays are checked where they are read (`validation`), for there they are converted.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cache, lru_cache, wraps
from os import PathLike
from pathlib import Path
from types import FunctionType, NoneType, UnionType
from typing import Any, ParamSpec, TypeAlias, TypeVar, Union, cast, get_args, get_origin

import numpy as np

from gausscollapse.core.exceptions import GaussCollapseError, InvalidArgumentError

Inputs = ParamSpec("Inputs")
Answer = TypeVar("Answer")
# A test, what passes in words, and what a bare function could be made into to pass.
Kind: TypeAlias = tuple[Callable[[object], bool], str, str]

PACKAGE = __name__.partition(".")[0]
TEXTS = (str, bytes, bytearray)
OTHERS = {str: "a name", NoneType: "None", Path: "a path"}


def checked(function: Callable[Inputs, Answer]) -> Callable[Inputs, Answer]:
    """Refuse arguments that are not of the kind that the annotation of `function` names.

    Held to it are classes of this package and unions of them, protocols (by their names), flags, functions,
    mappings, paths and sequences of those classes.
    """
    names = tuple(inspect.signature(function).parameters)

    @wraps(function)
    def held(*args: Inputs.args, **kwargs: Inputs.kwargs) -> Answer:
        kinds = _kinds(function)
        for name, value in (*zip(names, args, strict=False), *kwargs.items()):
            kind = kinds.get(name)
            if kind is not None and not kind[0](value):
                raise InvalidArgumentError(
                    name, value, f"is of kind {type(value).__name__}", kind[1] + of_function(value, kind[2])
                )
        return function(*args, **kwargs)

    return held


def asked(argument: str, function: Callable[..., Answer], *inputs: Any) -> Answer:
    """Return what a caller's function answers; where it fails, a named error that has the failure as its cause."""
    try:
        return function(*inputs)
    except GaussCollapseError:
        raise
    except Exception as error:  # the caller's function may raise anything
        name, problem = getattr(function, "__name__", type(function).__name__), f"{type(error).__name__}: {error}"
        raise InvalidArgumentError(argument, name, f"fails with {problem}", "a function that answers") from error


@cache
def _kinds(function: Callable[..., Any]) -> dict[str, Kind]:
    """Return the checks of `function`, one a parameter whose annotation says which; resolved when first called."""
    found = {}
    space = getattr(function, "__globals__", {})
    for name, annotation in getattr(function, "__annotations__", {}).items():
        if name == "return":
            continue
        try:
            hint = eval(annotation, space) if isinstance(annotation, str) else annotation
        except NameError:  # imported for type checkers only
            continue
        kind = kind_of(hint)
        if kind is not None:
            found[name] = kind
    return found


def kind_of(hint: Any) -> Kind | None:
    """Return the test of an annotation and the words for what passes; none where it promises numbers."""
    if hint is bool:
        return (lambda value: isinstance(value, bool | np.bool_)), "True or False", ""
    if hint is Callable or get_origin(hint) is Callable:
        return callable, "a function", ""
    if hint is Mapping or get_origin(hint) is Mapping:
        return (lambda value: isinstance(value, Mapping)), "a mapping", ""
    if get_origin(hint) is Sequence:
        return _members(get_args(hint)[0])
    parts = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    origins = [get_origin(part) or part for part in parts]
    if Mapping in origins and set(origins) <= {Mapping, NoneType}:
        return (lambda value: value is None or isinstance(value, Mapping)), "a mapping or None", ""
    ours = [part for part in origins if isinstance(part, type) and part.__module__.startswith(PACKAGE)]
    if not (ours or Path in origins) or any(part not in (*ours, *OTHERS) for part in origins):
        return None
    words = [OTHERS.get(part) or _named(part) for part in origins if not (part is str and Path in origins)]
    made = [part.of_function for part in ours if hasattr(part, "of_function")]
    return (lambda value: any(_is(value, part) for part in origins)), " or ".join(words), " or ".join(made)


def of_function(value: object, made: str) -> str:
    """Return, for a bare function where something made of functions is wanted, how that is made; else nothing."""
    return f"; of a function make {made}" if made and isinstance(value, FunctionType) else ""


def _members(hint: Any) -> Kind | None:
    """Return the test of a sequence of this package's classes; none for other sequences."""
    kind = kind_of(hint) if isinstance(hint, type) and hint.__module__.startswith(PACKAGE) else None
    if kind is None:
        return None

    def passes(value: object) -> bool:
        # Text is a sequence, an empty one passed for no things at all.
        return isinstance(value, Sequence) and not isinstance(value, TEXTS) and all(map(kind[0], value))

    return passes, f"a sequence, each {kind[1]}", kind[2]


def _named(kind: type) -> str:
    return f"a{'n' if kind.__name__[0] in 'AEIOU' else ''} {kind.__name__}"


def _is(value: object, kind: type) -> bool:
    if kind is Path:
        return isinstance(value, str | PathLike)
    if getattr(kind, "_is_protocol", False):
        # isinstance would compute what a protocol only names.
        names = {name for name in vars(kind) if not name.startswith("_")}
        return names <= _present(cast("Hashable", type(value))) or names <= set(dir(value))
    return isinstance(value, kind)


@lru_cache(maxsize=256)
def _present(kind: Any) -> frozenset[str]:
    return frozenset(dir(kind))
